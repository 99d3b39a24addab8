// SPDX-License-Identifier: GPL-2.0-only
/* interloper advise: what to do about who takes a CPU; live or of a file, and on request done. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/advise_verify.h"
#include "commands/apply.h"
#include "commands/commands.h"
#include "commands/either.h"
#include "commands/gather_advice.h"
#include "commands/gather_blame.h"
#include "commands/options.h"
#include "host/journal.h"
#include "output/json.h"
#include "output/line.h"
#include "output/report.h"
#include "output/report_advice.h"
#include "output/report_interlopers.h"
#include "output/report_ksm.h"

#define INTERLOPERS_SHOWN 5

struct advise_command {
	struct either_options either;
	struct filter owners; /* tasks alone */
	struct ksm_limits limits;
	bool script, apply, all;
	const char *only; /* NULL: everything */
	struct apply_request request;
	uint64_t verify_ns;
	/* Made by the trace. */
	hwloc_bitmap_t targets;
	struct advice_made made;
	struct verify_roles roles;
	char *spool;	/* --verify without -o: the first trace's file; NULL: none */
	json_t *object; /* --json: printed when all is done */
};

enum {
	KEY_OWNER = 0x200,
	KEY_SLICE_MAX,
	KEY_DUTY_MAX,
	KEY_ONLY,
	KEY_ALL,
	KEY_SCRIPT,
	KEY_APPLY,
	KEY_YES,
	KEY_STATE,
	KEY_VERIFY
};

static const struct argp_option argp_options[] = {
	{ "owner", KEY_OWNER, "TASK", 0,
	  "with -C: what these CPUs are for: a name (a prefix with *), a pid, vcpu, or a list of "
	  "them (default: vCPU threads, else tasks that are bound to these CPUs alone)",
	  0 },
	{ "ksm-slice-max", KEY_SLICE_MAX, "TIME", 0,
	  "how long ksmd may stay on a CPU: 500us, 2ms, or \"none\" (default: 1ms)", 0 },
	{ "ksm-duty-max", KEY_DUTY_MAX, "PERCENT", 0,
	  "how much of a CPU ksmd may take: 5%, or \"none\" (default: 5%)", 0 },
	{ "only", KEY_ONLY, "LIST", 0,
	  "only advice by these rules, or on these tasks: ksm-scan,ksmd", 0 },
	{ "all", KEY_ALL, NULL, 0, "also what would change less than 1 % of all that was seen", 0 },
	{ "script", KEY_SCRIPT, NULL, 0, "a shell script that does it, and undoes it, to be read",
	  0 },
	{ "apply", KEY_APPLY, NULL, 0,
	  "change what is listed under \"do\" as a file or a task's CPUs, after asking; "
	  "\"interloper revert\" takes it back. Privileges are kept until then",
	  0 },
	{ "yes", KEY_YES, NULL, 0, "with --apply: do not ask", 0 },
	{ "state-dir", KEY_STATE, "DIR", 0,
	  "with --apply: the folder with the journal of changes (default: " JOURNAL_FOLDER ")", 0 },
	{ "verify", KEY_VERIFY, "SECONDS", 0,
	  "with --apply: trace again for so long, and tell whether it has helped: exit code 2 if "
	  "it got worse, 3 if that cannot be told",
	  0 },
	{ 0 }
};

static int take_limit_ns(const struct argp_state *state, const char *text, double *limit_ns)
{
	uint64_t ns;

	*limit_ns = NAN;
	if (!strcmp(text, "none"))
		return 0;
	if (parse_duration(text, &ns))
		return options_refuse(
			state, "--ksm-slice-max %s: not a time (expected 500us, 2ms, ...)", text);
	*limit_ns = ns;
	return 0;
}

static int take_limit_share(const struct argp_state *state, const char *text, double *limit)
{
	*limit = NAN;
	if (!strcmp(text, "none"))
		return 0;
	if (parse_percent(text, limit))
		return options_refuse(state,
				      "--ksm-duty-max %s: not a share (expected above 0%% and up "
				      "to 100%%)",
				      text);
	return 0;
}

