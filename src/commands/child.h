/* SPDX-License-Identifier: GPL-2.0-only */
/* COMMAND behind "--": forked early, let go when tracing has begun, so that nothing of it is missed. */
#ifndef INTERLOPER_CHILD_H
#define INTERLOPER_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid;    /* 0: none */
	int go_fd;    /* closing it lets the child exec */
	int error_fd; /* exec's errno comes here; closed by a successful exec */
	int signal_fds[2]; /* a pipe whose reader's signals go to the child */
	bool ended;
	int status; /* waitpid's, once ended */
};

/*
 * Forks a child that waits to exec command; it keeps the capabilities of this moment, runs with signal
 * mask `mask`, and writes to our stderr instead of stdout if that is taken. 0 or a negative errno.
 */
int child_prepare(struct child *child, char **command, const sigset_t *mask, bool stdout_is_taken);

/* Whether exec would find something to run: 0, -ENOENT or -EACCES. For a refusal before any work. */
int child_can_run(const char *name);

/* Lets it exec. 0, or exec's negative errno. */
int child_go(struct child *child);

/* Takes its status if it has ended. */
bool child_has_ended(struct child *child);

/*
 * Ends a child that still runs: SIGTERM, and SIGKILL after a second; also if it has become another
 * user's since. One that outlives that is left behind. Idempotent.
 */
void child_end(struct child *child);

#endif
