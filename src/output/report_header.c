// SPDX-License-Identifier: GPL-2.0-only
/* A report's first lines: where, when, of what, resting on what, and what is missing. */
#include "output/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/loss_view.h"
#include "host/cpulist.h"
#include "output/json.h"
#include "output/line.h"

#define LOSS_CPUS_SHOWN 3

static void print_cpu_list(FILE *file, const char *before, hwloc_const_bitmap_t set)
{
	char *list = set && !hwloc_bitmap_iszero(set) ? cpulist_format(set) : NULL;

	if (list)
		fprintf(file, "%s%s", before, list);
	free(list);
}

void report_host(const struct output *out, const struct host_snapshot *host)
{
	struct line line;
	int online;

	if (!line_begin(&line))
		return;
	if (!host || !host->hostname) {
		fputs("not known", line.file);
	} else {
		fprintf(line.file, "%s, Linux %s", host->hostname,
			host->kernel_release ? host->kernel_release : "(version not known)");
		if (host->machine)
			fprintf(line.file, " %s", host->machine);
		online = host->online ? hwloc_bitmap_weight(host->online) : -1;
		if (online > 0)
			fprintf(line.file, ", %d CPU%s", online, online == 1 ? "" : "s");
		print_cpu_list(line.file, ", isolated ", host->isolated);
		print_cpu_list(line.file, ", nohz_full ", host->nohz_full);
	}
	line_end(&line, out, "host", NULL);
}

/* ISO 8601 in UTC with milliseconds; false where the wall clock is not known. */
static bool wall_time(const struct trace_meta *meta, char *buf, size_t size, const char *format)
{
	int64_t ns = meta->start_ns + meta->realtime_offset_ns;
	time_t sec = ns / 1000000000;
	struct tm tm;
	size_t len;

	if (!meta->realtime_offset_ns || !gmtime_r(&sec, &tm))
		return false;
	len = strftime(buf, size, format, &tm);
	snprintf(buf + len, size - len, ".%03d", (int)(ns / 1000000 % 1000));
	return true;
}

static void print_when(const struct output *out, const struct trace_meta *meta)
{
	char text[64], start[DURATION_MAX];
	struct line line;

	if (!line_begin(&line))
		return;
	format_time(start, meta->start_ns);
	if (wall_time(meta, text, sizeof(text), "%Y-%m-%d %H:%M:%S"))
		fprintf(line.file, "%s UTC, clock %s", text, start);
	else
		fprintf(line.file, "clock %s (wall time not known)", start);
	if (meta->end_ns > meta->start_ns)
		fprintf(line.file, ", %s long",
			format_duration(text, meta->end_ns - meta->start_ns));
	else
		fputs(", length not known", line.file);
	line_end(&line, out, "trace", NULL);
}

static void print_what(const struct output *out, const struct trace_meta *meta)
{
	struct line line;

	if (!line_begin(&line))
		return;
	if (meta->all_cpus)
		fputs("all", line.file);
	else if (hwloc_bitmap_iszero(meta->target_cpus))
		fputs("none", line.file);
	else
		print_cpu_list(line.file, "", meta->target_cpus);
	if (meta->task_filter)
		fprintf(line.file, "; only tasks %s", meta->task_filter);
	else
		fputs("; all tasks", line.file);
	line_end(&line, out, "CPUs", NULL);
}

static const char *print_one_loss(FILE *file, const char *before, uint64_t n, const char *one,
				  const char *many)
{
	char count[COUNT_MAX];

	if (!n)
		return before;
	fprintf(file, "%s%s %s", before, format_count(count, n), n == 1 ? one : many);
	return ", ";
}

static void print_loss_view(FILE *file, const struct loss_view *view)
{
	char first[DURATION_MAX], last[DURATION_MAX], count[COUNT_MAX];
	const char *before = "";

	before = print_one_loss(file, before, view->lost[LOST_SLICE], "slice", "slices");
	before = print_one_loss(file, before, view->lost[LOST_TASK], "task name", "task names");
	before = print_one_loss(file, before, view->lost[LOST_MOVE], "move", "moves");
	before = print_one_loss(file, before, view->lost[LOST_CHOICE], "CPU choice", "CPU choices");
	before = print_one_loss(file, before, view->state_lost, "wakeup or switch not kept",
				"wakeups or switches not kept");
	print_one_loss(file, before, view->programs_skipped, "event skipped by the kernel",
		       "events skipped by the kernel");
	if (view->bursts)
		fprintf(file, " (%s burst%s, %s to %s)", format_count(count, view->bursts),
			view->bursts == 1 ? "" : "s", format_time(first, view->first_ns),
			format_time(last, view->last_ns));
}

