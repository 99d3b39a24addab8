// SPDX-License-Identifier: GPL-2.0-only
/* Summaries of many traces added up: exactly, and the same in whatever order and steps. */
#include "unit/summing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/merge.h"
#include "output/report_merge.h"

#define HOSTS	4
#define PARTS	3 /* of a host: by time and by task */
#define FILES	(HOSTS * PARTS)
#define TASKS	8
#define NAMES	5
#define CPUS	4
#define SPREADS 3

/* Names that are met on several hosts, with other ids on each; "web-*" is a group of two. */
static const char *const names[NAMES] = { "web-1", "web-2", "ksmd", "a \"name\"", "" };

struct fleet {
	struct saved_summary files[FILES];
	char name[FILES][16];
	struct histogram whole[NAMES + 1][SPREADS]; /* by name; the last: of lost names */
	unsigned short seed[3];
};

static uint64_t draw(struct fleet *fleet, uint64_t below)
{
	return (uint64_t)nrand48(fleet->seed) % below;
}

/* Of any octave, and often of the same few values, so that maxima are equal. */
static uint64_t draw_ns(struct fleet *fleet)
{
	if (!draw(fleet, 3))
		return draw(fleet, 4) * 1000000;
	return (uint64_t)nrand48(fleet->seed) >> draw(fleet, 31);
}

/* Task id of a host to name: NAMES is a lost one. */
static uint32_t name_of_task(uint32_t host, uint32_t task)
{
	return (task * 7 + host) % (NAMES + 1);
}

static void file_begin(struct fleet *fleet, uint32_t host, uint32_t part)
{
	uint32_t i = host * PARTS + part;
	struct saved_summary *file = &fleet->files[i];

	snprintf(fleet->name[i], sizeof(fleet->name[i]), "%u/run-%u.ilt", host, part);
	assert_int_equal(trace_meta_init(&file->meta, CPUS), 0);
	assert_int_equal(task_table_init(&file->tasks), 0);
	file->meta.start_ns = 1000 + part * 500000;
	file->meta.end_ns = file->meta.start_ns + 400000 + draw(fleet, 1000);
	file->meta.realtime_offset_ns = 1772331247123000000 + host;
	file->meta.all_cpus = true;
	file->meta.rests_on = strdup("tp_btf");
	file->meta.cpus[1].lost[LOST_SLICE] = draw(fleet, 5);
	file->meta.cpus[2].slices_made = draw(fleet, 1000);
	hwloc_bitmap_set_range(file->meta.target_cpus, 0, CPUS - 1);
	file->has_host = true;
	assert_true(asprintf(&file->host.hostname, "host-%u", host) > 0);
	file->host.kernel_release = strdup(host ? "6.6.0" : "5.10.0");
	file->kernel = file->host.kernel_release;
	file->by_task = summary_new(SUMMARY_BY_TASK);
	file->by_cpu = summary_new(SUMMARY_BY_CPU);
	for (uint32_t task = 1; task <= TASKS; task++) {
		struct task_identity identity = { .task = task, .tid = 100 * (host + 1) + task };
		uint32_t name = name_of_task(host, task);

		if (name == NAMES)
			continue;
		strcpy(identity.comm, names[name]);
		identity.pid = identity.tid;
		assert_int_equal(task_table_put(&file->tasks, &identity), 0);
	}
}

