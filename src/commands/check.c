// SPDX-License-Identifier: GPL-2.0-only
/* interloper check: whether traces keep limits, and got worse than earlier ones. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/compare_runs.h"
#include "commands/options.h"
#include "commands/run.h"
#include "host/read.h"
#include "output/report_check.h"

#define LIMITS_FILE_BYTES (1u << 20)

struct names {
	char **list;
	uint32_t count;
};

struct check_command {
	struct limits limits;
	struct filter owners; /* tasks alone */
	enum check_format format;
	uint64_t max_loss;
	struct names files, baselines;
	struct compare_options compare;
};

enum {
	KEY_LIMIT = 0x200,
	KEY_LIMITS,
	KEY_BASELINE,
	KEY_COMPARE,
	KEY_FORMAT,
	KEY_JSON,
	KEY_MAX_LOSS,
	KEY_OWNER,
	KEY_HELP
};

static const struct argp_option argp_options[] = {
	{ "limit", KEY_LIMIT, "LIMIT", 0,
	  "a limit, as \"p99(run, task=ksmd) < 1ms\"; may be repeated", 0 },
	{ "limits", KEY_LIMITS, "FILE", 0, "limits from a file, one a line", 0 },
	{ "baseline", KEY_BASELINE, "FILE", 0,
	  "an earlier trace, or the JSON of its summary, to compare with; repeat it: three and "
	  "more "
	  "show the noise between runs",
	  0 },
	{ "compare", KEY_COMPARE, "EXPRESSION", 0,
	  "what to compare, as \"p99(wake_delay, task=web*)\"; may be repeated (default: p50 and "
	  "p99 "
	  "of delays, of all tasks and of those that waited longest)",
	  0 },
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
		int err = limits_add(&command->limits, line, false, &error);

		number++;
		snprintf(where, sizeof(where), "%.250s line %u", path, number);
		if (err)
			result = limits_refuse(state, err, where, line, &error);
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

static int take_name(struct names *names, const struct argp_state *state, char *name)
{
	char **grown = realloc(names->list, (names->count + 1) * sizeof(*grown));

	if (!grown)
		return options_refuse(state, "out of memory");
	names->list = grown;
	grown[names->count++] = name;
	return 0;
}

/* The first of the limits that is one, or that is compared. */
static const struct limit *find(const struct limits *limits, bool compared)
{
	for (uint32_t i = 0; i < limits->count; i++)
		if (limits->list[i].compared == compared)
			return &limits->list[i];
	return NULL;
}

static int check_usage(const struct check_command *command, const struct argp_state *state)
{
	const struct limit *compared = find(&command->limits, true);

	if (!command->files.count)
		return options_refuse(state, "which trace file?");
	if (!command->limits.count && !command->baselines.count)
		return options_refuse(state,
				      "no limit: --limit or --limits (--help-limits shows what "
				      "can be said), or --baseline");
	if (compared && !command->baselines.count)
		return options_refuse(state, "compare %s: with what? --baseline", compared->text);
	if (!command->baselines.count)
		return 0;
	for (uint32_t i = 0; i < command->files.count + command->baselines.count; i++) {
		const char *name = i < command->files.count
					   ? command->files.list[i]
					   : command->baselines.list[i - command->files.count];

		if (!strcmp(name, "-"))
			return options_refuse(state,
					      "-: to be compared, a trace is read twice: save it "
					      "to a file first");
	}
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct check_command *command = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &command->compare;
		return 0;
	case KEY_LIMIT:
		return limits_take(&command->limits, state, arg, false);
	case KEY_COMPARE:
		return limits_take(&command->limits, state, arg, true);
	case KEY_BASELINE:
		return take_name(&command->baselines, state, arg);
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
		return options_take_number(state, "--max-loss", arg, &command->max_loss);
	case ARGP_KEY_ARG:
		return take_name(&command->files, state, arg);
	case ARGP_KEY_END:
		return check_usage(command, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &compare_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "FILE...",
	.doc = "Tells whether traces keep limits on latency, and whether they got worse than "
	       "earlier "
	       "ones."
	       "\vThe exit code is 0 if all pass, 2 if a limit fails or there is a regression, and "
	       "3 if "
	       "neither is, but of some it cannot be told: no or too few samples, events lost.\n\n"
	       "  interloper check run.ilt --limit 'p99(wake_delay, task=web*) < 200us'\n"
	       "  interloper check run.ilt --limits limits.txt --format junit >interloper.xml\n"
	       "  interloper check run.ilt --baseline mon.ilt --baseline tue.ilt --baseline "
	       "wed.ilt\n",
	.children = children,
};

static int check_limit(const struct run *run, const struct limit *limit, struct check_row *row)
{
	struct limit_result found;
	const char *why;
	struct limit_facts facts = run_facts(run, limit, &why);

	if (why)
		found = (struct limit_result){ .verdict = LIMIT_INCONCLUSIVE, .why = why };
	else if (limit_check(&found, limit, &facts))
		return fail("out of memory");
	*row = (struct check_row){ .what = limit,
				   .verdict = found.verdict == LIMIT_PASS   ? CHECK_PASS
					      : found.verdict == LIMIT_FAIL ? CHECK_FAIL
									    : CHECK_INCONCLUSIVE,
				   .why = found.why,
				   .known = found.known,
				   .value = found.value,
				   .samples = found.samples,
				   .worst_ns = found.worst_ns,
				   .worst_at_ns = found.worst_at_ns };
	if (run->unfit && limit->statistic != LIMIT_LOST) {
		row->verdict = CHECK_INCONCLUSIVE;
		row->why = run->unfit;
	}
	run_worst(row->worst, run, &found);
	return 0;
}

static int check_run(const struct check_command *command, const struct run *run,
		     const struct compare_runs *compared, uint32_t index, struct check_file *file)
{
	uint32_t comparisons = compared ? compare_runs_count(compared) : 0;
	int result = 0;

	file->name = run->name;
	file->meta = run_meta(run);
	file->hostname = run_host(run) ? run_host(run)->hostname : NULL;
	file->kernel = run_kernel(run);
	file->rows = calloc(command->limits.count + comparisons + 1, sizeof(*file->rows));
	if (!file->rows)
		return fail("out of memory");
	for (uint32_t i = 0; i < command->limits.count && !result; i++)
		if (!command->limits.list[i].compared)
			result = check_limit(run, &command->limits.list[i],
					     &file->rows[file->count++]);
	if (!result && compared) {
		result = compare_runs_rows(compared, index, &file->rows[file->count], file);
		file->count += comparisons;
	}
	return result;
}

static int exit_code(const struct check_file *files, uint32_t count)
{
	bool inconclusive = false;

	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < files[i].count; j++) {
			enum check_verdict verdict = files[i].rows[j].verdict;

			if (verdict == CHECK_FAIL || verdict == CHECK_REGRESSION)
				return EXIT_LIMIT;
			inconclusive |= verdict == CHECK_INCONCLUSIVE;
		}
	}
	return inconclusive ? EXIT_NO_VERDICT : EXIT_DONE;
}

