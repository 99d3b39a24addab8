// SPDX-License-Identifier: GPL-2.0-only
/* Whether what was applied has helped: see advise_verify.h. */
#include "commands/advise_verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/verify.h"
#include "commands/commands.h"
#include "commands/input.h"
#include "commands/options.h"
#include "host/cpulist.h"
#include "host/ksm.h"
#include "output/report_verify.h"

#define NAMES_SHOWN 3
/* A task leaves a CPU that it may not use any more at its next wakeup. */
#define SETTLE_SECONDS 1

static int compare_tids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool has_tid(const uint32_t *tids, uint32_t count, uint32_t tid)
{
	return bsearch(&tid, tids, count, sizeof(*tids), compare_tids) != NULL;
}

static enum verify_role role_of(const struct verify_roles *roles, const struct task_table *tasks,
				uint32_t id)
{
	uint32_t tid;

	if (id == TASK_IDLE || id == TASK_UNKNOWN)
		return VERIFY_NOBODY;
	tid = task_table_get(tasks, id)->tid;
	if (tid && has_tid(roles->owners, roles->owner_count, tid))
		return VERIFY_OWNER;
	if (roles->everybody || has_tid(roles->interlopers, roles->interloper_count, tid))
		return VERIFY_INTERLOPER;
	return VERIFY_NOBODY;
}

static void sort_tids(uint32_t *tids, uint32_t *count)
{
	uint32_t kept = 0;

	qsort(tids, *count, sizeof(*tids), compare_tids);
	for (uint32_t i = 0; i < *count; i++)
		if (!kept || tids[kept - 1] != tids[i])
			tids[kept++] = tids[i];
	*count = kept;
}

/* Whom one advice's changes are about. */
static void add_changed(struct verify_roles *roles, const struct advice *advice,
			const struct task_table *tasks)
{
	for (uint32_t i = 0; i < advice->change_count; i++) {
		const struct change *change = &advice->changes[i];

		if (change->kind == CHANGE_AFFINITY)
			roles->interlopers[roles->interloper_count++] = change->tid;
		else if (advice->task != TASK_UNKNOWN && task_table_get(tasks, advice->task)->tid)
			roles->interlopers[roles->interloper_count++] =
				task_table_get(tasks, advice->task)->tid;
		else
			roles->everybody = true;
	}
}

static bool add_interlopers(struct verify_roles *roles, const struct advice_list *list,
			    const struct task_table *tasks)
{
	size_t most = 1;

	for (uint32_t i = 0; i < list->count; i++)
		most += list->list[i].change_count;
	roles->interlopers = calloc(most, sizeof(*roles->interlopers));
	if (!roles->interlopers)
		return false;
	for (uint32_t i = 0; i < list->count; i++)
		add_changed(roles, &list->list[i], tasks);
	sort_tids(roles->interlopers, &roles->interloper_count);
	return true;
}

static bool add_owners(struct verify_roles *roles, const struct interlopers *interlopers,
		       const struct task_table *tasks)
{
	roles->owners = calloc(interlopers->owner_count + 1, sizeof(*roles->owners));
	if (!roles->owners)
		return false;
	for (uint32_t i = 0; i < interlopers->owner_count; i++) {
		uint32_t tid = task_table_get(tasks, interlopers->owners[i])->tid;

		if (tid)
			roles->owners[roles->owner_count++] = tid;
	}
	sort_tids(roles->owners, &roles->owner_count);
	return true;
}

/* The name of a thread id: the last one that had it. */
static const char *name_of(const struct task_table *tasks, uint32_t tid)
{
	for (uint32_t id = tasks->count; id-- > 1;)
		if (tasks->tasks[id].tid == tid)
			return tasks->tasks[id].comm;
	return "?";
}

