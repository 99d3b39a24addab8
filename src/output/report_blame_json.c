// SPDX-License-Identifier: GPL-2.0-only
/* Who pays, and to whom, as JSON. */
#include "output/json.h"
#include "output/report.h"
#include "output/report_blame.h"

void report_culprit_json(json_t **object, const struct who *who, uint32_t culprit)
{
	const char *what = culprit == TASK_IDLE	     ? "idle"
			   : culprit == TASK_UNKNOWN ? "unknown"
						     : "task";

	json_put(object, "what", json_text(what));
	json_put(object, "task",
		 culprit == TASK_IDLE || culprit == TASK_UNKNOWN ? json_null()
								 : who_json(who, culprit));
}

static json_t *sum_json(const struct blame *blame, const struct blame_sum *sum)
{
	json_t *object = json_object();
	uint64_t p99_ns = 0;
	bool has_p99 = blame_p99_ns(blame, sum, &p99_ns);

	json_put(&object, "count", json_u64(sum->count));
	json_put(&object, "total_ns", json_u64(sum->total_ns));
	json_put(&object, "p99_ns", json_u64_if(has_p99, p99_ns));
	json_put(&object, "worst_ns", json_u64_if(sum->count, sum->worst_ns));
	json_put(&object, "worst_since_ns", json_u64_if(sum->count, sum->worst_since_ns));
	return object;
}

static void put_sums(json_t **object, const struct blame *blame,
		     const struct blame_sum sums[BLAME_KINDS])
{
	json_put(object, "wake_delay", sum_json(blame, &sums[BLAME_WAKE]));
	json_put(object, "preempt_delay", sum_json(blame, &sums[BLAME_PREEMPT]));
	json_put(object, "total_ns", json_u64(blame_total_ns(sums)));
}

static json_t *victim_json(const struct blame_report *report, const struct blame_victim *victim)
{
	const struct blame_pair *const *pairs = blame_pairs(report->blame) + victim->first_pair;
	uint64_t whole_ns = blame_total_ns(victim->delays);
	json_t *object = json_object(), *culprits = json_array();

	for (uint32_t i = 0; i < victim->pair_count; i++) {
		json_t *culprit = json_object();

		report_culprit_json(&culprit, &report->who, pairs[i]->culprit);
		put_sums(&culprit, report->blame, pairs[i]->sums);
		json_put(&culprit, "share", json_ratio(blame_total_ns(pairs[i]->sums), whole_ns));
		json_add(&culprits, culprit);
	}
	json_put(&object, "task", who_json(&report->who, victim->task));
	put_sums(&object, report->blame, victim->delays);
	json_put(&object, "cut_waits", json_u64(victim->cut_waits));
	json_put(&object, "cut_ns", json_u64(victim->cut_ns));
	json_put(&object, "unknown_waits", json_u64(victim->unknown_waits));
	json_put(&object, "culprits", culprits);
	return object;
}

static json_t *culprits_json(const struct blame_report *report)
{
	const struct blame_culprit *culprits;
	uint32_t n = blame_culprits(report->blame, &culprits);
	json_t *array = json_array();

	for (uint32_t i = 0; i < n; i++) {
		json_t *object = json_object();

		report_culprit_json(&object, &report->who, culprits[i].task);
		json_put(&object, "victims", json_u64(culprits[i].victims));
		json_put(&object, "waits", json_u64(culprits[i].waits));
		json_put(&object, "total_ns", json_u64(culprits[i].total_ns));
		json_add(&array, object);
	}
	return array;
}

static json_t *story_json(const struct blame_report *report, const struct blame_story *story)
{
	const struct wait *wait = &story->wait;
	json_t *object = json_object(), *stays = json_array();

	for (uint32_t i = 0; i < story->stay_count; i++) {
		const struct blame_stay *stay = &story->stays[i];
		json_t *entry = json_object();

		report_culprit_json(&entry, &report->who, stay->task);
		json_put(&entry, "cpu", json_cpu(stay->cpu));
		json_put(&entry, "from_ns", json_u64(stay->from_ns));
		json_put(&entry, "length_ns", json_u64(stay->to_ns - stay->from_ns));
		json_add(&stays, entry);
	}
	json_put(&object, "victim", who_json(&report->who, wait->task));
	json_put(&object, "kind", json_text(wait->kind == DELAY_WAKE ? "wake" : "preempt"));
	json_put(&object, "cpu", json_cpu(wait->cpu));
	json_put(&object, "since_ns", json_u64(wait->since_ns));
	json_put(&object, "delay_ns", json_u64(wait->until_ns - wait->since_ns));
	json_put(&object, "cut", json_boolean(wait->cut));
	json_put(&object, "waker", who_json(&report->who, wait->waker));
	json_put(&object, "waker_cpu", json_cpu(wait->waker_cpu));
	json_put(&object, "waker_context", context_json(wait->context));
	json_put(&object, "slices", stays);
	json_put(&object, "left_out", json_u64(story->left_out));
	json_put(&object, "left_out_ns", json_u64(story->left_out_ns));
	return object;
}

json_t *report_blame_json(const struct blame_report *report)
{
	const struct blame_victim *const *victims;
	uint32_t n = blame_victims(report->blame, &victims), told;
	json_t *object = json_object(), *rows = json_array(), *array = json_array();
	const struct blame_story *stories;

	for (uint32_t i = 0; i < n; i++)
		json_add(&rows, victim_json(report, victims[i]));
	told = blame_stories(report->blame, &stories);
	for (uint32_t i = 0; i < told; i++)
		json_add(&array, story_json(report, &stories[i]));
	json_put(&object, "victims", rows);
	json_put(&object, "culprits", culprits_json(report));
	json_put(&object, "worst", array);
	json_put(&object, "forced_waits", json_u64(blame_forced(report->blame)));
	json_put(&object, "forgotten_slices", json_u64(blame_forgotten(report->blame)));
	return object;
}
