// SPDX-License-Identifier: GPL-2.0-only
/* Groups of tasks, added up look by look: every rule of analysis/groups.h by literal looks. */
#include <malloc.h>
#include <stdio.h>

#include "unit/groups_stage.h"
#include "output/output.h"

static void classes_are_in_rising_order_of_their_names(void **state)
{
	assert_string_equal(task_class_name(CLASS_VCPU), "vcpu");
	for (int class = 1; class < TASK_CLASSES; class ++)
		assert_true(strcmp(task_class_name(class - 1), task_class_name(class)) < 0);
	assert_string_equal(task_class_name(TASK_CLASSES), "?");
}

static void before_the_first_look_there_is_other_and_nothing_of_it(void **state)
{
	struct groups *g = groups_new(5, NULL);
	struct groups_view view = groups_view(g);

	assert_told(g, "other");
	assert_int_equal(view.cell_count, 0);
	assert_int_equal(view.class_count, 0);
	assert_int_equal(view.left_out, 0);
	groups_free(g);
	groups_free(NULL);
}

static void what_a_look_tells_is_in_the_cells_the_tasks_and_the_classes(void **state)
{
	struct groups *g = groups_new(5, NULL);
	const struct group_class_cell *of_class;
	const struct group_task *task;
	const struct group_cell *cell;
	struct groups_view view;

	LOOK(g, 1000, { 3, "ksmd", .run_ns = 5000, .class = GROUP_KERNEL, .trespasses = 2 },
	     { 3, "web", .run_ns = 700, .wake_ns = 2000, .preempt_ns = 90000, .involuntary = 1 },
	     { 1, "web", .run_ns = 800 });
	LOOK(g, 2000, { 1, "web", .run_ns = 300, .wake_ns = 40 });
	view = groups_view(g);
	assert_sorted(&view);
	assert_told(g, "ksmd other web");
	assert_int_equal(view.cell_count, 3);
	assert_int_equal(view.class_count, 3);
	cell = cell_of(&view, 3, "web");
	assert_int_equal(cell->slices, 1);
	assert_int_equal(cell->involuntary, 1);
	assert_int_equal(cell->trespasses, 0);
	assert_int_equal(cell->time_ns[GROUP_RUN], 700);
	assert_int_equal(cell->time_ns[GROUP_WAKE], 2000);
	assert_int_equal(cell->time_ns[GROUP_PREEMPT], 90000);
	assert_int_equal(cell_of(&view, 3, "ksmd")->trespasses, 2);
	assert_int_equal(cell_of(&view, 1, "web")->slices, 2);
	task = task_of(&view, "web");
	assert_int_equal(task->series[GROUP_RUN].count, 3);
	assert_int_equal(task->series[GROUP_RUN].sum_ns, 1800);
	assert_int_equal(task->series[GROUP_RUN].buckets[0], 3);
	assert_int_equal(task->series[GROUP_WAKE].count, 2);
	assert_int_equal(task->series[GROUP_WAKE].buckets[group_bucket(2000)], 1);
	assert_int_equal(task->series[GROUP_PREEMPT].sum_ns, 90000);
	of_class = class_of_cpu(&view, 3, CLASS_USER);
	assert_int_equal(of_class->series[GROUP_PREEMPT].buckets[group_bucket(90000)], 1);
	assert_int_equal(class_of_cpu(&view, 3, CLASS_KERNEL)->series[GROUP_RUN].sum_ns, 5000);
	assert_int_equal(class_of_cpu(&view, 1, CLASS_USER)->series[GROUP_RUN].count, 2);
	groups_free(g);
}

static void free_places_go_to_the_highest_scores_on_all_cpus(void **state)
{
	struct groups *g = groups_new(2, NULL);
	struct groups_view view;

	LOOK(g, 1000, { 0, "a", .run_ns = 300 }, { 0, "b", .run_ns = 200, .wake_ns = 150 },
	     { 0, "c", .run_ns = 200 }, { 1, "c", .preempt_ns = 200 });
	assert_told(g, "b c other");
	view = groups_view(g);
	assert_int_equal(view.left_out, 1);
	assert_int_equal(run_ns(g, 0, "other"), 300);
	assert_int_equal(task_of(&view, "other")->series[GROUP_RUN].count, 1);
	assert_null(cell_of(&view, 1, "other"));
	groups_free(g);
}

