/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs remember: one cpu_state per CPU, one task_state per task. Task states live in
 * task storage, which the kernel frees with the task; where that is missing (before 5.12) or
 * refuses, in a hash by tid, which is counted.
 */
#ifndef INTERLOPER_STATE_H
#define INTERLOPER_STATE_H

const volatile struct session_config config SEC(".rodata");
struct session_control control SEC(".bss");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* possible CPUs, by the loader */
	__type(key, __u32);
	__type(value, struct cpu_state);
} cpu_states SEC(".maps");

#ifndef INTERLOPER_RAW_TP
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_state);
} task_states SEC(".maps");
#endif

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
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

/*
 * Ids are dealt out per CPU, interleaved, so that none needs an atomic with a result (5.12). The
 * callers that create states all run with interrupts off.
 */
static __always_inline void task_state_name(struct task_state *state, struct cpu_state *cs,
					    __u32 cpu)
{
	if (!state->id)
		state->id = cs->next_id++ * config.cpus + cpu + 1;
}

/* The state of a task, or NULL; counts what it could not have. */
static __always_inline struct task_state *task_state_get(struct task_struct *p,
							 struct cpu_state *cs, __u32 cpu)
{
	struct task_state *state = NULL;

#ifndef INTERLOPER_RAW_TP
	if (config.task_storage)
		state = bpf_task_storage_get(&task_states, p, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (state) {
		if (state->id)
			return state;
		if (control.hash_states) {
			/* An earlier refusal put this task into the hash: it keeps that state. */
			struct task_state *old = hash_state_get((__u64)p, p->pid, false);

			if (old)
				*state = *old;
		}
		task_state_name(state, cs, cpu);
		return state;
	}
#endif
	state = hash_state_get((__u64)p, READ(p, pid), true);
	if (state)
		task_state_name(state, cs, cpu);
	else
		cs->state_lost++;
	return state;
}

/* Task storage goes with its task; the hash must be told. */
static __always_inline void task_state_forget(struct task_struct *p)
{
	__u32 tid = READ(p, pid);

	if (control.hash_states)
		bpf_map_delete_elem(&task_states_by_tid, &tid);
}

#endif
