// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decodes what chunk_encode.c wrote: see there, and docs/trace-format.md. Runs once an event, so
 * columns are read through sticky checks: an overrun yields zeros and marks the cursor bad, which
 * is looked at once an event.
 */
#include "trace/chunk_decode.h"

#include <errno.h>

#define unlikely(x) __builtin_expect(!!(x), 0)

static inline uint8_t take8(struct cursor *c, enum ilt_column col)
{
	const uint8_t *p = c->at[col];

	if (unlikely(p == c->end[col])) {
		c->bad = true;
		return 0;
	}
	c->at[col] = p + 1;
	return *p;
}

static inline uint16_t take16(struct cursor *c, enum ilt_column col)
{
	uint16_t low = take8(c, col);

	return low | take8(c, col) << 8;
}

static inline uint64_t take_time(struct cursor *c, enum ilt_column col)
{
	return get_symbol(&c->bits, take8(c, col));
}

static uint64_t take_number(struct cursor *c, enum ilt_column col)
{
	uint64_t v = 0;

	if (!get_varint(&c->at[col], c->end[col], &v))
		c->bad = true;
	return v;
}

static inline uint32_t take_task(struct cursor *c, enum ilt_column low, enum ilt_column high)
{
	uint32_t id = take8(c, low);
	const uint8_t *p = c->at[high];

	/* Fewer than 32,768 tasks is the common case: one byte. */
	if (p < c->end[high] && *p < 0x80) {
		c->at[high] = p + 1;
		return id | (uint32_t)*p << 8;
	}
	return id | (uint32_t)take_number(c, high) << 8;
}

static inline bool cpu_ok(const struct segment *s, uint64_t cpu)
{
	return cpu < s->cpu_count || cpu == CPU_UNKNOWN;
}

static inline uint16_t take_cpu(struct cursor *c, const struct segment *s)
{
	uint16_t cpu = take16(c, COL_CPUS);

	if (!cpu_ok(s, cpu))
		c->bad = true;
	return cpu;
}

/*
 * What the prediction of placed missed; 0 if nothing. Mostly a byte, and without a branch, for
 * nobody can foresee whether it is there. At a column's end it may be read: the arena goes on.
 */
static inline uint16_t take_placed(struct cursor *c)
{
	const uint8_t *p = c->at[COL_PLACED];
	bool coded = c->control & CTL_PLACED, there = p != c->end[COL_PLACED];
	uint8_t v = *p & -coded;

	c->bad |= coded & !there;
	if (unlikely(v >= 0x80))
		return placed_unpack(take_number(c, COL_PLACED));
	c->at[COL_PLACED] = p + (coded & there);
	return placed_unpack(v);
}

/* Everything of the finished chunk was used: columns that go on were not meant for its events. */
static bool chunk_is_used_up(const struct cursor *c)
{
	for (int col = 0; col < COL_BITS; col++)
		if (c->at[col] != c->end[col])
			return false;
	return c->bits.at <= c->bits.end && c->bits.end - c->bits.at < 8;
}

static bool open_chunk(struct cursor *c, const struct segment *s)
{
	const struct segment_chunk *chunk = &s->chunks[c->next_chunk++];
	const uint8_t *p = s->arena + chunk->at, *end = p + chunk->size;
	uint64_t sizes[COLS], sum = 0;

	for (int col = 0; col < COLS; col++) {
		if (!get_varint(&p, end, &sizes[col]) || sizes[col] > chunk->size)
			return false;
		sum += sizes[col];
	}
	if (sum != (uint64_t)(end - p))
		return false;
	for (int col = 0; col < COL_BITS; col++) {
		c->at[col] = p;
		p += sizes[col];
		c->end[col] = p;
	}
	c->bits = (struct bit_reader){ .base = p, .end = 8 * sizes[COL_BITS] };
	c->left = chunk->events;
	return true;
}

void cursor_init(struct cursor *c, const struct segment *s, uint32_t chunk, uint32_t end_chunk)
{
	memset(c, 0, sizeof(*c));
	c->next_chunk = chunk;
	c->end_chunk = end_chunk;
	c->cpu = s->chunks[chunk].cpu;
	cpu_guess_reset(&c->guess, s->first_ns);
}

static int next_chunk(struct cursor *c, const struct segment *s)
{
	if (!chunk_is_used_up(c))
		return -EBADMSG;
	if (c->next_chunk == c->end_chunk)
		return 0;
	return open_chunk(c, s) ? 1 : -EBADMSG;
}

