// SPDX-License-Identifier: GPL-2.0-only
/* perf.data's features: see perf_head.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "host/cpulist.h"
#include "import/perf_bytes.h"
#include "import/perf_head.h"

#define ARGS_MAX 1024

void perf_head_free(struct perf_head *head)
{
	struct recording_facts *facts = &head->facts;

	free(facts->recorded_cpus);
	free(facts->hostname);
	free(facts->kernel_release);
	free(facts->machine);
	free(facts->command);
	free(facts->version);
	hwloc_bitmap_free(head->cpus);
	perf_attrs_free(&head->attrs);
}

/* A string with its length before it. Its characters are not ours to trust: they are printed. */
static const char *string(const uint8_t **at, size_t *left)
{
	const char *text = (const char *)*at + 4;
	uint32_t size;

	if (*left < 4)
		return NULL;
	size = get_u32(*at);
	if (size > *left - 4 || !memchr(text, '\0', size))
		return NULL;
	*at += 4 + size;
	*left -= 4 + size;
	return text;
}

static int keep(char **to, const char *text)
{
	free(*to);
	*to = text ? strdup(text) : NULL;
	if (!*to)
		return text ? -ENOMEM : 0;
	for (char *c = *to; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return 0;
}

static int keep_string(char **to, const uint8_t *data, size_t size)
{
	return keep(to, string(&data, &size));
}

static bool has_no_value(const char *option)
{
	static const char *const alone[] = { "-a", "--all-cpus", "-g", "-q", "-v", "-z", "-n",
					     "-R", "-T",	 "-d", "-s", "-N", "-B" };

	for (size_t i = 0; i < sizeof(alone) / sizeof(*alone); i++)
		if (!strcmp(option, alone[i]))
			return true;
	return !strncmp(option, "--", 2) && strchr(option, '=');
}

/* The value of -C, --cpu if args[i] is one; "": it is the next argument. */
static const char *cpu_option(const char *arg)
{
	if (!strcmp(arg, "-C") || !strcmp(arg, "--cpu"))
		return "";
	if (!strncmp(arg, "--cpu=", 6))
		return arg + 6;
	return !strncmp(arg, "-C", 2) ? arg + 2 : NULL;
}

/*
 * perf's arguments end where COMMAND's begin: at "--", or at a word that no option takes for its
 * value. `perf sched record` records all CPUs unless it is told others.
 */
int perf_command_cpus(const char *const *args, size_t count, bool *all, char **cpus)
{
	bool takes = false, record = false, sched = false;
	const char *list = NULL, *value;

	*all = false;
	for (size_t i = 1; i < count && strcmp(args[i], "--"); i++) {
		const char *arg = args[i];

		if (arg[0] != '-' && !takes) {
			if (record)
				break;
			sched |= !strcmp(arg, "sched");
			record |= !strcmp(arg, "record");
			continue;
		}
		if (arg[0] != '-') {
			takes = false;
			continue;
		}
		takes = !has_no_value(arg);
		value = cpu_option(arg);
		if (value)
			list = *value ? value : i + 1 < count ? args[i + 1] : NULL;
		*all |= !strcmp(arg, "-a") || !strcmp(arg, "--all-cpus");
	}
	*all = !list && (*all || (sched && record));
	return keep(cpus, list);
}

static int read_command(struct perf_head *head, const uint8_t *data, size_t size)
{
	const char *args[ARGS_MAX];
	size_t count, length = 1;
	char *end;

	if (size < 4)
		return 0;
	count = get_u32(data);
	data += 4;
	size -= 4;
	if (count > ARGS_MAX)
		count = ARGS_MAX;
	for (size_t i = 0; i < count; i++) {
		args[i] = string(&data, &size);
		if (!args[i]) {
			count = i;
			break;
		}
		length += strlen(args[i]) + 1;
	}
	free(head->facts.command);
	head->facts.command = end = malloc(length);
	if (!end)
		return -ENOMEM;
	*end = '\0';
	for (size_t i = 0; i < count; i++) {
		if (i)
			*end++ = ' ';
		end = stpcpy(end, args[i]);
	}
	for (char *c = head->facts.command; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return perf_command_cpus(args, count, &head->facts.all_cpus, &head->facts.recorded_cpus);
}

static void read_clock(struct perf_head *head, const uint8_t *data, size_t size)
{
	uint64_t wall, clock;

	if (size < 24) /* version, clockid, CLOCK_REALTIME and the clock at one moment */
		return;
	wall = get_u64(data + 8);
	clock = get_u64(data + 16);
	head->facts.realtime_known = true;
	head->facts.realtime_offset_ns = wall - clock;
}

static void read_cpu_count(struct perf_head *head, const uint8_t *data, size_t size)
{
	if (size < 8)
		return;
	if (get_u32(data) <= PERF_CPU_MAX)
		head->facts.cpu_count = get_u32(data);
	head->online = get_u32(data + 4);
}

int perf_head_feature(struct perf_head *head, uint64_t feature, const uint8_t *data, size_t size)
{
	struct recording_facts *facts = &head->facts;

	switch (feature) {
	case PERF_HOSTNAME:
		return keep_string(&facts->hostname, data, size);
	case PERF_OSRELEASE:
		return keep_string(&facts->kernel_release, data, size);
	case PERF_VERSION:
		return keep_string(&facts->version, data, size);
	case PERF_ARCH:
		return keep_string(&facts->machine, data, size);
	case PERF_CMDLINE:
		return read_command(head, data, size);
	case PERF_NRCPUS:
		read_cpu_count(head, data, size);
		break;
	case PERF_SAMPLE_TIMES:
		if (size >= 16 && get_u64(data) <= get_u64(data + 8)) {
			facts->start_ns = get_u64(data);
			facts->end_ns = get_u64(data + 8);
		}
		break;
	case PERF_COMPRESSED: /* version, type, level, ratio, the rings' size */
		if (size >= 20)
			head->ring_size = get_u32(data + 16);
		break;
	case PERF_CLOCK_DATA:
		read_clock(head, data, size);
		break;
	}
	return 0;
}

void perf_head_id_index(struct perf_head *head, const uint8_t *data, size_t size)
{
	uint64_t count;

	if (size < 8)
		return;
	count = get_u64(data);
	data += 8;
	for (size -= 8; count && size >= 32; count--) {
		uint64_t id = get_u64(data), cpu = get_u64(data + 16), tid = get_u64(data + 24);
		const struct perf_id *known = perf_attrs_find_id(&head->attrs, id);

		if (known && cpu < PERF_CPU_MAX)
			perf_attrs_set_cpu(&head->attrs, id, cpu);
		if (known && head->attrs.attrs[known->attr].attr.type == PERF_TYPE_TRACEPOINT) {
			if (tid != UINT64_MAX || cpu >= PERF_CPU_MAX)
				head->some_tasks = true;
			else if (hwloc_bitmap_set(head->cpus, cpu))
				return;
		}
		data += 32;
		size -= 32;
	}
}

static const char *clock_name(const struct perf_attrs *attrs)
{
	const struct perf_event_attr *attr = &attrs->attrs[0].attr;

	if (!attrs->count)
		return NULL;
	if (!attr->use_clockid)
		return "local";
	switch (attr->clockid) {
	case CLOCK_REALTIME:
		return "realtime";
	case CLOCK_MONOTONIC:
		return "monotonic";
	case CLOCK_MONOTONIC_RAW:
		return "monotonic raw";
	case CLOCK_BOOTTIME:
		return "boottime";
	case CLOCK_TAI:
		return "tai";
	default:
		return NULL;
	}
}

/* The ids tell it best; perf before 5.18 wrote them seldom, and its command line must do. */
static int settle_cpus(struct perf_head *head)
{
	struct recording_facts *facts = &head->facts;
	int count = hwloc_bitmap_weight(head->cpus);

	if (head->some_tasks) {
		facts->all_cpus = false;
		free(facts->recorded_cpus);
		facts->recorded_cpus = NULL;
		return 0;
	}
	if (count <= 0 || !head->online)
		return 0;
	free(facts->recorded_cpus);
	facts->recorded_cpus = NULL;
	facts->all_cpus = (uint32_t)count >= head->online;
	if (facts->all_cpus)
		return 0;
	facts->recorded_cpus = cpulist_format(head->cpus);
	return facts->recorded_cpus ? 0 : -ENOMEM;
}

int perf_head_settle(struct perf_head *head)
{
	struct recording_facts *facts = &head->facts;

	facts->clock = clock_name(&head->attrs);
	if (facts->clock && !strcmp(facts->clock, "realtime")) {
		facts->realtime_known = true;
		facts->realtime_offset_ns = 0;
	}
	snprintf(head->what, sizeof(head->what), "perf.data%s%.40s%s%s",
		 facts->version ? " by perf " : "", facts->version ? facts->version : "",
		 head->unfinished ? ", unfinished" : "",
		 head->formats.local ? ", read by this kernel's formats" : "");
	facts->what = head->what;
	return settle_cpus(head);
}
