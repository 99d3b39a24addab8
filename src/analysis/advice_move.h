/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Advice on who should run elsewhere: for each task that came to the target CPUs uninvited, where to
 * put it (homes.h), or what moves it if its mask cannot (kinds.h). Tasks of one knob share one
 * advice.
 *
 *   move-task   a kernel thread's mask, with a systemd unit that sets it at boot
 *   user-task   likewise a process's, and how to keep it for good
 *   workqueue   unbound workers: the workqueues' CPUs; per-CPU ones: what queues work there
 *   irq         an interrupt's thread, or softirqs of interrupts that go there: the interrupt's CPUs
 *   timers      softirqs where no interrupt is known to go there
 *   rcu         RCU's threads: their mask where they have one, else rcu_nocbs=
 *   watchdog    the lockup detector's CPUs
 *   vm-helper   a virtual machine's threads that are no vCPUs
 *   pin-vcpus   vCPU threads that float; owners' as well
 *   leave-it    what nothing moves, or what must not be moved; nothing to do
 *
 * A change is proposed only where it takes effect by itself and can be taken back: a task's mask, if
 * the task is in the snapshot, the workqueues' CPUs, an interrupt's CPUs. All else is a command to be
 * judged by the reader, or a note.
 */
#ifndef INTERLOPER_ADVICE_MOVE_H
#define INTERLOPER_ADVICE_MOVE_H

#include "analysis/advice.h"
#include "event/event.h"
#include "host/snapshot.h"

/* An interloper, as the trace saw it on the target CPUs. */
struct move_task {
	const struct task_identity *who; /* NULL or without a tid: its identity was lost */
	uint64_t run_ns, visits;
	uint64_t delay_ns; /* of the owners, for it */
	bool exited;	   /* it is known to be gone */
};

/* All the caller's; advice_move() keeps nothing of it, but the ids. */
struct move_advice_input {
	const struct host_snapshot *host; /* NULL: not known */
	hwloc_const_bitmap_t targets;
	uint64_t window_ns; /* for so long each target CPU was looked at; 0: not known */
	const struct move_task *tasks;
	uint32_t count;
	const struct task_identity *const *owners; /* who the target CPUs are for */
	uint32_t owner_count;
	const uint64_t *busy_ns; /* as in homes.h */
	uint32_t busy_count;
};

/* Adds to list; what fails for memory sets its no_memory. */
void advice_move(struct advice_list *list, const struct move_advice_input *input);

#endif
