// SPDX-License-Identifier: GPL-2.0-only
/* The rows of `perf sched timehist`, its defects included: see perf_rows.h. */
#include "import/perf_rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "import/perf_threads.h"

#define CPU_LIMIT  65536
#define FIRST_CPUS 8

/* The bit in a switch's raw state that its format shows as "+". */
#define STATE_PREEMPTED 0x100u

#define NAME_SHOWN_MAX 31

struct perf_cpu {
	uint64_t last_ns; /* its last switch; 0: none yet */
	int32_t next_tid; /* who came then */
	uint32_t losses;  /* how many had been told then */
	struct perf_thread idle;
};

struct perf_rows {
	struct perf_rows_options options;
	struct perf_threads threads;
	struct perf_cpu *cpus;
	uint32_t cpu_count;
	uint32_t losses;
	struct perf_defect_counts counts;
};

struct perf_rows *perf_rows_new(const struct perf_rows_options *options)
{
	struct perf_rows *rows = calloc(1, sizeof(*rows));

	if (!rows)
		return NULL;
	rows->options = *options;
	if (perf_threads_init(&rows->threads)) {
		free(rows);
		return NULL;
	}
	return rows;
}

void perf_rows_free(struct perf_rows *rows)
{
	if (!rows)
		return;
	perf_threads_free(&rows->threads);
	free(rows->cpus);
	free(rows);
}

const struct perf_defect_counts *perf_rows_defects(const struct perf_rows *rows)
{
	return &rows->counts;
}

/* NULL: no memory. */
static struct perf_cpu *cpu_get(struct perf_rows *rows, uint32_t cpu)
{
	uint32_t count = rows->cpu_count ? rows->cpu_count : FIRST_CPUS;
	struct perf_cpu *grown;

	if (cpu < rows->cpu_count)
		return &rows->cpus[cpu];
	while (count <= cpu)
		count *= 2;
	grown = realloc(rows->cpus, count * sizeof(*grown));
	if (!grown)
		return NULL;
	memset(grown + rows->cpu_count, 0, (count - rows->cpu_count) * sizeof(*grown));
	for (uint32_t i = rows->cpu_count; i < count; i++)
		perf_thread_set_comm(&grown[i].idle, "<idle>");
	rows->cpus = grown;
	rows->cpu_count = count;
	return &rows->cpus[cpu];
}

static char state_shown(const struct perf_rows *rows, const struct sched_event *e)
{
	static const char old[] = "RSDTtZXxKWP", new[] = "RSDTtXZPI";
	unsigned int bit = ffs(e->state | (e->preempt ? STATE_PREEMPTED : 0));

	if (rows->options.version == PERF_6_1)
		return bit < sizeof(old) - 1 ? old[bit] : '?';
	return bit < sizeof(new) - 1 ? new[bit] : 'R';
}

/* The thread that perf holds a switch to be of. NULL: no memory. */
static struct perf_thread *switch_thread(struct perf_rows *rows, struct perf_cpu *cpu,
					 const struct sched_event *e)
{
	int32_t tid = e->current_tid, pid = e->current_pid;
	struct perf_thread *thread;

	if (tid == TID_UNKNOWN)
		tid = e->tid;
	if (pid == TID_UNKNOWN)
		pid = -1;
	/* It mentions whom the sample names before it looks whether that is the idle task. */
	if (!perf_threads_mention(&rows->threads, pid, tid))
		return NULL;
	if (!e->tid)
		return &cpu->idle;
	thread = perf_threads_mention(&rows->threads, pid, tid ? tid : pid);
	if (!thread || !perf_threads_mention(&rows->threads, pid, pid))
		return NULL;
	if (!thread->named && !(rows->options.has & SCHED_HAS(SCHED_NAME)))
		perf_thread_set_comm(thread, e->comm);
	return thread;
}

static void row_times(struct perf_row *row, const struct perf_thread *thread, uint64_t in_ns)
{
	row->run_ns = row->wait_ns = row->delay_ns = 0;
	if (!in_ns)
		return;
	row->run_ns = row->time_ns - in_ns;
	if (thread->ready_ns && thread->ready_ns <= in_ns)
		row->delay_ns = in_ns - thread->ready_ns;
	if (thread->left_ns && thread->left_ns <= in_ns)
		row->wait_ns = in_ns - thread->left_ns;
}

