/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Short constructors for literal events, so that a test reads as a list of what happened. Fields a
 * test cares about beyond these are given as extra designated initializers:
 *	SLICE(1, 0, 100, 150, .kind = DELAY_WAKE, .waking_ns = 90)
 */
#ifndef INTERLOPER_TEST_STREAM_H
#define INTERLOPER_TEST_STREAM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "event/event.h"

/* The extra initializers may override a constructor's defaults. */
#pragma GCC diagnostic ignored "-Woverride-init"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A slice of a task on a CPU, from switch-in to switch-out; nothing else of it is known. */
#define SLICE(task_, cpu_, start, end, ...)                                                        \
	((struct event){.time_ns = (end),                                                          \
			.cpu = (cpu_),                                                             \
			.type = EVENT_SLICE,                                                       \
			.slice = {.start_ns = (start),                                             \
				  .task = (task_),                                                 \
				  .waker = TASK_UNKNOWN,                                           \
				  .prev_cpu = CPU_UNKNOWN,                                         \
				  .chosen_cpu = CPU_UNKNOWN,                                       \
				  .waker_cpu = CPU_UNKNOWN,                                        \
				  .recent_cpu = CPU_UNKNOWN,                                       \
				  __VA_ARGS__}})

#define WOKEN(task, cpu, waking, start, end, ...)                                                  \
	SLICE(task, cpu, start, end, .kind = DELAY_WAKE, .waking_ns = (waking), ##__VA_ARGS__)

#define PREEMPTED(task, cpu, out, start, end, ...)                                                 \
	SLICE(task, cpu, start, end, .kind = DELAY_PREEMPT, .prev_out_ns = (out), ##__VA_ARGS__)

#define IDLE(cpu, start, end, ...)                                                                 \
	SLICE(TASK_IDLE, cpu, start, end, .kind = DELAY_NONE, ##__VA_ARGS__)

/* A task that still waits on a CPU's queue when the trace ends. */
#define WAITING(task_, cpu_, end, ...)                                                             \
	((struct event){.time_ns = (end),                                                          \
			.cpu = (cpu_),                                                             \
			.type = EVENT_WAITING,                                                     \
			.slice = {.start_ns = (end), .task = (task_), __VA_ARGS__}})

#define MOVE(task_, time, from_, to_)                                                              \
	((struct event){.time_ns = (time),                                                         \
			.cpu = (to_),                                                              \
			.type = EVENT_MOVE,                                                        \
			.move = {.task = (task_), .from = (from_), .to = (to_), .on_rq = 2}})

/* A choice of CPU, seen by a hook on the waker's CPU. */
#define CHOICE(task_, cpu_, time, prev, chosen)                                                    \
	((struct event){.time_ns = (time),                                                         \
			.cpu = (cpu_),                                                             \
			.type = EVENT_CHOICE,                                                      \
			.choice = {.task = (task_),                                                \
				   .prev_cpu = (prev),                                             \
				   .chosen_cpu = (chosen),                                         \
				   .looks = CHOICE_NO_TRAIL}})

#define TASK(task_, time, tid_, pid_, comm_)                                                       \
	((struct event){                                                                           \
		.time_ns = (time),                                                                 \
		.type = EVENT_TASK,                                                                \
		.identity = {.task = (task_), .tid = (tid_), .pid = (pid_), .comm = comm_}})

#define LOST(cpu_, first, last, kind_, n)                                                          \
	((struct event){.time_ns = (last),                                                         \
			.cpu = (cpu_),                                                             \
			.type = EVENT_LOST,                                                        \
			.lost = {.first_ns = (first), .count = (n), .kind = (kind_)}})

#endif
