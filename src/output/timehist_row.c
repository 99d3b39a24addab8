// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows of the timehist: perf's columns first, as wide as perf has them, then what perf cannot say.
 * What does not apply or is not known is "-", so that a row has the same fields always.
 */
#include "output/timehist_row.h"

#include "output/put.h"

size_t row_max(const struct row_style *style)
{
	return 512 + 2 * PUT_SLACK + style->visual_cpus;
}

/* include/linux/sched.h: the bits of task->__state that a switch-out can carry. */
enum raw_state {
	STATE_INTERRUPTIBLE = 0x1,
	STATE_UNINTERRUPTIBLE = 0x2,
	STATE_STOPPED = 0x4,
	STATE_TRACED = 0x8,
	STATE_EXIT_DEAD = 0x10,
	STATE_ZOMBIE = 0x20,
	STATE_PARKED = 0x40,
	STATE_DEAD = 0x80,
	STATE_NOLOAD = 0x400,
	STATE_RTLOCK_WAIT = 0x1000,
	STATE_FROZEN = 0x8000,
};

/* As task_state_to_char() of the kernel; a task that left runnable is R, whatever it was about to
 * become. */
static char raw_state_letter(unsigned int state)
{
	if (state & (STATE_DEAD | STATE_EXIT_DEAD))
		return 'X';
	if (state & STATE_ZOMBIE)
		return 'Z';
	if (state & STATE_PARKED)
		return 'P';
	if ((state & (STATE_UNINTERRUPTIBLE | STATE_NOLOAD)) ==
	    (STATE_UNINTERRUPTIBLE | STATE_NOLOAD))
		return 'I';
	if (state & STATE_TRACED)
		return 't';
	if (state & STATE_STOPPED)
		return 'T';
	if (state & (STATE_UNINTERRUPTIBLE | STATE_RTLOCK_WAIT | STATE_FROZEN))
		return 'D';
	return state & STATE_INTERRUPTIBLE ? 'S' : 'R';
}

char state_letter(const struct event *e)
{
	if (e->type != EVENT_SLICE || e->slice.flags & SLICE_CUT_END)
		return '-';
	if (e->slice.task == TASK_IDLE)
		return 'I';
	if (e->slice.flags & (SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED))
		return 'R';
	return raw_state_letter(e->slice.out_state);
}

static char *put_text(char *p, const char *text)
{
	size_t len = strlen(text);

	memcpy(p, text, len);
	return p + len;
}

static char *put_label(char *p, const struct label *label)
{
	memcpy(p, label->text, sizeof(label->text));
	return p + label->len;
}

static char *put_cpu(char *p, uint16_t cpu)
{
	if (cpu > 9999)
		return cpu == CPU_UNKNOWN ? put_text(p, "[   -]") : p + sprintf(p, "[%u]", cpu);
	p[0] = '[';
	p[1] = '0' + cpu / 1000;
	p[2] = '0' + cpu / 100 % 10;
	p[3] = '0' + cpu / 10 % 10;
	p[4] = '0' + cpu % 10;
	p[5] = ']';
	return p + 6;
}

/* Time, CPU and the CPU as a mark: the columns that every row has. */
static char *put_place(const struct row_style *style, char *p, uint64_t time_ns, uint16_t cpu,
		       char mark)
{
	p = put_time(p, time_ns);
	*p++ = ' ';
	p = put_cpu(p, cpu);
	*p++ = ' ';
	if (style->visual_cpus) {
		put_blanks(p, style->visual_cpus + 2);
		if (cpu < style->visual_cpus)
			p[1 + cpu] = mark;
		p += style->visual_cpus + 2;
	}
	*p++ = ' ';
	return p;
}

static char *put_name(struct row_style *style, char *p, uint32_t task)
{
	const struct label *label = labels_get(&style->labels, task);

	memcpy(p, label->text, sizeof(label->text));
	return p + label->padded;
}

static char *put_nothing(struct row_style *style, char *p)
{
	style->marks |= MARK_NONE;
	memcpy(p, "          -", 11);
	return p + 11;
}

/* A duration that is not quite what the column says: with a mark right before its digits. */
static char *put_marked_msec(char *p, uint64_t ns, const char *mark)
{
	char text[48];
	int len = snprintf(text, sizeof(text), "%s%" PRIu64 ".%03u", mark, ns / 1000000,
			   (unsigned int)(ns % 1000000 / 1000));

	return p + sprintf(p, "%*s", len < 11 ? 11 : len + 1, text);
}

static char *put_run(struct row_style *style, char *p, const struct event *e)
{
	if (slice_is_whole(&e->slice))
		return put_msec(p, slice_run_ns(e));
	if (e->slice.flags & SLICE_GAP) {
		style->marks |= MARK_GAP;
		return put_marked_msec(p, slice_run_ns(e), "?");
	}
	style->marks |= MARK_CUT;
	return put_marked_msec(p, slice_run_ns(e), ">=");
}

static char *put_kind(char *p, uint8_t kind)
{
	switch (kind) {
	case DELAY_WAKE:
		memcpy(p, "  wake   ", 9);
		break;
	case DELAY_PREEMPT:
		memcpy(p, "  preempt", 9);
		break;
	default:
		memcpy(p, "  -      ", 9);
	}
	return p + 9;
}

