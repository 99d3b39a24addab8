// SPDX-License-Identifier: GPL-2.0-only
/* Summaries, distributions and single events as JSON: docs/json-schema.md. */
#include "output/report.h"

#include "output/json.h"
#include "output/timehist_row.h"

/* [lower_ns, count] of each bucket that has any: a row has three of these, so they are short. */
static json_t *bucket_pairs_json(const struct histogram *h)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < LOGLIN_BUCKETS; i++) {
		uint64_t count = histogram_bucket_count(h, i);
		json_t *pair;

		if (!count)
			continue;
		pair = json_array();
		json_add(&pair, json_u64(loglin_lower(i)));
		json_add(&pair, json_u64(count));
		json_add(&array, pair);
	}
	return array;
}

static json_t *spread_json(const struct summary_spread *spread, const struct task_table *tasks)
{
	json_t *object = json_histogram(&spread->ns);
	bool known = spread->ns.count > 0;

	json_put(&object, "buckets", bucket_pairs_json(&spread->ns));
	json_put(&object, "max_at_ns", json_u64_if(known, spread->max_at_ns));
	json_put(&object, "max_cpu", json_cpu(known ? spread->max_cpu : CPU_UNKNOWN));
	json_put(&object, "max_task", json_task(tasks, known ? spread->max_task : TASK_UNKNOWN));
	return object;
}

static json_t *waiting_json(const struct summary_row *row)
{
	json_t *object = json_object();

	json_put(&object, "count", json_u64(row->cut_waits));
	json_put(&object, "longest_ns", json_u64_if(row->cut_wait_max_ns, row->cut_wait_max_ns));
	return object;
}

static json_t *summary_row_json(enum summary_by by, const struct summary_row *row,
				const struct task_table *tasks, const struct trace_meta *meta)
{
	uint64_t window_ns = meta->end_ns > meta->start_ns ? meta->end_ns - meta->start_ns : 0;
	bool idle_known = by == SUMMARY_BY_CPU && !meta->task_filter;
	json_t *object = json_object();

	json_put(&object, "task", json_task(tasks, row->task));
	json_put(&object, "cpu", json_cpu(row->cpu));
	json_put(&object, "slices", json_u64(row->slices));
	json_put(&object, "run_total_ns", json_u64(row->run_total_ns));
	json_put(&object, "cpu_share", json_ratio(row->run_total_ns, window_ns));
	json_put(&object, "idle_ns", json_u64_if(idle_known, row->idle_ns));
	json_put(&object, "idle_share", json_ratio(row->idle_ns, idle_known ? window_ns : 0));
	json_put(&object, "run", spread_json(&row->run, tasks));
	json_put(&object, "wake_delay", spread_json(&row->wake_delay, tasks));
	json_put(&object, "preempt_delay", spread_json(&row->preempt_delay, tasks));
	json_put(&object, "voluntary_switches", json_u64(row->voluntary));
	json_put(&object, "involuntary_switches", json_u64(row->involuntary));
	json_put(&object, "wakeups", json_u64(row->wakeups));
	json_put(&object, "spare_wakeups", json_u64(row->spare_wakes));
	json_put(&object, "migrations", json_u64(row->migrations));
	json_put(&object, "moves", json_u64(row->moves));
	json_put(&object, "gaps", json_u64(row->gaps));
	json_put(&object, "gap_at_most_ns",
		 json_u64_if(row->gaps && row->gap_max_ns != UINT64_MAX, row->gap_max_ns));
	json_put(&object, "cut_slices", json_u64(row->cut_slices));
	json_put(&object, "unknown_delays", json_u64(row->unknown_delays));
	json_put(&object, "waiting", waiting_json(row));
	json_put(&object, "exited", by == SUMMARY_BY_CPU ? json_null() : json_boolean(row->exited));
	return object;
}

json_t *report_summary_json(enum summary_by by, const struct summary_row *const *rows, uint32_t n,
			    const struct task_table *tasks, const struct trace_meta *meta)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < n; i++)
		json_add(&array, summary_row_json(by, rows[i], tasks, meta));
	return array;
}

