// SPDX-License-Identifier: GPL-2.0-only
/* Other BPF programs on the scheduler's way: see others.h. */
#include "capture/others.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES_MAX 4 /* more are only counted */

/* What a switch or a wakeup passes through. */
static bool on_the_way(const char *name)
{
	static const char *const beginnings[] = {
		"sched_",     "select_task_rq", "select_idle_",	  "try_to_wake_up",
		"ttwu_",      "enqueue_task",	"dequeue_task",	  "pick_next_",
		"__schedule", "schedule",	"finish_task_sw",
	};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
		if (!strncmp(name, beginnings[i], strlen(beginnings[i])))
			return true;
	return false;
}

static void program_info(uint32_t id, struct bpf_prog_info *info)
{
	uint32_t size = sizeof(*info);
	int fd = bpf_prog_get_fd_by_id(id);

	memset(info, 0, sizeof(*info));
	if (fd < 0)
		return;
	if (bpf_obj_get_info_by_fd(fd, info, &size))
		memset(info, 0, sizeof(*info));
	close(fd);
}

static void add(struct others *others, const char *where, uint32_t program)
{
	char *before = others->names, *joined;
	struct bpf_prog_info info;

	if (others->sched++ >= NAMES_MAX)
		return;
	program_info(program, &info);
	if (asprintf(&joined, "%s%s%s (%s)", before ? before : "", before ? ", " : "", where,
		     *info.name ? info.name : "no name") < 0)
		return;
	free(before);
	others->names = joined;
}

static void look_at_link(struct others *others, int fd, const struct btf *btf)
{
	struct bpf_link_info info = {};
	uint32_t size = sizeof(info);
	const struct btf_type *type;
	const char *name = NULL;
	char tracepoint[64] = "";

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return;
	if (info.type == BPF_LINK_TYPE_RAW_TRACEPOINT) {
		/* The name is asked for by a second call, with room for it. */
		info.raw_tracepoint.tp_name = (uintptr_t)tracepoint;
		info.raw_tracepoint.tp_name_len = sizeof(tracepoint);
		size = sizeof(info);
		if (!bpf_obj_get_info_by_fd(fd, &info, &size))
			name = tracepoint;
	} else if (info.type == BPF_LINK_TYPE_TRACING && btf) {
		type = btf__type_by_id(btf, info.tracing.target_btf_id);
		/* A module's or a program's ids go on where the kernel's end, or mean others. */
		if (type && btf_is_func(type))
			name = btf__name_by_offset(btf, type->name_off);
	}
	if (name && on_the_way(name))
		add(others, name, info.prog_id);
}

/* These are attached to perf events, and only kernels from 6.6 on tell which. */
static void count_classic(struct others *others)
{
	struct bpf_prog_info info;
	uint32_t id = 0;

	while (!bpf_prog_get_next_id(id, &id)) {
		program_info(id, &info);
		others->classic += info.type == BPF_PROG_TYPE_TRACEPOINT;
	}
}

void others_read(struct others *others, const struct btf *btf)
{
	uint32_t id = 0;
	int fd, err;

	memset(others, 0, sizeof(*others));
	while (!(err = bpf_link_get_next_id(id, &id))) {
		fd = bpf_link_get_fd_by_id(id);
		if (fd < 0)
			continue;
		look_at_link(others, fd, btf);
		close(fd);
	}
	if (err != -ENOENT)
		others->error = err;
	else
		count_classic(others);
}

void others_free(struct others *others)
{
	free(others->names);
	memset(others, 0, sizeof(*others));
}
