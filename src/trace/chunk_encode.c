// SPDX-License-Identifier: GPL-2.0-only
/*
 * Encodes a segment's events: see chunk_encode.h, and docs/trace-format.md for the columns.
 * chunk_decode.c is the other half: whoever changes one changes both, and ILT_VERSION.
 */
#include "trace/chunk_encode.h"

#include <errno.h>
#include <stdlib.h>
#include "trace/task_record.h"
#include "trace/varint.h"

/* What one event adds to each column at most. */
static const uint8_t column_max[COLS] = {
	[COL_CTL_LO] = 1,   [COL_CTL_HI] = 1,	[COL_RUN] = 1,	   [COL_WAKE] = 1,
	[COL_START] = 1,    [COL_PREV_OUT] = 1, [COL_TASK_LO] = 1, [COL_TASK_HI] = 4,
	[COL_WAKER_LO] = 1, [COL_WAKER_HI] = 4, [COL_CPUS] = 8,	   [COL_PLACED] = 3,
	[COL_FLAGS] = 2,    [COL_MISC] = 9,	[COL_OTHER] = 64,  [COL_BITS] = 31,
};

#define PREFETCH     8
#define COLUMN_SLACK 16 /* the bit writer stores 8 bytes at a time */

static size_t scratch_size(void)
{
	size_t size = 0;

	for (int col = 0; col < COLS; col++)
		size += (size_t)column_max[col] * ILT_CHUNK_EVENTS_MAX + COLUMN_SLACK;
	return size;
}

int chunk_encoder_init(struct chunk_encoder *enc, uint32_t cpu_count)
{
	memset(enc, 0, sizeof(*enc));
	enc->cpus = malloc((cpu_count ? cpu_count : 1) * sizeof(*enc->cpus));
	enc->scratch = malloc(scratch_size());
	enc->zstd = ZSTD_createCCtx();
	if (!enc->cpus || !enc->scratch || !enc->zstd) {
		chunk_encoder_free(enc);
		return -ENOMEM;
	}
	ZSTD_CCtx_setParameter(enc->zstd, ZSTD_c_compressionLevel, 1);
	/*
	 * A small window bounds the memory, and nothing repeats far away. Short matches in a column
	 * of skewed noise cost more than its Huffman codes: 7 is the least that pays.
	 */
	ZSTD_CCtx_setParameter(enc->zstd, ZSTD_c_windowLog, 17);
	ZSTD_CCtx_setParameter(enc->zstd, ZSTD_c_minMatch, 7);
	return 0;
}

void chunk_encoder_free(struct chunk_encoder *enc)
{
	ZSTD_freeCCtx(enc->zstd);
	free(enc->packed);
	free(enc->scratch);
	free(enc->cpus);
	memset(enc, 0, sizeof(*enc));
}

void chunk_encoder_begin(struct chunk_encoder *enc, uint64_t first_ns, uint32_t cpu_limit)
{
	guesses_reset(&enc->guesses);
	for (uint32_t cpu = 0; cpu < cpu_limit; cpu++)
		cpu_guess_reset(&enc->cpus[cpu], first_ns);
}

static uint16_t control_waker(const struct cpu_guess *c, const struct slice *s, uint32_t expected)
{
	if (s->waker == expected)
		return 0;
	if (s->waker == c->last_task)
		return CTL_WAKER_PREV;
	return s->waker == TASK_IDLE ? CTL_WAKER_IDLE : CTL_WAKER;
}

/* The control bits of the fields that depend on whether a wakeup led to the slice. */
static uint16_t control_wakeup(struct guesses *g, const struct cpu_guess *c,
			       const struct task_guess *t, const struct slice *s, uint16_t cpu)
{
	bool woken = s->waking_ns;
	uint16_t waker_cpu = woken ? guess_waker_cpu(g, s->waker, cpu) : CPU_UNKNOWN;
	uint16_t ctl = control_waker(c, s, woken ? t->waker : TASK_UNKNOWN);

	if (woken)
		ctl |= CTL_WAKING;
	if (s->waker_cpu != waker_cpu)
		ctl |= CTL_WAKER_CPU;
	if (s->prev_cpu != (woken ? t->cpu : CPU_UNKNOWN))
		ctl |= CTL_PREV_CPU;
	if (s->chosen_cpu != (woken ? cpu : CPU_UNKNOWN))
		ctl |= CTL_CHOSEN_CPU;
	if (s->recent_cpu != (woken ? t->recent_cpu : CPU_UNKNOWN))
		ctl |= CTL_RECENT_CPU;
	if (s->placed != (woken ? t->placed : 0))
		ctl |= CTL_PLACED;
	if (s->kind != guess_kind(t, woken) || s->context != (woken ? t->context : WAKER_UNKNOWN))
		ctl |= CTL_KIND;
	return ctl;
}

