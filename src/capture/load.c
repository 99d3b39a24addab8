// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gets the programs into the kernel: chooses the build and the variants that this kernel takes,
 * sizes the maps, sets the configuration, makes the rings. What an option does not need is not
 * loaded. All that goes wrong becomes one line for the user here.
 */
#include "capture/internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/complain.h"
#include "capture/kernel.h"
#include "host/cpulist.h"
#include "sched_btf.skel.h"
#include "sched_plain.skel.h"
#include "sched_raw.skel.h"

#define RING_BYTES_DEFAULT  (4u << 20)
#define RING_BYTES_ALL	    (512u << 20) /* defaults shrink to keep all rings together below */
#define RING_BYTES_OTHER    (64u << 10)
#define RING_SLOTS_OTHER    (RING_BYTES_OTHER / RING_SLOT_BYTES)
#define RING_SLOTS_OFFLINE  ((256u << 10) / RING_SLOT_BYTES)
#define SLOTS_BYTES_DEFAULT (30u << 20)

/*
 * libbpf's own words are kept, and shown with -v if nothing could be loaded: a build that this
 * kernel does not take is no news while another one does. Its callback has no context argument, so
 * this is the one pointer that lives outside a session, and only while one is being opened.
 */
static FILE *libbpf_words;

static int libbpf_print(enum libbpf_print_level level, const char *format, va_list args)
{
	if (!libbpf_words || level == LIBBPF_DEBUG)
		return 0;
	return vfprintf(libbpf_words, format, args);
}

size_t capture_default_ring_bytes(uint32_t cpus)
{
	size_t bytes = RING_BYTES_DEFAULT;

	while (bytes > RING_BYTES_OTHER && bytes * cpus > RING_BYTES_ALL)
		bytes /= 2;
	return bytes;
}

/*
 * How long each CPU's ring is. A CPU that is no target only tells of names and moves; one that is
 * offline may come, and most never do.
 */
static int size_rings(struct capture *capture, char *why)
{
	struct ring *rings = capture->stream.rings;
	hwloc_bitmap_t online = hwloc_bitmap_dup(capture->meta.target_cpus);
	hwloc_const_bitmap_t targets = capture->meta.target_cpus;
	uint32_t wanted = capture->options.ring_bytes / RING_SLOT_BYTES;
	uint64_t sum = 0;

	if (!online)
		return -ENOMEM;
	cpulist_read(online, "/sys/devices/system/cpu/online");
	hwloc_bitmap_and(online, online, targets);
	if (!wanted)
		wanted = capture_default_ring_bytes(hwloc_bitmap_weight(online)) / RING_SLOT_BYTES;
	for (uint32_t cpu = 0; cpu < capture->cpu_count; cpu++) {
		uint32_t limit = hwloc_bitmap_isset(online, cpu)    ? wanted
				 : hwloc_bitmap_isset(targets, cpu) ? RING_SLOTS_OFFLINE
								    : RING_SLOTS_OTHER;

		rings[cpu].slot_count = wanted < limit ? wanted : limit;
		sum += rings[cpu].slot_count;
	}
	hwloc_bitmap_free(online);
	if (sum > UINT32_MAX)
		return complain(why, -E2BIG,
				"rings of %" PRIu64 " GiB altogether: try a smaller --ring-size",
				sum * RING_SLOT_BYTES >> 30);
	capture->ring_bytes = sum * RING_SLOT_BYTES;
	return 0;
}

static void size_map(struct capture *capture, const char *name, uint32_t entries, bool wanted)
{
	struct bpf_map *map = bpf_object__find_map_by_name(capture->object, name);

	if (!map)
		return;
	bpf_map__set_max_entries(map, entries);
	bpf_map__set_autocreate(map, wanted);
}

static void want_program(struct capture *capture, const char *name, bool wanted)
{
	struct bpf_program *program = bpf_object__find_program_by_name(capture->object, name);

	if (program)
		bpf_program__set_autoload(program, wanted);
}

