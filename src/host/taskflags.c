// SPDX-License-Identifier: GPL-2.0-only
/* A task's flags and scheduling policy by name: see taskflags.h. */
#include "host/taskflags.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* The bits that mean the same in 5.10 and in every kernel since. */
static const struct {
	uint32_t bit;
	const char *name;
} flags_known[] = {
	{ 0x00000002, "PF_IDLE" },	    { 0x00000004, "PF_EXITING" },
	{ TASK_WQ_WORKER, "PF_WQ_WORKER" }, { 0x00000040, "PF_FORKNOEXEC" },
	{ 0x00000080, "PF_MCE_PROCESS" },   { 0x00000100, "PF_SUPERPRIV" },
	{ 0x00000200, "PF_DUMPCORE" },	    { 0x00000400, "PF_SIGNALED" },
	{ 0x00000800, "PF_MEMALLOC" },	    { 0x00001000, "PF_NPROC_EXCEEDED" },
	{ 0x00002000, "PF_USED_MATH" },	    { 0x00008000, "PF_NOFREEZE" },
	{ 0x00020000, "PF_KSWAPD" },	    { 0x00040000, "PF_MEMALLOC_NOFS" },
	{ 0x00080000, "PF_MEMALLOC_NOIO" }, { 0x00100000, "PF_LOCAL_THROTTLE" },
	{ TASK_KTHREAD, "PF_KTHREAD" },	    { 0x00400000, "PF_RANDOMIZE" },
	{ 0x08000000, "PF_MCE_EARLY" },	    { TASK_NO_SETAFFINITY, "PF_NO_SETAFFINITY" },
	{ 0x80000000, "PF_SUSPEND_TASK" },
};

const char *task_flag_name(uint64_t bit)
{
	for (size_t i = 0; i < sizeof(flags_known) / sizeof(*flags_known); i++)
		if (flags_known[i].bit == bit)
			return flags_known[i].name;
	return NULL;
}

char *task_flags_describe(uint64_t flags)
{
	const char *before = "", *name;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	if (!flags)
		fputs("none", file);
	for (uint64_t bit = 1; bit; bit <<= 1) {
		if (!(flags & bit))
			continue;
		name = task_flag_name(bit);
		if (name)
			fprintf(file, "%s%s", before, name);
		else
			fprintf(file, "%s0x%" PRIx64, before, bit);
		before = " ";
	}
	if (fclose(file)) {
		free(text);
		return NULL;
	}
	return text;
}

const char *task_policy_name(int policy)
{
	static const char *const names[] = {
		[0] = "SCHED_OTHER", [1] = "SCHED_FIFO",     [2] = "SCHED_RR",	[3] = "SCHED_BATCH",
		[5] = "SCHED_IDLE",  [6] = "SCHED_DEADLINE", [7] = "SCHED_EXT",
	};

	if (policy < 0 || policy >= (int)(sizeof(names) / sizeof(*names)))
		return NULL;
	return names[policy];
}
