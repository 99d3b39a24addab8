/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of capture/ share: the session, and the parts that each file adds to it. */
#ifndef INTERLOPER_CAPTURE_INTERNAL_H
#define INTERLOPER_CAPTURE_INTERNAL_H

#include <bpf/libbpf.h>
#include <time.h>
#include "capture/capture.h"
#include "capture/ring.h"
#include "host/snapshot.h"

/* Task ids of the kernel side are dealt out per CPU; the stream's are dense. */
struct id_column {
	uint32_t *dense; /* by the CPU's own sequence number; 0: not met yet */
	uint32_t count;
};

/* Rings merged by time. */
struct stream {
	struct ring *rings; /* by CPU */
	uint64_t *last_ns;  /* by CPU: no event of a CPU goes back behind its last one */
	uint32_t *heap;	    /* CPUs whose ring has a record up to the watermark */
	uint32_t heap_size;
	uint64_t watermark_ns; /* records up to here can be handed out: no earlier one can come */
	uint64_t looked_ns;    /* when the last look was begun: the next watermark */
	bool handed_out;       /* something was, since the last look */
	bool at_end;	       /* the gate is closed: everything can be handed out */
	unsigned int pressure;
	struct id_column *ids; /* by CPU */
	uint32_t next_id;
	uint32_t nobody;    /* stands for runners whose state could not be had; 0: none yet */
	struct event *tail; /* what capture_stop() found: open slices, waits, losses */
	uint32_t tail_count, tail_next, tail_capacity;
};

/* The looks over all tasks at the end (bpf/scan.h): before the gate closes, and after. */
enum scan_moment { SCAN_RUNNING, SCAN_WAITING, SCANS };

#define MAX_PROGRAMS 16

struct capture {
	struct capture_options options;
	struct trace_meta meta;
	uint32_t cpu_count; /* highest possible CPU + 1 */
	struct bpf_object *object;
	struct bpf_link *links[MAX_PROGRAMS];
	int link_count;
	struct bpf_object *hooks; /* NULL: none asked for, or none to be had */
	struct bpf_link *hook_links[8];
	int hook_link_count;
	bool sees_looks;     /* the hooks tell which CPUs a search looked at */
	char *hooks_are;     /* in words: what is hooked, or why nothing is; NULL: not asked for */
	struct bpf_link *scan_link; /* NULL: no look over all tasks */
	int scan_fds[SCANS];
	bool uses_task_slots, uses_tp_btf, knows_context;
	bool programs_order_stores;	 /* a ring's head is never seen before the record */
	struct session_control *control; /* the programs' .bss */
	size_t control_bytes;
	uint64_t skipped_at_start; /* events the programs had missed when the gate opened */
	struct cpu_state *cpu_states;
	size_t cpu_states_bytes;
	struct aggregate_slot *slots;
	size_t slots_bytes;
	uint32_t slot_count;
	union ring_slot *ring_slots; /* of all rings */
	size_t ring_bytes;
	struct stream stream;
	struct group_tables *groups; /* NULL: they are not counted */
	int fdinfo_fds[MAX_PROGRAMS]; /* of the programs; what the kernel tells of them */
	int fdinfo_count;
};

/* stream.c */
uint64_t clock_ns(clockid_t clock);
int stream_init(struct stream *stream, uint32_t cpu_count);
void stream_free(struct stream *stream, uint32_t cpu_count);
/* The dense id of a kernel side's id, given at first sight. TASK_UNKNOWN without memory. */
uint32_t stream_task_id(struct capture *capture, uint32_t raw);
/* The same for a task that ran: one that is not known is still somebody. */
uint32_t stream_runner_id(struct capture *capture, uint32_t raw);
int stream_add_tail(struct stream *stream, const struct event *event);

/*
 * tail.c. Opens the looks over all tasks, while there is the privilege to: an iterator begins its
 * walk at its first read. 0, or a negative errno and one line in why; capture_close() closes them.
 */
int tail_prepare(struct capture *capture, char *why);

/*
 * Before the gate closes: what runs on the target CPUs that have seen no switch; after it
 * has closed: open slices, waits, and losses not yet told, appended to the stream's tail.
 * 0 or a negative errno.
 */
struct scan {
	struct scan_entry *entries;
	uint32_t count;
};
struct running_tasks {
	struct scan tasks;
	hwloc_bitmap_t online;
};
int tail_look_at_running(struct capture *capture, struct running_tasks *running);
void tail_free_running(struct running_tasks *running);
int tail_collect(struct capture *capture, const struct running_tasks *running);

/* session.c. Returns once every CPU has passed a full memory barrier, and left the program it was
 * in.
 */
void capture_all_cpus_barrier(void);

/*
 * machine.c. What the programs must know of the machine, from options.host (NULL: nothing is known
 * to be isolated, no siblings): before the load, and of each CPU once cpu_states is mapped.
 */
void machine_configure(const struct capture *capture, struct session_config *config);
void machine_describe_cpus(struct capture *capture);
/* One that comes while we trace was not idle until then. 0 or -ENOMEM. */
int machine_mark_offline(struct capture *capture);
/* Adds each CPU's sd_llc_id to options.host, where the kernel lets us look. */
void machine_learn_llc_ids(struct capture *capture);

/*
 * config.c. Sets the programs' configuration in the object that is open and not yet loaded. 0, or a
 * negative errno and one line in why.
 */
struct kernel_facts;
int config_set(struct capture *capture, const struct kernel_facts *facts, char *why);
uint32_t config_task_slots(void); /* length of task_slots: a power of two */
/* Entries of the hash of task states: for all tasks, or for those whose slot another task has. */
uint32_t config_task_hash(bool beside_slots);

/*
 * hooks.c. Loads and attaches what this kernel allows of the hooks on the choice of a CPU, and says
 * what that is in hooks_are. That nothing is allowed is no failure. 0 or -ENOMEM.
 */
int hooks_attach(struct capture *capture, const struct kernel_facts *facts);
void hooks_detach(struct capture *capture);

/*
 * groups.c. How many slots there are to be (1 without groups), before the load; maps and sets them, after it.
 * 0 or a negative errno; for group_tables_map() with one line in why.
 */
struct group_tables;
int group_tables_size(struct capture *capture);
uint32_t group_tables_slots(const struct capture *capture);
int group_tables_map(struct capture *capture, char *why);
void group_tables_free(struct capture *capture);

/* session.c. Opens what programs_skipped reads, while there is the privilege to. */
void capture_open_fdinfo(struct capture *capture);
/* Events that programs missed since a program of theirs was already running on that CPU. */
uint64_t capture_programs_skipped(const struct capture *capture);

/* load.c */
/* Shared memory of a map by its name, to be unmapped; NULL after one line in why. */
void *capture_map_memory(struct capture *capture, const char *name, size_t bytes, char *why);
size_t capture_whole_pages(size_t bytes);
#define TASK_SLOTS_MAX 65536u /* of task_slots: struct task_state each */
/* What the hash takes for an entry: its bucket, the kernel's struct htab_elem, key, and state. */
#define TASK_HASH_BYTES (16 + 48 + 8 + sizeof(struct task_state))
/* A target CPU's ring when --ring-size is not given, bytes, for that many CPUs online. */
size_t capture_default_ring_bytes(uint32_t cpus);
int capture_load(struct capture *capture, char *why);

#endif