/* Of a delay that shows in microseconds. */
static enum perf_defect delay_defect(const struct perf_row *row, const struct perf_thread *thread,
				     const struct perf_truth *truth)
{
	uint64_t delay_ns;

	if (!perf_truth_delay_ns(truth, &delay_ns))
		return truth->wait == PERF_WAIT_NO_WAKEUP ? PERF_NO_WAKEUP : PERF_UNKNOWN_WAIT;
	if (delay_ns / 1000 == row->delay_ns / 1000)
		return PERF_RIGHT;
	if (!thread->left_ns && !thread->ready_ns)
		return PERF_FORGOTTEN;
	if (truth->wait == PERF_WAIT_PREEMPTED)
		return row->delay_ns / 1000 ? PERF_WOKEN_QUEUED : PERF_PREEMPTED;
	if (truth->wait == PERF_WAIT_WOKEN_RUNNING && !(row->delay_ns / 1000))
		return PERF_WOKEN_RUNNING;
	return PERF_OTHER_DELAY;
}

static enum perf_defect row_defect(const struct perf_rows *rows, const struct perf_row *row,
				   const struct perf_cpu *cpu, const struct perf_thread *thread,
				   const struct sched_event *e, const struct perf_truth *truth)
{
	if (!cpu->last_ns)
		return PERF_FIRST;
	if (cpu->next_tid != e->tid && row->tid != -1)
		return PERF_GAP;
	if (cpu->losses != rows->losses)
		return PERF_GAP;
	if (!e->tid)
		return row->delay_ns / 1000 ? PERF_IDLE_DELAY : PERF_RIGHT;
	if (row->tid == -1)
		return PERF_EXITED;
	return delay_defect(row, thread, truth);
}

/* Only of the widest ids is there more than perf shows: comm[4194303/4194302]. */
static bool name_is_cut(const struct perf_row *row)
{
	char text[64];

	if (row->tid == row->pid || row->tid < 1000000 || row->pid < 1000000)
		return false;
	return snprintf(text, sizeof(text), "%s[%d/%d]", row->comm, row->tid, row->pid) >
	       NAME_SHOWN_MAX;
}

static void count_row(struct perf_rows *rows, const struct perf_row *row,
		      const struct perf_thread *thread)
{
	rows->counts.rows++;
	rows->counts.defects[row->defect]++;
	rows->counts.nameless += !thread->named && row->tid != -1;
	rows->counts.cut_names += name_is_cut(row);
}

/* What perf knows of the thread after it left. */
static void leave(const struct perf_rows *rows, struct perf_thread *thread,
		  const struct sched_event *e)
{
	thread->left_ns = e->time_ns;
	thread->ready_ns = 0;
	if (rows->options.version == PERF_6_12 && state_shown(rows, e) == 'R')
		thread->ready_ns = e->time_ns;
}

static int add_switch(struct perf_rows *rows, const struct sched_event *e, struct perf_row *row)
{
	struct perf_cpu *cpu = cpu_get(rows, e->cpu);
	struct perf_thread *thread = cpu ? switch_thread(rows, cpu, e) : NULL;
	struct perf_thread *out = thread ? perf_threads_slot(&rows->threads, e->tid) : NULL;
	struct perf_thread *in = out ? perf_threads_slot(&rows->threads, e->other_tid) : NULL;

	if (!in)
		return -ENOMEM;
	row->type = PERF_ROW_SWITCH;
	row->time_ns = e->time_ns;
	row->cpu = e->cpu;
	row->tid = thread->tid;
	row->pid = thread->pid;
	row->next_tid = e->other_tid;
	row->state = thread->tid ? state_shown(rows, e) : 'I';
	row->lost = 0;
	memcpy(row->comm, thread->comm, sizeof(row->comm));
	memcpy(row->next_comm, e->other_comm, sizeof(row->next_comm));
	row->next_comm[sizeof(row->next_comm) - 1] = '\0';
	row_times(row, thread, cpu->last_ns);
	row->defect = row_defect(rows, row, cpu, thread, e, &out->truth);
	count_row(rows, row, thread);
	leave(rows, thread, e);
	perf_truth_switch_out(&out->truth, e, rows->losses);
	perf_truth_switch_in(&in->truth, e->time_ns, rows->losses, rows->options.partial);
	cpu->last_ns = e->time_ns;
	cpu->next_tid = e->other_tid;
	cpu->losses = rows->losses;
	return 1;
}

