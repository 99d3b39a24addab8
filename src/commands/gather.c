// SPDX-License-Identifier: GPL-2.0-only
/* What a report is made of: see gather.h. */
#include "commands/gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/gather_advice.h"
#include "commands/gather_blame.h"
#include "commands/idle_aside.h"
#include "commands/options.h"
#include "commands/read_ahead.h"
#include "host/cpulist.h"
#include "output/json.h"
#include "output/report.h"
#include "output/report_trespass.h"
#include "output/report_wakeups.h"

void gather_set_filter(struct gather *gather, const struct filter *filter)
{
	bool filters = filter->cpus || filter_has_tasks(filter) || filter->from_ns || filter->to_ns;

	gather->filter = filters ? filter : NULL;
}

static int sink_add(struct live_sink *sink, const struct event *events, int n)
{
	return gather_add((struct gather *)sink, events, n);
}

static int sink_drained(struct live_sink *sink)
{
	struct gather *gather = (struct gather *)sink;
	int err = gather->rows ? timehist_drain(gather->rows) : 0;

	if (!err && (gather->rows || gather->json_rows) && fflush(gather->out->file))
		err = -errno;
	if (err)
		gather->output_failed = true;
	return err;
}

int gather_init(struct gather *gather, const struct output *out)
{
	memset(gather, 0, sizeof(*gather));
	gather->sink.add = sink_add;
	gather->sink.drained = sink_drained;
	gather->out = out;
	return task_table_init(&gather->tasks);
}

void gather_free(struct gather *gather)
{
	summary_free(gather->by_task);
	summary_free(gather->by_cpu);
	summary_free(gather->chosen);
	distribution_free(gather->distribution);
	worst_free(gather->waits);
	worst_free(gather->runs);
	arrivals_free(gather->arrivals);
	wakeups_free(gather->wakeups);
	blame_free(gather->blame);
	visits_free(gather->visits);
	bursts_free(&gather->ksmd);
	idle_aside_free(gather->idle_aside);
	idleness_free(gather->idleness);
	usable_free(gather->usable);
	timehist_free(gather->rows);
	choices_free(gather->choices);
	losses_free(&gather->losses);
	task_table_free(&gather->tasks);
}

static void put_placement(struct gather *gather, json_t **object, const struct event *event)
{
	const struct slice *s = &event->slice;
	struct told_choice told = choices_take(gather->choices, event);

	if (placement_is_told(s))
		report_placement_json(
			object, placement_class(gather->placement, s),
			placement_explain(gather->placement, s, told.choice, told.fallback));
	else
		report_placement_json(object, PLACEMENT_UNKNOWN,
				      (struct placement_verdict){ BRANCH_UNKNOWN, UNSURE });
}

static int print_json_row(struct gather *gather, const struct event *event)
{
	json_t *object = report_event_json(event, &gather->tasks);
	int err;

	if (gather->placement && (event->type == EVENT_SLICE || event->type == EVENT_WAITING))
		put_placement(gather, &object, event);
	if (!object)
		return -ENOMEM;
	err = json_dumpf(object, gather->out->file, JSON_COMPACT);
	json_decref(object);
	if (err || fputc('\n', gather->out->file) == EOF)
		return errno ? -errno : -EIO;
	return 0;
}

static int add_row(struct gather *gather, const struct event *event, bool wanted)
{
	int err = 0;

	if (gather->idle_only && event->type == EVENT_SLICE && event->slice.task != TASK_IDLE)
		wanted = false;
	if (gather->json_rows)
		err = wanted ? print_json_row(gather, event) : 0;
	else if (gather->rows && wanted)
		err = timehist_add(gather->rows, event);
	else if (gather->rows && event->type == EVENT_SLICE)
		timehist_pass(gather->rows, event);
	if (err && err != -ENOMEM)
		gather->output_failed = true;
	return err;
}

static int summarize(struct gather *gather, const struct event *events, int n)
{
	int err = 0;

	if (gather->by_task)
		err = summary_add_many(gather->by_task, events, n);
	if (!err && gather->by_cpu)
		err = summary_add_many(gather->by_cpu, events, n);
	if (!err && gather->chosen)
		err = summary_add_many(gather->chosen, events, n);
	return err;
}

