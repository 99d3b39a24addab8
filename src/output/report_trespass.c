// SPDX-License-Identifier: GPL-2.0-only
/* "Why here" as text and JSON: see report_trespass.h. */
#include "output/report_trespass.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/cpulist.h"
#include "output/json.h"
#include "output/labels.h"
#include "output/report.h"

#define LINES_IN_SECTION 6 /* between the first one and that on how many more there are */

#define PF_NO_SETAFFINITY 0x04000000u

struct view {
	FILE *file;
	const struct trespasses *trespasses;
	const struct task_table *tasks;
};

static const char *context_words(uint8_t context)
{
	static const char *const words[] = {
		[WAKER_SOFTIRQ] = "a soft interrupt",
		[WAKER_HARDIRQ] = "an interrupt",
		[WAKER_NMI] = "an NMI",
		[WAKER_INTERRUPT] = "an interrupt",
		[WAKER_IDLE] = "the idle task",
	};

	return context < sizeof(words) / sizeof(words[0]) ? words[context] : NULL;
}

/* "from ksmd[41] on CPU 2"; who was current in an interrupt did nothing. */
static void put_actor(const struct view *view, const struct arrival *a, const char *preposition)
{
	const char *words = context_words(a->context);
	char label[TASK_LABEL_MAX];

	if (!words && a->by != TASK_UNKNOWN)
		words = label_text(label, view->tasks, a->by);
	if (words)
		fprintf(view->file, " %s %s", preposition, words);
	if (a->by_cpu != CPU_UNKNOWN)
		fprintf(view->file, " on CPU %u", a->by_cpu);
}

static void put_wakeup(const struct view *view, const struct arrival *a)
{
	fputs(" by a wakeup", view->file);
	put_actor(view, a, "from");
	if (a->verdict.branch == BRANCH_UNKNOWN)
		fputs(" (branch not known)", view->file);
	else
		fprintf(view->file, " (%s%s%s)",
			a->door == DOOR_FALLBACK ? "affinity change while asleep: " : "",
			placement_branch_name(a->verdict.branch),
			a->verdict.certainty == UNSURE ? ", not sure" : "");
}

static void put_arrival(const struct view *view, const struct arrival *a)
{
	char time[DURATION_MAX];

	if (a->door == DOOR_BEFORE) {
		fputs("there before the trace began", view->file);
		return;
	}
	fputs("came", view->file);
	if (a->time_ns)
		fprintf(view->file, " at %s s", format_time(time, a->time_ns));
	if (a->from_cpu != CPU_UNKNOWN)
		fprintf(view->file, " from CPU %u", a->from_cpu);
	switch (a->door) {
	case DOOR_UNKNOWN:
		fputs(", by what was not observed", view->file);
		break;
	case DOOR_WAKEUP:
	case DOOR_FALLBACK:
		put_wakeup(view, a);
		break;
	case DOOR_FORK:
		fputs(" by a fork", view->file);
		put_actor(view, a, "from");
		break;
	default:
		fputs(", moved", view->file);
		put_actor(view, a, "by");
		fprintf(view->file, " (%s)", arrival_door_name(a->door));
	}
}

static void put_stays(const struct view *view, const struct residence *r)
{
	const char *separator = ": ";
	char count[COUNT_MAX];

	if (!r->stays) {
		fputs(r->left ? "; then left" : "", view->file);
		return;
	}
	fprintf(view->file, "; stayed for %s wakeup%s", format_count(count, r->stays),
		r->stays == 1 ? "" : "s");
	for (int b = 0; b < BRANCHES; b++) {
		if (!r->stay_branches[b])
			continue;
		fprintf(view->file, "%s%s", separator, placement_branch_name(b));
		if (r->stay_branches[b] != r->stays)
			fprintf(view->file, " %s", format_count(count, r->stay_branches[b]));
		separator = ", ";
	}
	if (r->left)
		fputs("; then left", view->file);
}

/* kind: whether the CPU is isolated, where the title does not say it. */
static void put_what(const struct view *view, const struct trespass *t, const char *kind)
{
	char label[TASK_LABEL_MAX], slices[COUNT_MAX], run[DURATION_MAX], max[DURATION_MAX];

	fprintf(view->file, "  %s on CPU %u%s: %s slice%s, %s, longest %s",
		label_text(label, view->tasks, t->row->task), t->row->cpu, kind,
		format_count(slices, t->row->slices), t->row->slices == 1 ? "" : "s",
		format_duration(run, t->row->run_ns), format_duration(max, t->row->run_max_ns));
}

