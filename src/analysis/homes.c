// SPDX-License-Identifier: GPL-2.0-only
/* Where a task may be put so that it disturbs nobody: see homes.h. */
#include "analysis/homes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cpulist.h"
#include "host/domains.h"
#include "host/taskflags.h"
#include "host/vcpu.h"

int homes_isolated(hwloc_bitmap_t set, const struct host_snapshot *host)
{
	hwloc_const_bitmap_t online = host->online;

	hwloc_bitmap_zero(set);
	if (!online)
		return 0;
	if (host->isolated && hwloc_bitmap_and(set, online, host->isolated))
		return -ENOMEM;
	/* cpusets of cgroup v1 isolate, too, and only the kernel's own domains tell. */
	if (host->domains.source == DOMAINS_DERIVED)
		return 0;
	for (int cpu = hwloc_bitmap_first(online); cpu >= 0 && cpu < (int)host->cpu_count;
	     cpu = hwloc_bitmap_next(online, cpu))
		if (domains_membership(&host->domains, (uint32_t)cpu) == MEMBERSHIP_NONE &&
		    hwloc_bitmap_set(set, (unsigned int)cpu))
			return -ENOMEM;
	return 0;
}

/* rest: the online CPUs that are not isolated. */
static bool pins(const struct host_snapshot *host, hwloc_const_bitmap_t mask,
		 hwloc_const_bitmap_t rest)
{
	if (!mask || !host->online || hwloc_bitmap_iszero(mask) ||
	    hwloc_bitmap_isincluded(host->online, mask))
		return false;
	return hwloc_bitmap_iszero(rest) || !hwloc_bitmap_isincluded(rest, mask);
}

/* The online CPUs that are not isolated. NULL without memory. */
static hwloc_bitmap_t not_isolated(const struct host_snapshot *host)
{
	hwloc_bitmap_t rest = hwloc_bitmap_alloc();

	if (!rest || !host->online)
		return rest;
	if (!homes_isolated(rest, host) && !hwloc_bitmap_andnot(rest, host->online, rest))
		return rest;
	hwloc_bitmap_free(rest);
	return NULL;
}

int homes_is_pinned(const struct host_snapshot *host, hwloc_const_bitmap_t mask)
{
	hwloc_bitmap_t rest = not_isolated(host);
	int pinned = rest ? pins(host, mask, rest) : -ENOMEM;

	hwloc_bitmap_free(rest);
	return pinned;
}

static int compare_tid(const void *key, const void *element)
{
	const uint32_t *a = key, *b = element;

	return (*a > *b) - (*a < *b);
}

static bool is_owner(const struct host_snapshot *host, const struct host_task *task,
		     const uint32_t *owners, uint32_t count)
{
	const struct host_vm *vm;
	const char *vm_name;
	uint32_t vm_pid, number;

	if (count && bsearch(&task->tid, owners, count, sizeof(*owners), compare_tid))
		return true;
	if (task->flags & TASK_KTHREAD)
		return false;
	if (vcpu_of(host, task->pid, task->comm, &vm_pid, &vm_name, &number))
		return true;
	vm = host_vm_of(host, task->pid);
	return vm && !vm->vcpus_named;
}

int homes_owned(hwloc_bitmap_t owned, const struct host_snapshot *host, const uint32_t *owners,
		uint32_t count)
{
	hwloc_bitmap_t rest = not_isolated(host);
	int err = rest ? 0 : -ENOMEM;

	hwloc_bitmap_zero(owned);
	for (uint32_t i = 0; i < host->task_count && !err; i++) {
		const struct host_task *task = &host->tasks[i];

		if (pins(host, task->allowed, rest) && is_owner(host, task, owners, count) &&
		    hwloc_bitmap_or(owned, owned, task->allowed))
			err = -ENOMEM;
	}
	hwloc_bitmap_free(rest);
	return err;
}

static int node_of_cpu(const struct host_snapshot *host, int cpu)
{
	return cpu >= 0 && cpu < (int)host->cpu_count ? host->cpus[cpu].node : -1;
}

/* "kswapd1": 1 */
static int node_of_name(const struct host_snapshot *host, const struct host_task *task)
{
	static const char *const names[] = { "kswapd", "kcompactd" };
	int node, end;

	if (!(task->flags & TASK_KTHREAD))
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t length = strlen(names[i]);

		if (!strncmp(task->comm, names[i], length) &&
		    sscanf(task->comm + length, "%5d%n", &node, &end) == 1 &&
		    !task->comm[length + (size_t)end] && node >= 0 && node < (int)host->node_count)
			return node;
	}
	return -1;
}

int homes_node(const struct host_snapshot *host, const struct host_task *task)
{
	int node, cpu;

	if (host->node_count < 2)
		return -1;
	node = node_of_name(host, task);
	if (node >= 0 || !task->allowed || hwloc_bitmap_weight(task->allowed) < 1)
		return node;
	cpu = hwloc_bitmap_first(task->allowed);
	node = node_of_cpu(host, cpu);
	while (node >= 0 && (cpu = hwloc_bitmap_next(task->allowed, cpu)) >= 0)
		if (node_of_cpu(host, cpu) != node)
			return -1;
	return node;
}

