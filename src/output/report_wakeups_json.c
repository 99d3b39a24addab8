// SPDX-License-Identifier: GPL-2.0-only
/* Wakeups as JSON: docs/json-schema.md. */
#include <stdlib.h>

#include "output/json.h"
#include "output/report.h"
#include "output/report_wakeups.h"

static json_t *class_json(enum placement_class class)
{
	return class == PLACEMENT_UNKNOWN ? json_null() : json_string(placement_class_name(class));
}

static json_t *branch_json(enum placement_branch branch)
{
	return branch == BRANCH_UNKNOWN ? json_null() : json_string(placement_branch_name(branch));
}

void report_placement_json(json_t **object, enum placement_class class,
			   struct placement_verdict verdict)
{
	bool known = verdict.branch != BRANCH_UNKNOWN;

	json_put(object, "placement_class", class_json(class));
	json_put(object, "placement_branch", branch_json(verdict.branch));
	json_put(object, "placement_certainty",
		 known ? json_string(placement_certainty_name(verdict.certainty)) : json_null());
}

static json_t *classes_json(const struct wakeups_row *row)
{
	json_t *array = json_array();

	for (int i = 0; i < PLACEMENT_CLASSES; i++) {
		json_t *object;

		if (!row->classes[i])
			continue;
		object = json_object();
		json_put(&object, "class", class_json(i));
		json_put(&object, "wakeups", json_u64(row->classes[i]));
		json_put(&object, "wake_delay", json_histogram(&row->class_delay[i]));
		json_add(&array, object);
	}
	return array;
}

static json_t *branches_json(const struct wakeups_row *row)
{
	json_t *array = json_array();

	for (int i = 0; i < BRANCHES; i++) {
		const uint64_t *n = row->branches[i];
		bool known = i != BRANCH_UNKNOWN;
		json_t *object;

		if (!n[UNSURE] && !n[SURE] && !n[OBSERVED])
			continue;
		object = json_object();
		json_put(&object, "branch", branch_json(i));
		json_put(&object, "wakeups", json_u64(n[UNSURE] + n[SURE] + n[OBSERVED]));
		for (int certainty = OBSERVED; certainty >= UNSURE; certainty--)
			json_put(&object, placement_certainty_name(certainty),
				 json_u64_if(known, n[certainty]));
		json_add(&array, object);
	}
	return array;
}

static json_t *certainty_json(const struct wakeups_row *row)
{
	json_t *object = json_object();

	for (int certainty = OBSERVED; certainty >= UNSURE; certainty--)
		json_put(&object, placement_certainty_name(certainty),
			 json_u64(row->certain[certainty]));
	json_put(&object, "unknown", json_u64(row->branch_unknown));
	return object;
}

static json_t *contexts_json(const struct wakeups_row *row)
{
	json_t *array = json_array();

	for (int i = 0; i < WAKER_CONTEXTS; i++) {
		json_t *object;

		if (!row->contexts[i])
			continue;
		object = json_object();
		json_put(&object, "context", context_json(i));
		json_put(&object, "wakeups", json_u64(row->contexts[i]));
		json_add(&array, object);
	}
	return array;
}

static json_t *place_json(int32_t place)
{
	return json_u64_if(place >= 0, place);
}

static json_t *pairs_json(const struct wakeups_row *row)
{
	json_t *array = json_array();

	for (int i = 0; i < WAKEUPS_TOP && row->pairs[i].count; i++) {
		json_t *object = json_object();

		json_put(&object, "previous_cpu", place_json(row->pairs[i].from));
		json_put(&object, "chosen_cpu", place_json(row->pairs[i].to));
		json_put(&object, "wakeups", json_u64(row->pairs[i].count));
		json_add(&array, object);
	}
	return array;
}

static json_t *wakers_json(const struct wakeups_row *row, const struct task_table *tasks)
{
	json_t *array = json_array();

	for (int i = 0; i < WAKEUPS_TOP && row->wakers[i].count; i++) {
		json_t *object = json_object();

		json_put(&object, "waker", json_task(tasks, row->wakers[i].task));
		json_put(&object, "waker_context", context_json(row->wakers[i].context));
		json_put(&object, "wakeups", json_u64(row->wakers[i].count));
		json_add(&array, object);
	}
	return array;
}

static json_t *movers_json(const struct wakeups_row *row)
{
	static const char *const names[MOVERS] = {
		[MOVER_UNKNOWN] = "unknown", [MOVER_NUMA_SWAP] = "numa_swap",
		[MOVER_NUMA] = "numa",	     [MOVER_EXEC] = "exec",
		[MOVER_HOTPLUG] = "hotplug", [MOVER_AFFINITY] = "affinity",
		[MOVER_STOPPER] = "stopper", [MOVER_PULL] = "load_balance",
	};
	json_t *object = json_object();

	for (int i = 0; i < MOVERS; i++)
		json_put(&object, names[i], json_u64(row->movers[i]));
	return object;
}

