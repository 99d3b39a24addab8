// SPDX-License-Identifier: GPL-2.0-only
/* Which kind a recording is, and who reads it: see foreign.h. */
#include "import/foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import/perf_data.h"
#include "import/perf_script.h"
#include "import/trace_dat.h"

#define MADE_AT_ONCE 1024

struct foreign {
	/* One of them. */
	struct perf_data *perf;
	struct trace_dat *trace;
	struct perf_script *text;
	/* The others do not keep events: these are made here, in turns. */
	struct sched_event *made[2];
	unsigned int calls;
};

bool foreign_is(const void *head, size_t size)
{
	return perf_data_is(head, size) || trace_dat_is(head, size);
}

/*
 * The first bytes. Of a pipe they are read for good, and told to who reads on. How many, or a
 * negative errno.
 */
static ssize_t read_head(const char *path, void *head, bool *is_pipe)
{
	bool is_stdin = !strcmp(path, "-");
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	off_t here = fd >= 0 ? lseek(fd, 0, SEEK_CUR) : 0;
	size_t size = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	*is_pipe = here < 0;
	while (n > 0 && size < FOREIGN_HEAD) {
		n = *is_pipe ? read(fd, (char *)head + size, FOREIGN_HEAD - size)
			     : pread(fd, (char *)head + size, FOREIGN_HEAD - size,
				     here + (off_t)size);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			size += n;
	}
	if (n < 0)
		n = -errno;
	if (!is_stdin)
		close(fd);
	return n < 0 ? n : (ssize_t)size;
}

static int make_room(struct foreign *f, char *why)
{
	for (int i = 0; i < 2; i++)
		f->made[i] = calloc(MADE_AT_ONCE, sizeof(*f->made[i]));
	if (f->made[0] && f->made[1])
		return 0;
	snprintf(why, RECORDING_WHY_MAX, "out of memory");
	return -ENOMEM;
}

static int open_kind(struct foreign *f, const char *path, const void *head, size_t size,
		     bool is_pipe, char *why)
{
	if (perf_data_is(head, size))
		return is_pipe ? perf_data_open_pipe(&f->perf, head, size, why)
			       : perf_data_open(&f->perf, path, why);
	if (trace_dat_is(head, size))
		return trace_dat_open(&f->trace, path, why);
	return is_pipe ? perf_script_open_fd(&f->text, STDIN_FILENO, head, size, why)
		       : perf_script_open(&f->text, path, why);
}

int foreign_open(struct foreign **foreign, const char *path, char why[RECORDING_WHY_MAX])
{
	struct foreign *new = calloc(1, sizeof(*new));
	char head[FOREIGN_HEAD];
	bool is_pipe = false;
	ssize_t size;
	int err;

	*foreign = NULL;
	if (!new) {
		snprintf(why, RECORDING_WHY_MAX, "out of memory");
		return -ENOMEM;
	}
	size = read_head(path, head, &is_pipe);
	if (size < 0) {
		snprintf(why, RECORDING_WHY_MAX, "cannot read it: %s", strerror((int)-size));
		free(new);
		return (int)size;
	}
	err = open_kind(new, path, head, size, is_pipe, why);
	if (err) {
		free(new);
		return err;
	}
	err = new->perf ? 0 : make_room(new, why);
	if (err)
		foreign_close(new);
	else
		*foreign = new;
	return err;
}

void foreign_close(struct foreign *f)
{
	if (!f)
		return;
	if (f->perf)
		perf_data_close(f->perf);
	else if (f->trace)
		trace_dat_close(f->trace);
	else
		perf_script_close(f->text);
	free(f->made[0]);
	free(f->made[1]);
	free(f);
}

const struct recording_facts *foreign_facts(const struct foreign *f)
{
	if (f->perf)
		return perf_data_facts(f->perf);
	return f->trace ? trace_dat_facts(f->trace) : perf_script_facts(f->text);
}

bool foreign_facts_are_settled(const struct foreign *f)
{
	return f->perf && perf_data_facts_are_settled(f->perf);
}

int foreign_next(struct foreign *f, const struct sched_event **events, int n)
{
	struct sched_event *made = f->made[f->calls++ % 2];

	if (f->perf)
		return perf_data_next(f->perf, events, n);
	if (n > MADE_AT_ONCE)
		n = MADE_AT_ONCE;
	n = f->trace ? trace_dat_next(f->trace, made, n) : perf_script_next(f->text, made, n);
	for (int i = 0; i < n; i++)
		events[i] = &made[i];
	return n;
}

bool foreign_prepare(struct foreign *f)
{
	return f->perf && perf_data_prepare(f->perf);
}

const char *foreign_why(const struct foreign *f)
{
	if (f->perf)
		return perf_data_why(f->perf);
	return f->trace ? trace_dat_why(f->trace) : perf_script_why(f->text);
}