static int check(const struct check_command *command, const struct output *out,
		 const struct run *runs, struct check_file *files)
{
	const uint32_t n = command->files.count;
	struct compare_runs compared = { .runs = runs,
					 .run_count = n,
					 .baselines = runs + n,
					 .baseline_count = command->baselines.count,
					 .asked = &command->limits,
					 .options = command->compare };
	struct check_report report = { .files = files,
				       .count = n,
				       .baselines = command->baselines.list,
				       .baseline_count = command->baselines.count,
				       .options = command->compare };
	int result = 0;

	if (compared.baseline_count)
		result = compare_runs_prepare(&compared);
	for (uint32_t i = 0; i < n && !result; i++)
		result = check_run(command, &runs[i], compared.baseline_count ? &compared : NULL, i,
				   &files[i]);
	if (!result && report_check(out, command->format, &report))
		result = fail("out of memory");
	if (!result)
		result = finish_output(out);
	if (!result)
		result = exit_code(files, n);
	compare_runs_free(&compared);
	return result;
}

static int load_and_check(const struct check_command *command)
{
	struct output out = output_stdout(command->format == CHECK_JSON);
	struct run_options options = { .out = &out,
				       .owners = &command->owners,
				       .needs = limits_needs(&command->limits),
				       .max_loss = command->max_loss };
	uint32_t n = command->files.count, all = n + command->baselines.count;
	struct run *runs = calloc(all, sizeof(*runs));
	struct check_file *files = calloc(n, sizeof(*files));
	int result = runs && files ? 0 : fail("out of memory");

	for (uint32_t i = 0; i < all && !result; i++)
		result = run_load(&runs[i],
				  i < n ? command->files.list[i] : command->baselines.list[i - n],
				  &options);
	if (!result)
		result = check(command, &out, runs, files);
	for (uint32_t i = 0; i < n && files; i++)
		check_file_free(&files[i]);
	for (uint32_t i = 0; i < all && runs; i++)
		run_free(&runs[i]);
	free(files);
	free(runs);
	return result;
}

int command_check(int argc, char **argv)
{
	struct check_command command = {};
	int result = EXIT_FAILED;

	if (!options_parse(&argp, argc, argv, &command))
		result = load_and_check(&command);
	limits_free(&command.limits);
	filter_free(&command.owners);
	free(command.files.list);
	free(command.baselines.list);
	return result;
}
