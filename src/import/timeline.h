/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our event stream from what other tracers recorded (import/sched_event.h): the rules of
 * event/event.h, held to with what the tracepoints say. What they cannot say is unknown:
 *
 *   runnable since  the waking. Where only wakeups were recorded, those: they come once a CPU is
 *                   chosen, on another CPU once it was interrupted, so some microseconds late
 *   preempted       who left with state 0 (R), or with the format's R+ bit: INVOLUNTARY and
 *                   LEFT_QUEUED. Who left as asleep but stayed queued (a pending signal) looks
 *                   asleep: its next delay is unknown, as no wakeup leads there
 *   woken on CPU    a waking of a task that runs: if its wakeup is complete before it left, or
 *                   it left runnable, the waking was spare. If it left asleep and no other
 *                   waking follows, it waits since then
 *   previous CPU    a waking's target_cpu
 *   chosen CPU      that, overridden by the migration that the waker makes before anything else
 *                   happens on its CPU. Without migrations recorded: what the wakeup event
 *                   tells, else unknown. A fork's is told; from which CPU it was searched for is
 *                   not
 *   waker           who was current at the waking, and in which context, where the event's flags
 *                   are told. Where only wakeups were recorded, and it fired on the wakee's CPU,
 *                   unknown: the interrupt, or the idle task, may have done it in another's
 *                   name. Known if the flags say that it was a soft interrupt or another task
 *   move            any other migration; flags and on_rq 0: who asked for it, and whether the
 *                   task was queued or asleep, is not told
 *   gap             a switch whose leaver is not who came there before: since the switch before.
 *                   Who takes another tid in execve() keeps its slice
 *   loss            what is on that CPU then is a gap. Who waits or sleeps, anywhere, may have
 *                   been there meanwhile: since when it waits, or is off, is unknown. Where the
 *                   CPU is not told, all are meant. Told as lost slices, one at least, when the
 *                   recorder tells it: what other CPUs recorded between a loss and the word of
 *                   it may rest on what was lost
 *   another CPU     a task that is found on another CPU than where it was left, though
 *                   migrations are recorded: something of it was missed, and what was known of
 *                   it is not any more
 *   out_state       as kernels keep it: the format's X and Z are 0x80 (dead), its I is 0x402
 *   identity        pid and flags 0: not known. A name that nobody told is "?"
 *
 * In a recording of some CPUs only (-C), wakeups from others are missing, and what tasks do there:
 * their delays are unknown. A preempted one counts as waiting only if its CPU was not idle since.
 *
 * Masks, the facts of a placement, the recently used CPU, re-enqueueing in place and whether a CPU was
 * offline are never known.
 *
 * Memory: tasks that are alive, CPUs, and the events of one nanosecond (bounded).
 */
#ifndef INTERLOPER_TIMELINE_H
#define INTERLOPER_TIMELINE_H

#include "event/event.h"
#include "event/meta.h"
#include "import/sched_event.h"

/* Tids and CPUs from here on are damage (PID_MAX_LIMIT; the most CPUs that a kernel can have). */
#define TIMELINE_TID_MAX (1 << 22)
#define TIMELINE_CPU_MAX 8192u

/* Takes n events in stream order; they are valid during the call. 0, or a negative errno, which
 * ends everything. */
struct event_sink {
	int (*take)(struct event_sink *sink, const struct event *events, int n);
};

/* What was odd, for a word to the user. */
struct timeline_counts {
	uint64_t events;      /* taken, of all types */
	uint64_t late;	      /* older than the one before: they got its time */
	uint64_t damaged;     /* of an absurd CPU, tid or type: left out */
	uint64_t missed;      /* times that a task was not found as it was left: elsewhere, or awake */
	uint64_t waits_untold; /* at the end: waits of which the CPU is not known */
};

struct timeline;

/*
 * facts and sink must live as long; the facts may become complete on the way (facts->has counts
 * with what was seen until then). NULL without memory.
 */
struct timeline *timeline_new(const struct recording_facts *facts, struct event_sink *sink);
void timeline_free(struct timeline *timeline); /* NULL is fine */

/*
 * Takes the next event in the order of time. Times that run backwards are brought up to the one before.
 * 0, -ENOMEM, or the sink's error: nothing can be added after either.
 */
int timeline_add(struct timeline *timeline, const struct sched_event *e);

/*
 * After the last event: emits what is open, as cut, and who waits, and fills meta (to be freed with
 * trace_meta_free(), also after an error): all but host_json and ksm_json. The recording's clock
 * stands for CLOCK_MONOTONIC. Where the time of day is not known realtime_offset_ns is 0.
 * rests_on tells what was recorded, and what is therefore not known. 0, -ENOMEM, or the sink's
 * error.
 */
int timeline_end(struct timeline *timeline, struct trace_meta *meta);

/* What it counted so far. */
const struct timeline_counts *timeline_counts(const struct timeline *timeline);

/*
 * All that was odd, in words, after the end: "1 event was damaged, and is left out"; "" if nothing
 * was. What is missed in a recording of some CPUs is not odd. To be freed; NULL without memory.
 */
char *timeline_oddities(const struct timeline *timeline);

#endif
