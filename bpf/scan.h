/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A look over all tasks. Shortly before the gate closes: who runs on the CPUs that saw no switch at
 * all during the trace. Right after it has closed: who was still waiting (a censored delay). And once,
 * before it opens, at the CPUs themselves.
 */
#ifndef INTERLOPER_SCAN_H
#define INTERLOPER_SCAN_H

static __always_inline void scan_fill(struct scan_entry *entry, struct task_struct *p,
				      struct task_state *state)
{
	entry->cpu = task_cpu_of(p);
	entry->waker = RECORD_NO_TASK;
	entry->prev_cpu = entry->chosen_cpu = RECORD_NO_CPU;
	entry->waker_cpu = entry->recent_cpu = RECORD_NO_CPU;
	entry->prio = p->prio;
	entry->tid = p->pid;
	entry->pid = p->tgid;
	entry->ppid = p->real_parent->tgid;
	entry->task_flags = p->flags;
	entry->cpus_allowed = p->nr_cpus_allowed;
	__builtin_memcpy(entry->comm, p->comm, sizeof(entry->comm));
	if (!state)
		return;
	entry->task = state->id;
	entry->prev_out_ns = state->out_ns;
	entry->left_queued = state->left_queued;
	entry->moves = state->moves;
	if (state->left_queued || !state->waking_ns)
		return;
	entry->waking_ns = state->waking_ns;
	entry->waker = state->waker;
	entry->prev_cpu = state->prev_cpu;
	entry->chosen_cpu = task_chosen_cpu(state);
	entry->waker_cpu = state->waker_cpu;
	entry->context = state->context;
	entry->recent_cpu = state->recent_cpu;
	entry->placed = state->placed;
	entry->flags = state->flags & ~WAKING_SPARE;
}

SEC("?iter/task")
int task_scan(struct bpf_iter__task *ctx)
{
	struct task_struct *p = ctx->task;
	struct task_state *state;
	struct scan_entry entry = {};
	bool waiting;

	if (!p || !task_matches(p))
		return 0;
	state = task_state_find(p);
	waiting = state && (state->left_queued ||
			    (state->waking_ns && !(state->flags & WAKING_SPARE)));
	if (!waiting && !p->on_cpu)
		return 0;
	entry.running = p->on_cpu != 0;
	entry.waiting = waiting;
	scan_fill(&entry, p, state);
	bpf_seq_write(ctx->meta->seq, &entry, sizeof(entry));
	return 0;
}

/*
 * Each CPU's sd_llc_id, by way of its stopper thread, which never leaves it: a per-CPU variable that no
 * ksym names where CONFIG_KALLSYMS_ALL is missing. The loader knows its distance from the run queue.
 */
SEC("?iter/task")
int cpu_scan(struct bpf_iter__task *ctx)
{
	struct task_struct *p = ctx->task;
	struct cpu_entry entry = {};
	struct rq *rq;

	if (!p)
		return 0;
	rq = p->se.cfs_rq->rq;
	if ((__u64)rq->stop != (__u64)p)
		return 0;
	entry.cpu = task_cpu_of(p);
	if (bpf_probe_read_kernel(&entry.llc_id, sizeof(entry.llc_id),
				  (void *)((__u64)rq + config.llc_id_distance)))
		return 0;
	bpf_seq_write(ctx->meta->seq, &entry, sizeof(entry));
	return 0;
}

#endif
