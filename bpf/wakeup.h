/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a wakeup leaves behind in its wakee's state: when, from where, by whom. sched_waking fires
 * before a CPU is chosen: it tells the previous one; a sched_migrate_task of the task before it is
 * awake overrides that (move.h), and is exact.
 */
#ifndef INTERLOPER_WAKEUP_H
#define INTERLOPER_WAKEUP_H

#define TASK_STACK_BYTES 16384 /* THREAD_SIZE on x86-64 and arm64, without KASAN */

/*
 * Without preempt_count: interrupts have a stack of their own, hard and soft ones, and ctx lies on the
 * stack that the tracepoint fired on. But x86 serves an interrupt that came from user mode on the
 * task's stack (arch/x86/include/asm/irq_stack.h): so what looks like a task remains unknown.
 */
static __always_inline __u8 waker_context_by_stack(void *ctx, struct task_struct *waker,
						   __u32 waker_tid)
{
	__u64 bottom = (__u64)READ_CURRENT(waker, stack), top = bottom + TASK_STACK_BYTES;

	/* The verifier lets ctx be compared, but not subtracted from: hide the range from clang. */
	barrier_var(top);
	if ((__u64)ctx < bottom || (__u64)ctx >= top)
		return RECORD_CONTEXT_INTERRUPT;
	return waker_tid ? RECORD_CONTEXT_UNKNOWN : RECORD_CONTEXT_IDLE;
}

static __always_inline __u8 waker_context_now(void *ctx, struct task_struct *waker,
					      __u32 waker_tid)
{
	__u32 count;

	if (!preempt_count_read(waker, &count))
		return waker_context_by_stack(ctx, waker, waker_tid);
	if (count & PREEMPT_COUNT_NMI)
		return RECORD_CONTEXT_NMI;
	if (count & PREEMPT_COUNT_HARDIRQ)
		return RECORD_CONTEXT_HARDIRQ;
	if (count & PREEMPT_COUNT_SOFTIRQ_SERVING)
		return RECORD_CONTEXT_SOFTIRQ;
	return waker_tid ? RECORD_CONTEXT_TASK : RECORD_CONTEXT_IDLE;
}

/* The waker's id: known if it was seen to be switched in here, else from its own state. */
static __always_inline void waker_note(void *ctx, struct task_state *state, struct cpu_state *here,
				       __u32 cpu, __u64 now)
{
	struct task_struct *waker = current_task();
	__u32 waker_tid = READ_CURRENT(waker, pid);

	state->waker_cpu = cpu;
	state->context = waker_context_now(ctx, waker, waker_tid);
	if (!waker_tid) {
		state->waker = 0;
	} else if (here->task == (__u64)waker && here->id) {
		state->waker = here->id;
	} else {
		struct task_state *its = task_state_get_as(waker, waker_tid, here, cpu);

		state->waker = its ? its->id : RECORD_NO_TASK;
		if (its)
			identity_announce(waker, its, here, now);
	}
}

/* What follows on this CPU, with interrupts off, is the choice for this wakee (hooks.bpf.c). */
static __always_inline void wakeup_announce(struct cpu_state *here, struct task_struct *p,
					    struct task_state *state)
{
	here->placing = (__u64)p;
	here->placing_ns = state->waking_ns;
	here->placing_id = state->id;
	here->searching = 1;
	here->looks = 0;
}

static __always_inline void wakeup_note(void *ctx, struct task_struct *p, __u32 prev_cpu,
					__u16 flags)
{
	__u32 cpu = bpf_get_smp_processor_id(), its_cpu = task_cpu_of(p);
	struct cpu_state *here = cpu_state_get(cpu);
	struct task_state *state;
	__u64 now;

	if (!here)
		return;
	if (config.hooks)
		here->placing = 0;
	if (!config.all_cpus && task_is_bound_to(p, its_cpu)) {
		struct cpu_state *there = cpu_state_get(its_cpu);

		if (there && !there->target)
			return;
	}
	if (!task_matches(p))
		return;
	now = bpf_ktime_get_ns();
	state = task_state_get(p, here, cpu);
	if (!state)
		return;
	state->waking_ns = now;
	state->waking_switches = task_switches(p);
	state->prev_cpu = prev_cpu;
	/* A task on a queue may just now be pulled by another CPU (move.h), whose word counts. */
	if (!(flags & (RECORD_REQUEUED | WAKING_SPARE)))
		state->moved_to = flags & RECORD_NEW ? its_cpu + 1 : 0;
	state->moves = 0;
	if (config.record) {
		waker_note(ctx, state, here, cpu, now);
		state->recent_cpu = READ(p, recent_used_cpu);
		/* Where nothing is chosen, nothing depends on anything. */
		state->placed = flags & (RECORD_NEW | RECORD_REQUEUED)
					? placement_facts_of(p)
					: placement_facts(p, cpu, prev_cpu, state->context);
	}
	if (config.groups) {
		state->waker_cpu = cpu;
		state->placed = placement_facts_of(p);
	}
	if (flags & WAKING_SPARE && state->spare_wakes < 255)
		state->spare_wakes++;
	state->flags = flags;
	if (config.hooks)
		wakeup_announce(here, p, state);
}

/*
 * A wakee found queued or running needs no wakeup ("running"), but it may leave the CPU between our
 * look and the kernel's own under the lock: the stamp is kept, and counts if no other wakeup
 * follows before it runs again (settle.h).
 */
static __always_inline int on_waking(void *ctx, struct task_struct *p)
{
	__u16 flags = 0;

	if (task_on_rq(p))
		flags = task_dequeue_delayed(p) ? RECORD_REQUEUED : WAKING_SPARE;
	if (task_on_cpu(p))
		flags |= RECORD_WOKEN_ON_CPU;
	/*
	 * A task that wakes itself, about to sleep, only goes on. try_to_wake_up does this case with
	 * interrupts on (aacedf26fb76), where no state may be created.
	 */
	if (flags & WAKING_SPARE && p == current_task())
		return 0;
	wakeup_note(ctx, p, task_cpu_of(p), flags);
	return 0;
}

/*
 * A fork's first wakeup: its CPU was chosen before, on the way, with no event of its own; the one
 * that the search started from is kept as the task's recent_used_cpu (wake_up_new_task(),
 * kernel/sched/core.c, since 4.16: 32e839dda3ba). A state that is here already belonged to a task
 * whose end was missed, of the same tid and address.
 */
static __always_inline int on_wakeup_new(void *ctx, struct task_struct *p)
{
	struct task_state *stale = task_state_find(p);

	if (stale)
		task_state_clear(stale);
	wakeup_note(ctx, p, READ(p, recent_used_cpu), RECORD_NEW);
	return 0;
}

#endif
