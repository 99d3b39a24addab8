// SPDX-License-Identifier: GPL-2.0-only
/* What advice rests on, and the advice: see gather_advice.h. */
#include "commands/gather_advice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/advice_ksm.h"
#include "analysis/advice_move.h"
#include "analysis/homes.h"
#include "commands/commands.h"
#include "commands/options.h"

#define KTHREADD 2

void gather_advice(struct gather *gather)
{
	gather->sees_ksmd = true;
	bursts_init(&gather->ksmd, TASK_UNKNOWN);
}

/* A user's task may call itself ksmd; its parent is not kthreadd. */
static bool is_ksmd(const struct task_identity *who)
{
	return who->ppid == KTHREADD && !strcmp(who->comm, "ksmd");
}

int gather_advice_add(struct gather *gather, const struct event *event)
{
	if (event->type == EVENT_TASK && gather->ksmd.task == TASK_UNKNOWN &&
	    is_ksmd(&event->identity))
		bursts_init(&gather->ksmd, event->identity.task);
	if (event->type != EVENT_SLICE || gather->ksmd.task == TASK_UNKNOWN)
		return 0;
	return bursts_add(&gather->ksmd, event);
}

/* What was seen of KSM: its states in the trace, else the one of the host snapshot. */
static int get_samples(struct ksm_samples *samples, const struct advice_request *request)
{
	struct ksm_state state = {};
	char why[128];

	if (request->meta->ksm_json &&
	    !ksm_samples_from_json(samples, request->meta->ksm_json, why, sizeof(why)))
		return 0;
	if (!request->host)
		return 0;
	ksm_state_from_snapshot(&state, request->host);
	return ksm_samples_put(samples, &state, request->meta->start_ns);
}

/* What others waited for ksmd; NAN: not looked at. */
static double delay_for_ksmd(const struct gather *gather)
{
	const struct blame_culprit *culprits;
	uint32_t count;

	if (!gather->blame)
		return NAN;
	count = blame_culprits(gather->blame, &culprits);
	for (uint32_t i = 0; i < count; i++)
		if (culprits[i].task == gather->ksmd.task)
			return culprits[i].total_ns;
	return 0;
}

static int advise_ksm(struct gather *gather, const struct advice_request *request,
		      struct advice_made *made)
{
	struct ksm_samples samples = {};
	struct ksm_model_input input = {
		.bursts = &gather->ksmd,
		.samples = &samples,
		.start_ns = request->meta->start_ns,
		.end_ns = request->meta->end_ns,
		.page_size = request->host ? request->host->page_size : 0,
	};
	struct ksm_advice_input advice = { &made->ksm, &made->plan, gather->ksmd.task };
	int err = get_samples(&samples, request);

	bursts_finish(&gather->ksmd);
	input.others_delay_ns = delay_for_ksmd(gather);
	if (!err)
		err = ksm_model_make(&made->ksm, &input);
	if (!err) {
		ksm_plan_make(&made->plan, &made->ksm, &request->limits);
		advice_ksm(&made->list, &advice);
	}
	ksm_samples_free(&samples);
	return err;
}

/* How long each CPU was busy, where all were traced; NULL: not known, or no memory. */
static uint64_t *busy_cpus(const struct gather *gather, const struct advice_request *request)
{
	const struct summary_row *const *rows;
	uint64_t *busy_ns;
	uint32_t count;

	if (!gather->by_cpu || gather->filter || !request->meta->all_cpus)
		return NULL;
	busy_ns = malloc((request->meta->cpu_count + 1) * sizeof(*busy_ns));
	if (!busy_ns)
		return NULL;
	memset(busy_ns, 0xff, request->meta->cpu_count * sizeof(*busy_ns));
	count = summary_rows(gather->by_cpu, &rows);
	for (uint32_t i = 0; i < count; i++)
		if (rows[i]->cpu < request->meta->cpu_count)
			busy_ns[rows[i]->cpu] = rows[i]->run_total_ns;
	return busy_ns;
}

static bool has_exited(const struct gather *gather, uint32_t task)
{
	const struct summary_row *const *rows;
	uint32_t count = gather->by_task ? summary_rows(gather->by_task, &rows) : 0;

	for (uint32_t i = 0; i < count; i++)
		if (rows[i]->task == task)
			return rows[i]->exited;
	return false;
}

static struct move_task move_task_of(const struct gather *gather, const struct interloper *one)
{
	return (struct move_task){
		.who = task_table_get(&gather->tasks, one->visits->task),
		.run_ns = one->visits->run_total_ns,
		.visits = one->visits->visits,
		.delay_ns = one->delay_ns,
		.exited = has_exited(gather, one->visits->task),
	};
}

static int advise_moves(struct gather *gather, const struct advice_request *request,
			struct advice_list *list)
{
	const struct interlopers *in = request->interlopers;
	const struct task_identity **owners = calloc(in->owner_count + 1, sizeof(*owners));
	struct move_task *tasks = calloc(in->count + 1, sizeof(*tasks));
	uint64_t *busy_ns = busy_cpus(gather, request);
	struct move_advice_input input = {
		.host = request->host,
		.targets = request->targets,
		.window_ns = request->meta->end_ns > request->meta->start_ns
				     ? request->meta->end_ns - request->meta->start_ns
				     : 0,
		.tasks = tasks,
		.count = in->count,
		.owners = owners,
		.owner_count = in->owner_count,
		.busy_ns = busy_ns,
		.busy_count = busy_ns ? request->meta->cpu_count : 0,
	};
	bool whole = tasks && owners;

	for (uint32_t i = 0; i < in->count && whole; i++)
		tasks[i] = move_task_of(gather, &in->list[i]);
	for (uint32_t i = 0; i < in->owner_count && whole; i++)
		owners[i] = task_table_get(&gather->tasks, in->owners[i]);
	if (whole)
		advice_move(list, &input);
	free(owners);
	free(tasks);
	free(busy_ns);
	return whole ? 0 : -1;
}

int gather_advise(struct gather *gather, const struct advice_request *request,
		  struct advice_made *made)
{
	int err;

	memset(made, 0, sizeof(*made));
	err = advise_ksm(gather, request, made);
	if (!err && request->interlopers)
		err = advise_moves(gather, request, &made->list);
	advice_list_sort(&made->list);
	return err || made->list.no_memory ? fail("out of memory") : 0;
}

hwloc_bitmap_t advice_targets(const struct host_snapshot *host)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	int err = 0;

	if (!set || !host)
		return set;
	err = homes_isolated(set, host);
	if (!err && host->nohz_full && host->online) {
		hwloc_bitmap_t full = hwloc_bitmap_alloc();

		err = !full || hwloc_bitmap_and(full, host->nohz_full, host->online) ||
		      hwloc_bitmap_or(set, set, full);
		hwloc_bitmap_free(full);
	}
	if (!err && hwloc_bitmap_iszero(set))
		err = homes_owned(set, host, NULL, 0);
	if (!err)
		return set;
	hwloc_bitmap_free(set);
	return NULL;
}
