// SPDX-License-Identifier: GPL-2.0-only
/* COMMAND behind "--": see child.h. */
#include "commands/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void child_main(char **command, const sigset_t *mask, bool stdout_is_taken, int go_fd,
		       int error_fd)
{
	char byte;
	int err;

	/* Only the word counts: if the parent goes without it, so does the child. */
	if (read(go_fd, &byte, 1) != 1)
		_exit(127);
	sigprocmask(SIG_SETMASK, mask, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (stdout_is_taken)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(command[0], command);
	err = errno;
	if (write(error_fd, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

/*
 * The kernel judges the signals of a descriptor by who asked for them (F_SETOWN), not by who causes
 * them. So root can still end a COMMAND that became another user's when its capabilities are gone.
 */
static int own_signals(struct child *child)
{
	if (pipe2(child->signal_fds, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	if (fcntl(child->signal_fds[0], F_SETOWN, child->pid) ||
	    fcntl(child->signal_fds[0], F_SETFL, O_ASYNC | O_NONBLOCK))
		return -errno;
	return 0;
}

static void send_signal(struct child *child, int signal_number)
{
	char byte;

	if (!kill(child->pid, signal_number))
		return;
	fcntl(child->signal_fds[0], F_SETSIG, signal_number);
	/* Taken back at once: a pipe may signal only when it was empty. */
	if (write(child->signal_fds[1], "", 1) == 1 && read(child->signal_fds[0], &byte, 1) < 0)
		return;
}

int child_prepare(struct child *child, char **command, const sigset_t *mask, bool stdout_is_taken)
{
	int go[2], error[2], err;
	pid_t pid;

	*child = (struct child){ .signal_fds = { -1, -1 } };
	if (pipe2(go, O_CLOEXEC))
		return -errno;
	if (pipe2(error, O_CLOEXEC)) {
		err = -errno;
		goto out_go;
	}
	pid = fork();
	if (pid < 0) {
		err = -errno;
		goto out_error;
	}
	if (!pid) {
		close(go[1]);
		child_main(command, mask, stdout_is_taken, go[0], error[1]);
	}
	close(go[0]);
	close(error[1]);
	child->pid = pid;
	child->go_fd = go[1];
	child->error_fd = error[0];
	return own_signals(child);

out_error:
	close(error[0]);
	close(error[1]);
out_go:
	close(go[0]);
	close(go[1]);
	return err;
}

/* As execvp() looks for it: PATH, but for a name with a slash. */
int child_can_run(const char *name)
{
	const char *path = getenv("PATH"), *end;
	char file[PATH_MAX];
	int err = -ENOENT;

	if (strchr(name, '/') || !path)
		return access(name, X_OK) ? -errno : 0;
	for (;; path = end + 1) {
		end = strchrnul(path, ':');
		snprintf(file, sizeof(file), "%.*s%s%s", (int)(end - path), path,
			 end > path ? "/" : "", name);
		if (!access(file, X_OK))
			return 0;
		if (errno == EACCES)
			err = -EACCES;
		if (!*end)
			return err;
	}
}

int child_go(struct child *child)
{
	int exec_errno = 0;
	ssize_t got;

	if (write(child->go_fd, "", 1) != 1)
		return -errno;
	do {
		got = read(child->error_fd, &exec_errno, sizeof(exec_errno));
	} while (got < 0 && errno == EINTR);
	return got > 0 ? -exec_errno : 0;
}

bool child_has_ended(struct child *child)
{
	if (child->pid && !child->ended && waitpid(child->pid, &child->status, WNOHANG) > 0)
		child->ended = true;
	return child->ended;
}

void child_end(struct child *child)
{
	if (!child->pid)
		return;
	close(child->go_fd);
	close(child->error_fd);
	for (int tries = 0; tries < 200 && !child_has_ended(child); tries++) {
		if (tries == 0)
			send_signal(child, SIGTERM);
		else if (tries == 100)
			send_signal(child, SIGKILL);
		usleep(10000);
	}
	close(child->signal_fds[0]);
	close(child->signal_fds[1]);
	child->pid = 0;
}
