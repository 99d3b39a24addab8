// SPDX-License-Identifier: GPL-2.0-only
/* What a task waited for before its slice, from the events alone: see perf_truth.h. */
#include "import/perf_truth.h"

void perf_truth_wakeup(struct perf_truth *truth, uint64_t time_ns, uint32_t losses)
{
	if (truth->running) {
		truth->woken_running = true;
		return;
	}
	if (truth->woken_ns)
		return;
	truth->woken_ns = time_ns;
	truth->losses = losses;
}

void perf_truth_switch_out(struct perf_truth *truth, const struct sched_event *e, uint32_t losses)
{
	/* Its switch-in was not seen: a wakeup before that is not one of its next slice. */
	if (!truth->running)
		truth->woken_running = false;
	truth->left_ns = e->time_ns;
	truth->left_runnable = !e->state || e->preempt;
	truth->woken_ns = 0;
	truth->losses = losses;
	truth->running = false;
}

static enum perf_wait wait_kind(const struct perf_truth *truth, uint32_t losses, bool partial)
{
	if (truth->losses != losses)
		return PERF_WAIT_UNKNOWN;
	/* It may have been pulled to a CPU that was not recorded, and have run there. */
	if (truth->left_ns && truth->left_runnable)
		return partial ? PERF_WAIT_UNKNOWN : PERF_WAIT_PREEMPTED;
	if (truth->woken_ns)
		return PERF_WAIT_WOKEN;
	if (!truth->left_ns)
		return PERF_WAIT_UNKNOWN;
	/* A wakeup while it ran may only have kept it from sleeping: then the one that counts came
	 * later, and is missing. Where all CPUs are recorded there would be that one. */
	return truth->woken_running && !partial ? PERF_WAIT_WOKEN_RUNNING : PERF_WAIT_NO_WAKEUP;
}

void perf_truth_switch_in(struct perf_truth *truth, uint64_t time_ns, uint32_t losses, bool partial)
{
	uint64_t since = truth->left_ns;

	truth->wait = wait_kind(truth, losses, partial);
	if (truth->wait == PERF_WAIT_WOKEN && truth->woken_ns > since)
		since = truth->woken_ns;
	if (since > time_ns)
		truth->wait = PERF_WAIT_UNKNOWN;
	truth->delay_ns = time_ns - since;
	truth->running = true;
	truth->woken_running = false;
	truth->woken_ns = 0;
}

bool perf_truth_delay_ns(const struct perf_truth *truth, uint64_t *delay_ns)
{
	if (truth->wait == PERF_WAIT_UNKNOWN || truth->wait == PERF_WAIT_NO_WAKEUP)
		return false;
	*delay_ns = truth->delay_ns;
	return true;
}