static void add_slice(struct fleet *fleet, uint32_t host)
{
	uint32_t task = 1 + (uint32_t)draw(fleet, TASKS);
	/* Tasks 1 and 2 in a file of their own, all others split by chance. */
	uint32_t part = task < 3 ? 0 : 1 + (uint32_t)draw(fleet, PARTS - 1);
	struct saved_summary *file = &fleet->files[host * PARTS + part];
	struct histogram *whole = fleet->whole[name_of_task(host, task)];
	uint64_t start = (UINT64_C(1) << 40) + draw(fleet, 3), run = draw_ns(fleet), delay_ns;
	struct event event = SLICE(task, (uint16_t)draw(fleet, CPUS), start, start + run,
				   .kind = draw(fleet, 2) ? DELAY_WAKE : DELAY_PREEMPT,
				   .waking_ns = start - draw_ns(fleet) % 1000,
				   .flags = draw(fleet, 9) ? 0 : SLICE_GAP,
				   .spare_wakes = (uint16_t)draw(fleet, 2));

	event.slice.prev_out_ns = start - draw_ns(fleet);
	assert_int_equal(summary_add(file->by_task, &event), 0);
	assert_int_equal(summary_add(file->by_cpu, &event), 0);
	if (!(event.slice.flags & SLICE_GAP))
		assert_int_equal(histogram_add(&whole[0], run), 0);
	if (slice_delay_ns(&event.slice, &delay_ns))
		assert_int_equal(
			histogram_add(&whole[event.slice.kind == DELAY_WAKE ? 1 : 2], delay_ns), 0);
}

static struct fleet *fleet_make(unsigned int seed)
{
	struct fleet *fleet = calloc(1, sizeof(*fleet));

	assert_non_null(fleet);
	fleet->seed[0] = (unsigned short)seed;
	for (uint32_t host = 0; host < HOSTS; host++)
		for (uint32_t part = 0; part < PARTS; part++)
			file_begin(fleet, host, part);
	for (uint64_t n = draw(fleet, 4000); n; n--)
		add_slice(fleet, (uint32_t)draw(fleet, HOSTS));
	return fleet;
}

static void fleet_free(struct fleet *fleet)
{
	for (uint32_t i = 0; i < FILES; i++)
		saved_summary_free(&fleet->files[i]);
	for (uint32_t i = 0; i <= NAMES; i++)
		for (uint32_t j = 0; j < SPREADS; j++)
			histogram_free(&fleet->whole[i][j]);
	free(fleet);
}

static char *json_of(const struct saved_summary *merged)
{
	struct merge_report report = { .merged = merged };
	const struct summary_row *const *rows;
	const struct summary_row **sorted;
	struct summary *total;
	json_t *object;
	char *text;

	assert_int_equal(merge_total(merged, &total), 0);
	report.total = total;
	report.count = summary_rows(merged->by_cpu ? merged->by_cpu : merged->by_task, &rows);
	sorted = malloc((report.count + 1) * sizeof(*sorted));
	assert_non_null(sorted);
	memcpy(sorted, rows, report.count * sizeof(*sorted));
	assert_int_equal(summary_sort(sorted, report.count, "run"), 0);
	report.rows = sorted;
	object = report_merge_json(&report);
	assert_non_null(object);
	text = json_dumps(object, JSON_INDENT(1));
	json_decref(object);
	free(sorted);
	summary_free(total);
	return text;
}

static struct saved_summary parsed(const char *json)
{
	struct saved_summary saved;
	char why[256] = "";

	if (saved_summary_parse(&saved, json, strlen(json), why, sizeof(why)))
		fail_msg("%s", why);
	return saved;
}

static void add(struct merge *merge, const struct saved_summary *saved, const char *name)
{
	char why[256] = "";

	if (merge_add(merge, saved, name, why, sizeof(why)))
		fail_msg("%s: %s", name, why);
}

static struct saved_summary finish(struct merge *merge)
{
	struct saved_summary result;
	char why[256] = "";

	if (merge_finish(merge, &result, why, sizeof(why)))
		fail_msg("%s", why);
	merge_free(merge);
	return result;
}

/* Of files first, first + step, ... below end. */
static struct saved_summary merged(const struct fleet *fleet, bool by_group, uint32_t first,
				   uint32_t end, uint32_t step)
{
	struct merge *merge = merge_new(SUMMARY_BY_TASK, by_group);

	for (uint32_t i = first; i < end; i += step)
		add(merge, &fleet->files[i], fleet->name[i]);
	return finish(merge);
}

