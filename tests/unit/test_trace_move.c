// SPDX-License-Identifier: GPL-2.0-only
/* Drafts: what ends their segments, and a trace whose description is known last. */
#include "trace/file_format.h"
#include "unit/trace_testing.h"

#include <endian.h>
#include <errno.h>

#define MANY   300000 /* some segments, and some of one */
#define CPUS   2
#define DRAFTS 4096 /* CPUs that the draft allows */

static char final_path[] = "/tmp/interloper-moved-XXXXXX";
static char plain_path[] = "/tmp/interloper-plain-XXXXXX";
static struct event *events;

static int set_up(void **state)
{
	uint64_t random = 5, now[CPUS] = { START_NS, START_NS };
	int final = mkstemp(final_path), plain = mkstemp(plain_path);

	if (final < 0 || plain < 0)
		return -1;
	close(final);
	close(plain);
	events = malloc(MANY * sizeof(*events));
	for (int i = 0; i < MANY; i++)
		events[i] = likely_event(&random, CPUS, now);
	qsort(events, MANY, sizeof(*events), compare_stream_order);
	return make_path(state);
}

static int tear_down(void **state)
{
	free(events);
	unlink(final_path);
	unlink(plain_path);
	return remove_path(state);
}

static struct trace_meta final_meta(void)
{
	struct trace_meta meta = plain_meta(CPUS);

	meta.end_ns = events[MANY - 1].time_ns;
	meta.rests_on = strdup("a description that is longer than that of the draft");
	return meta;
}

static struct trace_writer *open_draft(void)
{
	struct trace_meta meta = plain_meta(DRAFTS);
	struct trace_writer *w;

	assert_int_equal(trace_writer_open(&w, test_path, &meta, TRACE_WRITER_REPLACE), 0);
	trace_meta_free(&meta);
	return w;
}

static void assert_stream_is_whole(const char *path)
{
	struct trace_reader *r;
	struct stream got;
	char why[200];

	assert_int_equal(trace_reader_open(&r, path, why, sizeof(why)), 0);
	assert_int_equal(trace_reader_meta(r)->cpu_count, CPUS);
	assert_int_equal(trace_reader_meta(r)->end_ns, events[MANY - 1].time_ns);
	assert_int_equal(strncmp(trace_reader_meta(r)->rests_on, "a description", 13), 0);
	read_reader(r, &got);
	assert_string_equal(got.damage, "");
	assert_false(got.incomplete);
	assert_int_equal(got.count, MANY);
	assert_int_equal(common_prefix(&got, events, MANY), MANY);
	free(got.events);
	trace_reader_close(r);
}

/* With the index, which says where segments lie. */
static void assert_window_is_found(const char *path)
{
	uint64_t from = events[MANY - 1000].time_ns, n = 0;
	struct event_source *source;
	struct trace_reader *r;
	struct event e;
	char why[200];

	assert_int_equal(trace_reader_open(&r, path, why, sizeof(why)), 0);
	trace_reader_window(r, from, UINT64_MAX);
	source = trace_reader_source(r);
	while (source->read(source, &e, 1) == 1)
		n += e.time_ns >= from;
	assert_null(trace_reader_damage(r));
	assert_in_range(n, 1000, 1000 + CPUS);
	assert_true(trace_reader_stats(r).chunks < 20); /* not the whole file's */
	trace_reader_close(r);
}

static void a_moved_trace_is_the_one_written_there_at_once(void **state)
{
	struct trace_meta meta = final_meta();
	struct trace_writer *w = open_draft();
	size_t moved_size, plain_size;
	uint8_t *moved, *plain;

	(void)state;
	assert_int_equal(trace_writer_add(w, events, MANY), 0);
	assert_int_equal(trace_writer_move(w, final_path, &meta, TRACE_WRITER_REPLACE), 0);
	assert_int_equal(trace_writer_slices(w), MANY);
	assert_int_equal(trace_writer_close(w, &meta), 0);
	assert_stream_is_whole(final_path);
	assert_window_is_found(final_path);

	assert_int_equal(trace_writer_open(&w, plain_path, &meta, TRACE_WRITER_REPLACE), 0);
	assert_int_equal(trace_writer_add(w, events, MANY), 0);
	assert_int_equal(trace_writer_close(w, &meta), 0);
	moved = load_bytes(final_path, &moved_size);
	plain = load_bytes(plain_path, &plain_size);
	assert_int_equal(moved_size, plain_size);
	assert_memory_equal(moved, plain, plain_size);
	free(moved);
	free(plain);
	trace_meta_free(&meta);
}

/* Segments of a file, by its chunks' headers (docs/trace-format.md). */
static int count_segments(const char *path)
{
	size_t size, at = sizeof(struct ilt_header);
	uint8_t *data = load_bytes(path, &size);
	struct ilt_chunk chunk;
	int segments = 0;

	for (; at + sizeof(chunk) <= size; at += sizeof(chunk) + le32toh(chunk.stored_bytes)) {
		memcpy(&chunk, data + at, sizeof(chunk));
		if (le32toh(chunk.magic) != ILT_CHUNK_MAGIC)
			break;
		segments += chunk.type == ILT_SEGMENT;
	}
	free(data);
	return segments;
}

