// SPDX-License-Identifier: GPL-2.0-only
/* Which CPUs a task may be put on: see usable.h. */
#include "analysis/usable.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/rows.h"
#include "analysis/trespass.h"

struct usable_set {
	uint64_t hash;
	hwloc_bitmap_t cpus;
};

/* A set, and what of the task's identity it rests on: together not half a cache line. */
struct answer {
	uint32_t tid, pid, ppid, cpus_allowed;
	uint32_t set;
};

struct usable {
	const struct host_snapshot *host;
	hwloc_bitmap_t possible;
	struct rows tasks; /* struct answer; hashed, for ids may be absurd in a damaged file */
	struct usable_set sets[USABLE_SETS];
	uint32_t count;
};

static bool is_told(hwloc_const_bitmap_t set)
{
	return set && !hwloc_bitmap_iszero(set);
}

struct usable *usable_new(const struct host_snapshot *host, uint32_t cpu_count)
{
	struct usable *u = calloc(1, sizeof(*u));
	int err;

	if (!u)
		return NULL;
	rows_init(&u->tasks, ROWS_BY_CPU_TASK, sizeof(struct answer));
	u->host = host;
	u->possible = hwloc_bitmap_alloc();
	if (!u->possible)
		goto fail;
	if (host && is_told(host->possible))
		err = hwloc_bitmap_copy(u->possible, host->possible);
	else
		err = cpu_count ? hwloc_bitmap_set_range(u->possible, 0, (int)cpu_count - 1) : 0;
	if (!err)
		return u;
fail:
	usable_free(u);
	return NULL;
}

void usable_free(struct usable *u)
{
	if (!u)
		return;
	for (uint32_t i = 0; i < u->count; i++)
		hwloc_bitmap_free(u->sets[i].cpus);
	hwloc_bitmap_free(u->possible);
	rows_free(&u->tasks);
	free(u);
}

static hwloc_const_bitmap_t snapshot_mask(const struct usable *u, uint32_t tid, uint32_t weight)
{
	const struct host_task *task = tid ? trespass_host_task(u->host, tid) : NULL;

	if (!task || !is_told(task->allowed))
		return NULL;
	if (weight && hwloc_bitmap_weight(task->allowed) != (int)weight)
		return NULL;
	return task->allowed;
}

/* NULL: not known. */
static hwloc_const_bitmap_t mask_of(const struct usable *u, const struct task_identity *task)
{
	uint32_t weight = task->cpus_allowed;
	hwloc_const_bitmap_t mask = snapshot_mask(u, task->tid, weight);

	if (mask || !weight)
		return mask;
	if ((int)weight == hwloc_bitmap_weight(u->possible))
		return u->possible;
	mask = snapshot_mask(u, task->pid, weight);
	return mask ? mask : snapshot_mask(u, task->ppid, weight);
}

uint64_t usable_hash(hwloc_const_bitmap_t cpus)
{
	uint64_t hash = 0xcbf29ce484222325ULL;
	int n = hwloc_bitmap_last(cpus) / (8 * (int)sizeof(long)) + 1;

	for (int i = 0; i < n; i++)
		hash = (hash ^ hwloc_bitmap_to_ith_ulong(cpus, i)) * 0x9e3779b97f4a7c15ULL;
	return hash;
}

/* Takes over cpus: it is a set now, or freed. */
static uint32_t number_of(struct usable *u, hwloc_bitmap_t cpus)
{
	uint64_t hash = usable_hash(cpus);
	uint32_t i;

	for (i = 0; i < u->count; i++)
		if (u->sets[i].hash == hash && hwloc_bitmap_isequal(u->sets[i].cpus, cpus))
			break;
	if (i < u->count || i == USABLE_SETS) {
		hwloc_bitmap_free(cpus);
		return i < u->count ? i : USABLE_UNKNOWN;
	}
	u->sets[u->count++] = (struct usable_set){ .hash = hash, .cpus = cpus };
	return i;
}

static int find_set(struct usable *u, const struct task_identity *task, uint32_t *set)
{
	hwloc_const_bitmap_t mask = mask_of(u, task);
	hwloc_bitmap_t cpus;
	int err = 0;

	*set = task->cpus_allowed == 1 ? USABLE_ONE : USABLE_UNKNOWN;
	if (!mask || task->cpus_allowed == 1)
		return 0;
	cpus = hwloc_bitmap_alloc();
	if (!cpus)
		return -ENOMEM;
	/* What is not possible does not exist, whatever a damaged snapshot says. */
	err = hwloc_bitmap_and(cpus, mask, u->possible);
	if (!err && u->host && is_told(u->host->isolated) &&
	    !hwloc_bitmap_isincluded(cpus, u->host->isolated))
		err = hwloc_bitmap_andnot(cpus, cpus, u->host->isolated);
	if (err || hwloc_bitmap_iszero(cpus) || hwloc_bitmap_last(cpus) < 0) {
		hwloc_bitmap_free(cpus);
		return err ? -ENOMEM : 0;
	}
	*set = number_of(u, cpus);
	return 0;
}

static bool rests_on(const struct answer *a, const struct task_identity *b)
{
	return a->tid == b->tid && a->pid == b->pid && a->ppid == b->ppid &&
	       a->cpus_allowed == b->cpus_allowed;
}

int usable_of(struct usable *u, const struct task_identity *task, uint32_t *set)
{
	struct answer *answer = rows_find(&u->tasks, 0, task->task);
	int err;

	if (answer && rests_on(answer, task)) {
		*set = answer->set;
		return 0;
	}
	err = find_set(u, task, set);
	if (err)
		return err;
	if (!answer)
		answer = rows_make(&u->tasks, 0, task->task);
	if (!answer)
		return -ENOMEM;
	*answer = (struct answer){ task->tid, task->pid, task->ppid, task->cpus_allowed, *set };
	return 0;
}

hwloc_const_bitmap_t usable_cpus(const struct usable *u, uint32_t set)
{
	return set < USABLE_SETS ? u->sets[set].cpus : NULL;
}
