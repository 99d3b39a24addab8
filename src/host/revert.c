// SPDX-License-Identifier: GPL-2.0-only
/* What was changed, taken back: see revert.h. */
#include "host/revert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/live_value.h"

void revert_result_free(struct revert_result *result)
{
	for (uint32_t i = 0; i < result->count; i++)
		change_free(&result->list[i].change);
	free(result->list);
	memset(result, 0, sizeof(*result));
}

const char *revert_outcome_name(enum revert_outcome outcome)
{
	static const char *const names[] = {
		[REVERT_SAME] = "unchanged", [REVERT_RESTORED] = "restored", [REVERT_GONE] = "gone",
		[REVERT_REUSED] = "reused",  [REVERT_REBOOTED] = "rebooted", [REVERT_LEFT] = "left",
		[REVERT_FAILED] = "failed",
	};

	return names[outcome];
}

/* Whether nothing is left to be done about it. */
static bool is_settled(enum revert_outcome outcome)
{
	return outcome != REVERT_LEFT && outcome != REVERT_FAILED;
}

static int add(struct revert_result *result, const struct change *change, struct reverted **added)
{
	struct reverted *one = &result->list[result->count++];

	memset(one, 0, sizeof(*one));
	one->change = *change;
	one->change.to = NULL;
	one->change.from = strdup(change->from);
	one->change.path = change->path ? strdup(change->path) : NULL;
	*added = one;
	return one->change.from && (one->change.path || !change->path) ? 0 : -ENOMEM;
}

static enum revert_outcome outcome_of_error(int err)
{
	switch (err) {
	case -ENOENT:
	case -ENODEV:
	case -ESRCH:
		return REVERT_GONE;
	case -ESTALE:
		return REVERT_REUSED;
	default:
		return REVERT_FAILED;
	}
}

static bool may_restore(const struct journal_entry *entry, const char *now,
			const struct revert_options *options)
{
	return options->force || journal_is_ours(entry, now);
}

static void settle(struct reverted *one, const struct journal_entry *entry,
		   const struct revert_options *options)
{
	const char *now = one->change.to, *original = entry->change.from;

	one->outcome = REVERT_SAME;
	if (!strcmp(now, original))
		return;
	if (!may_restore(entry, now, options)) {
		/* The same in other words, "0-1" and "0,1", is no change. */
		if (!change_same(entry->change.value, now, original))
			one->outcome = REVERT_LEFT;
		return;
	}
	one->outcome = REVERT_RESTORED;
	journal_step(&options->step);
	if (!options->dry_run)
		one->err = live_value_restore(&entry->change, options->root, original);
	journal_step(&options->step);
	if (one->err)
		one->outcome = outcome_of_error(one->err);
}

static int revert_one(struct revert_result *result, const struct journal_entry *entry,
		      const struct revert_options *options)
{
	struct reverted *one;
	int err = add(result, &entry->change, &one);

	if (err)
		return err;
	one->err = live_value_read(&one->change.to, &entry->change, options->root);
	if (one->err == -ENOMEM)
		return one->err;
	if (one->err)
		one->outcome = outcome_of_error(one->err);
	else
		settle(one, entry, options);
	result->left += !is_settled(one->outcome);
	return 0;
}

static int revert_all(struct revert_result *result, const struct journal *journal,
		      const struct revert_options *options)
{
	int err = 0;

	for (uint32_t i = journal->count; i-- > 0 && !err;)
		err = revert_one(result, &journal->entries[i], options);
	return err;
}

/* After a reboot. */
static int forget_all(struct revert_result *result, const struct journal *journal)
{
	struct reverted *one;
	int err = 0;

	for (uint32_t i = journal->count; i-- > 0 && !err;) {
		err = add(result, &journal->entries[i].change, &one);
		one->outcome = REVERT_REBOOTED;
	}
	return err;
}

/* Keeps what is not settled, in its order. */
static void drop_settled(struct journal *journal, const struct revert_result *result)
{
	for (uint32_t i = 0; i < result->count; i++)
		if (is_settled(result->list[i].outcome))
			journal_drop(journal, result->count - 1 - i);
}

static int no_memory(struct revert_result *result)
{
	snprintf(result->why, sizeof(result->why), "out of memory");
	return -ENOMEM;
}

static int revert_locked(const struct revert_options *options, const struct journal_file *file,
			 struct journal *journal, struct revert_result *result)
{
	char boot_id[JOURNAL_BOOT_ID_MAX];
	int err = journal_load(file, journal, result->why, sizeof(result->why));

	if (err || !journal->count)
		return err;
	err = journal_boot_id(boot_id, options->root, result->why, sizeof(result->why));
	if (err)
		return err;
	result->list = calloc(journal->count, sizeof(*result->list));
	if (!result->list)
		return no_memory(result);
	err = strcmp(boot_id, journal->boot_id) ? forget_all(result, journal)
						: revert_all(result, journal, options);
	if (err)
		return no_memory(result);
	if (options->dry_run || result->left == result->count)
		return 0;
	drop_settled(journal, result);
	return journal_save(file, journal, result->why, sizeof(result->why));
}

int revert_changes(const struct revert_options *options, struct revert_result *result)
{
	const char *folder = options->folder ? options->folder : JOURNAL_FOLDER;
	struct journal journal = {};
	struct journal_file file;
	int err;

	memset(result, 0, sizeof(*result));
	err = journal_open(&file, folder, false, &options->step, result->why, sizeof(result->why));
	if (err) {
		/* Nothing was ever changed from there. */
		if (err == -ENOENT)
			result->why[0] = '\0';
		return err == -ENOENT ? 0 : err;
	}
	err = revert_locked(options, &file, &journal, result);
	journal_close(&file);
	journal_free(&journal);
	return err;
}
