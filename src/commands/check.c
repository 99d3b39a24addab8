// SPDX-License-Identifier: GPL-2.0-only
/* interloper check: whether traces keep limits. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/interlopers.h"
#include "analysis/limit.h"
#include "commands/commands.h"
#include "commands/gather_advice.h"
#include "commands/gather_blame.h"
#include "commands/input.h"
#include "commands/options.h"
#include "host/read.h"
#include "output/report_check.h"

#define LIMITS_MAX	  1000
#define LIMITS_FILE_BYTES (1u << 20)

struct limits {
	struct limit *list;
	uint32_t count;
};

struct check_command {
	struct limits limits;
	struct filter owners; /* tasks alone */
	enum check_format format;
	uint64_t max_loss;
	char **files;
	uint32_t file_count;
};

enum { KEY_LIMIT = 0x200, KEY_LIMITS, KEY_FORMAT, KEY_JSON, KEY_MAX_LOSS, KEY_OWNER, KEY_HELP };

static const struct argp_option argp_options[] = {
	{ "limit", KEY_LIMIT, "LIMIT", 0,
	  "a limit, as \"p99(run, task=ksmd) < 1ms\"; may be repeated", 0 },
	{ "limits", KEY_LIMITS, "FILE", 0, "limits from a file, one a line", 0 },
	{ "help-limits", KEY_HELP, NULL, 0, "show all that a limit can say", 0 },
	{ "owner", KEY_OWNER, "TASK", 0,
	  "what the CPUs are for, where a limit speaks of interloper or owner: a name (a prefix "
	  "with *), a pid, vcpu, or a list of them (default: as for interloper blame)",
	  0 },
	{ "max-loss", KEY_MAX_LOSS, "N", 0,
	  "how many lost events leave a trace fit for a verdict (default: 0)", 0 },
	{ "format", KEY_FORMAT, "FORM", 0, "text (default), json, junit, tap, markdown, github",
	  0 },
	{ "json", KEY_JSON, NULL, 0, "the same as --format json", 0 },
	{ 0 }
};

static int add_limit(struct limits *limits, const char *text, struct limit_error *error)
{
	struct limit *grown;
	struct limit limit;
	int err = limit_parse(&limit, text, error);

	if (err)
		return err > 0 ? 0 : err;
	grown = limits->count < LIMITS_MAX
			? realloc(limits->list, (limits->count + 1) * sizeof(*grown))
			: NULL;
	if (!grown) {
		limit_free(&limit);
		return limits->count < LIMITS_MAX ? -ENOMEM : -E2BIG;
	}
	limits->list = grown;
	grown[limits->count++] = limit;
	return 0;
}

static void free_limits(struct limits *limits)
{
	for (uint32_t i = 0; i < limits->count; i++)
		limit_free(&limits->list[i]);
	free(limits->list);
}

static int refuse(const struct argp_state *state, int err, const char *where, const char *text,
		  const struct limit_error *error)
{
	if (err == -ENOMEM)
		return options_refuse(state, "out of memory");
	if (err == -E2BIG)
		return options_refuse(state, "%s: more than %u limits", where, LIMITS_MAX);
	return options_refuse(state, "%s: column %u: %s: \"%s\" (--help-limits shows all)", where,
			      error->column, error->why, text);
}

static int take_limit(struct check_command *command, const struct argp_state *state,
		      const char *text)
{
	struct limit_error error;
	uint32_t before = command->limits.count;
	int err = add_limit(&command->limits, text, &error);

	if (err)
		return refuse(state, err, "--limit", text, &error);
	return command->limits.count > before ? 0 : options_refuse(state, "--limit: it is empty");
}

static int take_limits(struct check_command *command, const struct argp_state *state,
		       const char *path)
{
	char *text = host_read_long_text("", path, LIMITS_FILE_BYTES), *rest = text;
	unsigned int number = 0;
	int result = 0;

	if (!text)
		return options_refuse(state, "--limits %s: cannot be read, or is longer than 1 MiB",
				      path);
	for (char *line; !result && (line = strsep(&rest, "\n"));) {
		struct limit_error error;
		char where[300];
		int err = add_limit(&command->limits, line, &error);

		number++;
		snprintf(where, sizeof(where), "%.250s line %u", path, number);
		if (err)
			result = refuse(state, err, where, line, &error);
	}
	free(text);
	return result;
}

static int take_format(struct check_command *command, const struct argp_state *state,
		       const char *name)
{
	for (int format = 0; format < CHECK_FORMATS; format++) {
		if (strcmp(name, check_format_name(format)) != 0)
			continue;
		command->format = format;
		return 0;
	}
	return options_refuse(
		state, "--format %s: expected text, json, junit, tap, markdown or github", name);
}

static int take_max_loss(struct check_command *command, const struct argp_state *state,
			 const char *text)
{
	char *end;

	errno = 0;
	command->max_loss = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno)
		return options_refuse(state, "--max-loss %s: expected a number", text);
	return 0;
}

