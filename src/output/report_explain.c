// SPDX-License-Identifier: GPL-2.0-only
/* A CPU, and whether a task may come there, as text: see report_explain.h. */
#include "output/report_explain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/cpulist.h"
#include "host/taskflags.h"
#include "output/line.h"
#include "output/report.h"
#include "output/report_doctor.h"

#define FLAGS_WIDTH   72 /* of a row of SD_ flags */
#define NODES_SHOWN   16 /* more have no room on a screen, and are in the JSON */
#define MOVABLE_SHOWN 12

static void put_cpus(FILE *file, const char *before, hwloc_const_bitmap_t set, const char *after)
{
	char *list = set && !hwloc_bitmap_iszero(set) ? cpulist_format(set) : NULL;

	if (list)
		fprintf(file, "%s%s%s", before, list, after);
	free(list);
}

/* One table, printed and freed; title may be NULL. */
static int print_table(const struct output *out, const char *title, struct table *table)
{
	int err;

	if (title)
		fprintf(out->file, "\n%s\n", title);
	err = table ? table_print(table, out) : -ENOMEM;
	table_free(table);
	return err;
}

static const char *source_text(enum domains_source source)
{
	static const char *const texts[] = {
		[DOMAINS_UNKNOWN] = "unknown",
		[DOMAINS_SCHEDSTAT] = "/proc/schedstat",
		[DOMAINS_DEBUGFS] = "debugfs sched/domains",
		[DOMAINS_SYSCTL] = "/proc/sys/kernel/sched_domain",
		[DOMAINS_DERIVED] = "derived from topology and isolation",
	};

	return texts[source];
}

static const char *membership_text(const struct explanation *e)
{
	switch (e->membership) {
	case MEMBERSHIP_NONE:
		return "isolated: in no scheduling domain";
	case MEMBERSHIP_SOME:
		return "not isolated: in scheduling domains";
	case MEMBERSHIP_UNKNOWN:
		break;
	}
	return "whether it is isolated is not known";
}

static void print_cpu(const struct output *out, const struct explanation *e)
{
	const struct host_snapshot *host = e->host;
	struct line line;
	char name[32];

	if (!line_begin(&line))
		return;
	snprintf(name, sizeof(name), "CPU %u", e->cpu);
	if (hwloc_bitmap_isset(host->online, e->cpu)) {
		fprintf(line.file, "online, %s", membership_text(e));
		if (host->domains.source)
			fprintf(line.file, " (%s)", source_text(host->domains.source));
	} else {
		fputs(hwloc_bitmap_iszero(host->online) ? "not known to be online" : "offline",
		      line.file);
	}
	if (hwloc_bitmap_isset(host->nohz_full, e->cpu))
		fputs(", nohz_full", line.file);
	line_end(&line, out, name, e->membership == MEMBERSHIP_NONE ? COLOUR_YELLOW : NULL);
}

static void put_id(FILE *file, const char *before, int id)
{
	if (id >= 0)
		fprintf(file, "%s%d", before, id);
	else
		fprintf(file, "%s-", before);
}

static void print_place(const struct output *out, const struct explanation *e)
{
	const struct host_cpu *cpu = &e->host->cpus[e->cpu];
	struct line line;

	if (!line_begin(&line))
		return;
	put_id(line.file, "package ", cpu->package);
	put_id(line.file, ", core ", cpu->core);
	put_cpus(line.file, " (CPUs ", cpu->siblings, ")");
	put_id(line.file, ", last-level cache ", cpu->llc);
	put_cpus(line.file, " (CPUs ", e->llc, ")");
	put_id(line.file, ", node ", cpu->node);
	put_cpus(line.file, " (CPUs ", e->node, ")");
	line_end(&line, out, "place", NULL);
}

/* As many words of *text as fit in a row; *text moves behind them. The row's length. */
static int take_row(const char **text, const char **row)
{
	size_t length = 0, word;

	*text += strspn(*text, " ");
	*row = *text;
	while ((*row)[length]) {
		word = strcspn(*row + length + 1, " ") + 1;
		if (length && length + word > FLAGS_WIDTH)
			break;
		length += word;
	}
	*text += length;
	return (int)length;
}

static void add_domain(struct table *table, const struct host_domain *domain)
{
	const char *flags = domain->flags ? domain->flags : "-", *row;
	char *list = hwloc_bitmap_iszero(domain->span) ? NULL : cpulist_format(domain->span);
	int length = take_row(&flags, &row);

	table_cell(table, "%u", domain->level);
	table_cell(table, "%s", domain->name ? domain->name : "-");
	table_cell(table, "%s", list ? list : "-");
	table_cell(table, "%.*s", length, row);
	table_end_row(table);
	while ((length = take_row(&flags, &row))) {
		for (int i = 0; i < 3; i++)
			table_cell(table, "%s", "");
		table_cell(table, "%.*s", length, row);
		table_end_row(table);
	}
	free(list);
}

