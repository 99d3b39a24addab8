// SPDX-License-Identifier: GPL-2.0-only
/* The writer's dealings with the file system, its refusals, and windows over what it wrote. */
#include "unit/trace_testing.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#define MANY 400000

static struct event *events;

static int make_stream(void **state)
{
	uint64_t random = 21, now[2] = { START_NS, START_NS };

	events = malloc(MANY * sizeof(*events));
	for (int i = 0; i < MANY; i++) {
		events[i] = likely_event(&random, 2, now);
		if (i % 50000 == 1) { /* a new task now and then, in some segments only */
			events[i].type = EVENT_TASK;
			events[i].identity = any_identity(&random);
		}
	}
	qsort(events, MANY, sizeof(*events), compare_stream_order);
	return make_path(state);
}

static int drop_stream(void **state)
{
	free(events);
	return remove_path(state);
}

static int open_writer(struct trace_writer **w, const char *path, unsigned int flags)
{
	struct trace_meta meta = plain_meta(2);
	int err = trace_writer_open(w, path, &meta, flags);

	trace_meta_free(&meta);
	return err;
}

static void the_file_is_for_its_owner_only(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(chmod(test_path, 0644), 0);
	write_file(test_path, events, 10, 2);
	assert_int_equal(stat(test_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(unlink(test_path), 0);
	umask(0);
	write_file(test_path, events, 10, 2);
	assert_int_equal(stat(test_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void an_existing_file_is_kept_unless_replaced(void **state)
{
	struct trace_writer *w = (void *)1;
	uint8_t *data;
	size_t size;

	(void)state;
	store_bytes(test_path, (const uint8_t *)"precious", 8);
	assert_int_equal(open_writer(&w, test_path, 0), -EEXIST);
	assert_null(w);
	data = load_bytes(test_path, &size);
	assert_int_equal(size, 8);
	assert_memory_equal(data, "precious", 8);
	free(data);
}

static void replacing_leaves_nothing_of_a_longer_file(void **state)
{
	struct stream got;

	(void)state;
	write_file(test_path, events, 1000, 2);
	write_file(test_path, events, 10, 2);
	assert_int_equal(read_file(test_path, &got), 0);
	assert_string_equal(got.damage, "");
	assert_int_equal(got.count, 10);
	free(got.events);
}

static void a_failed_open_leaves_nothing_behind(void **state)
{
	struct trace_meta meta = plain_meta(2);
	struct trace_writer *w;

	(void)state;
	assert_int_equal(open_writer(&w, "/nonexistent/x.ilt", 0), -ENOENT);
	assert_null(w);
	assert_int_equal(unlink(test_path), 0);
	meta.host_json = malloc(17 << 20);
	memset(meta.host_json, 'x', (17 << 20) - 1);
	meta.host_json[(17 << 20) - 1] = '\0';
	assert_int_equal(trace_writer_open(&w, test_path, &meta, 0), -E2BIG);
	assert_null(w);
	assert_int_equal(access(test_path, F_OK), -1);
	trace_meta_free(&meta);
	store_bytes(test_path, (const uint8_t *)"", 0);
}

static void a_full_device_is_an_error(void **state)
{
	struct trace_writer *w;

	(void)state;
	if (access("/dev/full", W_OK))
		skip();
	assert_int_equal(open_writer(&w, "/dev/full", 0), -ENOSPC);
	assert_null(w);
}

/* The limit stands for a full disk: a write comes back short, the next fails. */
static void what_was_written_before_the_disk_was_full_is_read(void **state)
{
	struct rlimit unlimited, limit;
	struct trace_meta meta = plain_meta(2);
	struct trace_writer *w;
	struct stream got;
	int err = 0;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
	limit = unlimited;
	limit.rlim_cur = 1000000;
	assert_int_equal(open_writer(&w, test_path, TRACE_WRITER_REPLACE), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (int i = 0; i < MANY && !err; i += 1000)
		err = trace_writer_add(w, events + i, 1000);
	assert_int_equal(err, -EFBIG);
	assert_int_equal(trace_writer_add(w, events, 1), -EFBIG);
	assert_int_equal(trace_writer_close(w, &meta), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);

	assert_int_equal(read_file(test_path, &got), 0);
	assert_true(got.incomplete);
	assert_non_null(strstr(got.damage, "cut after"));
	assert_true(got.count >= 90000);
	assert_int_equal(common_prefix(&got, events, MANY), got.count);
	free(got.events);
	trace_meta_free(&meta);
}

static void a_closed_pipe_is_an_error(void **state)
{
	int fds[2], saved = dup(STDOUT_FILENO);
	struct trace_writer *w;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	fflush(stdout);
	dup2(fds[1], STDOUT_FILENO);
	close(fds[1]);
	assert_int_equal(open_writer(&w, "-", 0), -EPIPE);
	dup2(saved, STDOUT_FILENO);
	close(saved);
}

static void assert_not_taken(struct event e)
{
	struct trace_writer *w;

	assert_int_equal(open_writer(&w, test_path, TRACE_WRITER_REPLACE), 0);
	assert_int_equal(trace_writer_add(w, &e, 1), -EINVAL);
	assert_int_equal(trace_writer_close(w, NULL), -EINVAL);
}

static void events_no_reader_would_take_are_refused(void **state)
{
	uint64_t random = 1, now[2] = { START_NS, START_NS };
	struct event good = likely_event(&random, 2, now), e;

	(void)state;
	e = good;
	e.cpu = 2;
	assert_not_taken(e);
	e = good;
	e.type = 0;
	assert_not_taken(e);
	e = good;
	e.slice.task = TASK_UNKNOWN;
	assert_not_taken(e);
	e = good;
	e.slice.waker = 1 << 20;
	assert_not_taken(e);
	e = good;
	e.slice.prev_cpu = 2;
	assert_not_taken(e);
	e = good;
	e.slice.recent_cpu = 2;
	assert_not_taken(e);
	e = good;
	e.slice.kind = DELAY_PREEMPT + 1;
	assert_not_taken(e);
	e = good;
	e.type = EVENT_MOVE;
	e.move = (struct move){ .task = 1, .context = WAKER_INTERRUPT + 1 };
	assert_not_taken(e);
}

static void choices_no_reader_would_take_are_refused(void **state)
{
	struct event good = { .time_ns = START_NS,
			      .type = EVENT_CHOICE,
			      .choice = { .task = 1, .looks = 2, .trail = { 1, 1 } } },
		     e;

	(void)state;
	e = good;
	e.choice.task = TASK_UNKNOWN;
	assert_not_taken(e);
	e = good;
	e.choice.prev_cpu = 2;
	assert_not_taken(e);
	e = good;
	e.choice.chosen_cpu = 2;
	assert_not_taken(e);
	e = good;
	e.choice.trail[1] = 2 | CHOICE_IDLE;
	assert_not_taken(e);
	e.choice.looks = 1; /* what lies behind the trail's length is nobody's */
	write_file(test_path, &e, 1, 2);
	e.choice.looks = CHOICE_NO_TRAIL;
	write_file(test_path, &e, 1, 2);
}

static void closing_nothing_is_fine(void **state)
{
	(void)state;
	assert_int_equal(trace_writer_close(NULL, NULL), 0);
	trace_reader_close(NULL);
}

/* What a window over the whole stream must give. */
static int in_window(uint64_t from_ns, uint64_t to_ns, struct event *expected)
{
	int n = 0;

	for (int i = 0; i < MANY; i++)
		if (events[i].type == EVENT_TASK ||
		    (events[i].time_ns >= from_ns && events[i].time_ns <= to_ns))
			expected[n++] = events[i];
	return n;
}

static void assert_window(const char *path, uint64_t from_ns, uint64_t to_ns, size_t *read)
{
	struct event *expected = malloc(MANY * sizeof(*expected));
	int n = in_window(from_ns, to_ns, expected);
	struct trace_reader *r;
	struct stream got;
	char why[200];

	assert_int_equal(trace_reader_open(&r, path, why, sizeof(why)), 0);
	trace_reader_window(r, from_ns, to_ns);
	read_reader(r, &got);
	assert_string_equal(got.damage, "");
	assert_int_equal(got.count, n);
	assert_int_equal(common_prefix(&got, expected, n), n);
	*read = got.stats.chunks;
	trace_reader_close(r);
	free(got.events);
	free(expected);
}

static void a_window_gives_its_events_and_every_identity(void **state)
{
	uint64_t end_ns = events[MANY - 1].time_ns, span = end_ns - START_NS;
	size_t all, few;

	(void)state;
	write_file(test_path, events, MANY, 2);
	assert_window(test_path, 0, UINT64_MAX, &all);
	for (int i = 0; i < 10; i++)
		assert_window(test_path, START_NS + span * i / 10, START_NS + span * (i + 1) / 10,
			      &few);
	assert_true(few < all);
	assert_window(test_path, 0, 0, &few);
	assert_window(test_path, end_ns, end_ns, &few);
	assert_window(test_path, end_ns + 1, UINT64_MAX, &few);
}

static void a_window_over_a_pipe_gives_the_same(void **state)
{
	uint64_t span = events[MANY - 1].time_ns - START_NS;
	int saved = dup(STDIN_FILENO), fds[2];
	size_t chunks;
	pid_t pid;

	(void)state;
	write_file(test_path, events, MANY, 2);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		execlp("cat", "cat", test_path, NULL);
		_exit(1);
	}
	close(fds[1]);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	assert_window("-", START_NS + span / 3, START_NS + span / 2, &chunks);
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_is_for_its_owner_only),
		cmocka_unit_test(an_existing_file_is_kept_unless_replaced),
		cmocka_unit_test(replacing_leaves_nothing_of_a_longer_file),
		cmocka_unit_test(a_failed_open_leaves_nothing_behind),
		cmocka_unit_test(a_full_device_is_an_error),
		cmocka_unit_test(what_was_written_before_the_disk_was_full_is_read),
		cmocka_unit_test(a_closed_pipe_is_an_error),
		cmocka_unit_test(events_no_reader_would_take_are_refused),
		cmocka_unit_test(choices_no_reader_would_take_are_refused),
		cmocka_unit_test(closing_nothing_is_fine),
		cmocka_unit_test(a_window_gives_its_events_and_every_identity),
		cmocka_unit_test(a_window_over_a_pipe_gives_the_same),
	};

	return cmocka_run_group_tests(tests, make_stream, drop_stream);
}
