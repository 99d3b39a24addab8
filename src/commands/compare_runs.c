// SPDX-License-Identifier: GPL-2.0-only
/* Runs compared with baselines: see compare_runs.h. */
#include "commands/compare_runs.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/blocks.h"
#include "analysis/family.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "commands/read_ahead.h"
#include "host/cpulist.h"

/* A quantity in one run. */
struct measured {
	struct limit_result found;
	struct compare_run run;
};

struct comparison_private {
	const struct limit **what;
	uint32_t count;
	uint32_t *selection;		/* of each: the first one that selects the same slices */
	struct measured *measured;	/* count a run; new runs first */
	struct compare_answer *answers; /* count a new run */
};

static const struct run *run_at(const struct compare_runs *c, uint32_t i)
{
	return i < c->run_count ? &c->runs[i] : &c->baselines[i - c->run_count];
}

static uint32_t all_runs(const struct compare_runs *c)
{
	return c->run_count + c->baseline_count;
}

static struct measured *measured_of(const struct compare_runs *c, uint32_t run)
{
	return c->private->measured + (size_t)run * c->private->count;
}

static int make_family(struct compare_runs *c)
{
	struct family_run *runs = calloc(all_runs(c), sizeof(*runs));
	struct family family = {};
	int err = runs ? 0 : -ENOMEM;
	uint32_t n = 0;

	for (uint32_t i = 0; i < all_runs(c) && !err; i++)
		if (run_rows(run_at(c, i)))
			runs[n++] = (struct family_run){ .rows = run_rows(run_at(c, i)),
							 .tasks = run_tasks(run_at(c, i)),
							 .is_baseline = i >= c->run_count };
	if (!err)
		err = family_make(&family, runs, n);
	for (uint32_t i = 0; i < family.count && !err; i++) {
		struct limit_error error;

		err = limits_add(&c->family, family.texts[i], true, &error);
	}
	c->left_out = family.left_out;
	family_free(&family);
	free(runs);
	return err;
}

static int choose_questions(struct compare_runs *c)
{
	struct comparison_private *p = c->private;
	const struct limits *from = c->asked;
	struct limit_error error;

	for (uint32_t i = 0; i < from->count; i++)
		p->count += from->list[i].compared;
	if (!p->count) {
		if (make_family(c))
			return -ENOMEM;
		/* Nothing in common is not nothing to say: in every form it must show. */
		if (!c->family.count && limits_add(&c->family, "p99(wake_delay)", true, &error))
			return -ENOMEM;
		from = &c->family;
		p->count = from->count;
	}
	p->what = calloc(p->count + 1, sizeof(*p->what));
	p->selection = calloc(p->count + 1, sizeof(*p->selection));
	p->measured = calloc((size_t)all_runs(c) * p->count + 1, sizeof(*p->measured));
	p->answers = calloc((size_t)c->run_count * p->count + 1, sizeof(*p->answers));
	if (!p->what || !p->selection || !p->measured || !p->answers)
		return -ENOMEM;
	p->count = 0;
	for (uint32_t i = 0; i < from->count; i++)
		if (from->list[i].compared)
			p->what[p->count++] = &from->list[i];
	for (uint32_t i = 0; i < p->count; i++)
		while (!limit_same_selection(p->what[p->selection[i]], p->what[i]))
			p->selection[i]++;
	return 0;
}

/* The slices that one expression selects, by block; and for each task met, whether it is selected.
 */
struct selected {
	struct blocks blocks;
	struct limit_facts facts;
	int8_t *tasks; /* by id: 1 yes, -1 no, 0 not asked yet */
};

static uint32_t known_tasks(const struct run *run)
{
	return run_tasks(run)->count;
}

static bool is_selected(struct selected *s, const struct limit *what, const struct event *e,
			uint32_t tasks)
{
	uint32_t id = e->slice.task;

	if (id >= tasks)
		return limit_selects_task(what, &s->facts, id) &&
		       limit_selects_cpu(what, &s->facts, e->cpu);
	if (!s->tasks[id])
		s->tasks[id] = limit_selects_task(what, &s->facts, id) ? 1 : -1;
	return s->tasks[id] > 0 && limit_selects_cpu(what, &s->facts, e->cpu);
}