/* Whatever the filter: the wakeup that it was made for comes later, and is judged then. */
static int add_choice(struct gather *gather, const struct event *event)
{
	int err = gather->choices ? choices_add(gather->choices, event) : 0;

	if (!err && gather->arrivals)
		err = arrivals_add(gather->arrivals, event);
	return !err && gather->wakeups ? wakeups_add(gather->wakeups, event) : err;
}

static int add_one(struct gather *gather, const struct event *event)
{
	bool wanted;
	int err = gather->sees_ksmd ? gather_advice_add(gather, event) : 0;

	if (err)
		return err;
	if (event->type == EVENT_TASK) {
		err = task_table_put(&gather->tasks, &event->identity);
		return err == -EINVAL ? 0 : err;
	}
	if (event->type == EVENT_CHOICE)
		err = add_choice(gather, event);
	wanted = !gather->filter || filter_matches(gather->filter, &gather->tasks, event);
	if (!err && (event->type == EVENT_LOST || event_is_offline(event)) && wanted)
		err = losses_add(&gather->losses, event);
	if (!err && (gather->rows || gather->json_rows))
		err = add_row(gather, event, wanted);
	if (!err && gather->blame)
		err = gather_blame_add(gather, event, wanted);
	if (err || !wanted)
		return err;
	if (gather->taker)
		err = gather->taker->take(gather->taker, event);
	if (!err && gather->filter)
		err = summarize(gather, event, 1);
	if (!err && gather->distribution)
		err = distribution_add(gather->distribution, event);
	if (!err && gather->arrivals && event->type != EVENT_CHOICE)
		err = arrivals_add(gather->arrivals, event);
	if (!err && gather->wakeups && event->type != EVENT_CHOICE)
		err = wakeups_add(gather->wakeups, event);
	if (gather->waits)
		worst_add(gather->waits, event);
	if (gather->runs)
		worst_add(gather->runs, event);
	return err;
}

/* Whether sums are all that is wanted: then slices need not be looked at one by one. */
static bool only_sums(const struct gather *gather)
{
	return !gather->filter && !gather->rows && !gather->json_rows && !gather->blame &&
	       !gather->taker && !gather->distribution && !gather->arrivals && !gather->wakeups &&
	       !gather->waits && !gather->runs && !gather->sees_ksmd;
}

int gather_add(struct gather *gather, const struct event *events, int n)
{
	int err = gather->writer ? trace_writer_add(gather->writer, events, n) : 0;
	bool sums = only_sums(gather);

	for (int i = 0; i < n && !err; i++)
		if (!sums || events[i].type != EVENT_SLICE || event_is_offline(&events[i]))
			err = add_one(gather, &events[i]);
	if (!err && !gather->filter)
		err = summarize(gather, events, n);
	return err;
}

void print_header(const struct gather *gather, const struct trace_meta *meta,
		  const struct host_snapshot *host, const char *damage)
{
	report_header(gather->out, meta, host, &gather->losses, damage);
}

static void print_worst_rows(struct gather *gather, struct worst *worst, const char *title,
			     struct timehist *rows)
{
	const struct event *events;
	uint32_t n;

	if (!worst)
		return;
	n = worst_events(worst, &events);
	timehist_drain(rows);
	fprintf(gather->out->file, "\n%s\n", title);
	if (!n)
		fputs("  none\n", gather->out->file);
	else
		timehist_header(rows);
	for (uint32_t i = 0; i < n; i++)
		timehist_add(rows, &events[i]);
}

void print_worst(struct gather *gather, const struct trace_meta *meta)
{
	struct timehist_options options = { 0 };
	struct timehist *rows = timehist_new(gather->out, &options, &gather->tasks, meta);

	if (!rows)
		return;
	print_worst_rows(gather, gather->waits, "longest waits, largest first:", rows);
	print_worst_rows(gather, gather->runs, "longest runs, largest first:", rows);
	timehist_flush(rows);
	timehist_free(rows);
}

/*
 * Sorted row pointers, to be freed; NULL after a line on stderr. A move away from a target CPU
 * makes a row for a CPU that is none: that one has nothing to say.
 */
