// SPDX-License-Identifier: GPL-2.0-only
/* perf's records as scheduler events: see perf_decode.h. */
#include "import/perf_decode.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include "import/perf_bytes.h"

#define LOST_SAMPLES_BPF (1u << 15) /* misc: a filter dropped them, as it was told to */

/* Bytes before the id at a record's end; COMM has a name of any length there. */
enum {
	LOST_BODY = 8 + 8 + 8,	   /* header, id, lost */
	LOST_SAMPLES_BODY = 8 + 8, /* header, lost */
	COMM_BODY = 8 + 4 + 4 + 8, /* header, pid, tid, a name padded to 8 */
	TASK_BODY = 8 + 4 * 4 + 8, /* FORK, EXIT: header, pid, ppid, tid, ptid, time */
};

/* Events of records that say little by themselves: perf_settle() has the rest. */
enum { RECORD_LOST = SCHED_EVENT_TYPES, RECORD_FORK };

static uint32_t record_type(const uint8_t *record)
{
	return get_u32(record + offsetof(struct perf_event_header, type));
}

static uint16_t record_size(const uint8_t *record)
{
	return get_u16(record + offsetof(struct perf_event_header, size));
}

static uint16_t body_size(uint32_t type)
{
	switch (type) {
	case PERF_RECORD_LOST:
		return LOST_BODY;
	case PERF_RECORD_LOST_SAMPLES:
		return LOST_SAMPLES_BODY;
	case PERF_RECORD_COMM:
		return COMM_BODY;
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		return TASK_BODY;
	default:
		return 0;
	}
}

void perf_decoder_free(struct perf_decoder *decoder)
{
	free(decoder->cpus);
}

/* NULL: no memory. */
static struct perf_cpu *cpu_of(struct perf_decoder *d, uint32_t cpu)
{
	struct perf_cpu *cpus;

	if (cpu >= d->cpu_count) {
		uint32_t count = (cpu | 63) + 1;

		cpus = realloc(d->cpus, count * sizeof(*cpus));
		if (!cpus)
			return NULL;
		memset(cpus + d->cpu_count, 0, (count - d->cpu_count) * sizeof(*cpus));
		d->cpus = cpus;
		d->cpu_count = count;
	}
	return &d->cpus[cpu];
}

/* When and where, and that nothing is known of what no tracepoint tells. */
static void begin_sample(struct sched_event *e, uint64_t time_ns, uint32_t cpu, int32_t tid,
			 int32_t pid)
{
	e->time_ns = time_ns;
	e->cpu = cpu;
	e->current_tid = tid;
	e->current_pid = pid;
	e->pid = TID_UNKNOWN;
	e->lost = e->lost_since_ns = 0;
}

/* Nothing else is known yet, either. */
static void begin(struct sched_event *e, uint64_t time_ns, uint32_t cpu, int32_t tid, int32_t pid)
{
	begin_sample(e, time_ns, cpu, tid, pid);
	e->type = 0;
	e->preempt = false;
	e->context = WAKER_UNKNOWN;
	e->tid = e->other_tid = TID_UNKNOWN;
	memset(e->comm, 0, sizeof(e->comm));
	e->prio = e->other_prio = -1;
	e->state = 0;
	e->orig_cpu = e->dest_cpu = UINT32_MAX;
	memset(e->other_comm, 0, sizeof(e->other_comm));
}

/* A record that cannot be used is one that was lost. */
static void lose(struct sched_event *e)
{
	begin(e, e->time_ns, e->cpu, e->current_tid, e->current_pid);
	e->type = SCHED_LOST;
	e->lost = 1;
}

/* Of another kernel than the formats: records without dynamic fields have one size, padded to 8. */
static bool fits(const struct perf_decoder *d, const struct sched_format *format, uint32_t raw_size)
{
	uint32_t size = ((format->size + 4u + 7) & ~7u) - 4;

	return !d->head->formats.local || format->dynamic || raw_size == size;
}

