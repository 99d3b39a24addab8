// SPDX-License-Identifier: GPL-2.0-only
/* A trace file as a command's input: see input.h. */
#include "commands/input.h"

#include <errno.h>
#include <string.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/options.h"
#include "commands/read_ahead.h"
#include "host/cpulist.h"

enum { KEY_TIME = 0x400 };

static const struct argp_option file_argp_options[] = {
	{ "input", 'i', "FILE", 0, "the trace file; - is stdin (also without -i)", 0 }, { 0 }
};

static error_t parse_file(int key, char *arg, struct argp_state *state)
{
	struct input_options *options = state->input;

	switch (key) {
	case 'i':
	case ARGP_KEY_ARG:
		if (options->file)
			return options_refuse(state, "%s: one trace file at a time", arg);
		options->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!options->file)
			return options_refuse(
				state, "no trace file: name one (interloper record makes it)");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp file_argp = { .options = file_argp_options, .parser = parse_file };

static const struct argp_option input_argp_options[] = {
	{ "time", KEY_TIME, "A,B", 0, "only from second A to second B of the trace's clock", 0 },
	{ 0 }
};

static error_t parse_input(int key, char *arg, struct argp_state *state)
{
	struct input_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = options;
		state->child_inputs[1] = &options->filter;
		return 0;
	case KEY_TIME:
		return options_take_window(state, arg, &options->filter);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child input_children[] = { { &file_argp, 0, NULL, 0 },
						    { &filter_argp, 0, NULL, 0 },
						    { 0 } };

const struct argp input_argp = { .options = input_argp_options,
				 .parser = parse_input,
				 .children = input_children };

/* What is imported goes by way of a file that is gone as soon as it is open. */
static int open_reader(struct input *input, const char *path)
{
	char why[256] = "", *copy = NULL;
	int err;

	if (imported_is(path) && imported_copy(&input->imported, path, &copy))
		return EXIT_FAILED;
	err = trace_reader_open(&input->reader, copy ? copy : path, why, sizeof(why));
	if (copy)
		unlink(copy);
	free(copy);
	return err ? fail("%s: %s", strcmp(path, "-") ? path : "stdin", why) : 0;
}

const char *input_damage(const struct input *input)
{
	if (input->imported.cut[0])
		return input->imported.cut;
	return input->reader ? trace_reader_damage(input->reader) : NULL;
}

const struct trace_meta *input_meta(const struct input *input)
{
	return input->reader ? trace_reader_meta(input->reader) : &input->meta;
}

/* 0, or EXIT_FAILED after a line on stderr: CPUs are asked for that were not traced. */
static int check_cpus(const struct filter *filter, const struct trace_meta *meta)
{
	char *list;

	if (!filter || !filter->cpus || hwloc_bitmap_isincluded(filter->cpus, meta->target_cpus))
		return 0;
	list = cpulist_format(meta->target_cpus);
	fail("-C: the trace is of CPUs %s only", list ? list : "?");
	free(list);
	return EXIT_FAILED;
}

static void tell_oddities(const struct input *input, const char *path)
{
	if (input->imported.odd[0])
		fail("%s: %s", path, input->imported.odd);
}

int input_open(struct input *input, const char *path, const struct filter *filter)
{
	char why[256] = "";
	const struct trace_meta *meta;

	memset(input, 0, sizeof(*input));
	if (open_reader(input, path))
		return EXIT_FAILED;
	if (filter && (filter->from_ns || filter->to_ns))
		trace_reader_window(input->reader, filter->from_ns,
				    filter->to_ns ? filter->to_ns : UINT64_MAX);
	meta = trace_reader_meta(input->reader);
	if (check_cpus(filter, meta)) {
		trace_reader_close(input->reader);
		return EXIT_FAILED;
	}
	/* A snapshot that cannot be read costs its lines of the report, not the report. */
	if (meta->host_json &&
	    host_snapshot_from_json(&input->host, meta->host_json, why, sizeof(why)))
		fail("%s: the host snapshot cannot be read: %s", path, why);
	else
		input->has_host = meta->host_json != NULL;
	tell_oddities(input, path);
	return 0;
}

int input_open_once(struct input *input, const char *path, const struct filter *filter)
{
	if (!imported_is(path))
		return input_open(input, path, filter);
	memset(input, 0, sizeof(*input));
	input->recording = path;
	input->filter = filter;
	return 0;
}

void input_close(struct input *input)
{
	if (input->has_host)
		host_snapshot_free(&input->host);
	trace_meta_free(&input->meta);
	trace_reader_close(input->reader);
}

static bool any_task_matches(const struct gather *gather)
{
	for (uint32_t i = 1; i < gather->tasks.count; i++)
		if (filter_matches_task(gather->filter, &gather->tasks.tasks[i]))
			return true;
	return false;
}

/* On a terminal, and only once reading has taken a while; rows on the same terminal say enough. */
static void show_progress(const struct gather *gather, uint64_t events, time_t *shown)
{
	bool rows = (gather->rows || gather->json_rows || gather->taker) &&
		    isatty(fileno(gather->out->file));
	char count[COUNT_MAX];
	time_t now = time(NULL);

	if (now == *shown || rows || !isatty(STDERR_FILENO))
		return;
	*shown = now;
	fprintf(stderr, "\rreading: %s events ", format_count(count, events));
}

struct reading {
	struct event_sink sink; /* first: the sink is the reading */
	const struct filter *filter;
	struct gather *gather;
	uint64_t sum;
	time_t begun, shown;
};

static int gather_some(struct reading *reading, const struct event *events, int n)
{
	int err = gather_add(reading->gather, events, n);

	reading->sum += n;
	show_progress(reading->gather, reading->sum, &reading->shown);
	return err;
}

/* As trace_reader_window() has it: names do not depend on the time. */
static bool is_within(const struct filter *filter, const struct event *e)
{
	return e->type == EVENT_TASK ||
	       (e->time_ns >= filter->from_ns && (!filter->to_ns || e->time_ns <= filter->to_ns));
}

static int gather_recorded(struct event_sink *sink, const struct event *events, int n)
{
	struct reading *reading = (struct reading *)sink;
	int from = 0, to, err = 0;

	if (!reading->filter)
		return gather_some(reading, events, n);
	for (; from < n && !err; from = to) {
		bool within = is_within(reading->filter, &events[from]);

		for (to = from + 1; to < n; to++)
			if (is_within(reading->filter, &events[to]) != within)
				break;
		if (within)
			err = gather_some(reading, events + from, to - from);
	}
	return err;
}

/* 0, or EXIT_FAILED after a line on stderr. */
static int read_recording(struct input *input, struct reading *reading)
{
	int result;

	reading->sink.take = gather_recorded;
	reading->filter = input->filter;
	result = imported_read(&input->imported, input->recording, &reading->sink, &input->meta);
	if (!result)
		result = check_cpus(input->filter, &input->meta);
	if (!result)
		tell_oddities(input, input->recording);
	return result;
}

/* The same; *err: of what took the events. */
static int read_trace(struct input *input, struct reading *reading, int *err)
{
	struct read_ahead *ahead = read_ahead_events(trace_reader_source(input->reader));
	const struct event *events;
	int n = 0;

	if (!ahead)
		return fail("out of memory");
	while (!*err && (n = read_ahead_next_events(ahead, &events)) > 0)
		*err = gather_some(reading, events, n);
	read_ahead_free(ahead);
	return n < 0 ? fail("reading failed: %s", strerror(-n)) : 0;
}

int input_read(struct input *input, struct gather *gather)
{
	struct reading reading = { .gather = gather, .begun = time(NULL) };
	int result, err = 0;

	reading.shown = reading.begun;
	result = input->recording ? read_recording(input, &reading)
				  : read_trace(input, &reading, &err);
	if (reading.shown > reading.begun)
		fputs("\r\033[K", stderr);
	if (result)
		return result;
	if (gather->output_failed) {
		errno = -err;
		return finish_output(gather->out);
	}
	if (gather->filter && filter_has_tasks(gather->filter) && !any_task_matches(gather))
		fprintf(stderr, "interloper: no task of the trace matches -t, -p\n");
	return err ? fail("reading failed: %s", strerror(-err)) : 0;
}

struct trace_meta input_window(const struct input *input, const struct filter *filter)
{
	struct trace_meta window = *input_meta(input);

	if (filter->from_ns > window.start_ns)
		window.start_ns = filter->from_ns;
	if (filter->to_ns && (!window.end_ns || filter->to_ns < window.end_ns))
		window.end_ns = filter->to_ns;
	/* With some tasks left out, what a CPU did in the rest of the time is not known. */
	if (filter_has_tasks(filter) && !window.task_filter)
		window.task_filter = (char *)"-t, -p";
	return window;
}