static int add_event(const struct compare_runs *c, struct selected *selected, const struct event *e,
		     uint32_t tasks)
{
	const struct comparison_private *p = c->private;

	if (e->type != EVENT_SLICE)
		return 0;
	for (uint32_t i = 0; i < p->count; i++) {
		if (p->selection[i] != i || !is_selected(&selected[i], p->what[i], e, tasks))
			continue;
		if (blocks_add(&selected[i].blocks, e))
			return -ENOMEM;
	}
	return 0;
}

static int read_blocks(const struct compare_runs *c, const struct run *run,
		       struct selected *selected)
{
	struct read_ahead *ahead;
	const struct event *events;
	struct input input;
	int n = 0, err = 0;

	if (input_open(&input, run->name, NULL))
		return EXIT_FAILED;
	ahead = read_ahead_events(trace_reader_source(input.reader));
	while (ahead && !err && (n = read_ahead_next_events(ahead, &events)) > 0)
		for (int i = 0; i < n && !err; i++)
			err = add_event(c, selected, &events[i], known_tasks(run));
	if (!ahead || err || n == -ENOMEM)
		err = fail("out of memory");
	else if (n < 0)
		err = fail("%s: %s", run->name, strerror(-n));
	read_ahead_free(ahead);
	input_close(&input);
	return err;
}

static int take_deviations(const struct compare_runs *c, uint32_t index,
			   const struct selected *selected)
{
	const struct comparison_private *p = c->private;

	for (uint32_t i = 0; i < p->count; i++) {
		const struct selected *s = &selected[p->selection[i]];
		struct compare_run *run = &measured_of(c, index)[i].run;
		struct blocks_deviation deviation;

		if (!run->known)
			continue;
		if (blocks_deviation(&s->blocks, p->what[i], limit_cpus(p->what[i], &s->facts),
				     compare_floor(p->what[i], &c->options), &deviation))
			return fail("out of memory");
		run->deviation_known = deviation.known;
		run->deviation = deviation.deviation;
	}
	return 0;
}

/* By a second reading of a trace: what its values' chance is. */
static int find_deviations(const struct compare_runs *c, uint32_t index)
{
	const struct comparison_private *p = c->private;
	const struct run *run = run_at(c, index);
	const struct trace_meta *meta = run_meta(run);
	struct selected *selected = calloc(p->count + 1, sizeof(*selected));
	int result = selected ? 0 : fail("out of memory");

	for (uint32_t i = 0; i < p->count && !result; i++) {
		const char *why;

		selected[i].facts = run_facts(run, p->what[i], &why);
		if (p->selection[i] != i)
			continue;
		selected[i].tasks = calloc(known_tasks(run) + 1, 1);
		/* A window too short for blocks leaves the deviations unknown. */
		if (!selected[i].tasks)
			result = fail("out of memory");
		else if (blocks_start(&selected[i].blocks, meta->start_ns, meta->end_ns))
			goto out;
	}
	if (!result)
		result = read_blocks(c, run, selected);
	if (!result)
		result = take_deviations(c, index, selected);
out:
	for (uint32_t i = 0; selected && i < p->count; i++) {
		blocks_free(&selected[i].blocks);
		free(selected[i].tasks);
	}
	free(selected);
	return result;
}

static int measure(const struct compare_runs *c, uint32_t index)
{
	const struct comparison_private *p = c->private;
	const struct run *run = run_at(c, index);

	for (uint32_t i = 0; i < p->count; i++) {
		struct measured *m = &measured_of(c, index)[i];
		const char *why;
		struct limit_facts facts = run_facts(run, p->what[i], &why);

		if (!why && limit_measure(&m->found, p->what[i], &facts))
			return fail("out of memory");
		m->run = (struct compare_run){ .known = !why && m->found.known,
					       .value = m->found.value,
					       .samples = m->found.samples,
					       .why = why ? why : m->found.why };
	}
	return run->is_saved || run->unfit ? 0 : find_deviations(c, index);
}

