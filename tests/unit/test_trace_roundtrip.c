// SPDX-License-Identifier: GPL-2.0-only
/* What goes into a trace file comes out of it: every field, in order, from files and pipes. */
#include "unit/trace_testing.h"

#include <pthread.h>

#define MANY 250000 /* more than two segments, and more than a chunk a CPU */

static void assert_roundtrip(const struct event *events, int n, uint32_t cpus)
{
	struct stream got;

	write_file(test_path, events, n, cpus);
	assert_int_equal(read_file(test_path, &got), 0);
	assert_string_equal(got.damage, "");
	assert_false(got.incomplete);
	assert_int_equal(got.count, n);
	assert_int_equal(common_prefix(&got, events, n), n);
	free(got.events);
}

static void assert_random_roundtrip(uint64_t seed, int n, uint32_t cpus, uint64_t step_max)
{
	struct event *events = malloc(n * sizeof(*events));
	uint64_t random = seed, time_ns = 1000;

	for (int i = 0; i < n; i++) {
		time_ns += next_random(&random) % 3 ? next_random(&random) % step_max : 0;
		events[i] = any_event(&random, cpus, time_ns);
	}
	qsort(events, n, sizeof(*events), compare_stream_order);
	assert_roundtrip(events, n, cpus);
	free(events);
}

static void any_event_comes_back_field_by_field(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++)
		assert_random_roundtrip(seed, 3000, 1 + seed % 7, 1000);
	assert_random_roundtrip(30, MANY, 1, 100);
	assert_random_roundtrip(31, MANY, 5, 100);
	assert_random_roundtrip(32, 20000, 8192, 1000);
}

static void times_may_lie_far_apart(void **state)
{
	(void)state;
	assert_random_roundtrip(40, 500, 3, 1ull << 32);
	assert_random_roundtrip(41, 200, 3, 1ull << 54);
}

static void times_may_be_the_largest(void **state)
{
	uint64_t random = 50;
	struct event events[64];

	(void)state;
	for (int i = 0; i < 64; i++)
		events[i] = any_event(&random, 4, UINT64_MAX - (i < 32));
	qsort(events, 64, sizeof(*events), compare_stream_order);
	assert_roundtrip(events, 64, 4);
}

static struct event *likely_stream(uint64_t seed, int n, uint32_t cpus)
{
	struct event *events = malloc(n * sizeof(*events));
	uint64_t *now = malloc(cpus * sizeof(*now));

	for (uint32_t cpu = 0; cpu < cpus; cpu++)
		now[cpu] = START_NS + cpu;
	for (int i = 0; i < n; i++)
		events[i] = likely_event(&seed, cpus, now);
	qsort(events, n, sizeof(*events), compare_stream_order);
	free(now);
	return events;
}

static void a_likely_stream_of_many_segments_comes_back(void **state)
{
	struct event *events = likely_stream(1, MANY, 3);

	(void)state;
	assert_roundtrip(events, MANY, 3);
	free(events);
}

static void an_empty_trace_is_whole(void **state)
{
	(void)state;
	assert_roundtrip(NULL, 0, 2);
}

static void likely_slices_are_small(void **state)
{
	struct event *events = likely_stream(2, MANY, 1);
	struct stat st;

	(void)state;
	write_file(test_path, events, MANY, 1);
	assert_int_equal(stat(test_path, &st), 0);
	assert_true(st.st_size < 8 * MANY);
	free(events);
}

static off_t size_of(const struct event *events, int n, uint32_t cpus)
{
	struct stat st;

	assert_roundtrip(events, n, cpus);
	write_file(test_path, events, n, cpus);
	assert_int_equal(stat(test_path, &st), 0);
	return st.st_size;
}

/* Ten tasks in turn, each woken onto any of four CPUs; recent_cpu as a kernel keeps it that always
 * has to search. */
static struct event *wandering_stream(int n)
{
	struct event *events = malloc(n * sizeof(*events));
	uint16_t cpus[10] = { 0 }, recent[10] = { 0 };
	uint64_t random = 9;

	for (int i = 0; i < n; i++) {
		uint64_t start = START_NS + i * 1000ull;
		uint16_t cpu = next_random(&random) % 4;

		events[i] = (struct event){
			.time_ns = start + 1000,
			.cpu = cpu,
			.type = EVENT_SLICE,
			.slice = {
				.start_ns = start,
				.waking_ns = start - 500,
				.task = 1 + i % 10,
				.waker = 11,
				.prev_cpu = cpus[i % 10],
				.chosen_cpu = cpu,
				.waker_cpu = cpu,
				.recent_cpu = recent[i % 10],
				.placed = PLACED_SEEN | CPU_IS_BUSY << PLACED_PREV_SHIFT,
				.kind = DELAY_WAKE,
				.context = WAKER_TASK,
			},
		};
		recent[i % 10] = cpus[i % 10];
		cpus[i % 10] = cpu;
	}
	return events;
}

