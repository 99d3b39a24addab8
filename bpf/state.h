/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs remember: one cpu_state per CPU, one task_state per task.
 *
 * A task's state is found by its tid in an array (3 ns, against 20 for task storage), in a slot that
 * it owns until it exits. Where another task has taken the slot, it lives in a hash by tid. The build
 * with INTERLOPER_PLAIN has only the hash: the array needs atomics that return a value.
 *
 * All of it is there before the trace begins. What allocates as it goes, a hash without preallocation
 * before 6.1 (fba1a1c6c912) and task storage before 6.4 (08a7ce384e33), calls kmalloc() under the
 * scheduler's locks; where memory is short that wakes kswapd, for which it takes such a lock again.
 */
#ifndef INTERLOPER_STATE_H
#define INTERLOPER_STATE_H

struct session_control control SEC(".bss");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* possible CPUs, by the loader */
	__type(key, __u32);
	__type(value, struct cpu_state);
} cpu_states SEC(".maps");

#ifndef INTERLOPER_PLAIN
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* page aligned: a slot is one cache line */
	__uint(max_entries, 1);		   /* a power of two, by the loader */
	__type(key, __u32);
	__type(value, struct task_state);
} task_slots SEC(".maps");
#endif

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* by the loader */
	__type(key, __u32);
	__type(value, struct task_state);
} task_states_by_tid SEC(".maps");

static __always_inline struct cpu_state *cpu_state_get(__u32 cpu)
{
	return bpf_map_lookup_elem(&cpu_states, &cpu);
}

static __noinline struct task_state *hash_state_get(__u64 task, __u32 tid, bool create)
{
	struct task_state *state, fresh = {};

	state = bpf_map_lookup_elem(&task_states_by_tid, &tid);
	if (state && state->task == task)
		return state;
	if (!create)
		return NULL;
	fresh.task = task;
	if (bpf_map_update_elem(&task_states_by_tid, &tid, &fresh, BPF_ANY))
		return NULL;
	__sync_fetch_and_add(&control.hash_states, 1);
	return bpf_map_lookup_elem(&task_states_by_tid, &tid);
}

static __always_inline struct task_state *task_slot(__u32 tid)
{
#ifndef INTERLOPER_PLAIN
	__u32 key = tid & config.slot_mask;

	return bpf_map_lookup_elem(&task_slots, &key);
#else
	return NULL;
#endif
}

/* The state of a task if there is one; for programs that must not create any. */
static __always_inline struct task_state *task_state_find_as(struct task_struct *p, __u32 tid)
{
	struct task_state *state = task_slot(tid);

	if (state && state->task == (__u64)p)
		return state;
	return control.hash_states ? hash_state_get((__u64)p, tid, false) : NULL;
}

static __always_inline struct task_state *task_state_find(struct task_struct *p)
{
	return task_state_find_as(p, READ(p, pid));
}

static __always_inline struct task_state *task_state_create(struct task_struct *p, __u32 tid)
{
#ifndef INTERLOPER_PLAIN
	struct task_state *state = task_slot(tid);

	if (state && !state->task && !__sync_val_compare_and_swap(&state->task, 0, (__u64)p))
		return state;
#endif
	return hash_state_get((__u64)p, tid, true);
}

/*
 * Ids are dealt out per CPU, interleaved, so that none needs an atomic with a result. The callers
 * that create states all run with interrupts off.
 */
static __always_inline void task_state_name(struct task_state *state, struct cpu_state *cs,
					    __u32 cpu)
{
	__u32 id = cs->next_id++ * config.cpus + cpu + 1;

	/* Two CPUs may meet a task at once: its waker's, and its own. */
#ifndef INTERLOPER_PLAIN
	__sync_val_compare_and_swap(&state->id, 0, id);
#else
	if (!state->id)
		state->id = id;
#endif
}

/* The state of a task, or NULL; counts what it could not have. */
static __always_inline struct task_state *task_state_get_as(struct task_struct *p, __u32 tid,
							    struct cpu_state *cs, __u32 cpu)
{
	struct task_state *state = task_slot(tid);

	if (state && state->task == (__u64)p && state->id)
		return state;
	state = task_state_find_as(p, tid);
	if (!state)
		state = task_state_create(p, tid);
	if (!state)
		cs->state_lost++;
	else if (!state->id)
		task_state_name(state, cs, cpu);
	return state;
}

static __always_inline struct task_state *task_state_get(struct task_struct *p,
							 struct cpu_state *cs, __u32 cpu)
{
	return task_state_get_as(p, READ(p, pid), cs, cpu);
}

static __always_inline void task_state_clear(struct task_state *state)
{
	state->waking_ns = 0;
	state->out_ns = 0;
	state->id = 0;
	state->flags = 0;
	state->moved_to = 0;
	state->moves = 0;
	state->spare_wakes = 0;
	state->left_queued = 0;
	state->asked = 0;
	state->announced = 0;
	state->histogram = 0;
}

/* At a task's last switch-out, or the end of a tid. */
static __always_inline void task_state_forget(struct task_struct *p, __u32 tid)
{
	struct task_state *state = task_slot(tid);

	if (state && state->task == (__u64)p) {
		task_state_clear(state);
		barrier();
		state->task = 0;
	} else if (control.hash_states) {
		bpf_map_delete_elem(&task_states_by_tid, &tid);
	}
}

#endif
