// SPDX-License-Identifier: GPL-2.0-only
/* A live session from the commands' side: see live.h. */
#include "commands/live.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "capture/privilege_drop.h"
#include "commands/child.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "host/cpulist.h"
#include "host/ksm.h"
#include "host/snapshot.h"
#include "output/output.h"

#define EVENTS_A_READ	  4096
#define DRAIN_NS_MIN	  5000000u
#define DRAIN_NS_DEFAULT  50000000u
#define DRAIN_NS_MAX	  100000000u
#define PROGRESS_EVERY_NS 200000000u
#define KSM_EVERY_NS	  1000000000u

struct live {
	struct live_options options;
	struct capture *capture;
	struct child child;
	sigset_t signals, old_mask;
	bool signals_blocked;
	bool shows_progress;
	uint64_t progress_ns, drain_ns;
	struct event *events;
	struct ksm_samples ksm; /* before the trace, in it and after it, if slices are recorded */
	bool samples_ksm;
	uint64_t ksm_ns; /* the last one's time */
};

enum live_key {
	KEY_STRICT = 0x100,
	KEY_RING_SIZE,
	KEY_HOOKS,
	KEY_BTF,
	KEY_RAW_TP,
	KEY_HASH_STATES
};

static const struct argp_option live_argp_options[] = {
	{ "duration", 'd', "SECONDS", 0, "end after so long (default: at COMMAND's end, or Ctrl-C)",
	  1 },
	{ "strict", KEY_STRICT, NULL, 0, "exit with 3 if events were lost", 1 },
	{ "ring-size", KEY_RING_SIZE, "BYTES", 0,
	  "room per CPU for what is not yet read: 64K, 8M (default: 4M, less on very large "
	  "machines)",
	  1 },
	{ "hooks", KEY_HOOKS, "looks", OPTION_ARG_OPTIONAL,
	  "also hook the kernel's functions that choose a CPU, where it allows that: what they "
	  "were "
	  "asked, and answered; --hooks=looks: and each CPU that they looked at, which says for "
	  "sure by which branch a CPU was chosen, and costs more",
	  1 },
	{ "btf", KEY_BTF, "FILE", 0,
	  "the kernel's type information, where it has no /sys/kernel/btf/vmlinux", 1 },
	{ "verbose", 'v', NULL, 0,
	  "say what is loaded and how much memory it takes; if loading fails, libbpf's words", 1 },
	{ "raw-tracepoints", KEY_RAW_TP, NULL, OPTION_HIDDEN, NULL, 1 },
	{ "hash-states", KEY_HASH_STATES, NULL, OPTION_HIDDEN, NULL, 1 },
	{ 0 }
};

