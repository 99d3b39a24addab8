// SPDX-License-Identifier: GPL-2.0-only
/*
 * The timehist's rows in order of time, written in large blocks. Without -n, -w and -M a row goes
 * straight into the block; with them it is held until those before it are known.
 */
#include "output/timehist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/hold.h"
#include "output/timehist_row.h"

#define BLOCK_SIZE (256u << 10)

struct timehist {
	struct row_style style;
	FILE *file;
	char *block;
	size_t len, row_max;
	bool holds;
	struct hold hold;
	struct held_row **last; /* by CPU: the held row that waits for its "next" */
	uint64_t printed_ns;	/* the latest time that went out */
	int err;
};

struct timehist *timehist_new(const struct output *out, const struct timehist_options *options,
			      const struct task_table *tasks, const struct trace_meta *meta)
{
	struct timehist *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->file = out->file;
	t->style.options = *options;
	t->style.colour = out->colour;
	t->style.visual_cpus = options->cpu_visual ? meta->cpu_count : 0;
	labels_init(&t->style.labels, tasks);
	t->row_max = row_max(&t->style);
	t->holds = options->next || options->wakeups || options->migrations;
	t->block = malloc(BLOCK_SIZE + t->row_max);
	if (options->next)
		t->last = calloc(CPU_UNKNOWN, sizeof(struct held_row *));
	if (t->block && (!options->next || t->last))
		return t;
	timehist_free(t);
	return NULL;
}

void timehist_free(struct timehist *t)
{
	if (!t)
		return;
	labels_free(&t->style.labels);
	hold_free(&t->hold);
	free(t->last);
	free(t->block);
	free(t);
}

static int timehist_fail(struct timehist *t, int err)
{
	if (!t->err)
		t->err = err;
	return t->err;
}

static int write_block(struct timehist *t)
{
	size_t len = t->len;

	t->len = 0;
	errno = 0;
	if (len && fwrite(t->block, 1, len, t->file) != len)
		return timehist_fail(t, errno ? -errno : -EIO);
	return t->err;
}

/* Where the next row goes: there is room for one. NULL if writing failed. */
static char *block_room(struct timehist *t)
{
	if (t->len > BLOCK_SIZE && write_block(t))
		return NULL;
	return t->block + t->len;
}

static void block_take(struct timehist *t, char *end)
{
	*end++ = '\n';
	t->len = end - t->block;
}

void timehist_header(struct timehist *t)
{
	write_block(t);
	row_header(&t->style, t->file);
}

static int print_held(struct timehist *t, struct held_row *row)
{
	char *p = block_room(t);
	bool late = row->time_ns < t->printed_ns;
	uint32_t head = row->next_at ? row->next_at : row->len;

	if (t->last && row->next_at && t->last[row->cpu] == row)
		t->last[row->cpu] = NULL;
	if (!p)
		return t->err;
	memcpy(p, row->text, head);
	p += head;
	if (row->next_at) {
		p = row_next(p, row->next_known ? &row->next : NULL);
		memcpy(p, row->text + head, row->len - head);
		p += row->len - head;
	}
	if (late) {
		memcpy(p, "  (late)", 8);
		p += 8;
		t->style.marks |= MARK_LATE;
	} else {
		t->printed_ns = row->time_ns;
	}
	block_take(t, p);
	return 0;
}

static int release_until(struct timehist *t, uint32_t keep, uint64_t before_ns)
{
	const struct held_row *first;
	struct held_row *row;

	while ((first = hold_first(&t->hold)) &&
	       (t->hold.count > keep || first->time_ns < before_ns)) {
		row = hold_pop(&t->hold);
		print_held(t, row);
		free(row);
	}
	return t->err;
}

/* Holds the row that was written into the room of the block (and takes it out of there again). */
static struct held_row *hold_room(struct timehist *t, uint64_t time_ns, const char *end)
{
	const char *text = t->block + t->len;
	struct held_row *row = hold_push(&t->hold, time_ns, text, end - text);

	if (!row)
		timehist_fail(t, -ENOMEM);
	return row;
}

