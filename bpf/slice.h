/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A switch ends one slice and begins another. How a slice began is settled at its switch-in, from
 * the task's state, and kept with the CPU until its end.
 */
#ifndef INTERLOPER_SLICE_H
#define INTERLOPER_SLICE_H

static __always_inline void slice_begin_unexplained(struct slice_begin *begin,
						    struct task_struct *p, __u64 start_ns,
						    __u16 flags)
{
	begin->start_ns = start_ns;
	begin->waking_ns = 0;
	begin->prev_out_ns = 0;
	begin->waker = RECORD_NO_TASK;
	begin->prev_cpu = RECORD_NO_CPU;
	begin->chosen_cpu = RECORD_NO_CPU;
	begin->waker_cpu = RECORD_NO_CPU;
	begin->flags = flags;
	begin->kind = READ(p, pid) ? RECORD_KIND_UNKNOWN : RECORD_KIND_IDLE;
	begin->context = RECORD_CONTEXT_UNKNOWN;
	begin->moves = 0;
	begin->spare_wakes = 0;
	begin->recent_cpu = RECORD_NO_CPU;
	begin->placed = 0;
}

static __always_inline void slice_begin(struct task_struct *next, struct cpu_state *cs, __u32 cpu,
					__u64 now)
{
	struct slice_begin *begin = &cs->begin;
	struct task_state *state;

	cs->task = (__u64)next;
	cs->switches = task_switches(next);
	slice_begin_unexplained(begin, next, now, 0);
	cs->histogram = 0;
	if (!READ(next, pid)) {
		cs->id = 0;
		return;
	}
	cs->id = RECORD_NO_TASK;
	if (!task_matches(next))
		return;
	state = task_state_get(next, cs, cpu);
	if (!state)
		return;
	cs->id = state->id;
	slice_settle(begin, state, cs->switches);
	if ((cs->isolated || !config.all_cpus) && task_is_movable(next, cs))
		begin->flags |= RECORD_MOVABLE;
	identity_announce(next, state, cs, now);
	if (config.aggregate)
		aggregate_delay(next, cs, state, cpu);
	if (config.groups)
		groups_begin(next, cs, state, cpu);
}

/*
 * A CPU that goes offline does so in its stopper thread, after which tracepoints are silent on it
 * (TP_CONDITION of include/linux/tracepoint.h); when it is back, the idle task is the first that
 * leaves it. So that slice is a gap in any case: this tells what it was.
 */
static __always_inline int on_offline(__u32 cpu)
{
	struct cpu_state *cs = cpu_state_get(cpu);

	if (cs)
		cs->offline = 1;
	return 0;
}

/*
 * A slice whose start was missed: fair tasks know how long they have been on the CPU
 * (set_next_entity, kernel/sched/fair.c), which is a lower bound for its length.
 */
static __always_inline void slice_start_missed(struct task_struct *prev, struct cpu_state *cs,
					       __u64 now)
{
	__u64 stay = READ(prev, se.sum_exec_runtime) - READ(prev, se.prev_sum_exec_runtime);
	__u64 start = cs->begin.start_ns; /* no switch was seen here since */
	__u8 was_offline = cs->offline;

	cs->offline = 0;
	if (was_offline && !READ(prev, pid))
		slice_begin_unexplained(&cs->begin, prev, cs->seen ? start : 0,
					RECORD_GAP | RECORD_OFFLINE |
						(cs->seen ? 0 : RECORD_CUT_START));
	else if (!cs->seen)
		slice_begin_unexplained(&cs->begin, prev, 0, RECORD_CUT_START);
	else if (READ(prev, pid) && stay < now - start)
		slice_begin_unexplained(&cs->begin, prev, now - stay, RECORD_GAP);
	else
		slice_begin_unexplained(&cs->begin, prev, start, RECORD_GAP);
}

/* Leaves at the task what its next slice needs to know of this switch-out. */
static __always_inline void slice_stamp_out(struct task_struct *prev, struct task_state *state,
					    __u32 switches, __u64 now)
{
	state->out_ns = now;
	state->out_switches = switches;
	state->left_queued = task_is_runnable(prev);
}