static int answer(const struct compare_runs *c, uint32_t run)
{
	const struct comparison_private *p = c->private;
	struct compare_question *questions = calloc(p->count + 1, sizeof(*questions));
	struct compare_run *baselines =
		calloc((size_t)p->count * c->baseline_count + 1, sizeof(*baselines));
	int err = questions && baselines ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < p->count && !err; i++) {
		struct compare_run *its = &baselines[(size_t)i * c->baseline_count];

		for (uint32_t b = 0; b < c->baseline_count; b++)
			its[b] = measured_of(c, c->run_count + b)[i].run;
		questions[i] = (struct compare_question){ .what = p->what[i],
							  .now = measured_of(c, run)[i].run,
							  .baselines = its,
							  .baseline_count = c->baseline_count };
	}
	if (!err)
		err = compare_all(p->answers + (size_t)run * p->count, questions, p->count,
				  &c->options);
	free(questions);
	free(baselines);
	return err ? fail("out of memory") : 0;
}

int compare_runs_prepare(struct compare_runs *c)
{
	int result;

	c->private = calloc(1, sizeof(*c->private));
	if (!c->private || choose_questions(c))
		return fail("out of memory");
	result = 0;
	for (uint32_t i = 0; i < all_runs(c) && !result; i++)
		result = measure(c, i);
	for (uint32_t i = 0; i < c->run_count && !result; i++)
		result = answer(c, i);
	return result;
}

void compare_runs_free(struct compare_runs *c)
{
	if (c->private) {
		free(c->private->what);
		free(c->private->selection);
		free(c->private->measured);
		free(c->private->answers);
	}
	free(c->private);
	c->private = NULL;
	limits_free(&c->family);
}

uint32_t compare_runs_count(const struct compare_runs *c)
{
	return c->private->count;
}

static int add_note(struct check_file *file, char *note)
{
	char **grown = note ? realloc(file->notes, (file->note_count + 1) * sizeof(*grown)) : NULL;

	if (!grown) {
		free(note);
		return fail("out of memory");
	}
	file->notes = grown;
	grown[file->note_count++] = note;
	return 0;
}