static void assert_histogram(const struct histogram *a, const struct histogram *b)
{
	assert_true(a->count == b->count && a->sum_ns == b->sum_ns);
	assert_true(a->min_ns == b->min_ns && a->max_ns == b->max_ns);
	for (unsigned int i = 0; i < LOGLIN_BUCKETS; i++)
		assert_true(histogram_bucket_count(a, i) == histogram_bucket_count(b, i));
}

static const struct summary_row *row_of_name(const struct saved_summary *saved, const char *name)
{
	const struct summary_row *const *rows, *found = NULL;
	uint32_t n = summary_rows(saved->by_task, &rows);

	for (uint32_t i = 0; i < n; i++) {
		const struct task_identity *task = task_table_get(&saved->tasks, rows[i]->task);
		bool known = task->task != TASK_UNKNOWN;

		if (name ? !known || strcmp(task->comm, name) != 0 : known)
			continue;
		assert_null(found);
		found = rows[i];
	}
	return found;
}

static void merged_distributions_are_those_of_the_whole(void **state)
{
	for (unsigned int seed = 1; seed <= 10; seed++) {
		struct fleet *fleet = fleet_make(seed);
		struct saved_summary all = merged(fleet, false, 0, FILES, 1);

		for (uint32_t name = 0; name <= NAMES; name++) {
			const struct summary_row *row =
				row_of_name(&all, name < NAMES ? names[name] : NULL);

			if (!row) {
				assert_true(!fleet->whole[name][0].count);
				continue;
			}
			assert_histogram(&row->run.ns, &fleet->whole[name][0]);
			assert_histogram(&row->wake_delay.ns, &fleet->whole[name][1]);
			assert_histogram(&row->preempt_delay.ns, &fleet->whole[name][2]);
		}
		saved_summary_free(&all);
		fleet_free(fleet);
	}
}

static void a_group_is_the_sum_of_its_names(void **state)
{
	struct fleet *fleet = fleet_make(11);
	struct saved_summary all = merged(fleet, true, 0, FILES, 1);
	const struct summary_row *row = row_of_name(&all, "web-*");

	assert_non_null(row);
	assert_int_equal(histogram_merge(&fleet->whole[0][0], &fleet->whole[1][0]), 0);
	assert_histogram(&row->run.ns, &fleet->whole[0][0]);
	assert_null(row_of_name(&all, "web-1"));
	assert_non_null(row_of_name(&all, "ksmd"));
	saved_summary_free(&all);
	fleet_free(fleet);
}

/* What is merged from a merge alone; to be freed. */
static char *merged_again(const struct saved_summary *back, enum summary_by by)
{
	struct merge *merge = merge_new(by, false);
	struct saved_summary again;
	char *json;

	add(merge, back, "all.json");
	again = finish(merge);
	json = json_of(&again);
	saved_summary_free(&again);
	return json;
}

/* Puts a merge, as its JSON, into another. */
static void add_through_json(struct merge *merge, struct saved_summary part)
{
	char *json = json_of(&part);
	struct saved_summary back = parsed(json);

	add(merge, &back, "part.json");
	saved_summary_free(&back);
	saved_summary_free(&part);
	free(json);
}

static void order_and_steps_do_not_matter_to_any_byte(void **state)
{
	for (unsigned int seed = 20; seed < 30; seed++) {
		bool by_group = seed & 1;
		struct fleet *fleet = fleet_make(seed);
		struct saved_summary all = merged(fleet, by_group, 0, FILES, 1), again;
		char *whole = json_of(&all), *other;
		struct merge *merge;

		/* Backwards. */
		merge = merge_new(SUMMARY_BY_TASK, by_group);
		for (uint32_t i = FILES; i--;)
			add(merge, &fleet->files[i], fleet->name[i]);
		again = finish(merge);
		other = json_of(&again);
		assert_string_equal(whole, other);
		free(other);
		saved_summary_free(&again);
		/* merge(merge(every second), merge(the others)). */
		merge = merge_new(SUMMARY_BY_TASK, by_group);
		add_through_json(merge, merged(fleet, by_group, 1, FILES, 2));
		add_through_json(merge, merged(fleet, by_group, 0, FILES, 2));
		again = finish(merge);
		other = json_of(&again);
		assert_string_equal(whole, other);
		free(other);
		saved_summary_free(&again);
		/* merge(A, merge(B, C ...)); names may be grouped later. */
		merge = merge_new(SUMMARY_BY_TASK, by_group);
		add(merge, &fleet->files[0], fleet->name[0]);
		add_through_json(merge, merged(fleet, false, 1, FILES, 1));
		again = finish(merge);
		other = json_of(&again);
		assert_string_equal(whole, other);
		free(other);
		saved_summary_free(&again);
		free(whole);
		saved_summary_free(&all);
		fleet_free(fleet);
	}
}

