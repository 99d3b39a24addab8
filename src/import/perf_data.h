/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what `perf sched record`, or `perf record` with the scheduler's tracepoints, wrote: files
 * and pipes of perf >= 3.5, compressed ones, unfinished ones. perf itself is not needed.
 *
 * What comes out, beside import/sched_event.h:
 *   - current_tid and current_pid are the sample's own; an exiting task's are -1, as perf has them.
 *   - SCHED_FORK with the fork tracepoint recorded: pid is that of perf's own FORK record before
 *     it. Without it, the FORK record is the event, and no name is told.
 *   - SCHED_EXIT: perf's own EXIT record, which has the pid. With the exit tracepoint recorded, that
 *     comes as well, before it and without one.
 *   - SCHED_NAME at time 0: who was there before the recording.
 *   - SCHED_LOST: a ring's losses, told by the next record that fitted in it, so lost_since_ns is
 *     the time of the record before on that CPU. What a ring lost at its end, and only perf >= 6.1
 *     tells, comes last, at the recording's last time. A record that is damaged, or comes too late
 *     for the order of time, is one that was lost.
 * Memory: two rounds over perf's rings, and what is read ahead (perf_order.h), a few bytes per CPU and per event's id.
 */
#ifndef INTERLOPER_PERF_DATA_H
#define INTERLOPER_PERF_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "import/sched_event.h"

struct perf_data;

/* Whether a file that begins so is a perf.data, of any byte order or age. 8 bytes are enough. */
bool perf_data_is(const void *start, size_t size);

/* As foreign_open() and so on. path "-": stdin, from where it is. */
int perf_data_open(struct perf_data **data, const char *path, char why[RECORDING_WHY_MAX]);
#define PERF_DATA_START 64
/* Likewise stdin, a pipe, of which somebody has read up to so many bytes already: copied. */
int perf_data_open_pipe(struct perf_data **data, const void *head, size_t size,
			char why[RECORDING_WHY_MAX]);
void perf_data_close(struct perf_data *data);

/* has, and what the head tells, is there after open; all of it once perf_data_next() gave 0. Of a file all is
 * there after open. */
const struct recording_facts *perf_data_facts(const struct perf_data *data);
bool perf_data_facts_are_settled(const struct perf_data *data);

/*
 * As foreign_next(). -ENODATA at the end of a recording that was cut, or whose recorder was
 * killed: all that it has was read. -EINVAL: damaged from here on. -ENOTSUP: it was read by this
 * kernel's formats, and they do not fit.
 */
int perf_data_next(struct perf_data *data, const struct sched_event **events, int n);
bool perf_data_prepare(struct perf_data *data); /* as foreign_prepare() */
const char *perf_data_why(const struct perf_data *data);

#endif