static json_t *scope_filter_json(const struct summary_scope *scope)
{
	json_t *object;

	if (!summary_scope_filters(scope))
		return json_null();
	object = json_object();
	json_put(&object, "cpus", json_cpus(scope->cpus));
	json_put(&object, "tasks", json_text(scope->tasks));
	json_put(&object, "from_ns", json_u64_if(scope->from_ns, scope->from_ns));
	json_put(&object, "to_ns", json_u64_if(scope->to_ns, scope->to_ns));
	return object;
}

json_t *report_scope_json(const struct summary_scope *scope, const struct trace_meta *meta)
{
	json_t *object = json_object(), *left_out = json_object();
	bool ended = meta->end_ns > meta->start_ns;

	for (enum summary_by by = 0; by < SUMMARY_TABLES; by++)
		json_put(&left_out, summary_table_name(by), json_u64(scope->rows_left_out[by]));
	json_put(&object, "start_ns", json_u64(meta->start_ns));
	json_put(&object, "end_ns", json_u64_if(ended, meta->end_ns));
	json_put(&object, "filter", scope_filter_json(scope));
	json_put(&object, "rows_left_out", left_out);
	return object;
}

static json_t *buckets_json(const struct histogram *h)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < LOGLIN_BUCKETS; i++) {
		uint64_t count = histogram_bucket_count(h, i);
		json_t *bucket;

		if (!count)
			continue;
		bucket = json_object();
		json_put(&bucket, "lower_ns", json_u64(loglin_lower(i)));
		/* The last bucket is open: it also takes everything above. */
		json_put(&bucket, "upper_ns",
			 json_u64_if(i + 1 < LOGLIN_BUCKETS, loglin_lower(i + 1)));
		json_put(&bucket, "count", json_u64(count));
		json_add(&array, bucket);
	}
	return array;
}

static json_t *distribution_json(const struct histogram *h)
{
	json_t *object = json_histogram(h);

	json_put(&object, "buckets", buckets_json(h));
	return object;
}

json_t *report_distribution_json(struct distribution_row *const *rows, uint32_t n,
				 const struct task_table *tasks)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < n; i++) {
		json_t *object = json_object();

		json_put(&object, "task", json_task(tasks, rows[i]->task));
		json_put(&object, "cpu", json_cpu(rows[i]->cpu));
		json_put(&object, "run", distribution_json(&rows[i]->run));
		json_put(&object, "wake_delay", distribution_json(&rows[i]->wake_delay));
		json_put(&object, "preempt_delay", distribution_json(&rows[i]->preempt_delay));
		json_add(&array, object);
	}
	return array;
}

static json_t *names_json(unsigned int flags, const char *const *names, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		if (flags & 1u << i)
			json_add(&array, json_string(names[i]));
	return array;
}

static json_t *slice_flags_json(unsigned int flags)
{
	static const char *const names[] = { "gap",	     "cut_start", "cut_end", "involuntary",
					     "left_queued",  "exit",	  "new",     "requeued",
					     "woken_on_cpu", "offline",	  "movable" };

	return names_json(flags, names, sizeof(names) / sizeof(names[0]));
}

static json_t *move_flags_json(unsigned int flags)
{
	/* In the order of their bits; MOVE_SEEN is not one of them. */
	static const char *const names[] = { "by_stopper", "from_forbidden", "numa",
					     "numa_swap",  "exec",	     "hotplug" };
	unsigned int below = flags & (MOVE_SEEN - 1), above = flags & ~(2u * MOVE_SEEN - 1);

	if (!(flags & MOVE_SEEN))
		return json_null();
	return names_json(below | above >> 1, names, sizeof(names) / sizeof(names[0]));
}

const char *delay_kind_name(uint8_t kind)
{
	switch (kind) {
	case DELAY_WAKE:
		return "wake";
	case DELAY_PREEMPT:
		return "preempt";
	case DELAY_NONE:
		return "none";
	default:
		return NULL;
	}
}

const char *context_name(uint8_t context)
{
	static const char *const names[] = {
		[WAKER_TASK] = "task", [WAKER_SOFTIRQ] = "softirq", [WAKER_HARDIRQ] = "hardirq",
		[WAKER_NMI] = "nmi",   [WAKER_IDLE] = "idle",	    [WAKER_INTERRUPT] = "interrupt"
	};

	return context < sizeof(names) / sizeof(names[0]) ? names[context] : NULL;
}