/* The same source, built for what kernels offer; the best first. */
static const struct build {
	const void *(*bytes)(size_t *size);
	bool tp_btf, task_slots;
} builds[] = {
	{ sched_btf_bpf__elf_bytes, true, true },
	{ sched_plain_bpf__elf_bytes, true, false },
	{ sched_raw_bpf__elf_bytes, false, false },
};

#ifdef __x86_64__
#define CPU_ORDERS_STORES true
#else
#define CPU_ORDERS_STORES false
#endif

static int load_object(struct capture *capture, const struct build *build,
		       const struct kernel_facts *facts, char *why)
{
	const struct capture_options *options = &capture->options;
	const struct bpf_object_open_opts open_options = { .sz = sizeof(open_options),
							   .btf_custom_path = options->btf_file };
	const void *bytes;
	size_t size;
	int err;

	bytes = build->bytes(&size);
	capture->object = bpf_object__open_mem(bytes, size, &open_options);
	if (!capture->object)
		return explain_refusal(why, -errno, "cannot open the BPF object");
	err = config_set(capture, facts, why);
	if (err)
		return err;
	size_map(capture, "cpu_states", capture->cpu_count, true);
	size_map(capture, "ring_slots", capture->ring_bytes / RING_SLOT_BYTES, options->record);
	size_map(capture, "aggregate_slots", capture->slot_count, options->aggregate);
	size_map(capture, "aggregate_index", capture->slot_count,
		 options->aggregate && options->by & DISTRIBUTION_BY_TASK);
	size_map(capture, "group_slots", group_tables_slots(capture), options->groups);
	size_map(capture, "group_cpus", capture->cpu_count, options->groups);
	size_map(capture, "task_slots", config_task_slots(), true);
	size_map(capture, "task_states_by_tid", config_task_hash(build->task_slots), true);
	want_program(capture, "sched_switch", facts->switch_tells_state);
	want_program(capture, "sched_switch_before_5_18", !facts->switch_tells_state);
	want_program(capture, "sched_waking", true);
	want_program(capture, "sched_wakeup_new", true);
	want_program(capture, "sched_migrate_task", true);
	want_program(capture, "sched_process_exec", options->record || options->groups);
	want_program(capture, "task_rename", options->record || options->groups);
	want_program(capture, "sched_move_numa", options->record && facts->tells_numa_moves);
	want_program(capture, "sched_swap_numa", options->record && facts->tells_numa_moves);
	want_program(capture, "cpuhp_enter", options->record && facts->tells_hotplug);
	want_program(capture, "cpuhp_exit", options->record && facts->tells_hotplug);
	want_program(capture, "task_scan", options->record);
	want_program(capture, "cpu_scan", options->record && options->host && facts->knows_llc_id);
	err = bpf_object__load(capture->object);
	if (err)
		return explain_refusal(why, err, "cannot load the BPF programs");
	return 0;
}

/* Tries the best build first; a kernel that lacks its means gets the next one. */
static int load_best(struct capture *capture, const struct kernel_facts *facts, char *why)
{
	int err = -ENOTSUP;

	capture->knows_context = facts->knows_preempt_count;
	for (size_t i = 0; i < sizeof(builds) / sizeof(builds[0]); i++) {
		if (((capture->options.raw_tp || !facts->has_btf) && builds[i].tp_btf) ||
		    (capture->options.hash_states && builds[i].task_slots))
			continue;
		capture->uses_tp_btf = builds[i].tp_btf;
		capture->uses_task_slots = builds[i].task_slots;
		capture->programs_order_stores = CPU_ORDERS_STORES || builds[i].task_slots;
		err = load_object(capture, &builds[i], facts, why);
		if (!err || err == -EPERM || err == -E2BIG)
			break;
		bpf_object__close(capture->object);
		capture->object = NULL;
	}
	return err;
}

void *capture_map_memory(struct capture *capture, const char *name, size_t bytes, char *why)
{
	int fd = bpf_object__find_map_fd_by_name(capture->object, name);
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory != MAP_FAILED)
		return memory;
	complain(why, -errno, "cannot map %s: %s", name, strerror(errno));
	return NULL;
}