static void a_merged_summary_comes_back_from_its_json(void **state)
{
	struct fleet *fleet = fleet_make(31);
	struct saved_summary all = merged(fleet, false, 0, FILES, 1), back;
	char *json = json_of(&all), *again;
	uint64_t window_ns = 0;

	for (uint32_t i = 0; i < FILES; i++)
		window_ns += fleet->files[i].meta.end_ns - fleet->files[i].meta.start_ns;
	back = parsed(json);
	again = merged_again(&back, SUMMARY_BY_TASK);
	assert_string_equal(json, again);
	assert_non_null(back.merged);
	assert_int_equal(back.merged->count, FILES);
	assert_true(back.meta.start_ns == 0 && back.meta.end_ns == window_ns);
	assert_true(trace_meta_lost(&back.meta) == trace_meta_lost(&all.meta));
	/* Kernels differ, and so do hosts. */
	assert_false(back.has_host);
	assert_non_null(strstr(json, "\"host-3\""));
	free(json);
	free(again);
	saved_summary_free(&back);
	saved_summary_free(&all);
	fleet_free(fleet);
}

static void a_maximum_tells_its_file(void **state)
{
	struct fleet *fleet = fleet_make(32);
	struct event event = SLICE(4, 2, 5000, 5000 + (UINT64_C(1) << 45));
	uint32_t where = 2 * PARTS + 1;
	struct saved_summary all;
	const struct summary_row *longest;
	uint32_t name = name_of_task(2, 4);

	assert_int_equal(summary_add(fleet->files[where].by_task, &event), 0);
	all = merged(fleet, false, 0, FILES, 1);
	longest = row_of_name(&all, name < NAMES ? names[name] : NULL);
	assert_true(longest->run.max_at_ns == 5000);
	assert_int_equal(longest->run.max_cpu, 2);
	assert_string_equal(all.merged->files[longest->run.max_file].file, fleet->name[where]);
	assert_string_equal(all.merged->files[longest->run.max_file].host, "host-2");
	saved_summary_free(&all);
	fleet_free(fleet);
}

static void what_is_not_known_of_one_file_is_not_known_of_all(void **state)
{
	struct fleet *fleet = fleet_make(33);
	struct saved_summary all;
	char *json;

	fleet->files[3].meta.end_ns = 0;
	fleet->files[3].meta.incomplete = true;
	fleet->files[4].damage = strdup("cut after 41 chunks");
	fleet->files[4].damaged = true;
	fleet->files[5].filtered = true;
	fleet->files[5].scope.rows_left_out[SUMMARY_BY_TASK] = 7;
	free(fleet->files[5].meta.rests_on);
	fleet->files[5].meta.rests_on = NULL;
	all = merged(fleet, false, 0, FILES, 1);
	assert_true(all.meta.end_ns == 0 && all.meta.incomplete);
	assert_string_equal(all.damage, "1 of 12 files is damaged");
	assert_true(all.filtered && all.rows_left_out);
	assert_null(all.meta.rests_on);
	json = json_of(&all);
	assert_non_null(strstr(json, "\"window_ns\": null"));
	assert_non_null(strstr(json, "\"cpu_share\": null"));
	assert_non_null(strstr(json, "\"last_end_time\": null"));
	saved_summary_free(&all);
	all = parsed(json);
	assert_true(all.filtered && all.rows_left_out && all.damaged && all.meta.incomplete);
	free(json);
	saved_summary_free(&all);
	fleet_free(fleet);
}