static bool name_interlopers(struct verify_roles *roles, const struct task_table *tasks)
{
	size_t size;
	FILE *file;

	if (roles->everybody)
		return true;
	file = open_memstream(&roles->names, &size);
	if (!file)
		return false;
	for (uint32_t i = 0; i < roles->interloper_count && i < NAMES_SHOWN; i++)
		fprintf(file, "%s%s[%u]", i ? ", " : "", name_of(tasks, roles->interlopers[i]),
			roles->interlopers[i]);
	if (roles->interloper_count > NAMES_SHOWN)
		fprintf(file, " and %u more", roles->interloper_count - NAMES_SHOWN);
	return !fclose(file);
}

int verify_roles_make(struct verify_roles *roles, const struct advice_list *list,
		      const struct interlopers *interlopers, const struct task_table *tasks,
		      const struct host_snapshot *host, hwloc_const_bitmap_t targets,
		      const struct trace_meta *meta)
{
	bool named = !hwloc_bitmap_iszero(targets);

	memset(roles, 0, sizeof(*roles));
	roles->cpus = hwloc_bitmap_dup(named ? targets : meta->target_cpus);
	if (!roles->cpus ||
	    (host && host->online && hwloc_bitmap_and(roles->cpus, roles->cpus, host->online)) ||
	    !add_interlopers(roles, list, tasks) || !add_owners(roles, interlopers, tasks) ||
	    !name_interlopers(roles, tasks))
		return fail("out of memory");
	return 0;
}

void verify_roles_free(struct verify_roles *roles)
{
	free(roles->interlopers);
	free(roles->owners);
	free(roles->names);
	hwloc_bitmap_free(roles->cpus);
	memset(roles, 0, sizeof(*roles));
}

/* One side being filled: the names come with the stream. */
struct filling {
	struct live_sink sink; /* first */
	const struct verify_roles *roles;
	struct task_table tasks;
	struct verify_side *side;
};

static bool is_wanted(const struct filling *filling, const struct event *event)
{
	return event->cpu == CPU_UNKNOWN ? event->type == EVENT_LOST
					 : hwloc_bitmap_isset(filling->roles->cpus, event->cpu);
}

static int fill_one(struct filling *filling, const struct event *event)
{
	bool is_task = event->type == EVENT_SLICE || event->type == EVENT_WAITING;
	int err;

	if (event->type == EVENT_TASK) {
		err = task_table_put(&filling->tasks, &event->identity);
		return err == -EINVAL ? 0 : err;
	}
	if (!is_wanted(filling, event))
		return 0;
	return verify_side_add(filling->side, event,
			       is_task ? role_of(filling->roles, &filling->tasks, event->slice.task)
				       : VERIFY_NOBODY);
}

static int fill(struct live_sink *sink, const struct event *events, int n)
{
	struct filling *filling = (struct filling *)sink;
	int err = 0;

	for (int i = 0; i < n && !err; i++)
		err = fill_one(filling, &events[i]);
	return err;
}

static int filling_init(struct filling *filling, const struct verify_roles *roles,
			struct verify_side *side)
{
	memset(filling, 0, sizeof(*filling));
	filling->sink.add = fill;
	filling->roles = roles;
	filling->side = side;
	return task_table_init(&filling->tasks) ? fail("out of memory") : 0;
}

/* How fast KSM scanned, by its own count. */
static void note_scan_rate(struct verify_side *side, const struct trace_meta *meta)
{
	struct ksm_samples samples = {};
	const struct ksm_sample *first, *last;
	char why[128];

	if (!meta->ksm_json || ksm_samples_from_json(&samples, meta->ksm_json, why, sizeof(why)) ||
	    !samples.count)
		return;
	first = &samples.list[0];
	last = &samples.list[samples.count - 1];
	if (ksm_knows(&first->state, KSM_PAGES_SCANNED) &&
	    ksm_knows(&last->state, KSM_PAGES_SCANNED) && last->time_ns > first->time_ns) {
		side->scan_pages_per_s = 1e9 *
					 (double)(last->state.value[KSM_PAGES_SCANNED] -
						  first->state.value[KSM_PAGES_SCANNED]) /
					 (double)(last->time_ns - first->time_ns);
		side->scan_samples = samples.count;
	}
	ksm_samples_free(&samples);
}

