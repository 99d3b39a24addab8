// SPDX-License-Identifier: GPL-2.0-only
/* All changes, or none: see apply.h. */
#include "host/apply.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/live_value.h"

struct made {
	char *before, *after; /* what was read just before, and just after it was written */
	bool twice;	      /* an earlier change is the same */
	bool written;	      /* from here on it must be rolled back */
};

struct apply {
	const struct change *changes;
	uint32_t count;
	struct made *made;
	const char *root;
	const struct journal_step *step;
	struct apply_result *result;
};

/* Says what failed, on what; the first failure is the one that is told. Returns err. */
static int __attribute__((format(printf, 4, 5)))
failed(struct apply *apply, uint32_t i, int err, const char *format, ...)
{
	struct apply_result *result = apply->result;
	char *target = change_target(&apply->changes[i]);
	va_list args;
	int length;

	if (!*result->why) {
		result->failed = i;
		length = snprintf(result->why, sizeof(result->why),
				  "%.300s: ", target ? target : "out of memory");
		va_start(args, format);
		vsnprintf(result->why + length, sizeof(result->why) - (size_t)length, format, args);
		va_end(args);
	}
	free(target);
	return err;
}

/* Values are shown without their newline, and not without end. */
#define SHOWN(text) (int)(strcspn((text), "\n") < 80 ? strcspn((text), "\n") : 80), (text)

/* The earlier change of the same file or task, or i. */
static uint32_t earlier(const struct apply *apply, uint32_t i)
{
	uint32_t j = 0;

	while (j < i && !change_same_target(&apply->changes[j], &apply->changes[i]))
		j++;
	return j;
}

static int check_one(struct apply *apply, uint32_t i)
{
	const struct change *change = &apply->changes[i];
	struct made *made = &apply->made[i];
	uint32_t first;
	int err;

	if (!change_is_valid(change, change->to))
		return failed(apply, i, -EINVAL, "not a change that can be made: \"%.*s\"",
			      SHOWN(change->to));
	first = earlier(apply, i);
	if (first != i) {
		made->twice = true;
		if (change_same(change->value, change->to, apply->changes[first].to))
			return 0;
		return failed(apply, i, -EINVAL, "two changes contradict: %.*s and %.*s",
			      SHOWN(apply->changes[first].to), SHOWN(change->to));
	}
	err = live_value_check(change, apply->root);
	if (err == -EPERM && change->kind == CHANGE_AFFINITY)
		return failed(apply, i, err,
			      "the kernel lets nobody set its CPUs "
			      "(PF_NO_SETAFFINITY)");
	if (!err)
		err = live_value_read(&made->before, change, apply->root);
	if (err)
		return failed(apply, i, err, "%s", live_value_error(err));
	if (!change_same(change->value, made->before, change->from))
		return failed(apply, i, -EAGAIN, "it is %.*s now, not %.*s: look again",
			      SHOWN(made->before), SHOWN(change->from));
	return 0;
}

static int check(struct apply *apply)
{
	int err = 0;

	for (uint32_t i = 0; i < apply->count && !err; i++)
		err = check_one(apply, i);
	return err;
}

/* Was it changed since the check? Then it is not ours to change. */
static int check_again(struct apply *apply, uint32_t i)
{
	const struct change *change = &apply->changes[i];
	char *now;
	int err = live_value_read(&now, change, apply->root);

	if (err)
		return failed(apply, i, err, "%s", live_value_error(err));
	if (strcmp(now, apply->made[i].before))
		err = failed(apply, i, -EAGAIN, "somebody else set it to %.*s just now",
			     SHOWN(now));
	free(now);
	return err;
}

static int write_one(struct apply *apply, uint32_t i)
{
	const struct change *change = &apply->changes[i];
	char *text = NULL;
	int err;

	if (change->kind == CHANGE_FILE && asprintf(&text, "%s\n", change->to) < 0)
		return failed(apply, i, -ENOMEM, "out of memory");
	apply->made[i].written = true;
	err = live_value_write(change, apply->root, text ? text : change->to);
	if (err)
		failed(apply, i, err, "cannot set it to %.*s: %s", SHOWN(change->to),
		       live_value_error(err));
	free(text);
	return err;
}

static int make_one(struct apply *apply, uint32_t i)
{
	const struct change *change = &apply->changes[i];
	struct made *made = &apply->made[i];
	int err;

	if ((err = check_again(apply, i)) || (err = write_one(apply, i)))
		return err;
	err = live_value_read(&made->after, change, apply->root);
	if (err)
		return failed(apply, i, err, "%s", live_value_error(err));
	if (change_same(change->value, made->after, change->to))
		return 0;
	return failed(apply, i, -EIO, "set to %.*s, it is %.*s", SHOWN(change->to),
		      SHOWN(made->after));
}