size_t capture_whole_pages(size_t bytes)
{
	size_t page = sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) / page * page;
}

/* Deals the array of slots out to the rings. */
static int share_rings(struct capture *capture, char *why)
{
	uint32_t first = 0;

	capture->ring_slots = capture_map_memory(capture, "ring_slots",
						 capture_whole_pages(capture->ring_bytes), why);
	if (!capture->ring_slots)
		return -ENOMEM;
	for (uint32_t cpu = 0; cpu < capture->cpu_count; cpu++) {
		struct ring *ring = &capture->stream.rings[cpu];
		struct cpu_state *state = &capture->cpu_states[cpu];

		state->ring_first = first;
		state->ring_mask = ring->slot_count - 1;
		ring_open(ring, &capture->ring_slots[first], &state->ring_head, &state->ring_tail);
		first += ring->slot_count;
	}
	return 0;
}

static int map_shared_memory(struct capture *capture, char *why)
{
	int err;

	capture->control_bytes = capture_whole_pages(sizeof(*capture->control));
	capture->control = capture_map_memory(capture, ".bss", capture->control_bytes, why);
	if (!capture->control)
		return -ENOMEM;
	capture->cpu_states_bytes =
		capture_whole_pages(capture->cpu_count * sizeof(struct cpu_state));
	capture->cpu_states =
		capture_map_memory(capture, "cpu_states", capture->cpu_states_bytes, why);
	if (!capture->cpu_states)
		return -ENOMEM;
	machine_describe_cpus(capture);
	if (capture->options.record) {
		err = share_rings(capture, why);
		if (err)
			return err;
	}
	if (capture->options.groups)
		return group_tables_map(capture, why);
	if (!capture->options.aggregate)
		return 0;
	capture->slots_bytes =
		capture_whole_pages(capture->slot_count * sizeof(struct aggregate_slot));
	capture->slots = capture_map_memory(capture, "aggregate_slots", capture->slots_bytes, why);
	return capture->slots ? 0 : -ENOMEM;
}

static int attach_programs(struct capture *capture, char *why)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, capture->object)
	{
		struct bpf_link *link;

		if (!bpf_program__autoload(program) ||
		    bpf_program__expected_attach_type(program) == BPF_TRACE_ITER)
			continue;
		link = bpf_program__attach(program);
		if (!link)
			return complain(why, -errno, "cannot attach to the tracepoint %s: %s",
					bpf_program__section_name(program), strerror(errno));
		capture->links[capture->link_count++] = link;
	}
	return 0;
}

static int choose_cpus(struct capture *capture, hwloc_const_bitmap_t possible, char *why)
{
	hwloc_const_bitmap_t wanted = capture->options.filter->cpus;
	struct trace_meta *meta = &capture->meta;
	char *list;

	meta->all_cpus = !wanted;
	if (!wanted)
		return hwloc_bitmap_copy(meta->target_cpus, possible) ? -ENOMEM : 0;
	if (hwloc_bitmap_isincluded(wanted, possible))
		return hwloc_bitmap_copy(meta->target_cpus, wanted) ? -ENOMEM : 0;
	list = cpulist_format(possible);
	complain(why, -ENODEV, "-C: this machine has no such CPU (it has %s)", list ? list : "?");
	free(list);
	return -ENODEV;
}

static int learn_cpus(struct capture *capture, char *why)
{
	hwloc_bitmap_t possible = hwloc_bitmap_alloc();
	int err;

	if (!possible)
		return -ENOMEM;
	err = cpulist_read(possible, "/sys/devices/system/cpu/possible");
	if (!err && hwloc_bitmap_iszero(possible))
		err = -EINVAL;
	if (err) {
		complain(why, err, "cannot read /sys/devices/system/cpu/possible: %s",
			 strerror(-err));
		goto out;
	}
	capture->cpu_count = hwloc_bitmap_last(possible) + 1;
	err = trace_meta_init(&capture->meta, capture->cpu_count);
	if (!err)
		err = stream_init(&capture->stream, capture->cpu_count);
	if (!err)
		err = choose_cpus(capture, possible, why);
out:
	hwloc_bitmap_free(possible);
	return err;
}

