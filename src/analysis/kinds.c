// SPDX-License-Identifier: GPL-2.0-only
/* What kind of task one is: see kinds.h. */
#include "analysis/kinds.h"

#include <stdlib.h>
#include <string.h>

#include "host/taskflags.h"
#include "host/vcpu.h"

/* Kernel threads by their names. What follows the name: */
enum tail {
	TAIL_NONE,
	TAIL_NUMBER,	/* a number, and nothing behind it */
	TAIL_NUMBER_ON, /* a number, then anything */
	TAIL_ANY,
};

static const struct {
	const char *name;
	enum tail tail;
	enum kind kind;
} names[] = {
	{ "kworker/u", TAIL_NUMBER_ON, KIND_WORKER_UNBOUND },
	{ "kworker/R-", TAIL_ANY, KIND_WORKER_RESCUER },
	{ "kworker/", TAIL_NUMBER_ON, KIND_WORKER },
	{ "ksoftirqd/", TAIL_NUMBER, KIND_SOFTIRQ },
	{ "rcuc/", TAIL_NUMBER, KIND_RCU_CALLBACKS },
	{ "rcuog/", TAIL_NUMBER, KIND_RCU_OFFLOADED },
	{ "rcuop/", TAIL_NUMBER, KIND_RCU_OFFLOADED },
	{ "rcuos/", TAIL_NUMBER, KIND_RCU_OFFLOADED },
	{ "rcuob/", TAIL_NUMBER, KIND_RCU_OFFLOADED },
	{ "rcub/", TAIL_NUMBER, KIND_RCU },
	{ "rcu_", TAIL_ANY, KIND_RCU },
	{ "migration/", TAIL_NUMBER, KIND_STOPPER },
	{ "cpuhp/", TAIL_NUMBER, KIND_HOTPLUG },
	{ "idle_inject/", TAIL_NUMBER, KIND_IDLE_INJECT },
	{ "watchdog/", TAIL_NUMBER, KIND_WATCHDOG },
	{ "irq/", TAIL_NUMBER_ON, KIND_IRQ },
	{ "kswapd", TAIL_NUMBER, KIND_KSWAPD },
	{ "kcompactd", TAIL_NUMBER, KIND_KCOMPACTD },
	{ "ksmd", TAIL_NONE, KIND_KSMD },
	{ "khugepaged", TAIL_NONE, KIND_KHUGEPAGED },
	{ "kthreadd", TAIL_NONE, KIND_KTHREADD },
};

/* The number at text; end: what is behind it. KIND_NO_NUMBER: none, or no CPU or interrupt has it.
 */
static uint32_t take_number(const char *text, const char **end)
{
	uint32_t number = 0;

	*end = text;
	while (**end >= '0' && **end <= '9') {
		number = number * 10 + (uint32_t)(**end - '0');
		(*end)++;
		if (*end - text > 9)
			return KIND_NO_NUMBER;
	}
	return *end == text ? KIND_NO_NUMBER : number;
}

static bool matches(enum tail tail, const char *text, uint32_t *number)
{
	const char *end;

	*number = KIND_NO_NUMBER;
	if (tail == TAIL_NONE)
		return !*text;
	if (tail == TAIL_ANY)
		return true;
	*number = take_number(text, &end);
	return *number != KIND_NO_NUMBER && (tail == TAIL_NUMBER_ON || !*end);
}

static bool find_name(struct task_kind *kind, const char *comm)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t length = strlen(names[i].name);

		if (strncmp(comm, names[i].name, length) ||
		    !matches(names[i].tail, comm + length, &kind->number))
			continue;
		kind->kind = names[i].kind;
		length = strlen(comm);
		kind->high_prio = comm[length - 1] == 'H' &&
				  (kind->kind == KIND_WORKER || kind->kind == KIND_WORKER_UNBOUND);
		return true;
	}
	kind->number = KIND_NO_NUMBER;
	return false;
}

/* "kvm-pit/4700": the timer of a VM, arch/x86/kvm/i8254.c */
static bool is_vm_kthread(const char *comm, uint32_t *vm_pid)
{
	static const char pit[] = "kvm-pit/";
	uint32_t number;

	if (vcpu_worker_of(comm, vm_pid))
		return true;
	if (strncmp(comm, pit, sizeof(pit) - 1) ||
	    !matches(TAIL_NUMBER, comm + sizeof(pit) - 1, &number))
		return false;
	*vm_pid = number;
	return true;
}

static const char *name_of_vm(const struct host_snapshot *host, uint32_t pid)
{
	const struct host_vm *vm = host ? host_vm_of(host, pid) : NULL;

	return vm ? vm->name : NULL;
}

static void find_kthread(struct task_kind *kind, const struct task_identity *who,
			 const struct host_snapshot *host)
{
	if (find_name(kind, who->comm))
		return;
	if (is_vm_kthread(who->comm, &kind->vm_pid)) {
		kind->kind = KIND_VM_HELPER;
		kind->vm_name = name_of_vm(host, kind->vm_pid);
	} else {
		kind->kind = kind->movable ? KIND_KTHREAD : KIND_KTHREAD_BOUND;
	}
}

