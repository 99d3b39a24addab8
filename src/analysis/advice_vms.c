// SPDX-License-Identifier: GPL-2.0-only
/* Advice on virtual machines: vCPUs that float, and the threads beside them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/advice_move_internal.h"
#include "host/cpulist.h"
#include "host/vcpu.h"

/* A VM's name in a shell's command line, to be freed; NULL: it has none, or no memory. */
static char *quoted_name(struct adviser *m, uint32_t pid)
{
	const struct host_vm *vm = host_vm_of(m->host, pid);
	const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	char *quoted, *p;

	/* virsh knows only those that libvirt runs, which are QEMU's. */
	if (!vm || !vm->name || vm->vmm != VMM_QEMU || vm->name[0] == '-')
		return NULL;
	quoted = malloc(4 * strlen(vm->name) + 3);
	if (!quoted) {
		m->list->no_memory = true;
		return NULL;
	}
	if (!vm->name[strspn(vm->name, plain)])
		return strcpy(quoted, vm->name);
	p = quoted;
	*p++ = '\'';
	for (const char *c = vm->name; *c; c++)
		p += *c == '\'' ? sprintf(p, "'\\''") : sprintf(p, "%c", *c);
	strcpy(p, "'");
	return quoted;
}

#define VM_LABEL_MAX (VM_NAME_SIZE + 16)

static const char *vm_label(char buf[VM_LABEL_MAX], struct adviser *m, uint32_t pid)
{
	const struct host_vm *vm = host_vm_of(m->host, pid);

	if (vm && vm->name)
		snprintf(buf, VM_LABEL_MAX, "VM %s", vm->name);
	else
		snprintf(buf, VM_LABEL_MAX, "the VM of pid %" PRIu32, pid);
	return buf;
}

void advise_vm_helpers(struct adviser *m, const struct moved_group *g)
{
	char names[ADVISER_NAMES_MAX], label[VM_LABEL_MAX], *name;
	uint32_t pid = g->list->kind.vm_pid;
	struct advice *advice;

	if (m->general.choice == HOMES_NONE) {
		advice = adviser_leave(m, g, "vm-helper", "%s: there is nowhere to move %s",
				       adviser_names(names, g), g->count == 1 ? "it" : "them");
		if (advice)
			advice_text(m->list, &advice->why, "%s", m->general.why);
		return;
	}
	advice = adviser_add(m, g, "vm-helper", ADVICE_LIKELY, "move %s to %s %s",
			     adviser_names(names, g), adviser_cpus(m->homes), m->homes);
	if (!advice)
		return;
	name = quoted_name(m, pid);
	advice_text(m->list, &advice->why,
		    "work of %s beside its vCPUs (its program, disks, network); where to: %s",
		    vm_label(label, m, pid), m->general.why);
	advice_text(m->list, &advice->sure_why,
		    "its mask is obeyed; its libvirt, if it has one, may set it again");
	for (uint32_t i = 0; i < g->count; i++)
		if (g->list[i].kind.movable)
			advice_step(m->list, advice, STEP_COMMAND, NULL, "taskset -pc %s %" PRIu32,
				    m->homes, g->list[i].task->who->tid);
	if (name) {
		advice_step(m->list, advice, STEP_COMMAND, NULL,
			    "virsh emulatorpin %s %s --live --config", name, m->homes);
		advice_step(m->list, advice, STEP_NOTE, NULL,
			    "virsh emulatorpin also takes its vhost workers; I/O threads have "
			    "virsh iothreadpin");
	}
	free(name);
}

void advise_pinned_vcpus(struct adviser *m, const struct moved_group *g)
{
	char names[ADVISER_NAMES_MAX], label[VM_LABEL_MAX];
	struct advice *advice = adviser_leave(m, g, "pin-vcpus", "%s: pinned, and not an owner",
					      adviser_names(names, g));

	if (advice)
		advice_text(m->list, &advice->why,
			    "%s has its vCPU%s on %s: pin it elsewhere, or name it with --owner",
			    vm_label(label, m, g->list->kind.vm_pid), g->count == 1 ? "" : "s",
			    m->targets);
}

/* A VM whose vCPUs float, and what its interlopers among them cost. */
struct floater {
	uint32_t pid;
	uint64_t cost_ns;
	uint32_t cpus; /* how many its threads may run on at most, as seen */
};

