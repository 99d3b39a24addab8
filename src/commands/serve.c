// SPDX-License-Identifier: GPL-2.0-only
/* interloper serve: counts for as long as it runs, and tells it over HTTP. */
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "capture/capture.h"
#include "capture/privilege_drop.h"
#include "commands/commands.h"
#include "commands/http.h"
#include "commands/live.h"
#include "commands/notify.h"
#include "commands/options.h"
#include "commands/serve_counts.h"
#include "event/meta.h"
#include "host/snapshot.h"

#define LISTEN	   "127.0.0.1:9435"
#define USER	   "nobody"
#define PASSWD	   "/etc/passwd"
#define LARGE_TEXT (1 << 20)

struct serve_options {
	struct http_address listen;
	struct filter filter; /* -C alone */
	const char *user;     /* NULL: who we are */
	struct privilege_user becomes;
	uint32_t max_series;
	const char *btf_file;
	bool raw_tp, hash_states, verbose;
};

struct serve {
	const struct serve_options *options;
	struct host_snapshot host;
	struct http *http;
	struct http_pages pages;
	struct capture *capture;
	struct serve_counts *counts;
	int signal_fd;
};

enum { KEY_LISTEN = 0x300, KEY_USER, KEY_MAX_SERIES, KEY_BTF, KEY_RAW_TP, KEY_HASH_STATES };

static const struct argp_option argp_options[] = {
	{ "listen", KEY_LISTEN, "ADDRESS:PORT", 0,
	  "where to serve (default: " LISTEN "; [::1]:9435; 0.0.0.0:9435 is all addresses)", 0 },
	{ "cpu", 'C', "CPUS", 0, "only what runs on these CPUs: 43, 0-3,8 (default: all)", 0 },
	{ "user", KEY_USER, "NAME", 0,
	  "started by root: the user of " PASSWD " to become (default: " USER ")", 0 },
	{ "max-series", KEY_MAX_SERIES, "N", 0,
	  "tell N names of tasks apart (default: 50), all others are other", 0 },
	{ "btf", KEY_BTF, "FILE", 0,
	  "the kernel's type information, where it has no /sys/kernel/btf/vmlinux", 0 },
	{ "verbose", 'v', NULL, 0, "say what is loaded; if loading fails, libbpf's words", 0 },
	{ "raw-tracepoints", KEY_RAW_TP, NULL, OPTION_HIDDEN, NULL, 0 },
	{ "hash-states", KEY_HASH_STATES, NULL, OPTION_HIDDEN, NULL, 0 },
	{ 0 }
};

static int take_listen(struct serve_options *options, const struct argp_state *state,
		       const char *text)
{
	int err = http_address_parse(&options->listen, text);

	if (err == -ENODEV)
		return options_refuse(state, "--listen %s: no network interface of that name",
				      text);
	return err ? options_refuse(state,
				    "--listen %s: expected an address and a port, as " LISTEN
				    " or [::1]:9435",
				    text)
		   : 0;
}

static int take_cpus(struct serve_options *options, const struct argp_state *state,
		     const char *list)
{
	char why[256] = "out of memory";

	return filter_set_cpus(&options->filter, list, why, sizeof(why))
		       ? options_refuse(state, "%s", why)
		       : 0;
}