static uint16_t reduce_slice(struct guesses *g, struct cpu_guess *c, struct event *e)
{
	uint32_t next = c->last->next;
	struct slice *s = &e->slice;
	struct task_guess *t;
	uint64_t start = s->start_ns, end = e->time_ns, gap = zigzag(start - c->slice_end);
	uint16_t ctl, placed;

	c->last->next = s->task;
	t = guess_task(g, c, s->task, e->cpu);
	ctl = control_wakeup(g, c, t, s, e->cpu);
	if (s->task != next)
		ctl |= CTL_TASK;
	if (gap)
		ctl |= CTL_START;
	if (s->prev_out_ns != t->out_ns)
		ctl |= CTL_PREV_OUT;
	if (s->flags != guess_flags(t))
		ctl |= CTL_FLAGS;
	if (s->out_state != (s->flags & SLICE_INVOLUNTARY ? 0 : t->sleep_state))
		ctl |= CTL_STATE;
	if (s->prio != t->prio || s->moves || s->spare_wakes || e->type == EVENT_WAITING)
		ctl |= CTL_EXTRA;
	placed = placed_pack(s->waking_ns ? s->placed ^ t->placed : s->placed);
	guess_learn(t, c, s, end, e->cpu);
	s->placed = placed;
	e->time_ns = end - start;
	s->waking_ns = start - s->waking_ns;
	s->prev_out_ns = start - s->prev_out_ns;
	s->start_ns = gap;
	return ctl;
}

uint16_t chunk_encoder_reduce(struct chunk_encoder *enc, struct event *e)
{
	struct cpu_guess *c = &enc->cpus[e->cpu];
	uint64_t time_ns = e->time_ns;

	if (e->type == EVENT_SLICE || e->type == EVENT_WAITING)
		return reduce_slice(&enc->guesses, c, e);
	e->time_ns -= c->last_ns;
	c->last_ns = time_ns;
	if (e->type == EVENT_LOST)
		e->lost.first_ns = time_ns - e->lost.first_ns;
	return CTL_OTHER | e->type;
}

struct columns {
	uint8_t *at[COLS];
	uint8_t *start[COLS];
	struct bit_writer bits;
};

static void columns_init(struct columns *cols, uint8_t *scratch)
{
	for (int col = 0; col < COLS; col++) {
		cols->at[col] = cols->start[col] = scratch;
		scratch += (size_t)column_max[col] * ILT_CHUNK_EVENTS_MAX + COLUMN_SLACK;
	}
	cols->bits = (struct bit_writer){ .p = cols->at[COL_BITS] };
}

static void put8(struct columns *cols, enum ilt_column col, uint8_t v)
{
	*cols->at[col]++ = v;
}

static void put16(struct columns *cols, enum ilt_column col, uint16_t v)
{
	put8(cols, col, v);
	put8(cols, col, v >> 8);
}

static void put_number(struct columns *cols, enum ilt_column col, uint64_t v)
{
	cols->at[col] = put_varint(cols->at[col], v);
}

static void put_time(struct columns *cols, enum ilt_column col, uint64_t v)
{
	put8(cols, col, put_symbol(&cols->bits, v));
}

static void put_task(struct columns *cols, enum ilt_column low, enum ilt_column high, uint32_t id)
{
	put8(cols, low, id);
	put_number(cols, high, id >> 8);
}

/* Nothing for 0, which CTL_PLACED tells; else a byte mostly. Which of the two nobody can foresee:
 * no branch, for a column has room behind its last byte. */
static void put_placed(struct columns *cols, uint16_t missed)
{
	if (missed >= 0x80) {
		put_number(cols, COL_PLACED, missed);
		return;
	}
	*cols->at[COL_PLACED] = missed;
	cols->at[COL_PLACED] += missed != 0;
}

