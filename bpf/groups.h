/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Groups of tasks counted by CPU for as long as the machine runs (include/group.h): in tables that do
 * not grow, and that only their own CPU writes, so no atomic is needed. Nothing streams.
 */
#ifndef INTERLOPER_BPF_GROUPS_H
#define INTERLOPER_BPF_GROUPS_H

#define SCHED_FIFO     1
#define SCHED_RR       2
#define SCHED_DEADLINE 6

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct group_slot);
} group_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* possible CPUs, by the loader */
	__type(key, __u32);
	__type(value, struct group_cpu);
} group_cpus SEC(".maps");

static __always_inline struct group_cpu *group_cpu_get(__u32 cpu)
{
	return bpf_map_lookup_elem(&group_cpus, &cpu);
}

static __always_inline struct group_slot *group_slot_get(__u32 slot)
{
	return bpf_map_lookup_elem(&group_slots, &slot);
}

/* By the policy, not the priority, which a mutex may have lent (priority inheritance). */
static __always_inline __u8 group_class_of(struct task_struct *p)
{
	__u32 policy = READ(p, policy);

	if (READ(p, flags) & PF_KTHREAD)
		return GROUP_KERNEL;
	return policy == SCHED_FIFO || policy == SCHED_RR || policy == SCHED_DEADLINE
		       ? GROUP_REALTIME
		       : GROUP_USER;
}

static __always_inline __u32 group_hash(const __u64 name[2], __u8 class)
{
	__u64 hash = (name[0] ^ class) * 0x9e3779b97f4a7c15ull;

	hash = (hash ^ hash >> 32 ^ name[1]) * 0xff51afd7ed558ccdull;
	return hash >> 40;
}

static __always_inline bool group_has(const struct group_slot *slot, const __u64 name[2],
				      __u8 class)
{
	const __u64 *its = (const __u64 *)slot->name;

	return slot->generation && slot->class == class && its[0] == name[0] && its[1] == name[1];
}

/*
 * A group's place in the CPU's table: its own, or one that is free or stale; none in GROUP_PROBES
 * looks: that of its class's rest. Seldom called, so it need not be inlined.
 */
static __noinline __u32 group_place(struct group_cpu *here, const __u64 name[2], __u8 class,
				    __u64 now)
{
	__u32 hash = group_hash(name, class), free_place = class;
	bool found_free = false;

	for (__u32 i = 0; i < GROUP_PROBES; i++) {
		__u32 place = GROUP_CLASSES + ((hash + i) & here->table_mask);
		struct group_slot *slot = group_slot_get(here->first + place);

		if (!slot)
			break;
		if (group_has(slot, name, class))
			return place;
		if (!found_free && (!slot->generation || now - slot->last_ns > GROUP_STALE_NS)) {
			found_free = true;
			free_place = place;
		}
		/* A table is filled from the first look on: behind a slot never given is nothing. */
		if (!slot->generation)
			break;
	}
	return free_place;
}

static __always_inline void group_give(struct group_slot *slot, const __u64 name[2], __u8 class)
{
	__u64 *its = (__u64 *)slot->name;

	its[0] = name[0];
	its[1] = name[1];
	slot->class = class;
	barrier();
	slot->generation++;
}

static __always_inline __u32 group_find(struct task_struct *p, struct group_cpu *here, __u8 class,
					__u64 now)
{
	union {
		char text[GROUP_NAME_MAX];
		__u64 words[2];
	} comm;
	struct group_slot *slot;
	__u64 name[2];
	__u32 place;

#ifdef INTERLOPER_RAW_TP
	bpf_core_read(comm.text, sizeof(comm.text), &p->comm);
#else
	__builtin_memcpy(comm.text, p->comm, sizeof(comm.text));
#endif
	group_name_words(name, comm.words);
	place = group_place(here, name, class, now);
	slot = group_slot_get(here->first + place);
	if (slot && place >= GROUP_CLASSES && !group_has(slot, name, class))
		group_give(slot, name, class);
	return place;
}

/* The slot of a task's group on this CPU. What was found is kept with the task. */
static __always_inline struct group_slot *group_of(struct task_struct *p, struct cpu_state *cs,
						   struct task_state *state,
						   struct group_cpu *here, __u32 cpu, __u64 now)
{
	__u32 mark = state->histogram, place = GROUP_MARK_PLACE(mark);
	__u8 class = group_class_of(p);
	struct group_slot *slot;

	if (mark && state->histogram_cpu == cpu) {
		slot = group_slot_get(here->first + place);
		if (slot && GROUP_MARK(place, slot->generation) == mark && slot->class == class) {
			cs->histogram = here->first + place + 1;
			return slot;
		}
	}
	place = group_find(p, here, class, now);
	slot = group_slot_get(here->first + place);
	if (!slot)
		return NULL;
	if (place < GROUP_CLASSES) {
		here->counts.crowded++;
		state->histogram = 0; /* there may be room next time */
	} else {
		state->histogram = GROUP_MARK(place, slot->generation);
		state->histogram_cpu = cpu;
	}
	cs->histogram = here->first + place + 1;
	return slot;
}

