/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel differences, all of them, by existence checks and never by version. The same source is
 * built twice: for tp_btf, which loads kernel fields directly (about 1 ns each), and, with
 * INTERLOPER_RAW_TP, for kernels that offer only raw tracepoints, where every field is a probe read
 * (about 30 ns each).
 */
#ifndef INTERLOPER_FLAVORS_H
#define INTERLOPER_FLAVORS_H

#ifdef INTERLOPER_RAW_TP
#define SCHED_TP(name)	 "?raw_tp/" name
#define READ(src, field) BPF_CORE_READ(src, field)
#define READ_VIA(src, pointer, field) BPF_CORE_READ(src, pointer, field)
#else
#define SCHED_TP(name)	 "?tp_btf/" name
#define READ(src, field) ((src)->field)
#define READ_VIA(src, pointer, field) ((src)->pointer->field)
#endif

#define TASK_WAKING 0x0200 /* include/linux/sched.h; same value since 2.6.33 */
#define TASK_DEAD   0x0080
#define PF_KTHREAD  0x00200000

/* task_struct.state became __state in 5.14 (2f064a59a11f). */
struct task_struct___before_5_14 {
	volatile long state;
} __attribute__((preserve_access_index));

static __always_inline __u32 task_raw_state(struct task_struct *p)
{
	if (bpf_core_field_exists(p->__state))
		return READ(p, __state);
	return READ((struct task_struct___before_5_14 *)p, state);
}

/*
 * A task's CPU lives in thread_info; where that is not in the task (or, before 5.16, with
 * CONFIG_THREAD_INFO_IN_TASK: bcf9033e5449) it is task_struct.cpu.
 */
struct task_struct___before_5_16 {
	unsigned int cpu;
} __attribute__((preserve_access_index));

static __always_inline __u32 task_cpu_of(struct task_struct *p)
{
	if (bpf_core_field_exists(p->thread_info.cpu))
		return READ(p, thread_info.cpu);
	return READ((struct task_struct___before_5_16 *)p, cpu);
}

/*
 * Delayed dequeue (6.12, 152e11f6df29): a sleeping task may stay queued; its wakeup re-enqueues it
 * in place and chooses no CPU.
 */
static __always_inline bool task_dequeue_delayed(struct task_struct *p)
{
	if (bpf_core_field_exists(p->se.sched_delayed))
		return READ(p, se.sched_delayed);
	return false;
}

/* Runnable and on a queue, or running. A delayed-dequeue task is on a queue only in name. */
static __always_inline bool task_is_runnable(struct task_struct *p)
{
	return READ(p, on_rq) && !task_dequeue_delayed(p);
}

static __always_inline struct task_struct *current_task(void)
{
#ifdef INTERLOPER_RAW_TP
	return (void *)bpf_get_current_task();
#else
	return bpf_get_current_task_btf();
#endif
}

static __always_inline __u32 task_switches(struct task_struct *p)
{
	return READ(p, nvcsw) + READ(p, nivcsw);
}

/*
 * preempt_count: a per-CPU variable of its own on x86 up to 6.1 and again from 6.15
 * (46e8fff6d45f); inside pcpu_hot in between (64701838bf05); in thread_info on arm64. Its layout:
 * include/linux/preempt.h. Kernels without CONFIG_KALLSYMS_ALL name these variables in their BTF but
 * refuse to find them: the programs exist in a blind variant too.
 */
#ifndef bpf_ksym_exists /* libbpf >= 1.2 has it */
#define bpf_ksym_exists(symbol) (!!(symbol))
#endif

extern const int __preempt_count __ksym __weak;

struct pcpu_hot___from_6_2 {
	int preempt_count;
} __attribute__((preserve_access_index));
extern struct pcpu_hot___from_6_2 pcpu_hot __ksym __weak;

struct thread_info___arm64 {
	struct {
		__u32 count;
	} preempt;
} __attribute__((preserve_access_index));

struct task_struct___arm64 {
	struct thread_info___arm64 thread_info;
} __attribute__((preserve_access_index));

static __always_inline bool preempt_count_read(struct task_struct *task, __u32 *count)
{
#ifdef INTERLOPER_RAW_TP
	return false;
#elif defined(__TARGET_ARCH_x86)
	if (bpf_ksym_exists(&__preempt_count)) {
		*count = *(const int *)bpf_this_cpu_ptr(&__preempt_count);
		return true;
	}
	if (bpf_ksym_exists(&pcpu_hot)) {
		*count = ((struct pcpu_hot___from_6_2 *)bpf_this_cpu_ptr(&pcpu_hot))->preempt_count;
		return true;
	}
	return false;
#else
	struct task_struct___arm64 *p = (void *)task;

	if (!task || !bpf_core_field_exists(p->thread_info.preempt.count))
		return false;
	*count = p->thread_info.preempt.count;
	return true;
#endif
}

#define PREEMPT_COUNT_SOFTIRQ_SERVING 0x00000100
#define PREEMPT_COUNT_HARDIRQ	      0x000f0000
#define PREEMPT_COUNT_NMI	      0x00f00000

#endif