static void of_equal_scores_the_name_decides(void **state)
{
	struct groups *g = groups_new(2, NULL);

	LOOK(g, 1000, { 0, "d", .run_ns = 300 }, { 0, "c", .run_ns = 300 },
	     { 0, "b", .run_ns = 300 });
	assert_told(g, "b c other");
	/* The last of the equally low ones goes, the first of the equally high ones comes. */
	LOOK(g, 1000, { 0, "z", .run_ns = 601 }, { 0, "y", .run_ns = 601 });
	assert_told(g, "other y z");
	groups_free(g);
	g = groups_new(2, NULL);
	LOOK(g, 1000, { 0, "b", .run_ns = 300 }, { 0, "c", .run_ns = 300 });
	LOOK(g, 1000, { 0, "z", .run_ns = 601 });
	assert_told(g, "b other z");
	groups_free(g);
}

static void a_place_is_lost_to_more_than_twice_the_score_alone(void **state)
{
	struct groups *g = groups_new(2, NULL);

	LOOK(g, 1000, { 0, "a", .run_ns = 1000 }, { 0, "b", .run_ns = 5000 });
	LOOK(g, 1000, { 0, "c", .run_ns = 2000 });
	assert_told(g, "a b other");
	LOOK(g, 1000, { 0, "c", .run_ns = 1 });
	assert_told(g, "b c other");
	groups_free(g);
}

static void a_score_halves_in_an_hour(void **state)
{
	struct groups *g = groups_new(1, NULL);

	LOOK(g, HOUR, { 0, "a", .run_ns = 1 << 20 });
	LOOK(g, 2 * HOUR, { 0, "b", .run_ns = 1 << 20 });
	assert_told(g, "a other");
	LOOK(g, 3 * HOUR, { 0, "b", .run_ns = 1 << 10 });
	assert_told(g, "b other");
	groups_free(g);
}

static void a_clock_that_goes_back_halves_nothing(void **state)
{
	struct groups *g = groups_new(1, NULL);

	LOOK(g, 9 * HOUR, { 0, "a", .run_ns = 1 << 20 });
	LOOK(g, HOUR, { 0, "b", .run_ns = 1 << 21 });
	assert_told(g, "a other");
	groups_free(g);
}

static void a_trespass_is_worth_a_tenth_of_a_second(void **state)
{
	struct groups *g = groups_new(1, NULL);

	LOOK(g, 1000, { 0, "a", .run_ns = 50000000 });
	LOOK(g, 1000, { 0, "b", .trespasses = 1 });
	assert_told(g, "a other");
	LOOK(g, 1000, { 0, "b", .run_ns = 1 });
	assert_told(g, "b other");
	assert_int_equal(run_ns(g, 0, "other"), 0);
	groups_free(g);
}

static void who_lost_its_place_begins_from_0_and_others_keep_what_they_had(void **state)
{
	struct groups *g = groups_new(1, NULL);
	struct groups_view view;

	LOOK(g, 1000, { 0, "a", .run_ns = 100 });
	LOOK(g, 1000, { 0, "b", .run_ns = 150 });
	assert_int_equal(run_ns(g, 0, "other"), 150);
	LOOK(g, 1000, { 0, "b", .run_ns = 60 }, { 0, "a", .run_ns = 1 });
	assert_told(g, "b other");
	assert_int_equal(run_ns(g, 0, "b"), 60);
	assert_int_equal(run_ns(g, 0, "other"), 151);
	LOOK(g, 1000, { 0, "a", .run_ns = 900 }, { 2, "b", .run_ns = 7 });
	assert_told(g, "a other");
	view = groups_view(g);
	assert_int_equal(run_ns(g, 0, "a"), 900);
	assert_int_equal(task_of(&view, "a")->series[GROUP_RUN].count, 1);
	assert_int_equal(task_of(&view, "a")->series[GROUP_RUN].sum_ns, 900);
	assert_int_equal(run_ns(g, 0, "other"), 151);
	assert_int_equal(run_ns(g, 2, "other"), 7);
	assert_int_equal(class_of_cpu(&view, 0, CLASS_USER)->series[GROUP_RUN].sum_ns,
			 100 + 150 + 60 + 1 + 900);
	groups_free(g);
}

static void a_group_that_is_called_other_is_among_the_others(void **state)
{
	struct groups *g = groups_new(2, NULL);
	struct groups_view view;

	LOOK(g, 1000, { 0, "other", .run_ns = 9000 }, { 0, "a", .run_ns = 10 });
	assert_told(g, "a other");
	assert_int_equal(run_ns(g, 0, "other"), 9000);
	view = groups_view(g);
	assert_int_equal(view.left_out, 0);
	groups_free(g);
}

