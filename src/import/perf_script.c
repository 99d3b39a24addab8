// SPDX-License-Identifier: GPL-2.0-only
/* Scheduler events from text: see perf_script.h. */
#include "import/perf_script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "import/script_line.h"
#include "import/script_text.h"

#define LINE_MAX_BYTES 65536
#define BUFFER_SIZE    (2 * LINE_MAX_BYTES)
/* A text of which so much has no event of ours is none of ours. */
#define FIRST_EVENT_MAX (16u << 20)
#define CPUS_MAX	65536

struct perf_script {
	int fd;
	bool own_fd, ended, too_long;
	int err; /* of the input */
	const char *head;
	size_t head_size;
	char *head_copy;
	char *buffer; /* BUFFER_SIZE + 1 */
	size_t start, end;
	uint64_t consumed;
	uint64_t last_ns;	   /* of the event given last; 0: none yet */
	uint64_t *cpu_last_ns;	   /* CPUS_MAX; 0: none yet */
	struct sched_event losses; /* that wait for the event behind them; type 0: none */
	struct sched_event ahead;  /* read, and not given yet; type 0: none */
	bool no_cpu, no_time;	   /* some line of ours lacked it */
	bool other_events;
	struct perf_script_counts counts;
	struct recording_facts facts;
	char why[RECORDING_WHY_MAX];
};

static void refill(struct perf_script *script)
{
	ssize_t got;

	memmove(script->buffer, script->buffer + script->start, script->end - script->start);
	script->end -= script->start;
	script->start = 0;
	if (script->head_size) {
		got = (ssize_t)(BUFFER_SIZE - script->end);
		if ((size_t)got > script->head_size)
			got = (ssize_t)script->head_size;
		memcpy(script->buffer + script->end, script->head, (size_t)got);
		script->head += got;
		script->head_size -= (size_t)got;
	} else if (script->fd < 0) {
		got = 0;
	} else {
		do {
			got = read(script->fd, script->buffer + script->end,
				   BUFFER_SIZE - script->end);
		} while (got < 0 && errno == EINTR);
		if (got < 0)
			script->err = -errno;
	}
	if (got <= 0)
		script->ended = true;
	else
		script->end += (size_t)got;
}

/* The next line, terminated; NULL at the end. One that is too long is passed over in pieces. */
static char *next_line(struct perf_script *script)
{
	char *line, *newline;
	size_t searched = 0, length;
	bool part;

	while (true) {
		length = script->end - script->start;
		line = script->buffer + script->start;
		newline = memchr(line + searched, '\n', length - searched);
		if (!newline && !script->ended && length < LINE_MAX_BYTES) {
			searched = length;
			refill(script);
			continue;
		}
		if (!newline && !length)
			return NULL;
		if (newline)
			length = (size_t)(newline - line);
		/* What the end cuts off is no line. */
		part = script->too_long || (!newline && !script->ended) || length >= LINE_MAX_BYTES;
		script->too_long = !newline && !script->ended;
		line[length] = '\0';
		script->start += length + (newline != NULL);
		script->consumed += length + 1;
		if (!part) {
			script->counts.lines++;
			if (length && line[length - 1] == '\r')
				line[length - 1] = '\0';
			return line;
		}
		if (!script->too_long) {
			script->counts.lines++;
			script->counts.foreign++;
		}
		searched = 0;
	}
}

/* `perf script --header`: "# hostname : web-7". */
static void take_header_line(struct perf_script *script, const char *line)
{
	struct recording_facts *facts = &script->facts;
	const struct {
		const char *key;
		char **value;
	} texts[] = {
		{ "# hostname : ", &facts->hostname },
		{ "# os release : ", &facts->kernel_release },
		{ "# arch : ", &facts->machine },
		{ "# perf version : ", &facts->version },
		{ "# cmdline : ", &facts->command },
	};
	static const char available[] = "# nrcpus avail : ";
	uint64_t count;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		size_t length = strlen(texts[i].key);

		if (*texts[i].value || strncmp(line, texts[i].key, length))
			continue;
		*texts[i].value = strdup(line + length);
		if (!*texts[i].value)
			script->err = -ENOMEM;
		return;
	}
	if (!strncmp(line, available, sizeof(available) - 1)) {
		line += sizeof(available) - 1;
		if (script_number(&line, &count, CPUS_MAX))
			facts->cpu_count = (uint32_t)count;
	}
}