static void expect_refusal(struct merge *merge, const struct saved_summary *saved, int err,
			   const char *expected)
{
	char why[256] = "";

	assert_int_equal(merge_add(merge, saved, "it", why, sizeof(why)), err);
	if (!strstr(why, expected))
		fail_msg("told \"%s\", not \"%s\"", why, expected);
	merge_free(merge);
}

static void cpus_are_merged_of_one_host_alone(void **state)
{
	struct fleet *fleet = fleet_make(34);
	struct merge *merge = merge_new(SUMMARY_BY_CPU, false);
	struct saved_summary all;
	char *json, *again;
	struct saved_summary back;

	for (uint32_t i = 0; i < PARTS; i++)
		add(merge, &fleet->files[i], fleet->name[i]);
	all = finish(merge);
	assert_int_equal(row_count(all.by_cpu), row_count(fleet->files[0].by_cpu));
	assert_string_equal(all.host.hostname, "host-0");
	json = json_of(&all);
	back = parsed(json);
	again = merged_again(&back, SUMMARY_BY_CPU);
	assert_string_equal(json, again);
	merge = merge_new(SUMMARY_BY_TASK, false);
	expect_refusal(merge, &back, -EINVAL, "no rows by task");
	merge = merge_new(SUMMARY_BY_CPU, false);
	add(merge, &fleet->files[0], "first");
	expect_refusal(merge, &fleet->files[PARTS], -EINVAL, "this is host-1, and first is host-0");
	merge = merge_new(SUMMARY_BY_CPU, false);
	fleet->files[0].has_host = false;
	expect_refusal(merge, &fleet->files[0], -EINVAL, "its host is not known");
	fleet->files[0].has_host = true;
	free(json);
	free(again);
	saved_summary_free(&back);
	saved_summary_free(&all);
	fleet_free(fleet);
}

static void groups_cannot_be_taken_for_names(void **state)
{
	struct fleet *fleet = fleet_make(35);
	struct saved_summary groups = merged(fleet, true, 0, 2, 1);

	expect_refusal(merge_new(SUMMARY_BY_TASK, false), &groups, -EINVAL, "--group");
	saved_summary_free(&groups);
	fleet_free(fleet);
}

