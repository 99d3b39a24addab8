// SPDX-License-Identifier: GPL-2.0-only
/* What a perf.data tells beside its records, in a file: see perf_head.h. */
#include "import/perf_head.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "import/perf_bytes.h"

#define TRACING_DATA_MAX (64u << 20)
#define FEATURE_MAX	 (4u << 20)
#define IDS_MAX		 (1u << 20) /* 256 events on 4096 CPUs */

struct section {
	uint64_t offset, size;
};

struct file_header {
	char magic[8];
	uint64_t size, attr_size;
	struct section attrs, data, event_types;
	uint64_t features[PERF_FEATURES / 64];
};

#define PIPE_HEADER_SIZE 16

_Static_assert(sizeof(struct file_header) == 104, "perf.data's header has 104 bytes");

int perf_why(char why[RECORDING_WHY_MAX], int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, RECORDING_WHY_MAX, format, args);
	va_end(args);
	return err;
}

static int damaged(char why[RECORDING_WHY_MAX], int err, const char *what)
{
	if (err == -ENOMEM)
		return perf_why(why, err, "not enough memory");
	return perf_why(why, err, "damaged perf.data: %s", what);
}

static int check_magic(const char magic[8], char why[RECORDING_WHY_MAX])
{
	uint64_t number, ours;

	memcpy(&number, magic, sizeof(number));
	memcpy(&ours, "PERFILE2", sizeof(ours));
	if (__BYTE_ORDER == __BIG_ENDIAN)
		ours = __builtin_bswap64(ours);
	if (number == ours)
		return 0;
	if (number == __builtin_bswap64(ours))
		return perf_why(
			why, -ENOTSUP,
			"perf.data of a machine with another byte order: run interloper there");
	if (!memcmp(magic, "PERFFILE", 8))
		return perf_why(why, -ENOTSUP,
				"perf.data of a perf before 3.5: record it again with a newer one");
	return perf_why(why, -EINVAL, "no perf.data");
}

static int read_ids(struct perf_head *head, struct perf_input *in, const struct section *ids)
{
	uint32_t attr = head->attrs.count - 1;
	uint64_t some[512], left = ids->size / 8, offset = ids->offset;
	int err = 0;

	if (left > IDS_MAX)
		return -EINVAL;
	while (left && !err) {
		size_t n = left < 512 ? left : 512;

		err = perf_input_at(in, offset, some, n * 8);
		for (size_t i = 0; i < n && !err; i++)
			err = perf_attrs_add_id(&head->attrs, some[i], attr);
		offset += n * 8;
		left -= n;
	}
	return err;
}

static int read_attrs(struct perf_head *head, struct perf_input *in, const struct file_header *file)
{
	uint64_t count, offset = file->attrs.offset;
	size_t attr_size = file->attr_size - sizeof(struct section);
	uint8_t entry[1024];
	struct section ids;
	int err = 0;

	if (file->attr_size < PERF_ATTR_SIZE_VER0 + sizeof(struct section) ||
	    file->attr_size > sizeof(entry))
		return -EINVAL;
	count = file->attrs.size / file->attr_size;
	for (uint64_t i = 0; i < count && !err; i++) {
		err = perf_input_at(in, offset, entry, file->attr_size);
		if (!err)
			err = perf_attrs_add(&head->attrs, entry, attr_size);
		if (err)
			break;
		memcpy(&ids, entry + attr_size, sizeof(ids));
		err = read_ids(head, in, &ids);
		offset += file->attr_size;
	}
	return err;
}

static bool is_read(unsigned int feature)
{
	switch (feature) {
	case PERF_TRACING_DATA:
	case PERF_HOSTNAME:
	case PERF_OSRELEASE:
	case PERF_VERSION:
	case PERF_ARCH:
	case PERF_NRCPUS:
	case PERF_CMDLINE:
	case PERF_SAMPLE_TIMES:
	case PERF_COMPRESSED:
	case PERF_CLOCK_DATA:
		return true;
	default:
		return false;
	}
}

/* A feature that cannot be read is one that is not there: what needs it says so. */
static int read_feature(struct perf_head *head, struct perf_input *in, unsigned int feature,
			const struct section *at)
{
	uint64_t max = feature == PERF_TRACING_DATA ? TRACING_DATA_MAX : FEATURE_MAX;
	uint8_t *data;
	int err;

	if (!is_read(feature) || !at->size || at->size > max || at->offset > in->size ||
	    at->size > in->size - at->offset)
		return 0;
	data = malloc(at->size);
	if (!data)
		return -ENOMEM;
	err = perf_input_at(in, at->offset, data, at->size);
	if (!err && feature == PERF_TRACING_DATA)
		err = perf_formats_read(&head->formats, data, at->size);
	else if (!err)
		err = perf_head_feature(head, feature, data, at->size);
	free(data);
	return err;
}