/* 0: not known. */
static uint64_t last_of(const struct perf_script *script, uint32_t cpu)
{
	return cpu < CPUS_MAX ? script->cpu_last_ns[cpu] : 0;
}

static void add_loss(struct perf_script *script, const struct sched_event *loss)
{
	struct sched_event *sum = &script->losses;

	if (!sum->type) {
		*sum = *loss;
		sum->type = SCHED_LOST;
		sum->lost_since_ns = last_of(script, loss->cpu);
		return;
	}
	/* More than one before the next event: of all those CPUs, and unknown in number if one is.
	 */
	sum->lost = sum->lost && loss->lost && sum->lost <= UINT64_MAX - loss->lost
			    ? sum->lost + loss->lost
			    : 0;
	if (last_of(script, loss->cpu) < sum->lost_since_ns)
		sum->lost_since_ns = last_of(script, loss->cpu);
	if (sum->cpu != loss->cpu)
		sum->cpu = UINT32_MAX;
}

static void add_unreadable(struct perf_script *script, const struct sched_event *event)
{
	struct sched_event loss = *event;

	loss.lost = 1;
	add_loss(script, &loss);
}

/* The next event of ours in ahead, with losses before it in losses. False: the end. */
static bool read_ahead(struct perf_script *script, uint64_t limit)
{
	struct sched_event *event = &script->ahead;
	char *line;

	while (!script->err && script->consumed < limit && (line = next_line(script))) {
		switch (script_line_read(event, line)) {
		case SCRIPT_LINE_EVENT:
			if (event->time_ns < script->last_ns) {
				script->counts.backwards++;
				add_unreadable(script, event);
				break;
			}
			return true;
		case SCRIPT_LINE_LOST:
			add_loss(script, event);
			break;
		case SCRIPT_LINE_NOTHING:
			break;
		case SCRIPT_LINE_COMMENT:
			take_header_line(script, line);
			break;
		case SCRIPT_LINE_OTHER:
			script->other_events = true;
			script->counts.foreign++;
			break;
		case SCRIPT_LINE_FOREIGN:
			script->counts.foreign++;
			break;
		case SCRIPT_LINE_DAMAGED:
			script->counts.damaged++;
			add_unreadable(script, event);
			break;
		case SCRIPT_LINE_NO_CPU:
			script->no_cpu = true;
			script->counts.damaged++;
			add_unreadable(script, event);
			break;
		case SCRIPT_LINE_NO_TIME:
			script->no_time = true;
			script->counts.damaged++;
			add_unreadable(script, event);
			break;
		}
	}
	event->type = 0;
	return false;
}

static int explain_nothing(struct perf_script *script, char why[RECORDING_WHY_MAX])
{
	if (script->err) {
		snprintf(why, RECORDING_WHY_MAX, "%s", strerror(-script->err));
		return script->err;
	}
	if (script->no_cpu || script->no_time) {
		snprintf(why, RECORDING_WHY_MAX,
			 "its lines have no %s: print them with perf script -F "
			 "comm,tid,cpu,time,event,trace",
			 script->no_cpu ? "CPU" : "time in seconds");
		return -EINVAL;
	}
	if (script->counts.damaged) {
		snprintf(why, RECORDING_WHY_MAX,
			 "its scheduler events cannot be read: print them with perf script -F "
			 "comm,tid,cpu,time,event,trace");
		return -EINVAL;
	}
	if (script->other_events) {
		snprintf(why, RECORDING_WHY_MAX,
			 "a tracer's text without scheduler events: record with perf sched "
			 "record");
		return -ENOMSG;
	}
	snprintf(why, RECORDING_WHY_MAX,
		 "no scheduler events in it: neither a recording that is known, nor text of perf "
		 "script or ftrace with sched:sched_switch");
	return -EINVAL;
}