/* "0>1": previous and chosen CPU; "0>1>2": moved on to 2 before it ran; "0=0": no CPU was chosen.
 */
static char *put_cpus(struct row_style *style, char *p, const struct event *e)
{
	const struct slice *s = &e->slice;
	char *end = p + 2 + CPUS_WIDTH;

	p = put_blanks(p, 2 + CPUS_WIDTH) - CPUS_WIDTH;
	if (s->prev_cpu == CPU_UNKNOWN && s->chosen_cpu == CPU_UNKNOWN) {
		*p = '-';
		style->marks |= MARK_NONE;
		return end;
	}
	if (s->prev_cpu == CPU_UNKNOWN)
		*p++ = '-';
	else
		p = put_uint(p, s->prev_cpu);
	if (s->flags & SLICE_REQUEUED) {
		style->marks |= MARK_REQUEUED;
		*p++ = '=';
		p = put_uint(p, s->chosen_cpu == CPU_UNKNOWN ? s->prev_cpu : s->chosen_cpu);
	} else if (s->chosen_cpu == CPU_UNKNOWN) {
		*p++ = '>';
		*p++ = '-';
	} else {
		*p++ = '>';
		p = put_uint(p, s->chosen_cpu);
	}
	if (s->chosen_cpu != CPU_UNKNOWN && s->chosen_cpu != e->cpu) {
		style->marks |= MARK_MOVED;
		*p++ = '>';
		p = put_uint(p, e->cpu);
	}
	return p < end ? end : p;
}

/* A text of a column, or "-" for NULL. */
static char *put_column(struct row_style *style, char *p, int width, const char *text, bool unsure)
{
	char *end = put_blanks(p, 2 + width);

	if (!text)
		style->marks |= MARK_NONE;
	p = put_text(p + 2, text ? text : "-");
	if (unsure) {
		style->marks |= MARK_UNSURE;
		*p++ = '?';
	}
	return p < end ? end : p;
}

/* Class and branch of the wakeup that led here. */
static char *put_placement(struct row_style *style, char *p, const struct event *e)
{
	const struct placement_host *host = style->options.placement;
	struct told_choice told = choices_take(style->options.choices, e);
	const char *class = NULL, *branch = NULL;
	struct placement_verdict verdict;
	bool unsure = false;

	if (placement_is_told(&e->slice)) {
		class = placement_class_name(placement_class(host, &e->slice));
		verdict = placement_explain(host, &e->slice, told.choice, told.fallback);
		branch = placement_branch_name(verdict.branch);
		unsure = verdict.branch != BRANCH_UNKNOWN && verdict.certainty == UNSURE;
	}
	p = put_column(style, p, CLASS_WIDTH, class, false);
	return put_column(style, p, BRANCH_WIDTH, branch, unsure);
}

static char *put_waker(struct row_style *style, char *p, const struct slice *s)
{
	const char *context = label_context(s->context);

	*p++ = ' ';
	*p++ = ' ';
	if (context) {
		p = put_text(p, context);
	} else if (s->waker != TASK_UNKNOWN) {
		p = put_label(p, labels_get(&style->labels, s->waker));
	} else {
		*p++ = '-';
		style->marks |= MARK_NONE;
	}
	if (s->waker_cpu != CPU_UNKNOWN) {
		*p++ = '@';
		p = put_uint(p, s->waker_cpu);
	}
	return p;
}

static char *put_prio(const struct row_style *style, char *p, uint8_t prio)
{
	if (!style->options.prio)
		return p;
	put_blanks(p, 2 + PRIO_WIDTH);
	put_uint(p + 2, prio);
	return p + 2 + PRIO_WIDTH;
}

/* The columns behind the three times, alike for slices and waits. */
static char *put_rest(struct row_style *style, char *p, const struct event *e, const char *row,
		      uint16_t *next_at)
{
	if (style->options.state) {
		memcpy(p, "       ", 7);
		p[6] = state_letter(e);
		p += 7;
	}
	*next_at = style->options.next ? p - row : ROW_NO_NEXT;
	p = put_kind(p, e->slice.kind);
	p = put_cpus(style, p, e);
	if (style->options.placement)
		p = put_placement(style, p, e);
	return put_waker(style, p, &e->slice);
}

char *row_slice(struct row_style *style, char *p, const struct event *e, uint16_t *next_at)
{
	const struct slice *s = &e->slice;
	bool idle = s->task == TASK_IDLE;
	char *row = p;
	uint64_t ns;

	p = put_place(style, p, e->time_ns, e->cpu, idle ? 'i' : 's');
	p = put_name(style, p, s->task);
	p = put_prio(style, p, s->prio);
	/* The idle task is off whenever others run: that is no wait. */
	if (!idle && slice_off_ns(s, &ns))
		p = put_msec(p, ns);
	else
		p = put_nothing(style, p);
	if (slice_delay_ns(s, &ns))
		p = put_msec(p, ns);
	else
		p = put_nothing(style, p);
	p = put_run(style, p, e);
	return put_rest(style, p, e, row, next_at);
}