static void put_mask(const struct view *view, const struct trespass *t)
{
	char *list = t->host_task && t->host_task->allowed ? cpulist_format(t->host_task->allowed)
							   : NULL;

	if (list)
		fprintf(view->file, "; it may run on CPUs %s", list);
	else if (t->task->cpus_allowed)
		fprintf(view->file, "; it may run on %u CPUs", t->task->cpus_allowed);
	free(list);
}

static void put_why(const struct view *view, const struct trespass *t)
{
	const char *text = trespass_cause_text(t->why.cause);
	const char *history = trespass_history(t->why.cause);
	enum arrival_door door = t->row->longest.arrival.door;

	if (text)
		fprintf(view->file, "%s%s%s%s%s", t->why.certain ? "" : "most likely ", text,
			history ? " (" : "", history ? history : "", history ? ")" : "");
	else if (door == DOOR_UNKNOWN || door == DOOR_BEFORE)
		fputs("not known: how it came was not seen", view->file);
	else
		fputs("not known: no cause is known for this way", view->file);
	if (t->why.cause == CAUSE_LLC_ID && t->llc_ids_known)
		fprintf(view->file, "; sd_llc_id reads %d on CPU %u, %d on CPU %u", t->llc_id,
			t->row->cpu, t->from_llc_id, t->row->longest.arrival.from_cpu);
}

/* A task without a tid is one whose identity was lost: taskset would take 0 for itself. */
static void put_way_off(const struct view *view, const struct trespass *t)
{
	char *list = NULL;

	if (t->task->flags & PF_NO_SETAFFINITY) {
		fputs("none, the kernel lets nobody change its mask", view->file);
	} else if (!t->task->tid) {
		fputs("not known, as its tid is not", view->file);
	} else if (!t->homes.cpus) {
		fputs("not known, as the machine is not", view->file);
	} else if (hwloc_bitmap_iszero(t->homes.cpus)) {
		fprintf(view->file, "none, %s", t->homes.why);
	} else {
		list = cpulist_format(t->homes.cpus);
		fprintf(view->file, "taskset -pc %s %u", list ? list : "CPUS", t->task->tid);
	}
	free(list);
}

/* Of the residence that ran most; how many there were, where that is not the only one. */
static void put_how(const struct view *view, const struct trespass *t)
{
	char count[COUNT_MAX];

	if (t->row->residences > 1)
		fprintf(view->file,
			"%s times; the longest: ", format_count(count, t->row->residences));
	put_arrival(view, &t->row->longest.arrival);
	put_stays(view, &t->row->longest);
}

/* Three lines on an isolated CPU, else one. */
static void put_in_section(const struct view *view, const struct trespass *t)
{
	bool mixed = view->trespasses->all[0].row->isolated;

	put_what(view, t, mixed && !t->row->isolated ? " (not isolated)" : "");
	fputs("; ", view->file);
	if (t->row->isolated) {
		fputs("way off: ", view->file);
		put_way_off(view, t);
		fputs("\n    how  ", view->file);
	}
	put_how(view, t);
	if (t->row->isolated) {
		fputs("\n    why  ", view->file);
		put_why(view, t);
	}
	fputc('\n', view->file);
}

void report_why_here(const struct output *out, const struct trespasses *trespasses,
		     const struct task_table *tasks)
{
	const struct view view = { out->file, trespasses, tasks };
	bool isolated = trespasses->count && trespasses->all[0].row->isolated;
	uint32_t shown = 0, lines = LINES_IN_SECTION;
	char run[DURATION_MAX];
	uint64_t more_ns = 0;

	if (!trespasses->count)
		return;
	fprintf(out->file, "\nwhy here: tasks that may run elsewhere%s\n",
		isolated ? ", on isolated CPUs"
			 : "; their CPU is not isolated, so the scheduler may take it for them");
	for (; shown < trespasses->count; shown++) {
		uint32_t needed = trespasses->all[shown].row->isolated ? 3 : 1;

		if (needed > lines)
			break;
		put_in_section(&view, &trespasses->all[shown]);
		lines -= needed;
	}
	for (uint32_t i = shown; i < trespasses->count; i++)
		more_ns += trespasses->all[i].row->run_ns;
	if (shown < trespasses->count)
		fprintf(out->file,
			"  and %u more, together %s; all: interloper wakeups --stories 0\n",
			trespasses->count - shown, format_duration(run, more_ns));
}

