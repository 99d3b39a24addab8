// SPDX-License-Identifier: GPL-2.0-only
/* The life of a live session: see capture.h. */
#include "capture/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int capture_open(struct capture **capture, const struct capture_options *options,
		 char why[CAPTURE_WHY_MAX])
{
	struct capture *c = calloc(1, sizeof(*c));
	int err = -ENOMEM;

	*capture = NULL;
	if (!c)
		return err;
	c->options = *options;
	for (int i = 0; i < SCANS; i++)
		c->scan_fds[i] = -1;
	err = capture_load(c, why);
	if (!err) {
		c->meta.task_filter = filter_describe_tasks(options->filter);
		*capture = c;
		return 0;
	}
	capture_close(c);
	return err;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	if (capture->control)
		capture->control->active = 0;
	hooks_detach(capture);
	for (int i = 0; i < capture->link_count; i++)
		bpf_link__destroy(capture->links[i]);
	for (int i = 0; i < SCANS; i++)
		if (capture->scan_fds[i] >= 0)
			close(capture->scan_fds[i]);
	bpf_link__destroy(capture->scan_link);
	if (capture->control)
		munmap(capture->control, capture->control_bytes);
	if (capture->cpu_states)
		munmap(capture->cpu_states, capture->cpu_states_bytes);
	if (capture->slots)
		munmap(capture->slots, capture->slots_bytes);
	if (capture->ring_slots)
		munmap(capture->ring_slots, capture->ring_bytes);
	group_tables_free(capture);
	for (int i = 0; i < capture->fdinfo_count; i++)
		close(capture->fdinfo_fds[i]);
	stream_free(&capture->stream, capture->cpu_count);
	bpf_object__close(capture->object);
	trace_meta_free(&capture->meta);
	free(capture);
}

struct trace_meta *capture_meta(struct capture *capture)
{
	return &capture->meta;
}

size_t capture_ring_bytes(const struct capture *capture)
{
	return capture->ring_bytes;
}

uint64_t capture_slices(const struct capture *capture)
{
	uint64_t sum = 0;

	for (uint32_t cpu = 0; cpu < capture->cpu_count; cpu++)
		sum += capture->cpu_states[cpu].slices_made;
	return sum;
}

unsigned int capture_pressure(const struct capture *capture)
{
	return capture->stream.pressure;
}

/*
 * What the kernel tells of a program in /proc, since 5.12 (9ed9e9ba2337). bpf() says it too, but
 * before 5.19 (c8644cd0efe7) wants a privilege for it that is gone by the trace's end; so is the
 * right to open these files where the user changed. An open one can be read again and again.
 */
void capture_open_fdinfo(struct capture *capture)
{
	struct bpf_program *program;
	char path[64];

	bpf_object__for_each_program(program, capture->object)
	{
		int fd;

		if (bpf_program__fd(program) < 0 || capture->fdinfo_count == MAX_PROGRAMS)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", bpf_program__fd(program));
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			capture->fdinfo_fds[capture->fdinfo_count++] = fd;
	}
}

static uint64_t recursion_misses(int fdinfo_fd)
{
	static const char key[] = "recursion_misses:";
	char text[1024];
	ssize_t length = pread(fdinfo_fd, text, sizeof(text) - 1, 0);
	const char *line;
	uint64_t misses = 0;

	text[length > 0 ? length : 0] = '\0';
	line = strstr(text, key);
	return line && sscanf(line + strlen(key), "%" SCNu64, &misses) == 1 ? misses : 0;
}

uint64_t capture_programs_skipped(const struct capture *capture)
{
	uint64_t sum = 0;

	for (int i = 0; i < capture->fdinfo_count; i++)
		sum += recursion_misses(capture->fdinfo_fds[i]);
	return sum - capture->skipped_at_start;
}

void capture_start(struct capture *capture)
{
	struct trace_meta *meta = &capture->meta;

	capture->skipped_at_start = capture_programs_skipped(capture);
	meta->realtime_offset_ns = (int64_t)(clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC));
	__atomic_store_n(&capture->control->active, 1, __ATOMIC_SEQ_CST);
	meta->start_ns = clock_ns(CLOCK_MONOTONIC);
	capture->stream.looked_ns = meta->start_ns;
}

/*
 * Programs run with preemption off, so a grace period (membarrier's GLOBAL command is one) ends
 * after the last of them that runs now.
 */
void capture_all_cpus_barrier(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(20000);
}

static void take_counts(struct capture *capture)
{
	for (uint32_t cpu = 0; cpu < capture->cpu_count; cpu++) {
		const struct cpu_state *state = &capture->cpu_states[cpu];
		struct cpu_counts *counts = &capture->meta.cpus[cpu];

		counts->slices_made = state->slices_made;
		counts->state_lost = state->state_lost;
		for (int kind = 0; kind < LOST_KINDS; kind++)
			counts->lost[kind] = state->lost[kind];
	}
	capture->meta.cpus[0].programs_skipped = capture_programs_skipped(capture);
}

int capture_stop(struct capture *capture)
{
	struct running_tasks running = {};
	int err = 0;

	if (capture->options.record)
		err = tail_look_at_running(capture, &running);
	capture->meta.end_ns = clock_ns(CLOCK_MONOTONIC);
	__atomic_store_n(&capture->control->active, 0, __ATOMIC_SEQ_CST);
	capture_all_cpus_barrier();
	take_counts(capture);
	if (capture->options.record && !err)
		err = tail_collect(capture, &running);
	tail_free_running(&running);
	capture->stream.at_end = true;
	capture->meta.incomplete = err != 0;
	return err;
}
