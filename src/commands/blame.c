// SPDX-License-Identifier: GPL-2.0-only
/* interloper blame: who pays, and to whom; live or of a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/either.h"
#include "commands/gather_blame.h"
#include "commands/options.h"
#include "output/report.h"
#include "output/json.h"
#include "output/report_blame.h"
#include "output/report_idleness.h"
#include "output/report_interlopers.h"
#include "output/report_steal.h"

#define VICTIMS_SHOWN	  5
#define CULPRITS_SHOWN	  3
#define WORST_SHOWN	  3
#define WORST_MAX	  1000
#define RHYTHMS		  32 /* some ms each */
#define INTERLOPERS_SHOWN 10

struct blame_command {
	struct either_options either;
	struct filter victims, owners; /* tasks alone */
	uint32_t top, worst;
};

enum { KEY_VICTIM = 0x200, KEY_OWNER, KEY_TOP, KEY_WORST };

static const struct argp_option argp_options[] = {
	{ "victim", KEY_VICTIM, "TASK", 0,
	  "only what this task paid: a name (a prefix with *), a pid, vcpu, or a list of them", 0 },
	{ "owner", KEY_OWNER, "TASK", 0,
	  "with -C: what these CPUs are for, likewise; all else that ran there is an interloper "
	  "(default: vCPU threads, else tasks that are bound to these CPUs alone)",
	  0 },
	{ "top", KEY_TOP, "N", 0, "the first N victims (default: 5; 0: all)", 0 },
	{ "worst", KEY_WORST, "N", 0, "tell the N longest waits in full (default: 3)", 0 },
	{ 0 }
};

static int take_tasks(const struct argp_state *state, const char *option, const char *list,
		      struct filter *tasks)
{
	if (!filter_add_tasks(tasks, list))
		return 0;
	return options_refuse(state,
			      "%s %s: expected a task's name, a pid, vcpu, or a list of them",
			      option, list);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct blame_command *command = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &command->either;
		return 0;
	case KEY_VICTIM:
		return take_tasks(state, "--victim", arg, &command->victims);
	case KEY_OWNER:
		return take_tasks(state, "--owner", arg, &command->owners);
	case KEY_TOP:
		return options_take_count(state, "--top", arg, UINT32_MAX, &command->top);
	case KEY_WORST:
		return options_take_count(state, "--worst", arg, WORST_MAX, &command->worst);
	case ARGP_KEY_END:
		if (filter_has_tasks(&command->either.live.filter))
			return options_refuse(state,
					      "-t and -p leave out the tasks that others wait for: "
					      "use --victim");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &either_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "[FILE | -- COMMAND [ARG...]]",
	.doc = "Shows who waited to run, and whose slices filled the time."
	       "\vEach wait is from when the task was runnable until it ran. What ran on its CPU "
	       "meanwhile is what it waited for; the parts are the whole delay, to the ns. With a "
	       "file, -C and --time choose whose waits are shown; all slices explain them.\n\n"
	       "  sudo interloper blame -C 43 -d 10\n"
	       "  interloper blame trace.ilt --victim nginx --worst 10\n",
	.children = children,
};

/* The victims are what the filter lets through. */
static void add_victims(struct filter *filter, struct filter *victims)
{
	filter->comms = victims->comms;
	filter->comm_count = victims->comm_count;
	filter->pids = victims->pids;
	filter->pid_count = victims->pid_count;
	filter->vcpus = victims->vcpus;
	memset(victims, 0, sizeof(*victims));
}

/* The CPUs that the report is about; NULL: all. */
static hwloc_const_bitmap_t targets_of(const struct either_source *source)
{
	return source->filter->cpus;
}

static int prepare(void *context, struct gather *gather, const struct either_source *source)
{
	struct blame_command *command = context;
	struct gather_blame_options options = {
		.meta = source->meta,
		.host = source->host,
		.live = source->live,
		.stories = command->worst,
		.idleness = !source->meta->task_filter, /* with one, idle time is not told */
		.targets = targets_of(source),
	};

	if (filter_has_tasks(&command->owners) && !options.targets)
		return fail("--owner: of which CPUs? name them with -C");
	add_victims(source->filter, &command->victims);
	gather_set_filter(gather, source->filter);
	return gather_blame(gather, &options);
}

/* What a report says beside blame itself. */
struct parts {
	struct steal *machines;
	uint32_t machine_count;
	struct interlopers interlopers;
	bool has_interlopers;
};

static int make_parts(struct parts *parts, const struct blame_command *command,
		      struct gather *gather, const struct either_source *source)
{
	struct owner_options owner = { .asked = &command->owners,
				       .targets = targets_of(source),
				       .host = source->host };

