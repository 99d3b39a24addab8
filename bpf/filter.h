/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which tasks and CPUs are followed. The filter is on the task that runs or is woken and on the
 * CPU it runs on, never on where an event fires.
 */
#ifndef INTERLOPER_BPF_FILTER_H
#define INTERLOPER_BPF_FILTER_H

static __always_inline bool filter_is_on(void)
{
	return config.pid_count || config.comm_count;
}

static __always_inline bool task_matches(struct task_struct *p)
{
	__u64 comm[2];

	if (!filter_is_on())
		return true;
	if (config.pid_count) {
		__u32 tid = READ(p, pid), pid = READ(p, tgid);

		for (__u32 i = 0; i < RECORD_MAX_PIDS && i < config.pid_count; i++)
			if (config.pids[i] == tid || config.pids[i] == pid)
				return true;
	}
	if (config.comm_count) {
#ifdef INTERLOPER_RAW_TP
		bpf_core_read(comm, sizeof(comm), &p->comm);
#else
		__builtin_memcpy(comm, p->comm, sizeof(comm));
#endif
		for (__u32 i = 0; i < RECORD_MAX_COMMS && i < config.comm_count; i++)
			if (!((comm[0] ^ config.comms[i][0]) & config.comm_masks[i][0]) &&
			    !((comm[1] ^ config.comms[i][1]) & config.comm_masks[i][1]))
				return true;
	}
	return false;
}

/*
 * Whether a task is bound to the CPU it is on: it can then not get to another one without an
 * affinity call, after which task_switches() shows that its past was not followed.
 * nr_cpus_allowed alone is not enough: a new mask may already name another CPU.
 */
static __always_inline bool task_is_bound_to(struct task_struct *p, __u32 cpu)
{
	const struct cpumask *allowed;
	__u64 word;

	if (READ(p, nr_cpus_allowed) != 1)
		return false;
	if (config.small_masks) {
		word = READ_VIA(p, cpus_ptr, bits[0]);
		return word >> (cpu & 63) & 1;
	}
	allowed = READ(p, cpus_ptr);
	if (bpf_core_read(&word, sizeof(word), &allowed->bits[cpu / 64]))
		return false;
	return word >> (cpu & 63) & 1;
}

#endif