static int __attribute__((format(printf, 2, 3)))
note(struct check_file *file, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	return add_note(file, text);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Why a baseline says nothing of a run; NULL: it does. */
static const char *why_unlike(const struct run *run, const struct run *baseline)
{
	const struct trace_meta *now = run_meta(run), *then = run_meta(baseline);

	if (baseline->unfit)
		return baseline->unfit;
	if (!hwloc_bitmap_isequal(now->target_cpus, then->target_cpus))
		return "other CPUs were traced";
	if (!same_text(now->task_filter, then->task_filter))
		return "other tasks were traced";
	return NULL;
}

/* The first quantity that a baseline does not tell, and why. */
static int note_unknown(const struct compare_runs *c, uint32_t baseline, struct check_file *file)
{
	for (uint32_t i = 0; i < c->private->count; i++) {
		const struct compare_run *run = &measured_of(c, c->run_count + baseline)[i].run;

		if (!run->known && run->why)
			return note(file, "baseline %s: %s: %s", c->baselines[baseline].name,
				    c->private->what[i]->text, run->why);
	}
	return 0;
}

/* What is odd about a run's baselines; *obstacle: why nothing can be said. */
static int note_baselines(const struct compare_runs *c, const struct run *run,
			  struct check_file *file, const char **obstacle)
{
	int result = 0;

	*obstacle = run->unfit;
	for (uint32_t i = 0; i < c->baseline_count && !result; i++) {
		const struct run *baseline = &c->baselines[i];
		const char *why = why_unlike(run, baseline);
		const char *kernel = run_kernel(run), *was = run_kernel(baseline);

		if (why)
			result = note(file, "baseline %s: %s", baseline->name, why);
		else if (kernel && was && strcmp(kernel, was) != 0)
			result = note(file, "baseline %s is of Linux %s, this is %s",
				      baseline->name, was, kernel);
		if (why && !*obstacle)
			*obstacle = "a baseline says nothing of this trace (see the note)";
		if (!result && !why)
			result = note_unknown(c, i, file);
	}
	return result;
}

static enum check_verdict verdict_of(enum compare_verdict verdict)
{
	switch (verdict) {
	case COMPARE_REGRESSION:
		return CHECK_REGRESSION;
	case COMPARE_INCONCLUSIVE:
		return CHECK_INCONCLUSIVE;
	default:
		return CHECK_PASS;
	}
}

/* The longest of all baselines. */
static void worst_before(const struct compare_runs *c, uint32_t question, char worst[RUN_WORST_MAX])
{
	const struct limit_result *longest = NULL;
	uint32_t of = 0;

	for (uint32_t b = 0; b < c->baseline_count; b++) {
		const struct limit_result *r = &measured_of(c, c->run_count + b)[question].found;

		if (r->worst_at_ns && (!longest || r->worst_ns > longest->worst_ns)) {
			longest = r;
			of = b;
		}
	}
	worst[0] = '\0';
	if (longest)
		run_worst(worst, &c->baselines[of], longest);
}

int compare_runs_rows(const struct compare_runs *c, uint32_t run, struct check_row *rows,
		      struct check_file *file)
{
	const struct comparison_private *p = c->private;
	const char *obstacle;
	int result = note_baselines(c, &c->runs[run], file, &obstacle);

	for (uint32_t i = 0; i < p->count && !result; i++) {
		const struct measured *m = &measured_of(c, run)[i];
		const struct compare_answer *a = &p->answers[(size_t)run * p->count + i];

		rows[i] = (struct check_row){ .what = p->what[i],
					      .verdict = obstacle ? CHECK_INCONCLUSIVE
								  : verdict_of(a->verdict),
					      .why = obstacle ? obstacle : a->why,
					      .known = m->run.known,
					      .value = m->run.value,
					      .samples = m->run.samples,
					      .worst_ns = m->found.worst_ns,
					      .worst_at_ns = m->found.worst_at_ns,
					      .answer = *a };
		run_worst(rows[i].worst, &c->runs[run], &m->found);
		worst_before(c, i, rows[i].worst_before);
	}
	file->left_out = c->left_out;
	return result;
}

enum { KEY_MIN_CHANGE = 0x600, KEY_MIN_DELTA };

static const struct argp_option argp_options[] = {
	{ "min-change", KEY_MIN_CHANGE, "PERCENT", 0,
	  "a smaller change is none, whatever is known of it (default: 10%)", 0 },
	{ "min-delta", KEY_MIN_DELTA, "TIME", 0,
	  "neither is one of less time: ns, us, ms or s (default: 50us)", 0 },
	{ 0 }
};

/* No floor, with or without a unit. */
static bool is_zero(const char *text)
{
	return text[0] == '0' && (!text[1] || isalpha((unsigned char)text[1]) || text[1] == '%');
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct compare_options *options = state->input;
	uint64_t ns;

	switch (key) {
	case ARGP_KEY_INIT:
		*options = compare_defaults;
		return 0;
	case KEY_MIN_CHANGE:
		if (is_zero(arg))
			options->min_change = 0;
		else if (parse_percent(arg, &options->min_change))
			return options_refuse(state, "--min-change %s: expected a share, as 10%%",
					      arg);
		return 0;
	case KEY_MIN_DELTA:
		ns = 0;
		if (!is_zero(arg) && parse_duration(arg, &ns))
			return options_refuse(state, "--min-delta %s: expected a time, as 50us",
					      arg);
		options->min_delta_ns = ns;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp compare_argp = { .options = argp_options, .parser = parse };
