/* SPDX-License-Identifier: GPL-2.0-only */
/* A task's identity goes into a ring once, and again after it changed its name or its tid. */
#ifndef INTERLOPER_IDENTITY_H
#define INTERLOPER_IDENTITY_H

/* Once a task: probe reads, which take any pointer, cost nothing here. */
static __always_inline void identity_fill(struct record_task *record, struct task_struct *p)
{
	record->tid = BPF_CORE_READ(p, pid);
	record->pid = BPF_CORE_READ(p, tgid);
	record->ppid = BPF_CORE_READ(p, real_parent, tgid);
	record->flags = BPF_CORE_READ(p, flags);
	record->cpus_allowed = BPF_CORE_READ(p, nr_cpus_allowed);
	record->spare = 0;
	bpf_core_read(record->comm, sizeof(record->comm), &p->comm);
}

/* A ring that has no room is tried again at the task's next event. */
static __always_inline void identity_announce(struct task_struct *p, struct task_state *state,
					      struct cpu_state *cs, __u64 now)
{
	struct record_task *record;

	if (!config.record || state->announced)
		return;
	record = ring_reserve(cs, now, RECORD_LOST_TASK);
	if (!record)
		return;
	record->head.time_ns = now;
	record->head.type = RECORD_TASK;
	record->head.task = state->id;
	identity_fill(record, p);
	ring_submit(cs);
	state->announced = 1;
}

/* Only asks for a new announcement, at the task's next switch: interrupts may be on here. */
static __always_inline int on_identity_change(struct task_struct *p)
{
	struct task_state *state = task_state_find(p);

	if (state) {
		state->announced = 0;
		if (config.groups)
			state->histogram = 0;
	}
	return 0;
}

static __always_inline int on_exec(struct task_struct *p, __u32 old_tid)
{
	if (old_tid != (__u32)READ(p, pid))
		task_state_forget(p, old_tid);
	return on_identity_change(p);
}

#endif
