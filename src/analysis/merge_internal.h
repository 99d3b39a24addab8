/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two parts of merge.h share: rows (merge.c), and the files they are of (merge_files.c). */
#ifndef INTERLOPER_MERGE_INTERNAL_H
#define INTERLOPER_MERGE_INTERNAL_H

#include "analysis/merge.h"
#include "analysis/rows.h"

#define MERGE_SPREADS 3 /* distributions of a row */

/* Where a maximum is. */
struct merge_place {
	uint64_t at_ns;
	uint16_t cpu;
	uint32_t file; /* index in files, in the order they came */
	uint32_t task; /* our id */
};

struct merge_places {
	struct merge_place of[MERGE_SPREADS];
};

/* All tasks of a name. */
struct merge_group {
	bool nameless; /* their names were lost */
	bool used;
	uint32_t id;	 /* ours: 1 more than its place in groups */
	uint32_t number; /* its id in the result */
	char name[TASK_COMM_LEN];
};

struct merge {
	enum summary_by by;
	struct summary *rows; /* by our ids, or by CPU; places of maxima are in places alone */
	struct rows places;   /* of the same keys */
	struct merge_group **groups;
	uint32_t group_count;
	void *by_name; /* a tree of them: tsearch(3) */
	/* Of what the rows are. */
	struct merged files;
	uint32_t file_room;
	hwloc_bitmap_t cpus;
	bool some_cpus;	     /* of a file, not all */
	bool rests_on_known; /* of all files the same: rests_on */
	char *rests_on;
};

/* Where to tell why something is refused. */
struct merge_told {
	char *why;
	size_t size;
};

/* Tells it, and returns err. */
int merge_refuse(struct merge_told *told, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* An order of files, of which two are equal only where all of them is. */
int merged_file_compare(const struct merged_file *a, const struct merged_file *b);

/* The files of a summary, of which a table is merged: its own, or those that it was merged of. */
int merge_files_add(struct merge *merge, const struct saved_summary *saved, enum summary_by table,
		    const char *file, struct merge_told *told);

/* Hands the files to the result, sorted, and makes its head of them. numbers: where each of them went. */
int merge_files_finish(struct merge *merge, struct saved_summary *result, uint16_t *numbers,
		       struct merge_told *told);
void merge_files_free(struct merge *merge);

#endif
