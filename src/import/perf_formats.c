// SPDX-License-Identifier: GPL-2.0-only
/* Where the scheduler's tracepoints keep their fields: see perf_formats.h. */
#include "import/perf_formats.h"

#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "import/perf_bytes.h"
#include "import/perf_preempt.h"

#define FORMAT_TEXT_MAX (64u << 10)
#define TASK_REPORT_MAX 0x100 /* include/linux/sched.h, since 4.14 */

static const struct known_event {
	const char *name;
	uint8_t type;
	const char *tid, *comm, *prio, *state, *orig_cpu, *dest_cpu, *other_tid, *other_comm;
	const char *other_prio;
} known_events[] = {
	{ .name = "sched_switch",
	  .type = SCHED_SWITCH,
	  .tid = "prev_pid",
	  .comm = "prev_comm",
	  .prio = "prev_prio",
	  .state = "prev_state",
	  .other_tid = "next_pid",
	  .other_comm = "next_comm",
	  .other_prio = "next_prio" },
	{ "sched_waking", SCHED_WAKING, "pid", "comm", "prio", .orig_cpu = "target_cpu" },
	{ "sched_wakeup", SCHED_WAKEUP, "pid", "comm", "prio", .orig_cpu = "target_cpu" },
	{ "sched_wakeup_new", SCHED_WAKEUP_NEW, "pid", "comm", "prio", .orig_cpu = "target_cpu" },
	{ .name = "sched_migrate_task",
	  .type = SCHED_MIGRATE,
	  .tid = "pid",
	  .comm = "comm",
	  .prio = "prio",
	  .orig_cpu = "orig_cpu",
	  .dest_cpu = "dest_cpu" },
	{ .name = "sched_process_fork",
	  .type = SCHED_FORK,
	  .tid = "child_pid",
	  .comm = "child_comm",
	  .other_tid = "parent_pid",
	  .other_comm = "parent_comm" },
	{ .name = "sched_process_exec", .type = SCHED_EXEC, .tid = "pid", .other_tid = "old_pid" },
	{ .name = "sched_process_exit",
	  .type = SCHED_EXIT,
	  .tid = "pid",
	  .comm = "comm",
	  .prio = "prio" },
};

#define KNOWN_EVENTS (sizeof(known_events) / sizeof(*known_events))