static void a_name_that_is_not_known_is_told_as_a_question_mark(void **state)
{
	struct groups *g = groups_new(2, NULL);

	LOOK(g, 1000, { 0, "", .run_ns = 10 }, { 0, "?", .run_ns = 5 });
	assert_told(g, "? other");
	assert_int_equal(run_ns(g, 0, "?"), 15);
	groups_free(g);
}

static void a_name_without_an_end_is_cut(void **state)
{
	struct groups *g = groups_new(2, NULL);

	LOOK(g, 1000, { 0, "0123456789abcdefgh", .run_ns = 10 });
	assert_told(g, "0123456789abcde other");
	groups_free(g);
}

static size_t clean_to_nothing(char *text)
{
	*text = '\0';
	return 0;
}

static void names_that_are_one_when_fit_for_the_output_are_one_group(void **state)
{
	struct groups *g = groups_new(3, text_clean);

	LOOK(g, 1000, { 0, "a\x01", .run_ns = 10 }, { 0, "a\x02", .run_ns = 5 },
	     { 0, "a\xff", .run_ns = 1 });
	assert_told(g, "a? other");
	assert_int_equal(run_ns(g, 0, "a?"), 16);
	groups_free(g);
	g = groups_new(3, clean_to_nothing);
	LOOK(g, 1000, { 0, "abc", .run_ns = 10 });
	assert_told(g, "? other");
	groups_free(g);
}

static void a_vcpu_is_one_by_its_name_whatever_its_policy(void **state)
{
	const char *const vcpus[] = { "CPU 3/KVM", "vcpu3", "fc_vcpu *", "kvm-vcpu-*" };
	const char *const others[] = { "vcpufoo", "CPU */KVMX", "web-*", "*", "?", "vcpu" };
	struct groups_view view;
	struct groups *g;

	for (size_t i = 0; i < COUNT_OF(vcpus); i++) {
		g = groups_new(i % 2, NULL);
		LOOK(g, 1000, { 0, vcpus[i], .run_ns = 10, .class = GROUP_REALTIME });
		view = groups_view(g);
		assert_int_equal(view.class_count, 1);
		assert_int_equal(view.classes[0].class, CLASS_VCPU);
		groups_free(g);
	}
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		g = groups_new(1, NULL);
		LOOK(g, 1000, { 0, others[i], .run_ns = 10, .class = GROUP_REALTIME });
		view = groups_view(g);
		assert_int_equal(view.classes[0].class, CLASS_REALTIME);
		groups_free(g);
	}
}

static void classes_of_one_name_are_kept_apart(void **state)
{
	struct groups *g = groups_new(1, NULL);
	struct groups_view view;

	LOOK(g, 1000, { 2, "a", .run_ns = 1, .class = GROUP_KERNEL });
	LOOK(g, 1000, { 2, "a", .run_ns = 2, .class = GROUP_USER },
	     { 1, "a", .run_ns = 4, .class = GROUP_CLASSES },
	     { 2, "a", .wake_ns = 8, .class = GROUP_REALTIME });
	view = groups_view(g);
	assert_sorted(&view);
	assert_int_equal(view.class_count, 4);
	assert_int_equal(run_ns(g, 2, "a"), 3);
	assert_int_equal(view.classes[0].cpu, 1);
	assert_int_equal(view.classes[0].class, CLASS_USER);
	assert_int_equal(class_of_cpu(&view, 2, CLASS_KERNEL)->series[GROUP_RUN].sum_ns, 1);
	assert_int_equal(class_of_cpu(&view, 2, CLASS_REALTIME)->series[GROUP_RUN].count, 0);
	assert_int_equal(class_of_cpu(&view, 2, CLASS_REALTIME)->series[GROUP_WAKE].sum_ns, 8);
	groups_free(g);
}

