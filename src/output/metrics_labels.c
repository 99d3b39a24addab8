// SPDX-License-Identifier: GPL-2.0-only
/* Samples' labels: see metrics_labels.h. */
#include "output/metrics_labels.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/put.h"

void sample_labels_free(struct sample_labels *kept)
{
	free(kept->text.text);
	free(kept->texts.text);
}

/* Letters and digits of the C locale: the program never leaves it. */
bool is_metrics_name(const char *name, const char *also)
{
	if (!*name || isdigit((unsigned char)*name))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr(also, *name))
			return false;
	return true;
}

static bool are_names(const struct metrics_label *labels, int n)
{
	if (n < 0 || n > METRICS_LABELS_MAX)
		return false;
	for (int i = 0; i < n; i++) {
		if (!is_metrics_name(labels[i].name, "_") || !strncmp(labels[i].name, "__", 2) ||
		    !strcmp(labels[i].name, "le") || !strcmp(labels[i].name, "quantile"))
			return false;
		for (int j = 0; j < i; j++)
			if (!strcmp(labels[i].name, labels[j].name))
				return false;
	}
	return true;
}

/* The one string, mostly, of a table of labels. */
static bool is_same_name(const char *a, const char *b)
{
	return a == b || !strcmp(a, b);
}

/* The order of the sample before and this one: < 0 where it is as it must be. */
static int compare_to_last(const struct sample_labels *kept, const struct metrics_label *labels,
			   int n)
{
	const char *text = kept->texts.text;

	for (int i = 0; i < n; i++) {
		uint64_t number = labels[i].text ? 0 : labels[i].number;
		int order = strcmp(text, labels[i].text ? labels[i].text : "");

		if (!order)
			order = (kept->numbers[i] > number) - (kept->numbers[i] < number);
		if (order)
			return order;
		text += strlen(text) + 1;
	}
	return 0;
}

static int check(const struct sample_labels *kept, const struct metrics_label *labels, int n,
		 bool is_first)
{
	if (is_first)
		return are_names(labels, n) ? 0 : -EINVAL;
	if (n != kept->count)
		return -EINVAL;
	for (int i = 0; i < n; i++)
		if (!is_same_name(labels[i].name, kept->names[i]))
			return -EINVAL;
	return compare_to_last(kept, labels, n) < 0 ? 0 : -ERANGE;
}

static int keep(struct sample_labels *kept, const struct metrics_label *labels, int n)
{
	kept->texts.length = 0;
	kept->count = n;
	for (int i = 0; i < n; i++) {
		const char *text = labels[i].text ? labels[i].text : "";

		kept->names[i] = labels[i].name;
		kept->numbers[i] = labels[i].text ? 0 : labels[i].number;
		if (grown_add(&kept->texts, text, strlen(text) + 1))
			return -ENOMEM;
	}
	return 0;
}

/* ,task="ksmd" */
static int render_one(struct grown *into, char before, const struct metrics_label *label)
{
	size_t name = strlen(label->name), text = label->text ? strlen(label->text) : 0;
	char *p = grown_room(into, name + 2 * text + NUMBER_MAX);

	if (!p)
		return -ENOMEM;
	*p++ = before;
	p = put_bytes(p, label->name, name);
	p = put_bytes(p, "=\"", 2);
	p = label->text ? put_escaped(p, label->text, true) : put_u64(p, label->number);
	*p++ = '"';
	into->length = p - into->text;
	return 0;
}

static int render(struct grown *into, const struct metrics_label *labels, int n)
{
	int err = 0;

	into->length = 0;
	for (int i = 0; i < n && !err; i++)
		err = render_one(into, i ? ',' : '{', &labels[i]);
	return err || !n ? err : grown_add(into, "}", 1);
}

int sample_labels_take(struct sample_labels *kept, const struct metrics_label *labels, int n,
		       bool is_first)
{
	int err = check(kept, labels, n, is_first);

	if (!err)
		err = keep(kept, labels, n);
	return err ? err : render(&kept->text, labels, n);
}
