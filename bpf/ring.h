/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One ring per CPU: two CPUs sharing one cost 395 ns an event instead of 140. All are parts of one
 * mapped array. Every record is written with interrupts off, so a ring has one writer, which no
 * other interrupts: it needs neither a lock nor a reservation. The kernel's own ring buffer has
 * both, and a call for each, which cost about 50 ns a record more.
 *
 * Nothing wakes the reader: it comes by a timer. What does not fit is counted, and told in the ring
 * itself as soon as there is room, so that a report can say when.
 */
#ifndef INTERLOPER_RING_H
#define INTERLOPER_RING_H

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* by the loader */
	__type(key, __u32);
	__type(value, union ring_slot);
} ring_slots SEC(".maps");

/* The slot for this CPU's next record, or NULL: the reader is a whole ring behind. */
static __always_inline void *ring_next_slot(struct cpu_state *cs)
{
	__u32 tail = *(volatile __u32 *)&cs->ring_tail;
	__u32 slot = cs->ring_first + (cs->ring_head & cs->ring_mask);

	return cs->ring_head - tail <= cs->ring_mask ? bpf_map_lookup_elem(&ring_slots, &slot)
						     : NULL;
}

/*
 * Shows the reader what was written into the slot: the record must be visible before the head. x86
 * keeps stores in order; arm64 does not, and an atomic that returns a value is a full barrier. Where
 * the programs are built without those, the reader makes all CPUs pass one (src/capture/stream.c).
 */
static __always_inline void ring_submit(struct cpu_state *cs)
{
#if defined(__TARGET_ARCH_arm64) && !defined(INTERLOPER_PLAIN)
	__u32 head = __sync_fetch_and_add(&cs->ring_head, 1);

	barrier_var(head); /* else clang takes the cheaper one, which orders nothing */
#else
	barrier();
	*(volatile __u32 *)&cs->ring_head = cs->ring_head + 1;
#endif
}

static __noinline int ring_tell_losses(struct cpu_state *cs)
{
	struct record_lost *lost = cs ? ring_next_slot(cs) : NULL;

	if (!lost)
		return 0;
	lost->head.time_ns = cs->pending_last_ns;
	lost->head.type = RECORD_LOST;
	lost->head.task = RECORD_NO_TASK;
	lost->first_ns = cs->pending_first_ns;
	for (int i = 0; i < RECORD_LOST_KINDS; i++) {
		lost->count[i] = cs->pending[i];
		cs->pending[i] = 0;
	}
	cs->pending_first_ns = 0;
	ring_submit(cs);
	return 0;
}

static __always_inline void ring_count_loss(struct cpu_state *cs, __u32 kind, __u64 now)
{
	if (!cs->pending_first_ns)
		cs->pending_first_ns = now;
	cs->pending_last_ns = now;
	cs->pending[kind]++;
	cs->lost[kind]++;
}

/* Room for a record of this CPU, to be filled and then submitted; or NULL, counted. */
static __always_inline void *ring_reserve(struct cpu_state *cs, __u64 now, __u32 kind)
{
	void *slot;

	if (cs->pending_first_ns)
		ring_tell_losses(cs);
	slot = ring_next_slot(cs);
	if (!slot)
		ring_count_loss(cs, kind, now);
	return slot;
}

#endif
