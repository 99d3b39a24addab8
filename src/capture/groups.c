// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks at the groups that the programs count (bpf/groups.h), while they count: each CPU's slots as
 * they are now beside what they were at the last look that was taken.
 */
#include "capture/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host/cpulist.h"

#define TABLE_ONLINE  128u /* groups on a CPU that is online when we load: a power of two */
#define TABLE_OFFLINE 16u
#define TRIES	      3 /* to look at a CPU between two of its switches */

/* Who runs on a CPU, and how many slices ended there: all the same before and after a look at its
 * slots, no switch came between. */
struct runner {
	uint64_t slices, since_ns;
	uint32_t slot; /* + 1; 0: none */
};

struct group_tables {
	struct group_cpu *cpus;	 /* mapped, as live */
	struct group_slot *live; /* all CPUs' slots */
	size_t cpus_bytes, live_bytes;
	uint32_t *table_lengths; /* by CPU */
	uint32_t slot_count;
	/* By slot: as of the last look that was taken, and of the newest. Slots that no group ever
	 * had are not touched, so their memory costs nothing. */
	struct group_slot *taken, *now;
	uint64_t taken_ns, now_ns;
	/* What a look hands out. */
	struct group_change *changes;
	struct group_running *running;
	struct capture_cpu *view;
	uint32_t change_count, running_count;
};

int group_tables_size(struct capture *capture)
{
	struct group_tables *tables = calloc(1, sizeof(*tables));
	hwloc_bitmap_t online = hwloc_bitmap_alloc();
	uint32_t count = capture->cpu_count;

	capture->groups = tables;
	if (tables)
		tables->table_lengths = calloc(count, sizeof(*tables->table_lengths));
	if (!tables || !online || !tables->table_lengths) {
		hwloc_bitmap_free(online);
		return -ENOMEM;
	}
	cpulist_read(online, "/sys/devices/system/cpu/online");
	for (uint32_t cpu = 0; cpu < count; cpu++) {
		bool used = hwloc_bitmap_isset(online, cpu) &&
			    hwloc_bitmap_isset(capture->meta.target_cpus, cpu);

		tables->table_lengths[cpu] = used ? TABLE_ONLINE : TABLE_OFFLINE;
		tables->slot_count += GROUP_CLASSES + tables->table_lengths[cpu];
	}
	hwloc_bitmap_free(online);
	return 0;
}

uint32_t group_tables_slots(const struct capture *capture)
{
	return capture->groups ? capture->groups->slot_count : 1;
}

static int allocate(struct group_tables *tables, uint32_t cpu_count)
{
	tables->taken = calloc(tables->slot_count, sizeof(*tables->taken));
	tables->now = calloc(tables->slot_count, sizeof(*tables->now));
	tables->changes = calloc(tables->slot_count, sizeof(*tables->changes));
	tables->running = calloc(cpu_count, sizeof(*tables->running));
	tables->view = calloc(cpu_count, sizeof(*tables->view));
	return tables->taken && tables->now && tables->changes && tables->running && tables->view
		       ? 0
		       : -ENOMEM;
}

static void name_rest(struct group_slot *slot, enum group_class class)
{
	slot->generation = 1;
	slot->class = class;
	memcpy(slot->name, GROUPS_OTHER, sizeof(GROUPS_OTHER));
}

int group_tables_map(struct capture *capture, char *why)
{
	struct group_tables *tables = capture->groups;
	uint32_t first = 0;

	tables->cpus_bytes = capture_whole_pages(capture->cpu_count * sizeof(*tables->cpus));
	tables->cpus = capture_map_memory(capture, "group_cpus", tables->cpus_bytes, why);
	if (!tables->cpus)
		return -ENOMEM;
	tables->live_bytes = capture_whole_pages(tables->slot_count * sizeof(*tables->live));
	tables->live = capture_map_memory(capture, "group_slots", tables->live_bytes, why);
	if (!tables->live)
		return -ENOMEM;
	for (uint32_t cpu = 0; cpu < capture->cpu_count; cpu++) {
		tables->cpus[cpu].first = first;
		tables->cpus[cpu].table_mask = tables->table_lengths[cpu] - 1;
		for (int class = 0; class < GROUP_CLASSES; class ++)
			name_rest(&tables->live[first + class], class);
		first += GROUP_CLASSES + tables->table_lengths[cpu];
	}
	capture_learn_places(capture, capture->options.host);
	return allocate(tables, capture->cpu_count);
}

void group_tables_free(struct capture *capture)
{
	struct group_tables *tables = capture->groups;

	if (!tables)
		return;
	if (tables->cpus)
		munmap(tables->cpus, tables->cpus_bytes);
	if (tables->live)
		munmap(tables->live, tables->live_bytes);
	free(tables->table_lengths);
	free(tables->taken);
	free(tables->now);
	free(tables->changes);
	free(tables->running);
	free(tables->view);
	free(tables);
}

void capture_learn_places(struct capture *capture, const struct host_snapshot *host)
{
	for (uint32_t cpu = 0; cpu < capture->cpu_count; cpu++) {
		struct cpu_place *place = &capture->groups->cpus[cpu].place;

		*place = CPU_PLACE_UNKNOWN;
		if (host && cpu < host->cpu_count)
			*place = (struct cpu_place){ host->cpus[cpu].core, host->cpus[cpu].llc,
						     host->cpus[cpu].node };
	}
}