static inline int move_on(struct cursor *c, const struct segment *s)
{
	uint64_t gap = 0;

	if (unlikely(!c->left)) {
		int more = next_chunk(c, s);

		if (more <= 0)
			return more;
	}
	c->left--;
	c->control = take8(c, COL_CTL_LO);
	c->control |= take8(c, COL_CTL_HI) << 8;
	if (unlikely(c->control & CTL_OTHER)) {
		c->time_ns = c->guess.last_ns + take_time(c, COL_RUN);
	} else {
		if (unlikely(c->control & CTL_START))
			gap = unzigzag(take_time(c, COL_START));
		c->start_ns = c->guess.slice_end + gap;
		c->time_ns = c->start_ns + take_time(c, COL_RUN);
	}
	return unlikely(c->bad | (c->bits.at > c->bits.end)) ? -EBADMSG : 1;
}

static inline uint32_t take_waker(struct cursor *c, uint32_t expected)
{
	switch (c->control & CTL_WAKER) {
	case 0:
		return expected;
	case CTL_WAKER_PREV:
		return c->guess.last_task;
	case CTL_WAKER_IDLE:
		return TASK_IDLE;
	default:
		return take_task(c, COL_WAKER_LO, COL_WAKER_HI);
	}
}

/* The fields that depend on whether a wakeup led to the slice. */
static inline void decode_wakeup(struct cursor *c, const struct segment *s,
				 const struct task_guess *t, struct slice *slice)
{
	uint16_t ctl = c->control, waker_cpu;
	bool woken = ctl & CTL_WAKING;
	uint16_t unwoken = woken - 1;

	slice->waking_ns = woken ? c->start_ns - take_time(c, COL_WAKE) : 0;
	slice->prev_out_ns =
		ctl & CTL_PREV_OUT ? c->start_ns - take_time(c, COL_PREV_OUT) : t->out_ns;
	slice->waker = take_waker(c, woken ? t->waker : TASK_UNKNOWN);
	waker_cpu = woken ? guess_waker_cpu(&s->guesses, slice->waker, c->cpu) : CPU_UNKNOWN;
	slice->waker_cpu = ctl & CTL_WAKER_CPU ? take_cpu(c, s) : waker_cpu;
	slice->prev_cpu = ctl & CTL_PREV_CPU ? take_cpu(c, s) : woken ? t->cpu : CPU_UNKNOWN;
	slice->chosen_cpu = ctl & CTL_CHOSEN_CPU ? take_cpu(c, s) : woken ? c->cpu : CPU_UNKNOWN;
	slice->recent_cpu = t->recent_cpu | unwoken; /* or CPU_UNKNOWN, or 0 below: unbranched */
	if (ctl & CTL_RECENT_CPU)
		slice->recent_cpu = take_cpu(c, s);
	slice->placed = (t->placed & ~unwoken) ^ take_placed(c);
}

/* Prio, moves, spare_wakes; true: the event is a wait. */
static bool take_extra(struct cursor *c, struct slice *slice)
{
	uint64_t spare_wakes;

	slice->prio = take8(c, COL_MISC);
	slice->moves = take8(c, COL_MISC);
	spare_wakes = take_number(c, COL_MISC);
	if (spare_wakes > 2 * UINT16_MAX + 1)
		c->bad = true;
	slice->spare_wakes = spare_wakes / 2;
	return spare_wakes & 1;
}

static inline void decode_rest(struct cursor *c, struct segment *s, const struct task_guess *t,
			       struct event *e)
{
	struct slice *slice = &e->slice;
	uint16_t ctl = c->control;
	bool woken = ctl & CTL_WAKING;

	slice->flags = ctl & CTL_FLAGS ? take16(c, COL_FLAGS) : guess_flags(t);
	slice->out_state = slice->flags & SLICE_INVOLUNTARY ? 0 : t->sleep_state;
	slice->kind = guess_kind(t, woken);
	slice->context = woken ? t->context : WAKER_UNKNOWN;
	slice->prio = t->prio;
	slice->moves = 0;
	slice->spare_wakes = 0;
	if (!(ctl & (CTL_STATE | CTL_KIND | CTL_EXTRA)))
		return;
	if (ctl & CTL_STATE)
		slice->out_state = take16(c, COL_MISC);
	if (ctl & CTL_KIND) {
		slice->kind = take8(c, COL_MISC);
		slice->context = take8(c, COL_MISC);
		if (slice->kind > DELAY_PREEMPT || slice->context > WAKER_INTERRUPT)
			c->bad = true;
	}
	if (ctl & CTL_EXTRA && take_extra(c, slice)) {
		e->type = EVENT_WAITING;
		s->waiting++;
	}
}

static inline bool task_ok(const struct segment *s, uint32_t task)
{
	return task < s->task_limit;
}

static inline bool decode_slice(struct cursor *c, struct segment *s, struct event *e)
{
	uint32_t task = c->guess.last->next;
	struct slice *slice = &e->slice;
	struct task_guess *t;

	if (c->control & CTL_TASK)
		task = take_task(c, COL_TASK_LO, COL_TASK_HI);
	c->guess.last->next = task;
	t = guess_task(&s->guesses, &c->guess, task, c->cpu);
	e->type = EVENT_SLICE;
	slice->start_ns = c->start_ns;
	slice->task = task;
	decode_wakeup(c, s, t, slice);
	decode_rest(c, s, t, e);
	guess_learn(t, &c->guess, slice, c->time_ns, c->cpu);
	return !c->bad && task_ok(s, task) &&
	       (task_ok(s, slice->waker) || slice->waker == TASK_UNKNOWN);
}

