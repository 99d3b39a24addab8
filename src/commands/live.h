/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A live session from the commands' side: trace, record and hist share its options, its end (-d,
 * COMMAND's end, Ctrl-C) and its loop.
 */
#ifndef INTERLOPER_LIVE_H
#define INTERLOPER_LIVE_H

#include <argp.h>
#include "capture/capture.h"
#include "event/event.h"

struct live_options {
	struct filter filter;
	uint64_t duration_ns; /* 0: until the command ends, or Ctrl-C */
	char **command;	      /* NULL-terminated; NULL: none */
	size_t ring_bytes;
	bool stdout_is_taken; /* by JSON or a trace file: COMMAND's goes to stderr */
	bool strict;
	const char *btf_file; /* NULL: the kernel's own */
	enum capture_hooks hooks;
	bool raw_tp, hash_states;
	bool verbose;
	bool keeps_privilege; /* set by a command that changes the machine after the trace */
};

/* -C -t -p -d -v --hooks --btf --strict --ring-size, and COMMAND behind "--". Input: a struct live_options. */
extern const struct argp live_argp;
void live_options_free(struct live_options *options);

/* Who takes the stream. Each returns 0 or a negative errno, which ends the session. */
struct live_sink {
	int (*add)(struct live_sink *sink, const struct event *events, int n);
	int (*drained)(struct live_sink *sink); /* after each drain; NULL: not wanted */
};

struct live;

/* Keeps this process off a session's target CPUs, where it may run elsewhere: no tracer should be an
 * interloper itself. */
void live_keep_off_targets(const struct trace_meta *meta);

/*
 * Checks the options against this machine, takes the host snapshot, loads, attaches and starts, so
 * that meta knows the start; COMMAND is let go by live_run(). capture
 * says what is wanted of the kernel side (record, aggregate, by, slots); the rest comes from
 * options. argv is kept as the trace's command line. NULL after a line on stderr.
 */
struct live *live_open(const struct live_options *options, struct capture_options capture, int argc,
		       char **argv);
void live_close(struct live *live);

struct capture *live_capture(struct live *live);
const struct trace_meta *live_meta(struct live *live);

/*
 * Gives up all capabilities, but for keeps_privilege, so whatever needs one must be open by now. Then
 * runs to the end; the stream goes to sink (NULL: aggregate mode without one). 0, the sink's error,
 * or a negative errno of the session (after a line on stderr, as for a command that cannot be run).
 */
int live_run(struct live *live, struct live_sink *sink);

/* A line on stderr if COMMAND failed; then the exit code: EXIT_NO_VERDICT under --strict if events
 * were lost, else EXIT_DONE. */
int live_verdict(const struct live *live);

#endif
