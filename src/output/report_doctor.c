// SPDX-License-Identifier: GPL-2.0-only
/* What the machine offers, and what follows from it: see report_doctor.h. */
#include "output/report_doctor.h"

#include <errno.h>
#include <string.h>

#include "output/json.h"

static void print_job(const struct output *out, const struct doctor_job *job)
{
	const char *colour = job->why ? COLOUR_RED : "";

	fprintf(out->file, "%s%s%s: ", out->colour ? COLOUR_BOLD : "", out->colour ? colour : "",
		job->commands);
	if (job->why)
		fprintf(out->file, "cannot run: %s", job->why);
	else
		fputs("can run", out->file);
	fprintf(out->file, "%s\n", out->colour ? COLOUR_RESET : "");
}

/* One line where all is the same, the usual case. */
static void print_jobs(const struct output *out, const struct doctor_report *report)
{
	const struct doctor_job *trace = &report->trace, *hist = &report->hist;
	bool same = !trace->why == !hist->why && (!trace->why || !strcmp(trace->why, hist->why));
	struct doctor_job all = { "trace, record, hist", trace->why };

	if (same) {
		print_job(out, &all);
		return;
	}
	print_job(out, trace);
	print_job(out, hist);
}

static const char *finding_colour(const struct finding *finding)
{
	if (!finding_is_problem(finding))
		return NULL;
	return finding->verdict == VERDICT_MISSING ? COLOUR_RED : COLOUR_YELLOW;
}

static void add_more(struct table *table, const struct finding *finding, const char *before,
		     const char *text)
{
	if (!text)
		return;
	table_cell(table, "%s", "");
	table_cell(table, "%s", "");
	table_cell(table, "%s%s", before, text);
	table_row_colour(table, finding_colour(finding));
	table_end_row(table);
}

/* A problem takes a line each for the fact, what follows, and the remedy; all else only one. */
static void add_finding(struct table *table, const struct finding *finding)
{
	bool problem = finding_is_problem(finding);
	bool more = !problem && finding->consequence;

	table_cell(table, "%s", verdict_name(finding->verdict));
	table_cell(table, "%s", finding->check);
	table_cell(table, "%s%s%s", finding->found, more ? ". " : "",
		   more ? finding->consequence : "");
	table_row_colour(table, finding_colour(finding));
	table_end_row(table);
	if (!problem)
		return;
	add_more(table, finding, "", finding->consequence);
	add_more(table, finding, "do: ", finding->remedy);
}

/* What comes first: what is missing, what is limited, what is unknown, then all that is fine. */
static int rank(const struct finding *finding)
{
	return finding_is_problem(finding) ? (int)finding->verdict : VERDICT_OK;
}

static void add_findings(struct table *table, const struct findings *findings)
{
	for (int now = VERDICT_MISSING; now <= VERDICT_OK; now++)
		for (uint32_t i = 0; i < findings->count; i++)
			if (rank(&findings->list[i]) == now)
				add_finding(table, &findings->list[i]);
}

int report_findings(const struct output *out, const struct findings *findings)
{
	struct table *table = table_new();
	int err = -ENOMEM;

	if (table && !findings->no_memory) {
		table_column(table, "verdict", NULL, TABLE_LEFT);
		table_column(table, "of", NULL, TABLE_LEFT);
		table_column(table, "found", NULL, TABLE_LEFT);
		add_findings(table, findings);
		err = table_print(table, out);
	}
	table_free(table);
	return err;
}

int report_doctor(const struct output *out, const struct doctor_report *report)
{
	if (report->findings->no_memory)
		return -ENOMEM;
	print_jobs(out, report);
	fputc('\n', out->file);
	return report_findings(out, report->findings);
}

static json_t *job_json(const struct doctor_job *job)
{
	json_t *object = json_object();

	json_put(&object, "can_run", json_boolean(!job->why));
	json_put(&object, "why_not", json_text(job->why));
	return object;
}

json_t *report_findings_json(const struct findings *findings)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];
		json_t *object = json_object();

		json_put(&object, "check", json_text(finding->check));
		json_put(&object, "verdict", json_text(verdict_name(finding->verdict)));
		json_put(&object, "problem", json_boolean(finding_is_problem(finding)));
		json_put(&object, "found", json_text(finding->found));
		json_put(&object, "consequence", json_text(finding->consequence));
		json_put(&object, "remedy", json_text(finding->remedy));
		json_add(&array, object);
	}
	return array;
}

static json_t *host_json(const struct doctor_report *report)
{
	const struct isolation *isolation = report->isolation;
	json_t *object = json_object();

	json_put(&object, "kernel_release", json_text(report->facilities->release));
	json_put(&object, "machine", json_text(report->facilities->machine));
	json_put(&object, "possible_cpus", json_cpus(report->facilities->possible));
	json_put(&object, "present_cpus", json_cpus(report->facilities->present));
	json_put(&object, "online_cpus", json_cpus(report->facilities->online));
	json_put(&object, "boot_isolated_cpus",
		 isolation->boot_known ? json_cpus(isolation->boot) : json_null());
	json_put(&object, "partition_cpus", json_cpus(isolation->partitions));
	json_put(&object, "nohz_full_cpus", json_cpus(isolation->nohz_full));
	json_put(&object, "isolcpus_domain_cpus",
		 isolation->asked.asked[ISOLCPUS_DOMAIN]
			 ? json_cpus(isolation->asked.cpus[ISOLCPUS_DOMAIN])
			 : json_null());
	json_put(&object, "isolcpus_managed_irq_cpus",
		 isolation->asked.asked[ISOLCPUS_MANAGED_IRQ]
			 ? json_cpus(isolation->asked.cpus[ISOLCPUS_MANAGED_IRQ])
			 : json_null());
	return object;
}

json_t *report_doctor_json(const struct doctor_report *report)
{
	json_t *object = json_object();

	if (report->findings->no_memory) {
		json_decref(object);
		return NULL;
	}
	json_put(&object, "trace", job_json(&report->trace));
	json_put(&object, "hist", job_json(&report->hist));
	json_put(&object, "host", host_json(report));
	json_put(&object, "findings", report_findings_json(report->findings));
	return object;
}