static int check(const struct advise_command *command, const struct argp_state *state)
{
	const struct either_options *either = &command->either;

	if (filter_has_tasks(&either->live.filter))
		return options_refuse(state, "-t and -p leave out the tasks that others wait for");
	if (command->apply && either->input)
		return options_refuse(state,
				      "%s: --apply needs a live trace: a file may be of another "
				      "machine, or of another time",
				      either->input);
	if (command->apply && command->script)
		return options_refuse(state, "--script and --apply: choose one");
	if (command->script && either->json)
		return options_refuse(state, "--script and --json: choose one");
	if (!command->apply &&
	    (command->request.yes || command->request.state || command->verify_ns))
		return options_refuse(state, "--yes, --state-dir and --verify go with --apply");
	if (command->verify_ns && either->live.command)
		return options_refuse(state, "--verify: a COMMAND would be over by then");
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct advise_command *command = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &command->either;
		return 0;
	case KEY_OWNER:
		if (filter_add_tasks(&command->owners, arg))
			return options_refuse(
				state, "--owner %s: expected a task's name, a pid, vcpu, or a list",
				arg);
		return 0;
	case KEY_SLICE_MAX:
		return take_limit_ns(state, arg, &command->limits.slice_max_ns);
	case KEY_DUTY_MAX:
		return take_limit_share(state, arg, &command->limits.duty_max);
	case KEY_ONLY:
		command->only = arg;
		return 0;
	case KEY_ALL:
		command->all = true;
		return 0;
	case KEY_SCRIPT:
		command->script = true;
		command->either.live.stdout_is_taken = true;
		return 0;
	case KEY_APPLY:
		command->apply = command->either.live.keeps_privilege = true;
		return 0;
	case KEY_YES:
		command->request.yes = true;
		return 0;
	case KEY_STATE:
		command->request.state = arg;
		return 0;
	case KEY_VERIFY:
		if (parse_seconds(arg, &command->verify_ns))
			return options_refuse(
				state, "--verify %s: not a time (expected seconds above 0)", arg);
		return 0;
	case ARGP_KEY_END:
		return check(command, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &either_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "[FILE | -- COMMAND [ARG...]]",
	.doc = "Tells what to do about the tasks that take CPUs, and what that should change."
	       "\vEach advice says what was seen, why it happens, what to do, what then should be, "
	       "how to take it back, and how sure that is. Without -C it is about the CPUs that "
	       "are "
	       "isolated, nohz_full, or have vCPUs pinned to them. Nothing is changed without "
	       "--apply.\n\n"
	       "  sudo interloper advise -C 43 -d 10\n"
	       "  sudo interloper advise -C 43 -d 10 --apply --verify 10\n"
	       "  interloper advise trace.ilt --script\n",
	.children = children,
};

/* The CPUs to be kept free: those that are named, else those of this machine that are special. */
static int find_targets(struct advise_command *command, const struct either_source *source)
{
	command->targets = source->filter->cpus ? hwloc_bitmap_dup(source->filter->cpus)
						: advice_targets(source->host);
	return command->targets ? 0 : fail("out of memory");
}

static bool has_targets(const struct advise_command *command)
{
	return !hwloc_bitmap_iszero(command->targets);
}

static int prepare(void *context, struct gather *gather, const struct either_source *source)
{
	struct advise_command *command = context;
	struct gather_blame_options blame = { .meta = source->meta,
					      .host = source->host,
					      .live = source->live };

	if (find_targets(command, source))
		return EXIT_FAILED;
	if (filter_has_tasks(&command->owners) && !has_targets(command))
		return fail("--owner: of which CPUs? name them with -C");
	if (source->meta->task_filter)
		return fail("the trace is of some tasks alone (%s): who waited for whom is not in "
			    "it",
			    source->meta->task_filter);
	blame.targets = has_targets(command) ? command->targets : NULL;
	gather->by_task = summary_new(SUMMARY_BY_TASK);
	gather->by_cpu = summary_new(SUMMARY_BY_CPU);
	if (!gather->by_task || !gather->by_cpu)
		return fail("out of memory");
	gather_set_filter(gather, source->filter);
	gather_advice(gather);
	return gather_blame(gather, &blame);
}

static void print_text(const struct advise_command *command, struct gather *gather,
		       const struct either_source *source, const struct interlopers *interlopers)
{
	struct interlopers_report report = { .interlopers = interlopers,
					     .who = { &gather->tasks, source->host },
					     .limit = INTERLOPERS_SHOWN };

	print_header(gather, source->meta, source->host, source->damage);
	if (interlopers)
		report_interlopers_lines(gather->out, &report);
	else
		line_print(gather->out, "targets",
			   "%s; name CPUs with -C to hear who disturbs them",
			   source->host ? "no CPU is isolated or has an owner"
					: "which CPUs are isolated is not known");
	report_advice(gather->out, &command->made.list, command->all);
}

static int print_script(struct advise_command *command, struct gather *gather,
			const struct either_source *source)
{
	char what[200] = "of a host that is not known";

	if (source->host)
		snprintf(what, sizeof(what), "on %.64s, Linux %.64s",
			 source->host->hostname ? source->host->hostname : "?",
			 source->host->kernel_release ? source->host->kernel_release : "?");
	if (!command->all)
		advice_list_drop_minor(&command->made.list);
	if (report_advice_script(gather->out, &command->made.list, what))
		return fail("out of memory");
	return finish_output(gather->out);
}

static int make_object(struct advise_command *command, struct gather *gather,
		       const struct either_source *source)
{
	json_t *object =
		report_header_json(source->meta, source->host, &gather->losses, source->damage);

	json_put(&object, "targets",
		 has_targets(command) ? json_cpus(command->targets) : json_null());
	json_put(&object, "ksm", report_ksm_json(&command->made.ksm, &command->made.plan));
	json_put(&object, "advice", report_advice_json(&command->made.list, &gather->tasks));
	command->object = object;
	return object ? 0 : fail("out of memory");
}

static int print(void *context, struct gather *gather, const struct either_source *source)
{
	struct advise_command *command = context;
	struct owner_options owner = { .asked = &command->owners,
				       .targets = command->targets,
				       .host = source->host };
	struct interlopers interlopers = {};
	struct advice_request request = { .meta = source->meta,
					  .host = source->host,
					  .targets = command->targets,
					  .interlopers = gather->visits ? &interlopers : NULL,
					  .limits = command->limits };
	int result = gather_blame_finish(gather);

	if (!result && gather->visits &&
	    interlopers_make(&interlopers, gather->visits, gather->blame, &gather->tasks, &owner,
			     INTERLOPERS_SHOWN))
		result = fail("out of memory");
	if (!result)
		result = gather_advise(gather, &request, &command->made);
	if (!result && command->only)
		advice_list_keep(&command->made.list, command->only, &gather->tasks);
	if (!result && gather->out->json)
		result = make_object(command, gather, source);
	else if (!result && command->script)
		result = print_script(command, gather, source);
	else if (!result)
		print_text(command, gather, source, request.interlopers);
	/* What is minor was told; it is not done. */
	if (!result && command->apply && !command->all)
		advice_list_drop_minor(&command->made.list);
	if (!result && command->verify_ns)
		result = verify_roles_make(&command->roles, &command->made.list, &interlopers,
					   &gather->tasks, source->host, command->targets,
					   source->meta);
	interlopers_free(&interlopers);
	return result;
}

static bool has_changes(const struct advice_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->list[i].change_count)
			return true;
	return false;
}

