/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel differences, all of them, by existence checks and never by version. The same source is
 * built three times:
 * - for tp_btf, which loads kernel fields directly (about 1 ns each);
 * - with INTERLOPER_PLAIN, without what came to BPF up to 5.12: atomics that return a value
 *   (5ffa25502b5a), a typed current task (3ca1032ab7ab);
 * - with INTERLOPER_RAW_TP too, for kernels that offer only raw tracepoints, where every field is a
 *   probe read (about 30 ns each).
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

/* Of what current_task() returned. */
#ifdef INTERLOPER_PLAIN
#define READ_CURRENT(current, ...) BPF_CORE_READ(current, __VA_ARGS__)
#else
#define READ_CURRENT(current, field) ((current)->field)
#endif

/*
 * What the loader found out about the kernel, and what it wants. Alone in .rodata; the verifier then
 * removes what is switched off.
 */
const volatile struct session_config config SEC(".rodata");

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

/*
 * Both are ints, and one byte each in 7.3: a direct load takes the field's size by CO-RE, a probe
 * read must ask for it.
 */
static __always_inline __u32 task_on_rq(struct task_struct *p)
{
#ifdef INTERLOPER_RAW_TP
	return BPF_CORE_READ_BITFIELD_PROBED(p, on_rq);
#else
	return p->on_rq;
#endif
}

static __always_inline __u32 task_on_cpu(struct task_struct *p)
{
#ifdef INTERLOPER_RAW_TP
	return BPF_CORE_READ_BITFIELD_PROBED(p, on_cpu);
#else
	return p->on_cpu;
#endif
}

/* Runnable and on a queue, or running. A delayed-dequeue task is on a queue only in name. */
static __always_inline bool task_is_runnable(struct task_struct *p)
{
	return task_on_rq(p) && !task_dequeue_delayed(p);
}

/* Since 5.11 (af449901b84c). */
static __always_inline bool task_migration_disabled(struct task_struct *p)
{
	if (!bpf_core_field_exists(p->migration_disabled))
		return false;
#ifdef INTERLOPER_RAW_TP
	return BPF_CORE_READ_BITFIELD_PROBED(p, migration_disabled);
#else
	return p->migration_disabled;
#endif
}

/* The flag is for security modules; execve() sets it before it balances (fs/exec.c). */
struct task_struct___execve {
	unsigned int in_execve : 1;
} __attribute__((preserve_access_index));

static __always_inline bool task_in_execve(struct task_struct *p)
{
	struct task_struct___execve *task = (void *)p;

	if (!bpf_core_field_exists(task->in_execve))
		return false;
	return BPF_CORE_READ_BITFIELD_PROBED(task, in_execve);
}

static __always_inline struct task_struct *current_task(void)
{
#ifdef INTERLOPER_PLAIN
	return (void *)bpf_get_current_task();
#else
	return bpf_get_current_task_btf();
#endif
}

/* The step of going offline that ends with the CPU dead. The steps' numbers move. */
enum cpuhp_state___step {
	CPUHP_TEARDOWN_CPU___step,
};

static __always_inline bool is_cpu_teardown(unsigned int step)
{
	return step == bpf_core_enum_value(enum cpuhp_state___step, CPUHP_TEARDOWN_CPU___step);
}

/* A CPU is first asked to go down to this step by itself (_cpu_down(), kernel/cpu.c), then pushed on. */
static __always_inline bool is_cpu_going_down(int target)
{
	return target <= (int)bpf_core_enum_value(enum cpuhp_state___step,
						  CPUHP_TEARDOWN_CPU___step);
}

static __always_inline __u32 task_switches(struct task_struct *p)
{
	return READ(p, nvcsw) + READ(p, nivcsw);
}

/*
 * preempt_count (its layout: include/linux/preempt.h). On arm64 it is in thread_info; on x86 it is
 * a per-CPU variable, or part of one (pcpu_hot, 6.2 to 6.14: 64701838bf05, 46e8fff6d45f). A ksym would
 * name it, but kernels without CONFIG_KALLSYMS_ALL refuse to find one. The CPU's runqueue is another
 * per-CPU variable: the loader takes the distance between the two from the kernel's BTF.
 * bpf_rdonly_cast (6.2, fd264ca02094) makes the read a plain load; else it is a probe read.
 */
extern void *bpf_rdonly_cast(const void *object, __u32 btf_id) __ksym __weak;

struct thread_info___arm64 {
	struct {
		__u32 count;
	} preempt;
} __attribute__((preserve_access_index));

struct task_struct___arm64 {
	struct thread_info___arm64 thread_info;
} __attribute__((preserve_access_index));

static __always_inline bool preempt_count_read(struct task_struct *current, __u32 *count)
{
#ifdef __TARGET_ARCH_arm64
	*count = READ_CURRENT((struct task_struct___arm64 *)current, thread_info.preempt.count);
	return true;
#else
	__u64 address;

	if (!config.knows_preempt_count)
		return false;
#ifdef INTERLOPER_PLAIN
	address = (__u64)BPF_CORE_READ(current, se.cfs_rq, rq) + config.preempt_count_distance;
#else
	address = (__u64)current->se.cfs_rq->rq + config.preempt_count_distance;
	if (config.has_rdonly_cast) {
		/* Any kernel struct that begins with a number does. */
		struct cpumask *words = bpf_rdonly_cast((void *)address,
							bpf_core_type_id_kernel(struct cpumask));

		*count = words->bits[0];
		return true;
	}
#endif
	return !bpf_probe_read_kernel(count, sizeof(*count), (void *)address);
#endif
}

#define PREEMPT_COUNT_SOFTIRQ_SERVING 0x00000100
/* Eight bits higher where interrupts can be disabled by reference count (7.x, interrupt_rc.h). */
#define PREEMPT_COUNT_HARDIRQ (config.counts_irq_disable ? 0x0f000000 : 0x000f0000)
#define PREEMPT_COUNT_NMI     (config.counts_irq_disable ? 0x10000000 : 0x00f00000)

#endif
