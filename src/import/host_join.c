// SPDX-License-Identifier: GPL-2.0-only
/* A host snapshot's facts in an imported stream: see host_join.h. */
#include "import/host_join.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct host_join {
	const struct host_snapshot *host;
	hwloc_bitmap_t housekeeping; /* the CPUs that are not isolated */
	bool *movable;		     /* by task id: its mask has one of these, and another CPU */
	uint32_t count;
	uint64_t known;
};

struct host_join *host_join_new(const struct host_snapshot *host)
{
	struct host_join *join = calloc(1, sizeof(*join));

	if (!join)
		return NULL;
	join->host = host;
	join->housekeeping = hwloc_bitmap_alloc();
	if (!join->housekeeping ||
	    hwloc_bitmap_andnot(join->housekeeping, host->possible, host->isolated)) {
		host_join_free(join);
		return NULL;
	}
	return join;
}

void host_join_free(struct host_join *join)
{
	if (!join)
		return;
	hwloc_bitmap_free(join->housekeeping);
	free(join->movable);
	free(join);
}

static int by_tid(const void *tid_, const void *task_)
{
	const struct host_task *task = task_;
	const uint32_t *tid = tid_;

	return (*tid > task->tid) - (*tid < task->tid);
}

static const struct host_task *find(const struct host_join *join,
				    const struct task_identity *identity)
{
	const struct host_task *task =
		join->host->task_count ? bsearch(&identity->tid, join->host->tasks,
						 join->host->task_count, sizeof(*task), by_tid)
				       : NULL;

	return task && !strncmp(task->comm, identity->comm, sizeof(task->comm)) ? task : NULL;
}

static int make_room(struct host_join *join, uint32_t id)
{
	uint32_t count = join->count ? join->count : 1024;
	bool *larger;

	while (count <= id)
		count *= 2;
	larger = realloc(join->movable, count * sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	memset(larger + join->count, 0, (count - join->count) * sizeof(*larger));
	join->movable = larger;
	join->count = count;
	return 0;
}

static int add_identity(struct host_join *join, struct task_identity *identity)
{
	const struct host_task *task = find(join, identity);

	if (identity->task >= join->count && make_room(join, identity->task))
		return -ENOMEM;
	join->movable[identity->task] = false;
	if (!task)
		return 0;
	join->known++;
	if (!identity->pid)
		identity->pid = task->pid;
	if (!identity->ppid)
		identity->ppid = task->ppid;
	if (!identity->flags)
		identity->flags = (uint32_t)task->flags;
	if (!task->allowed)
		return 0;
	if (!identity->cpus_allowed && hwloc_bitmap_weight(task->allowed) > 0)
		identity->cpus_allowed = (uint32_t)hwloc_bitmap_weight(task->allowed);
	join->movable[identity->task] = hwloc_bitmap_weight(task->allowed) != 1 &&
					hwloc_bitmap_intersects(task->allowed, join->housekeeping);
	return 0;
}

int host_join_add(struct host_join *join, struct event *events, int n)
{
	for (int i = 0; i < n; i++) {
		struct event *e = &events[i];

		if (e->type == EVENT_TASK) {
			if (add_identity(join, &e->identity))
				return -ENOMEM;
		} else if ((e->type == EVENT_SLICE || e->type == EVENT_WAITING) &&
			   e->slice.task < join->count && join->movable[e->slice.task] &&
			   hwloc_bitmap_isset(join->host->isolated, e->cpu)) {
			e->slice.flags |= SLICE_MOVABLE;
		}
	}
	return 0;
}

uint64_t host_join_known(const struct host_join *join)
{
	return join->known;
}
