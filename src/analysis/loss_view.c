// SPDX-License-Identifier: GPL-2.0-only
/* What was lost, from both witnesses: see loss_view.h. */
#include "analysis/loss_view.h"

uint32_t loss_view_cpu_count(const struct trace_meta *meta, const struct losses *losses)
{
	if (losses && losses->cpu_count > meta->cpu_count)
		return losses->cpu_count;
	return meta->cpu_count;
}

struct loss_view loss_view_cpu(const struct trace_meta *meta, const struct losses *losses,
			       uint32_t cpu)
{
	struct loss_view view = { 0 };

	if (cpu < meta->cpu_count) {
		for (int kind = 0; kind < LOST_KINDS; kind++)
			view.lost[kind] = meta->cpus[cpu].lost[kind];
		view.state_lost = meta->cpus[cpu].state_lost;
	}
	if (losses && cpu < losses->cpu_count) {
		const struct loss_window *window = &losses->cpus[cpu];

		for (int kind = 0; kind < LOST_KINDS; kind++)
			if (window->count[kind] > view.lost[kind])
				view.lost[kind] = window->count[kind];
		view.bursts = window->bursts;
		view.first_ns = window->first_ns;
		view.last_ns = window->last_ns;
	}
	return view;
}

struct loss_view loss_view_all(const struct trace_meta *meta, const struct losses *losses)
{
	struct loss_view all = { 0 };

	for (uint32_t cpu = 0; cpu < loss_view_cpu_count(meta, losses); cpu++) {
		struct loss_view view = loss_view_cpu(meta, losses, cpu);

		for (int kind = 0; kind < LOST_KINDS; kind++)
			all.lost[kind] += view.lost[kind];
		all.state_lost += view.state_lost;
	}
	for (uint32_t cpu = 0; cpu < meta->cpu_count; cpu++)
		all.programs_skipped += meta->cpus[cpu].programs_skipped;
	if (losses) {
		all.bursts = losses->all.bursts;
		all.first_ns = losses->all.first_ns;
		all.last_ns = losses->all.last_ns;
	}
	return all;
}

uint64_t loss_view_total(const struct loss_view *view)
{
	uint64_t total = view->state_lost + view->programs_skipped;

	for (int kind = 0; kind < LOST_KINDS; kind++)
		total += view->lost[kind];
	return total;
}