static void counts_and_buckets_wrap(void **state)
{
	static struct group_counts before, now;
	const struct group_change change = {
		.cpu = 0, .name = "a", .before = &before, .now = &now
	};
	const struct groups_look look = { .now_ns = 5, .changes = &change, .change_count = 1 };
	struct groups *g = groups_new(1, NULL);
	const struct group_task *task;
	const struct group_cell *cell;
	struct groups_view view;

	memset(&before, 0, sizeof(before));
	before.slices = 0xfffffff0;
	before.involuntary = 0xffffffff;
	before.trespasses = 0x80000000;
	now = before;
	now.slices = 0x10;
	now.involuntary = 1;
	now.trespasses = 0x7fffffff; /* all but once round */
	for (int kind = 0; kind < GROUP_KINDS; kind++)
		for (int i = 0; i < GROUP_BUCKETS; i++) {
			before.series[kind].buckets[i] = 0xffffffff - i;
			now.series[kind].buckets[i] = kind;
		}
	assert_int_equal(groups_add(g, &look), 0);
	view = groups_view(g);
	cell = cell_of(&view, 0, "a");
	task = task_of(&view, "a");
	assert_int_equal(cell->slices, 0x20);
	assert_int_equal(cell->involuntary, 2);
	assert_int_equal(cell->trespasses, 0xffffffff);
	for (int kind = 0; kind < GROUP_KINDS; kind++)
		for (int i = 0; i < GROUP_BUCKETS; i++) {
			assert_int_equal(task->series[kind].buckets[i], kind + i + 1);
			assert_int_equal(view.classes[0].series[kind].buckets[i], kind + i + 1);
		}
	/* And beyond 32 bits. */
	assert_int_equal(groups_add(g, &look), 0);
	view = groups_view(g);
	assert_int_equal(cell_of(&view, 0, "a")->trespasses, 2 * 0xffffffffull);
	groups_free(g);
}

static void sums_that_went_back_count_as_no_difference(void **state)
{
	static struct group_counts before, now;
	const struct group_change change = {
		.cpu = 0, .name = "a", .before = &before, .now = &now
	};
	const struct groups_look look = { .now_ns = 5, .changes = &change, .change_count = 1 };
	struct groups *g = groups_new(1, NULL);
	struct groups_view view;

	memset(&before, 0, sizeof(before));
	now = before;
	for (int kind = 0; kind < GROUP_KINDS; kind++) {
		before.series[kind].sum_ns = 1000;
		now.series[kind].buckets[7] = 1;
	}
	assert_int_equal(groups_add(g, &look), 0);
	view = groups_view(g);
	assert_int_equal(view.cell_count, 0);
	for (int kind = 0; kind < GROUP_KINDS; kind++) {
		assert_int_equal(task_of(&view, "a")->series[kind].sum_ns, 0);
		assert_int_equal(task_of(&view, "a")->series[kind].count, 1);
	}
	groups_free(g);
}

static void a_slice_that_runs_is_in_its_groups_run_time_and_nowhere_else(void **state)
{
	struct groups *g = groups_new(2, NULL);
	struct groups_view view;

	LOOK_RUNNING(g, 1000, { 4, "poll", 400 });
	view = groups_view(g);
	assert_int_equal(run_ns(g, 4, "poll"), 600);
	assert_int_equal(cell_of(&view, 4, "poll")->slices, 0);
	assert_int_equal(task_of(&view, "poll")->series[GROUP_RUN].sum_ns, 0);
	assert_int_equal(view.class_count, 0);
	LOOK_RUNNING(g, 1500, { 4, "poll", 400 });
	assert_int_equal(run_ns(g, 4, "poll"), 1100);
	LOOK(g, 1700, { 4, "poll", .run_ns = 1250 });
	assert_int_equal(run_ns(g, 4, "poll"), 1250);
	view = groups_view(g);
	assert_int_equal(task_of(&view, "poll")->series[GROUP_RUN].sum_ns, 1250);
	groups_free(g);
}

static void run_time_never_goes_back_where_a_look_is_not_of_one_moment(void **state)
{
	struct groups *g = groups_new(2, NULL);

	LOOK_RUNNING(g, 1000, { 4, "poll", 400 });
	/* It ended, and what it came to is not seen yet. */
	LOOK_RUNNING(g, 1100, { 4, "b", 1050 });
	assert_int_equal(run_ns(g, 4, "poll"), 600);
	LOOK(g, 1200, { 4, "poll", .run_ns = 650 }, { 4, "b", .run_ns = 150 });
	assert_int_equal(run_ns(g, 4, "poll"), 650);
	assert_int_equal(run_ns(g, 4, "b"), 150);
	groups_free(g);
}