char *row_waiting(struct row_style *style, char *p, const struct event *e, uint16_t *next_at)
{
	const struct slice *s = &e->slice;
	char *row = p;
	uint64_t ns;

	p = put_place(style, p, e->time_ns, e->cpu, 'w');
	p = put_name(style, p, s->task);
	p = put_prio(style, p, s->prio);
	style->marks |= MARK_CUT;
	if (slice_off_ns(s, &ns))
		p = put_marked_msec(p, ns, ">=");
	else
		p = put_nothing(style, p);
	if (slice_delay_ns(s, &ns))
		p = put_marked_msec(p, ns, ">=");
	else
		p = put_nothing(style, p);
	p = put_nothing(style, p);
	p = put_rest(style, p, e, row, next_at);
	return put_text(p, "  still waiting");
}

/* Blanks over the times' columns: the text of rows that are no slices begins behind them. */
static char *put_times_blank(const struct row_style *style, char *p)
{
	return put_blanks(p, 3 * 11 + 2 + (style->options.prio ? 2 + PRIO_WIDTH : 0));
}

/* Who did it, in the name's column. */
static char *put_doer(struct row_style *style, char *p, uint32_t task, uint8_t context)
{
	const char *name = label_context(context);

	if (name)
		return p + sprintf(p, "%-*s", LABEL_WIDTH, name);
	if (task == TASK_UNKNOWN)
		return p + sprintf(p, "%-*s", LABEL_WIDTH, "-");
	return put_name(style, p, task);
}

/* The waker's side of a wakeup: where, when, who. */
static char *put_waking(struct row_style *style, char *p, const struct slice *s, char mark)
{
	p = put_place(style, p, s->waking_ns, s->waker_cpu, mark);
	p = put_doer(style, p, s->waker, s->context);
	return put_times_blank(style, p);
}

char *row_wakeup(struct row_style *style, char *p, const struct event *e)
{
	p = put_waking(style, p, &e->slice, ' ');
	p = put_text(p, "awakened: ");
	return put_label(p, labels_get(&style->labels, e->slice.task));
}

static char *put_migrated(struct row_style *style, char *p, uint32_t task, uint16_t from,
			  uint16_t to)
{
	p = put_text(p, "migrated: ");
	p = put_label(p, labels_get(&style->labels, task));
	return p + sprintf(p, " cpu %u => %u", from, to);
}

char *row_wakeup_move(struct row_style *style, char *p, const struct event *e)
{
	const struct slice *s = &e->slice;

	p = put_waking(style, p, s, 'm');
	p = put_migrated(style, p, s->task, s->prev_cpu, s->chosen_cpu);
	return put_text(p, " (at wakeup)");
}

/* NULL: not known. */
static const char *const move_reasons[MOVERS] = {
	[MOVER_NUMA_SWAP] = "NUMA swap",
	[MOVER_NUMA] = "NUMA balancing",
	[MOVER_EXEC] = "exec",
	[MOVER_HOTPLUG] = "CPU hotplug",
	[MOVER_AFFINITY] = "affinity change",
	[MOVER_STOPPER] = "active balance or stop request",
	[MOVER_PULL] = "pulled by balancing",
};

char *row_move(struct row_style *style, char *p, const struct event *e)
{
	const struct move *m = &e->move;
	const char *reason = move_reasons[move_mover(m)];

	p = put_place(style, p, e->time_ns, e->cpu, 'm');
	p = put_doer(style, p, m->by, m->context);
	p = put_times_blank(style, p);
	p = put_migrated(style, p, m->task, m->from, m->to);
	if (m->asleep)
		return p + sprintf(p, " (asleep%s%s)", reason ? ", " : "", reason ? reason : "");
	return reason ? p + sprintf(p, " (%s)", reason) : p;
}

char *row_lost(struct row_style *style, char *p, const struct event *e)
{
	static const char *const kinds[LOST_KINDS] = { "slice", "task name", "move", "CPU choice" };
	const char *kind = e->lost.kind < LOST_KINDS ? kinds[e->lost.kind] : "event";
	char first[DURATION_MAX], last[DURATION_MAX], count[COUNT_MAX];

	p = put_place(style, p, e->time_ns, e->cpu, '!');
	p += sprintf(p, "%s*** lost %s %s%s on CPU %u", style->colour ? COLOUR_RED : "",
		     format_count(count, e->lost.count), kind, e->lost.count == 1 ? "" : "s",
		     e->cpu);
	if (e->lost.first_ns)
		p += sprintf(p, " between %s and %s", format_time(first, e->lost.first_ns),
			     format_time(last, e->time_ns));
	return p + sprintf(p, " ***%s", style->colour ? COLOUR_RESET : "");
}

char *row_next(char *p, const struct label *next)
{
	char *end = p + 2 + NEXT_WIDTH;

	p = put_text(p, "  next: ");
	if (next)
		p = put_label(p, next);
	else
		*p++ = '-';
	if (p < end)
		memset(p, ' ', end - p);
	return p < end ? end : p;
}