static void facts_that_are_as_predicted_take_no_room(void **state)
{
	struct event *events = wandering_stream(MANY);
	off_t with, without, against;

	(void)state;
	with = size_of(events, MANY, 4);
	/* The same CPUs, where the kernel would not have noted the previous one: a bit at least. */
	for (int i = 0; i < MANY; i++)
		events[i].slice.placed = PLACED_SEEN | CPU_IS_IDLE << PLACED_PREV_SHIFT;
	against = size_of(events, MANY, 4);
	assert_true(against > with + MANY / 8);
	for (int i = 0; i < MANY; i++) {
		events[i].slice.placed = 0;
		events[i].slice.recent_cpu = CPU_UNKNOWN;
	}
	without = size_of(events, MANY, 4);
	assert_in_range(with, without, without + 1000);
	free(events);
}

static void the_same_instant_on_many_cpus_keeps_its_order(void **state)
{
	struct event events[600];
	uint64_t random = 7;

	(void)state;
	for (int i = 0; i < 600; i++) {
		events[i] = any_event(&random, 10, START_NS + i / 60);
		events[i].cpu = i % 60 / 6; /* six events a CPU and instant */
	}
	assert_roundtrip(events, 600, 10);
}

static void early_events_in_memory_are_put_in_order(void **state)
{
	struct event *events = likely_stream(3, 1000, 2), moved = events[500];
	struct event *sorted = malloc(1000 * sizeof(*sorted));
	struct stream got;

	(void)state;
	memcpy(sorted, events, 1000 * sizeof(*sorted));
	memmove(&events[500], &events[501], 400 * sizeof(*events));
	events[900] = moved;
	write_file(test_path, events, 1000, 2);
	assert_int_equal(read_file(test_path, &got), 0);
	assert_int_equal(common_prefix(&got, sorted, 1000), 1000);
	assert_int_equal(got.stats.late, 0);
	free(got.events);
	free(sorted);
	free(events);
}

static void late_events_are_counted_and_never_lost(void **state)
{
	struct event *events = likely_stream(4, MANY, 2), late = events[0];
	struct stream got;
	int found = 0;

	(void)state;
	late.slice.task = 999;
	events[MANY - 1] = late; /* its segment is long written */
	write_file(test_path, events, MANY, 2);
	assert_int_equal(read_file(test_path, &got), 0);
	assert_int_equal(got.count, MANY);
	assert_int_equal(got.stats.late, 1);
	for (int i = 0; i < got.count; i++)
		found += same_event(&got.events[i], &late);
	assert_int_equal(found, 1);
	free(got.events);
	free(events);
}

static void meta_comes_back_with_its_end_and_counts(void **state)
{
	struct trace_meta meta = plain_meta(70);
	const struct trace_meta *got;
	struct trace_reader *r;
	struct trace_writer *w;
	char why[200];

	(void)state;
	meta.realtime_offset_ns = -1234567890123;
	meta.task_filter = strdup("comm=ksmd");
	meta.command = strdup("");
	meta.host_json = strdup("{\"kernel\": \"6.18\"}");
	meta.ksm_json = strdup("{\"samples\": []}");
	hwloc_bitmap_set(meta.target_cpus, 0);
	hwloc_bitmap_set(meta.target_cpus, 69);
	assert_int_equal(trace_writer_open(&w, test_path, &meta, TRACE_WRITER_REPLACE), 0);
	meta.end_ns = START_NS + 77;
	meta.cpus[69] = (struct cpu_counts){ 1, { 2, 3, UINT64_MAX, 6 }, 4, 5 };
	assert_int_equal(trace_writer_close(w, &meta), 0);

	/* At once: the file can seek. */
	assert_int_equal(trace_reader_open(&r, test_path, why, sizeof(why)), 0);
	got = trace_reader_meta(r);
	assert_int_equal(got->start_ns, START_NS);
	assert_int_equal(got->end_ns, START_NS + 77);
	assert_int_equal(got->realtime_offset_ns, meta.realtime_offset_ns);
	assert_false(got->all_cpus);
	assert_false(got->incomplete);
	assert_string_equal(got->task_filter, "comm=ksmd");
	assert_string_equal(got->command, "");
	assert_null(got->rests_on);
	assert_string_equal(got->host_json, meta.host_json);
	assert_string_equal(got->ksm_json, meta.ksm_json);
	assert_true(hwloc_bitmap_isequal(got->target_cpus, meta.target_cpus));
	assert_int_equal(got->cpu_count, 70);
	assert_memory_equal(got->cpus, meta.cpus, 70 * sizeof(*meta.cpus));
	trace_reader_close(r);
	trace_meta_free(&meta);
}

