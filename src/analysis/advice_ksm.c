// SPDX-License-Identifier: GPL-2.0-only
/* What to do about ksmd's slices: see advice_ksm.h. */
#include "analysis/advice_ksm.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define GIB 1073741824.0

/* Several sentences, one after the other. */
struct words {
	char text[768];
	size_t length;
};

static void __attribute__((format(printf, 2, 3))) say(struct words *words, const char *format, ...)
{
	size_t room = sizeof(words->text) - words->length;
	va_list args;
	int added;

	va_start(args, format);
	added = vsnprintf(words->text + words->length, room, format, args);
	va_end(args);
	if (added > 0)
		words->length += (size_t)added < room ? (size_t)added : room - 1;
}

static double ms(double ns)
{
	return ns / 1e6;
}

static void set_text(struct advice_list *list, char **text, const struct words *words)
{
	if (words->length)
		advice_text(list, text, "%s", words->text);
}

static struct advice *add(struct advice_list *list, const struct ksm_advice_input *in,
			  const char *rule, enum advice_sure sure)
{
	const struct ksm_model *m = in->model;
	double cost = isnan(m->others_delay_ns) ? m->seen_run_ns : m->others_delay_ns;
	struct advice *advice = advice_add(list, rule, in->task, sure);

	if (advice && cost > 0 && cost < 1e18)
		advice->cost_ns = (uint64_t)cost;
	if (advice && m->seen_run_ns > 0 && m->seen_run_ns < 1e18)
		advice->run_ns = (uint64_t)m->seen_run_ns;
	return advice;
}

/* That there is nothing to do. advice_text() takes no NULL. */
static struct advice *add_nothing(struct advice_list *list, const struct ksm_advice_input *in,
				  const char *rule, enum advice_sure sure, const char *title)
{
	struct advice *advice = add(list, in, rule, sure);

	if (!advice)
		return NULL;
	advice->is_advice = false;
	advice_text(list, &advice->title, "%s", title);
	return advice;
}

static double merged_pages(const struct ksm_state *now)
{
	return (double)ksm_value(now, KSM_PAGES_SHARING, 0) +
	       (double)ksm_value(now, KSM_ZERO_PAGES, 0);
}

/* run=0 and run=2, and what they cost. */
static void note_stopping(struct advice_list *list, struct advice *advice,
			  const struct ksm_model *m)
{
	double pages = merged_pages(&m->now);

	advice_step(list, advice, STEP_NOTE, NULL,
		    "run = 0 stops ksmd altogether; what is merged stays merged");
	if (!ksm_knows(&m->now, KSM_PAGES_SHARING) || !m->page_size)
		return;
	advice_step(list, advice, STEP_NOTE, NULL,
		    "run = 2 stops ksmd and unmerges all: %.0f pages, which take %.2f GiB of "
		    "memory again",
		    pages, pages * (double)m->page_size / GIB);
}

static void tell_saved(struct words *words, const struct ksm_model *m)
{
	if (isnan(m->saved_bytes))
		return;
	say(words, " KSM saves %.2f GiB (%s).", m->saved_bytes / GIB,
	    m->saved_is_profit ? "general_profit" : "pages_sharing, without what KSM itself needs");
	if (!isnan(m->price_ms))
		say(words, " Others waited %.3f ms for ksmd: %.0f ms per GiB saved and hour.",
		    ms(m->others_delay_ns), m->price_ms);
}