static int compare_floaters(const void *a, const void *b)
{
	const struct floater *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static uint32_t merge_floaters(struct floater *list, uint32_t n)
{
	uint32_t kept = 0;

	if (!n)
		return 0;
	qsort(list, n, sizeof(*list), compare_floaters);
	for (uint32_t i = 1; i < n; i++) {
		if (list[i].pid != list[kept].pid) {
			list[++kept] = list[i];
			continue;
		}
		list[kept].cost_ns += list[i].cost_ns;
		if (list[i].cpus > list[kept].cpus)
			list[kept].cpus = list[i].cpus;
	}
	return kept + 1;
}

/* A vCPU that no CPU is its own of. */
static bool floats(const struct adviser *m, const struct host_task *task, uint32_t pid,
		   uint32_t *number)
{
	const char *vm_name;
	uint32_t vm_pid;

	return task->pid == pid && task->allowed && hwloc_bitmap_weight(task->allowed) > 1 &&
	       vcpu_of(m->host, pid, task->comm, &vm_pid, &vm_name, number);
}

/* The CPUs that one vCPU alone, or an owner, is pinned to. 0 or -1 without memory. */
static int add_taken(const struct adviser *m, hwloc_bitmap_t taken)
{
	for (uint32_t i = 0; i < m->host->task_count; i++) {
		const struct host_task *task = &m->host->tasks[i];
		uint32_t number;

		if (task->allowed && hwloc_bitmap_weight(task->allowed) == 1 &&
		    vcpu_from_comm(task->comm, &number) &&
		    hwloc_bitmap_or(taken, taken, task->allowed))
			return -1;
	}
	return 0;
}

/*
 * What may be given to a VM's vCPUs: the CPUs that it is bound to already, else the isolated ones,
 * else the targets; online, and without those taken; all on one node, if one has enough.
 */
static int fill_pool(const struct adviser *m, hwloc_bitmap_t pool, hwloc_const_bitmap_t taken,
		     const struct host_task *first, uint32_t needed)
{
	const struct host_snapshot *host = m->host;
	hwloc_bitmap_t of_node = hwloc_bitmap_alloc();
	int pinned = homes_is_pinned(host, first->allowed);
	int err = of_node && pinned >= 0 ? hwloc_bitmap_copy(pool, m->isolated) : -1;

	if (!err && pinned)
		err = hwloc_bitmap_and(pool, first->allowed, host->online);
	else if (!err && hwloc_bitmap_iszero(pool))
		err = hwloc_bitmap_and(pool, m->in->targets, host->online);
	if (!err)
		err = hwloc_bitmap_andnot(pool, pool, taken);
	for (uint32_t node = 0; node < host->node_count && !err; node++) {
		hwloc_bitmap_zero(of_node);
		for (int cpu = hwloc_bitmap_first(pool); cpu >= 0 && cpu < (int)host->cpu_count;
		     cpu = hwloc_bitmap_next(pool, cpu))
			if (host->cpus[cpu].node == (int)node)
				hwloc_bitmap_set(of_node, (unsigned int)cpu);
		if (hwloc_bitmap_weight(of_node) >= (int)needed) {
			err = hwloc_bitmap_copy(pool, of_node);
			break;
		}
	}
	hwloc_bitmap_free(of_node);
	return err ? -1 : 0;
}

/* One line: a command for each vCPU, which gets the next CPU of the pool. */
static char *pin_line(struct adviser *m, uint32_t pid, const char *name, hwloc_bitmap_t pool,
		      hwloc_bitmap_t taken)
{
	const char *between = "";
	char *line = NULL;
	size_t size;
	FILE *file = open_memstream(&line, &size);

	if (!file)
		return NULL;
	for (uint32_t i = 0; i < m->host->task_count; i++) {
		const struct host_task *task = &m->host->tasks[i];
		int cpu = hwloc_bitmap_first(pool);
		uint32_t number;

		if (cpu < 0 || !floats(m, task, pid, &number))
			continue;
		hwloc_bitmap_clr(pool, (unsigned int)cpu);
		hwloc_bitmap_set(taken, (unsigned int)cpu);
		if (name)
			fprintf(file, "%svirsh vcpupin %s %" PRIu32 " %d --live --config", between,
				name, number, cpu);
		else
			fprintf(file, "%staskset -pc %d %" PRIu32, between, cpu, task->tid);
		between = " && ";
	}
	if (fclose(file)) {
		free(line);
		return NULL;
	}
	return line;
}

static void put_pins(struct adviser *m, struct advice *advice, const struct floater *vm,
		     hwloc_bitmap_t taken, const struct host_task *first, uint32_t needed)
{
	hwloc_bitmap_t pool = hwloc_bitmap_alloc();
	char *name = quoted_name(m, vm->pid), *line = NULL;

	if (!pool || fill_pool(m, pool, taken, first, needed)) {
		m->list->no_memory = true;
	} else if (hwloc_bitmap_weight(pool) < (int)needed) {
		advice_step(m->list, advice, STEP_NOTE, NULL,
			    "%d CPU%s free for %" PRIu32 " vCPUs: isolate more, or let them share",
			    hwloc_bitmap_weight(pool),
			    hwloc_bitmap_weight(pool) == 1 ? " is" : "s are", needed);
	} else {
		line = pin_line(m, vm->pid, name, pool, taken);
		if (line)
			advice_step(m->list, advice, STEP_COMMAND, NULL, "%s", line);
		else
			m->list->no_memory = true;
		advice_step(m->list, advice, STEP_NOTE, NULL,
			    name ? "virsh is for a VM that libvirt runs; else taskset -pc CPU TID"
				 : "taskset lasts until the VM stops: what starts it should pin");
	}
	free(line);
	free(name);
	hwloc_bitmap_free(pool);
}

static void advise_floater(struct adviser *m, const struct floater *vm, hwloc_bitmap_t taken)
{
	const struct host_task *first = NULL;
	char label[VM_LABEL_MAX];
	struct advice *advice;
	uint32_t needed = 0, number;

	for (uint32_t i = 0; i < m->host->task_count; i++) {
		if (!floats(m, &m->host->tasks[i], vm->pid, &number))
			continue;
		first = first ? first : &m->host->tasks[i];
		needed++;
	}
	advice = advice_add(m->list, "pin-vcpus", TASK_UNKNOWN, ADVICE_LIKELY);
	if (!advice)
		return;
	advice->cost_ns = vm->cost_ns;
	advice_text(m->list, &advice->title, "pin the vCPUs of %s", vm_label(label, m, vm->pid));
	if (needed)
		advice_text(m->list, &advice->seen,
			    "%" PRIu32 " of its vCPUs float%s; one may run on %" PRIu32 " CPUs",
			    needed, needed == 1 ? "s" : "", vm->cpus);
	else
		advice_text(m->list, &advice->seen, "a vCPU of it may run on %" PRIu32 " CPUs",
			    vm->cpus);
	advice_text(
		m->list, &advice->why,
		"a vCPU that floats is put on isolated CPUs by no wakeup, and shares the others "
		"with everybody");
	advice_text(m->list, &advice->sure_why, "what it gains depends on who else is there");
	if (needed)
		put_pins(m, advice, vm, taken, first, needed);
	/* Where there is no command, nothing is promised of it. */
	for (uint32_t i = 0; i < advice->step_count; i++)
		if (advice->steps[i].kind == STEP_COMMAND && !advice->predicted)
			advice_text(m->list, &advice->predicted,
				    "they wait for nobody else's vCPUs any more");
	if (!needed)
		advice_step(m->list, advice, STEP_NOTE, NULL,
			    "its threads are not in the snapshot: virsh vcpupin, or taskset");
}

static bool is_floating(struct adviser *m, const struct task_identity *who, struct floater *floater)
{
	struct task_kind kind;

	kind_find(&kind, who, m->in->host, m->in->targets);
	if (kind.kind != KIND_VCPU_FLOATING)
		return false;
	floater->pid = kind.vm_pid;
	floater->cpus = who->cpus_allowed;
	if (!floater->cpus && kind.task && kind.task->allowed)
		floater->cpus = (uint32_t)hwloc_bitmap_weight(kind.task->allowed);
	return true;
}

void advise_floating_vcpus(struct adviser *m, const struct moved *moved, uint32_t n)
{
	struct floater *list = calloc((size_t)n + m->in->owner_count + 1, sizeof(*list));
	hwloc_bitmap_t taken = hwloc_bitmap_alloc();
	uint32_t count = 0;

	if (!list || !taken || add_taken(m, taken)) {
		m->list->no_memory = true;
		n = 0;
	} else {
		for (uint32_t i = 0; i < n; i++)
			if (!adviser_is_gone(&moved[i]) &&
			    is_floating(m, moved[i].task->who, &list[count]))
				list[count++].cost_ns = m->in->owner_count ? moved[i].task->delay_ns
									   : moved[i].task->run_ns;
		for (uint32_t i = 0; i < m->in->owner_count; i++)
			if (is_floating(m, m->in->owners[i], &list[count]))
				list[count++].cost_ns = 0;
		count = merge_floaters(list, count);
	}
	for (uint32_t i = 0; i < count; i++)
		advise_floater(m, &list[i], taken);
	free(list);
	hwloc_bitmap_free(taken);
}
