// SPDX-License-Identifier: GPL-2.0-only
/* The list of what to do: see advice.h. */
#include "analysis/advice.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_advice(struct advice *advice)
{
	free(advice->title);
	free(advice->seen);
	free(advice->why);
	free(advice->predicted);
	free(advice->undo);
	free(advice->sure_why);
	for (uint32_t i = 0; i < advice->change_count; i++)
		change_free(&advice->changes[i]);
	free(advice->changes);
	for (uint32_t i = 0; i < advice->step_count; i++) {
		free(advice->steps[i].file);
		free(advice->steps[i].text);
	}
	free(advice->steps);
}

void advice_list_free(struct advice_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		free_advice(&list->list[i]);
	free(list->list);
	memset(list, 0, sizeof(*list));
}

struct advice *advice_add(struct advice_list *list, const char *rule, uint32_t task,
			  enum advice_sure sure)
{
	struct advice *advice;

	if (list->count == list->size) {
		uint32_t size = list->size ? 2 * list->size : 8;

		advice = realloc(list->list, size * sizeof(*advice));
		if (!advice) {
			list->no_memory = true;
			return NULL;
		}
		list->list = advice;
		list->size = size;
	}
	advice = &list->list[list->count++];
	*advice = (struct advice){ .rule = rule, .task = task, .sure = sure, .is_advice = true };
	return advice;
}

void advice_text(struct advice_list *list, char **text, const char *format, ...)
{
	char *made = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&made, format, args) < 0)
		made = NULL;
	va_end(args);
	if (!made)
		list->no_memory = true;
	free(*text);
	*text = made;
}

void advice_change(struct advice_list *list, struct advice *advice, struct change *change)
{
	struct change *grown;

	grown = advice ? realloc(advice->changes, (advice->change_count + 1) * sizeof(*grown))
		       : NULL;
	if (grown) {
		advice->changes = grown;
		grown[advice->change_count++] = *change;
		memset(change, 0, sizeof(*change));
		return;
	}
	list->no_memory = true;
	change_free(change);
}

void advice_step(struct advice_list *list, struct advice *advice, enum advice_step_kind kind,
		 const char *file, const char *format, ...)
{
	struct advice_step *grown, step = { .kind = kind };
	va_list args;

	va_start(args, format);
	if (vasprintf(&step.text, format, args) < 0)
		step.text = NULL;
	va_end(args);
	step.file = file ? strdup(file) : NULL;
	grown = advice ? realloc(advice->steps, (advice->step_count + 1) * sizeof(*grown)) : NULL;
	if (grown)
		advice->steps = grown;
	if (grown && step.text && (step.file || !file)) {
		grown[advice->step_count++] = step;
		return;
	}
	list->no_memory = true;
	free(step.file);
	free(step.text);
}

/* The order of adding is kept by the index, which qsort() would lose. */
struct ranked {
	struct advice advice;
	uint32_t at;
};

static int compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->advice.is_advice != y->advice.is_advice)
		return y->advice.is_advice - x->advice.is_advice;
	if (x->advice.cost_ns != y->advice.cost_ns)
		return x->advice.cost_ns < y->advice.cost_ns ? 1 : -1;
	if (x->advice.run_ns != y->advice.run_ns)
		return x->advice.run_ns < y->advice.run_ns ? 1 : -1;
	return x->at < y->at ? -1 : 1;
}

static void mark_minor(struct advice_list *list)
{
	double cost = 0, run = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		cost += list->list[i].cost_ns;
		run += list->list[i].run_ns;
	}
	for (uint32_t i = 0; i < list->count; i++) {
		struct advice *advice = &list->list[i];

		advice->is_minor = advice->is_advice && (advice->cost_ns || advice->run_ns) &&
				   advice->cost_ns <= ADVICE_MINOR * cost &&
				   advice->run_ns <= ADVICE_MINOR * run;
	}
}

void advice_list_sort(struct advice_list *list)
{
	struct ranked *ranked = calloc(list->count ? list->count : 1, sizeof(*ranked));

	if (!ranked) {
		list->no_memory = true;
		return;
	}
	for (uint32_t i = 0; i < list->count; i++)
		ranked[i] = (struct ranked){ list->list[i], i };
	qsort(ranked, list->count, sizeof(*ranked), compare);
	for (uint32_t i = 0; i < list->count; i++)
		list->list[i] = ranked[i].advice;
	free(ranked);
	mark_minor(list);
}

/* Whether a list "a,b,c" has a word. */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (; *list; list += *list == ',') {
		size_t its = strcspn(list, ",");

		if (its == length && !strncmp(list, word, length))
			return true;
		list += its;
	}
	return false;
}

static bool is_named(const struct advice *advice, const char *what, const struct task_table *tasks)
{
	return has_word(what, advice->rule) ||
	       (advice->task != TASK_UNKNOWN &&
		has_word(what, task_table_get(tasks, advice->task)->comm));
}

void advice_list_keep(struct advice_list *list, const char *what, const struct task_table *tasks)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		list->list[i].is_minor = false;
		if (is_named(&list->list[i], what, tasks))
			list->list[kept++] = list->list[i];
		else
			free_advice(&list->list[i]);
	}
	list->count = kept;
}

void advice_list_drop_minor(struct advice_list *list)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		if (list->list[i].is_minor)
			free_advice(&list->list[i]);
		else
			list->list[kept++] = list->list[i];
	}
	list->count = kept;
}

const char *advice_sure_name(enum advice_sure sure)
{
	static const char *const names[] = { "unsure", "likely", "sure" };

	return names[sure];
}