static int take_file(struct check_command *command, const struct argp_state *state, char *file)
{
	char **grown = realloc(command->files, (command->file_count + 1) * sizeof(*grown));

	if (!grown)
		return options_refuse(state, "out of memory");
	command->files = grown;
	grown[command->file_count++] = file;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct check_command *command = state->input;

	switch (key) {
	case KEY_LIMIT:
		return take_limit(command, state, arg);
	case KEY_LIMITS:
		return take_limits(command, state, arg);
	case KEY_HELP:
		fputs(limit_help, stdout);
		exit(EXIT_DONE);
	case KEY_OWNER:
		return filter_add_tasks(&command->owners, arg)
			       ? options_refuse(state, "--owner %s: expected tasks", arg)
			       : 0;
	case KEY_FORMAT:
		return take_format(command, state, arg);
	case KEY_JSON:
		command->format = CHECK_JSON;
		return 0;
	case KEY_MAX_LOSS:
		return take_max_loss(command, state, arg);
	case ARGP_KEY_ARG:
		return take_file(command, state, arg);
	case ARGP_KEY_END:
		if (!command->file_count)
			return options_refuse(state, "which trace file?");
		if (!command->limits.count)
			return options_refuse(state, "no limit: --limit or --limits; --help-limits "
						     "shows what can be said");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "FILE...",
	.doc = "Tells whether traces keep limits on latency."
	       "\vThe exit code is 0 if every trace keeps every limit, 2 if one is broken, and 3 "
	       "if "
	       "none is, but of some it cannot be told: no or too few samples, events lost.\n\n"
	       "  interloper check run.ilt --limit 'p99(wake_delay, task=web*) < 200us'\n"
	       "  interloper check run.ilt --limits limits.txt --format junit >interloper.xml\n",
};

/* A trace, and what limits need of it. */
struct checked {
	struct gather gather;
	struct input input;
	struct placement_host *placement;
	hwloc_bitmap_t targets; /* whose interlopers are looked for; NULL: nobody's */
	struct interlopers interlopers;
	uint32_t *interloper_ids;
	struct limit_trespass *trespasses;
	uint32_t trespass_count;
};

static bool speaks_of_owners(const struct limits *limits)
{
	for (uint32_t i = 0; i < limits->count; i++)
		if (limits->list[i].interlopers || limits->list[i].owners)
			return true;
	return false;
}

static const struct host_snapshot *host_of(const struct checked *c)
{
	return c->input.has_host ? &c->input.host : NULL;
}

static int prepare_owners(struct checked *c, const struct trace_meta *meta)
{
	struct gather_blame_options blame = { .meta = meta, .host = host_of(c) };

	if (meta->task_filter)
		return 0; /* who else ran is not in the trace */
	c->targets =
		meta->all_cpus ? advice_targets(host_of(c)) : hwloc_bitmap_dup(meta->target_cpus);
	if (!c->targets)
		return fail("out of memory");
	if (hwloc_bitmap_iszero(c->targets)) {
		hwloc_bitmap_free(c->targets);
		c->targets = NULL;
		return 0;
	}
	blame.targets = c->targets;
	return gather_blame(&c->gather, &blame);
}

static int prepare(struct checked *c, const struct check_command *command)
{
	const struct trace_meta *meta = trace_reader_meta(c->input.reader);
	struct gather *gather = &c->gather;

	c->placement = placement_host_new(host_of(c));
	if (c->placement)
		gather->wakeups = wakeups_new(c->placement, 1 << WAKEUPS_BY_TASK_CPU);
	gather->chosen = summary_new(SUMMARY_BY_TASK_CPU);
	if (!gather->wakeups || !gather->chosen)
		return fail("out of memory");
	return speaks_of_owners(&command->limits) ? prepare_owners(c, meta) : 0;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int finish_owners(struct checked *c, const struct check_command *command)
{
	struct owner_options owner = { .asked = &command->owners,
				       .targets = c->targets,
				       .host = host_of(c) };
	struct interlopers *in = &c->interlopers;

	if (!c->targets)
		return 0;
	if (gather_blame_finish(&c->gather))
		return EXIT_FAILED;
	if (interlopers_make(in, c->gather.visits, c->gather.blame, &c->gather.tasks, &owner, 0))
		return fail("out of memory");
	c->interloper_ids = calloc(in->count + 1, sizeof(*c->interloper_ids));
	if (!c->interloper_ids)
		return fail("out of memory");
	for (uint32_t i = 0; i < in->count; i++)
		c->interloper_ids[i] = in->list[i].visits->task;
	qsort(c->interloper_ids, in->count, sizeof(*c->interloper_ids), compare_ids);
	qsort(in->owners, in->owner_count, sizeof(*in->owners), compare_ids);
	return 0;
}

static int finish_trespasses(struct checked *c)
{
	const struct wakeups_row *const *rows;
	uint32_t count;

	if (wakeups_finish(c->gather.wakeups))
		return fail("out of memory");
	count = wakeups_rows(c->gather.wakeups, WAKEUPS_BY_TASK_CPU, &rows);
	c->trespasses = calloc(count + 1, sizeof(*c->trespasses));
	if (!c->trespasses)
		return fail("out of memory");
	for (uint32_t i = 0; i < count; i++)
		if (wakeups_trespasses(rows[i]))
			c->trespasses[c->trespass_count++] =
				(struct limit_trespass){ rows[i]->task, rows[i]->cpu,
							 wakeups_trespasses(rows[i]) };
	return 0;
}

static void put_worst(struct check_row *row, const struct gather *gather)
{
	const struct limit_result *r = &row->result;
	char label[TASK_LABEL_MAX], duration[DURATION_MAX], at[DURATION_MAX];

	if (!r->worst_at_ns)
		return;
	task_label(label, task_table_get(&gather->tasks, r->worst_task));
	snprintf(row->worst, sizeof(row->worst), "%s, %s on CPU %u at %s s",
		 format_duration(duration, r->worst_ns), label, r->worst_cpu,
		 format_time(at, r->worst_at_ns));
}

/* Why a trace allows no verdict on anything but its losses; NULL: it does. */
static const char *why_unfit(const struct checked *c, const struct check_command *command)
{
	const struct trace_meta *meta = trace_reader_meta(c->input.reader);

	if (trace_reader_damage(c->input.reader))
		return "the trace is damaged or cut";
	if (meta->incomplete)
		return "the trace is incomplete: its recorder did not finish";
	if (trace_meta_lost(meta) > command->max_loss)
		return "events were lost (--max-loss)";
	return NULL;
}

static int check_limits(struct checked *c, const struct check_command *command,
			struct check_file *file)
{
	const struct trace_meta *meta = trace_reader_meta(c->input.reader);
	const char *unfit = why_unfit(c, command);
	struct limit_facts facts = {
		.rows = c->gather.chosen,
		.tasks = &c->gather.tasks,
		.host = host_of(c),
		.cpus = meta->target_cpus,
		.interlopers = c->interloper_ids,
		.interloper_count = c->interlopers.count,
		.owners = c->interloper_ids ? c->interlopers.owners : NULL,
		.owner_count = c->interlopers.owner_count,
		.trespasses = host_of(c) ? c->trespasses : NULL,
		.trespass_count = c->trespass_count,
		.window_ns = meta->end_ns > meta->start_ns ? meta->end_ns - meta->start_ns : 0,
		.lost = trace_meta_lost(meta),
	};

	for (uint32_t i = 0; i < file->count; i++) {
		struct check_row *row = &file->rows[i];

		row->limit = &command->limits.list[i];
		if (limit_check(&row->result, row->limit, &facts))
			return fail("out of memory");
		row->why = row->result.why;
		if (unfit && row->limit->statistic != LIMIT_LOST) {
			row->result.verdict = LIMIT_UNKNOWN;
			row->why = unfit;
		}
		put_worst(row, &c->gather);
	}
	return 0;
}

static void free_checked(struct checked *c)
{
	interlopers_free(&c->interlopers);
	free(c->interloper_ids);
	free(c->trespasses);
	hwloc_bitmap_free(c->targets);
	gather_free(&c->gather);
	placement_host_free(c->placement);
}

static int check_file(const struct check_command *command, const struct output *out,
		      struct check_file *file)
{
	struct checked c = {};
	int result;

	file->count = command->limits.count;
	file->rows = calloc(file->count, sizeof(*file->rows));
	if (!file->rows || gather_init(&c.gather, out))
		return fail("out of memory");
	result = input_open(&c.input, file->name, NULL);
	if (!result) {
		result = prepare(&c, command);
		if (!result)
			result = input_read(&c.input, &c.gather);
		if (!result)
			result = finish_trespasses(&c);
		if (!result)
			result = finish_owners(&c, command);
		if (!result)
			result = check_limits(&c, command, file);
		input_close(&c.input);
	}
	free_checked(&c);
	return result;
}

static int exit_code(const struct check_file *files, uint32_t count)
{
	bool unknown = false;

	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < files[i].count; j++) {
			if (files[i].rows[j].result.verdict == LIMIT_BROKEN)
				return EXIT_LIMIT;
			unknown |= files[i].rows[j].result.verdict == LIMIT_UNKNOWN;
		}
	}
	return unknown ? EXIT_NO_VERDICT : EXIT_DONE;
}

static int check(const struct check_command *command)
{
	struct output out = output_stdout(command->format == CHECK_JSON);
	struct check_file *files = calloc(command->file_count, sizeof(*files));
	int result = files ? 0 : fail("out of memory");

	for (uint32_t i = 0; i < command->file_count && !result; i++) {
		files[i].name = command->files[i];
		result = check_file(command, &out, &files[i]);
	}
	if (!result && report_check(&out, command->format, files, command->file_count))
		result = fail("out of memory");
	if (!result)
		result = finish_output(&out);
	if (!result)
		result = exit_code(files, command->file_count);
	for (uint32_t i = 0; files && i < command->file_count; i++)
		free(files[i].rows);
	free(files);
	return result;
}

int command_check(int argc, char **argv)
{
	struct check_command command = {};
	int result = EXIT_FAILED;

	if (!options_parse(&argp, argc, argv, &command))
		result = check(&command);
	free_limits(&command.limits);
	filter_free(&command.owners);
	free(command.files);
	return result;
}