static void choose_slots(struct capture *capture)
{
	capture->slot_count = capture->cpu_count;
	if (capture->options.by & DISTRIBUTION_BY_TASK)
		capture->slot_count = capture->options.slots
					      ? capture->options.slots
					      : SLOTS_BYTES_DEFAULT / sizeof(struct aggregate_slot);
}

static int describe(struct capture *capture)
{
	const char *scope = capture->uses_tp_btf ? "tp_btf" : "raw tracepoints";
	const char *state = capture->uses_task_slots ? "states by tid" : "states in a hash";
	const char *context =
		capture->knows_context ? "" : "; hard and soft interrupts not told apart";
	const char *end = capture->uses_tp_btf || !capture->options.record
				  ? ""
				  : "; no look over all tasks at the end: waits that it cut and "
				    "CPUs without a switch are missing";
	const char *file = capture->options.btf_file, *hooks = capture->hooks_are;

	if (asprintf(&capture->meta.rests_on, "sched tracepoints by %s, %s%s%s%s%s%s%s", scope,
		     state, file ? ", kernel types of " : "", file ? file : "", context, end,
		     hooks ? "; " : "", hooks ? hooks : "") < 0) {
		capture->meta.rests_on = NULL;
		return -ENOMEM;
	}
	return 0;
}

/*
 * Arrays that user space can map came with 5.5 (fc9702273e2e), as tp_btf did: all rests on them. A
 * refusal for another reason (no privilege) is left to those who load, who explain it.
 */
static int check_age(char *why)
{
	const struct bpf_map_create_opts options = { .sz = sizeof(options),
						     .map_flags = BPF_F_MMAPABLE };
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, sizeof(uint32_t), sizeof(uint64_t), 1,
				&options);

	if (fd == -EINVAL)
		return complain(why, -ENOTSUP,
				"this kernel is older than 5.5 and cannot be traced: use \"perf "
				"sched record\" there, and \"interloper import\" on what it made");
	if (fd == -ENOSYS)
		return explain_refusal(why, fd, "cannot load the BPF programs");
	if (fd >= 0)
		close(fd);
	return 0;
}

static int load_all(struct capture *capture, char *why)
{
	struct kernel_facts facts = {};
	int err;

	complain(why, 0, "out of memory");
	err = learn_cpus(capture, why);
	if (err)
		return err;
	choose_slots(capture);
	err = check_age(why);
	if (err)
		return err;
	err = kernel_learn(&facts, capture->options.btf_file, why);
	if (err)
		return err;
	if (capture->options.record)
		err = size_rings(capture, why);
	if (!err && capture->options.groups)
		err = group_tables_size(capture);
	if (!err)
		err = load_best(capture, &facts, why);
	if (!err)
		err = map_shared_memory(capture, why);
	if (!err)
		err = attach_programs(capture, why);
	if (!err && capture->options.hooks)
		err = hooks_attach(capture, &facts);
	if (!err)
		err = machine_mark_offline(capture);
	if (!err) {
		machine_learn_llc_ids(capture);
		capture_open_fdinfo(capture);
	}
	if (!err)
		err = tail_prepare(capture, why);
	if (!err)
		err = describe(capture);
	return err;
}

int capture_load(struct capture *capture, char *why)
{
	char *words = NULL;
	size_t length = 0;
	int err;

	libbpf_words = open_memstream(&words, &length);
	libbpf_set_print(libbpf_print);
	err = load_all(capture, why);
	if (libbpf_words)
		fclose(libbpf_words);
	libbpf_words = NULL;
	if (err && capture->options.verbose && length)
		fputs(words, stderr);
	free(words);
	return err;
}