static json_t *name_json(const char *name)
{
	return name ? json_string(name) : json_null();
}

json_t *context_json(uint8_t context)
{
	return name_json(context_name(context));
}

/* Whether a CPU was idle; null where it was not looked at. */
static json_t *idle_json(uint16_t placed, unsigned int shift)
{
	switch (placement_cpu_is(placed, shift)) {
	case CPU_IS_IDLE:
		return json_true();
	case CPU_IS_BUSY:
		return json_false();
	default:
		return json_null();
	}
}

static json_t *idle_cores_json(uint16_t placed)
{
	if (!(placed & (PLACED_IDLE_CORES | PLACED_NO_IDLE_CORES)))
		return json_null();
	return json_boolean(placed & PLACED_IDLE_CORES);
}

static json_t *placement_facts_json(uint16_t placed)
{
	json_t *object;

	if (!(placed & PLACED_SEEN))
		return json_null();
	object = json_object();
	json_put(&object, "pinned", json_boolean(placed & PLACED_PINNED));
	json_put(&object, "previous_forbidden", json_boolean(placed & PLACED_PREV_FORBIDDEN));
	json_put(&object, "previous_idle", idle_json(placed, PLACED_PREV_SHIFT));
	json_put(&object, "waker_cpu_idle", idle_json(placed, PLACED_WAKER_SHIFT));
	json_put(&object, "recent_idle", idle_json(placed, PLACED_RECENT_SHIFT));
	json_put(&object, "core_idle", idle_json(placed, PLACED_CORE_SHIFT));
	json_put(&object, "waker_per_cpu_thread", json_boolean(placed & PLACED_WAKER_PER_CPU));
	json_put(&object, "waker_alone", json_boolean(placed & PLACED_WAKER_ALONE));
	json_put(&object, "idle_cores", idle_cores_json(placed));
	json_put(&object, "other_class", json_boolean(placed & PLACED_OTHER_CLASS));
	return object;
}

/* How the task came here: alike for slices and waits. */
static void put_coming(json_t **object, const struct event *e, const struct task_table *tasks)
{
	const struct slice *s = &e->slice;

	json_put(object, "task", json_task(tasks, s->task));
	json_put(object, "delay_kind", name_json(delay_kind_name(s->kind)));
	json_put(object, "waking_ns", json_u64_if(s->waking_ns, s->waking_ns));
	json_put(object, "waker", json_task(tasks, s->waker));
	json_put(object, "waker_context", context_json(s->context));
	json_put(object, "waker_cpu", json_cpu(s->waker_cpu));
	json_put(object, "previous_cpu", json_cpu(s->prev_cpu));
	json_put(object, "chosen_cpu", json_cpu(s->chosen_cpu));
	json_put(object, "recent_cpu", json_cpu(s->recent_cpu));
	json_put(object, "placement_facts", placement_facts_json(s->placed));
	json_put(object, "moves", json_u64(s->moves));
	json_put(object, "spare_wakeups", json_u64(s->spare_wakes));
	json_put(object, "prio", json_u64(s->prio));
	json_put(object, "flags", slice_flags_json(s->flags));
}

static void put_slice(json_t **object, const struct event *e, const struct task_table *tasks)
{
	uint64_t delay_ns = 0, off_ns = 0;
	bool delayed = slice_delay_ns(&e->slice, &delay_ns);
	/* The idle task is off whenever others run: that is no wait. */
	bool off = e->slice.task != TASK_IDLE && slice_off_ns(&e->slice, &off_ns);
	char state = state_letter(e);

	put_coming(object, e, tasks);
	json_put(object, "start_ns", json_u64(e->slice.start_ns));
	json_put(object, "off_ns", json_u64_if(off, off_ns));
	json_put(object, "delay_ns", json_u64_if(delayed, delay_ns));
	json_put(object, "run_ns", json_u64_if(slice_is_whole(&e->slice), slice_run_ns(e)));
	json_put(object, "state", state == '-' ? json_null() : json_stringn(&state, 1));
}

static void put_waiting(json_t **object, const struct event *e, const struct task_table *tasks)
{
	uint64_t waited_ns = 0, off_ns = 0;
	bool known = slice_delay_ns(&e->slice, &waited_ns);
	bool off = slice_off_ns(&e->slice, &off_ns);

	put_coming(object, e, tasks);
	json_put(object, "off_so_far_ns", json_u64_if(off, off_ns));
	json_put(object, "waited_ns", json_u64_if(known, waited_ns));
}