static int apply(struct advise_command *command)
{
	FILE *out = command->either.json ? stderr : stdout;

	fputc('\n', out);
	return apply_advice(&command->made.list, &command->request, out);
}

static int print_object(struct advise_command *command)
{
	struct output out = output_stdout(true);
	json_t *object = command->object;

	command->object = NULL;
	return print_json(&out, object);
}

static int verify(struct advise_command *command, int argc, char **argv)
{
	struct output out = output_stdout(command->either.json);
	struct verify_request request = { .roles = &command->roles,
					  .before = command->either.recording.file,
					  .live = &command->either.live,
					  .duration_ns = command->verify_ns,
					  .argc = argc,
					  .argv = argv };
	json_t *object = NULL;
	int result = advise_verify(&request, &out, &object);

	if (object)
		json_put(&command->object, "verify", object);
	return result;
}

/* What comes after the advice: changes, and whether they helped. */
static int act(struct advise_command *command, int argc, char **argv)
{
	bool some = has_changes(&command->made.list);
	int result = apply(command);

	if (!result && some && command->verify_ns)
		result = verify(command, argc, argv);
	return result;
}

/* --verify compares with it. */
static int keep_first_trace(struct advise_command *command)
{
	struct recording_options *recording = &command->either.recording;
	int fd;

	command->spool = recording_temporary("--verify", &fd);
	if (!command->spool)
		return EXIT_FAILED;
	close(fd);
	recording->file = command->spool;
	recording->force = recording->quiet = true;
	return 0;
}

static int run(struct advise_command *command, int argc, char **argv)
{
	static const struct either_job job = { prepare, print };
	int result;

	if (command->verify_ns && !command->either.recording.file && keep_first_trace(command))
		return EXIT_FAILED;
	result = either_run(&command->either, &job, command, argc, argv);
	if (!result && command->apply)
		result = act(command, argc, argv);
	if (command->object && print_object(command))
		result = EXIT_FAILED;
	return result;
}

int command_advise(int argc, char **argv)
{
	struct advise_command command = { .either.reads_all = true, .limits = KSM_LIMITS_DEFAULT };
	int result = EXIT_FAILED;

	if (!options_parse(&argp, argc, argv, &command))
		result = run(&command, argc, argv);
	if (command.spool)
		unlink(command.spool);
	free(command.spool);
	json_decref(command.object);
	verify_roles_free(&command.roles);
	advice_list_free(&command.made.list);
	hwloc_bitmap_free(command.targets);
	either_options_free(&command.either);
	filter_free(&command.owners);
	return result;
}
