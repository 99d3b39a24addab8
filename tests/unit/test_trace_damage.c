// SPDX-License-Identifier: GPL-2.0-only
/* A trace file that was cut, changed or never was one: read as far as it is whole, and told. */
#include "unit/trace_testing.h"

#include <errno.h>
#include <zlib.h>
#include "trace/file_format.h"

#define EVENTS 120
#define CPUS   3

static struct event events[EVENTS];
static uint8_t *whole;
static size_t whole_size;

/* Four segments (more than a second apart), all event types, a file of a few kilobytes. */
static int make_small_file(void **state)
{
	uint64_t random = 11, now[CPUS] = { START_NS, START_NS, START_NS };

	if (make_path(state))
		return -1;
	for (int i = 0; i < EVENTS; i++) {
		if (i % 30 == 0)
			now[0] = now[1] = now[2] = START_NS + i * 200000000ull;
		events[i] = likely_event(&random, CPUS, now);
		if (i % 15 == 7)
			events[i] = any_event(&random, CPUS, events[i].time_ns);
		if (i % 15 == 8) {
			events[i].type = EVENT_CHOICE;
			events[i].choice = any_choice(&random, CPUS);
		}
	}
	qsort(events, EVENTS, sizeof(*events), compare_stream_order);
	write_file(test_path, events, EVENTS, CPUS);
	whole = load_bytes(test_path, &whole_size);
	return 0;
}

static int drop_small_file(void **state)
{
	free(whole);
	return remove_path(state);
}

/* Reads bytes as a file that can seek, or through a pipe (which they must fit). */
static int read_bytes(const uint8_t *data, size_t size, bool piped, struct stream *got)
{
	int fds[2], saved, err;

	if (!piped) {
		store_bytes(test_path, data, size);
		return read_file(test_path, got);
	}
	saved = dup(STDIN_FILENO);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], data, size), size);
	close(fds[1]);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	err = read_file("-", got);
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	}
	return err;
}

static void assert_cuts_are_told(bool piped)
{
	int before = 0, steps = 0;

	for (size_t size = 0; size < whole_size; size++) {
		struct stream got;
		int err = read_bytes(whole, size, piped, &got);

		assert_true(got.damage[0]);
		if (err) {
			assert_true(err == -EPROTO || err == -EBADMSG);
			assert_int_equal(before, 0);
			continue;
		}
		assert_int_equal(common_prefix(&got, events, EVENTS), got.count);
		assert_true(got.count >= before);
		steps += got.count > before;
		before = got.count;
		free(got.events);
	}
	assert_int_equal(before, EVENTS);
	assert_int_equal(steps, 4);
}

static void cut_anywhere_reads_up_to_the_last_whole_segment(void **state)
{
	(void)state;
	assert_cuts_are_told(false);
}

static void a_cut_pipe_reads_up_to_the_last_whole_segment(void **state)
{
	(void)state;
	assert_cuts_are_told(true);
}

static void assert_flips_are_told(bool piped)
{
	uint8_t *data = malloc(whole_size);

	for (size_t at = 0; at < whole_size; at++) {
		struct stream got;
		int err;

		memcpy(data, whole, whole_size);
		data[at] ^= 1 << at % 8;
		err = read_bytes(data, whole_size, piped, &got);
		assert_true(got.damage[0]);
		if (!err)
			assert_int_equal(common_prefix(&got, events, EVENTS), got.count);
		free(got.events);
	}
	free(data);
}

static void no_flipped_byte_goes_unseen(void **state)
{
	(void)state;
	assert_flips_are_told(false);
}

static void no_flipped_byte_of_a_pipe_goes_unseen(void **state)
{
	(void)state;
	assert_flips_are_told(true);
}

static void data_behind_the_end_is_told(void **state)
{
	uint8_t *data = calloc(1, whole_size + 1);
	struct stream got;

	(void)state;
	memcpy(data, whole, whole_size);
	assert_int_equal(read_bytes(data, whole_size + 1, false, &got), 0);
	assert_int_equal(got.count, EVENTS);
	assert_non_null(strstr(got.damage, "more data"));
	free(got.events);
	free(data);
}

/* The position of chunk number n's header. */
static size_t chunk_at(uint32_t n)
{
	size_t at = sizeof(struct ilt_header);

	while (n--) {
		struct ilt_chunk chunk;

		memcpy(&chunk, whole + at, sizeof(chunk));
		at += sizeof(chunk) + le32toh(chunk.stored_bytes);
	}
	return at;
}