/* Writes n events, one each apart_ns, on so many CPUs in turns: how many segments come of it. */
static int segments_of(unsigned int flags, int n, uint64_t apart_ns, uint32_t cpus)
{
	struct trace_meta meta = plain_meta(DRAFTS);
	struct trace_writer *w;

	assert_int_equal(trace_writer_open(&w, test_path, &meta, TRACE_WRITER_REPLACE | flags), 0);
	for (int i = 0; i < n; i++) {
		struct event e = { .time_ns = START_NS + i * apart_ns,
				   .cpu = i % cpus,
				   .type = EVENT_LOST,
				   .lost = { .count = 1 } };

		assert_int_equal(trace_writer_add(w, &e, 1), 0);
	}
	assert_int_equal(trace_writer_close(w, &meta), 0);
	trace_meta_free(&meta);
	return count_segments(test_path);
}

static void a_segment_ends_after_a_second_unless_nobody_waits_for_it(void **state)
{
	(void)state;
	assert_int_equal(segments_of(0, 10, 1500000000, 1), 10);
	assert_int_equal(segments_of(TRACE_WRITER_AT_ONCE, 10, 1500000000, 1), 1);
}

static void a_segment_ends_with_a_full_chunk_for_each_of_its_cpus(void **state)
{
	const int full = ILT_CHUNK_EVENTS_MAX;

	(void)state;
	assert_int_equal(segments_of(0, full, 1, 1), 1);
	assert_int_equal(segments_of(0, full + 1, 1, 1), 2);
	assert_int_equal(segments_of(0, 3 * full, 1, 3), 1);
	assert_int_equal(segments_of(0, 3 * full + 1, 1, 3), 2);
	/* With many CPUs by its own limit. */
	assert_int_equal(segments_of(0, ILT_SEGMENT_EVENTS_MAX + 1, 1, 100), 2);
}

static void it_goes_on_there(void **state)
{
	struct trace_meta meta = final_meta();
	struct trace_writer *w = open_draft();

	(void)state;
	assert_int_equal(trace_writer_add(w, events, MANY / 2), 0);
	assert_int_equal(trace_writer_move(w, final_path, &meta, TRACE_WRITER_REPLACE), 0);
	assert_int_equal(trace_writer_add(w, events + MANY / 2, MANY - MANY / 2), 0);
	assert_int_equal(trace_writer_close(w, &meta), 0);
	assert_stream_is_whole(final_path);
	assert_window_is_found(final_path);
	trace_meta_free(&meta);
}

static void a_file_that_exists_stays_and_so_does_the_draft(void **state)
{
	struct trace_meta meta = final_meta();
	struct trace_writer *w = open_draft();
	struct stream got;

	(void)state;
	store_bytes(final_path, (const uint8_t *)"mine", 4);
	assert_int_equal(trace_writer_add(w, events, 10), 0);
	assert_int_equal(trace_writer_move(w, final_path, &meta, 0), -EEXIST);
	assert_int_equal(trace_writer_move(w, "/nowhere/at/all", &meta, 0), -ENOENT);
	assert_int_equal(trace_writer_add(w, events + 10, 10), 0);
	assert_int_equal(trace_writer_close(w, &meta), 0);
	assert_int_equal(read_file(final_path, &got), -EPROTO);
	assert_int_equal(read_file(test_path, &got), 0);
	assert_int_equal(got.count, 20);
	free(got.events);
	trace_meta_free(&meta);
}

static void more_cpus_than_the_draft_are_refused(void **state)
{
	struct trace_meta meta = plain_meta(DRAFTS + 1);
	struct trace_writer *w = open_draft();

	(void)state;
	assert_int_equal(trace_writer_move(w, final_path, &meta, TRACE_WRITER_REPLACE), -EINVAL);
	trace_writer_close(w, NULL);
	trace_meta_free(&meta);
}

static void a_full_device_is_an_error(void **state)
{
	struct trace_meta meta = final_meta();
	struct trace_writer *w = open_draft();

	(void)state;
	assert_int_equal(trace_writer_add(w, events, MANY), 0);
	assert_int_equal(trace_writer_move(w, "/dev/full", &meta, TRACE_WRITER_REPLACE), -ENOSPC);
	assert_int_equal(trace_writer_add(w, events, 1), -ENOSPC);
	assert_int_equal(trace_writer_close(w, &meta), -ENOSPC);
	trace_meta_free(&meta);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moved_trace_is_the_one_written_there_at_once),
		cmocka_unit_test(a_segment_ends_after_a_second_unless_nobody_waits_for_it),
		cmocka_unit_test(a_segment_ends_with_a_full_chunk_for_each_of_its_cpus),
		cmocka_unit_test(it_goes_on_there),
		cmocka_unit_test(a_file_that_exists_stays_and_so_does_the_draft),
		cmocka_unit_test(more_cpus_than_the_draft_are_refused),
		cmocka_unit_test(a_full_device_is_an_error),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
