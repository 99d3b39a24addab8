/* SPDX-License-Identifier: GPL-2.0-only */
/* A run as limits and comparisons see it: a trace file, or a summary of one that was saved as JSON. */
#ifndef INTERLOPER_RUN_H
#define INTERLOPER_RUN_H

#include "analysis/interlopers.h"
#include "analysis/limit.h"
#include "analysis/saved_summary.h"
#include "commands/gather.h"
#include "commands/input.h"
#include "commands/limits.h"

struct run_options {
	const struct output *out;
	const struct filter *owners; /* what the CPUs are for, tasks alone; no tasks: as blame finds it */
	struct limits_needs needs;
	uint64_t max_loss;
};

struct run {
	const char *name;
	bool is_saved;
	struct saved_summary saved;
	/* Of a trace: read once. */
	struct gather gather;
	struct input input;
	bool is_open;
	struct placement_host *placement;
	hwloc_bitmap_t targets; /* whose interlopers are looked for; NULL: nobody's */
	struct interlopers interlopers;
	uint32_t *interloper_ids;
	struct limit_trespass *trespasses;
	uint32_t trespass_count;
	struct limit_blamed *blamed;
	uint32_t blamed_count;
	const char *unfit; /* why it allows no verdict but on its losses: a literal; NULL: it does */
};

/* Reads path. 0, or EXIT_FAILED after a line on stderr; run_free() in both cases. */
int run_load(struct run *run, const char *path, const struct run_options *options);
void run_free(struct run *run); /* a zeroed struct is empty */

const struct trace_meta *run_meta(const struct run *run);
const struct task_table *run_tasks(const struct run *run);
const struct host_snapshot *run_host(const struct run *run); /* NULL: not known */
const char *run_kernel(const struct run *run);		     /* its release; NULL: not known */
/* By task, or by task and CPU: what there is; NULL: neither. */
const struct summary *run_rows(const struct run *run);

/*
 * What an expression is held against. A saved summary has not all: where rows by task and CPU are needed and
 * it has none, *why is a literal that says so, else NULL. The facts live as long as the run.
 */
struct limit_facts run_facts(const struct run *run, const struct limit *limit, const char **why);

/* "3.4 ms, web[812] on CPU 3 at 12.3 s", of the longest sample; empty where there is none. */
#define RUN_WORST_MAX 128
void run_worst(char worst[RUN_WORST_MAX], const struct run *run, const struct limit_result *result);

#endif
