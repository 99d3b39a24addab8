// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's command line, read as the kernel reads it: see bootline.h. */
#include "host/bootline.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The end of the parameter that begins at p: a space outside of quotes. */
static char *param_end(char *p)
{
	bool quoted = false;

	for (; *p && (quoted || !isspace((unsigned char)*p)); p++)
		if (*p == '"')
			quoted = !quoted;
	return p;
}

static char *unquote(char *text)
{
	size_t length = strlen(text);

	if (*text != '"')
		return text;
	if (length > 1 && text[length - 1] == '"')
		text[length - 1] = '\0';
	return text + 1;
}

int bootline_each(const char *line, void (*take)(const char *param, const char *value, void *data),
		  void *data)
{
	char *copy = strdup(line), *p = copy;

	if (!copy)
		return -ENOMEM;
	while (*p) {
		char *end, *param, *value;
		bool more;

		while (isspace((unsigned char)*p))
			p++;
		end = param_end(p);
		more = *end;
		*end = '\0';
		param = unquote(p);
		if (!strcmp(param, "--"))
			break;
		value = strchr(param, '=');
		if (value)
			*value++ = '\0';
		if (*param)
			take(param, value ? unquote(value) : NULL, data);
		p = end + more;
	}
	free(copy);
	return 0;
}

bool bootline_is(const char *param, const char *name)
{
	for (; *param && *name; param++, name++)
		if (*param != *name && !(*param == '-' && *name == '_'))
			return false;
	return *param == *name;
}

/* The first used CPUs of each group, from first to last. */
struct region {
	uint32_t first, last, used, group;
};

static bool region_ends(char c)
{
	return !c || c == ',' || isspace((unsigned char)c);
}

static int take_number(const char **text, uint32_t *number, unsigned int nr_cpus)
{
	const char *p = *text;
	uint64_t value = 0;

	if (*p == 'N') {
		*number = nr_cpus - 1;
		*text = p + 1;
		return 0;
	}
	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++) {
		value = value * 10 + (*p - '0');
		if (value > UINT32_MAX)
			return -EINVAL;
	}
	*number = value;
	*text = p;
	return 0;
}

/* "3", "3-7", or "all": without a pattern every CPU of it is used. */
static int take_range(const char **text, struct region *region, unsigned int nr_cpus)
{
	int err;

	if (!strncasecmp(*text, "all", 3)) {
		*region = (struct region){ .last = nr_cpus - 1 };
		*text += 3;
		return 0;
	}
	err = take_number(text, &region->first, nr_cpus);
	region->last = region->first;
	if (err || region_ends(**text))
		return err;
	if (**text != '-')
		return -EINVAL;
	(*text)++;
	return take_number(text, &region->last, nr_cpus);
}

static int take_region(const char **text, struct region *region, unsigned int nr_cpus)
{
	int err = take_range(text, region, nr_cpus);

	region->used = 1;
	region->group = 1;
	if (err || region_ends(**text))
		return err;
	if (**text != ':')
		return -EINVAL;
	(*text)++;
	err = take_number(text, &region->used, nr_cpus);
	if (err || **text != '/')
		return -EINVAL;
	(*text)++;
	return take_number(text, &region->group, nr_cpus);
}

static int set_region(hwloc_bitmap_t set, const struct region *region, unsigned int nr_cpus)
{
	uint64_t end = region->last < nr_cpus ? region->last + 1ull : nr_cpus;

	if (region->first > region->last || !region->group || region->used > region->group)
		return -EINVAL;
	for (uint64_t from = region->first; region->used && from < end; from += region->group) {
		uint64_t to = from + region->used < end ? from + region->used : end;

		if (hwloc_bitmap_set_range(set, from, (int)to - 1))
			return -ENOMEM;
	}
	return region->last < nr_cpus ? 0 : -ERANGE;
}

int bootline_cpus(hwloc_bitmap_t set, const char *text, unsigned int nr_cpus)
{
	bool beyond = false;
	struct region region;
	int err = 0;

	hwloc_bitmap_zero(set);
	while (!err) {
		while (*text && region_ends(*text))
			text++;
		if (!*text)
			return beyond ? -ERANGE : 0;
		err = take_region(&text, &region, nr_cpus);
		if (!err)
			err = set_region(set, &region, nr_cpus);
		if (err == -ERANGE) {
			beyond = true;
			err = 0;
		}
	}
	hwloc_bitmap_zero(set);
	return err;
}