/* How many CPUs its mask has; 0: not known. */
static uint32_t mask_weight(const struct task_kind *kind, const struct task_identity *who)
{
	if (who->cpus_allowed)
		return who->cpus_allowed;
	return kind->task && kind->task->allowed
		       ? (uint32_t)hwloc_bitmap_weight(kind->task->allowed)
		       : 0;
}

/* The snapshot's mask, unless the stream knows of another one. */
static bool is_within(const struct task_kind *kind, uint32_t weight, hwloc_const_bitmap_t targets)
{
	hwloc_const_bitmap_t mask = kind->task ? kind->task->allowed : NULL;

	return mask && targets && !hwloc_bitmap_iszero(mask) &&
	       hwloc_bitmap_weight(mask) == (int)weight && hwloc_bitmap_isincluded(mask, targets);
}

static void find_user(struct task_kind *kind, const struct task_identity *who,
		      const struct host_snapshot *host, hwloc_const_bitmap_t targets)
{
	uint32_t weight = mask_weight(kind, who);

	if (vcpu_of(host, who->pid, who->comm, &kind->vm_pid, &kind->vm_name, &kind->number)) {
		kind->kind = weight == 1 ? KIND_VCPU_PINNED
			     : weight	 ? KIND_VCPU_FLOATING
					 : KIND_VCPU;
	} else if ((host && host_vm_of(host, who->pid)) ||
		   vcpu_worker_of(who->comm, &kind->vm_pid)) {
		kind->kind = KIND_VM_HELPER;
		kind->vm_pid = who->pid;
		kind->vm_name = name_of_vm(host, who->pid);
	} else if (!kind->movable) {
		kind->kind = KIND_USER_BOUND;
	} else {
		kind->kind = weight == 1 || is_within(kind, weight, targets) ? KIND_USER_PINNED
									     : KIND_USER;
	}
}

static int compare_tid(const void *key, const void *element)
{
	const uint32_t *tid = key;
	const struct host_task *task = element;

	return (*tid > task->tid) - (*tid < task->tid);
}

/* A tid may have been given anew since, to another process or to a kernel thread. */
static const struct host_task *find_task(const struct host_snapshot *host,
					 const struct task_identity *who)
{
	const struct host_task *task = NULL;

	if (host && host->task_count)
		task = bsearch(&who->tid, host->tasks, host->task_count, sizeof(*task),
			       compare_tid);
	if (!task || task->pid != who->pid || ((task->flags ^ who->flags) & TASK_KTHREAD))
		return NULL;
	/* A kernel thread keeps its name, but for a worker that was attached to another pool. */
	if (who->flags & TASK_KTHREAD && !(who->flags & TASK_WQ_WORKER) &&
	    strcmp(task->comm, who->comm))
		return NULL;
	return task;
}

void kind_find(struct task_kind *kind, const struct task_identity *who,
	       const struct host_snapshot *host, hwloc_const_bitmap_t targets)
{
	*kind = (struct task_kind){ .kind = KIND_UNKNOWN, .number = KIND_NO_NUMBER };
	if (!who || !who->tid)
		return;
	kind->movable = !(who->flags & TASK_NO_SETAFFINITY);
	kind->task = find_task(host, who);
	if (who->flags & TASK_KTHREAD)
		find_kthread(kind, who, host);
	else
		find_user(kind, who, host, targets);
}

const char *kind_text(enum kind kind)
{
	static const char *const texts[] = {
		[KIND_UNKNOWN] = "unknown",
		[KIND_WORKER] = "per-CPU kworker",
		[KIND_WORKER_UNBOUND] = "unbound kworker",
		[KIND_WORKER_RESCUER] = "workqueue rescuer",
		[KIND_SOFTIRQ] = "softirq thread",
		[KIND_RCU_CALLBACKS] = "RCU callbacks of a CPU",
		[KIND_RCU_OFFLOADED] = "RCU callbacks, offloaded",
		[KIND_RCU] = "RCU",
		[KIND_STOPPER] = "stopper",
		[KIND_HOTPLUG] = "CPU hotplug thread",
		[KIND_IDLE_INJECT] = "idle injection",
		[KIND_WATCHDOG] = "lockup detector",
		[KIND_IRQ] = "interrupt thread",
		[KIND_KSWAPD] = "page reclaim of a node",
		[KIND_KCOMPACTD] = "memory compaction of a node",
		[KIND_KSMD] = "KSM",
		[KIND_KHUGEPAGED] = "huge pages",
		[KIND_KTHREADD] = "parent of kernel threads",
		[KIND_KTHREAD] = "kernel thread",
		[KIND_KTHREAD_BOUND] = "bound kernel thread",
		[KIND_USER] = "user task",
		[KIND_USER_PINNED] = "user task, pinned",
		[KIND_USER_BOUND] = "user task, bound by the kernel",
		[KIND_VCPU] = "vCPU",
		[KIND_VCPU_PINNED] = "vCPU, pinned",
		[KIND_VCPU_FLOATING] = "vCPU, floating",
		[KIND_VM_HELPER] = "VM's helper",
	};

	return texts[kind];
}