static void put_identity(json_t **object, const struct task_identity *task)
{
	json_t *identity = json_object();

	json_put(&identity, "id", json_u64(task->task));
	json_put(&identity, "tid", json_u64(task->tid));
	json_put(&identity, "pid", json_u64_if(task->pid || !task->tid, task->pid));
	json_put(&identity, "comm", json_text(task->comm));
	json_put(object, "task", identity);
	json_put(object, "parent_pid", json_u64_if(task->ppid, task->ppid));
	json_put(object, "task_flags", json_u64(task->flags));
	json_put(object, "allowed_cpu_count", json_u64_if(task->cpus_allowed, task->cpus_allowed));
}

static void put_move(json_t **object, const struct move *move, const struct task_table *tasks)
{
	json_put(object, "task", json_task(tasks, move->task));
	json_put(object, "by", json_task(tasks, move->by));
	json_put(object, "from_cpu", json_cpu(move->from));
	json_put(object, "to_cpu", json_cpu(move->to));
	json_put(object, "asleep", json_boolean(move->asleep));
	json_put(object, "flags", move_flags_json(move->flags));
	json_put(object, "context", context_json(move->context));
}

static json_t *trail_json(const struct choice *choice)
{
	json_t *array;

	if (choice->looks == CHOICE_NO_TRAIL)
		return json_null();
	array = json_array();
	for (unsigned int i = 0; i < choice_trail_length(choice); i++) {
		json_t *look = json_object();

		json_put(&look, "cpu", json_cpu(choice->trail[i] & ~CHOICE_IDLE));
		json_put(&look, "idle", json_boolean(choice->trail[i] & CHOICE_IDLE));
		json_add(&array, look);
	}
	return array;
}

static void put_choice(json_t **object, const struct choice *choice, const struct task_table *tasks)
{
	json_put(object, "task", json_task(tasks, choice->task));
	json_put(object, "function",
		 json_string(choice->fallback ? "select_fallback_rq" : "select_task_rq_fair"));
	json_put(object, "previous_cpu", json_cpu(choice->prev_cpu));
	json_put(object, "chosen_cpu", json_cpu(choice->chosen_cpu));
	json_put(object, "wake_flags", json_u64(choice->wake_flags));
	json_put(object, "looks", json_u64_if(choice->looks != CHOICE_NO_TRAIL, choice->looks));
	json_put(object, "trail", trail_json(choice));
}

static void put_lost(json_t **object, const struct lost *lost)
{
	static const char *const kinds[LOST_KINDS] = { "slices", "tasks", "moves", "choices" };

	json_put(object, "first_ns", json_u64_if(lost->first_ns, lost->first_ns));
	json_put(object, "count", json_u64(lost->count));
	json_put(object, "kind",
		 lost->kind < LOST_KINDS ? json_string(kinds[lost->kind]) : json_null());
}

json_t *report_event_json(const struct event *e, const struct task_table *tasks)
{
	static const char *const types[] = {
		[EVENT_SLICE] = "slice",     [EVENT_TASK] = "task", [EVENT_MOVE] = "move",
		[EVENT_WAITING] = "waiting", [EVENT_LOST] = "lost", [EVENT_CHOICE] = "choice"
	};
	json_t *object;

	if (e->type >= sizeof(types) / sizeof(types[0]) || !types[e->type])
		return NULL;
	object = json_object();
	json_put(&object, "type", json_string(types[e->type]));
	json_put(&object, "time_ns", json_u64(e->time_ns));
	json_put(&object, "cpu", json_cpu(e->cpu));
	if (e->type == EVENT_SLICE)
		put_slice(&object, e, tasks);
	else if (e->type == EVENT_WAITING)
		put_waiting(&object, e, tasks);
	else if (e->type == EVENT_TASK)
		put_identity(&object, &e->identity);
	else if (e->type == EVENT_MOVE)
		put_move(&object, &e->move, tasks);
	else if (e->type == EVENT_CHOICE)
		put_choice(&object, &e->choice, tasks);
	else
		put_lost(&object, &e->lost);
	return object;
}
