// SPDX-License-Identifier: GPL-2.0-only
/* A run as limits and comparisons see it: see run.h. */
#include "commands/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/gather_advice.h"
#include "commands/gather_blame.h"
#include "commands/options.h"
#include "commands/saved_file.h"

const struct trace_meta *run_meta(const struct run *run)
{
	return run->is_saved ? &run->saved.meta : trace_reader_meta(run->input.reader);
}

const struct task_table *run_tasks(const struct run *run)
{
	return run->is_saved ? &run->saved.tasks : &run->gather.tasks;
}

const struct host_snapshot *run_host(const struct run *run)
{
	if (run->is_saved)
		return run->saved.has_host ? &run->saved.host : NULL;
	return run->input.has_host ? &run->input.host : NULL;
}

const char *run_kernel(const struct run *run)
{
	if (run->is_saved)
		return run->saved.kernel;
	return run->input.has_host ? run->input.host.kernel_release : NULL;
}

const struct summary *run_rows(const struct run *run)
{
	if (!run->is_saved)
		return run->gather.chosen;
	return run->saved.by_task_cpu ? run->saved.by_task_cpu : run->saved.by_task;
}

/* Of a trace of some tasks, who else ran is not known. */
static int prepare_blame(struct run *run, const struct run_options *options)
{
	const struct trace_meta *meta = run_meta(run);
	struct gather_blame_options blame = { .meta = meta, .host = run_host(run) };

	if (meta->task_filter || !(options->needs.owners || options->needs.blame))
		return 0;
	run->targets = meta->all_cpus ? advice_targets(run_host(run))
				      : hwloc_bitmap_dup(meta->target_cpus);
	if (!run->targets)
		return fail("out of memory");
	if (hwloc_bitmap_iszero(run->targets)) {
		hwloc_bitmap_free(run->targets);
		run->targets = NULL;
	}
	blame.targets = run->targets;
	return gather_blame(&run->gather, &blame);
}

static int prepare_trespasses(struct run *run, bool by_cpu)
{
	enum wakeups_by by = by_cpu ? WAKEUPS_BY_TASK_CPU : WAKEUPS_BY_TASK;

	run->placement = placement_host_new(run_host(run));
	if (run->placement)
		run->gather.wakeups = wakeups_new(run->placement, 1 << by);
	return run->gather.wakeups ? 0 : fail("out of memory");
}