static int add_wakeup(struct perf_rows *rows, const struct sched_event *e)
{
	struct perf_thread *thread;

	if (e->type == SCHED_WAKEUP && rows->options.has & SCHED_HAS(SCHED_WAKING))
		return 0;
	thread = perf_threads_mention(&rows->threads, 0, e->tid);
	if (!thread)
		return -ENOMEM;
	if (!thread->ready_ns)
		thread->ready_ns = e->time_ns;
	perf_truth_wakeup(&thread->truth, e->time_ns, rows->losses);
	return 0;
}

static int add_fork(struct perf_rows *rows, const struct sched_event *e)
{
	int32_t parent_pid = e->other_tid;

	if (e->pid == TID_UNKNOWN)
		return 0;
	if (e->current_tid == e->other_tid && e->current_pid != TID_UNKNOWN)
		parent_pid = e->current_pid;
	return perf_threads_fork(&rows->threads, e->pid, e->tid, parent_pid, e->other_tid);
}

static int add_exit(struct perf_rows *rows, const struct sched_event *e)
{
	struct perf_thread *thread;

	if (e->pid == TID_UNKNOWN || rows->options.version == PERF_6_1)
		return 0;
	thread = perf_threads_slot(&rows->threads, e->tid);
	if (!thread)
		return -ENOMEM;
	thread->known = false;
	return 0;
}

static int add_name(struct perf_rows *rows, const struct sched_event *e)
{
	int32_t pid = e->pid == TID_UNKNOWN ? -1 : e->pid;

	return perf_threads_name(&rows->threads, pid, e->tid, e->comm);
}

static int add_lost(struct perf_rows *rows, const struct sched_event *e, struct perf_row *row)
{
	rows->losses++;
	rows->counts.lost_rows++;
	memset(row, 0, sizeof(*row));
	row->type = PERF_ROW_LOST;
	row->time_ns = e->time_ns;
	row->cpu = e->cpu;
	row->lost = e->lost;
	return 1;
}

static bool id_is_sane(int32_t id)
{
	return id == TID_UNKNOWN || perf_tid_is_sane(id);
}

/* An id or a CPU that no machine has would only make memory go. */
static bool event_is_sane(const struct sched_event *e)
{
	if (!id_is_sane(e->current_tid) || !id_is_sane(e->current_pid))
		return false;
	switch (e->type) {
	case SCHED_SWITCH:
		return e->cpu < CPU_LIMIT && perf_tid_is_sane(e->tid) &&
		       perf_tid_is_sane(e->other_tid);
	case SCHED_FORK:
		return perf_tid_is_sane(e->tid) && id_is_sane(e->pid) &&
		       perf_tid_is_sane(e->other_tid);
	case SCHED_LOST:
		return true;
	default:
		return perf_tid_is_sane(e->tid) && id_is_sane(e->pid);
	}
}

int perf_rows_add(struct perf_rows *rows, const struct sched_event *e, struct perf_row *row)
{
	if (!event_is_sane(e)) {
		rows->counts.skipped++;
		return 0;
	}
	switch (e->type) {
	case SCHED_SWITCH:
		return add_switch(rows, e, row);
	case SCHED_WAKING:
	case SCHED_WAKEUP:
	case SCHED_WAKEUP_NEW:
		return add_wakeup(rows, e);
	case SCHED_FORK:
		return add_fork(rows, e);
	case SCHED_EXIT:
		return add_exit(rows, e);
	case SCHED_NAME:
		return add_name(rows, e);
	case SCHED_LOST:
		return add_lost(rows, e, row);
	default:
		return 0;
	}
}
