// SPDX-License-Identifier: GPL-2.0-only
/* The life of a live session: see capture.h. */
#include "capture/internal.h"

#include <errno.h>
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
 * before 5.19 (c8644cd0efe7) wants a privilege for it that is gone by the trace's end.
 */
static uint64_t recursion_misses(int program_fd)
{
	char path[64], line[128];
	uint64_t misses = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", program_fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "recursion_misses: %" SCNu64, &misses) == 1)
			break;
	if (file)
		fclose(file);
	return misses;
}

/* Events that programs missed since a program of theirs was already running on that CPU. */
static uint64_t programs_skipped(struct capture *capture)
{
	struct bpf_program *program;
	uint64_t sum = 0;

	bpf_object__for_each_program(program, capture->object)
	{
		if (bpf_program__fd(program) >= 0)
			sum += recursion_misses(bpf_program__fd(program));
	}
	return sum;
}

void capture_start(struct capture *capture)
{
	struct trace_meta *meta = &capture->meta;

	capture->skipped_at_start = programs_skipped(capture);
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
	capture->meta.cpus[0].programs_skipped =
		programs_skipped(capture) - capture->skipped_at_start;
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