static bool decode_move(struct cursor *c, struct segment *s, struct event *e)
{
	uint64_t task = take_number(c, COL_OTHER), by = take_number(c, COL_OTHER);
	uint64_t from = take_number(c, COL_OTHER), to = take_number(c, COL_OTHER);

	e->move = (struct move){ .task = task, .by = by, .from = from, .to = to };
	e->move.on_rq = take8(c, COL_OTHER);
	e->move.asleep = take8(c, COL_OTHER);
	e->move.flags = take8(c, COL_OTHER);
	e->move.context = take8(c, COL_OTHER);
	s->moves++;
	return task < s->task_limit && (by < s->task_limit || by == TASK_UNKNOWN) &&
	       cpu_ok(s, from) && cpu_ok(s, to) && e->move.context <= WAKER_INTERRUPT;
}

static bool take_trail(struct cursor *c, const struct segment *s, struct choice *choice)
{
	uint64_t cpu = choice->prev_cpu;

	for (unsigned int i = 0; i < choice_trail_length(choice); i++) {
		uint64_t look = take_number(c, COL_OTHER);

		cpu += unzigzag(look / 2);
		if (cpu >= s->cpu_count)
			return false;
		choice->trail[i] = cpu | (look & 1 ? CHOICE_IDLE : 0);
	}
	return true;
}

static bool decode_choice(struct cursor *c, struct segment *s, struct event *e)
{
	uint64_t task = take_number(c, COL_OTHER), prev_cpu = take_number(c, COL_OTHER);
	uint64_t chosen_cpu = prev_cpu + unzigzag(take_number(c, COL_OTHER));
	uint64_t wake_flags = take_number(c, COL_OTHER);

	e->choice = (struct choice){
		.task = task,
		.prev_cpu = prev_cpu,
		.chosen_cpu = chosen_cpu,
		.wake_flags = wake_flags,
	};
	e->choice.fallback = take8(c, COL_OTHER);
	e->choice.looks = take8(c, COL_OTHER);
	s->choices++;
	return task < s->task_limit && cpu_ok(s, prev_cpu) && cpu_ok(s, chosen_cpu) &&
	       wake_flags <= UINT16_MAX && take_trail(c, s, &e->choice);
}

static bool decode_lost(struct cursor *c, struct segment *s, struct event *e)
{
	e->lost.first_ns = c->time_ns - take_number(c, COL_OTHER);
	e->lost.count = take_number(c, COL_OTHER);
	e->lost.kind = take8(c, COL_OTHER);
	s->lost++;
	return e->lost.kind < LOST_KINDS;
}

static bool decode_other(struct cursor *c, struct segment *s, struct event *e)
{
	bool ok = false;

	e->type = c->control & 0xff;
	switch (c->control & ~CTL_OTHER) {
	case EVENT_TASK:
		ok = segment_next_task(s, e);
		e->time_ns = c->time_ns;
		e->cpu = c->cpu;
		break;
	case EVENT_MOVE:
		ok = decode_move(c, s, e);
		break;
	case EVENT_LOST:
		ok = decode_lost(c, s, e);
		break;
	case EVENT_CHOICE:
		ok = decode_choice(c, s, e);
		break;
	}
	c->guess.last_ns = c->time_ns;
	return ok && !c->bad;
}

static inline bool decode(struct cursor *c, struct segment *s, struct event *e)
{
	e->time_ns = c->time_ns;
	e->cpu = c->cpu;
	if (unlikely(c->control & CTL_OTHER))
		return decode_other(c, s, e);
	return decode_slice(c, s, e);
}

int cursor_next(struct cursor *c, const struct segment *s)
{
	return move_on(c, s);
}

int cursor_read(struct cursor *c, struct segment *s, struct event *e)
{
	return decode(c, s, e) ? move_on(c, s) : -EBADMSG;
}

bool segment_next_task(struct segment *s, struct event *e)
{
	if (!s->tasks_left) {
		const struct segment_chunk *chunk;

		if (s->task_chunk == s->task_chunks)
			return false;
		chunk = &s->chunks[s->task_chunk++];
		s->tasks_left = chunk->events;
		s->task_at = s->arena + chunk->at;
		s->task_end = s->task_at + chunk->size;
		s->task_state = (struct task_record_state){ 0 };
	}
	s->tasks_left--;
	s->tasks++;
	if (!task_record_get(&s->task_at, s->task_end, &s->task_state, e))
		return false;
	if (!s->tasks_left && s->task_at != s->task_end)
		return false;
	return e->identity.task < s->task_limit && e->cpu < s->cpu_count;
}