static void print_domain_sources(const struct output *out, const struct host_domains *domains)
{
	fprintf(out->file, "scheduling domains: %s", source_text(domains->source));
	if (domains->spans != domains->source)
		fprintf(out->file, "; CPUs: %s", source_text(domains->spans));
	if (domains->flags == DOMAINS_UNKNOWN)
		fputs("; flags not known", out->file);
	else if (domains->flags != domains->source)
		fprintf(out->file, "; flags: %s", source_text(domains->flags));
	fputc('\n', out->file);
}

static int print_domains(const struct output *out, const struct explanation *e)
{
	const struct host_domains *domains = &e->host->domains;
	const struct host_domain *domain = domains_get(domains, e->cpu, 0);
	struct table *table;

	if (!domain)
		return 0;
	fputc('\n', out->file);
	print_domain_sources(out, domains);
	table = table_new();
	if (!table)
		return -ENOMEM;
	table_column(table, "level", NULL, TABLE_RIGHT);
	table_column(table, "name", NULL, TABLE_LEFT);
	table_column(table, "CPUs", NULL, TABLE_LEFT);
	table_column(table, "flags", NULL, TABLE_LEFT);
	for (uint32_t level = 1; domain; level++) {
		add_domain(table, domain);
		domain = domains_get(domains, e->cpu, level);
	}
	return print_table(out, NULL, table);
}

static int print_distances(const struct output *out, const struct host_snapshot *host)
{
	struct table *table = table_new();
	char name[16];

	if (!table)
		return -ENOMEM;
	table_column(table, "node", NULL, TABLE_RIGHT);
	for (uint32_t i = 0; i < host->node_count; i++) {
		snprintf(name, sizeof(name), "%u", i);
		table_column(table, name, NULL, TABLE_RIGHT);
	}
	for (uint32_t i = 0; i < host->node_count; i++) {
		table_cell(table, "%u", i);
		for (uint32_t j = 0; j < host->node_count; j++) {
			uint32_t distance = host->distances[i * host->node_count + j];

			/* An id that no node has. */
			if (distance)
				table_cell(table, "%u", distance);
			else
				table_cell(table, "-");
		}
		table_end_row(table);
	}
	return print_table(out, NULL, table);
}

static int print_numa(const struct output *out, const struct explanation *e)
{
	const struct host_snapshot *host = e->host;

	if (e->numa == NUMA_SINGLE || !host->node_count)
		return 0;
	fprintf(out->file,
		"\nNUMA distances (10 is the node itself); by them the kernel takes it "
		"for: %s\n",
		numa_type_name(e->numa));
	if (!host->distances || host->node_count > NODES_SHOWN) {
		fprintf(out->file, "%u nodes: %s\n", host->node_count,
			host->distances ? "--json has the distances" : "distances not known");
		return 0;
	}
	return print_distances(out, host);
}

static void print_mask(const struct output *out, const struct explanation *e)
{
	struct line line;

	if (!line_begin(&line))
		return;
	if (e->task->allowed)
		put_cpus(line.file, "CPUs ", e->task->allowed, ": ");
	fputs(mask_origin_text(e->origin), line.file);
	line_end(&line, out, "mask", NULL);
	if (!e->cpuset || !e->cpuset->path || !line_begin(&line))
		return;
	fputs(e->cpuset->path, line.file);
	if (hwloc_bitmap_iszero(e->cpuset->cpus))
		fputs(", its CPUs not known", line.file);
	put_cpus(line.file, ", CPUs ", e->cpuset->cpus, "");
	line_end(&line, out, "cpuset", NULL);
}

static void print_task(const struct output *out, const struct explanation *e)
{
	const struct host_task *task = e->task;
	const char *policy = task_policy_name(task->policy);
	char *flags = task_flags_describe(task->flags);
	struct line line;

	if (line_begin(&line)) {
		fprintf(line.file, "%s[%u]%s", task->comm, task->tid,
			task->flags & TASK_KTHREAD ? ", kernel thread" : "");
		if (policy)
			fprintf(line.file, ", %s", policy);
		else
			fprintf(line.file, ", policy %d", task->policy);
		if (task->policy == 1 || task->policy == 2)
			fprintf(line.file, " priority %d", task->rt_priority);
		else
			fprintf(line.file, " nice %d", task->nice);
		fprintf(line.file, ", last on CPU %d", task->last_cpu);
		if (e->others)
			fprintf(line.file, " (%u more match: the first is told of)", e->others);
		line_end(&line, out, "task", NULL);
	}
	print_mask(out, e);
	line_print(out, "flags", "0x%" PRIx64 ": %s", task->flags, flags ? flags : "?");
	free(flags);
}

static const char *ksm_run_text(const char *run)
{
	if (!strcmp(run, "0"))
		return "off";
	if (!strcmp(run, "1"))
		return "on";
	return strcmp(run, "2") ? "unknown" : "off, and all merged pages taken apart";
}