static void when_a_slice_began_may_be_unknown_or_absurd(void **state)
{
	struct groups *g = groups_new(2, NULL);
	struct groups_view view;

	LOOK_RUNNING(g, 1000, { 4, "a", 0 }, { 5, "a", 1000 }, { 6, "a", 2000 },
		     { 7, "a", UINT64_MAX }, { 8, "a", 100 }, { 8, "b", 300 });
	view = groups_view(g);
	assert_int_equal(view.cell_count, 1);
	assert_int_equal(run_ns(g, 8, "b"), 700);
	groups_free(g);
}

static void a_slice_that_runs_gets_its_group_a_place(void **state)
{
	struct groups *g = groups_new(1, NULL);

	LOOK(g, 1000, { 0, "a", .run_ns = 400 });
	LOOK_RUNNING(g, 1000, { 1, "poll", 500 });
	assert_told(g, "a other");
	assert_int_equal(run_ns(g, 1, "other"), 500);
	/* As far as it was told among the others it stays there. */
	LOOK_RUNNING(g, 1400, { 1, "poll", 500 });
	assert_told(g, "other poll");
	assert_int_equal(run_ns(g, 1, "poll"), 400);
	assert_int_equal(run_ns(g, 1, "other"), 500);
	LOOK(g, 1500, { 1, "poll", .run_ns = 950 });
	assert_int_equal(run_ns(g, 1, "poll"), 450);
	assert_int_equal(run_ns(g, 1, "other"), 500);
	/* The whole of it was 950: no more than that was scored. */
	LOOK(g, 1500, { 0, "b", .run_ns = 1899 });
	assert_told(g, "other poll");
	LOOK(g, 1500, { 0, "b", .run_ns = 2 });
	assert_told(g, "b other");
	groups_free(g);
}

static void a_slice_whose_group_loses_its_place_goes_on_among_the_others(void **state)
{
	struct groups *g = groups_new(1, NULL);
	const struct did b = { 0, "b", .run_ns = 3000 };
	const struct runs poll = { 1, "poll", 500 };

	LOOK_RUNNING(g, 1000, { 1, "poll", 500 });
	assert_int_equal(run_ns(g, 1, "poll"), 500);
	assert_int_equal(try_look(g, 1400, &b, 1, &poll, 1), 0);
	assert_told(g, "b other");
	assert_int_equal(run_ns(g, 1, "other"), 400);
	LOOK(g, 1500, { 1, "poll", .run_ns = 990 });
	assert_int_equal(run_ns(g, 1, "other"), 490);
	groups_free(g);
}

static void without_places_all_is_other(void **state)
{
	struct groups *g = groups_new(0, NULL);
	struct groups_view view;

	LOOK(g, 1000, { 0, "a", .run_ns = 10 }, { 0, "b", .run_ns = 20 }, { 1, "c", .wake_ns = 5 });
	LOOK_RUNNING(g, 1000, { 1, "a", 400 });
	assert_told(g, "other");
	view = groups_view(g);
	assert_int_equal(view.left_out, 3);
	assert_int_equal(run_ns(g, 0, "other"), 30);
	assert_int_equal(run_ns(g, 1, "other"), 600);
	groups_free(g);
}

static void who_did_nothing_of_late_is_not_left_out(void **state)
{
	struct groups *g = groups_new(1, NULL);

	LOOK(g, HOUR, { 0, "a", .run_ns = 10000 }, { 0, "b", .run_ns = 1000 });
	assert_int_equal(groups_view(g).left_out, 1);
	LOOK(g, 10 * HOUR, { 0, "a", .run_ns = 1 });
	assert_int_equal(groups_view(g).left_out, 1);
	LOOK(g, 11 * HOUR, { 0, "a", .run_ns = 1 });
	assert_int_equal(groups_view(g).left_out, 0);
	groups_free(g);
}

static void the_lowest_scores_are_forgotten(void **state)
{
	struct groups *g = groups_new(1, NULL);
	char name[GROUP_NAME_MAX];

	LOOK(g, 1000, { 0, "high", .run_ns = 100000 }, { 0, "mid", .run_ns = 60000 },
	     { 0, "low", .run_ns = 10 });
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		LOOK(g, 1000, { 0, name, .run_ns = 20 });
	}
	assert_int_equal(groups_view(g).left_out, 8 * 1 + 256 - 1);
	/* "mid" was remembered with its 60000, "low" was not with its 10. */
	LOOK(g, 1000, { 0, "mid", .run_ns = 140001 });
	assert_told(g, "mid other");
	LOOK(g, 1000, { 0, "low", .run_ns = 400000 });
	assert_told(g, "mid other");
	LOOK(g, 1000, { 0, "low", .run_ns = 3 });
	assert_told(g, "low other");
	groups_free(g);
}

