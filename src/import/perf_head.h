/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a perf.data tells beside its records: the events, the machine, the recorder. A file has it
 * in a header and in sections behind the data, a pipe as records before them
 * (tools/perf/Documentation/perf.data-file-format.txt, tools/perf/util/header.c).
 */
#ifndef INTERLOPER_PERF_HEAD_H
#define INTERLOPER_PERF_HEAD_H

#include <hwloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "import/perf_attrs.h"
#include "import/perf_formats.h"
#include "import/perf_input.h"
#include "import/sched_event.h"

struct perf_head {
	bool pipe;
	bool unfinished; /* the recorder was ended before it wrote its header, or the file is cut */
	uint32_t online; /* CPUs; 0: not told */
	uint64_t ring_size; /* the most that one compressed record has; 0: not told */
	hwloc_bitmap_t cpus; /* that whole CPUs were recorded of, by ids; empty: not told */
	bool some_tasks; /* single tasks were recorded, not whole CPUs */
	struct perf_attrs attrs;
	struct perf_formats formats;
	struct recording_facts facts; /* its strings are ours */
	char what[128];
};

/*
 * Reads the head of a file, and where its records are into in. 0 or a negative errno with *why, as
 * foreign_open().
 */
int perf_head_read(struct perf_head *head, struct perf_input *in, char why[RECORDING_WHY_MAX]);
void perf_head_free(struct perf_head *head);

/*
 * A feature's bytes, of a section or a record; unknown and damaged ones are passed over. 0 or
 * -ENOMEM.
 */
int perf_head_feature(struct perf_head *head, uint64_t feature, const uint8_t *data, size_t size);

/* The payload of an ID_INDEX record. */
void perf_head_id_index(struct perf_head *head, const uint8_t *data, size_t size);

/* Joins events and formats, all of which were read: errors as foreign_open(). */
int perf_head_resolve(struct perf_head *head, char why[RECORDING_WHY_MAX]);

/* Fills the facts that rest on others. 0 or -ENOMEM. */
int perf_head_settle(struct perf_head *head);

/* What a command line says: sets *all and *cpus ("43"), which the caller frees. 0 or -ENOMEM. */
int perf_command_cpus(const char *const *args, size_t count, bool *all, char **cpus);

int perf_why(char why[RECORDING_WHY_MAX], int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

enum { /* tools/perf/util/header.h */
	PERF_TRACING_DATA = 1,
	PERF_HOSTNAME = 3,
	PERF_OSRELEASE = 4,
	PERF_VERSION = 5,
	PERF_ARCH = 6,
	PERF_NRCPUS = 7,
	PERF_CMDLINE = 11,
	PERF_SAMPLE_TIMES = 21,
	PERF_DIR_FORMAT = 24,
	PERF_COMPRESSED = 27,
	PERF_CLOCK_DATA = 29,
	PERF_FEATURES = 256,
};

#endif
