// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any text is either refused in one line, or a summary whose JSON reads back, and then gives the
 * same JSON again; and a merge of it alone is refused in one line, or can be merged again, which
 * changes nothing.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/saved_summary.h"
#include "output/json.h"
#include "output/report.h"
#include "output/report_merge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_table(json_t **object, const struct summary *summary, enum summary_by by,
		      const struct saved_summary *saved)
{
	const struct summary_row *const *rows;
	const struct summary_row **sorted;
	uint32_t n;

	if (!summary)
		return;
	n = summary_rows(summary, &rows);
	sorted = malloc((n + 1) * sizeof(*sorted));
	memcpy(sorted, rows, n * sizeof(*sorted));
	if (summary_sort(sorted, n, "p99"))
		abort();
	for (uint32_t i = 0; i < n; i++)
		sorted[i] = rows[i];
	json_put(object, summary_table_name(by),
		 report_summary_json(by, sorted, n, &saved->tasks, &saved->meta));
	free(sorted);
}

static char *dump(const struct saved_summary *saved)
{
	json_t *object = report_header_json(&saved->meta, saved->has_host ? &saved->host : NULL,
					    &saved->losses, saved->damage);
	char *text;

	put_table(&object, saved->by_task, SUMMARY_BY_TASK, saved);
	put_table(&object, saved->by_cpu, SUMMARY_BY_CPU, saved);
	put_table(&object, saved->by_task_cpu, SUMMARY_BY_TASK_CPU, saved);
	json_put(&object, "summary", report_scope_json(&saved->scope, &saved->meta));
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text;
}

static void check(const struct saved_summary *saved)
{
	char *first = dump(saved), *second;
	struct saved_summary back;
	char why[256];

	if (!first || saved_summary_parse(&back, first, strlen(first), why, sizeof(why)))
		abort();
	second = dump(&back);
	if (!second || strcmp(first, second) != 0)
		abort();
	free(first);
	free(second);
	saved_summary_free(&back);
}

static char *dump_merged(const struct saved_summary *merged)
{
	struct merge_report report = { .merged = merged };
	struct summary *total;
	json_t *object;
	char *text;

	if (merge_total(merged, &total))
		return NULL;
	report.total = total;
	report.count =
		summary_rows(merged->by_cpu ? merged->by_cpu : merged->by_task, &report.rows);
	object = report_merge_json(&report);
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	summary_free(total);
	return text;
}

/* Its merge as JSON; NULL: refused. */
static char *merged(struct saved_summary *saved, enum summary_by by)
{
	struct merge *merge = merge_new(by, false);
	struct saved_summary result;
	char why[256] = "", *text = NULL;
	int err;

	merge_clean_text(saved);
	err = merge_add(merge, saved, "file", why, sizeof(why));
	if (!err)
		err = merge_finish(merge, &result, why, sizeof(why));
	merge_free(merge);
	if (err && (!*why || strchr(why, '\n')))
		abort();
	if (err)
		return NULL;
	text = dump_merged(&result);
	saved_summary_free(&result);
	return text;
}

static void check_merge(struct saved_summary *saved, enum summary_by by)
{
	char *first = merged(saved, by), *second, why[256];
	struct saved_summary back;

	if (!first)
		return;
	if (saved_summary_parse(&back, first, strlen(first), why, sizeof(why)))
		abort();
	second = merged(&back, by);
	if (!second || strcmp(first, second) != 0)
		abort();
	saved_summary_free(&back);
	free(first);
	free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct saved_summary saved;
	char why[256] = "";

	saved_summary_looks_so((const char *)data, size);
	if (!saved_summary_parse(&saved, (const char *)data, size, why, sizeof(why))) {
		if (!saved.merged)
			check(&saved);
		check_merge(&saved, SUMMARY_BY_TASK);
		check_merge(&saved, SUMMARY_BY_CPU);
		saved_summary_free(&saved);
	} else if (!*why || strchr(why, '\n') || saved.by_task || saved.tasks.tasks) {
		abort();
	}
	return 0;
}