static struct perf_script *script_new(int fd, const void *head, size_t head_size)
{
	struct perf_script *script = calloc(1, sizeof(*script));

	if (!script)
		return NULL;
	script->fd = fd;
	script->buffer = malloc(BUFFER_SIZE + 1);
	script->cpu_last_ns = calloc(CPUS_MAX, sizeof(*script->cpu_last_ns));
	script->head_copy = malloc(head_size + 1);
	if (!script->buffer || !script->cpu_last_ns || !script->head_copy) {
		perf_script_close(script);
		return NULL;
	}
	if (head_size)
		memcpy(script->head_copy, head, head_size);
	script->head = script->head_copy;
	script->head_size = head_size;
	script->facts.what = "perf script's text";
	return script;
}

int perf_script_open_fd(struct perf_script **result, int fd, const void *head, size_t head_size,
			char why[RECORDING_WHY_MAX])
{
	struct perf_script *script = script_new(fd, head, head_size);
	int err;

	*result = NULL;
	*why = '\0';
	if (!script) {
		snprintf(why, RECORDING_WHY_MAX, "not enough memory");
		return -ENOMEM;
	}
	if (!read_ahead(script, FIRST_EVENT_MAX)) {
		err = explain_nothing(script, why);
		perf_script_close(script);
		return err;
	}
	*result = script;
	return 0;
}

int perf_script_open(struct perf_script **result, const char *path, char why[RECORDING_WHY_MAX])
{
	bool is_stdin = !strcmp(path, "-");
	int fd, err;

	*result = NULL;
	fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		snprintf(why, RECORDING_WHY_MAX, "cannot read it: %s", strerror(errno));
		return err;
	}
	err = perf_script_open_fd(result, fd, NULL, 0, why);
	if (!err)
		(*result)->own_fd = !is_stdin;
	else if (!is_stdin)
		close(fd);
	return err;
}

void perf_script_close(struct perf_script *script)
{
	if (!script)
		return;
	if (script->own_fd)
		close(script->fd);
	free(script->buffer);
	free(script->head_copy);
	free(script->cpu_last_ns);
	free(script->facts.hostname);
	free(script->facts.kernel_release);
	free(script->facts.machine);
	free(script->facts.version);
	free(script->facts.command);
	free(script);
}

const struct recording_facts *perf_script_facts(const struct perf_script *script)
{
	return &script->facts;
}

/* A loss has the time of the event behind it, by which it was known. */
static void give_losses(struct perf_script *script, struct sched_event *event, uint64_t time_ns)
{
	*event = script->losses;
	event->time_ns = time_ns;
	script->losses.type = 0;
	script->facts.has |= SCHED_HAS(SCHED_LOST);
}

static void give_ahead(struct perf_script *script, struct sched_event *event)
{
	*event = script->ahead;
	script->ahead.type = 0;
	script->last_ns = event->time_ns;
	script->cpu_last_ns[event->cpu] = event->time_ns;
	script->facts.has |= SCHED_HAS(event->type);
}

int perf_script_next(struct perf_script *script, struct sched_event *events, int n)
{
	int given = 0;

	while (given < n) {
		if (!script->ahead.type && !read_ahead(script, UINT64_MAX)) {
			if (script->losses.type)
				give_losses(script, &events[given++], script->last_ns);
			break;
		}
		if (script->losses.type)
			give_losses(script, &events[given++], script->ahead.time_ns);
		else
			give_ahead(script, &events[given++]);
	}
	if (given || !script->err)
		return given;
	snprintf(script->why, sizeof(script->why), "reading ended early: %s",
		 strerror(-script->err));
	return script->err;
}

const char *perf_script_why(const struct perf_script *script)
{
	return script->why;
}

struct perf_script_counts perf_script_counts(const struct perf_script *script)
{
	return script->counts;
}
