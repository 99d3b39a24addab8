/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's choice of a CPU depends on, noted at the waking, just before it is made: was the
 * previous CPU idle, was the waker's, was there a choice at all. And once a CPU is chosen that is
 * neither of the two, what says by which search it was found. Facts only: src/analysis/placement.c
 * draws the conclusion.
 */
#ifndef INTERLOPER_BPF_PLACEMENT_H
#define INTERLOPER_BPF_PLACEMENT_H

#define MAX_RT_PRIO 100
#define LLC_LEVELS  3 /* domains inside a last-level cache: SMT, cluster, MC */

/* Of a task that current_task() returned, or that a tracepoint passed. */
#ifdef INTERLOPER_PLAIN
#define RQ_OF(p) BPF_CORE_READ(p, se.cfs_rq, rq)
#define READ_RQ(rq, field) BPF_CORE_READ(rq, field)
#else
#define RQ_OF(p) ((p)->se.cfs_rq->rq)
#define READ_RQ(rq, field) ((rq)->field)
#endif

/* As idle_cpu() (kernel/sched/syscalls.c, before 6.11 core.c) says it. */
static __always_inline __u16 rq_is(struct rq *rq)
{
	return READ_RQ(rq, nr_running) || READ_RQ(rq, ttwu_pending) ||
			       (__u64)READ_RQ(rq, curr) != (__u64)READ_RQ(rq, idle)
		       ? RECORD_CPU_BUSY
		       : RECORD_CPU_IDLE;
}

/* Whether a task's mask has a CPU. */
static __always_inline bool task_is_allowed_on(struct task_struct *p, __u32 cpu)
{
	const struct cpumask *allowed;
	__u64 word;

	if (config.small_masks) {
		word = READ_VIA(p, cpus_ptr, bits[0]);
		return word >> (cpu & 63) & 1;
	}
	allowed = READ(p, cpus_ptr);
	if (bpf_core_read(&word, sizeof(word), &allowed->bits[cpu / 64]))
		return true;
	return word >> (cpu & 63) & 1;
}

/* Whether a task may run on some CPU that is not isolated. Asked on isolated CPUs only. */
static __noinline int mask_has_housekeeping(const struct cpumask *allowed)
{
	for (__u32 i = 0; i < RECORD_MAX_CPUS / 64; i++) {
		__u64 word;

		if (i * 64 >= config.cpus ||
		    bpf_core_read(&word, sizeof(word), &allowed->bits[i]))
			return 0;
		if (word & config.housekeeping[i])
			return 1;
	}
	return 0;
}

/* Whether a task that came to an isolated CPU, or to a target CPU, could as well be elsewhere. */
static __always_inline bool task_is_movable(struct task_struct *p, struct cpu_state *cs)
{
	return READ(p, nr_cpus_allowed) > 1 && !task_migration_disabled(p) &&
	       (!cs->isolated || mask_has_housekeeping(READ(p, cpus_ptr)));
}

static __always_inline bool is_per_cpu_thread(struct task_struct *current)
{
	return READ_CURRENT(current, flags) & PF_KTHREAD &&
	       READ_CURRENT(current, nr_cpus_allowed) == 1;
}

/* What holds for every wakeup. */
static __always_inline __u16 placement_facts_of(struct task_struct *p)
{
	__u16 facts = RECORD_PLACED_SEEN;

	if (READ(p, nr_cpus_allowed) == 1 || task_migration_disabled(p))
		facts |= RECORD_PLACED_PINNED;
	if (READ(p, prio) < MAX_RT_PRIO)
		facts |= RECORD_PLACED_OTHER_CLASS;
	return facts;
}

/*
 * Whether the LLC domain of a run queue's CPU is said to have an idle core (test_idle_cores()): before
 * the search, which clears the hint when it finds none. Of the domains inside the LLC all have it; the
 * widest one's is in use.
 */
