/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-cmd's trace.dat through libtracecmd, in this process: a damaged file may be its end. Only for
 * trace_dat.c, which has it in another.
 */
#ifndef INTERLOPER_IMPORT_TRACE_DAT_READER_H
#define INTERLOPER_IMPORT_TRACE_DAT_READER_H

#include "import/sched_event.h"

struct trace_dat_reader;

/* As those of trace_dat.h. */
int trace_dat_reader_open(struct trace_dat_reader **reader, const char *path,
			  char why[RECORDING_WHY_MAX]);
void trace_dat_reader_close(struct trace_dat_reader *reader);
const struct recording_facts *trace_dat_reader_facts(const struct trace_dat_reader *reader);

/* Up to n events; 0: the end. */
int trace_dat_reader_next(struct trace_dat_reader *reader, struct sched_event *events, int n);

#endif