static void a_file_that_came_twice_is_refused(void **state)
{
	struct fleet *fleet = fleet_make(36);
	struct merge *merge = merge_new(SUMMARY_BY_TASK, false);
	struct saved_summary result;
	char why[256] = "";

	add(merge, &fleet->files[0], "a.ilt");
	add_through_json(merge, merged(fleet, false, 1, 3, 1));
	add(merge, &fleet->files[0], "a.ilt");
	assert_int_equal(merge_finish(merge, &result, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "a.ilt of host-0 is among the files twice");
	merge_free(merge);
	merge = merge_new(SUMMARY_BY_TASK, false);
	assert_int_equal(merge_finish(merge, &result, why, sizeof(why)), -EINVAL);
	merge_free(merge);
	fleet_free(fleet);
}

static void what_does_not_fit_is_refused(void **state)
{
	struct fleet *fleet = fleet_make(37);
	struct summary_row row = { .task = 3, .cpu = CPU_UNKNOWN, .moves = INT64_MAX };
	struct merge *merge = merge_new(SUMMARY_BY_TASK, false);

	/* A task of the first host alone: JSON can tell its number once, not twice. */
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(summary_put(fleet->files[i].by_task, &row), 0);
	add(merge, &fleet->files[0], "first");
	expect_refusal(merge, &fleet->files[1], -ERANGE, "do not fit when added");
	fleet_free(fleet);
}

static void losses_that_do_not_fit_are_refused(void **state)
{
	struct fleet *fleet = fleet_make(38);
	struct merge *merge = merge_new(SUMMARY_BY_TASK, false);
	struct saved_summary result;
	char why[256] = "";

	fleet->files[0].meta.cpus[0].lost[LOST_MOVE] = INT64_MAX - 2;
	fleet->files[1].meta.cpus[0].lost[LOST_MOVE] = 20;
	add(merge, &fleet->files[0], "a");
	add(merge, &fleet->files[1], "b");
	assert_int_equal(merge_finish(merge, &result, why, sizeof(why)), -ERANGE);
	assert_string_equal(why, "the files' losses or windows do not fit when added");
	merge_free(merge);
	fleet_free(fleet);
}

static void the_total_is_the_sum_of_the_rows(void **state)
{
	struct fleet *fleet = fleet_make(39);
	struct saved_summary all = merged(fleet, false, 0, FILES, 1);
	struct histogram whole = { 0 };
	struct summary *total;

	for (uint32_t name = 0; name <= NAMES; name++)
		assert_int_equal(histogram_merge(&whole, &fleet->whole[name][0]), 0);
	assert_int_equal(merge_total(&all, &total), 0);
	assert_histogram(&summary_find(total, 0, 0)->run.ns, &whole);
	histogram_free(&whole);
	summary_free(total);
	saved_summary_free(&all);
	fleet_free(fleet);
}

/* Each: what of a merged summary's JSON is replaced by what, and what is then told. */
static const struct {
	const char *from, *to, *why;
} refusals[] = {
	{ "\"by_group\": false", "\"by_group\": 1", "merged: by_group is neither" },
	{ "\"files\": [", "\"fils\": [", "merged: files is not an array" },
	{ "\"files\": [", "\"files\": [], \"x\": [", "merged: files are none" },
	{ "\"file\": \"0/run-0.ilt\"", "\"file\": null", "merged: files[0]: file is missing" },
	{ "\"filtered\": false", "\"filtered\": null", "merged: files[0]: filtered is neither" },
	{ "\"start_ns\": 1000", "\"start_ns\": 1001", "merged: its files' windows are not" },
	{ "\"max_file\": ", "\"max_file\": 12", "max_file is not a number from 0 to 11" },
	{ "\"max_file\": ", "\"x\": ", "max_file is missing" },
};

#define FIRST_IN_ROWS (COUNT_OF(refusals) - 2)

static void what_cannot_be_is_refused(void **state)
{
	struct fleet *fleet = fleet_make(40);
	struct saved_summary all = merged(fleet, false, 0, FILES, 1), saved;
	char *json = json_of(&all), why[256], *wrong;

	for (size_t i = 0; i < COUNT_OF(refusals); i++) {
		/* What is derived, the total, is not read. */
		char *at = strstr(strstr(json, i < FIRST_IN_ROWS ? "{" : "\"tasks\": ["),
				  refusals[i].from);

		if (!at)
			fail_msg("not in it: %s", refusals[i].from);
		assert_true(asprintf(&wrong, "%.*s%s%s", (int)(at - json), json, refusals[i].to,
				     at + strlen(refusals[i].from)) > 0);
		assert_int_equal(
			saved_summary_parse(&saved, wrong, strlen(wrong), why, sizeof(why)),
			-EINVAL);
		if (!strstr(why, refusals[i].why))
			fail_msg("%s: told \"%s\"", refusals[i].why, why);
		free(wrong);
	}
	free(json);
	saved_summary_free(&all);
	fleet_free(fleet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merged_distributions_are_those_of_the_whole),
		cmocka_unit_test(a_group_is_the_sum_of_its_names),
		cmocka_unit_test(order_and_steps_do_not_matter_to_any_byte),
		cmocka_unit_test(a_merged_summary_comes_back_from_its_json),
		cmocka_unit_test(a_maximum_tells_its_file),
		cmocka_unit_test(what_is_not_known_of_one_file_is_not_known_of_all),
		cmocka_unit_test(cpus_are_merged_of_one_host_alone),
		cmocka_unit_test(groups_cannot_be_taken_for_names),
		cmocka_unit_test(a_file_that_came_twice_is_refused),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(losses_that_do_not_fit_are_refused),
		cmocka_unit_test(the_total_is_the_sum_of_the_rows),
		cmocka_unit_test(what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