static void put_misc(struct columns *cols, uint16_t ctl, const struct event *e)
{
	const struct slice *s = &e->slice;

	if (ctl & CTL_STATE)
		put16(cols, COL_MISC, s->out_state);
	if (ctl & CTL_KIND) {
		put8(cols, COL_MISC, s->kind);
		put8(cols, COL_MISC, s->context);
	}
	if (ctl & CTL_EXTRA) {
		put8(cols, COL_MISC, s->prio);
		put8(cols, COL_MISC, s->moves);
		put_number(cols, COL_MISC, 2u * s->spare_wakes + (e->type == EVENT_WAITING));
	}
}

static void put_slice(struct columns *cols, uint16_t ctl, const struct event *e)
{
	const struct slice *s = &e->slice;

	if (ctl & CTL_START)
		put_time(cols, COL_START, s->start_ns);
	put_time(cols, COL_RUN, e->time_ns);
	if (ctl & CTL_TASK)
		put_task(cols, COL_TASK_LO, COL_TASK_HI, s->task);
	if (ctl & CTL_WAKING)
		put_time(cols, COL_WAKE, s->waking_ns);
	if (ctl & CTL_PREV_OUT)
		put_time(cols, COL_PREV_OUT, s->prev_out_ns);
	if ((ctl & CTL_WAKER) == CTL_WAKER)
		put_task(cols, COL_WAKER_LO, COL_WAKER_HI, s->waker);
	if (ctl & CTL_WAKER_CPU)
		put16(cols, COL_CPUS, s->waker_cpu);
	if (ctl & CTL_PREV_CPU)
		put16(cols, COL_CPUS, s->prev_cpu);
	if (ctl & CTL_CHOSEN_CPU)
		put16(cols, COL_CPUS, s->chosen_cpu);
	if (ctl & CTL_RECENT_CPU)
		put16(cols, COL_CPUS, s->recent_cpu);
	put_placed(cols, s->placed);
	if (ctl & CTL_FLAGS)
		put16(cols, COL_FLAGS, s->flags);
	if (ctl & (CTL_STATE | CTL_KIND | CTL_EXTRA))
		put_misc(cols, ctl, e);
}

/* A search goes from CPU to CPU: each look is told by how far it is from the one before. */
static void put_choice(struct columns *cols, const struct choice *c)
{
	uint64_t cpu = c->prev_cpu;

	put_number(cols, COL_OTHER, c->task);
	put_number(cols, COL_OTHER, c->prev_cpu);
	put_number(cols, COL_OTHER, zigzag(c->chosen_cpu - cpu));
	put_number(cols, COL_OTHER, c->wake_flags);
	put8(cols, COL_OTHER, c->fallback);
	put8(cols, COL_OTHER, c->looks);
	for (unsigned int i = 0; i < choice_trail_length(c); i++) {
		uint64_t next = c->trail[i] & ~CHOICE_IDLE;

		put_number(cols, COL_OTHER, 2 * zigzag(next - cpu) + !!(c->trail[i] & CHOICE_IDLE));
		cpu = next;
	}
}

static void put_other(struct columns *cols, const struct event *e)
{
	put_time(cols, COL_RUN, e->time_ns);
	switch (e->type) {
	case EVENT_MOVE:
		put_number(cols, COL_OTHER, e->move.task);
		put_number(cols, COL_OTHER, e->move.by);
		put_number(cols, COL_OTHER, e->move.from);
		put_number(cols, COL_OTHER, e->move.to);
		put8(cols, COL_OTHER, e->move.on_rq);
		put8(cols, COL_OTHER, e->move.asleep);
		put8(cols, COL_OTHER, e->move.flags);
		put8(cols, COL_OTHER, e->move.context);
		break;
	case EVENT_LOST:
		put_number(cols, COL_OTHER, e->lost.first_ns);
		put_number(cols, COL_OTHER, e->lost.count);
		put8(cols, COL_OTHER, e->lost.kind);
		break;
	case EVENT_CHOICE:
		put_choice(cols, &e->choice);
		break;
	default: /* EVENT_TASK: its identity is in a TASKS chunk */
		break;
	}
}

static int reserve_packed(struct chunk_encoder *enc, size_t raw_bytes)
{
	/* Room for a block header and a checksum more a column than zstd counts for one block. */
	size_t room = ZSTD_compressBound(raw_bytes) + 32 * COLS;
	uint8_t *packed;

	if (room <= enc->packed_room)
		return 0;
	packed = realloc(enc->packed, room);
	if (!packed)
		return -ENOMEM;
	enc->packed = packed;
	enc->packed_room = room;
	return 0;
}

