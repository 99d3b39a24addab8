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

int perf_record_time(const struct perf_head *head, const uint8_t *record, uint64_t *time_ns,
		     uint16_t *number)
{
	const struct perf_attr *attr;
	uint32_t type = record_type(record);
	uint16_t size = record_size(record), body = body_size(type);
	struct perf_who who;

	*number = 0;
	if (type == PERF_RECORD_SAMPLE) {
		attr = perf_attrs_of_sample(&head->attrs, record, size);
		if (!attr || !attr->format)
			return 0;
		*time_ns = get_u64(record + attr->time);
		*number = attr - head->attrs.attrs;
		return *time_ns != UINT64_MAX;
	}
	if (!body || size < body)
		return 0;
	perf_attrs_trailer(&head->attrs, record, size, body, &who);
	*time_ns = who.time_ns;
	if (!who.time_ns && body == TASK_BODY)
		*time_ns = get_u64(record + 24);
	return *time_ns != UINT64_MAX;
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

/* Field by field: of a whole structure compilers make an instruction that takes long to begin. */
static void clear(struct sched_event *e, const struct perf_who *who)
{
	e->time_ns = 0;
	e->cpu = who->cpu;
	e->type = 0;
	e->preempt = false;
	e->context = WAKER_UNKNOWN;
	e->current_tid = who->tid;
	e->current_pid = who->pid;
	e->tid = e->pid = e->other_tid = TID_UNKNOWN;
	memset(e->comm, 0, sizeof(e->comm));
	e->prio = e->other_prio = -1;
	e->state = 0;
	e->orig_cpu = e->dest_cpu = UINT32_MAX;
	memset(e->other_comm, 0, sizeof(e->other_comm));
	e->lost = e->lost_since_ns = 0;
}

static int lost_one(struct sched_event *e, const struct perf_who *who)
{
	clear(e, who);
	e->type = SCHED_LOST;
	e->lost = 1;
	return 1;
}

/* Of another kernel than the formats: records without dynamic fields have one size, padded to 8. */
static bool fits(const struct perf_decoder *d, const struct sched_format *format, uint32_t raw_size)
{
	uint32_t size = ((format->size + 4u + 7) & ~7u) - 4;

	return !d->head->formats.local || format->dynamic || raw_size == size;
}

static int decode_sample(struct perf_decoder *d, const uint8_t *record,
			 const struct perf_attr *attr, struct perf_who *who, struct sched_event *e)
{
	uint16_t size = record_size(record);
	const uint8_t *raw;
	uint32_t raw_size;

	perf_sample_who(attr, record, who);
	clear(e, who);
	raw = perf_sample_raw(attr, record, size, &raw_size);
	if (raw && !fits(d, attr->format, raw_size))
		return -ENOTSUP;
	if (!raw || who->cpu == UINT32_MAX ||
	    sched_format_decode(attr->format, raw, raw_size,
				perf_formats_are_modern(&d->head->formats), e))
		return lost_one(e, who);
	if (e->type == SCHED_FORK && d->forks[(uint32_t)e->tid % PERF_FORKS].tid == e->tid)
		e->pid = d->forks[(uint32_t)e->tid % PERF_FORKS].pid;
	return 1;
}

static bool has_tracepoint(const struct perf_head *head, uint8_t type)
{
	for (uint32_t i = 0; i < head->attrs.count; i++)
		if (head->attrs.attrs[i].format && head->attrs.attrs[i].format->type == type)
			return true;
	return false;
}

static int decode_task(struct perf_decoder *d, const uint8_t *record, struct sched_event *e)
{
	bool fork = record_type(record) == PERF_RECORD_FORK;
	uint32_t at;

	e->type = fork ? SCHED_FORK : SCHED_EXIT;
	e->pid = get_u32(record + 8);
	e->tid = get_u32(record + 16);
	if (!fork)
		return 1;
	e->other_tid = get_u32(record + 20);
	if (!e->time_ns) /* perf made it up for who was there; a COMM record tells more */
		return 0;
	if (!has_tracepoint(d->head, SCHED_FORK))
		return 1;
	/* The tracepoint knows more; the record only adds the process. */
	at = (uint32_t)e->tid % PERF_FORKS;
	d->forks[at].tid = e->tid;
	d->forks[at].pid = e->pid;
	return 0;
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

static int decode_lost(struct perf_decoder *d, const uint8_t *record, struct perf_who *who,
		       struct sched_event *e)
{
	const struct perf_id *id = perf_attrs_find_id(&d->head->attrs, get_u64(record + 8));
	struct perf_cpu *cpu;

	if (who->cpu == UINT32_MAX && id)
		who->cpu = e->cpu = id->cpu;
	e->type = SCHED_LOST;
	e->lost = get_u64(record + 16);
	if (e->cpu == UINT32_MAX)
		return 1;
	cpu = cpu_of(d, e->cpu);
	if (!cpu)
		return -ENOMEM;
	e->lost_since_ns = cpu->last_ns;
	cpu->lost += e->lost;
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

static int decode_record(struct perf_decoder *d, const uint8_t *record, uint64_t time_ns,
			 uint16_t attr, struct perf_who *who, struct sched_event *e)
{
	uint32_t type = record_type(record);

	if (type == PERF_RECORD_SAMPLE)
		return decode_sample(d, record, &d->head->attrs.attrs[attr], who, e);
	perf_attrs_trailer(&d->head->attrs, record, record_size(record), body_size(type), who);
	clear(e, who);
	e->time_ns = time_ns;
	switch (type) {
	case PERF_RECORD_LOST:
		return decode_lost(d, record, who, e);
	case PERF_RECORD_LOST_SAMPLES:
		return note_lost_in_all(d, record, who);
	case PERF_RECORD_COMM:
		return decode_comm(record, e);
	default:
		return decode_task(d, record, e);
	}
}

int perf_decode(struct perf_decoder *d, const uint8_t *record, uint64_t time_ns, uint16_t attr,
		struct sched_event *e)
{
	struct perf_who who;
	struct perf_cpu *cpu;
	int got = decode_record(d, record, time_ns, attr, &who, e);

	if (got < 0)
		return got;
	/* What perf made up has no time, and none of its losses is one that came late. */
	if (time_ns && time_ns < d->now_ns && got)
		got = lost_one(e, &who);
	if (time_ns > d->now_ns)
		d->now_ns = time_ns;
	e->time_ns = d->now_ns;
	if (!time_ns || who.cpu == UINT32_MAX)
		return got;
	cpu = cpu_of(d, who.cpu);
	if (!cpu)
		return -ENOMEM;
	cpu->last_ns = e->time_ns;
	return got;
}

int perf_decode_rest(struct perf_decoder *d, struct sched_event *e)
{
	struct perf_who who = { .pid = TID_UNKNOWN, .tid = TID_UNKNOWN };

	for (; d->next_cpu < d->cpu_count; d->next_cpu++) {
		struct perf_cpu *cpu = &d->cpus[d->next_cpu];

		if (cpu->lost_in_all <= cpu->lost)
			continue;
		who.cpu = d->next_cpu++;
		clear(e, &who);
		e->type = SCHED_LOST;
		e->time_ns = d->now_ns;
		e->lost = cpu->lost_in_all - cpu->lost;
		e->lost_since_ns = cpu->last_ns;
		return 1;
	}
	return 0;
}