int isolcpus_init(struct isolcpus *isolcpus)
{
	memset(isolcpus, 0, sizeof(*isolcpus));
	for (int kind = 0; kind < ISOLCPUS_KINDS; kind++) {
		isolcpus->cpus[kind] = hwloc_bitmap_alloc();
		if (!isolcpus->cpus[kind])
			return -ENOMEM;
	}
	return 0;
}

void isolcpus_free(struct isolcpus *isolcpus)
{
	for (int kind = 0; kind < ISOLCPUS_KINDS; kind++)
		hwloc_bitmap_free(isolcpus->cpus[kind]);
	memset(isolcpus, 0, sizeof(*isolcpus));
}

/*
 * Flags stand before the list, each with its comma. Whatever begins with a letter is one: "all" and
 * "N" cannot begin the list here. False: a flag that makes the kernel ignore the parameter.
 */
static bool take_flags(struct isolcpus *isolcpus, const char **value, bool flags[ISOLCPUS_KINDS])
{
	static const char *const names[ISOLCPUS_KINDS] = {
		[ISOLCPUS_NOHZ] = "nohz,",
		[ISOLCPUS_DOMAIN] = "domain,",
		[ISOLCPUS_MANAGED_IRQ] = "managed_irq,",
	};
	const char *p = *value;

	while (isalpha((unsigned char)*p)) {
		size_t length = strcspn(p, ",");
		int kind = 0;

		while (kind < ISOLCPUS_KINDS && strncmp(p, names[kind], strlen(names[kind])))
			kind++;
		if (kind < ISOLCPUS_KINDS) {
			flags[kind] = true;
		} else {
			snprintf(isolcpus->skipped, sizeof(isolcpus->skipped), "%.*s", (int)length,
				 p);
			for (size_t i = 0; i < length; i++)
				if (!isalpha((unsigned char)p[i]) && p[i] != '_')
					return false;
		}
		p += length;
		p += *p == ',';
	}
	*value = p;
	return true;
}

/* What an earlier isolcpus= said of a kind stays, and a later one that differs is ignored whole. */
static int merge(struct isolcpus *isolcpus, hwloc_const_bitmap_t cpus,
		 const bool flags[ISOLCPUS_KINDS])
{
	for (int kind = 0; kind < ISOLCPUS_KINDS; kind++)
		if (flags[kind] && isolcpus->asked[kind] &&
		    !hwloc_bitmap_isequal(cpus, isolcpus->cpus[kind])) {
			isolcpus->trouble = ISOLCPUS_CONFLICT;
			return 0;
		}
	for (int kind = 0; kind < ISOLCPUS_KINDS; kind++) {
		if (!flags[kind])
			continue;
		isolcpus->asked[kind] = true;
		if (hwloc_bitmap_copy(isolcpus->cpus[kind], cpus))
			return -ENOMEM;
	}
	return 0;
}

int isolcpus_take(struct isolcpus *isolcpus, const char *value, unsigned int nr_cpus)
{
	bool flags[ISOLCPUS_KINDS] = {};
	hwloc_bitmap_t cpus;
	int err;

	isolcpus->given = true;
	if (!take_flags(isolcpus, &value, flags)) {
		isolcpus->trouble = ISOLCPUS_BAD_FLAG;
		return 0;
	}
	if (!flags[ISOLCPUS_NOHZ] && !flags[ISOLCPUS_MANAGED_IRQ])
		flags[ISOLCPUS_DOMAIN] = true;
	cpus = hwloc_bitmap_alloc();
	if (!cpus)
		return -ENOMEM;
	err = bootline_cpus(cpus, value, nr_cpus);
	if (err == -ERANGE)
		isolcpus->trouble = ISOLCPUS_BEYOND;
	if (err == -EINVAL)
		isolcpus->trouble = ISOLCPUS_BAD_LIST;
	if (err == -ERANGE || err == -EINVAL)
		err = 0;
	if (!err && !hwloc_bitmap_iszero(cpus))
		err = merge(isolcpus, cpus, flags);
	hwloc_bitmap_free(cpus);
	return err;
}