/* Whoever starts as root goes on as somebody else. */
static int find_user(struct serve_options *options, const struct argp_state *state)
{
	int err;

	if (geteuid())
		return options->user
			       ? options_refuse(state, "--user: only root can become another user")
			       : 0;
	if (!options->user)
		options->user = USER;
	err = privilege_find_user(&options->becomes, options->user, PASSWD);
	if (err == -ENOENT)
		return options_refuse(state, "--user %s: no such user in " PASSWD, options->user);
	if (err)
		return options_refuse(state, "--user %s: cannot read " PASSWD ": %s", options->user,
				      strerror(-err));
	if (!options->becomes.uid || !options->becomes.gid)
		return options_refuse(state, "--user %s: is root, or of its group: name another",
				      options->user);
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct serve_options *options = state->input;

	switch (key) {
	case KEY_LISTEN:
		return take_listen(options, state, arg);
	case 'C':
		return take_cpus(options, state, arg);
	case KEY_USER:
		options->user = arg;
		return 0;
	case KEY_MAX_SERIES:
		return options_take_count(state, "--max-series", arg, 10000, &options->max_series);
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
	case ARGP_KEY_ARG:
		return options_refuse(state, "%s: it takes no argument: CPUs are named by -C", arg);
	case ARGP_KEY_END:
		return find_user(options, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.doc = "Counts in the kernel for as long as it runs, and serves metrics to Prometheus."
	       "\vRun times and delays by CPU, task and class, where wakeups put tasks, trespasses "
	       "on "
	       "isolated CPUs, KSM, and what was lost. /metrics is OpenMetrics or Prometheus' "
	       "text, as "
	       "the client asks; /healthz says ok while it counts. Once the programs are loaded it "
	       "gives "
	       "up every privilege, root too. docs/serve.md has every family, a unit for systemd, "
	       "alerts and a dashboard.\n\n"
	       "  sudo interloper serve\n"
	       "  sudo interloper serve -C 8-95 --listen 192.0.2.7:9435 --user prometheus\n"
	       "  curl http://127.0.0.1:9435/metrics\n"
	       "",
};

/* Signals that end us come by a descriptor from here on. */
static int catch_signals(struct serve *serve)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
	serve->signal_fd = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
	return serve->signal_fd < 0 ? fail("cannot wait for signals: %s", strerror(errno)) : 0;
}

static int open_capture(struct serve *serve)
{
	const struct serve_options *options = serve->options;
	const struct capture_options capture = {
		.filter = &options->filter,
		.groups = true,
		.host = &serve->host,
		.btf_file = options->btf_file,
		.raw_tp = options->raw_tp,
		.hash_states = options->hash_states,
		.verbose = options->verbose,
	};
	int err = host_snapshot_take(&serve->host, "");
	char why[CAPTURE_WHY_MAX];

	if (err)
		return fail("cannot read this machine's CPUs from /sys: %s", strerror(-err));
	if (capture_open(&serve->capture, &capture, why))
		return fail("%s", why);
	if (options->verbose)
		fprintf(stderr, "interloper: %s\n", capture_meta(serve->capture)->rests_on);
	return 0;
}

/* In this order: a port that is taken is told before anything is loaded. */
static int prepare(struct serve *serve)
{
	char why[HTTP_WHY_MAX];
	int err;

	if (http_open(&serve->http, &serve->options->listen, &serve->pages, why))
		return fail("%s", why);
	err = open_capture(serve);
	if (err)
		return err;
	live_keep_off_targets(capture_meta(serve->capture));
	capture_start(serve->capture);
	err = serve_counts_open(&serve->counts, serve->capture, &serve->host,
				serve->options->max_series);
	if (err)
		return fail("cannot begin to count: %s", strerror(-err));
	serve->pages.context = serve->counts;
	return 0;
}

static int give_up_privilege(const struct serve *serve)
{
	const struct serve_options *options = serve->options;
	const char *failed;
	int err = privilege_become(options->user ? &options->becomes : NULL, &failed);

	if (err && options->user)
		return fail("cannot %s (--user %s): %s; start it as that user, with CAP_BPF and "
			    "CAP_PERFMON",
			    failed, options->user, strerror(-err));
	return err ? fail("cannot %s: %s", failed, strerror(-err)) : 0;
}

static void say_ready(const struct serve *serve)
{
	int cpus = hwloc_bitmap_weight(capture_meta(serve->capture)->target_cpus);
	char address[HTTP_ADDRESS_MAX], user[32], status[256];
	int err;

	http_address_format(address, http_listens_on(serve->http));
	snprintf(user, sizeof(user), "%u", geteuid());
	snprintf(status, sizeof(status),
		 "serving http://%s/metrics: %d CPU%s, as user %s, without privilege", address,
		 cpus, cpus == 1 ? "" : "s", serve->options->user ? serve->options->user : user);
	fprintf(stderr, "interloper: %s\n", status);
	err = notify_manager("READY=1");
	if (err)
		fail("$NOTIFY_SOCKET cannot be told that we are ready: %s", strerror(-err));
}

static int sooner(int a_ms, int b_ms)
{
	return a_ms >= 0 && a_ms < b_ms ? a_ms : b_ms;
}

/* Between scrapes nothing runs but a look every SERVE_LOOK_NS. */
static int loop(struct serve *serve)
{
	struct pollfd polls[] = { { http_fd(serve->http), POLLIN, 0 },
				  { serve->signal_fd, POLLIN, 0 } };

	for (;;) {
		int look_ms = serve_counts_tick(serve->counts);

		if (poll(polls, 2, sooner(http_timeout_ms(serve->http), look_ms)) < 0 &&
		    errno != EINTR)
			return fail("cannot wait for clients: %s", strerror(errno));
		if (polls[1].revents)
			return EXIT_DONE;
		http_run(serve->http);
	}
}

/* A scrape's text, several MiB on a large machine, is the kernel's again once it is sent; and so is
 * what loading took. */
static void hold_no_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, LARGE_TEXT);
	malloc_trim(0);
}

static int serve_until_told(struct serve *serve)
{
	int result = catch_signals(serve);

	if (!result)
		result = prepare(serve);
	if (!result)
		result = give_up_privilege(serve);
	if (!result) {
		hold_no_memory();
		say_ready(serve);
		result = loop(serve);
		notify_manager("STOPPING=1");
	}
	http_close(serve->http);
	serve_counts_close(serve->counts);
	capture_close(serve->capture);
	host_snapshot_free(&serve->host);
	if (serve->signal_fd >= 0)
		close(serve->signal_fd);
	return result;
}

int command_serve(int argc, char **argv)
{
	struct serve_options options = { .max_series = GROUPS_TASKS };
	struct serve serve = { .options = &options,
			       .pages = { .metrics = serve_counts_write,
					  .health = serve_counts_health },
			       .signal_fd = -1 };
	int result = EXIT_FAILED;

	http_address_parse(&options.listen, LISTEN);
	if (!options_parse(&argp, argc, argv, &options))
		result = serve_until_told(&serve);
	filter_free(&options.filter);
	return result;
}