/* The CPU that lost most of those that lost less than CPU before did; -1: none left. */
static int64_t next_worst_cpu(const struct trace_meta *meta, const struct losses *losses,
			      int64_t before)
{
	uint64_t limit = UINT64_MAX, most = 0;
	struct loss_view view;
	int64_t worst = -1;

	if (before >= 0) {
		view = loss_view_cpu(meta, losses, before);
		limit = loss_view_total(&view);
	}
	for (uint32_t cpu = 0; cpu < loss_view_cpu_count(meta, losses); cpu++) {
		uint64_t total;

		view = loss_view_cpu(meta, losses, cpu);
		total = loss_view_total(&view);
		/* Equal losses: by CPU. */
		if (total > most && (total < limit || (total == limit && cpu > before))) {
			most = total;
			worst = cpu;
		}
	}
	return worst;
}

/* The CPUs that lost most, a line each. */
static void print_loss_cpus(const struct output *out, const struct trace_meta *meta,
			    const struct losses *losses)
{
	uint32_t lossy = 0, shown = 0;
	struct loss_view view;
	struct line line;
	int64_t cpu = -1;

	for (uint32_t i = 0; i < loss_view_cpu_count(meta, losses); i++) {
		view = loss_view_cpu(meta, losses, i);
		lossy += loss_view_total(&view) > 0;
	}
	while (shown < LOSS_CPUS_SHOWN && (cpu = next_worst_cpu(meta, losses, cpu)) >= 0) {
		if (!line_begin(&line))
			return;
		view = loss_view_cpu(meta, losses, cpu);
		fprintf(line.file, "CPU %d: ", (int)cpu);
		print_loss_view(line.file, &view);
		if (++shown == LOSS_CPUS_SHOWN && lossy > shown)
			fprintf(line.file, "; and %u more CPU%s", lossy - shown,
				lossy - shown == 1 ? "" : "s");
		line_end(&line, out, "", COLOUR_RED);
	}
}

static void print_losses(const struct output *out, const struct trace_meta *meta,
			 const struct losses *losses)
{
	struct loss_view all = loss_view_all(meta, losses);
	uint64_t total = loss_view_total(&all);
	struct line line;

	if (!line_begin(&line))
		return;
	if (total && meta->incomplete)
		fputs("at least ", line.file);
	if (total)
		print_loss_view(line.file, &all);
	else if (meta->incomplete)
		fputs("none seen; the final count is missing", line.file);
	else
		fputs("none lost", line.file);
	line_end(&line, out, "losses", total ? COLOUR_RED : NULL);
	if (total)
		print_loss_cpus(out, meta, losses);
}

static void print_offline(const struct output *out, const struct losses *losses)
{
	char duration[DURATION_MAX];
	uint32_t shown = 0, more = 0;
	struct line line;

	if (!losses || !losses->all.offline_ns || !line_begin(&line))
		return;
	for (uint32_t cpu = 0; cpu < losses->cpu_count; cpu++) {
		if (!losses->cpus[cpu].offline_ns)
			continue;
		if (shown == LOSS_CPUS_SHOWN) {
			more++;
			continue;
		}
		fprintf(line.file, "%sCPU %u for %s", shown ? ", " : "", cpu,
			format_duration(duration, losses->cpus[cpu].offline_ns));
		shown++;
	}
	if (more)
		fprintf(line.file, ", and %u more CPU%s", more, more == 1 ? "" : "s");
	fputs("; not counted as idle", line.file);
	line_end(&line, out, "offline", NULL);
}

static void print_note(const struct output *out, const char *name, const char *text,
		       const char *colour)
{
	struct line line;

	if (!line_begin(&line))
		return;
	fputs(text, line.file);
	line_end(&line, out, name, colour);
}

void report_header(const struct output *out, const struct trace_meta *meta,
		   const struct host_snapshot *host, const struct losses *losses,
		   const char *damage)
{
	report_host(out, host);
	print_when(out, meta);
	print_what(out, meta);
	print_note(out, "rests on", meta->rests_on ? meta->rests_on : "not known", NULL);
	print_losses(out, meta, losses);
	print_offline(out, losses);
	if (meta->incomplete)
		print_note(out, "INCOMPLETE",
			   "the recorder did not finish: the trace's end is not known", COLOUR_RED);
	if (damage)
		print_note(out, "DAMAGED", damage, COLOUR_RED);
}

static json_t *host_json(const struct host_snapshot *host)
{
	json_t *object = json_object();
	bool online_known;

	if (!host) {
		json_decref(object);
		return json_null();
	}
	json_put(&object, "hostname", json_text(host->hostname));
	json_put(&object, "kernel_release", json_text(host->kernel_release));
	json_put(&object, "kernel_version", json_text(host->kernel_version));
	json_put(&object, "machine", json_text(host->machine));
	online_known = host->online && !hwloc_bitmap_iszero(host->online);
	json_put(&object, "online_cpus", json_cpus(online_known ? host->online : NULL));
	json_put(&object, "isolated_cpus", json_cpus(host->isolated));
	json_put(&object, "nohz_full_cpus", json_cpus(host->nohz_full));
	return object;
}