	memset(parts, 0, sizeof(*parts));
	parts->has_interlopers = gather->visits != NULL;
	if (steal_make(&parts->machines, &parts->machine_count, gather->blame, &gather->tasks,
		       source->host) ||
	    (gather->visits && interlopers_make(&parts->interlopers, gather->visits, gather->blame,
						&gather->tasks, &owner, RHYTHMS)))
		return fail("out of memory");
	return 0;
}

static void free_parts(struct parts *parts)
{
	steal_free(parts->machines, parts->machine_count);
	interlopers_free(&parts->interlopers);
}

/* Of all target CPUs together, as far as they are known. */
static uint64_t window_ns(const struct either_source *source)
{
	const struct trace_meta *meta = source->meta;
	const struct filter *filter = source->filter;
	uint64_t from = meta->start_ns, to = meta->end_ns;

	if (filter->from_ns > from)
		from = filter->from_ns;
	if (filter->to_ns && filter->to_ns < to)
		to = filter->to_ns;
	return to > from && filter->cpus ? (to - from) * hwloc_bitmap_weight(filter->cpus) : 0;
}

static int print_text(const struct blame_command *command, struct gather *gather,
		      const struct either_source *source, const struct parts *parts)
{
	struct who who = { &gather->tasks, source->host };
	struct blame_report blame = {
		.blame = gather->blame,
		.who = who,
		.victims = command->top,
		.culprits = CULPRITS_SHOWN,
	};
	struct interlopers_report interlopers = {
		.interlopers = &parts->interlopers,
		.who = who,
		.window_ns = window_ns(source),
		.limit = INTERLOPERS_SHOWN,
	};
	struct idleness_report idleness = {
		.idleness = gather->idleness,
		.blame = gather->blame,
		.who = who,
		.cpus = source->filter->cpus ? source->filter->cpus : source->meta->target_cpus,
		.limit = command->top,
	};

	print_header(gather, source->meta, source->host, source->damage);
	if ((parts->has_interlopers && report_interlopers(gather->out, &interlopers)) ||
	    report_blame(gather->out, &blame) ||
	    report_steal(gather->out, &who, parts->machines, parts->machine_count))
		return fail("out of memory");
	report_blame_stories(gather->out, &blame);
	if (gather->idleness && report_idleness(gather->out, &idleness))
		return fail("out of memory");
	return finish_output(gather->out);
}

static int print_object(const struct blame_command *command, struct gather *gather,
			const struct either_source *source, const struct parts *parts)
{
	struct who who = { &gather->tasks, source->host };
	struct blame_report blame = { .blame = gather->blame, .who = who };
	struct interlopers_report interlopers = { .interlopers = &parts->interlopers,
						  .who = who,
						  .window_ns = window_ns(source) };
	struct idleness_report idleness = {
		.idleness = gather->idleness,
		.blame = gather->blame,
		.who = who,
		.cpus = source->filter->cpus ? source->filter->cpus : source->meta->target_cpus,
	};
	json_t *object =
		report_header_json(source->meta, source->host, &gather->losses, source->damage);

	json_put(&object, "blame", report_blame_json(&blame));
	json_put(&object, "interlopers",
		 parts->has_interlopers ? report_interlopers_json(&interlopers) : json_null());
	json_put(&object, "machines",
		 report_steal_json(&who, parts->machines, parts->machine_count));
	json_put(&object, "idle_while_waiting",
		 gather->idleness ? report_idleness_json(&idleness) : json_null());
	return print_json(gather->out, object);
}

static int print(void *context, struct gather *gather, const struct either_source *source)
{
	const struct blame_command *command = context;
	struct parts parts;
	int result;

	if (gather_blame_finish(gather))
		return EXIT_FAILED;
	result = make_parts(&parts, command, gather, source);
	if (!result)
		result = gather->out->json ? print_object(command, gather, source, &parts)
					   : print_text(command, gather, source, &parts);
	free_parts(&parts);
	return result;
}

int command_blame(int argc, char **argv)
{
	static const struct either_job job = { prepare, print };
	struct blame_command command = {
		.either.reads_all = true,
		.top = VICTIMS_SHOWN,
		.worst = WORST_SHOWN,
	};
	int result = EXIT_FAILED;

	if (!options_parse(&argp, argc, argv, &command))
		result = either_run(&command.either, &job, &command, argc, argv);
	either_options_free(&command.either);
	filter_free(&command.victims);
	filter_free(&command.owners);
	return result;
}