/* Whether what is there now came from us: what was read after the writing, or should have been. */
static bool is_ours(const struct change *change, const struct made *made, const char *now)
{
	return !made->after || !strcmp(now, made->after) ||
	       change_same(change->value, now, change->to);
}

/* 0: it is as it was before. A task that is gone has nothing to be rolled back. */
static int undo_one(struct apply *apply, uint32_t i)
{
	const struct change *change = &apply->changes[i];
	const struct made *made = &apply->made[i];
	char *now;
	int err;

	err = live_value_read(&now, change, apply->root);
	if (err == -ESRCH || err == -ESTALE)
		return 0;
	if (err)
		return err;
	if (strcmp(now, made->before))
		err = is_ours(change, made, now)
			      ? live_value_restore(change, apply->root, made->before)
			      : -EAGAIN;
	free(now);
	return err;
}

static void undo(struct apply *apply)
{
	for (uint32_t i = apply->count; i-- > 0;) {
		if (!apply->made[i].written)
			continue;
		journal_step(apply->step);
		if (undo_one(apply, i))
			apply->result->left++;
		journal_step(apply->step);
	}
}

static int make(struct apply *apply)
{
	int err = 0;

	for (uint32_t i = 0; i < apply->count && !err; i++) {
		if (apply->made[i].twice)
			continue;
		journal_step(apply->step);
		err = make_one(apply, i);
		journal_step(apply->step);
	}
	return err;
}

static int note(struct apply *apply, struct journal *journal)
{
	int64_t now_s = time(NULL);
	int err;

	for (uint32_t i = 0; i < apply->count; i++) {
		if (apply->made[i].twice)
			continue;
		err = journal_note(journal, &apply->changes[i], apply->made[i].before, now_s);
		if (err)
			return failed(apply, i, err, "%s",
				      err == -E2BIG ? "the journal is full: revert first"
						    : strerror(-err));
	}
	return 0;
}

/* The journal before this apply, and the one with it. One of another boot is about nothing. */
static int load(struct apply *apply, const struct journal_file *file, struct journal *before,
		struct journal *with)
{
	struct apply_result *result = apply->result;
	char boot_id[JOURNAL_BOOT_ID_MAX];
	int err = journal_boot_id(boot_id, apply->root, result->why, sizeof(result->why));

	if (err || (err = journal_load(file, before, result->why, sizeof(result->why))) ||
	    (err = journal_load(file, with, result->why, sizeof(result->why))))
		return err;
	if (strcmp(before->boot_id, boot_id)) {
		journal_free(before);
		journal_free(with);
	}
	strcpy(before->boot_id, boot_id);
	strcpy(with->boot_id, boot_id);
	return 0;
}

static int apply_locked(struct apply *apply, const struct journal_file *file,
			struct journal *before, struct journal *with)
{
	struct apply_result *result = apply->result;
	char unused[sizeof(result->why)];
	int err;

	if ((err = load(apply, file, before, with)) || (err = check(apply)) ||
	    (err = note(apply, with)))
		return err;
	err = journal_save(file, with, result->why, sizeof(result->why));
	if (!err)
		err = make(apply);
	if (!err)
		return 0;
	undo(apply);
	/* What is left must stay in the journal. One that cannot be put back does no harm: its
	 * entries are of values that are as they were. */
	if (!result->left)
		journal_save(file, before, unused, sizeof(unused));
	return err;
}

static void free_made(struct apply *apply)
{
	for (uint32_t i = 0; apply->made && i < apply->count; i++) {
		free(apply->made[i].before);
		free(apply->made[i].after);
	}
	free(apply->made);
}

int apply_changes(const struct change *changes, uint32_t count, const struct apply_options *options,
		  struct apply_result *result)
{
	const char *folder = options->folder ? options->folder : JOURNAL_FOLDER;
	struct apply apply = {
		changes,       count,	       calloc(count + 1, sizeof(struct made)),
		options->root, &options->step, result
	};
	struct journal before = {}, with = {};
	struct journal_file file;
	int err;

	memset(result, 0, sizeof(*result));
	result->failed = count;
	if (!apply.made) {
		snprintf(result->why, sizeof(result->why), "out of memory");
		return -ENOMEM;
	}
	err = journal_open(&file, folder, true, &options->step, result->why, sizeof(result->why));
	if (!err) {
		err = apply_locked(&apply, &file, &before, &with);
		journal_close(&file);
	}
	journal_free(&before);
	journal_free(&with);
	free_made(&apply);
	return err;
}