static int prepare(struct run *run, const struct run_options *options)
{
	/* Of thousands of tasks on a hundred CPUs, rows by both are a hundred times as many. */
	run->gather.chosen =
		summary_new(options->needs.cpus ? SUMMARY_BY_TASK_CPU : SUMMARY_BY_TASK);
	if (!run->gather.chosen)
		return fail("out of memory");
	if (options->needs.trespasses && prepare_trespasses(run, options->needs.cpus))
		return EXIT_FAILED;
	return prepare_blame(run, options);
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int finish_owners(struct run *run, const struct filter *asked)
{
	struct owner_options owner = { .asked = asked,
				       .targets = run->targets,
				       .host = run_host(run) };
	struct interlopers *in = &run->interlopers;

	if (!run->targets)
		return 0;
	if (interlopers_make(in, run->gather.visits, run->gather.blame, &run->gather.tasks, &owner,
			     0))
		return fail("out of memory");
	run->interloper_ids = calloc(in->count + 1, sizeof(*run->interloper_ids));
	if (!run->interloper_ids)
		return fail("out of memory");
	for (uint32_t i = 0; i < in->count; i++)
		run->interloper_ids[i] = in->list[i].visits->task;
	qsort(run->interloper_ids, in->count, sizeof(*run->interloper_ids), compare_ids);
	qsort(in->owners, in->owner_count, sizeof(*in->owners), compare_ids);
	return 0;
}

static int finish_blame(struct run *run)
{
	const struct blame_culprit *culprits;
	uint32_t count;

	if (gather_blame_finish(&run->gather))
		return EXIT_FAILED;
	count = blame_culprits(run->gather.blame, &culprits);
	run->blamed = calloc(count + 1, sizeof(*run->blamed));
	if (!run->blamed)
		return fail("out of memory");
	for (uint32_t i = 0; i < count; i++)
		if (culprits[i].task != TASK_IDLE && culprits[i].task != TASK_UNKNOWN)
			run->blamed[run->blamed_count++] =
				(struct limit_blamed){ culprits[i].task, culprits[i].waits,
						       culprits[i].total_ns };
	return 0;
}

static int finish_trespasses(struct run *run, bool by_cpu)
{
	const struct wakeups_row *const *rows;
	uint32_t count;

	if (wakeups_finish(run->gather.wakeups))
		return fail("out of memory");
	count = wakeups_rows(run->gather.wakeups, by_cpu ? WAKEUPS_BY_TASK_CPU : WAKEUPS_BY_TASK,
			     &rows);
	run->trespasses = calloc(count + 1, sizeof(*run->trespasses));
	if (!run->trespasses)
		return fail("out of memory");
	for (uint32_t i = 0; i < count; i++)
		if (wakeups_trespasses(rows[i]))
			run->trespasses[run->trespass_count++] =
				(struct limit_trespass){ rows[i]->task, rows[i]->cpu,
							 wakeups_trespasses(rows[i]) };
	return 0;
}

static const char *why_unfit(const struct run *run, uint64_t max_loss)
{
	const struct trace_meta *meta = run_meta(run);

	if (run->is_saved ? run->saved.damaged : !!input_damage(&run->input))
		return "the trace is damaged or cut";
	if (meta->incomplete)
		return "the trace is incomplete: its recorder did not finish";
	if (trace_meta_lost(meta) > max_loss)
		return "events were lost (--max-loss)";
	if (run->is_saved && run->saved.filtered)
		return "the summary is of a part of its trace alone";
	if (run->is_saved && run->saved.rows_left_out)
		return "the summary was cut by --limit";
	if (run->is_saved && !run_rows(run))
		return "the summary has no tasks (--by cpu)";
	return NULL;
}

static int load_trace(struct run *run, const struct run_options *options)
{
	int result;

	if (gather_init(&run->gather, options->out))
		return fail("out of memory");
	result = input_open(&run->input, run->name, NULL);
	if (result)
		return result;
	run->is_open = true;
	result = prepare(run, options);
	if (!result)
		result = input_read(&run->input, &run->gather);
	if (!result && run->gather.wakeups)
		result = finish_trespasses(run, options->needs.cpus);
	if (!result && run->gather.blame)
		result = finish_blame(run);
	return result ? result : finish_owners(run, options->owners);
}

int run_load(struct run *run, const char *path, const struct run_options *options)
{
	int result;

	memset(run, 0, sizeof(*run));
	run->name = path;
	run->is_saved = saved_file_looks_so(path);
	if (!run->is_saved)
		result = load_trace(run, options);
	else if ((result = saved_file_load(&run->saved, path)))
		run->is_saved = false;
	if (!result)
		run->unfit = why_unfit(run, options->max_loss);
	return result;
}

void run_free(struct run *run)
{
	if (run->is_saved)
		saved_summary_free(&run->saved);
	interlopers_free(&run->interlopers);
	free(run->interloper_ids);
	free(run->trespasses);
	free(run->blamed);
	hwloc_bitmap_free(run->targets);
	gather_free(&run->gather);
	placement_host_free(run->placement);
	if (run->is_open)
		input_close(&run->input);
	memset(run, 0, sizeof(*run));
}

/* Of a saved summary: rows by task do, unless CPUs are selected. */
static const struct summary *rows_for(const struct run *run, const struct limit *limit,
				      const char **why)
{
	bool selects_cpus = limit->cpus || limit->isolated;

	*why = NULL;
	if (run_rows(run) && (!run->is_saved || run->saved.by_task_cpu || !selects_cpus))
		return run_rows(run);
	*why = "the summary was saved without its tasks' CPUs (summary --by task,cpu --json)";
	return run_rows(run);
}

struct limit_facts run_facts(const struct run *run, const struct limit *limit, const char **why)
{
	const struct trace_meta *meta = run_meta(run);
	const struct host_snapshot *host = run_host(run);

	return (struct limit_facts){
		.rows = rows_for(run, limit, why),
		.tasks = run_tasks(run),
		.host = host,
		.cpus = meta->target_cpus,
		.interlopers = run->interloper_ids,
		.interloper_count = run->interlopers.count,
		.owners = run->interloper_ids ? run->interlopers.owners : NULL,
		.owner_count = run->interlopers.owner_count,
		.trespasses = host ? run->trespasses : NULL,
		.trespass_count = run->trespass_count,
		.blamed = run->blamed,
		.blamed_count = run->blamed_count,
		.window_ns = meta->end_ns > meta->start_ns ? meta->end_ns - meta->start_ns : 0,
		.lost = trace_meta_lost(meta),
	};
}

void run_worst(char worst[RUN_WORST_MAX], const struct run *run, const struct limit_result *r)
{
	char label[TASK_LABEL_MAX], duration[DURATION_MAX], at[DURATION_MAX];

	worst[0] = '\0';
	if (!r->worst_at_ns)
		return;
	task_label(label, task_table_get(run_tasks(run), r->worst_task));
	snprintf(worst, RUN_WORST_MAX, "%s, %s on CPU %u at %s s",
		 format_duration(duration, r->worst_ns), label, r->worst_cpu,
		 format_time(at, r->worst_at_ns));
}