static uint32_t sample_cpu(const struct perf_attr *attr, const uint8_t *record)
{
	uint32_t cpu = get_u32(record + attr->cpu);

	return cpu < PERF_CPU_MAX ? cpu : UINT32_MAX;
}

static int32_t sample_number(const uint8_t *record, uint16_t field, uint16_t at)
{
	return field == PERF_NO_FIELD ? TID_UNKNOWN : (int32_t)get_u32(record + field + at);
}

/* A time that is not known (PERF_SAMPLE_TIME of nothing). */
static bool has_time(const struct sched_event *e)
{
	return e->time_ns != UINT64_MAX;
}

int perf_decode_sample(struct perf_decoder *d, const uint8_t *record, const struct perf_attr *attr,
		       struct sched_event *e)
{
	uint16_t size = record_size(record);
	const uint8_t *raw;
	uint32_t raw_size;

	begin_sample(e, get_u64(record + attr->time), sample_cpu(attr, record),
		     sample_number(record, attr->tid, 4), sample_number(record, attr->tid, 0));
	raw = perf_sample_raw(attr, record, size, &raw_size);
	if (raw && !fits(d, attr->format, raw_size))
		return -ENOTSUP;
	if (!raw || e->cpu == UINT32_MAX ||
	    sched_format_decode(attr->format, raw, raw_size, d->head->formats.modern, e))
		lose(e);
	return has_time(e);
}

static bool has_tracepoint(const struct perf_head *head, uint8_t type)
{
	for (uint32_t i = 0; i < head->attrs.count; i++)
		if (head->attrs.attrs[i].format && head->attrs.attrs[i].format->type == type)
			return true;
	return false;
}

static int decode_task(const struct perf_decoder *d, const uint8_t *record, struct sched_event *e)
{
	if (!e->time_ns)
		e->time_ns = get_u64(record + 24);
	e->type = SCHED_EXIT;
	e->pid = get_u32(record + 8);
	e->tid = get_u32(record + 16);
	if (record_type(record) == PERF_RECORD_EXIT)
		return 1;
	if (!e->time_ns) /* perf made it up for who was there; a COMM record tells more */
		return 0;
	e->other_tid = get_u32(record + 20);
	/* The tracepoint knows more; the record only adds the process. */
	e->type = has_tracepoint(d->head, SCHED_FORK) ? RECORD_FORK : SCHED_FORK;
	return 1;
}

static int decode_comm(const uint8_t *record, struct sched_event *e)
{
	e->type = SCHED_NAME;
	e->pid = get_u32(record + 8);
	e->tid = get_u32(record + 12);
	memcpy(e->comm, record + 16,
	       strnlen((const char *)record + 16, record_size(record) - 16 < TASK_COMM_LEN - 1
							  ? record_size(record) - 16
							  : TASK_COMM_LEN - 1));
	return 1;
}

static int decode_lost(const struct perf_decoder *d, const uint8_t *record, struct sched_event *e)
{
	const struct perf_id *id = perf_attrs_find_id(&d->head->attrs, get_u64(record + 8));

	if (e->cpu == UINT32_MAX && id)
		e->cpu = id->cpu;
	e->type = RECORD_LOST;
	e->lost = get_u64(record + 16);
	return 1;
}

/* At its end perf >= 6.1 asks each event how many it lost: those that LOST told, and the ring's
 * last. */
static int note_lost_in_all(struct perf_decoder *d, const uint8_t *record,
			    const struct perf_who *who)
{
	const struct perf_id *id = perf_attrs_find_id(&d->head->attrs, who->id);
	struct perf_cpu *cpu;

	if (get_u16(record + offsetof(struct perf_event_header, misc)) & LOST_SAMPLES_BPF)
		return 0;
	if (!id || id->cpu == UINT32_MAX)
		return 0;
	cpu = cpu_of(d, id->cpu);
	if (!cpu)
		return -ENOMEM;
	cpu->lost_in_all += get_u64(record + 8);
	return 0;
}