static __always_inline void slice_emit(struct task_struct *prev, struct cpu_state *cs, __u64 now,
				       bool preempt, __u32 prev_state, bool queued)
{
	struct record_slice *record;
	bool idle = !READ(prev, pid);

	record = ring_reserve(cs, now, RECORD_LOST_SLICE);
	if (!record)
		return;
	record->head.time_ns = now;
	record->head.type = RECORD_SLICE;
	record->head.task = cs->id;
	record->begin = cs->begin;
	if (!idle) {
		if (preempt || !prev_state)
			record->begin.flags |= RECORD_INVOLUNTARY;
		if (queued)
			record->begin.flags |= RECORD_LEFT_QUEUED;
		if (prev_state & TASK_DEAD)
			record->begin.flags |= RECORD_EXIT;
	}
	record->begin.out_state = prev_state;
	record->begin.prio = READ(prev, prio);
	record->begin.spare = 0;
	ring_submit(cs);
}

static __always_inline void slice_end(struct task_struct *prev, struct cpu_state *cs, __u32 cpu,
				      __u64 now, bool preempt, __u32 prev_state)
{
	__u32 switches = task_switches(prev);
	bool idle = !READ(prev, pid), queued = false, known;
	struct task_state *state = NULL;

	/* The kernel steps the counter once between the task's switch-in and this point. */
	known = cs->task == (__u64)prev && cs->switches + 1 == switches;
	if (!idle) {
		state = task_state_get(prev, cs, cpu);
		if (state) {
			slice_stamp_out(prev, state, switches, now);
			queued = state->left_queued;
		}
	}
	if (!known || (!idle && cs->id == RECORD_NO_TASK)) {
		slice_start_missed(prev, cs, now);
		cs->id = idle ? 0 : state ? state->id : RECORD_NO_TASK;
		cs->histogram = 0;
		/* What woke it for this slice is used up, though the switch-in was missed. */
		if (state && !(state->flags & (RECORD_WOKEN_ON_CPU | WAKING_SPARE)))
			state->waking_ns = 0;
	}
	if (state && state->id != cs->id) {
		/* It took another tid at an exec, and with it another state: still the same task. */
		state->id = cs->id;
		state->announced = 0;
	}
	if (state)
		identity_announce(prev, state, cs, now);
	cs->slices_made++;
	if (config.record)
		slice_emit(prev, cs, now, preempt, prev_state, queued);
	if (config.aggregate && !idle)
		aggregate_run(cs, now);
	if (config.groups && !idle)
		groups_end(cs, cpu, now, preempt || !prev_state);
	if (prev_state & TASK_DEAD)
		task_state_forget(prev, READ(prev, pid));
}

/* Not a target CPU: only what a later slice on a target may need to know. */
static __always_inline bool is_followed_elsewhere(struct task_struct *p, __u32 cpu)
{
	return READ(p, pid) && !task_is_bound_to(p, cpu) && task_matches(p);
}

static __always_inline void switch_elsewhere(struct task_struct *prev, struct task_struct *next,
					     struct cpu_state *cs, __u32 cpu)
{
	struct task_state *state;

	if (is_followed_elsewhere(prev, cpu)) {
		state = task_state_get(prev, cs, cpu);
		if (state)
			slice_stamp_out(prev, state, task_switches(prev), bpf_ktime_get_ns());
	}
	if (is_followed_elsewhere(next, cpu)) {
		state = task_state_get(next, cs, cpu);
		if (state)
			task_state_consume(state);
	}
}

static __always_inline int on_switch(bool preempt, struct task_struct *prev,
				     struct task_struct *next, __u32 prev_state)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_state *cs = cpu_state_get(cpu);
	bool ends, begins;
	__u64 now = 0;

	if (!cs)
		return 0;
	if (!cs->rq)
		cs->rq = (__u64)READ_VIA(next, se.cfs_rq, rq);
	if (!config.all_cpus && !cs->target) {
		cs->task = 0;
		switch_elsewhere(prev, next, cs, cpu);
		return 0;
	}
	/* With a filter by task, the others (idle too) cost nothing but this look. */
	ends = !filter_is_on() || (READ(prev, pid) && task_matches(prev));
	begins = !filter_is_on() || (READ(next, pid) && task_matches(next));
	if (ends || begins)
		now = bpf_ktime_get_ns();
	if (ends)
		slice_end(prev, cs, cpu, now, preempt, prev_state & 0xffff);
	if (begins)
		slice_begin(next, cs, cpu, now);
	else
		cs->task = 0;
	cs->seen = 1;
	return 0;
}

#endif