/* Null as a whole where is not known which CPUs are isolated. */
static json_t *trespasses_json(const struct wakeups_row *row, bool known)
{
	json_t *object;

	if (!known)
		return json_null();
	object = json_object();
	json_put(&object, "arrivals", json_u64(row->arrivals));
	json_put(&object, "stays", json_u64(row->stays));
	json_put(&object, "origin_unknown", json_u64(row->origin_unknown));
	json_put(&object, "moves", movers_json(row));
	return object;
}

static json_t *row_json(const struct wakeups_report *report, const struct wakeups_row *row)
{
	const struct task_table *tasks = report->tasks;
	json_t *object = json_object();

	json_put(&object, "task", json_task(tasks, row->task));
	json_put(&object, "cpu", json_cpu(row->cpu));
	json_put(&object, "wakeups", json_u64(row->wakeups));
	json_put(&object, "spare_wakeups", json_u64(row->spare_wakes));
	json_put(&object, "waiting", json_u64(row->cut_waits));
	json_put(&object, "wake_delay", json_histogram(&row->delay));
	json_put(&object, "classes", classes_json(row));
	json_put(&object, "branches", branches_json(row));
	json_put(&object, "branch_certainty", certainty_json(row));
	json_put(&object, "waker_contexts", contexts_json(row));
	json_put(&object, "top_wakers", wakers_json(row, tasks));
	json_put(&object, "top_pairs", pairs_json(row));
	json_put(&object, "trespasses", trespasses_json(row, report->host));
	return object;
}

static json_t *rows_json(const struct wakeups_report *report, enum wakeups_by by)
{
	const struct wakeups_row *const *rows;
	uint32_t n = wakeups_rows(report->wakeups, by, &rows);
	json_t *array = json_array();

	for (uint32_t i = 0; i < n; i++)
		json_add(&array, row_json(report, rows[i]));
	return array;
}

static json_t *place_cpus_json(const struct wakeups_report *report, int32_t id)
{
	char *cpus = id >= 0 ? report_place_cpus(report, id) : NULL;
	json_t *json = json_text(cpus);

	free(cpus);
	return json;
}

static json_t *matrix_json(const struct wakeups_report *report)
{
	struct wakeups_pair *pairs;
	uint32_t n = wakeups_matrix(report->wakeups, report->place, &pairs);
	json_t *array = pairs ? json_array() : NULL;

	for (uint32_t i = 0; i < n; i++) {
		json_t *object = json_object();

		json_put(&object, "previous", place_json(pairs[i].from));
		json_put(&object, "chosen", place_json(pairs[i].to));
		if (report->place != PLACE_CPU) {
			json_put(&object, "previous_cpus", place_cpus_json(report, pairs[i].from));
			json_put(&object, "chosen_cpus", place_cpus_json(report, pairs[i].to));
		}
		json_put(&object, "wakeups", json_u64(pairs[i].count));
		json_add(&array, object);
	}
	free(pairs);
	return array;
}

/* null where hooks showed no looks. */
static json_t *confusion_json(const struct confusion *c)
{
	json_t *object, *answers;

	if (!c->observed)
		return json_null();
	object = json_object();
	answers = json_array();
	for (int i = 0; i < BRANCHES * BRANCHES * 2; i++) {
		int seen = i / 2 / BRANCHES, said = i / 2 % BRANCHES, sure = i % 2;
		json_t *answer;

		if (!c->counts[seen][said][sure])
			continue;
		answer = json_object();
		json_put(&answer, "observed", json_string(placement_branch_name(seen)));
		json_put(&answer, "model", json_string(placement_branch_name(said)));
		json_put(&answer, "sure", json_boolean(sure));
		json_put(&answer, "wakeups", json_u64(c->counts[seen][said][sure]));
		json_add(&answers, answer);
	}
	json_put(&object, "observed", json_u64(c->observed));
	json_put(&object, "sure", json_u64(c->sure));
	json_put(&object, "sure_agreed", json_u64(c->agreed));
	json_put(&object, "unsure", json_u64(c->unsure));
	json_put(&object, "unsure_agreed", json_u64(c->unsure_agreed));
	json_put(&object, "answers", answers);
	return object;
}

json_t *report_wakeups_json(const struct wakeups_report *report)
{
	static const char *const tables[] = { [WAKEUPS_BY_TASK] = "tasks",
					      [WAKEUPS_BY_CPU] = "cpus",
					      [WAKEUPS_BY_TASK_CPU] = "tasks_and_cpus" };
	static const char *const places[] = {
		[PLACE_CPU] = "cpu", [PLACE_LLC] = "llc", [PLACE_NODE] = "node"
	};
	json_t *object = json_object();

	json_put(&object, "total", row_json(report, wakeups_total(report->wakeups)));
	json_put(&object, "not_observed", json_u64(wakeups_unobserved(report->wakeups)));
	json_put(&object, "exec_moves", json_u64(wakeups_exec_moves(report->wakeups)));
	json_put(&object, "model_check", confusion_json(wakeups_confusion(report->wakeups)));
	for (int by = 0; by < WAKEUPS_TABLES; by++)
		if (report->tables & 1u << by)
			json_put(&object, tables[by], rows_json(report, by));
	json_put(&object, "matrix_of", json_string(places[report->place]));
	json_put(&object, "matrix", matrix_json(report));
	return object;
}