static const struct summary_row **sorted_rows(const struct summary *summary, const char *column,
					      const struct trace_meta *meta, uint32_t *n)
{
	const struct summary_row *const *rows;
	const struct summary_row **sorted;
	uint32_t all = summary_rows(summary, &rows);

	sorted = malloc((all + 1) * sizeof(*sorted));
	if (!sorted) {
		fail("out of memory");
		return NULL;
	}
	*n = 0;
	for (uint32_t i = 0; i < all; i++)
		if (rows[i]->cpu == CPU_UNKNOWN ||
		    hwloc_bitmap_isset(meta->target_cpus, rows[i]->cpu))
			sorted[(*n)++] = rows[i];
	if (!summary_sort(sorted, *n, column))
		return sorted;
	fail("--sort %s: no such column", column);
	free(sorted);
	return NULL;
}

int print_summary(const struct gather *gather, const struct summary *summary, enum summary_by by,
		  const char *column, uint32_t limit, const struct trace_meta *meta, bool wide)
{
	const struct summary_row **rows;
	uint32_t n;

	if (!summary)
		return 0;
	rows = sorted_rows(summary, column, meta, &n);
	if (!rows)
		return EXIT_FAILED;
	report_summary(gather->out, by, rows, n, limit, &gather->tasks, meta, wide);
	free(rows);
	return 0;
}

json_t *summary_json(const struct gather *gather, const struct summary *summary, enum summary_by by,
		     const char *column, const struct trace_meta *meta)
{
	const struct summary_row **rows;
	json_t *array;
	uint32_t n;

	rows = sorted_rows(summary, column, meta, &n);
	if (!rows)
		return NULL;
	array = report_summary_json(by, rows, n, &gather->tasks, meta);
	free(rows);
	return array;
}

json_t *worst_json(struct gather *gather, struct worst *worst)
{
	const struct event *events;
	uint32_t n = worst_events(worst, &events);
	json_t *array = json_array();

	for (uint32_t i = 0; i < n; i++)
		json_array_append_new(array, report_event_json(&events[i], &gather->tasks));
	return array;
}

static int make_trespasses(struct gather *gather, const struct placement_host *placement,
			   const struct host_snapshot *host, struct trespasses *trespasses)
{
	const struct arrival_row *const *rows;
	uint32_t n = arrivals_finish(gather->arrivals, &rows);

	return trespasses_make(trespasses, rows, n, &gather->tasks, placement, host)
		       ? fail("out of memory")
		       : 0;
}

int print_stories(struct gather *gather, const struct placement_host *placement,
		  const struct host_snapshot *host, uint32_t limit)
{
	struct trespasses trespasses;

	if (make_trespasses(gather, placement, host, &trespasses))
		return EXIT_FAILED;
	report_stories(gather->out, &trespasses, &gather->tasks, limit);
	trespasses_free(&trespasses);
	return 0;
}

int print_why_here(struct gather *gather, const struct placement_host *placement,
		   const struct host_snapshot *host)
{
	struct trespasses trespasses;

	if (make_trespasses(gather, placement, host, &trespasses))
		return EXIT_FAILED;
	report_why_here(gather->out, &trespasses, &gather->tasks);
	trespasses_free(&trespasses);
	return 0;
}

json_t *why_here_json(struct gather *gather, const struct placement_host *placement,
		      const struct host_snapshot *host)
{
	struct trespasses trespasses;
	json_t *array;

	if (make_trespasses(gather, placement, host, &trespasses))
		return NULL;
	array = report_trespasses_json(&trespasses, &gather->tasks);
	trespasses_free(&trespasses);
	return array;
}

int print_json(const struct output *out, json_t *object)
{
	if (!object)
		return fail("out of memory");
	if (json_print(out->file, object) == -ENOMEM) {
		json_decref(object);
		return fail("out of memory");
	}
	fputc('\n', out->file);
	json_decref(object);
	return finish_output(out);
}

int finish_output(const struct output *out)
{
	if (fflush(out->file) || ferror(out->file))
		return fail("cannot write the output: %s", strerror(errno));
	return EXIT_DONE;
}