static void tell_measured(struct words *words, const struct ksm_model *m)
{
	if (m->bursts)
		say(words, "ksmd ran %" PRIu64 " batches", m->bursts);
	else
		say(words, "No batch of ksmd was seen from its wakeup to its sleep");
	if (m->bursts && m->pages_to_scan >= 0)
		say(words, " of at most %" PRId64 " pages", m->pages_to_scan);
	if (!isnan(m->burst_p50_ns))
		say(words, ", %.3f ms each at the median, %.3f ms at the 99th percentile",
		    ms(m->burst_p50_ns), ms(m->burst_p99_ns));
	if (!isnan(m->ns_per_page))
		say(words, "; %.2f us a page (%s)", m->ns_per_page / 1e3,
		    m->source == KSM_COST_BY_PAGES ? "by pages_scanned" : "by the batches");
	if (!isnan(m->duty))
		say(words, "; %.1f %% of a CPU", 100 * m->duty);
	if (!isnan(m->rate))
		say(words, "; %.0f pages/s", m->rate);
	say(words, ".");
	if (!isnan(m->scan_s))
		say(words, " A scan of all memory took %.1f s.", m->scan_s);
	tell_saved(words, m);
}

static void tell_limits(struct words *words, const struct ksm_limits *limits)
{
	if (!isnan(limits->slice_max_ns))
		say(words, "a batch of %.3f ms", ms(limits->slice_max_ns));
	if (!isnan(limits->slice_max_ns) && !isnan(limits->duty_max))
		say(words, " and ");
	if (!isnan(limits->duty_max))
		say(words, "%.1f %% of a CPU", 100 * limits->duty_max);
}

/* Absent, off, or without work. True: that is all there is to say. */
static bool is_off(struct advice_list *list, const struct ksm_advice_input *in)
{
	const struct ksm_model *m = in->model;
	int64_t run = ksm_value(&m->now, KSM_RUN, -1);
	struct advice *advice;
	bool registered;

	if (!m->state_known || (m->now.there && run < 0)) {
		add_nothing(list, in, "ksm-off", ADVICE_UNSURE, "the state of KSM is not known");
		return true;
	}
	if (!m->now.there) {
		add_nothing(list, in, "ksm-off", ADVICE_SURE, "there is no KSM: no " KSM_FOLDER);
		return true;
	}
	if (!(run & 1)) {
		advice = add_nothing(list, in, "ksm-off", ADVICE_SURE, "KSM is off");
		if (advice)
			advice_text(list, &advice->seen, "run is %" PRId64 "%s", run,
				    run & 2			? ": all is unmerged"
				    : merged_pages(&m->now) > 0 ? ": what is merged stays merged"
								: "");
		return true;
	}
	if (m->seen_run_ns > 0)
		return false;
	registered = ksm_value(&m->now, KSM_PAGES_SHARED, 1) ||
		     ksm_value(&m->now, KSM_PAGES_SHARING, 1) ||
		     ksm_value(&m->now, KSM_PAGES_UNSHARED, 1) ||
		     ksm_value(&m->now, KSM_PAGES_VOLATILE, 1);
	advice = add_nothing(list, in, "ksm-off", ADVICE_SURE,
			     registered ? "KSM is on, but ksmd was not seen to run in this trace"
					: "KSM is on, but has no page to scan");
	if (advice && !registered)
		advice_text(list, &advice->seen,
			    "pages_shared, pages_sharing, pages_unshared and pages_volatile are 0, "
			    "and ksmd was not seen to run");
	return true;
}

static void tell_idle(struct advice_list *list, const struct ksm_advice_input *in)
{
	const struct ksm_model *m = in->model;
	struct advice *advice;

	if (!ksm_knows(&m->now, KSM_PAGES_SHARING) || merged_pages(&m->now) > 0)
		return;
	advice = add_nothing(list, in, "ksm-idle", ADVICE_SURE, "KSM is on, but nothing is merged");
	if (!advice)
		return;
	advice_text(list, &advice->seen, "pages_sharing is 0%s",
		    ksm_value(&m->now, KSM_FULL_SCANS, 1)
			    ? ""
			    : ", but no scan has come to its end yet");
	advice_step(list, advice, STEP_NOTE, NULL,
		    "run = 0 stops ksmd; while nothing is merged that costs no memory");
}

/* One file to be written, if it is to have another value than it has. */
struct writing {
	enum ksm_field field;
	int64_t to; /* -1: not at all */
};

#define WRITINGS_MAX 5

