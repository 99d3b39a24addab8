/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kind of task one is, which decides what moves it: by its name, which the kernel's own threads
 * have from the kernel's source, its flags, and its mask. A user's task may call itself anything:
 * only a kernel thread (PF_KTHREAD) is what a kernel thread's name says.
 */
#ifndef INTERLOPER_KINDS_H
#define INTERLOPER_KINDS_H

#include "event/event.h"
#include "host/snapshot.h"

enum kind {
	KIND_UNKNOWN,	      /* its identity was lost */
	KIND_WORKER,	      /* kworker/3:1: works what was queued on CPU 3 */
	KIND_WORKER_UNBOUND,  /* kworker/u8:1: the unbound workqueues' CPUs move it */
	KIND_WORKER_RESCUER,  /* kworker/R-xfs */
	KIND_SOFTIRQ,	      /* ksoftirqd/3 */
	KIND_RCU_CALLBACKS,   /* rcuc/3: a CPU's callbacks */
	KIND_RCU_OFFLOADED,   /* rcuog/3, rcuop/3, rcuos/3: the same, where rcu_nocbs offloads them */
	KIND_RCU,	      /* rcu_preempt, rcu_sched, rcu_tasks_..., rcub/3 */
	KIND_STOPPER,	      /* migration/3 */
	KIND_HOTPLUG,	      /* cpuhp/3 */
	KIND_IDLE_INJECT,     /* idle_inject/3 */
	KIND_WATCHDOG,	      /* watchdog/3, before 4.19 */
	KIND_IRQ,	      /* irq/24-nvme0q1: follows the interrupt's CPUs */
	KIND_KSWAPD,	      /* kswapd0 */
	KIND_KCOMPACTD,	      /* kcompactd0 */
	KIND_KSMD,
	KIND_KHUGEPAGED,
	KIND_KTHREADD,
	KIND_KTHREAD,	      /* another kernel thread that may be moved */
	KIND_KTHREAD_BOUND,   /* and one that may not */
	KIND_USER,
	KIND_USER_PINNED,     /* its mask is one CPU, or some of the target CPUs alone */
	KIND_USER_BOUND,      /* io_uring's workers and the like: PF_NO_SETAFFINITY */
	KIND_VCPU,	      /* a vCPU thread, of which the mask is not known */
	KIND_VCPU_PINNED,     /* to one CPU */
	KIND_VCPU_FLOATING,   /* more than one */
	KIND_VM_HELPER,	      /* a thread of a VM's process that is no vCPU, or its vhost worker */
	KINDS
};

#define KIND_NO_NUMBER UINT32_MAX

struct task_kind {
	enum kind kind;
	bool movable;	 /* its mask may be changed (no PF_NO_SETAFFINITY) */
	bool high_prio;	 /* of a worker: kworker/3:1H */
	uint32_t number; /* of the CPU, interrupt, node, or vCPU in its name; KIND_NO_NUMBER */
	uint32_t vm_pid; /* of a VM's threads; 0: none */
	const char *vm_name;		/* the snapshot's; NULL: not known */
	const struct host_task *task;	/* in the snapshot; NULL: was not alive then */
};

/* host (NULL: not known) must live as long as kind; targets: the CPUs it is judged on, NULL: none. */
void kind_find(struct task_kind *kind, const struct task_identity *who,
	       const struct host_snapshot *host, hwloc_const_bitmap_t targets);

/* "unbound kworker", "per-CPU kernel thread", ... */
const char *kind_text(enum kind kind);

#endif