static int read_features(struct perf_head *head, struct perf_input *in,
			 const struct file_header *file)
{
	uint64_t offset = file->data.offset + file->data.size;
	struct section at;
	int err = 0;

	for (unsigned int f = 0; f < PERF_FEATURES && !err; f++) {
		if (!(file->features[f / 64] >> f % 64 & 1))
			continue;
		if (perf_input_at(in, offset, &at, sizeof(at)))
			break;
		err = read_feature(head, in, f, &at);
		offset += sizeof(at);
	}
	return err;
}

/* Where the records are. perf writes the size of its data, and all features, as the last thing. */
static int find_data(struct perf_head *head, struct perf_input *in, const struct file_header *file)
{
	const struct section *data = &file->data;

	if (data->offset > in->size || data->size > UINT64_MAX - data->offset)
		return -EINVAL;
	head->unfinished = !data->size || data->size > in->size - data->offset;
	in->offset = data->offset;
	in->end = head->unfinished ? in->size : data->offset + data->size;
	return 0;
}

static bool has_tracepoints(const struct perf_attrs *attrs)
{
	for (uint32_t i = 0; i < attrs->count; i++)
		if (attrs->attrs[i].attr.type == PERF_TYPE_TRACEPOINT)
			return true;
	return false;
}

static int read_file(struct perf_head *head, struct perf_input *in, const struct file_header *file,
		     char why[RECORDING_WHY_MAX])
{
	int err = find_data(head, in, file);

	if (err)
		return damaged(why, err, "its data lies beyond its end");
	err = read_attrs(head, in, file);
	if (err)
		return damaged(why, err == -ENODATA ? -EINVAL : err, "its list of events");
	if (!head->unfinished)
		err = read_features(head, in, file);
	if (err)
		return damaged(why, err == -ENODATA ? -EINVAL : err, "its description of events");
	/* The ids must agree, and every record's size: see perf_decode.c. */
	if (!head->formats.count && head->unfinished && has_tracepoints(&head->attrs))
		perf_formats_read_local(&head->formats);
	return perf_head_resolve(head, why);
}

/* The first bytes, of a pipe too. */
static int read_start(struct perf_input *in, void *data, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = perf_input_read(in, (char *)data + done, size - done);
		if (n <= 0)
			return n ? n : -ENODATA;
		done += n;
	}
	return 0;
}

int perf_head_read(struct perf_head *head, struct perf_input *in, char why[RECORDING_WHY_MAX])
{
	struct file_header file = { 0 };
	int err = read_start(in, &file, PIPE_HEADER_SIZE);

	head->cpus = hwloc_bitmap_alloc();
	if (!head->cpus)
		return perf_why(why, -ENOMEM, "not enough memory");
	if (err == -ENODATA)
		return perf_why(why, -EINVAL, "no perf.data: it is too short");
	if (err)
		return perf_why(why, err, "%s", strerror(-err));
	err = check_magic(file.magic, why);
	if (err)
		return err;
	if (file.size == PIPE_HEADER_SIZE) {
		head->pipe = true;
		return 0;
	}
	if (file.size < sizeof(file))
		return damaged(why, -EINVAL, "its header");
	if (!in->seekable)
		return perf_why(
			why, -ENOTSUP,
			"this perf.data cannot come through a pipe: give its name, or record with "
			"`perf record -o -`");
	if (perf_input_at(in, 0, &file, sizeof(file)))
		return damaged(why, -EINVAL, "it ends in its header");
	return read_file(head, in, &file, why);
}

int perf_head_resolve(struct perf_head *head, char why[RECORDING_WHY_MAX])
{
	const uint32_t kinds = SCHED_HAS(SCHED_SWITCH) | SCHED_HAS(SCHED_WAKING) |
			       SCHED_HAS(SCHED_WAKEUP) | SCHED_HAS(SCHED_WAKEUP_NEW) |
			       SCHED_HAS(SCHED_MIGRATE);
	int err = perf_attrs_resolve(&head->attrs, &head->formats, &head->facts.has);

	if (err == -EINVAL)
		return damaged(why, err, "its events keep their ids at different places");
	if (err == -ENOMEM)
		return perf_why(why, err, "not enough memory");
	if (err)
		return perf_why(why, err,
				"its samples lack time, CPU or raw data: record with "
				"`perf sched record`");
	if (!(head->facts.has & kinds) && has_tracepoints(&head->attrs) && head->unfinished)
		return perf_why(
			why, -ENOTSUP,
			"perf was ended before it wrote what its events mean: only the machine "
			"that recorded it can read it, as root");
	if (!(head->facts.has & kinds))
		return perf_why(why, -ENOMSG,
				"it has no scheduler events: record with "
				"`perf sched record`");
	return perf_head_settle(head);
}
