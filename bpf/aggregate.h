/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Aggregate mode: distributions are filled here and nothing streams. A slot belongs to one CPU (or
 * to one task on one CPU), so only that CPU writes it and no atomic is needed; user space sums.
 */
#ifndef INTERLOPER_AGGREGATE_H
#define INTERLOPER_AGGREGATE_H

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct aggregate_slot);
} aggregate_slots SEC(".maps");

/* Slot + 1 of a task on a CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct aggregate_key);
	__type(value, __u32);
} aggregate_index SEC(".maps");

/* Without an atomic that returns a value each CPU deals out its own: some may be left unused. */
static __always_inline __u32 aggregate_deal_slot(struct cpu_state *cs, __u32 cpu)
{
#ifndef INTERLOPER_PLAIN
	return __sync_fetch_and_add(&control.slots_used, 1);
#else
	return cs->next_slot++ * config.cpus + cpu;
#endif
}

/* The slot + 1 of a task on this CPU, dealt out at its first slice here; 0: none left. */
static __always_inline __u32 aggregate_slot_of_task(struct task_state *state,
							     struct cpu_state *cs, __u32 cpu)
{
	struct aggregate_key key = { .task = state->id, .cpu = cpu };
	struct aggregate_slot *values;
	__u32 *known, slot, mark;

	if (state->histogram && state->histogram_cpu == cpu)
		return state->histogram;
	known = bpf_map_lookup_elem(&aggregate_index, &key);
	if (known) {
		mark = *known;
	} else {
		slot = aggregate_deal_slot(cs, cpu);
		values = slot < config.slots ? bpf_map_lookup_elem(&aggregate_slots, &slot) : NULL;
		mark = slot + 1;
		if (!values || bpf_map_update_elem(&aggregate_index, &key, &mark, BPF_ANY)) {
			__sync_fetch_and_add(&control.slots_missed, 1);
			return 0;
		}
		values->task = state->id;
		values->cpu = cpu;
	}
	state->histogram = mark;
	state->histogram_cpu = cpu;
	return mark;
}

static __always_inline void aggregate_add(__u32 mark, enum aggregate_kind kind, __u64 ns)
{
	__u32 slot = mark - 1, bucket = loglin_bucket(ns);
	struct aggregate_slot *values;
	struct aggregate_series *series;

	if (!mark)
		return;
	values = bpf_map_lookup_elem(&aggregate_slots, &slot);
	if (!values || bucket >= LOGLIN_BUCKETS)
		return;
	series = &values->series[kind];
	series->buckets[bucket]++;
	series->sum_ns += ns;
	if (ns > series->max_ns)
		series->max_ns = ns;
	if (~ns > series->min_ns)
		series->min_ns = ~ns;
}

/* Again after it changed its name: the shell that forked it is not what it became. */
static __always_inline void aggregate_name(struct task_struct *p, struct task_state *state,
					   struct cpu_state *cs)
{
	__u32 slot = cs->histogram - 1;
	struct aggregate_slot *values = bpf_map_lookup_elem(&aggregate_slots, &slot);

	if (!values)
		return;
	values->tid = READ(p, pid);
	values->pid = READ(p, tgid);
#ifdef INTERLOPER_RAW_TP
	bpf_core_read(values->comm, sizeof(values->comm), &p->comm);
#else
	__builtin_memcpy(values->comm, p->comm, sizeof(values->comm));
#endif
	values->named_ns = cs->begin.start_ns;
	state->announced = 1;
}

/* At switch-in: which slot the slice goes to, and its delay where that is known. */
static __always_inline void aggregate_delay(struct task_struct *p, struct cpu_state *cs,
					    struct task_state *state, __u32 cpu)
{
	const struct slice_begin *begin = &cs->begin;
	__u64 since = begin->prev_out_ns;

	__u32 mark = state->histogram;

	if (config.aggregate_tasks) {
		cs->histogram = aggregate_slot_of_task(state, cs, cpu);
		if (!config.record && (!state->announced || state->histogram != mark))
			aggregate_name(p, state, cs);
	} else {
		cs->histogram = cpu + 1;
	}
	if (begin->kind == RECORD_KIND_PREEMPT) {
		aggregate_add(cs->histogram, AGGREGATE_PREEMPT, begin->start_ns - since);
	} else if (begin->kind == RECORD_KIND_WAKE) {
		if (begin->waking_ns > since)
			since = begin->waking_ns;
		aggregate_add(cs->histogram, AGGREGATE_WAKE, begin->start_ns - since);
	}
}

/* At switch-out: only a slice that was seen from its start is a fact. */
static __always_inline void aggregate_run(struct cpu_state *cs, __u64 now)
{
	if (!(cs->begin.flags & (RECORD_GAP | RECORD_CUT_START)))
		aggregate_add(cs->histogram, AGGREGATE_RUN, now - cs->begin.start_ns);
}

#endif