static error_t parse_live(int key, char *arg, struct argp_state *state)
{
	struct live_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->filter;
		return 0;
	case 'd':
		if (parse_seconds(arg, &options->duration_ns))
			return options_refuse(state,
					      "-d %s: not a time (expected seconds above 0, as "
					      "10 or 0.5)",
					      arg);
		return 0;
	case KEY_STRICT:
		options->strict = true;
		return 0;
	case KEY_RING_SIZE:
		if (parse_bytes(arg, &options->ring_bytes) || options->ring_bytes < 4096 ||
		    options->ring_bytes > 1u << 30 ||
		    options->ring_bytes & (options->ring_bytes - 1))
			return options_refuse(state,
					      "--ring-size %s: not a size (expected a power of "
					      "two from 4K to 1G)",
					      arg);
		return 0;
	case KEY_HOOKS:
		if (arg && strcmp(arg, "looks"))
			return options_refuse(state,
					      "--hooks=%s: expected --hooks or --hooks=looks", arg);
		options->hooks = arg ? HOOKS_LOOKS : HOOKS_CHOICES;
		return 0;
	case KEY_BTF:
		options->btf_file = arg;
		return 0;
	case KEY_RAW_TP:
		options->raw_tp = true;
		return 0;
	case KEY_HASH_STATES:
		options->hash_states = true;
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child live_children[] = { { &filter_argp, 0, NULL, 0 }, { 0 } };

const struct argp live_argp = { .options = live_argp_options,
				.parser = parse_live,
				.children = live_children };

void live_options_free(struct live_options *options)
{
	filter_free(&options->filter);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static char *join(int argc, char **argv)
{
	size_t length = 1;
	char *text, *p;

	for (int i = 0; i < argc; i++)
		length += strlen(argv[i]) + 1;
	text = malloc(length);
	if (!text)
		return NULL;
	p = text;
	for (int i = 0; i < argc; i++)
		p += sprintf(p, "%s%s", i ? " " : "", argv[i]);
	return text;
}

/* A CPU that is offline has nothing to trace, a task that is gone will not come back. */
static int check_targets(const struct filter *filter, const struct host_snapshot *host)
{
	hwloc_bitmap_t offline;
	char *list;
	int err = 0;

	for (uint32_t i = 0; i < filter->pid_count; i++)
		if (kill(filter->pids[i], 0) && errno == ESRCH)
			return fail("-p %u: no such process", filter->pids[i]);
	if (!filter->cpus)
		return 0;
	offline = hwloc_bitmap_alloc();
	if (!offline)
		return fail("out of memory");
	/* One that is not even possible is capture's to refuse. */
	hwloc_bitmap_and(offline, filter->cpus, host->possible);
	hwloc_bitmap_andnot(offline, offline, host->online);
	if (!hwloc_bitmap_iszero(offline)) {
		list = cpulist_format(offline);
		err = fail("-C: CPU %s is offline: bring it online, or leave it out",
			   list ? list : "?");
		free(list);
	}
	hwloc_bitmap_free(offline);
	return err;
}

static void say_what_is_loaded(struct live *live)
{
	const struct trace_meta *meta = capture_meta(live->capture);
	char bytes[COUNT_MAX];

	fprintf(stderr, "interloper: %s; rings: %s in all\n", meta->rests_on,
		format_bytes(bytes, capture_ring_bytes(live->capture)));
}

static int live_prepare(struct live *live, struct capture_options capture, int argc, char **argv)
{
	struct host_snapshot host = {};
	char why[CAPTURE_WHY_MAX];
	struct trace_meta *meta;
	int err;

	err = host_snapshot_take(&host, "");
	if (err)
		return fail("cannot read this machine's CPUs from /sys: %s", strerror(-err));
	err = check_targets(&live->options.filter, &host);
	if (err)
		goto out;
	capture.filter = &live->options.filter;
	capture.host = &host;
	capture.ring_bytes = live->options.ring_bytes;
	capture.hooks = capture.record ? live->options.hooks : HOOKS_NONE;
	capture.btf_file = live->options.btf_file;
	capture.raw_tp = live->options.raw_tp;
	capture.hash_states = live->options.hash_states;
	capture.verbose = live->options.verbose;
	if (capture_open(&live->capture, &capture, why)) {
		err = fail("%s", why);
		goto out;
	}
	meta = capture_meta(live->capture);
	meta->host_json = host_snapshot_to_json(&host);
	meta->command = join(argc, argv);
	if (!meta->host_json || !meta->command)
		err = fail("out of memory");
	if (live->options.verbose)
		say_what_is_loaded(live);
out:
	host_snapshot_free(&host);
	return err;
}

static int refuse_command(const char *name, int err)
{
	if (strspn(name, "0123456789,-") == strlen(name))
		return fail("cannot run \"%s\": a CPU is named by -C %s, a task by -p or -t", name,
			    name);
	return fail("cannot run \"%s\": %s", name, strerror(-err));
}

static int prepare_child(struct live *live)
{
	int err;

	if (!live->options.command)
		return 0;
	err = child_prepare(&live->child, live->options.command, &live->old_mask,
			    live->options.stdout_is_taken);
	return err ? fail("cannot fork: %s", strerror(-err)) : 0;
}

void live_keep_off_targets(const struct trace_meta *meta)
{
	size_t size = CPU_ALLOC_SIZE(meta->cpu_count);
	cpu_set_t *set = CPU_ALLOC(meta->cpu_count);

	if (!set || meta->all_cpus || sched_getaffinity(0, size, set))
		goto out;
	for (uint32_t cpu = 0; cpu < meta->cpu_count; cpu++)
		if (hwloc_bitmap_isset(meta->target_cpus, cpu))
			CPU_CLR_S(cpu, size, set);
	if (CPU_COUNT_S(size, set))
		sched_setaffinity(0, size, set);
out:
	CPU_FREE(set);
}

/*
 * The recorder keeps off the target CPUs, and asks for prompt service, since rings fill while it
 * waits behind a crowd. COMMAND, forked before, gets neither. What is refused (CAP_SYS_NICE) is
 * done without.
 */
static void stay_out_of_the_way(struct live *live)
{
	if (setpriority(PRIO_PROCESS, 0, -20) && live->options.verbose)
		fprintf(stderr,
			"interloper: no CAP_SYS_NICE: the recorder has ordinary priority\n");
	live_keep_off_targets(capture_meta(live->capture));
}

/* Its files can be read by everybody. What cannot be kept is missing: no report rests on it alone.
 */
static void sample_ksm(struct live *live)
{
	live->ksm_ns = now_ns();
	if (live->samples_ksm && ksm_samples_add(&live->ksm, "", live->ksm_ns))
		live->samples_ksm = false;
}

struct live *live_open(const struct live_options *options, struct capture_options capture, int argc,
		       char **argv)
{
	struct live *live = calloc(1, sizeof(*live));

	if (!live || !(live->events = calloc(EVENTS_A_READ, sizeof(*live->events)))) {
		free(live);
		fail("out of memory");
		return NULL;
	}
	live->options = *options;
	live->drain_ns = DRAIN_NS_DEFAULT;
	live->shows_progress = isatty(STDERR_FILENO) && !options->verbose;
	if (options->command && child_can_run(options->command[0])) {
		refuse_command(options->command[0], child_can_run(options->command[0]));
		live_close(live);
		return NULL;
	}
	sigemptyset(&live->signals);
	sigaddset(&live->signals, SIGINT);
	sigaddset(&live->signals, SIGTERM);
	sigaddset(&live->signals, SIGHUP);
	sigaddset(&live->signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &live->signals, &live->old_mask);
	live->signals_blocked = true;
	/* A reader of our output that goes away is an error to handle, not a death. */
	signal(SIGPIPE, SIG_IGN);
	if (!live_prepare(live, capture, argc, argv) && !prepare_child(live)) {
		stay_out_of_the_way(live);
		live->samples_ksm = capture.record;
		sample_ksm(live);
		capture_start(live->capture);
		return live;
	}
	live_close(live);
	return NULL;
}

static void unblock_signals(struct live *live)
{
	if (live->signals_blocked)
		sigprocmask(SIG_SETMASK, &live->old_mask, NULL);
	live->signals_blocked = false;
}

void live_close(struct live *live)
{
	if (!live)
		return;
	child_end(&live->child);
	capture_close(live->capture);
	unblock_signals(live);
	ksm_samples_free(&live->ksm);
	free(live->events);
	free(live);
}

struct capture *live_capture(struct live *live)
{
	return live->capture;
}

const struct trace_meta *live_meta(struct live *live)
{
	return capture_meta(live->capture);
}

static void show_progress(struct live *live, uint64_t now)
{
	char count[COUNT_MAX];
	uint64_t start = capture_meta(live->capture)->start_ns;

	if (!live->shows_progress || now - live->progress_ns < PROGRESS_EVERY_NS)
		return;
	live->progress_ns = now;
	fprintf(stderr, "\rtracing: %.1f s, %s slices (Ctrl-C ends) ", (now - start) / 1e9,
		format_count(count, capture_slices(live->capture)));
}

static void end_progress(struct live *live)
{
	if (live->shows_progress && live->progress_ns)
		fputs("\r\033[K", stderr);
}

static int drain(struct live *live, struct live_sink *sink)
{
	int n, err = 0;

	if (!sink)
		return 0;
	while (!err && (n = capture_read(live->capture, live->events, EVENTS_A_READ)) != 0)
		err = n < 0 ? n : sink->add(sink, live->events, n);
	if (!err && sink->drained)
		err = sink->drained(sink);
	return err;
}

/* Sooner when rings fill, later when little comes: a reader that sleeps costs nothing. */
static void pace(struct live *live)
{
	unsigned int percent = capture_pressure(live->capture);

	if (percent > 20)
		live->drain_ns =
			live->drain_ns / 2 > DRAIN_NS_MIN ? live->drain_ns / 2 : DRAIN_NS_MIN;
	else if (percent < 5 && live->drain_ns < DRAIN_NS_MAX)
		live->drain_ns += live->drain_ns / 4;
}

/* Sleeps until the next drain or a signal. Whether the session is over. */
static bool wait_for_end(struct live *live, uint64_t deadline_ns)
{
	uint64_t now = now_ns(), wait = live->drain_ns;
	struct timespec timeout;
	int signal_number;

	if (deadline_ns && now >= deadline_ns)
		return true;
	if (deadline_ns && deadline_ns - now < wait)
		wait = deadline_ns - now;
	timeout = (struct timespec){ .tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000 };
	signal_number = sigtimedwait(&live->signals, NULL, &timeout);
	if (signal_number == SIGCHLD)
		return child_has_ended(&live->child);
	return signal_number > 0;
}

static int loop(struct live *live, struct live_sink *sink)
{
	uint64_t duration = live->options.duration_ns, deadline_ns = 0;
	bool over = false;
	int err;

	if (duration)
		deadline_ns = capture_meta(live->capture)->start_ns + duration;
	if (live->child.pid) {
		err = child_go(&live->child);
		if (err) {
			refuse_command(live->options.command[0], err);
			return err;
		}
	}
	while (!over) {
		over = wait_for_end(live, deadline_ns);
		if (!over) {
			err = drain(live, sink);
			if (err)
				return err;
			pace(live);
			if (now_ns() - live->ksm_ns >= KSM_EVERY_NS)
				sample_ksm(live);
		}
		show_progress(live, now_ns());
	}
	return 0;
}

/* Programs are attached, COMMAND is forked, the caller has opened its output. */
static int give_up_privilege(void)
{
	int err = privilege_drop();

	if (err)
		fail("cannot give up the capabilities that loading needed: %s", strerror(-err));
	return err;
}

int live_run(struct live *live, struct live_sink *sink)
{
	int err = live->options.keeps_privilege ? 0 : give_up_privilege(), stop_err;

	if (!err)
		err = loop(live, sink);
	end_progress(live);
	stop_err = capture_stop(live->capture);
	sample_ksm(live);
	if (live->ksm.count && live->ksm.list[0].state.there)
		capture_meta(live->capture)->ksm_json = ksm_samples_to_json(&live->ksm);
	unblock_signals(live);
	child_end(&live->child);
	if (stop_err)
		fail("the trace's end could not be looked at (%s): what was cut by it is missing",
		     strerror(-stop_err));
	return err ? err : drain(live, sink);
}

int live_verdict(const struct live *live)
{
	uint64_t lost = trace_meta_lost(capture_meta(live->capture));
	char count[COUNT_MAX];
	int status = live->child.status;

	if (live->child.ended && WIFEXITED(status) && WEXITSTATUS(status))
		fprintf(stderr, "interloper: the command exited with %d\n", WEXITSTATUS(status));
	if (live->child.ended && WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM)
		fprintf(stderr, "interloper: the command died of signal %d\n", WTERMSIG(status));
	if (!live->options.strict || !lost)
		return EXIT_DONE;
	fail("%s events lost, so no verdict (--strict): try a larger --ring-size, or fewer CPUs "
	     "(-C)",
	     format_count(count, lost));
	return EXIT_NO_VERDICT;
}