/* Lowering first; the sleep comes last, as it may be shorter. */
static void list_writings(struct writing writings[WRITINGS_MAX], const struct ksm_plan *plan)
{
	const bool advised = plan->kind == KSM_PLAN_ADVISOR;
	const struct writing all[WRITINGS_MAX] = {
		{ advised ? KSM_ADVISOR_MAX_PAGES_TO_SCAN : KSM_PAGES_TO_SCAN,
		  advised ? plan->advisor_max_pages : plan->pages },
		{ KSM_ADVISOR_MIN_PAGES_TO_SCAN, plan->advisor_min_pages },
		{ KSM_ADVISOR_MAX_CPU, plan->advisor_max_cpu },
		{ KSM_ADVISOR_TARGET_SCAN_TIME, plan->advisor_target_scan_s },
		{ KSM_SLEEP_MILLISECS, plan->sleep_ms },
	};

	for (int i = 0; i < WRITINGS_MAX; i++)
		writings[i] = all[i];
}

static bool is_written(const struct ksm_state *now, const struct writing *w)
{
	return w->to >= 0 && ksm_knows(now, w->field) && now->value[w->field] != w->to;
}

static void add_change(struct advice_list *list, struct advice *advice, const struct ksm_state *now,
		       const struct writing *w)
{
	char path[128], from[32], to[32];
	struct change change;

	snprintf(path, sizeof(path), KSM_FOLDER "/%s", ksm_field_name(w->field));
	snprintf(from, sizeof(from), "%" PRId64, now->value[w->field]);
	snprintf(to, sizeof(to), "%" PRId64, w->to);
	if (change_file(&change, CHANGE_NUMBER, path, from, to))
		list->no_memory = true;
	else
		advice_change(list, advice, &change);
}

static void add_changes(struct advice_list *list, struct advice *advice,
			const struct ksm_advice_input *in)
{
	const struct ksm_state *now = &in->model->now;
	struct words persist = { .length = 0 };
	struct writing writings[WRITINGS_MAX];

	list_writings(writings, in->plan);
	for (int i = 0; i < WRITINGS_MAX; i++) {
		if (!is_written(now, &writings[i]))
			continue;
		add_change(list, advice, now, &writings[i]);
		say(&persist, "%sw " KSM_FOLDER "/%s - - - - %" PRId64, persist.length ? "\n" : "",
		    ksm_field_name(writings[i].field), writings[i].to);
	}
	if (persist.length)
		advice_step(list, advice, STEP_PERSIST, KSM_PERSIST_FILE, "%s", persist.text);
}

static void add_undo(struct advice_list *list, struct advice *advice)
{
	struct words undo = { .length = 0 };

	for (uint32_t i = advice->change_count; i-- > 0;) {
		char *command = change_undo_command(&advice->changes[i]);

		if (!command)
			list->no_memory = true;
		else
			say(&undo, "%s%s", undo.length ? "; " : "", command);
		free(command);
	}
	set_text(list, &advice->undo, &undo);
}

static void add_title(struct advice_list *list, struct advice *advice,
		      const struct ksm_advice_input *in)
{
	struct writing writings[WRITINGS_MAX];
	struct words title = { .length = 0 };

	list_writings(writings, in->plan);
	for (int i = 0; i < WRITINGS_MAX; i++)
		if (is_written(&in->model->now, &writings[i]))
			say(&title, "%s%s %" PRId64 " (is %" PRId64 ")",
			    title.length ? ", " : "set KSM's ", ksm_field_name(writings[i].field),
			    writings[i].to, in->model->now.value[writings[i].field]);
	set_text(list, &advice->title, &title);
}

