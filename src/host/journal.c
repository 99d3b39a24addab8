// SPDX-License-Identifier: GPL-2.0-only
/*
 * The journal in memory, and as JSON:
 *
 *	{ "version": 1, "boot_id": "...", "entries": [
 *		{ "file": "/sys/...", "value": "number", "original": "20\n", "ours": ["500"],
 *		  "time": 1790000000 },
 *		{ "tid": 510, "start_ticks": 38, "comm": "ksmd", "value": "cpulist",
 *		  "original": "0-95", "ours": ["0-63"], "time": 1790000000 } ] }
 */
#include "host/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/json_in.h"

#define VERSION 1

static void free_entry(struct journal_entry *entry)
{
	change_free(&entry->change);
	for (uint32_t i = 0; i < entry->ours_count; i++)
		free(entry->ours[i]);
	free(entry->ours);
	memset(entry, 0, sizeof(*entry));
}

void journal_free(struct journal *journal)
{
	for (uint32_t i = 0; i < journal->count; i++)
		free_entry(&journal->entries[i]);
	free(journal->entries);
	memset(journal, 0, sizeof(*journal));
}

static int add_ours(struct journal_entry *entry, const char *value)
{
	char **grown, *copy;

	if (entry->ours_count == JOURNAL_OURS_MAX)
		return -E2BIG;
	grown = realloc(entry->ours, (entry->ours_count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	entry->ours = grown;
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	grown[entry->ours_count++] = copy;
	return 0;
}

/* A new entry at the end; it counts from here on, so that what it holds is freed. */
static int add_entry(struct journal *journal, struct journal_entry **entry)
{
	struct journal_entry *grown;

	if (journal->count == JOURNAL_ENTRIES_MAX)
		return -E2BIG;
	grown = realloc(journal->entries, (journal->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	journal->entries = grown;
	*entry = &grown[journal->count++];
	memset(*entry, 0, sizeof(**entry));
	return 0;
}

bool journal_is_ours(const struct journal_entry *entry, const char *value)
{
	for (uint32_t i = 0; i < entry->ours_count; i++)
		if (change_same(entry->change.value, entry->ours[i], value))
			return true;
	return false;
}

struct journal_entry *journal_find(const struct journal *journal, const struct change *change)
{
	for (uint32_t i = 0; i < journal->count; i++)
		if (change_same_target(&journal->entries[i].change, change))
			return &journal->entries[i];
	return NULL;
}

void journal_drop(struct journal *journal, uint32_t index)
{
	struct journal_entry *entry = &journal->entries[index];

	free_entry(entry);
	journal->count--;
	memmove(entry, entry + 1, (journal->count - index) * sizeof(*entry));
}

/* The name is for people: what JSON or a terminal might choke on is left out of it. */
static void copy_comm(char to[16], const char *from)
{
	for (size_t i = 0; i < 15 && from[i]; i++)
		to[i] = from[i] < ' ' || from[i] > '~' ? '?' : from[i];
}

static int begin(struct journal_entry *entry, const struct change *change, const char *now,
		 int64_t time_s)
{
	struct change *to = &entry->change;

	to->kind = change->kind;
	to->value = change->value;
	to->tid = change->tid;
	to->start_ticks = change->start_ticks;
	copy_comm(to->comm, change->comm);
	to->path = change->path ? strdup(change->path) : NULL;
	to->from = strdup(now);
	entry->time_s = time_s;
	return to->from && (to->path || !change->path) ? 0 : -ENOMEM;
}

int journal_note(struct journal *journal, const struct change *change, const char *now,
		 int64_t time_s)
{
	struct journal_entry *entry = journal_find(journal, change);
	int err = 0;

	if (!entry) {
		err = add_entry(journal, &entry);
	} else if (change_same(change->value, entry->change.from, now) ||
		   journal_is_ours(entry, now)) {
		return journal_is_ours(entry, change->to) ? 0 : add_ours(entry, change->to);
	} else {
		free_entry(entry);
	}
	if (!err)
		err = begin(entry, change, now, time_s);
	return err ? err : add_ours(entry, change->to);
}

static int put(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

static json_t *print_entry(const struct journal_entry *entry)
{
	const struct change *change = &entry->change;
	json_t *object = json_object(), *ours = json_array();
	int err = 0;

	if (change->kind == CHANGE_FILE) {
		err |= put(object, "file", json_string(change->path));
	} else {
		err |= put(object, "tid", json_integer(change->tid));
		err |= put(object, "start_ticks", json_integer((json_int_t)change->start_ticks));
		err |= put(object, "comm", json_string(change->comm));
	}
	err |= put(object, "value", json_string(change_value_name(change->value)));
	err |= put(object, "original", json_string(change->from));
	for (uint32_t i = 0; i < entry->ours_count; i++)
		err |= json_array_append_new(ours, json_string(entry->ours[i]));
	err |= put(object, "ours", ours);
	err |= put(object, "time", json_integer(entry->time_s));
	if (!err)
		return object;
	json_decref(object);
	return NULL;
}

char *journal_print(const struct journal *journal)
{
	json_t *object = json_object(), *entries = json_array();
	char *text = NULL;
	int err = 0;

	for (uint32_t i = 0; i < journal->count; i++)
		err |= json_array_append_new(entries, print_entry(&journal->entries[i]));
	err |= put(object, "version", json_integer(VERSION));
	err |= put(object, "boot_id", json_string(journal->boot_id));
	err |= put(object, "entries", entries);
	if (!err)
		text = json_dumps(object, JSON_INDENT(1));
	json_decref(object);
	return text;
}

/* As many keys as that, so that one which is not known is seen. */
static int expect_keys(struct json_in *in, const json_t *object, size_t count)
{
	if (!json_is_object(object))
		return json_in_refuse(in, "an entry is no object");
	if (json_object_size(object) != count)
		return json_in_refuse(in, "an object has %zu keys, not %zu",
				      json_object_size(object), count);
	return 0;
}

static int get_text(struct json_in *in, const char **text, const json_t *object, const char *key)
{
	*text = json_string_value(json_object_get(object, key));
	return *text ? 0 : json_in_refuse(in, "%s is not text", key);
}

static int get_number(struct json_in *in, int64_t *number, const json_t *object, const char *key,
		      int64_t max)
{
	const json_t *value = json_object_get(object, key);

	*number = json_integer_value(value);
	if (!json_is_integer(value) || *number < 0 || *number > max)
		return json_in_refuse(in, "%s is not a number from 0 to %" PRId64, key, max);
	return 0;
}

static int get_target(struct json_in *in, struct change *change, const json_t *object)
{
	const char *text;
	int64_t number;
	int err;

	if (json_object_get(object, "file")) {
		change->kind = CHANGE_FILE;
		if ((err = expect_keys(in, object, 5)) ||
		    (err = get_text(in, &text, object, "file")))
			return err;
		change->path = strdup(text);
		return change->path ? 0 : -ENOMEM;
	}
	change->kind = CHANGE_AFFINITY;
	if ((err = expect_keys(in, object, 7)) ||
	    (err = get_number(in, &number, object, "tid", INT32_MAX)))
		return err;
	change->tid = (uint32_t)number;
	if ((err = get_number(in, &number, object, "start_ticks", INT64_MAX)) ||
	    (err = get_text(in, &text, object, "comm")))
		return err;
	change->start_ticks = (uint64_t)number;
	copy_comm(change->comm, text);
	return 0;
}

static int get_values(struct json_in *in, struct change *change, const json_t *object)
{
	const char *text;
	int err = get_text(in, &text, object, "value");

	if (err)
		return err;
	if (change_value_parse(&change->value, text))
		return json_in_refuse(in, "value is no kind of value");
	err = get_text(in, &text, object, "original");
	if (err)
		return err;
	if (!change_is_valid(change, text))
		return json_in_refuse(in,
				      "an entry is of no file below /proc or /sys, and of no task");
	change->from = strdup(text);
	return change->from ? 0 : -ENOMEM;
}

static int get_ours(struct json_in *in, struct journal_entry *entry, const json_t *object)
{
	const json_t *ours = json_object_get(object, "ours");
	size_t count = json_array_size(ours);
	int err = 0;

	if (!count || count > JOURNAL_OURS_MAX)
		return json_in_refuse(in, "ours is not an array of 1 to %d values",
				      JOURNAL_OURS_MAX);
	for (size_t i = 0; i < count && !err; i++) {
		const char *text = json_string_value(json_array_get(ours, i));

		if (!text || strlen(text) > CHANGE_TEXT_MAX)
			return json_in_refuse(in, "ours has an element that is no value");
		err = add_ours(entry, text);
	}
	return err;
}

static int get_entry(struct json_in *in, struct journal *journal, const json_t *object)
{
	struct journal_entry *entry;
	int err;

	if (!json_is_object(object))
		return json_in_refuse(in, "an entry is no object");
	err = add_entry(journal, &entry);
	if (err)
		return err;
	if ((err = get_target(in, &entry->change, object)) ||
	    (err = get_values(in, &entry->change, object)) || (err = get_ours(in, entry, object)) ||
	    (err = get_number(in, &entry->time_s, object, "time", INT64_MAX)))
		return err;
	if (journal_find(journal, &entry->change) != entry)
		return json_in_refuse(in, "two entries are of the same file or task");
	return 0;
}

static int get_journal(struct json_in *in, struct journal *journal, const json_t *root)
{
	const json_t *entries = json_object_get(root, "entries");
	const char *boot_id;
	int64_t version;
	int err;

	if (!json_is_object(root))
		return json_in_refuse(in, "it is no object");
	err = get_number(in, &version, root, "version", INT32_MAX);
	if (err)
		return err;
	if (version != VERSION)
		return json_in_refuse(in, "its version is %" PRId64 ", this program knows %d",
				      version, VERSION);
	if ((err = expect_keys(in, root, 3)) || (err = get_text(in, &boot_id, root, "boot_id")))
		return err;
	if (!*boot_id || strlen(boot_id) >= sizeof(journal->boot_id))
		return json_in_refuse(in, "boot_id is none");
	strcpy(journal->boot_id, boot_id);
	if (!json_is_array(entries) || json_array_size(entries) > JOURNAL_ENTRIES_MAX)
		return json_in_refuse(in, "entries is not an array of up to %d",
				      JOURNAL_ENTRIES_MAX);
	for (size_t i = 0; i < json_array_size(entries) && !err; i++)
		err = get_entry(in, journal, json_array_get(entries, i));
	return err;
}

int journal_parse(struct journal *journal, const char *text, char *why, size_t why_size)
{
	struct json_in in = { why, why_size };
	json_error_t error;
	json_t *root;
	int err;

	memset(journal, 0, sizeof(*journal));
	root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return json_error_code(&error) == json_error_out_of_memory
			       ? -ENOMEM
			       : json_in_refuse(&in, "line %d: %s", error.line, error.text);
	err = get_journal(&in, journal, root);
	json_decref(root);
	if (err)
		journal_free(journal);
	return err;
}
