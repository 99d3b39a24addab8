// SPDX-License-Identifier: GPL-2.0-only
/* One change of a running machine: see change.h. */
#include "host/change.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cpulist.h"

void change_free(struct change *change)
{
	free(change->path);
	free(change->from);
	free(change->to);
	memset(change, 0, sizeof(*change));
}

static int set_values(struct change *change, const char *from, const char *to)
{
	change->from = strdup(from);
	change->to = strdup(to);
	if (change->from && change->to)
		return 0;
	change_free(change);
	return -ENOMEM;
}

/* The option in brackets; all of the text if there are none. Caller frees. */
static char *chosen_option(const char *text)
{
	const char *open = strchr(text, '[');
	const char *close = open ? strchr(open, ']') : NULL;

	return close ? strndup(open + 1, close - open - 1) : strdup(text);
}

int change_file(struct change *change, enum change_value value, const char *path, const char *from,
		const char *to)
{
	char *option = NULL;
	int err;

	memset(change, 0, sizeof(*change));
	if (value == CHANGE_OPTION) {
		option = chosen_option(from);
		if (!option)
			return -ENOMEM;
	}
	change->kind = CHANGE_FILE;
	change->value = value;
	change->path = strdup(path);
	err = set_values(change, option ? option : from, to);
	free(option);
	if (!err && !change->path) {
		change_free(change);
		err = -ENOMEM;
	}
	return err;
}

int change_affinity(struct change *change, uint32_t tid, uint64_t start_ticks, const char *comm,
		    const char *from, const char *to)
{
	memset(change, 0, sizeof(*change));
	change->kind = CHANGE_AFFINITY;
	change->value = CHANGE_CPULIST;
	change->tid = tid;
	change->start_ticks = start_ticks;
	strncpy(change->comm, comm, sizeof(change->comm) - 1);
	return set_values(change, from, to);
}

static int parse_cpus(hwloc_bitmap_t set, enum change_value value, const char *text)
{
	return value == CHANGE_CPULIST ? cpulist_parse(set, text)
				       : cpulist_parse_mask(set, text, strlen(text));
}

static bool same_cpus(enum change_value value, const char *a, const char *b)
{
	hwloc_bitmap_t x = hwloc_bitmap_alloc(), y = hwloc_bitmap_alloc();
	bool same = x && y && !parse_cpus(x, value, a) && !parse_cpus(y, value, b) &&
		    hwloc_bitmap_isequal(x, y);

	hwloc_bitmap_free(x);
	hwloc_bitmap_free(y);
	return same;
}

static bool same_number(const char *a, const char *b)
{
	char *a_end, *b_end;
	long long x, y;

	/* What is beyond the range would come out as the range's end, whatever it was. */
	errno = 0;
	x = strtoll(a, &a_end, 10);
	y = strtoll(b, &b_end, 10);
	return !errno && a_end != a && b_end != b && !*a_end && !*b_end && x == y;
}

static bool same_option(const char *a, const char *b)
{
	char *x = chosen_option(a), *y = chosen_option(b);
	bool same = x && y && !strcmp(x, y);

	free(x);
	free(y);
	return same;
}

static bool same(enum change_value value, const char *a, const char *b)
{
	if (!strcmp(a, b))
		return true;
	switch (value) {
	case CHANGE_NUMBER:
		return same_number(a, b);
	case CHANGE_OPTION:
		return same_option(a, b);
	case CHANGE_CPULIST:
	case CHANGE_CPUMASK:
		return same_cpus(value, a, b);
	default:
		return false;
	}
}

static char *without_newline(const char *text)
{
	size_t length = strlen(text);

	return strndup(text, length && text[length - 1] == '\n' ? length - 1 : length);
}

bool change_same(enum change_value value, const char *a, const char *b)
{
	char *x = without_newline(a), *y = without_newline(b);
	bool are = x && y && same(value, x, y);

	free(x);
	free(y);
	return are;
}

char *change_text(enum change_value value, const char *read)
{
	char *option, *text = NULL;

	if (value != CHANGE_OPTION && *read)
		return strdup(read);
	option = chosen_option(read);
	if (!option || asprintf(&text, "%.*s\n", (int)strcspn(option, "\n"), option) < 0)
		text = NULL;
	free(option);
	return text;
}

bool change_same_target(const struct change *a, const struct change *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == CHANGE_FILE)
		return !strcmp(a->path, b->path);
	return a->tid == b->tid && a->start_ticks == b->start_ticks;
}

static bool is_path(const char *path)
{
	size_t length = strlen(path);

	if (strncmp(path, "/proc/", 6) && strncmp(path, "/sys/", 5))
		return false;
	return length < CHANGE_PATH_MAX && !strstr(path, "/../") &&
	       strcmp(path + length - 3, "/..") != 0;
}

static bool is_cpus(const char *list)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	bool is = set && !cpulist_parse(set, list) && !hwloc_bitmap_iszero(set);

	hwloc_bitmap_free(set);
	return is;
}

bool change_is_valid(const struct change *change, const char *value)
{
	if (strlen(value) > CHANGE_TEXT_MAX)
		return false;
	if (change->kind == CHANGE_FILE)
		return change->path && is_path(change->path);
	return change->tid && change->tid <= INT32_MAX && change->value == CHANGE_CPULIST &&
	       is_cpus(value);
}

static const char *const value_names[] = {
	[CHANGE_TEXT] = "text",	      [CHANGE_NUMBER] = "number",   [CHANGE_OPTION] = "option",
	[CHANGE_CPULIST] = "cpulist", [CHANGE_CPUMASK] = "cpumask",
};

const char *change_value_name(enum change_value value)
{
	return value_names[value];
}

int change_value_parse(enum change_value *value, const char *name)
{
	for (size_t i = 0; i < sizeof(value_names) / sizeof(*value_names); i++) {
		if (strcmp(value_names[i], name))
			continue;
		*value = (enum change_value)i;
		return 0;
	}
	return -EINVAL;
}

char *change_target(const struct change *change)
{
	char *text = NULL;
	int length;

	if (change->kind == CHANGE_FILE)
		return strdup(change->path);
	length = asprintf(&text, "%s[%" PRIu32 "]", change->comm, change->tid);
	return length < 0 ? NULL : text;
}

static char *command_to(const struct change *change, const char *value)
{
	char *command = NULL;
	int length;

	if (change->kind == CHANGE_AFFINITY)
		length = asprintf(&command, "taskset -pc %s %" PRIu32, value, change->tid);
	else
		length = asprintf(&command, "echo %s >%s", value, change->path);
	return length < 0 ? NULL : command;
}

char *change_command(const struct change *change)
{
	return command_to(change, change->to);
}

char *change_undo_command(const struct change *change)
{
	return command_to(change, change->from);
}