static void the_file_says_incomplete_until_it_is_closed(void **state)
{
	struct event *events = likely_stream(5, MANY, 2);
	struct trace_meta meta = plain_meta(2);
	struct trace_writer *w;
	struct stream got;

	(void)state;
	assert_int_equal(trace_writer_open(&w, test_path, &meta, TRACE_WRITER_REPLACE), 0);
	assert_int_equal(trace_writer_add(w, events, MANY), 0);
	assert_int_equal(trace_writer_close(w, NULL), 0);
	assert_int_equal(read_file(test_path, &got), 0);
	assert_true(got.incomplete);
	assert_non_null(strstr(got.damage, "did not finish"));
	assert_true(got.count > MANY / 2);
	assert_int_equal(common_prefix(&got, events, MANY), got.count);
	free(got.events);
	free(events);
	trace_meta_free(&meta);
}

struct pipe_writer {
	const struct event *events;
	int fd;
};

static void *write_to_stdout(void *arg)
{
	struct pipe_writer *p = arg;
	int saved = dup(STDOUT_FILENO);

	fflush(stdout);
	dup2(p->fd, STDOUT_FILENO);
	close(p->fd);
	write_file("-", p->events, MANY, 2);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	return NULL;
}

static void a_pipe_from_stdout_to_stdin_carries_a_trace(void **state)
{
	struct event *events = likely_stream(6, MANY, 2);
	int fds[2], saved = dup(STDIN_FILENO);
	struct pipe_writer p = { .events = events };
	pthread_t thread;
	struct stream got;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	p.fd = fds[1];
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	assert_int_equal(pthread_create(&thread, NULL, write_to_stdout, &p), 0);
	assert_int_equal(read_file("-", &got), 0);
	pthread_join(thread, NULL);
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	}
	assert_string_equal(got.damage, "");
	assert_false(got.incomplete);
	assert_int_equal(got.count, MANY);
	assert_int_equal(common_prefix(&got, events, MANY), MANY);
	free(got.events);
	free(events);
}

static void stats_count_what_was_read(void **state)
{
	uint64_t random = 8, counts[EVENT_CHOICE + 1] = { 0 };
	struct event events[2000];
	struct stream got;
	struct stat st;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		events[i] = any_event(&random, 2, START_NS + i);
		counts[events[i].type]++;
	}
	write_file(test_path, events, 2000, 2);
	assert_int_equal(stat(test_path, &st), 0);
	assert_int_equal(read_file(test_path, &got), 0);
	assert_int_equal(got.stats.bytes, st.st_size);
	assert_int_equal(got.stats.slices, counts[EVENT_SLICE]);
	assert_int_equal(got.stats.tasks, counts[EVENT_TASK]);
	assert_int_equal(got.stats.moves, counts[EVENT_MOVE]);
	assert_int_equal(got.stats.lost, counts[EVENT_LOST]);
	assert_int_equal(got.stats.choices, counts[EVENT_CHOICE]);
	assert_int_equal(got.stats.chunks, 7); /* meta, segment, tasks, 2 CPUs, trailer, index */
	assert_true(got.stats.raw_bytes > 2000);
	free(got.events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_event_comes_back_field_by_field),
		cmocka_unit_test(times_may_lie_far_apart),
		cmocka_unit_test(times_may_be_the_largest),
		cmocka_unit_test(a_likely_stream_of_many_segments_comes_back),
		cmocka_unit_test(an_empty_trace_is_whole),
		cmocka_unit_test(likely_slices_are_small),
		cmocka_unit_test(facts_that_are_as_predicted_take_no_room),
		cmocka_unit_test(the_same_instant_on_many_cpus_keeps_its_order),
		cmocka_unit_test(early_events_in_memory_are_put_in_order),
		cmocka_unit_test(late_events_are_counted_and_never_lost),
		cmocka_unit_test(meta_comes_back_with_its_end_and_counts),
		cmocka_unit_test(the_file_says_incomplete_until_it_is_closed),
		cmocka_unit_test(a_pipe_from_stdout_to_stdin_carries_a_trace),
		cmocka_unit_test(stats_count_what_was_read),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