static int start_side(struct verify_side *side, const struct trace_meta *meta, uint64_t duration_ns,
		      const struct verify_roles *roles)
{
	uint32_t cpus = hwloc_bitmap_weight(roles->cpus);

	if (verify_side_start(side, meta->start_ns, duration_ns, cpus))
		return fail("--verify: a trace of %.6f s of %u CPUs is none to compare",
			    (double)duration_ns / 1e9, cpus);
	return 0;
}

static int read_all(struct filling *filling, struct event_source *source)
{
	struct event *events = malloc(1024 * sizeof(*events));
	int n = 0, err = events ? 0 : -ENOMEM;

	while (!err && (n = source->read(source, events, 1024)) > 0)
		err = fill(&filling->sink, events, n);
	free(events);
	return err ? err : n;
}

static int fill_before(struct verify_side *side, const struct verify_request *request)
{
	const struct trace_meta *meta;
	struct filling filling;
	struct input input;
	int err, result;

	if (input_open(&input, request->before, NULL))
		return EXIT_FAILED;
	meta = trace_reader_meta(input.reader);
	result = start_side(side, meta, meta->end_ns - meta->start_ns, request->roles);
	if (!result)
		result = filling_init(&filling, request->roles, side);
	if (!result) {
		err = read_all(&filling, trace_reader_source(input.reader));
		if (err)
			result = fail("%s: %s", request->before, strerror(-err));
		verify_side_finish(side, meta->end_ns);
		note_scan_rate(side, meta);
		task_table_free(&filling.tasks);
	}
	input_close(&input);
	return result;
}

static int fill_after(struct verify_side *side, const struct verify_request *request)
{
	struct capture_options capture = { .record = true };
	struct live_options options = *request->live;
	struct filling filling;
	struct live *live;
	int result;

	options.duration_ns = request->duration_ns;
	live = live_open(&options, capture, request->argc, request->argv);
	if (!live)
		return EXIT_FAILED;
	result = start_side(side, live_meta(live), request->duration_ns, request->roles);
	if (!result)
		result = filling_init(&filling, request->roles, side);
	if (!result) {
		if (live_run(live, &filling.sink))
			result = EXIT_FAILED;
		verify_side_finish(side, live_meta(live)->end_ns);
		note_scan_rate(side, live_meta(live));
		task_table_free(&filling.tasks);
	}
	live_close(live);
	return result;
}

static int exit_code(enum verify_verdict verdict)
{
	switch (verdict) {
	case VERIFY_WORSE:
		return EXIT_LIMIT;
	case VERIFY_UNKNOWN:
		return EXIT_NO_VERDICT;
	default:
		return EXIT_DONE;
	}
}

static int report(const struct verify_request *request, const struct verify_side *before,
		  const struct verify_side *after, const struct output *out, json_t **object)
{
	char *cpus = cpulist_format(request->roles->cpus);
	struct verify_result result;
	struct verify_report view = { .result = &result,
				      .before = before,
				      .after = after,
				      .interlopers = request->roles->names,
				      .cpus = cpus };
	int err = cpus ? verify_compare(before, after, &result) : -ENOMEM;

	if (!err && out->json) {
		*object = report_verify_json(&view);
		err = *object ? 0 : -ENOMEM;
	} else if (!err) {
		fputc('\n', out->file);
		err = report_verify(out, &view);
	}
	free(cpus);
	if (err)
		return fail("out of memory");
	if (!out->json && finish_output(out))
		return EXIT_FAILED;
	return exit_code(result.verdict);
}

int advise_verify(const struct verify_request *request, const struct output *out, json_t **object)
{
	struct verify_side *sides = calloc(2, sizeof(*sides));
	int result = sides ? 0 : fail("out of memory");

	if (!result)
		result = fill_before(&sides[0], request);
	if (!result) {
		sleep(SETTLE_SECONDS);
		result = fill_after(&sides[1], request);
	}
	if (!result)
		result = report(request, &sides[0], &sides[1], out, object);
	for (int i = 0; sides && i < 2; i++)
		verify_side_free(&sides[i]);
	free(sides);
	return result;
}