static void a_missing_chunk_is_told(void **state)
{
	uint8_t *data = malloc(whole_size);

	(void)state;
	for (uint32_t n = 0; n < 8; n++) {
		size_t at = chunk_at(n), next = chunk_at(n + 1);
		struct stream got;
		int err;

		memcpy(data, whole, at);
		memcpy(data + at, whole + next, whole_size - next);
		err = read_bytes(data, whole_size - (next - at), false, &got);
		assert_true(got.damage[0]);
		assert_int_equal(err, n ? 0 : -EBADMSG);
		assert_int_equal(common_prefix(&got, events, EVENTS), got.count);
		free(got.events);
	}
	free(data);
}

static void assert_refused(const void *data, size_t size, int err, const char *why)
{
	struct stream got;

	assert_int_equal(read_bytes(data, size, false, &got), err);
	assert_non_null(strstr(got.damage, why));
	assert_null(strchr(got.damage, '\n'));
}

static void foreign_files_are_refused_in_one_line(void **state)
{
	(void)state;
	assert_refused("", 0, -EPROTO, "not an interloper trace");
	assert_refused("PERFILE2 and so on, for long enough", 36, -EPROTO, "not an interloper");
	assert_refused(whole, 5, -EPROTO, "not an interloper");
	assert_refused(whole, 20, -EBADMSG, "header");
}

static void another_format_version_is_named(void **state)
{
	uint8_t header[sizeof(struct ilt_header)];

	(void)state;
	memcpy(header, whole, sizeof(header));
	header[offsetof(struct ilt_header, version)] = 77;
	assert_refused(header, sizeof(header), -EPROTONOSUPPORT, "version 77");
}

static void a_missing_file_or_a_directory_is_an_error(void **state)
{
	struct stream got;

	(void)state;
	assert_int_equal(read_file("/nonexistent/trace.ilt", &got), -ENOENT);
	assert_string_equal(got.damage, strerror(ENOENT));
	assert_int_equal(read_file("/", &got), -EISDIR);
}

/* Changes a chunk's header and makes its checksum right again: a forger's file. */
static void forge_header(uint8_t *data, size_t at, size_t offset, uint32_t value, size_t size)
{
	const size_t crc_offset = offsetof(struct ilt_chunk, crc);
	uint32_t crc;

	value = htole32(value);
	memcpy(data + at + offset, &value, size);
	crc = htole32(crc32_z(0, data + at, crc_offset));
	memcpy(data + at + crc_offset, &crc, sizeof(crc));
}

static void a_forged_header_is_refused_without_huge_allocations(void **state)
{
	static const struct {
		size_t offset, size;
		uint32_t value;
	} forged[] = {
		{ offsetof(struct ilt_chunk, raw_bytes), 4, UINT32_MAX },
		{ offsetof(struct ilt_chunk, raw_bytes), 4, 1 },
		{ offsetof(struct ilt_chunk, stored_bytes), 4, UINT32_MAX },
		{ offsetof(struct ilt_chunk, events), 4, UINT32_MAX },
		{ offsetof(struct ilt_chunk, events), 4, 0 },
		{ offsetof(struct ilt_chunk, events), 4, 3 },
		{ offsetof(struct ilt_chunk, cpu), 2, CPUS },
		{ offsetof(struct ilt_chunk, codec), 1, 7 },
		{ offsetof(struct ilt_chunk, type), 1, 9 },
	};
	uint8_t *data = malloc(whole_size);

	(void)state;
	for (size_t i = 0; i < sizeof(forged) / sizeof(*forged); i++) {
		for (uint32_t n = 1; n < 5; n++) {
			struct stream got;
			size_t at = chunk_at(n);

			memcpy(data, whole, whole_size);
			forge_header(data, at, forged[i].offset, forged[i].value, forged[i].size);
			if (!memcmp(data, whole, whole_size))
				continue;
			assert_int_equal(read_bytes(data, whole_size, false, &got), 0);
			assert_int_equal(common_prefix(&got, events, EVENTS), got.count);
			/* Some fields mean nothing to some chunks. */
			assert_true(got.damage[0] || got.count == EVENTS);
			free(got.events);
		}
	}
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_anywhere_reads_up_to_the_last_whole_segment),
		cmocka_unit_test(a_cut_pipe_reads_up_to_the_last_whole_segment),
		cmocka_unit_test(no_flipped_byte_goes_unseen),
		cmocka_unit_test(no_flipped_byte_of_a_pipe_goes_unseen),
		cmocka_unit_test(data_behind_the_end_is_told),
		cmocka_unit_test(a_missing_chunk_is_told),
		cmocka_unit_test(foreign_files_are_refused_in_one_line),
		cmocka_unit_test(another_format_version_is_named),
		cmocka_unit_test(a_missing_file_or_a_directory_is_an_error),
		cmocka_unit_test(a_forged_header_is_refused_without_huge_allocations),
	};

	return cmocka_run_group_tests(tests, make_small_file, drop_small_file);
}