static __always_inline __u16 idle_cores_hint(struct rq *rq)
{
	struct sched_domain *sd = READ_RQ(rq, sd);
	__u16 hint = 0;

	for (int level = 0; level < LLC_LEVELS && sd; level++) {
		struct sched_domain_shared *shared = READ_RQ(sd, shared);

		if (!shared)
			break;
		hint = READ_RQ(shared, has_idle_cores) ? RECORD_PLACED_IDLE_CORES
						       : RECORD_PLACED_NO_IDLE_CORES;
		sd = READ_RQ(sd, parent);
	}
	return hint;
}

/* At sched_waking. context is the waker's. */
static __always_inline __u16 placement_facts(struct task_struct *p, __u32 cpu, __u32 prev_cpu,
					     __u8 context)
{
	struct task_struct *waker = current_task();
	struct rq *here = RQ_OF(waker), *prev = here;
	__u16 facts = placement_facts_of(p), is;

	if (facts & RECORD_PLACED_PINNED)
		return facts;
	if (!task_is_allowed_on(p, prev_cpu))
		facts |= RECORD_PLACED_PREV_FORBIDDEN;
	if (context == RECORD_CONTEXT_TASK && is_per_cpu_thread(waker))
		facts |= RECORD_PLACED_WAKER_PER_CPU;
	is = rq_is(here);
	facts |= is << RECORD_PLACED_WAKER_SHIFT;
	if (READ_RQ(here, nr_running) == 1)
		facts |= RECORD_PLACED_WAKER_ALONE;
	if (prev_cpu != cpu) {
		prev = RQ_OF(p);
		is = rq_is(prev);
	}
	facts |= is << RECORD_PLACED_PREV_SHIFT;
	/* With an idle previous CPU there will be no search. */
	if (config.smt && is == RECORD_CPU_BUSY)
		facts |= idle_cores_hint(prev);
	return facts;
}

/* The same as rq_is() of any CPU, from the address that its own programs left: by probe reads. */
static __always_inline __u16 cpu_is(struct cpu_state *cs)
{
	struct rq *rq = (struct rq *)cs->rq;

	if (!rq)
		return RECORD_CPU_UNKNOWN;
	return BPF_CORE_READ(rq, nr_running) || BPF_CORE_READ(rq, ttwu_pending) ||
			       (__u64)BPF_CORE_READ(rq, curr) != (__u64)BPF_CORE_READ(rq, idle)
		       ? RECORD_CPU_BUSY
		       : RECORD_CPU_IDLE;
}

/* Whether all other CPUs of a CPU's core are idle. */
static __always_inline __u16 core_is(struct cpu_state *cs)
{
	__u16 is = RECORD_CPU_IDLE;

	for (__u32 i = 0; i < RECORD_SIBLINGS && i < cs->sibling_count; i++) {
		struct cpu_state *sibling = cpu_state_get(cs->siblings[i]);
		__u16 its = sibling ? cpu_is(sibling) : RECORD_CPU_UNKNOWN;

		if (its == RECORD_CPU_UNKNOWN)
			return its;
		if (its == RECORD_CPU_BUSY)
			is = its;
	}
	return is;
}

/* At the sched_migrate_task of a wakeup: a CPU was chosen that is not the previous one. */
static __always_inline void placement_chosen(struct task_state *state, __u32 dest)
{
	struct cpu_state *cs;

	state->moved_to = dest + 1;
	state->flags &= ~RECORD_REQUEUED; /* it left the queue since we looked */
	if (!(state->placed & RECORD_PLACED_SEEN) || dest == state->waker_cpu)
		return;
	cs = cpu_state_get(dest);
	if (!cs)
		return;
	if (dest == state->recent_cpu)
		state->placed |= cpu_is(cs) << RECORD_PLACED_RECENT_SHIFT;
	if (config.smt)
		state->placed |= core_is(cs) << RECORD_PLACED_CORE_SHIFT;
}

#endif