static int decode_record(struct perf_decoder *d, const uint8_t *record, struct sched_event *e)
{
	uint32_t type = record_type(record);
	uint16_t size = record_size(record), body = body_size(type);
	struct perf_who who;

	if (!body || size < body)
		return 0;
	perf_attrs_trailer(&d->head->attrs, record, size, body, &who);
	begin(e, who.time_ns, who.cpu, who.tid, who.pid);
	switch (type) {
	case PERF_RECORD_LOST:
		return decode_lost(d, record, e);
	case PERF_RECORD_LOST_SAMPLES:
		return note_lost_in_all(d, record, &who);
	case PERF_RECORD_COMM:
		return decode_comm(record, e);
	default:
		return decode_task(d, record, e);
	}
}

int perf_decode(struct perf_decoder *d, const uint8_t *record, struct sched_event *e)
{
	int got = decode_record(d, record, e);

	return got > 0 && !has_time(e) ? 0 : got;
}

/* The process that a FORK record told for its tracepoint. */
static void settle_fork(struct perf_decoder *d, struct sched_event *e)
{
	uint32_t at = (uint32_t)e->tid % PERF_FORKS;

	if (e->type == RECORD_FORK) {
		d->forks[at].tid = e->tid;
		d->forks[at].pid = e->pid;
	} else if (d->forks[at].tid == e->tid) {
		e->pid = d->forks[at].pid;
	}
}

static void settle_lost(struct perf_cpu *cpu, bool late, struct sched_event *e)
{
	e->type = SCHED_LOST;
	if (!cpu)
		return;
	if (!late)
		e->lost_since_ns = cpu->last_ns;
	cpu->lost += e->lost;
}

static __attribute__((noinline)) int settle_any(struct perf_decoder *d, struct sched_event *e)
{
	/* What perf made up has no time, and cannot come late. */
	bool timeless = !e->time_ns, late = !timeless && e->time_ns < d->now_ns;
	bool fork = e->type == RECORD_FORK;
	struct perf_cpu *cpu = NULL;

	if (e->cpu != UINT32_MAX) {
		cpu = cpu_of(d, e->cpu);
		if (!cpu)
			return -ENOMEM;
	}
	if (e->type == RECORD_LOST)
		settle_lost(cpu, late, e);
	else if (late && !fork)
		lose(e);
	else if (fork || e->type == SCHED_FORK)
		settle_fork(d, e);
	if (e->time_ns > d->now_ns)
		d->now_ns = e->time_ns;
	e->time_ns = d->now_ns;
	if (cpu && !timeless)
		cpu->last_ns = e->time_ns;
	return !fork;
}

/* Nearly all are in time, and of a CPU that is known. */
static bool is_common(const struct perf_decoder *d, const struct sched_event *e)
{
	return e->type <= SCHED_MIGRATE && e->time_ns >= d->now_ns && e->time_ns &&
	       e->cpu < d->cpu_count;
}

int perf_settle(struct perf_decoder *d, struct sched_event *e)
{
	if (!is_common(d, e))
		return settle_any(d, e);
	d->now_ns = d->cpus[e->cpu].last_ns = e->time_ns;
	return 1;
}

int perf_decode_rest(struct perf_decoder *d, struct sched_event *e)
{
	for (; d->next_cpu < d->cpu_count; d->next_cpu++) {
		struct perf_cpu *cpu = &d->cpus[d->next_cpu];

		if (cpu->lost_in_all <= cpu->lost)
			continue;
		begin(e, d->now_ns, d->next_cpu++, TID_UNKNOWN, TID_UNKNOWN);
		e->type = SCHED_LOST;
		e->lost = cpu->lost_in_all - cpu->lost;
		e->lost_since_ns = cpu->last_ns;
		return 1;
	}
	return 0;
}
