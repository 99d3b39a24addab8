// SPDX-License-Identifier: GPL-2.0-only
/* interloper explain: what a CPU is to the scheduler, and what could put a task there. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/gather.h"
#include "commands/input.h"
#include "commands/options.h"
#include "host/cpulist.h"
#include "output/report_explain.h"

struct explain_command {
	const char *file; /* NULL: live */
	const char *task;
	int cpu; /* -1: not given */
	bool json;
};

enum { KEY_JSON = 0x200 };

static const struct argp_option argp_options[] = {
	{ "cpu", 'C', "CPU", 0, "the CPU to explain", 0 },
	{ "task", 't', "TASK", 0,
	  "what could put this task there: a name (ksmd; kworker* for the first that begins so) or "
	  "a "
	  "thread id",
	  0 },
	{ "input", 'i', "FILE", 0,
	  "a trace file: of the machine it was made on; - is stdin (also without -i)", 0 },
	{ "json", KEY_JSON, NULL, 0, "one JSON object", 0 },
	{ 0 }
};

static error_t take_cpu(struct explain_command *command, const char *text, struct argp_state *state)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	int err = set ? cpulist_parse(set, text) : -1;

	command->cpu = err ? -1 : hwloc_bitmap_first(set);
	if (!err && hwloc_bitmap_weight(set) != 1)
		err = -1;
	hwloc_bitmap_free(set);
	return err ? options_refuse(state, "-C %s: not one CPU (explain takes a number, as 43)",
				    text)
		   : 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct explain_command *command = state->input;

	switch (key) {
	case 'C':
		return take_cpu(command, arg, state);
	case 't':
		if (!*arg)
			return options_refuse(state, "-t: no task");
		command->task = arg;
		return 0;
	case 'i':
	case ARGP_KEY_ARG:
		if (command->file)
			return options_refuse(state, "%s: one trace file at a time", arg);
		command->file = arg;
		return 0;
	case KEY_JSON:
		command->json = true;
		return 0;
	case ARGP_KEY_END:
		if (command->cpu < 0)
			return options_refuse(state, "which CPU? -C 43");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "[FILE]",
	.doc = "Tells what a CPU is to the scheduler: its place, its scheduling domains, what "
	       "isolates "
	       "it. With -t, what could put TASK there: where its CPU mask comes from, its flags, "
	       "and for each way of the kernel whether it may place it there, and why."
	       "\vNo tracing, and no privilege: what cannot be read is told as unknown. With FILE "
	       "all "
	       "of it is from the host snapshot of that trace. It tells what may happen; what did, "
	       "a "
	       "trace tells.\n\n"
	       "  interloper explain -C 43 -t ksmd\n",
};

/* The task that -t means, or EXIT_FAILED after a line on stderr. */
static int find_task(const struct explain_command *command, const struct host_snapshot *host,
		     const struct host_task **task, uint32_t *others)
{
	const char *name = command->task;
	char *end;
	unsigned long tid;

	*others = 0;
	*task = NULL;
	if (!name)
		return 0;
	tid = strtoul(name, &end, 10);
	if (isdigit((unsigned char)*name) && !*end)
		*task = tid <= UINT32_MAX ? explain_find_tid(host, (uint32_t)tid) : NULL;
	else
		*task = explain_find_name(host, name, others);
	return *task ? 0 : fail("-t %s: no such task", name);
}

static int print(const struct explain_command *command, const struct explanation *explanation)
{
	struct output out = output_stdout(command->json);

	if (out.json)
		return print_json(&out, report_explain_json(explanation));
	if (report_explain(&out, explanation))
		return fail("out of memory");
	return finish_output(&out);
}

/* What is read beyond the snapshot is of this machine: only where that is meant. */
static int explain_host(const struct explain_command *command, const struct host_snapshot *host)
{
	struct explanation explanation = {};
	struct isolation isolation = {};
	struct task_cpuset cpuset = {};
	const struct host_task *task;
	uint32_t others;
	bool live = !command->file;
	int result = EXIT_FAILED;

	if ((uint32_t)command->cpu >= host->cpu_count)
		return fail("-C %d: there is no such CPU (the last one is %d)", command->cpu,
			    (int)host->cpu_count - 1);
	if (find_task(command, host, &task, &others))
		return EXIT_FAILED;
	if (isolation_from_snapshot(&isolation, host) ||
	    (live && task && cpuset_read(&cpuset, "", task->tid)) ||
	    explain(&explanation, host, &isolation, (uint32_t)command->cpu, task,
		    live && task ? &cpuset : NULL)) {
		fail("out of memory");
	} else {
		explanation.others = others;
		result = print(command, &explanation);
	}
	explain_free(&explanation);
	cpuset_free(&cpuset);
	isolation_free(&isolation);
	return result;
}

static int explain_file(const struct explain_command *command)
{
	int result = EXIT_FAILED;
	struct input input;

	if (input_open(&input, command->file, NULL))
		return EXIT_FAILED;
	if (input.has_host)
		result = explain_host(command, &input.host);
	else if (!trace_reader_meta(input.reader)->host_json)
		fail("%s: the trace has no host snapshot", command->file);
	/* else input_open() has said what is wrong with it. */
	input_close(&input);
	return result;
}

int command_explain(int argc, char **argv)
{
	struct explain_command command = { .cpu = -1 };
	struct host_snapshot host;
	int result, err;

	if (options_parse(&argp, argc, argv, &command))
		return EXIT_FAILED;
	if (command.file)
		return explain_file(&command);
	err = host_snapshot_take(&host, "");
	if (err)
		return fail("this machine cannot be read: %s", strerror(-err));
	result = explain_host(&command, &host);
	host_snapshot_free(&host);
	return result;
}
