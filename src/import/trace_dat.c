// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scheduler events from trace-cmd's trace.dat: see trace_dat.h.
 *
 * libtracecmd was not made for damaged files: 3.1.6 ends with SIGSEGV where one is truncated, after
 * a line to stdout. So a child process reads, and writes first a hello, then batches of events into
 * a pipe. A child that ends without saying so was the library's fault, and costs us a line.
 */
#include "import/trace_dat.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "import/trace_dat_reader.h"

#define BATCH 512

/* Texts: empty is not told. */
struct hello {
	int32_t err;
	uint32_t cpu_count;
	char why[RECORDING_WHY_MAX];
	char what[80], clock[32], hostname[65], release[65], machine[65], version[80];
};

struct trace_dat {
	pid_t child;
	int fd;
	struct sched_event batch[BATCH];
	int32_t count, at; /* of the batch; those given */
	bool ended;
	int err;
	struct hello hello;
	struct recording_facts facts;
	char why[RECORDING_WHY_MAX];
};

static const unsigned char magic[] = { 0x17, 0x08, 0x44, 't', 'r', 'a', 'c', 'i', 'n', 'g' };

bool trace_dat_is(const void *head, size_t size)
{
	return size >= sizeof(magic) && !memcmp(head, magic, sizeof(magic));
}

static bool write_all(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;
	ssize_t put;

	while (size) {
		put = write(fd, at, size);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		at += put;
		size -= (size_t)put;
	}
	return true;
}

static bool read_all(int fd, void *bytes, size_t size)
{
	char *at = bytes;
	ssize_t got;

	while (size) {
		got = read(fd, at, size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		size -= (size_t)got;
	}
	return true;
}

static void copy_text(char *to, size_t size, const char *from)
{
	if (from)
		snprintf(to, size, "%s", from);
}

static void fill_hello(struct hello *hello, const struct recording_facts *facts)
{
	hello->cpu_count = facts->cpu_count;
	copy_text(hello->what, sizeof(hello->what), facts->what);
	copy_text(hello->clock, sizeof(hello->clock), facts->clock);
	copy_text(hello->hostname, sizeof(hello->hostname), facts->hostname);
	copy_text(hello->release, sizeof(hello->release), facts->kernel_release);
	copy_text(hello->machine, sizeof(hello->machine), facts->machine);
	copy_text(hello->version, sizeof(hello->version), facts->version);
}

/* The child: nothing it says but through the pipe, and no core file. */
static void limit_child(void)
{
	const struct rlimit none = { 0, 0 };
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &none);
	/* The handlers are those of the parent, which may have made some. */
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	signal(SIGFPE, SIG_DFL);
	signal(SIGABRT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	if (nowhere >= 0) {
		dup2(nowhere, STDOUT_FILENO);
		dup2(nowhere, STDERR_FILENO);
	}
}

static void run_child(const char *path, int fd)
{
	struct trace_dat_reader *reader;
	struct sched_event batch[BATCH];
	struct hello hello = {};
	int32_t count;

	limit_child();
	hello.err = trace_dat_reader_open(&reader, path, hello.why);
	if (!hello.err)
		fill_hello(&hello, trace_dat_reader_facts(reader));
	if (!write_all(fd, &hello, sizeof(hello)) || hello.err)
		_exit(1);
	do {
		count = trace_dat_reader_next(reader, batch, BATCH);
		if (!write_all(fd, &count, sizeof(count)) ||
		    !write_all(fd, batch, (size_t)count * sizeof(*batch)))
			_exit(1);
	} while (count > 0);
	_exit(0);
}

static int start_child(struct trace_dat *trace, const char *path)
{
	int fds[2], err;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	trace->child = fork();
	if (!trace->child) {
		close(fds[0]);
		run_child(path, fds[1]);
	}
	err = -errno;
	close(fds[1]);
	trace->fd = fds[0];
	return trace->child < 0 ? err : 0;
}

/* A line on what libtracecmd would not tell, or would not survive. */
static int check_head(int fd, const char *name, char *why)
{
	unsigned char head[sizeof(magic) + 16];
	struct stat st;
	size_t version;
	ssize_t got;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		snprintf(why, RECORDING_WHY_MAX, "%s: a trace.dat is read from a file only", name);
		return -ENOTSUP;
	}
	got = pread(fd, head, sizeof(head) - 1, 0);
	if (got < 0 || !trace_dat_is(head, (size_t)got)) {
		snprintf(why, RECORDING_WHY_MAX, "%s: not a trace.dat of trace-cmd", name);
		return -EINVAL;
	}
	head[got] = '\0';
	version = strlen((const char *)head + sizeof(magic));
	if (sizeof(magic) + version + 1 >= (size_t)got) {
		snprintf(why, RECORDING_WHY_MAX, "%s: a trace.dat that ends in its head", name);
		return -EINVAL;
	}
	if (head[sizeof(magic) + version + 1] != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)) {
		snprintf(why, RECORDING_WHY_MAX,
			 "%s: of a machine of another byte order: import the text of trace-cmd "
			 "report",
			 name);
		return -ENOTSUP;
	}
	return 0;
}

