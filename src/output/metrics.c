// SPDX-License-Identifier: GPL-2.0-only
/* Metrics as text: see metrics.h. */
#include "output/metrics.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "output/metrics_text.h"

struct metrics {
	FILE *file;
	enum metrics_form form;
	int err;		  /* the first one */
	char created[NUMBER_MAX]; /* "": not said */
	const struct metrics_family *family;
	bool has_samples;    /* of this family: its head is written */
	struct grown labels; /* of the sample being written, as they are between the braces */
	/* The sample before: what its labels were, texts one behind the other. */
	int last_count;
	const char *last_names[METRICS_LABELS_MAX];
	uint64_t last_numbers[METRICS_LABELS_MAX];
	struct grown last_texts;
	const char **names; /* of all families */
	size_t name_count;
	char bounds[METRICS_BOUNDS][NUMBER_MAX];
};

static const char *const type_names[] = {
	[METRICS_COUNTER] = "counter",
	[METRICS_GAUGE] = "gauge",
	[METRICS_HISTOGRAM] = "histogram",
	[METRICS_INFO] = "info",
};

/* Where in an octave the bounds are, in loglin.h's buckets of it. */
static const unsigned int quarters[] = { 0, 3, 7, 11 };

#define FIRST_OCTAVE 10

/* The first bucket above a bound. */
static unsigned int bound_bucket(unsigned int i)
{
	return (FIRST_OCTAVE - LOGLIN_SUB_BITS + 1 + i / 4) * LOGLIN_SUB + quarters[i % 4];
}

uint64_t metrics_bound_ns(unsigned int i)
{
	return loglin_lower(bound_bucket(i)) - 1;
}

const char *metrics_content_type(enum metrics_form form)
{
	return form == METRICS_OPENMETRICS
		       ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
		       : "text/plain; version=0.0.4; charset=utf-8";
}

struct metrics *metrics_new(FILE *file, enum metrics_form form)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->file = file;
	m->form = form;
	for (unsigned int i = 0; i < METRICS_BOUNDS; i++)
		number_seconds(m->bounds[i], metrics_bound_ns(i));
	return m;
}

void metrics_free(struct metrics *m)
{
	if (!m)
		return;
	free(m->labels.text);
	free(m->last_texts.text);
	free(m->names);
	free(m);
}

void metrics_set_created(struct metrics *m, uint64_t unix_ns)
{
	m->created[0] = '\0';
	if (unix_ns && m->form == METRICS_OPENMETRICS)
		number_seconds(m->created, unix_ns);
}

static int refuse(struct metrics *m, int err)
{
	if (!m->err)
		m->err = err;
	return m->err;
}

/* Letters and digits of the C locale: the program never leaves it. */
static bool is_name(const char *name, const char *also)
{
	if (!*name || isdigit((unsigned char)*name))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr(also, *name))
			return false;
	return true;
}

static bool ends_in(const char *name, const char *end)
{
	size_t length = strlen(name), end_length = strlen(end);

	return length > end_length && !strcmp(name + length - end_length, end);
}

/* Two families' samples cannot have one name if no family's name ends as samples' names do. */
static bool is_family_name(const char *name)
{
	static const char *const ends[] = { "_total", "_created", "_bucket",
					    "_sum",   "_count",	  "_info" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends_in(name, ends[i]))
			return false;
	return is_name(name, "_:");
}

static bool has_unit(const struct metrics_family *family)
{
	size_t name = strlen(family->name), unit = family->unit ? strlen(family->unit) : 0;

	if (!family->unit)
		return family->type != METRICS_HISTOGRAM; /* ours are of durations */
	return family->type != METRICS_INFO && ends_in(family->name, family->unit) &&
	       family->name[name - unit - 1] == '_';
}