static void put_residence(const struct view *view, const char *title, const struct residence *r)
{
	fprintf(view->file, "    %-7s ", title);
	put_arrival(view, &r->arrival);
	put_stays(view, r);
	fputc('\n', view->file);
}

static void put_doors(const struct view *view, const struct arrival_row *row)
{
	const char *separator = ": ";
	char count[COUNT_MAX];

	fprintf(view->file, "    times   %s", format_count(count, row->residences));
	for (int door = 0; door < DOORS; door++) {
		if (!row->doors[door])
			continue;
		fprintf(view->file, "%s%s %s", separator, arrival_door_name(door),
			format_count(count, row->doors[door]));
		separator = ", ";
	}
	fputc('\n', view->file);
}

/* Where an arrival lies before the trace: what the snapshot, taken at its start, has of the task.
 */
static void put_snapshot(const struct view *view, const struct trespass *t)
{
	char comm[sizeof(t->parent->comm) + 1];

	if (!t->host_task || (t->row->first.arrival.door != DOOR_BEFORE &&
			      t->row->longest.arrival.door != DOOR_BEFORE))
		return;
	fprintf(view->file, "    before  last on CPU %d when the trace began",
		t->host_task->last_cpu);
	if (t->parent) {
		snprintf(comm, sizeof(comm), "%.*s", (int)sizeof(t->parent->comm), t->parent->comm);
		text_clean(comm);
		fprintf(view->file, "; its parent %s[%u] on CPU %d", comm, t->parent->tid,
			t->parent->last_cpu);
	}
	fputc('\n', view->file);
}

static void put_story(const struct view *view, const struct trespass *t)
{
	put_what(view, t, t->row->isolated ? " (isolated)" : " (not isolated)");
	put_mask(view, t);
	fputc('\n', view->file);
	if (t->row->residences > 1)
		put_doors(view, t->row);
	if (t->row->first.first_ns != t->row->longest.first_ns)
		put_residence(view, "first", &t->row->first);
	put_residence(view, t->row->residences > 1 ? "longest" : "how", &t->row->longest);
	put_snapshot(view, t);
	if (!t->row->isolated)
		return;
	fputs("    why     ", view->file);
	put_why(view, t);
	fputs("\n    off     ", view->file);
	put_way_off(view, t);
	fputc('\n', view->file);
}

void report_stories(const struct output *out, const struct trespasses *trespasses,
		    const struct task_table *tasks, uint32_t limit)
{
	const struct view view = { out->file, trespasses, tasks };
	uint32_t shown = trespasses->count;

	if (limit && limit < shown)
		shown = limit;
	fputs("\nstories: how they came, and why they stay\n", out->file);
	if (!shown)
		fputs("  none: no task that may run elsewhere ran on an isolated or target CPU\n",
		      out->file);
	for (uint32_t i = 0; i < shown; i++)
		put_story(&view, &trespasses->all[i]);
	if (shown < trespasses->count)
		fprintf(out->file, "  and %u more\n", trespasses->count - shown);
}

static json_t *arrival_json(const struct arrival *a, const struct task_table *tasks)
{
	static const char *const certainties[] = {
		[UNSURE] = "unsure", [SURE] = "sure", [OBSERVED] = "observed"
	};
	bool chosen = (a->door == DOOR_WAKEUP || a->door == DOOR_FALLBACK) &&
		      a->verdict.branch != BRANCH_UNKNOWN;
	json_t *object = json_object();

	json_put(&object, "door", json_string(arrival_door_name(a->door)));
	json_put(&object, "time_ns", json_u64_if(a->time_ns, a->time_ns));
	json_put(&object, "from_cpu", json_cpu(a->from_cpu));
	json_put(&object, "by", json_task(tasks, a->by));
	json_put(&object, "context", context_json(a->context));
	json_put(&object, "by_cpu", json_cpu(a->by_cpu));
	json_put(&object, "branch",
		 chosen ? json_string(placement_branch_name(a->verdict.branch)) : json_null());
	json_put(&object, "certainty",
		 chosen ? json_string(certainties[a->verdict.certainty]) : json_null());
	return object;
}