static struct runner runner_of(const struct cpu_state *state)
{
	const volatile struct cpu_state *its = state;

	return (struct runner){ its->slices_made, its->begin.start_ns, its->histogram };
}

/*
 * One slot as it is now. Its owner may give it to another group meanwhile: then it waits for the
 * next look, as does what a program has only half written.
 */
static bool copy_slot(struct group_slot *into, const struct group_slot *live)
{
	uint32_t generation = __atomic_load_n(&live->generation, __ATOMIC_ACQUIRE);

	*into = *live;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return *(const volatile uint32_t *)&live->generation == generation &&
	       into->generation == generation;
}

/*
 * The slot has another group than when it was looked at last, so long ago that the one before it
 * may have gone on since.
 */
static bool is_mixed(const struct group_tables *tables, uint32_t slot)
{
	return tables->taken[slot].generation != tables->now[slot].generation &&
	       tables->now_ns - tables->taken_ns > CAPTURE_LOOK_MAX_NS &&
	       tables->taken[slot].generation;
}

static void add_change(struct group_tables *tables, uint32_t cpu, uint32_t slot)
{
	const struct group_slot *now = &tables->now[slot];
	struct group_change *change = &tables->changes[tables->change_count++];

	change->cpu = cpu;
	change->class = now->class;
	memcpy(change->name, is_mixed(tables, slot) ? GROUPS_OTHER : now->name,
	       is_mixed(tables, slot) ? sizeof(GROUPS_OTHER) : sizeof(change->name));
	change->before = &tables->taken[slot].counts;
	change->now = &now->counts;
}

static void look_at_slots(struct group_tables *tables, uint32_t cpu)
{
	uint32_t first = tables->cpus[cpu].first;
	uint32_t end = first + GROUP_CLASSES + tables->table_lengths[cpu];

	for (uint32_t slot = first; slot < end; slot++) {
		const volatile struct group_slot *live = &tables->live[slot];

		if (live->last_ns != tables->taken[slot].last_ns &&
		    copy_slot(&tables->now[slot], &tables->live[slot]))
			add_change(tables, cpu, slot);
	}
}

static bool same_runner(const struct runner *a, const struct runner *b)
{
	return a->slices == b->slices && a->since_ns == b->since_ns && a->slot == b->slot;
}

static void add_running(struct group_tables *tables, uint32_t cpu, const struct runner *runner)
{
	struct group_running *running = &tables->running[tables->running_count];

	if (!runner->slot || !runner->since_ns || runner->since_ns > tables->now_ns)
		return;
	running->cpu = cpu;
	memcpy(running->name, tables->live[runner->slot - 1].name, sizeof(running->name));
	running->since_ns = runner->since_ns;
	tables->running_count++;
}

/* Who runs is told where no switch came between; where switches come that fast, it has not run
 * long. */
static void look_at_cpu(struct capture *capture, uint32_t cpu)
{
	struct group_tables *tables = capture->groups;
	uint32_t changes = tables->change_count;

	for (int i = 0; i < TRIES; i++) {
		struct runner before = runner_of(&capture->cpu_states[cpu]), after;

		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		tables->change_count = changes;
		look_at_slots(tables, cpu);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		after = runner_of(&capture->cpu_states[cpu]);
		if (same_runner(&before, &after)) {
			add_running(tables, cpu, &after);
			return;
		}
	}
}

static void look_at_counts(struct capture *capture, uint32_t cpu)
{
	const struct cpu_state *state = &capture->cpu_states[cpu];

	capture->groups->view[cpu] = (struct capture_cpu){
		.counts = &capture->groups->cpus[cpu].counts,
		.state_lost = state->state_lost,
		.target = state->target,
		.seen = state->seen,
	};
}

void capture_look(struct capture *capture, struct capture_look *look)
{
	struct group_tables *tables = capture->groups;

	tables->change_count = tables->running_count = 0;
	tables->now_ns = clock_ns(CLOCK_MONOTONIC);
	for (uint32_t cpu = 0; cpu < capture->cpu_count; cpu++) {
		look_at_counts(capture, cpu);
		if (capture->cpu_states[cpu].target)
			look_at_cpu(capture, cpu);
	}
	*look = (struct capture_look){
		.groups = { .now_ns = tables->now_ns,
			    .changes = tables->changes,
			    .change_count = tables->change_count,
			    .running = tables->running,
			    .running_count = tables->running_count },
		.cpus = tables->view,
		.cpu_count = capture->cpu_count,
		.programs_skipped = capture_programs_skipped(capture),
	};
}

void capture_look_taken(struct capture *capture)
{
	struct group_tables *tables = capture->groups;

	/* What is told of a slot lies at the same place in both arrays. */
	for (uint32_t i = 0; i < tables->change_count; i++) {
		const struct group_slot *now = (const void *)((const char *)tables->changes[i].now -
							      offsetof(struct group_slot, counts));

		tables->taken[now - tables->now] = *now;
	}
	tables->taken_ns = tables->now_ns;
}