static int remember_name(struct metrics *m, const char *name)
{
	const char **larger;

	for (size_t i = 0; i < m->name_count; i++)
		if (!strcmp(m->names[i], name))
			return -EEXIST;
	larger = realloc(m->names, (m->name_count + 1) * sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	m->names = larger;
	m->names[m->name_count++] = name;
	return 0;
}

int metrics_family(struct metrics *m, const struct metrics_family *family)
{
	int err;

	if (m->err)
		return m->err;
	if (!is_family_name(family->name) || !has_unit(family))
		return refuse(m, -EINVAL);
	err = remember_name(m, family->name);
	if (err)
		return refuse(m, err);
	m->family = family;
	m->has_samples = false;
	return 0;
}

static void write_help(struct metrics *m, const char *help)
{
	for (; *help; help++) {
		const char *escape = metrics_escape(*help, m->form == METRICS_OPENMETRICS);

		if (escape)
			fputs(escape, m->file);
		else
			putc(*help, m->file);
	}
	putc('\n', m->file);
}

static void write_head(struct metrics *m)
{
	const struct metrics_family *f = m->family;
	const char *end = "";

	if (m->form == METRICS_OPENMETRICS) {
		fprintf(m->file, "# TYPE %s %s\n", f->name, type_names[f->type]);
		if (f->unit)
			fprintf(m->file, "# UNIT %s %s\n", f->name, f->unit);
		fprintf(m->file, "# HELP %s ", f->name);
		write_help(m, f->help);
		return;
	}
	/* Here a family has its samples' name, and an info is a gauge that is always 1. */
	if (f->type == METRICS_COUNTER)
		end = "_total";
	else if (f->type == METRICS_INFO)
		end = "_info";
	fprintf(m->file, "# HELP %s%s ", f->name, end);
	write_help(m, f->help);
	fprintf(m->file, "# TYPE %s%s %s\n", f->name, end,
		type_names[f->type == METRICS_INFO ? METRICS_GAUGE : f->type]);
}

static bool are_names(const struct metrics_label *labels, int n)
{
	if (n < 0 || n > METRICS_LABELS_MAX)
		return false;
	for (int i = 0; i < n; i++) {
		if (!is_name(labels[i].name, "_") || !strncmp(labels[i].name, "__", 2) ||
		    !strcmp(labels[i].name, "le") || !strcmp(labels[i].name, "quantile"))
			return false;
		for (int j = 0; j < i; j++)
			if (!strcmp(labels[i].name, labels[j].name))
				return false;
	}
	return true;
}

/* The order of the sample before and this one: < 0 where it is as it must be. */
static int compare_to_last(const struct metrics *m, const struct metrics_label *labels, int n)
{
	const char *text = m->last_texts.text;

	for (int i = 0; i < n; i++) {
		const char *value = labels[i].text ? labels[i].text : "";
		uint64_t number = labels[i].text ? 0 : labels[i].number;
		int order = strcmp(text, value);

		if (!order)
			order = (m->last_numbers[i] > number) - (m->last_numbers[i] < number);
		if (order)
			return order;
		text += strlen(text) + 1;
	}
	return 0;
}

static int check_labels(const struct metrics *m, const struct metrics_label *labels, int n)
{
	if (!m->has_samples)
		return are_names(labels, n) ? 0 : -EINVAL;
	if (n != m->last_count)
		return -EINVAL;
	for (int i = 0; i < n; i++)
		if (strcmp(labels[i].name, m->last_names[i]))
			return -EINVAL;
	return compare_to_last(m, labels, n) < 0 ? 0 : -ERANGE;
}

/* For the next sample to be held against. */
static int keep_labels(struct metrics *m, const struct metrics_label *labels, int n)
{
	m->last_texts.length = 0;
	m->last_count = n;
	for (int i = 0; i < n; i++) {
		const char *text = labels[i].text ? labels[i].text : "";

		m->last_names[i] = labels[i].name;
		m->last_numbers[i] = labels[i].text ? 0 : labels[i].number;
		if (grown_add(&m->last_texts, text, strlen(text) + 1))
			return -ENOMEM;
	}
	return 0;
}

/* cpu="7",task="ksmd" */
static int render_labels(struct metrics *m, const struct metrics_label *labels, int n)
{
	struct grown *into = &m->labels;
	char number[NUMBER_MAX];
	int err = 0;

	into->length = 0;
	for (int i = 0; i < n && !err; i++) {
		snprintf(number, sizeof(number), "%" PRIu64, labels[i].number);
		err = grown_text(into, i ? "," : "");
		if (!err)
			err = grown_text(into, labels[i].name);
		if (!err)
			err = grown_text(into, "=\"");
		if (!err)
			err = grown_escaped(into, labels[i].text ? labels[i].text : number);
		if (!err)
			err = grown_text(into, "\"");
	}
	return err ? err : grown_add(into, "", 1);
}

/* Before a sample's lines: is it one of this family, in its place? */
static int begin_sample(struct metrics *m, const struct metrics_label *labels, int n,
			bool fits_type)
{
	int err;

	if (m->err)
		return m->err;
	if (!m->family || !fits_type)
		return refuse(m, -EINVAL);
	err = check_labels(m, labels, n);
	if (!err)
		err = keep_labels(m, labels, n);
	if (!err)
		err = render_labels(m, labels, n);
	if (err)
		return refuse(m, err);
	if (!m->has_samples)
		write_head(m);
	m->has_samples = true;
	return 0;
}

static bool is_type(const struct metrics *m, enum metrics_type type)
{
	return m->family && m->family->type == type;
}

static void write_line(struct metrics *m, const char *end, const char *value)
{
	const char *labels = m->labels.text;

	fputs(m->family->name, m->file);
	fputs(end, m->file);
	if (*labels) {
		putc('{', m->file);
		fputs(labels, m->file);
		putc('}', m->file);
	}
	putc(' ', m->file);
	fputs(value, m->file);
	putc('\n', m->file);
}

static void write_bucket(struct metrics *m, const char *bound, uint64_t count)
{
	const char *labels = m->labels.text;
	char text[NUMBER_MAX];

	snprintf(text, sizeof(text), "\"} %" PRIu64 "\n", count);
	fputs(m->family->name, m->file);
	fputs("_bucket{", m->file);
	fputs(labels, m->file);
	fputs(*labels ? ",le=\"" : "le=\"", m->file);
	fputs(bound, m->file);
	fputs(text, m->file);
}

static void write_created(struct metrics *m)
{
	if (m->created[0])
		write_line(m, "_created", m->created);
}

static int write_value(struct metrics *m, const struct metrics_label *labels, int n,
		       const char *value)
{
	bool counts = is_type(m, METRICS_COUNTER);
	int err = begin_sample(m, labels, n, counts || is_type(m, METRICS_GAUGE));

	if (err)
		return err;
	write_line(m, counts ? "_total" : "", value);
	if (counts)
		write_created(m);
	return 0;
}

int metrics_count(struct metrics *m, const struct metrics_label *labels, int n, uint64_t value)
{
	char text[NUMBER_MAX];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return write_value(m, labels, n, text);
}

int metrics_integer(struct metrics *m, const struct metrics_label *labels, int n, int64_t value)
{
	char text[NUMBER_MAX];

	if (value < 0 && is_type(m, METRICS_COUNTER))
		return refuse(m, -EINVAL);
	snprintf(text, sizeof(text), "%" PRId64, value);
	return write_value(m, labels, n, text);
}

int metrics_real(struct metrics *m, const struct metrics_label *labels, int n, double value)
{
	char text[NUMBER_MAX];

	if (!(value >= 0) && is_type(m, METRICS_COUNTER))
		return refuse(m, -EINVAL);
	number_real(text, value);
	return write_value(m, labels, n, text);
}

int metrics_seconds(struct metrics *m, const struct metrics_label *labels, int n, uint64_t ns)
{
	char text[NUMBER_MAX];

	number_seconds(text, ns);
	return write_value(m, labels, n, text);
}

int metrics_info(struct metrics *m, const struct metrics_label *labels, int n)
{
	int err = begin_sample(m, labels, n, is_type(m, METRICS_INFO));

	if (!err)
		write_line(m, "_info", "1");
	return err;
}

int metrics_histogram(struct metrics *m, const struct metrics_label *labels, int n,
		      const struct histogram *h)
{
	int err = begin_sample(m, labels, n, is_type(m, METRICS_HISTOGRAM));
	unsigned int bucket = 0;
	uint64_t count = 0;
	char text[NUMBER_MAX];

	if (err)
		return err;
	for (unsigned int i = 0; i < METRICS_BOUNDS; i++) {
		for (; bucket < bound_bucket(i); bucket++)
			count += histogram_bucket_count(h, bucket);
		write_bucket(m, m->bounds[i], count);
	}
	write_bucket(m, "+Inf", h->count);
	snprintf(text, sizeof(text), "%" PRIu64, h->count);
	write_line(m, "_count", text);
	number_seconds(text, h->sum_ns);
	write_line(m, "_sum", text);
	write_created(m);
	return 0;
}

int metrics_end(struct metrics *m)
{
	if (!m->err && m->form == METRICS_OPENMETRICS)
		fputs("# EOF\n", m->file);
	if (!m->err && ferror(m->file))
		m->err = errno ? -errno : -EIO;
	return m->err;
}