/* A slice tells what its CPU's slice before it was waiting for, if one followed the other. */
static void name_next(struct timehist *t, const struct event *e)
{
	struct held_row *row;

	if (!t->last || e->cpu == CPU_UNKNOWN)
		return;
	row = t->last[e->cpu];
	t->last[e->cpu] = NULL;
	if (!row || row->time_ns != e->slice.start_ns || e->slice.flags & SLICE_GAP)
		return;
	row->next = *labels_get(&t->style.labels, e->slice.task);
	row->next_known = true;
}

/* The wakeup that led to a slice (or a wait), as rows of their own at the wakeup's time. */
static int hold_wakeup(struct timehist *t, const struct event *e)
{
	const struct slice *s = &e->slice;
	char *p;

	if (!s->waking_ns)
		return 0;
	if (t->style.options.wakeups) {
		p = block_room(t);
		if (!p || !hold_room(t, s->waking_ns, row_wakeup(&t->style, p, e)))
			return t->err;
	}
	if (t->style.options.migrations && s->prev_cpu != s->chosen_cpu &&
	    s->prev_cpu != CPU_UNKNOWN && s->chosen_cpu != CPU_UNKNOWN) {
		p = block_room(t);
		if (!p || !hold_room(t, s->waking_ns, row_wakeup_move(&t->style, p, e)))
			return t->err;
	}
	return 0;
}

/* The row itself, for any type of event; *next_at as row_slice has it. NULL: it has none. */
static char *write_row(struct timehist *t, char *p, const struct event *e, uint16_t *next_at)
{
	switch (e->type) {
	case EVENT_SLICE:
		if (e->slice.task == TASK_IDLE && !t->style.options.idle)
			return NULL;
		return row_slice(&t->style, p, e, next_at);
	case EVENT_WAITING:
		return row_waiting(&t->style, p, e, next_at);
	case EVENT_MOVE:
		return t->style.options.migrations ? row_move(&t->style, p, e) : NULL;
	case EVENT_LOST:
		return row_lost(&t->style, p, e);
	default:
		return NULL;
	}
}

static int add_held(struct timehist *t, const struct event *e)
{
	uint16_t next_at = ROW_NO_NEXT;
	struct held_row *row;
	char *p, *end;

	if (e->type == EVENT_SLICE)
		name_next(t, e);
	if ((e->type == EVENT_SLICE || e->type == EVENT_WAITING) && hold_wakeup(t, e))
		return t->err;
	p = block_room(t);
	if (!p)
		return t->err;
	end = write_row(t, p, e, &next_at);
	if (end) {
		row = hold_room(t, e->time_ns, end);
		if (!row)
			return t->err;
		row->cpu = e->cpu;
		row->next_at = next_at;
		if (next_at && e->type == EVENT_SLICE && e->cpu != CPU_UNKNOWN)
			t->last[e->cpu] = row;
	}
	return release_until(t, TIMEHIST_HOLD,
			     t->style.options.hold_ns && e->time_ns > t->style.options.hold_ns
				     ? e->time_ns - t->style.options.hold_ns
				     : 0);
}

int timehist_add(struct timehist *t, const struct event *e)
{
	uint16_t next_at;
	char *p, *end;

	if (t->err)
		return t->err;
	if (t->holds)
		return add_held(t, e);
	p = block_room(t);
	if (!p)
		return t->err;
	end = write_row(t, p, e, &next_at);
	if (end)
		block_take(t, end);
	return 0;
}

void timehist_pass(struct timehist *t, const struct event *e)
{
	if (e->type == EVENT_SLICE)
		name_next(t, e);
}

static int write_out(struct timehist *t)
{
	errno = 0;
	if (!write_block(t) && fflush(t->file))
		return timehist_fail(t, errno ? -errno : -EIO);
	return t->err;
}

int timehist_drain(struct timehist *t)
{
	return write_out(t);
}

int timehist_flush(struct timehist *t)
{
	release_until(t, 0, UINT64_MAX);
	if (write_block(t))
		return t->err;
	row_legend(&t->style, t->file);
	t->style.marks = 0;
	return write_out(t);
}