/* Takes the CPUs of set (NULL: none) out of the list, by a rule. */
static int take_out(struct homes *h, enum homes_rule rule, hwloc_const_bitmap_t set)
{
	if (!set)
		return 0;
	return hwloc_bitmap_and(h->out[rule], h->cpus, set) ||
			       hwloc_bitmap_andnot(h->cpus, h->cpus, set)
		       ? -ENOMEM
		       : 0;
}

/* Leaves only those of set in the list. */
static int keep(struct homes *h, enum homes_rule rule, hwloc_const_bitmap_t set)
{
	return hwloc_bitmap_andnot(h->out[rule], h->cpus, set) ||
			       hwloc_bitmap_and(h->cpus, h->cpus, set)
		       ? -ENOMEM
		       : 0;
}

static int add_siblings(hwloc_bitmap_t siblings, const struct host_snapshot *host,
			hwloc_const_bitmap_t of)
{
	if (!of)
		return 0;
	for (int cpu = hwloc_bitmap_first(of); cpu >= 0 && cpu < (int)host->cpu_count;
	     cpu = hwloc_bitmap_next(of, cpu))
		if (host->cpus[cpu].siblings &&
		    hwloc_bitmap_or(siblings, siblings, host->cpus[cpu].siblings))
			return -ENOMEM;
	return 0;
}

/* What an empty list takes back, of what a rule took out. */
static int take_back(struct homes *h, enum homes_rule rule, enum homes_choice choice)
{
	if (!hwloc_bitmap_iszero(h->cpus))
		return 0;
	h->choice = choice;
	if (hwloc_bitmap_copy(h->cpus, h->out[rule]))
		return -ENOMEM;
	hwloc_bitmap_zero(h->out[rule]);
	return 0;
}

/* set: room for the work. */
static int choose(struct homes *h, const struct homes_input *in, hwloc_bitmap_t set)
{
	int err;

	if (hwloc_bitmap_copy(h->cpus, in->host->online))
		return -ENOMEM;
	if (!in->isolated && homes_isolated(set, in->host))
		return -ENOMEM;
	if ((err = take_out(h, HOMES_ISOLATED, in->isolated ? in->isolated : set)) ||
	    (err = take_out(h, HOMES_OWNED, in->owned)) ||
	    (err = take_out(h, HOMES_TARGET, in->targets)) ||
	    (err = take_out(h, HOMES_NOHZ_FULL, in->host->nohz_full)))
		return err;
	hwloc_bitmap_zero(set);
	if ((err = add_siblings(set, in->host, in->owned)) ||
	    (err = add_siblings(set, in->host, in->targets)) ||
	    (err = take_out(h, HOMES_SIBLING, set)) ||
	    (err = take_back(h, HOMES_SIBLING, HOMES_SIBLINGS)) ||
	    (err = take_back(h, HOMES_NOHZ_FULL, HOMES_NOHZ)))
		return err;
	if (hwloc_bitmap_iszero(h->cpus))
		h->choice = HOMES_NONE;
	return 0;
}

static int prefer_mask(struct homes *h, const struct homes_input *in)
{
	if (!in->task || !in->task->allowed || hwloc_bitmap_iszero(h->cpus))
		return 0;
	h->mask_has_none = !hwloc_bitmap_intersects(h->cpus, in->task->allowed);
	return h->mask_has_none ? 0 : keep(h, HOMES_MASK, in->task->allowed);
}

static int prefer_node(struct homes *h, const struct homes_input *in, hwloc_bitmap_t set)
{
	int node = in->task ? homes_node(in->host, in->task) : -1;
	int left;

	hwloc_bitmap_zero(set);
	for (int cpu = hwloc_bitmap_first(h->cpus); cpu >= 0 && node >= 0;
	     cpu = hwloc_bitmap_next(h->cpus, cpu))
		if (node_of_cpu(in->host, cpu) == node && hwloc_bitmap_set(set, (unsigned int)cpu))
			return -ENOMEM;
	left = hwloc_bitmap_weight(set);
	if (left < HOMES_ROOM && (!left || left < hwloc_bitmap_weight(h->cpus)))
		return 0;
	h->node = node;
	return keep(h, HOMES_NODE, set);
}

/* How busy a CPU was, 0 to 1; negative: not known. */
static double busy_share(const struct homes_input *in, int cpu)
{
	if (cpu >= (int)in->busy_count || in->busy_ns[cpu] == UINT64_MAX)
		return -1;
	return (double)in->busy_ns[cpu] / (double)in->window_ns;
}