static void print_ksm(const struct output *out, const struct host_snapshot *host)
{
	const char *run = explain_ksm(host, "run"), *pages = explain_ksm(host, "pages_to_scan");
	const char *sleep = explain_ksm(host, "sleep_millisecs");
	const char *advisor = explain_ksm(host, "advisor_mode"); /* "none [scan-time]" */
	struct line line;

	advisor = advisor ? strchr(advisor, '[') : NULL;
	if (!line_begin(&line))
		return;
	if (run)
		fprintf(line.file, "%s (run %s): scans %s pages at a time, then sleeps %s ms",
			ksm_run_text(run), run, pages ? pages : "-", sleep ? sleep : "-");
	else
		fputs("its files cannot be read", line.file);
	if (advisor)
		fprintf(line.file, "; its advisor: %.*s", (int)strcspn(advisor + 1, "]"),
			advisor + 1);
	line_end(&line, out, "KSM", NULL);
}

static const char *answer_colour(enum reach_answer answer)
{
	return answer == REACH_YES ? COLOUR_YELLOW : NULL;
}

static int print_ways(const struct output *out, const struct explanation *e)
{
	struct table *table = table_new();

	if (!table)
		return -ENOMEM;
	fprintf(out->file, "\nmay it come to CPU %u, and by which way of the kernel?\n", e->cpu);
	table_column(table, "way", NULL, TABLE_LEFT);
	table_column(table, "answer", NULL, TABLE_LEFT);
	table_column(table, "why", NULL, TABLE_LEFT);
	for (int id = 0; id < REACH_WAYS; id++) {
		const struct reach_way *way = &e->reach.ways[id];

		if (!way->asked)
			continue;
		table_cell(table, "%s", reach_way_name(id));
		table_cell(table, "%s", reach_answer_name(way->answer));
		table_cell(table, "%s", way->why);
		table_row_colour(table, answer_colour(way->answer));
		table_end_row(table);
	}
	return print_table(out, NULL, table);
}

static void print_answer(const struct output *out, const struct explanation *e)
{
	const struct reach *reach = &e->reach;
	struct line line;

	fputc('\n', out->file);
	if (!line_begin(&line))
		return;
	fprintf(line.file, "%s%s %s", reach_answer_name(reach->answer),
		reach->answer == REACH_ONLY_IF ? "" : ":", reach->why);
	line_end(&line, out, "answer", answer_colour(reach->answer));
	if (hwloc_bitmap_iszero(reach->home) || reach->answer == REACH_NO || !line_begin(&line))
		return;
	put_cpus(line.file, "taskset -pc ", reach->home, "");
	fprintf(line.file, " %u", e->task->tid);
	line_end(&line, out, "to keep off", NULL);
}

static int print_movable(const struct output *out, const struct explanation *e)
{
	struct table *table = table_new();

	if (!table)
		return -ENOMEM;
	fprintf(out->file,
		"\n%u task%s last on CPU %u may run elsewhere; %u are bound to where they are\n",
		e->movable_count, e->movable_count == 1 ? "" : "s", e->cpu, e->bound_count);
	if (!e->movable_count) {
		table_free(table);
		return 0;
	}
	table_column(table, "task", "[tid]", TABLE_LEFT);
	table_column(table, "policy", NULL, TABLE_LEFT);
	table_column(table, "mask", "(CPUs)", TABLE_LEFT);
	table_column(table, "kind", NULL, TABLE_LEFT);
	for (uint32_t i = 0; i < e->movable_count && i < MOVABLE_SHOWN; i++) {
		const struct host_task *task = e->movable[i];
		const char *policy = task_policy_name(task->policy);
		char *list = cpulist_format(task->allowed);

		table_cell(table, "%s[%u]", task->comm, task->tid);
		table_cell(table, "%s", policy ? policy : "-");
		table_cell(table, "%s", list ? list : "-");
		table_cell(table, "%s", task->flags & TASK_KTHREAD ? "kernel thread" : "program");
		table_end_row(table);
		free(list);
	}
	if (print_table(out, NULL, table))
		return -ENOMEM;
	if (e->movable_count > MOVABLE_SHOWN)
		fprintf(out->file, "and %u more\n", e->movable_count - MOVABLE_SHOWN);
	return 0;
}

int report_explain(const struct output *out, const struct explanation *explanation)
{
	int err;

	report_host(out, explanation->host);
	print_cpu(out, explanation);
	print_place(out, explanation);
	if (explanation->task)
		print_task(out, explanation);
	if (explanation->is_ksmd)
		print_ksm(out, explanation->host);
	err = print_domains(out, explanation);
	if (!err)
		err = print_numa(out, explanation);
	fputc('\n', out->file);
	if (!err)
		err = report_findings(out, &explanation->findings);
	if (err)
		return err;
	if (!explanation->task)
		return print_movable(out, explanation);
	err = print_ways(out, explanation);
	if (!err)
		print_answer(out, explanation);
	return err;
}
