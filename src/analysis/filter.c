// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which events a report is about: see filter.h. What the user typed is checked strictly: a filter
 * that can match nothing would make an empty report look like a quiet machine.
 */
#include "analysis/filter.h"
#include "host/cpulist.h"
#include "host/vcpu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COMM_MAX (TASK_COMM_LEN - 1)

void filter_free(struct filter *f)
{
	hwloc_bitmap_free(f->cpus);
	for (uint32_t i = 0; i < f->comm_count; i++)
		free(f->comms[i]);
	free(f->comms);
	free(f->pids);
	memset(f, 0, sizeof(*f));
}

int filter_set_cpus(struct filter *f, const char *list, char *why, size_t why_size)
{
	hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
	int err;

	if (!cpus)
		return -ENOMEM;
	err = cpulist_parse(cpus, list);
	if (err == -ERANGE)
		snprintf(why, why_size, "-C %s: CPU numbers end at %d", list, CPULIST_CPU_MAX - 1);
	else if (err == -EINVAL)
		snprintf(why, why_size, "-C %s: not a CPU list (expected one like 0-3,8)", list);
	else if (!err && hwloc_bitmap_iszero(cpus))
		snprintf(why, why_size, "-C '%s': names no CPU", list);
	if (err || hwloc_bitmap_iszero(cpus)) {
		hwloc_bitmap_free(cpus);
		return err == -ENOMEM ? err : -EINVAL;
	}
	hwloc_bitmap_free(f->cpus);
	f->cpus = cpus;
	return 0;
}

static uint32_t count_items(const char *list)
{
	uint32_t n = 1;

	for (; *list; list++)
		n += *list == ',';
	return n;
}

/* Checks a name of len characters; 0 or -EINVAL with why. */
static int check_comm(const char *comm, int len, char *why, size_t why_size)
{
	const char *star = memchr(comm, '*', len);
	int name_len = star ? star - comm : len;

	if (!len)
		snprintf(why, why_size, "-t: an empty task name (two commas, or one at an end)");
	else if (star && name_len != len - 1)
		snprintf(why, why_size, "-t %.*s: '*' is understood only at the end of a name", len,
			 comm);
	else if (name_len > COMM_MAX)
		snprintf(why, why_size,
			 "-t %.*s: the kernel cuts task names after %d characters: try '%.*s*'",
			 len, comm, COMM_MAX, COMM_MAX, comm);
	else
		return 0;
	return -EINVAL;
}

int filter_add_comms(struct filter *f, const char *list, char *why, size_t why_size)
{
	uint32_t n = count_items(list);
	char **comms;

	for (const char *item = list;; item++) {
		int len = strcspn(item, ","), err = check_comm(item, len, why, why_size);

		if (err)
			return err;
		item += len;
		if (!*item)
			break;
	}
	comms = realloc(f->comms, (f->comm_count + n) * sizeof(*comms));
	if (!comms)
		return -ENOMEM;
	f->comms = comms;
	for (const char *item = list; n; n--) {
		size_t len = strcspn(item, ",");
		char *comm = strndup(item, len);

		if (!comm)
			return -ENOMEM;
		comms[f->comm_count++] = comm;
		item += len + 1;
	}
	return 0;
}

/* Reads a process id of len characters; 0 where it is none. */
static uint32_t parse_pid(const char *text, size_t len)
{
	uint64_t pid = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		pid = pid * 10 + (text[i] - '0');
		if (pid > INT32_MAX)
			return 0;
	}
	return pid;
}

int filter_add_pids(struct filter *f, const char *list, char *why, size_t why_size)
{
	uint32_t count = f->pid_count;
	uint32_t *pids = realloc(f->pids, (count + count_items(list)) * sizeof(*pids));

	if (!pids)
		return -ENOMEM;
	f->pids = pids;
	for (const char *item = list;; item++) {
		size_t len = strcspn(item, ",");

		pids[count] = parse_pid(item, len);
		if (!pids[count++]) {
			snprintf(why, why_size,
				 "-p %s: not a process id (expected a number, or several separated "
				 "by commas)",
				 list);
			return -EINVAL;
		}
		item += len;
		if (!*item)
			break;
	}
	f->pid_count = count;
	return 0;
}