static int compare_shares(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int without_busy(struct homes *h, const struct homes_input *in, hwloc_bitmap_t set)
{
	int count = hwloc_bitmap_weight(h->cpus), known = 0;
	double *shares, limit;

	/* The lower median stays, and what is below it: of three, two. */
	if (!in->busy_ns || !in->window_ns || count < 3)
		return 0;
	shares = calloc((size_t)count, sizeof(*shares));
	if (!shares)
		return -ENOMEM;
	for (int cpu = hwloc_bitmap_first(h->cpus); cpu >= 0; cpu = hwloc_bitmap_next(h->cpus, cpu))
		if (busy_share(in, cpu) >= 0)
			shares[known++] = busy_share(in, cpu);
	if (known >= 3)
		qsort(shares, (size_t)known, sizeof(*shares), compare_shares);
	limit = known >= 3 ? shares[(known - 1) / 2] + HOMES_CLEARLY : 2;
	free(shares);
	hwloc_bitmap_zero(set);
	for (int cpu = hwloc_bitmap_first(h->cpus); cpu >= 0; cpu = hwloc_bitmap_next(h->cpus, cpu))
		if (known >= 3 && busy_share(in, cpu) >= limit &&
		    hwloc_bitmap_set(set, (unsigned int)cpu))
			return -ENOMEM;
	return take_out(h, HOMES_BUSY, set);
}

const char *homes_rule_text(enum homes_rule rule)
{
	static const char *const texts[] = {
		[HOMES_ISOLATED] = "isolated",
		[HOMES_NOHZ_FULL] = "nohz_full",
		[HOMES_OWNED] = "vCPUs or owners are pinned there",
		[HOMES_TARGET] = "to be kept free",
		[HOMES_SIBLING] = "SMT siblings of these",
		[HOMES_MASK] = "not in its mask",
		[HOMES_NODE] = "not of its node",
		[HOMES_BUSY] = "clearly busier than others",
	};

	return texts[rule];
}

/* "64-95 (isolated), 8-15 (nohz_full)" */
static int put_out(FILE *file, const struct homes *h)
{
	const char *between = "";

	for (int rule = 0; rule < HOMES_RULES; rule++) {
		char *list;

		if (hwloc_bitmap_iszero(h->out[rule]))
			continue;
		list = cpulist_format(h->out[rule]);
		if (!list)
			return -ENOMEM;
		fprintf(file, "%s%s (%s)", between, list, homes_rule_text((enum homes_rule)rule));
		between = ", ";
		free(list);
	}
	return 0;
}

/* One rule may have taken all; else what each took. */
static int describe_none(FILE *file, const struct homes *h, const struct homes_input *in)
{
	for (int rule = 0; rule < HOMES_RULES; rule++) {
		if (!hwloc_bitmap_isequal(h->out[rule], in->host->online))
			continue;
		fprintf(file, "every online CPU is %s%s", rule == HOMES_ISOLATED ? "" : "taken: ",
			homes_rule_text((enum homes_rule)rule));
		return 0;
	}
	fputs("no CPU is left of ", file);
	return put_out(file, h);
}

static int describe(FILE *file, const struct homes *h, const struct homes_input *in)
{
	int err;

	if (hwloc_bitmap_iszero(in->host->online)) {
		fputs("which CPUs are online is not known", file);
		return 0;
	}
	if (h->choice == HOMES_NONE)
		return describe_none(file, h, in);
	if (hwloc_bitmap_isequal(h->cpus, in->host->online)) {
		fputs("all online CPUs", file);
		return 0;
	}
	fputs("all online CPUs but ", file);
	err = put_out(file, h);
	if (h->choice == HOMES_SIBLINGS)
		fputs("; nothing but SMT siblings of kept CPUs is left", file);
	if (h->choice == HOMES_NOHZ)
		fputs("; nothing but nohz_full CPUs is left", file);
	if (h->mask_has_none)
		fprintf(file, "; its mask has none of them%s",
			in->task->flags & TASK_KTHREAD ? "" : ", so a cpuset may refuse");
	return err;
}

static int explain_choice(struct homes *h, const struct homes_input *in)
{
	size_t size;
	FILE *file = open_memstream(&h->why, &size);
	int err;

	if (!file)
		return -ENOMEM;
	err = describe(file, h, in);
	return fclose(file) ? -ENOMEM : err;
}

int homes_find(struct homes *h, const struct homes_input *in)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	int err = set ? 0 : -ENOMEM;

	memset(h, 0, sizeof(*h));
	h->node = -1;
	h->cpus = hwloc_bitmap_alloc();
	for (int rule = 0; rule < HOMES_RULES; rule++)
		if (!(h->out[rule] = hwloc_bitmap_alloc()))
			err = -ENOMEM;
	if (!h->cpus)
		err = -ENOMEM;
	if (!err)
		err = choose(h, in, set);
	if (!err)
		err = prefer_mask(h, in);
	if (!err)
		err = prefer_node(h, in, set);
	if (!err)
		err = without_busy(h, in, set);
	if (!err)
		err = explain_choice(h, in);
	hwloc_bitmap_free(set);
	return err;
}

void homes_free(struct homes *h)
{
	hwloc_bitmap_free(h->cpus);
	for (int rule = 0; rule < HOMES_RULES; rule++)
		hwloc_bitmap_free(h->out[rule]);
	free(h->why);
	memset(h, 0, sizeof(*h));
}