static __always_inline void group_add(struct group_slot *slot, enum group_kind kind, __u64 ns)
{
	struct group_series *series = &slot->counts.series[kind];
	__u32 bucket = group_bucket(ns);

	if (bucket >= GROUP_BUCKETS)
		return;
	series->sum_ns += ns;
	series->buckets[bucket]++;
}

static __always_inline struct cpu_place cpu_place_of(__u32 cpu)
{
	struct group_cpu *its = group_cpu_get(cpu);

	return its ? its->place : CPU_PLACE_UNKNOWN;
}

static __always_inline enum placement_class group_placement(const struct slice_begin *begin)
{
	const struct placement_wakeup wakeup = {
		.prev_cpu = begin->prev_cpu,
		.chosen_cpu = begin->chosen_cpu,
		.waker_cpu = begin->waker_cpu,
		.is_new = !!(begin->flags & RECORD_NEW),
		.requeued = !!(begin->flags & RECORD_REQUEUED),
		.pinned = !!(begin->placed & RECORD_PLACED_PINNED),
		.woken_on_cpu = !!(begin->flags & RECORD_WOKEN_ON_CPU),
	};
	enum placement_class class = placement_class_of_facts(&wakeup);
	struct cpu_place prev, chosen, waker;

	if (class != PLACEMENT_CLASSES)
		return class;
	prev = cpu_place_of(begin->prev_cpu);
	chosen = cpu_place_of(begin->chosen_cpu);
	waker = cpu_place_of(begin->waker_cpu);
	return placement_class_of_places(&prev, &chosen, &waker);
}

/* As placement_is_told() and placement_trespass() of src/analysis/placement.h say it. */
static __always_inline void group_wakeup(struct cpu_state *cs, struct group_cpu *here,
					 struct group_slot *slot)
{
	const struct slice_begin *begin = &cs->begin;
	enum placement_class class;
	struct cpu_state *chosen;

	if (begin->chosen_cpu == RECORD_NO_CPU)
		return;
	class = group_placement(begin);
	if (class < PLACEMENT_CLASSES)
		here->counts.wakeups[class]++;
	if (!cs->isolated || !(begin->flags & RECORD_MOVABLE))
		return;
	chosen = cpu_state_get(begin->chosen_cpu);
	if (chosen && chosen->isolated)
		slot->counts.trespasses++;
}

/* At switch-in. */
static __always_inline void groups_begin(struct task_struct *p, struct cpu_state *cs,
					 struct task_state *state, __u32 cpu)
{
	const struct slice_begin *begin = &cs->begin;
	struct group_cpu *here = group_cpu_get(cpu);
	__u64 since = begin->prev_out_ns;
	struct group_slot *slot;

	if (!here)
		return;
	slot = group_of(p, cs, state, here, cpu, begin->start_ns);
	if (!slot)
		return;
	slot->last_ns = begin->start_ns;
	if (begin->kind == RECORD_KIND_PREEMPT) {
		group_add(slot, GROUP_PREEMPT, begin->start_ns - since);
	} else if (begin->kind == RECORD_KIND_WAKE) {
		if (begin->waking_ns > since)
			since = begin->waking_ns;
		group_add(slot, GROUP_WAKE, begin->start_ns - since);
		group_wakeup(cs, here, slot);
	} else {
		here->counts.unknown_delays++;
	}
}

/* At switch-out. The slot is taken off the CPU first: who looks then does not count the slice as one that
 * still runs. */
static __always_inline void groups_end(struct cpu_state *cs, __u32 cpu, __u64 now, bool involuntary)
{
	struct group_cpu *here = group_cpu_get(cpu);
	struct group_slot *slot = group_slot_get(cs->histogram - 1);

	cs->histogram = 0;
	barrier();
	if (!here)
		return;
	if (cs->begin.flags & RECORD_CUT_START)
		here->counts.cut_slices++;
	else if (cs->begin.flags & RECORD_GAP)
		here->counts.gaps++;
	else if (slot) {
		slot->last_ns = now;
		slot->counts.slices++;
		slot->counts.involuntary += involuntary;
		group_add(slot, GROUP_RUN, now - cs->begin.start_ns);
	}
}

/* What the programs cost: the time of some runs. */
static __always_inline __u64 timed_begin(void)
{
	struct group_cpu *here = config.groups ? group_cpu_get(bpf_get_smp_processor_id()) : NULL;

	if (!here || here->counts.programs++ < here->timed_next)
		return 0;
	here->timed_next = here->counts.programs + GROUP_TIMED_EVERY - 1;
	return bpf_ktime_get_ns();
}

static __always_inline int timed_end(__u64 began, int result)
{
	struct group_cpu *here = began ? group_cpu_get(bpf_get_smp_processor_id()) : NULL;

	if (here) {
		here->counts.timed_ns += bpf_ktime_get_ns() - began;
		here->counts.timed++;
	}
	return result;
}

#define TIMED(call)                                                                                \
	({                                                                                         \
		__u64 began_ns = timed_begin();                                                    \
		timed_end(began_ns, call);                                                         \
	})

#endif