static json_t *trace_json(const struct trace_meta *meta, const char *damage)
{
	bool ended = meta->end_ns > meta->start_ns;
	json_t *object = json_object();
	char start[64];
	bool wall = wall_time(meta, start, sizeof(start) - 1, "%Y-%m-%dT%H:%M:%S");

	if (wall)
		strcat(start, "Z");
	json_put(&object, "start_ns", json_u64(meta->start_ns));
	json_put(&object, "end_ns", json_u64_if(ended, meta->end_ns));
	json_put(&object, "duration_ns", json_u64_if(ended, meta->end_ns - meta->start_ns));
	json_put(&object, "start_time", json_text(wall ? start : NULL));
	json_put(&object, "realtime_offset_ns",
		 wall ? json_integer(meta->realtime_offset_ns) : json_null());
	json_put(&object, "cpus", json_cpus(meta->target_cpus));
	json_put(&object, "all_cpus", json_boolean(meta->all_cpus));
	json_put(&object, "task_filter", json_text(meta->task_filter));
	json_put(&object, "command", json_text(meta->command));
	json_put(&object, "rests_on", json_text(meta->rests_on));
	json_put(&object, "incomplete", json_boolean(meta->incomplete));
	json_put(&object, "damage", json_text(damage));
	return object;
}

static json_t *loss_view_json(const struct loss_view *view)
{
	json_t *object = json_object();

	json_put(&object, "total", json_u64(loss_view_total(view)));
	json_put(&object, "slices", json_u64(view->lost[LOST_SLICE]));
	json_put(&object, "tasks", json_u64(view->lost[LOST_TASK]));
	json_put(&object, "moves", json_u64(view->lost[LOST_MOVE]));
	json_put(&object, "choices", json_u64(view->lost[LOST_CHOICE]));
	json_put(&object, "states", json_u64(view->state_lost));
	json_put(&object, "bursts", json_u64(view->bursts));
	json_put(&object, "first_ns", json_u64_if(view->bursts, view->first_ns));
	json_put(&object, "last_ns", json_u64_if(view->bursts, view->last_ns));
	return object;
}

/* Slices that ended and matched, delivered or lost: known once the recorder has counted them. */
static json_t *slices_made_json(const struct trace_meta *meta, uint32_t first, uint32_t last)
{
	uint64_t made = 0;

	for (uint32_t cpu = first; cpu <= last && cpu < meta->cpu_count; cpu++)
		made += meta->cpus[cpu].slices_made;
	return json_u64_if(!meta->incomplete, made);
}

static json_t *offline_json(const struct losses *losses)
{
	json_t *cpus = json_array();

	for (uint32_t cpu = 0; losses && cpu < losses->cpu_count; cpu++) {
		json_t *entry;

		if (!losses->cpus[cpu].offline_ns)
			continue;
		entry = json_object();
		json_put(&entry, "cpu", json_u64(cpu));
		json_put(&entry, "offline_ns", json_u64(losses->cpus[cpu].offline_ns));
		json_add(&cpus, entry);
	}
	return cpus;
}

static json_t *losses_json(const struct trace_meta *meta, const struct losses *losses)
{
	struct loss_view view = loss_view_all(meta, losses);
	json_t *object = loss_view_json(&view), *cpus = json_array();

	json_put(&object, "slices_made", slices_made_json(meta, 0, UINT32_MAX));
	json_put(&object, "programs_skipped", json_u64(view.programs_skipped));
	json_put(&object, "final", json_boolean(!meta->incomplete));
	for (uint32_t cpu = 0; cpu < loss_view_cpu_count(meta, losses); cpu++) {
		json_t *entry;

		view = loss_view_cpu(meta, losses, cpu);
		if (!loss_view_total(&view))
			continue;
		entry = loss_view_json(&view);
		json_put(&entry, "slices_made", slices_made_json(meta, cpu, cpu));
		json_put(&entry, "cpu", json_u64(cpu));
		json_add(&cpus, entry);
	}
	json_put(&object, "cpus", cpus);
	json_put(&object, "offline", offline_json(losses));
	return object;
}

json_t *report_header_json(const struct trace_meta *meta, const struct host_snapshot *host,
			   const struct losses *losses, const char *damage)
{
	json_t *object = json_object();

	json_put(&object, "host", host_json(host));
	json_put(&object, "trace", trace_json(meta, damage));
	json_put(&object, "losses", losses_json(meta, losses));
	return object;
}
