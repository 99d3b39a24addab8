// SPDX-License-Identifier: GPL-2.0-only
/* What was taken back, and what was not: see report_revert.h. */
#include "output/report_revert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/live_value.h"
#include "output/json.h"

static const char *outcome_text(const struct reverted *one, bool dry_run)
{
	switch (one->outcome) {
	case REVERT_SAME:
		return "it is as it was";
	case REVERT_RESTORED:
		return dry_run ? "would be restored" : "restored";
	case REVERT_GONE:
		return "gone: it is there no more";
	case REVERT_REUSED:
		return "gone: the task id is another task's now";
	case REVERT_REBOOTED:
		return "gone: the machine was rebooted since";
	case REVERT_LEFT:
		return "left: changed meanwhile by somebody else (--force restores it)";
	default:
		return "failed: ";
	}
}

/* A value on one line. */
static void cell_value(struct table *table, const char *value)
{
	table_cell(table, "%.*s", value ? (int)strcspn(value, "\n") : 1, value ? value : "-");
}

static int add_row(struct table *table, const struct reverted *one, bool dry_run)
{
	char *target = change_target(&one->change);

	if (!target)
		return -ENOMEM;
	table_cell(table, "%s", target);
	cell_value(table, one->change.from);
	cell_value(table, one->change.to);
	table_cell(table, "%s%s", outcome_text(one, dry_run),
		   one->outcome == REVERT_FAILED ? live_value_error(one->err) : "");
	if (one->outcome == REVERT_LEFT || one->outcome == REVERT_FAILED)
		table_row_colour(table, COLOUR_YELLOW);
	table_end_row(table);
	free(target);
	return 0;
}

int report_revert(const struct output *out, const struct revert_result *result, bool dry_run)
{
	struct table *table;
	int err = 0;

	if (!result->count) {
		fputs("nothing to revert\n", out->file);
		return 0;
	}
	table = table_new();
	if (!table)
		return -ENOMEM;
	table_column(table, "changed", NULL, TABLE_LEFT);
	table_column(table, "original", NULL, TABLE_LEFT);
	table_column(table, "found", NULL, TABLE_LEFT);
	table_column(table, "outcome", NULL, TABLE_LEFT);
	for (uint32_t i = 0; i < result->count && !err; i++)
		err = add_row(table, &result->list[i], dry_run);
	if (!err)
		err = table_print(table, out);
	table_free(table);
	return err;
}

/* Without the file's final newline. */
static json_t *value_json(const char *value)
{
	char *line = value ? strndup(value, strcspn(value, "\n")) : NULL;
	json_t *text = value && !line ? NULL : json_text(line);

	free(line);
	return text;
}

static json_t *one_json(const struct reverted *one)
{
	const struct change *change = &one->change;
	bool task = change->kind == CHANGE_AFFINITY, failed = one->outcome == REVERT_FAILED;
	json_t *object = json_object();

	json_put(&object, "file", json_text(change->path));
	json_put(&object, "tid", json_u64_if(task, change->tid));
	json_put(&object, "start_ticks", json_u64_if(task, change->start_ticks));
	json_put(&object, "comm", json_text(task ? change->comm : NULL));
	json_put(&object, "original", value_json(change->from));
	json_put(&object, "found", value_json(change->to));
	json_put(&object, "outcome", json_text(revert_outcome_name(one->outcome)));
	json_put(&object, "error", json_text(failed ? live_value_error(one->err) : NULL));
	return object;
}

json_t *report_revert_json(const struct revert_result *result, bool dry_run)
{
	json_t *object = json_object(), *changes = json_array();

	for (uint32_t i = 0; i < result->count; i++)
		json_add(&changes, one_json(&result->list[i]));
	json_put(&object, "dry_run", json_boolean(dry_run));
	json_put(&object, "left", json_u64(result->left));
	json_put(&object, "changes", changes);
	return object;
}
