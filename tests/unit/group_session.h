/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session that counts groups, without a kernel: src/capture/groups.c with plain memory in the place of the
 * programs' maps. Whoever includes this is that file's only user.
 */
#ifndef INTERLOPER_GROUP_SESSION_H
#define INTERLOPER_GROUP_SESSION_H

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../src/capture/groups.c"

/* What clock_ns() says; 0: the machine's clock. */
static uint64_t session_clock_ns;

uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return session_clock_ns ? session_clock_ns : ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

size_t capture_whole_pages(size_t bytes)
{
	return bytes;
}

void *capture_map_memory(struct capture *capture, const char *name, size_t bytes, char *why)
{
	(void)capture;
	(void)name;
	(void)why;
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

uint64_t capture_programs_skipped(const struct capture *capture)
{
	(void)capture;
	return 0;
}

/* All CPUs are targets and have seen a switch. 0, or -ENOMEM: to be closed all the same. */
static inline int session_open(struct capture *capture, uint32_t cpus)
{
	struct group_tables *tables = calloc(1, sizeof(*tables));
	char why[CAPTURE_WHY_MAX];

	memset(capture, 0, sizeof(*capture));
	capture->cpu_count = cpus;
	capture->groups = tables;
	capture->cpu_states = calloc(cpus, sizeof(*capture->cpu_states));
	if (!tables || !capture->cpu_states)
		return -ENOMEM;
	tables->table_lengths = calloc(cpus, sizeof(*tables->table_lengths));
	if (!tables->table_lengths)
		return -ENOMEM;
	for (uint32_t cpu = 0; cpu < cpus; cpu++) {
		capture->cpu_states[cpu].target = capture->cpu_states[cpu].seen = 1;
		tables->table_lengths[cpu] = TABLE_ONLINE;
		tables->slot_count += GROUP_CLASSES + TABLE_ONLINE;
	}
	return group_tables_map(capture, why);
}

static inline void session_close(struct capture *capture)
{
	group_tables_free(capture);
	free(capture->cpu_states);
}

/* A slot of a CPU's table, behind those of the classes' rest. */
static inline struct group_slot *session_slot(struct capture *capture, uint32_t cpu, uint32_t place)
{
	return &capture->groups->live[capture->groups->cpus[cpu].first + GROUP_CLASSES + place];
}

#endif