static void add_why(struct advice_list *list, struct advice *advice, const struct ksm_plan *plan)
{
	struct words why = { .length = 0 };

	say(&why, "A batch lasts as long as its pages take, ");
	if (plan->sleep_now_ms)
		say(&why, "and then ksmd sleeps. ");
	else
		say(&why, "and with sleep_millisecs 0 ksmd does not sleep between them. ");
	say(&why, "The limits are ");
	tell_limits(&why, &plan->limits);
	say(&why, ".");
	if (plan->kind == KSM_PLAN_ADVISOR)
		say(&why, " KSM's advisor is active: it sets pages_to_scan itself and refuses "
			  "other values; at most it takes advisor_max_pages_to_scan.");
	if (plan->advisor_max_cpu == KSM_ADVISOR_MIN_CPU &&
	    plan->limits.duty_max < KSM_ADVISOR_MIN_CPU / 100.0)
		say(&why, " It takes an advisor_max_cpu below %d as %d.", KSM_ADVISOR_MIN_CPU,
		    KSM_ADVISOR_MIN_CPU);
	set_text(list, &advice->why, &why);
}

static void add_predicted(struct advice_list *list, struct advice *advice,
			  const struct ksm_advice_input *in)
{
	const struct ksm_plan *plan = in->plan;
	struct words words = { .length = 0 };

	say(&words, "Batches of %.3f ms at the median", ms(plan->after.slice_p50_ns));
	if (!isnan(plan->after.slice_p99_ns))
		say(&words, ", %.3f ms at the 99th percentile", ms(plan->after.slice_p99_ns));
	say(&words, "; %.1f %% of a CPU", 100 * plan->after.duty);
	if (!isnan(plan->before.duty))
		say(&words, ", now %.1f %%", 100 * plan->before.duty);
	say(&words, "; ");
	if (plan->rate_kept)
		say(&words, "the scan rate is kept: %.0f pages/s, now %.0f.", plan->after.rate,
		    plan->before.rate);
	else
		say(&words, "the scan rate falls to %.0f pages/s, %.0f %% of the %.0f that it is.",
		    plan->after.rate, 100 * plan->rate_ratio, plan->before.rate);
	if (!plan->rate_kept && !isnan(in->model->scan_s))
		say(&words, " A scan of all memory then takes %.1f s, now %.1f s.",
		    in->model->scan_s / plan->rate_ratio, in->model->scan_s);
	if (plan->slice_unreachable)
		say(&words, " Not even batches of one page keep the limit of %.3f ms.",
		    ms(plan->limits.slice_max_ns));
	if (plan->duty_unreachable)
		say(&words, " Not even this sleep keeps the limit of %.1f %%.",
		    100 * plan->limits.duty_max);
	if (plan->kind == KSM_PLAN_ADVISOR)
		say(&words, " That is with the largest batches that the advisor may take; they get "
			    "smaller when the scan under way ends.");
	set_text(list, &advice->predicted, &words);
}

static enum advice_sure how_sure(const struct ksm_model *m, const struct ksm_plan *plan)
{
	if (plan->slice_by_median || !plan->before_is_measured || m->error > 0.2 || isnan(m->error))
		return ADVICE_UNSURE;
	return m->error <= 0.05 && m->bursts >= 50 && !m->one_state ? ADVICE_SURE : ADVICE_LIKELY;
}

static void add_sure_why(struct advice_list *list, struct advice *advice, const struct ksm_model *m,
			 const struct ksm_plan *plan)
{
	double off = 100 * (m->by_pages_ns / m->by_batches_ns - 1);
	struct words words = { .length = 0 };

	say(&words, "The cost of a page rests on %" PRIu64 " batches", m->bursts);
	if (!isnan(m->error))
		say(&words, ", its standard error is %.1f %%", 100 * m->error);
	say(&words, ".");
	if (!isnan(off))
		say(&words, " By pages_scanned and by the batches it differs by %.1f %%.",
		    fabs(off));
	if (!plan->before_is_measured)
		say(&words, " What ksmd does with the settings that are now was not measured.");
	if (plan->slice_by_median)
		say(&words, " How batches vary is not known: twice the median was taken.");
	if (m->changed)
		say(&words, " KSM's settings changed in the trace: %.1f s of it are used.",
		    (double)(m->to_ns - m->from_ns) / 1e9);
	if (m->one_state)
		say(&words, " That they did not change in the trace is assumed.");
	if (isnan(m->tick_ns) && !isnan(m->sleep_extra_ns))
		say(&words,
		    " The timer's tick is not known: each sleep is taken as %.1f ms longer "
		    "than set, as it was.",
		    ms(fmax(0, m->sleep_extra_ns)));
	set_text(list, &advice->sure_why, &words);
}