static const struct known_event *known_event_find(const char *name)
{
	for (size_t i = 0; i < KNOWN_EVENTS; i++)
		if (!strcmp(known_events[i].name, name))
			return &known_events[i];
	return NULL;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* A line "field:TYPE NAME[N];	offset:N;	size:N;	signed:N;". */
struct field_line {
	char name[64];
	struct sched_field field;
};

/* The name is the last word of the declaration, before an array's brackets. */
static bool read_name(struct field_line *line, const char *declaration, size_t length)
{
	size_t start;

	if (length && declaration[length - 1] == ']')
		while (length && declaration[length - 1] != '[')
			length--;
	while (length && !is_word(declaration[length - 1]))
		length--;
	for (start = length; start && is_word(declaration[start - 1]);)
		start--;
	length -= start;
	if (!length || length >= sizeof(line->name))
		return false;
	memcpy(line->name, declaration + start, length);
	line->name[length] = '\0';
	return true;
}

static uint8_t field_kind(const char *declaration, size_t length, unsigned int size, bool is_signed)
{
	if (!strncmp(declaration, "__data_loc ", 11))
		return size == 4 ? FIELD_DYNAMIC : FIELD_ABSENT;
	if (!strncmp(declaration, "__rel_loc ", 10))
		return size == 4 ? FIELD_RELATIVE : FIELD_ABSENT;
	if (declaration[length - 1] == ']')
		return size == TASK_COMM_LEN ? FIELD_NAME : FIELD_TEXT;
	if (size == sizeof(int32_t) && is_signed)
		return FIELD_INT;
	return size == 1 || size == 2 || size == 4 || size == 8 ? FIELD_NUMBER : FIELD_ABSENT;
}

/* Old kernels do not say whether a field is signed. */
static bool read_field(struct field_line *line, const char *text)
{
	const char *declaration = text + strlen("\tfield:"), *end;
	unsigned int offset, size, is_signed = 0;
	size_t length;

	if (strncmp(text, "\tfield:", strlen("\tfield:")))
		return false;
	length = strcspn(declaration, ";\n");
	end = declaration + length;
	if (!length ||
	    sscanf(end, ";\toffset:%5u;\tsize:%5u;\tsigned:%1u;", &offset, &size, &is_signed) < 2)
		return false;
	if (!size || offset + size >= UINT16_MAX || !read_name(line, declaration, length))
		return false;
	line->field =
		(struct sched_field){ offset, size,
				      field_kind(declaration, length, size, is_signed), is_signed };
	return true;
}

static void give(struct sched_field *to, const char *name, bool text, const struct field_line *line)
{
	if (name && !strcmp(name, line->name) && text == (line->field.kind > FIELD_NUMBER))
		*to = line->field;
}

static void add_field(struct sched_format *format, const struct known_event *known,
		      const struct field_line *line)
{
	give(&format->current_tid, "common_pid", false, line);
	give(&format->flags, "common_flags", false, line);
	give(&format->tid, known->tid, false, line);
	give(&format->comm, known->comm, true, line);
	give(&format->prio, known->prio, false, line);
	give(&format->state, known->state, false, line);
	give(&format->orig_cpu, known->orig_cpu, false, line);
	give(&format->dest_cpu, known->dest_cpu, false, line);
	give(&format->other_tid, known->other_tid, false, line);
	give(&format->other_comm, known->other_comm, true, line);
	give(&format->other_prio, known->other_prio, false, line);
	if (line->field.offset + line->field.size > format->size)
		format->size = line->field.offset + line->field.size;
	format->dynamic |= line->field.kind > FIELD_TEXT;
}

static bool is_plain(const struct sched_format *format)
{
	if (format->current_tid.kind != FIELD_INT || format->flags.size != 1 ||
	    format->tid.kind != FIELD_INT || format->prio.kind != FIELD_INT ||
	    format->comm.kind != FIELD_NAME)
		return false;
	if (format->type == SCHED_SWITCH)
		return format->state.size == sizeof(uint64_t) &&
		       format->other_tid.kind == FIELD_INT &&
		       format->other_prio.kind == FIELD_INT &&
		       format->other_comm.kind == FIELD_NAME;
	return !format->other_tid.kind && format->orig_cpu.kind == FIELD_INT &&
	       (!format->dest_cpu.kind || format->dest_cpu.kind == FIELD_INT);
}

/*
 * Reads the lines up to the print format. Not libtraceevent's to do: 1.7 dereferences NULL on
 * damaged text, and of what it gives we would take four numbers.
 */
static bool read_fields(struct sched_format *format, const struct known_event *known, char *text)
{
	struct field_line field;
	unsigned int id;
	char *line;

	format->type = known->type;
	while ((line = strsep(&text, "\n"))) {
		if (!strncmp(line, "print fmt:", 10))
			format->preempt_bit = perf_preempt_bit(line);
		else if (sscanf(line, "ID: %5u", &id) == 1 && id < UINT16_MAX)
			format->id = id;
		else if (read_field(&field, line))
			add_field(format, known, &field);
	}
	format->plain = is_plain(format);
	return format->id && format->tid.kind && (!known->other_tid || format->other_tid.kind) &&
	       (!known->dest_cpu || format->dest_cpu.kind);
}

static const struct known_event *wanted(const char *text)
{
	char name[64];

	return sscanf(text, "name: %63s", name) == 1 ? known_event_find(name) : NULL;
}

int perf_formats_add(struct perf_formats *formats, const char *text, size_t size)
{
	const struct known_event *known;
	struct sched_format format = { 0 };
	char *copy;

	if (size > FORMAT_TEXT_MAX)
		return -EINVAL;
	copy = malloc(size + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, size);
	copy[size] = '\0';
	known = wanted(copy);
	if (known && formats->count < SCHED_FORMATS_MAX && read_fields(&format, known, copy)) {
		formats->formats[formats->count++] = format;
		formats->modern |= format.preempt_bit == TASK_REPORT_MAX;
	}
	free(copy);
	return 0;
}

/* What is left of the tracing data. */
struct rest {
	const uint8_t *at;
	size_t size;
};

static const uint8_t *take(struct rest *rest, uint64_t size)
{
	const uint8_t *at = rest->at;

	if (size > rest->size)
		return NULL;
	rest->at += size;
	rest->size -= size;
	return at;
}

static const char *take_string(struct rest *rest)
{
	const uint8_t *end = memchr(rest->at, '\0', rest->size);

	return end ? (const char *)take(rest, end - rest->at + 1) : NULL;
}

/* A part with its length before it. */
static const uint8_t *take_sized(struct rest *rest, uint64_t *size)
{
	const uint8_t *at = take(rest, sizeof(*size));

	if (!at)
		return NULL;
	*size = get_u64(at);
	return take(rest, *size);
}

static const uint8_t *take_count(struct rest *rest, uint32_t *count)
{
	const uint8_t *at = take(rest, sizeof(*count));

	if (at)
		*count = get_u32(at);
	return at;
}

static int read_system(struct perf_formats *formats, struct rest *rest)
{
	const char *system = take_string(rest);
	const uint8_t *text;
	uint64_t size;
	uint32_t count;
	int err = 0;

	if (!system || !take_count(rest, &count))
		return -EINVAL;
	while (count-- && !err) {
		text = take_sized(rest, &size);
		if (!text)
			return -EINVAL;
		if (!strcmp(system, "sched"))
			err = perf_formats_add(formats, (const char *)text, size);
	}
	return err;
}

/* What comes before the formats by system: magic, version, byte order, long size, page size. */
static int read_head(struct rest *rest)
{
	static const uint8_t magic[] = { 23, 8, 68, 't', 'r', 'a', 'c', 'i', 'n', 'g' };
	const uint8_t *at = take(rest, sizeof(magic));
	uint64_t size;
	uint32_t count;

	if (!at || memcmp(at, magic, sizeof(magic)) || !take_string(rest))
		return -EINVAL;
	at = take(rest, 1 + 1 + 4);
	if (!at)
		return -EINVAL;
	if (at[0] != (__BYTE_ORDER == __BIG_ENDIAN))
		return -ENOTSUP;
	if (!take(rest, sizeof("header_page")) || !take_sized(rest, &size) ||
	    !take(rest, sizeof("header_event")) || !take_sized(rest, &size))
		return -EINVAL;
	if (!take_count(rest, &count))
		return -EINVAL;
	while (count--)
		if (!take_sized(rest, &size))
			return -EINVAL;
	return 0;
}

int perf_formats_read(struct perf_formats *formats, const uint8_t *data, size_t size)
{
	struct rest rest = { data, size };
	uint32_t systems;
	int err = read_head(&rest);

	if (err)
		return err;
	if (!take_count(&rest, &systems))
		return -EINVAL;
	while (systems-- && !err)
		err = read_system(formats, &rest);
	return err;
}

static int read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t done = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, text + done, size - done)) > 0)
		done += n;
	close(fd);
	return n < 0 ? -EIO : (int)done;
}

void perf_formats_read_local(struct perf_formats *formats)
{
	static const char *const roots[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[128], text[8192];

	for (size_t r = 0; r < 2 && !formats->count; r++) {
		for (size_t i = 0; i < KNOWN_EVENTS; i++) {
			int n;

			snprintf(path, sizeof(path), "%s/events/sched/%s/format", roots[r],
				 known_events[i].name);
			n = read_text(path, text, sizeof(text));
			if (n > 0)
				perf_formats_add(formats, text, n);
		}
	}
	formats->local = formats->count;
}

const struct sched_format *perf_formats_find(const struct perf_formats *formats, uint64_t id)
{
	for (int i = 0; i < formats->count; i++)
		if (formats->formats[i].id == id)
			return &formats->formats[i];
	return NULL;
}