static json_t *residence_json(const struct residence *r, const struct task_table *tasks)
{
	json_t *object = json_object(), *branches = json_object();

	for (int b = 0; b < BRANCHES; b++)
		if (r->stay_branches[b])
			json_put(&branches, placement_branch_name(b),
				 json_u64(r->stay_branches[b]));
	json_put(&object, "arrival", arrival_json(&r->arrival, tasks));
	json_put(&object, "first_ns", json_u64(r->first_ns));
	json_put(&object, "last_ns", json_u64(r->last_ns));
	json_put(&object, "slices", json_u64(r->slices));
	json_put(&object, "run_ns", json_u64(r->run_ns));
	json_put(&object, "stays", json_u64(r->stays));
	json_put(&object, "stay_branches", branches);
	json_put(&object, "left", json_boolean(r->left));
	return object;
}

static json_t *host_task_json(const struct host_task *task)
{
	json_t *object;
	char comm[17];

	if (!task)
		return json_null();
	snprintf(comm, sizeof(comm), "%.*s", (int)sizeof(task->comm), task->comm);
	object = json_object();
	json_put(&object, "tid", json_u64(task->tid));
	json_put(&object, "comm", json_text(comm));
	json_put(&object, "last_cpu", json_integer(task->last_cpu));
	return object;
}

static json_t *trespass_json(const struct trespass *t, const struct task_table *tasks)
{
	json_t *object = json_object(), *doors = json_object(), *fixed = json_null();
	bool movable = t->homes.cpus && !hwloc_bitmap_iszero(t->homes.cpus);
	bool known = t->why.cause != CAUSE_UNKNOWN;

	if (t->task->tid)
		fixed = json_boolean(t->task->flags & PF_NO_SETAFFINITY);
	for (int door = 0; door < DOORS; door++)
		if (t->row->doors[door])
			json_put(&doors, arrival_door_name(door), json_u64(t->row->doors[door]));
	json_put(&object, "task", json_task(tasks, t->row->task));
	json_put(&object, "cpu", json_cpu(t->row->cpu));
	json_put(&object, "isolated", json_boolean(t->row->isolated));
	json_put(&object, "at_start", host_task_json(t->host_task));
	json_put(&object, "parent_at_start", host_task_json(t->parent));
	json_put(&object, "allowed_cpus", json_cpus(t->host_task ? t->host_task->allowed : NULL));
	json_put(&object, "allowed_cpu_count",
		 json_u64_if(t->task->cpus_allowed, t->task->cpus_allowed));
	json_put(&object, "slices", json_u64(t->row->slices));
	json_put(&object, "run_ns", json_u64(t->row->run_ns));
	json_put(&object, "run_max_ns", json_u64(t->row->run_max_ns));
	json_put(&object, "stays", json_u64(t->row->stays));
	json_put(&object, "residences", json_u64(t->row->residences));
	json_put(&object, "doors", doors);
	json_put(&object, "first", residence_json(&t->row->first, tasks));
	json_put(&object, "longest", residence_json(&t->row->longest, tasks));
	json_put(&object, "cause",
		 known ? json_string(trespass_cause_name(t->why.cause)) : json_null());
	json_put(&object, "cause_certain", known ? json_boolean(t->why.certain) : json_null());
	json_put(&object, "cause_text", json_text(trespass_cause_text(t->why.cause)));
	json_put(&object, "history", json_text(trespass_history(t->why.cause)));
	json_put(&object, "sd_llc_id", t->llc_ids_known ? json_integer(t->llc_id) : json_null());
	json_put(&object, "from_sd_llc_id",
		 t->llc_ids_known ? json_integer(t->from_llc_id) : json_null());
	json_put(&object, "mask_is_fixed", fixed);
	json_put(&object, "may_be_moved_to", json_cpus(movable ? t->homes.cpus : NULL));
	return object;
}

json_t *report_trespasses_json(const struct trespasses *trespasses, const struct task_table *tasks)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < trespasses->count; i++)
		json_add(&array, trespass_json(&trespasses->all[i], tasks));
	return array;
}
