/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One ring per CPU: two CPUs sharing one cost 395 ns an event instead of 140. Nothing wakes the
 * reader: it comes by a timer. What does not fit is counted, and told in the ring itself as soon as
 * there is room, so that a report can say when.
 */
#ifndef INTERLOPER_RING_H
#define INTERLOPER_RING_H

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1); /* possible CPUs, by the loader */
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_RINGBUF);
		__uint(max_entries, 4096);
	});
} rings SEC(".maps");

static __noinline void ring_tell_losses(void *ring, struct cpu_state *cs)
{
	struct record_lost *lost = bpf_ringbuf_reserve(ring, sizeof(*lost), 0);

	if (!lost)
		return;
	lost->head.time_ns = cs->pending_last_ns;
	lost->head.type = RECORD_LOST;
	lost->head.task = RECORD_NO_TASK;
	lost->first_ns = cs->pending_first_ns;
	for (int i = 0; i < RECORD_LOST_KINDS; i++) {
		lost->count[i] = cs->pending[i];
		cs->pending[i] = 0;
	}
	lost->spare = 0;
	cs->pending_first_ns = 0;
	bpf_ringbuf_submit(lost, BPF_RB_NO_WAKEUP);
}

static __always_inline void ring_count_loss(struct cpu_state *cs, __u32 kind, __u64 now)
{
	if (!cs->pending_first_ns)
		cs->pending_first_ns = now;
	cs->pending_last_ns = now;
	cs->pending[kind]++;
	cs->lost[kind]++;
}

/* Room for a record of this CPU, or NULL, counted. The type of `record` decides the size. */
#define ring_reserve(cs, cpu, now, size, kind)                                                     \
	({                                                                                         \
		__u32 __key = (cpu);                                                               \
		void *__ring = bpf_map_lookup_elem(&rings, &__key), *__record = NULL;              \
                                                                                                   \
		if (__ring) {                                                                      \
			if ((cs)->pending_first_ns)                                                \
				ring_tell_losses(__ring, cs);                                      \
			__record = bpf_ringbuf_reserve(__ring, size, 0);                           \
			if (!__record)                                                             \
				ring_count_loss(cs, kind, now);                                    \
		}                                                                                  \
		__record;                                                                          \
	})

#endif