/* One frame of all parts, each in blocks of its own: so each column gets its own Huffman codes. */
static size_t compress_parts(struct chunk_encoder *enc, const ZSTD_inBuffer *parts, int n,
			     size_t raw_bytes)
{
	ZSTD_outBuffer out = { enc->packed, enc->packed_room, 0 };

	ZSTD_CCtx_reset(enc->zstd, ZSTD_reset_session_only);
	ZSTD_CCtx_setPledgedSrcSize(enc->zstd, raw_bytes);
	for (int i = 0; i < n; i++) {
		ZSTD_EndDirective mode = i == n - 1 ? ZSTD_e_end : ZSTD_e_flush;
		ZSTD_inBuffer in = parts[i];
		size_t left;

		do {
			left = ZSTD_compressStream2(enc->zstd, &out, &in, mode);
			if (ZSTD_isError(left) || out.pos == out.size)
				return SIZE_MAX;
		} while (left);
	}
	return out.pos;
}

static int pack_parts(struct chunk_encoder *enc, const ZSTD_inBuffer *parts, int n,
		      struct packed *packed)
{
	size_t raw_bytes = 0, at = 0;
	int err;

	for (int i = 0; i < n; i++)
		raw_bytes += parts[i].size;
	err = reserve_packed(enc, raw_bytes);
	if (err)
		return err;
	*packed = (struct packed){ .data = enc->packed, .raw_bytes = raw_bytes };
	packed->stored_bytes = compress_parts(enc, parts, n, raw_bytes);
	packed->codec = ILT_ZSTD;
	if (packed->stored_bytes < raw_bytes)
		return 0;
	/* It does not get smaller (or zstd failed): as it is. */
	for (int i = 0; i < n; at += parts[i++].size)
		memcpy(enc->packed + at, parts[i].src, parts[i].size);
	packed->stored_bytes = raw_bytes;
	packed->codec = ILT_STORED;
	return 0;
}

int chunk_encoder_pack_bytes(struct chunk_encoder *enc, const void *data, size_t size,
			     struct packed *packed)
{
	ZSTD_inBuffer part = { data, size, 0 };

	return pack_parts(enc, &part, 1, packed);
}

int chunk_encoder_pack_events(struct chunk_encoder *enc, const struct event *events,
			      const uint16_t *control, const uint32_t *order, uint32_t n,
			      struct packed *packed)
{
	uint8_t directory[ILT_DIRECTORY_MAX], *p = directory;
	ZSTD_inBuffer parts[COLS + 1];
	struct columns cols;
	int used = 1;

	columns_init(&cols, enc->scratch);
	for (uint32_t i = 0; i < n; i++) {
		const struct event *e = &events[order[i]];
		uint16_t ctl = control[order[i]];

		/* With many CPUs the events of one lie far apart. */
		if (i + PREFETCH < n)
			__builtin_prefetch(&events[order[i + PREFETCH]]);

		put8(&cols, COL_CTL_LO, ctl);
		put8(&cols, COL_CTL_HI, ctl >> 8);
		if (ctl & CTL_OTHER)
			put_other(&cols, e);
		else
			put_slice(&cols, ctl, e);
	}
	cols.at[COL_BITS] = bit_writer_end(&cols.bits);
	for (int col = 0; col < COLS; col++) {
		size_t size = cols.at[col] - cols.start[col];

		p = put_varint(p, size);
		if (size)
			parts[used++] = (ZSTD_inBuffer){ cols.start[col], size, 0 };
	}
	parts[0] = (ZSTD_inBuffer){ directory, p - directory, 0 };
	return pack_parts(enc, parts, used, packed);
}

int chunk_encoder_pack_tasks(struct chunk_encoder *enc, const struct event *events,
			     const uint32_t *order, uint32_t n, struct packed *packed)
{
	struct task_record_state state = { 0 };
	uint8_t *p = enc->scratch;

	for (uint32_t i = 0; i < n; i++)
		p = task_record_put(p, &state, &events[order[i]]);
	return chunk_encoder_pack_bytes(enc, enc->scratch, p - enc->scratch, packed);
}
