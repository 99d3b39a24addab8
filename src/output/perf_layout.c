// SPDX-License-Identifier: GPL-2.0-only
/* `perf sched timehist`'s own lines: see perf_layout.h. */
#include "output/perf_layout.h"

#include "output/output.h"
#include "output/put.h"

#define NAME_WIDTH 30
#define NAME_SIZE  32 /* perf's buffer for a name: what does not fit is cut */
#define NEXT_SIZE  30 /* likewise, for "next: ..." */

/* perf's comm, ids and brackets before they are cut. */
#define NAME_MAX_RAW 64

void perf_layout_init(struct perf_layout *layout, FILE *file, enum perf_compat version, bool state,
		      bool next)
{
	*layout = (struct perf_layout){
		.file = file,
		.version = version,
		.state = state,
		.next = next,
		.name_width = NAME_WIDTH,
	};
}

void perf_layout_head(const struct perf_layout *layout)
{
	static const char dashes[] = "------------------------------";
	static const char *const state[3] = { "  state", "       ", "  -----" };
	FILE *file = layout->file;

	fprintf(file, "%15s %6s  %-*s  %9s  %9s  %9s%s\n", "time", "cpu", NAME_WIDTH, "task name",
		"wait time", "sch delay", "run time", layout->state ? state[0] : "");
	fprintf(file, "%15s %6s  %-*s  %9s  %9s  %9s%s\n", "", "", NAME_WIDTH, "[tid/pid]",
		"(msec)", "(msec)", "(msec)", layout->state ? state[1] : "");
	fprintf(file, "%.15s %.6s  %.*s  %.9s  %.9s  %.9s%s\n", dashes, dashes, NAME_WIDTH, dashes,
		dashes, dashes, dashes, layout->state ? state[2] : "");
}

/* perf prints ids as %d. */
static char *put_int(char *p, int32_t value)
{
	if (value < 0)
		*p++ = '-';
	return put_uint(p, value < 0 ? -(uint32_t)value : (uint32_t)value);
}

static char *put_comm(char *p, const char comm[TASK_COMM_LEN])
{
	size_t len = strnlen(comm, TASK_COMM_LEN);

	memcpy(p, comm, TASK_COMM_LEN);
	p[len] = '\0';
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)(p[i] - ' ') >= 0x7f - ' ')
			return p + text_clean(p);
	return p + len;
}

static char *end_at(char *text, char *end, size_t size)
{
	return end - text < (ptrdiff_t)size ? end : text + size - 1;
}

static char *put_padded(char *p, const char *text, size_t len, size_t width)
{
	memcpy(p, text, len);
	p += len;
	return len < width ? put_blanks(p, width - len) : p;
}

static char *put_thread(struct perf_layout *layout, char *p, const struct perf_row *row)
{
	char text[NAME_MAX_RAW + PUT_SLACK], *end = put_comm(text, row->comm);

	if (row->pid) {
		*end++ = '[';
		end = put_int(end, row->tid);
		if (row->tid != row->pid) {
			*end++ = '/';
			end = put_int(end, row->pid);
		}
		*end++ = ']';
	}
	end = end_at(text, end, NAME_SIZE);
	if (end - text > layout->name_width)
		layout->name_width = end - text;
	return put_padded(p, text, end - text, layout->name_width);
}

static char *put_next(const struct perf_layout *layout, char *p, const struct perf_row *row)
{
	char text[NAME_MAX_RAW + PUT_SLACK] = "next: ", *end = put_comm(text + 6, row->next_comm);

	*end++ = '[';
	end = put_int(end, row->next_tid);
	*end++ = ']';
	end = end_at(text, end, NEXT_SIZE);
	return put_padded(p, text, end - text, layout->name_width);
}

/* Right-aligned in 4 with zeros. */
static char *put_cpu(char *p, uint32_t cpu)
{
	*p++ = '[';
	for (uint32_t above = 1000; above > 1 && cpu < above; above /= 10)
		*p++ = '0';
	p = put_uint(p, cpu);
	*p++ = ']';
	return p;
}

static void put_lost(const struct perf_layout *layout, const struct perf_row *row)
{
	char text[PUT_SLACK * 2];

	*put_time(text, row->time_ns) = '\0';
	fprintf(layout->file, "%s lost %" PRIu64 " events on cpu %d\n", text, row->lost,
		(int)row->cpu);
}

void perf_layout_row(struct perf_layout *layout, const struct perf_row *row)
{
	char line[512 + PUT_SLACK], *p = line;

	if (row->type == PERF_ROW_LOST) {
		put_lost(layout, row);
		return;
	}
	p = put_time(p, row->time_ns);
	*p++ = ' ';
	p = put_cpu(p, row->cpu);
	*p++ = ' ';
	*p++ = ' ';
	p = put_thread(layout, p, row);
	p = put_msec(p, row->wait_ns);
	p = put_msec(p, row->delay_ns);
	p = put_msec(p, row->run_ns);
	*p++ = ' ';
	if (layout->state) {
		p = put_blanks(p, 5);
		*p++ = row->state;
		*p++ = ' ';
	}
	if (layout->next) {
		*p++ = ' ';
		p = put_next(layout, p, row);
	}
	*p++ = '\n';
	fwrite(line, 1, p - line, layout->file);
}

static void footer_line(const struct perf_layout *layout, uint64_t count, const char *what)
{
	if (count)
		fprintf(layout->file, "%" PRIu64 " row%s %s\n", count, count == 1 ? "" : "s", what);
}

void perf_layout_footer(const struct perf_layout *layout, const struct perf_defect_counts *counts)
{
	static const char *const what[PERF_DEFECTS] = {
		[PERF_FIRST] = "where perf shows 0.000: the slice began before the recording",
		[PERF_IDLE_DELAY] = "where perf shows a delay of the idle task, which never waits",
		[PERF_EXITED] = "of exited tasks, which perf takes for one: -1",
		[PERF_GAP] = "where perf's times are wrong: the slice's start was not recorded",
		[PERF_FORGOTTEN] =
			"where perf shows 0.000: it has forgotten what the task waited for",
		[PERF_WOKEN_RUNNING] =
			"where perf shows 0.000: the task was woken while still running",
		[PERF_PREEMPTED] =
			"where perf shows 0.000: the task was preempted, and then waited",
		[PERF_WOKEN_QUEUED] = "where perf's delay is short: it counts from a wakeup that "
				      "found the task waiting already",
		[PERF_NO_WAKEUP] = "where perf's delay is not known: the wakeup was not recorded",
		[PERF_UNKNOWN_WAIT] = "where perf's delay is not known: part of the wait was not "
				      "recorded",
		[PERF_OTHER_DELAY] = "where perf's delay is wrong, for another reason",
	};

	for (int i = PERF_RIGHT + 1; i < PERF_DEFECTS; i++)
		footer_line(layout, counts->defects[i], what[i]);
	footer_line(layout, counts->nameless, "where perf has no name for the task: \":TID\"");
	footer_line(layout, counts->cut_names, "where perf cuts the name");
	if (counts->skipped)
		fprintf(layout->file, "%" PRIu64 " events left out: damaged\n", counts->skipped);
}