static void absurd_cpus_are_told_or_left_out(void **state)
{
	struct groups *g = groups_new(2, NULL);
	struct groups_view view;

	LOOK(g, 1000, { 65535, "a", .run_ns = 10 }, { 65536, "a", .run_ns = 20 },
	     { UINT32_MAX, "a", .run_ns = 40 }, { 0, "a", .run_ns = 80 });
	LOOK_RUNNING(g, 1000, { 65535, "a", 500 }, { 1 << 20, "a", 500 });
	view = groups_view(g);
	assert_sorted(&view);
	assert_int_equal(view.cell_count, 2);
	assert_int_equal(run_ns(g, 65535, "a"), 510);
	assert_int_equal(task_of(&view, "a")->series[GROUP_RUN].sum_ns, 90);
	groups_free(g);
}

static size_t allocated(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void memory_does_not_grow_with_the_number_of_looks(void **state)
{
	struct groups *g = groups_new(10, text_clean);
	char names[40][GROUP_NAME_MAX];
	struct did did[40] = { 0 };
	size_t early = 0;

	for (uint32_t i = 0; i < 10000; i++) {
		struct runs runs[4] = { 0 };

		for (uint32_t k = 0; k < COUNT_OF(did); k++) {
			snprintf(names[k], sizeof(names[k]), "%u-%x", k, i);
			did[k] = (struct did){ .cpu = k % 8,
					       .name = names[k],
					       .run_ns = 1 + (i * 7919 + k * 104729) % 65536,
					       .class = k % GROUP_CLASSES };
		}
		for (uint32_t k = 0; k < COUNT_OF(runs); k++)
			runs[k] = (struct runs){ k, names[k], i * 1000000ull + 1 };
		assert_int_equal(
			try_look(g, (i + 1) * 1000000ull, did, COUNT_OF(did), runs, COUNT_OF(runs)),
			0);
		groups_view(g);
		if (i == 100)
			early = allocated();
	}
	assert_int_equal(allocated(), early);
	assert_int_equal(groups_view(g).task_count, 11);
	groups_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_are_in_rising_order_of_their_names),
		cmocka_unit_test(before_the_first_look_there_is_other_and_nothing_of_it),
		cmocka_unit_test(what_a_look_tells_is_in_the_cells_the_tasks_and_the_classes),
		cmocka_unit_test(free_places_go_to_the_highest_scores_on_all_cpus),
		cmocka_unit_test(of_equal_scores_the_name_decides),
		cmocka_unit_test(a_place_is_lost_to_more_than_twice_the_score_alone),
		cmocka_unit_test(a_score_halves_in_an_hour),
		cmocka_unit_test(a_clock_that_goes_back_halves_nothing),
		cmocka_unit_test(a_trespass_is_worth_a_tenth_of_a_second),
		cmocka_unit_test(who_lost_its_place_begins_from_0_and_others_keep_what_they_had),
		cmocka_unit_test(a_group_that_is_called_other_is_among_the_others),
		cmocka_unit_test(a_name_that_is_not_known_is_told_as_a_question_mark),
		cmocka_unit_test(a_name_without_an_end_is_cut),
		cmocka_unit_test(names_that_are_one_when_fit_for_the_output_are_one_group),
		cmocka_unit_test(a_vcpu_is_one_by_its_name_whatever_its_policy),
		cmocka_unit_test(classes_of_one_name_are_kept_apart),
		cmocka_unit_test(counts_and_buckets_wrap),
		cmocka_unit_test(sums_that_went_back_count_as_no_difference),
		cmocka_unit_test(a_slice_that_runs_is_in_its_groups_run_time_and_nowhere_else),
		cmocka_unit_test(run_time_never_goes_back_where_a_look_is_not_of_one_moment),
		cmocka_unit_test(when_a_slice_began_may_be_unknown_or_absurd),
		cmocka_unit_test(a_slice_that_runs_gets_its_group_a_place),
		cmocka_unit_test(a_slice_whose_group_loses_its_place_goes_on_among_the_others),
		cmocka_unit_test(without_places_all_is_other),
		cmocka_unit_test(who_did_nothing_of_late_is_not_left_out),
		cmocka_unit_test(the_lowest_scores_are_forgotten),
		cmocka_unit_test(absurd_cpus_are_told_or_left_out),
		cmocka_unit_test(memory_does_not_grow_with_the_number_of_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
