/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scheduler events from trace-cmd's trace.dat (versions 6 and 7, compressed too), through libtracecmd:
 * the top buffer of one file, whose events' fields are found by name, once. A file must be seekable, as the
 * library maps it, and made with the byte order of this machine.
 *
 * Times are those of the file's clock. A clock that does not count nanoseconds (counter, x86-tsc
 * without its conversion) is refused. Records that the kernel had no room for are told by the
 * first record behind them: a SCHED_LOST of that CPU, since the CPU's event before; their number
 * where the kernel kept it.
 *
 * "has" is what was met: a trace.dat carries the formats of events that were not recorded too.
 *
 * libtracecmd was not made for damaged files, and runs in a child process that may crash: that is one
 * line here.
 */
#ifndef INTERLOPER_IMPORT_TRACE_DAT_H
#define INTERLOPER_IMPORT_TRACE_DAT_H

#include <stddef.h>
#include "import/sched_event.h"

struct trace_dat;

/* Whether a file that begins so is a trace.dat. */
bool trace_dat_is(const void *head, size_t size);

/*
 * As foreign_open(), _close(), _facts(), _next(), _why(). -ENOTSUP: a pipe, a clock, another
 * machine's byte order, or this binary has no libtracecmd (a static one may not).
 */
int trace_dat_open(struct trace_dat **trace, const char *path, char why[RECORDING_WHY_MAX]);
void trace_dat_close(struct trace_dat *trace);
const struct recording_facts *trace_dat_facts(const struct trace_dat *trace);
int trace_dat_next(struct trace_dat *trace, struct sched_event *events, int n);
const char *trace_dat_why(const struct trace_dat *trace);

#endif