static int add_task(struct filter *f, const char *word)
{
	char why[256];

	if (!strcmp(word, "vcpu")) {
		f->vcpus = true;
		return 0;
	}
	if (*word && strspn(word, "0123456789") == strlen(word))
		return filter_add_pids(f, word, why, sizeof(why));
	return filter_add_comms(f, word, why, sizeof(why));
}

int filter_add_tasks(struct filter *f, const char *list)
{
	char *words = strdup(list), *word, *rest = words;
	int err = words ? 0 : -ENOMEM;

	while (!err && (word = strsep(&rest, ",")))
		err = add_task(f, word);
	free(words);
	return err;
}

bool filter_has_tasks(const struct filter *f)
{
	return f->comm_count || f->pid_count || f->vcpus;
}

static bool comm_matches(const char *pattern, const char *comm)
{
	for (;; pattern++, comm++) {
		if (*pattern == '*' && !pattern[1])
			return true;
		if (*pattern != *comm)
			return false;
		if (!*pattern)
			return true;
	}
}

bool filter_matches_task(const struct filter *f, const struct task_identity *task)
{
	uint32_t number;

	if (!filter_has_tasks(f))
		return true;
	if (task->task == TASK_IDLE)
		return false;
	for (uint32_t i = 0; i < f->pid_count; i++)
		if (f->pids[i] == task->pid || f->pids[i] == task->tid)
			return true;
	for (uint32_t i = 0; i < f->comm_count; i++)
		if (comm_matches(f->comms[i], task->comm))
			return true;
	return f->vcpus && vcpu_from_comm(task->comm, &number);
}

/* Whether something that lasted from first to last touches the window. */
static bool in_window(const struct filter *f, uint64_t first_ns, uint64_t last_ns)
{
	return last_ns >= f->from_ns && (!f->to_ns || first_ns <= f->to_ns);
}

static bool on_cpus(const struct filter *f, uint16_t cpu)
{
	return !f->cpus || hwloc_bitmap_isset(f->cpus, cpu);
}

/* What leads to a CPU is about that one, wherever it was observed. */
static uint16_t cpu_of(const struct event *e)
{
	switch (e->type) {
	case EVENT_MOVE:
		return e->move.to;
	case EVENT_CHOICE:
		return e->choice.chosen_cpu;
	default:
		return e->cpu;
	}
}

static uint32_t task_of(const struct event *e)
{
	switch (e->type) {
	case EVENT_MOVE:
		return e->move.task;
	case EVENT_CHOICE:
		return e->choice.task;
	default:
		return e->slice.task;
	}
}

bool filter_matches(const struct filter *f, const struct task_table *tasks, const struct event *e)
{
	if (e->type == EVENT_TASK)
		return true;
	if (e->type == EVENT_LOST)
		return on_cpus(f, e->cpu) && in_window(f, e->lost.first_ns, e->time_ns);
	return in_window(f, e->time_ns, e->time_ns) && on_cpus(f, cpu_of(e)) &&
	       (!filter_has_tasks(f) || filter_matches_task(f, task_table_get(tasks, task_of(e))));
}

char *filter_describe_tasks(const struct filter *f)
{
	const char *comma = "";
	char *text = NULL;
	size_t size;
	FILE *out;

	if (!filter_has_tasks(f))
		return NULL;
	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	for (uint32_t i = 0; i < f->comm_count; i++, comma = ",")
		fprintf(out, "%s%s", comma, f->comms[i]);
	for (uint32_t i = 0; i < f->pid_count; i++, comma = ",")
		fprintf(out, "%spid %u", comma, f->pids[i]);
	if (f->vcpus)
		fprintf(out, "%svCPUs", comma);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