static char *told(char *text)
{
	return *text ? text : NULL;
}

static void take_facts(struct trace_dat *trace)
{
	trace->facts = (struct recording_facts){
		.what = trace->hello.what,
		.clock = told(trace->hello.clock),
		.cpu_count = trace->hello.cpu_count,
		.hostname = told(trace->hello.hostname),
		.kernel_release = told(trace->hello.release),
		.machine = told(trace->hello.machine),
		.version = told(trace->hello.version),
	};
}

static int open_trace(struct trace_dat *trace, const char *path, const char *name, char *why)
{
	int err = start_child(trace, path);

	if (err) {
		snprintf(why, RECORDING_WHY_MAX, "%s: no process to read it in: %s", name,
			 strerror(-err));
		return err;
	}
	if (!read_all(trace->fd, &trace->hello, sizeof(trace->hello))) {
		snprintf(why, RECORDING_WHY_MAX,
			 "%s: libtracecmd crashed on it: truncated or damaged; try the text of "
			 "trace-cmd report",
			 name);
		return -EINVAL;
	}
	if (trace->hello.err) {
		memcpy(why, trace->hello.why, RECORDING_WHY_MAX);
		return trace->hello.err;
	}
	take_facts(trace);
	return 0;
}

int trace_dat_open(struct trace_dat **result, const char *path, char why[RECORDING_WHY_MAX])
{
	bool is_stdin = !strcmp(path, "-");
	const char *name = is_stdin ? "stdin" : path;
	struct trace_dat *trace;
	int fd, err;

	*result = NULL;
	*why = '\0';
	fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		snprintf(why, RECORDING_WHY_MAX, "%s: %s", name, strerror(-err));
		return err;
	}
	err = check_head(fd, name, why);
	close(fd);
	if (err)
		return err;
	trace = calloc(1, sizeof(*trace));
	if (!trace) {
		snprintf(why, RECORDING_WHY_MAX, "%s: not enough memory", name);
		return -ENOMEM;
	}
	trace->fd = trace->child = -1;
	err = open_trace(trace, is_stdin ? "/dev/stdin" : path, name, why);
	if (err) {
		trace_dat_close(trace);
		return err;
	}
	*result = trace;
	return 0;
}

void trace_dat_close(struct trace_dat *trace)
{
	if (!trace)
		return;
	if (trace->fd >= 0)
		close(trace->fd);
	if (trace->child > 0) {
		kill(trace->child, SIGKILL);
		while (waitpid(trace->child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	free(trace);
}

const struct recording_facts *trace_dat_facts(const struct trace_dat *trace)
{
	return &trace->facts;
}

static void read_batch(struct trace_dat *trace)
{
	trace->at = 0;
	if (read_all(trace->fd, &trace->count, sizeof(trace->count)) &&
	    read_all(trace->fd, trace->batch, (size_t)trace->count * sizeof(*trace->batch))) {
		trace->ended = !trace->count;
		return;
	}
	trace->count = 0;
	trace->ended = true;
	trace->err = -EINVAL;
	snprintf(trace->why, sizeof(trace->why),
		 "reading ended early: libtracecmd crashed on it: damaged");
}

int trace_dat_next(struct trace_dat *trace, struct sched_event *events, int n)
{
	int given = 0;

	while (given < n) {
		if (trace->at == trace->count && !trace->ended)
			read_batch(trace);
		if (trace->at == trace->count)
			break;
		events[given] = trace->batch[trace->at++];
		trace->facts.has |= SCHED_HAS(events[given++].type);
	}
	return given ? given : trace->err;
}

const char *trace_dat_why(const struct trace_dat *trace)
{
	return trace->why;
}
