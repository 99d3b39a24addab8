/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched_migrate_task: a wakeup's choice of another CPU, or a move of a task that was queued. Who
 * asked for a move shows in who makes it: the stopper thread of the CPU that the task leaves does it
 * on request (affinity call, NUMA balancing, execve, active balance, hotplug), any other task or
 * interrupt pulls it for a CPU that has too little to do.
 */
#ifndef INTERLOPER_MOVE_H
#define INTERLOPER_MOVE_H

static __always_inline bool is_stopper_here(struct task_struct *current)
{
	struct rq *here = RQ_OF(current);

	return (__u64)READ_RQ(here, stop) == (__u64)current;
}

static __always_inline __u8 move_flags(struct task_struct *p, struct task_state *state, __u32 from)
{
	struct cpu_state *there = cpu_state_get(from);
	__u8 flags = RECORD_MOVE_SEEN | state->asked;

	if (is_stopper_here(current_task()))
		flags |= RECORD_MOVE_BY_STOPPER;
	if (!task_is_allowed_on(p, from))
		flags |= RECORD_MOVE_FROM_FORBIDDEN;
	if (there && there->leaving)
		flags |= RECORD_MOVE_HOTPLUG;
	if (task_in_execve(p))
		flags |= RECORD_MOVE_EXEC;
	state->asked = 0;
	return flags;
}

static __always_inline int move_emit(void *ctx, struct task_struct *p, struct task_state *state,
				     struct cpu_state *here, __u32 from, __u32 dest)
{
	struct task_struct *mover = current_task();
	__u64 now = bpf_ktime_get_ns();
	struct record_move *move;

	identity_announce(p, state, here, now);
	move = ring_reserve(here, now, RECORD_LOST_MOVE);
	if (!move)
		return 0;
	move->head.time_ns = now;
	move->head.type = RECORD_MOVE;
	move->head.task = state->id;
	move->by = here->task == (__u64)mover ? here->id : RECORD_NO_TASK;
	move->from = from;
	move->to = dest;
	move->on_rq = task_on_rq(p);
	move->asleep = task_dequeue_delayed(p);
	move->flags = move_flags(p, state, from);
	move->context = waker_context_now(ctx, mover, READ_CURRENT(mover, pid));
	__builtin_memset(move->spare, 0, sizeof(move->spare));
	ring_submit(here);
	return 0;
}

static __always_inline int on_migrate(void *ctx, struct task_struct *p, __u32 dest)
{
	__u32 cpu = bpf_get_smp_processor_id(), from = task_cpu_of(p);
	struct cpu_state *here = cpu_state_get(cpu);
	struct task_state *state;

	if (!here || !task_matches(p))
		return 0;
	state = task_state_get(p, here, cpu);
	if (!state)
		return 0;
	if (task_raw_state(p) == TASK_WAKING) {
		placement_chosen(state, dest);
		return 0;
	}
	/*
	 * A delayed-dequeue task (6.12) may be pulled while it sleeps, even in the middle of its wakeup:
	 * that is where the wakeup finds it, and mostly leaves it, without an event.
	 */
	if (task_raw_state(p))
		state->moved_to = dest + 1;
	if (state->moves < 255)
		state->moves++;
	if (!config.record)
		return 0;
	if (!config.all_cpus) {
		struct cpu_state *a = cpu_state_get(from), *b = cpu_state_get(dest);

		if (!(a && a->target) && !(b && b->target))
			return 0;
	}
	return move_emit(ctx, p, state, here, from, dest);
}

static __always_inline int on_hotplug_step(__u32 cpu, int target)
{
	struct cpu_state *cs = cpu_state_get(cpu);

	if (cs)
		cs->leaving = is_cpu_going_down(target);
	return 0;
}

/* NUMA balancing asks the stopper for a move: remembered until it is made, or the task runs. */
static __always_inline int on_move_asked(struct task_struct *p, __u8 flag)
{
	struct task_state *state = p ? task_state_find(p) : NULL;

	if (state)
		state->asked |= flag;
	return 0;
}

#endif