static void add_notes(struct advice_list *list, struct advice *advice,
		      const struct ksm_advice_input *in)
{
	const struct ksm_plan *plan = in->plan;

	if (plan->later_sleep_ms > 0)
		advice_step(list, advice, STEP_NOTE, NULL,
			    "once full_scans has grown, sleep_millisecs %" PRId64
			    " makes it %.0f pages/s, at %.1f %% of a CPU",
			    plan->later_sleep_ms,
			    ksm_model_rate(in->model, (double)plan->pages,
					   (uint64_t)plan->later_sleep_ms),
			    100 * ksm_model_duty(in->model, (double)plan->pages,
						 (uint64_t)plan->later_sleep_ms));
	advice_step(list, advice, STEP_NOTE, NULL,
		    "ksmtuned, where it runs, sets pages_to_scan and sleep_millisecs itself");
	note_stopping(list, advice, in->model);
}

static void tell_plan(struct advice_list *list, const struct ksm_advice_input *in)
{
	bool advised = in->plan->kind == KSM_PLAN_ADVISOR;
	struct words seen = { .length = 0 };
	struct advice *advice =
		add(list, in, advised ? "ksm-advisor" : "ksm-scan", how_sure(in->model, in->plan));

	if (!advice)
		return;
	add_title(list, advice, in);
	tell_measured(&seen, in->model);
	set_text(list, &advice->seen, &seen);
	add_why(list, advice, in->plan);
	add_predicted(list, advice, in);
	add_sure_why(list, advice, in->model, in->plan);
	add_changes(list, advice, in);
	add_undo(list, advice);
	add_notes(list, advice, in);
	/* The advisor is where it should be already, and the sleep, too. */
	if (!advice->change_count) {
		advice->is_advice = false;
		advice_text(list, &advice->title,
			    "KSM's settings are what they should be; they "
			    "take effect when the scan under way ends");
	}
}

/* The limits hold, or whether they do is not known. */
static void tell_no_plan(struct advice_list *list, const struct ksm_advice_input *in)
{
	bool holds = in->plan->kind == KSM_PLAN_HOLDS;
	struct words title = { .length = 0 }, seen = { .length = 0 };
	const struct ksm_model *m = in->model;
	enum advice_sure sure = ADVICE_UNSURE;
	struct advice *advice;

	if (holds && in->plan->before_is_measured)
		sure = m->bursts >= 50 ? ADVICE_SURE : ADVICE_LIKELY;
	say(&title, holds ? "KSM may stay as it is: ksmd is within "
			  : "no settings of KSM can be told for ");
	tell_limits(&title, &in->plan->limits);
	if (isnan(in->plan->limits.slice_max_ns) && isnan(in->plan->limits.duty_max))
		say(&title, "no limits");
	advice = add_nothing(list, in, "ksm-scan", sure, title.text);
	if (!advice)
		return;
	tell_measured(&seen, m);
	set_text(list, &advice->seen, &seen);
	if (!holds && m->changed)
		advice_text(list, &advice->why,
			    "KSM's settings changed in the trace, and what was measured cannot be "
			    "told apart");
	else if (!holds)
		advice_text(list, &advice->why,
			    "too little of ksmd's work was seen whole, or its pages are not known");
}

void advice_ksm(struct advice_list *list, const struct ksm_advice_input *in)
{
	if (is_off(list, in))
		return;
	if (in->plan->kind == KSM_PLAN_SCAN || in->plan->kind == KSM_PLAN_ADVISOR)
		tell_plan(list, in);
	else
		tell_no_plan(list, in);
	tell_idle(list, in);
}
