// SPDX-License-Identifier: GPL-2.0-only
/* Metrics as text: see metrics.h. */
#include "output/metrics.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "output/metrics_labels.h"
#include "output/metrics_text.h"

/* A bound as a bucket's line has it, and with what follows: 0.000001023"} */
struct bound {
	char text[NUMBER_MAX];
	size_t length;
};

struct metrics {
	FILE *file;
	enum metrics_form form;
	int err;		  /* the first one */
	char created[NUMBER_MAX]; /* "": not said */
	const struct metrics_family *family;
	size_t name_length;	     /* the family's */
	bool has_samples;	     /* of this family: its head is written */
	struct sample_labels labels; /* of the sample being written */
	struct grown out;	     /* text on its way to the file */
	struct grown bucket;	     /* how a histogram's lines begin: a_bucket{cpu="7",le=" */
	const char **names;	     /* of all families */
	size_t name_count;
	struct bound bounds[METRICS_BOUNDS + 1]; /* and +Inf */
};

/* So much is kept back before it goes to the file: many lines for one call. */
#define OUT_BYTES (1u << 16)

static const char *const type_names[] = {
	[METRICS_COUNTER] = "counter",
	[METRICS_GAUGE] = "gauge",
	[METRICS_HISTOGRAM] = "histogram",
	[METRICS_INFO] = "info",
};

uint64_t metrics_bound_ns(unsigned int i)
{
	return group_bound_ns(i);
}

const char *metrics_content_type(enum metrics_form form)
{
	return form == METRICS_OPENMETRICS
		       ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
		       : "text/plain; version=0.0.4; charset=utf-8";
}

static void render_bound(struct bound *bound)
{
	memcpy(bound->text + bound->length, "\"} ", 4);
	bound->length += 3;
}

static void render_bounds(struct bound bounds[METRICS_BOUNDS + 1])
{
	for (unsigned int i = 0; i < METRICS_BOUNDS; i++)
		bounds[i].length = number_seconds(bounds[i].text, metrics_bound_ns(i));
	strcpy(bounds[METRICS_BOUNDS].text, "+Inf");
	bounds[METRICS_BOUNDS].length = 4;
	for (unsigned int i = 0; i <= METRICS_BOUNDS; i++)
		render_bound(&bounds[i]);
}

struct metrics *metrics_new(FILE *file, enum metrics_form form)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->file = file;
	m->form = form;
	render_bounds(m->bounds);
	return m;
}

void metrics_free(struct metrics *m)
{
	if (!m)
		return;
	sample_labels_free(&m->labels);
	free(m->out.text);
	free(m->bucket.text);
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
	return is_metrics_name(name, "_:");
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
	m->name_length = strlen(family->name);
	m->has_samples = false;
	return 0;
}

/* Adds text; without memory the writer is refused. */
static void add(struct metrics *m, const char *text)
{
	if (grown_text(&m->out, text))
		refuse(m, -ENOMEM);
}

static void add_help(struct metrics *m, const char *help)
{
	if (grown_escaped(&m->out, help, m->form == METRICS_OPENMETRICS))
		refuse(m, -ENOMEM);
}

/* # TYPE a counter */
static void add_comment(struct metrics *m, const char *what, const char *name_end, const char *text)
{
	add(m, what);
	add(m, m->family->name);
	add(m, name_end);
	add(m, " ");
	add(m, text);
	add(m, "\n");
}

static void add_help_comment(struct metrics *m, const char *name_end)
{
	add(m, "# HELP ");
	add(m, m->family->name);
	add(m, name_end);
	add(m, " ");
	add_help(m, m->family->help);
	add(m, "\n");
}

static void write_head(struct metrics *m)
{
	const struct metrics_family *f = m->family;
	const char *end = "";

	if (m->form == METRICS_OPENMETRICS) {
		add_comment(m, "# TYPE ", "", type_names[f->type]);
		if (f->unit)
			add_comment(m, "# UNIT ", "", f->unit);
		add_help_comment(m, "");
		return;
	}
	/* Here a family has its samples' name, and an info is a gauge that is always 1. */
	if (f->type == METRICS_COUNTER)
		end = "_total";
	else if (f->type == METRICS_INFO)
		end = "_info";
	add_help_comment(m, end);
	add_comment(m, "# TYPE ", end,
		    type_names[f->type == METRICS_INFO ? METRICS_GAUGE : f->type]);
}

/* What was kept back goes to the file. */
static void flush(struct metrics *m)
{
	size_t length = m->out.length;

	errno = 0;
	if ((length && fwrite(m->out.text, 1, length, m->file) != length) || ferror(m->file))
		refuse(m, errno ? -errno : -EIO);
	m->out.length = 0;
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
	err = sample_labels_take(&m->labels, labels, n, !m->has_samples);
	if (err)
		return refuse(m, err);
	if (m->out.length >= OUT_BYTES)
		flush(m);
	if (!m->has_samples)
		write_head(m);
	m->has_samples = true;
	return m->err;
}

static bool is_type(const struct metrics *m, enum metrics_type type)
{
	return m->family && m->family->type == type;
}

/* a_total{cpu="7"} 12 */
static void write_line(struct metrics *m, const char *end, const char *value)
{
	size_t end_length = strlen(end), value_length = strlen(value);
	char *p = grown_room(&m->out, m->name_length + end_length + m->labels.text.length +
					      value_length + 2);

	if (!p) {
		refuse(m, -ENOMEM);
		return;
	}
	p = put_bytes(p, m->family->name, m->name_length);
	p = put_bytes(p, end, end_length);
	if (m->labels.text.length)
		p = put_bytes(p, m->labels.text.text, m->labels.text.length);
	*p++ = ' ';
	p = put_bytes(p, value, value_length);
	*p++ = '\n';
	m->out.length = p - m->out.text;
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
	return m->err;
}

int metrics_count(struct metrics *m, const struct metrics_label *labels, int n, uint64_t value)
{
	char text[NUMBER_MAX];

	number_count(text, value);
	return write_value(m, labels, n, text);
}

int metrics_integer(struct metrics *m, const struct metrics_label *labels, int n, int64_t value)
{
	char text[NUMBER_MAX];

	if (value < 0 && is_type(m, METRICS_COUNTER))
		return refuse(m, -EINVAL);
	text[0] = '-';
	number_count(text + (value < 0), value < 0 ? -(uint64_t)value : (uint64_t)value);
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

	if (err)
		return err;
	write_line(m, "_info", "1");
	return m->err;
}

/* a_bucket{cpu="7",le=" */
static int render_bucket(struct metrics *m)
{
	const struct grown *labels = &m->labels.text;
	struct grown *into = &m->bucket;
	int err;

	into->length = 0;
	err = grown_add(into, m->family->name, m->name_length);
	if (!err)
		err = grown_text(into, labels->length ? "_bucket" : "_bucket{le=\"");
	if (!err && labels->length)
		err = grown_add(into, labels->text, labels->length - 1);
	if (!err && labels->length)
		err = grown_text(into, ",le=\"");
	return err;
}

/* A bound's line; p has room for it. */
static char *put_bucket(char *p, const struct metrics *m, const struct bound *bound,
			const char *count, size_t length)
{
	p = put_bytes(p, m->bucket.text, m->bucket.length);
	memcpy(p, bound->text, sizeof(bound->text)); /* faster than its length alone */
	p += bound->length;
	memcpy(p, count, NUMBER_MAX);
	p += length;
	*p++ = '\n';
	return p;
}

/* Bounds 0, step, 2 * step, ... and +Inf: each line has the sum of all buckets up to its bound. */
static int write_buckets(struct metrics *m, const uint64_t buckets[GROUP_BUCKETS],
			 unsigned int step)
{
	size_t line = m->bucket.length + sizeof(m->bounds[0].text) + NUMBER_MAX + 1;
	char *p = grown_room(&m->out, (METRICS_BOUNDS / step + 2) * line);
	char text[NUMBER_MAX] = "0";
	uint64_t count = 0, in_text = 0;
	size_t length = 1;

	if (!p)
		return -ENOMEM;
	for (unsigned int i = 0; i <= METRICS_BOUNDS; i++) {
		count += buckets[i];
		if (i % step && i < METRICS_BOUNDS)
			continue;
		/* Most of them are as the one before. */
		if (count != in_text)
			length = number_count(text, count);
		in_text = count;
		p = put_bucket(p, m, &m->bounds[i], text, length);
	}
	m->out.length = p - m->out.text;
	number_count(text, count);
	write_line(m, "_count", text);
	return m->err;
}

int metrics_counts(struct metrics *m, const struct metrics_label *labels, int n,
		   const uint64_t buckets[GROUP_BUCKETS], uint64_t sum_ns, unsigned int step)
{
	int err = begin_sample(m, labels, n,
			       is_type(m, METRICS_HISTOGRAM) && step &&
				       (METRICS_BOUNDS - 1) % step == 0);
	char text[NUMBER_MAX];

	if (err)
		return err;
	err = render_bucket(m);
	if (!err)
		err = write_buckets(m, buckets, step);
	if (err)
		return refuse(m, err);
	number_seconds(text, sum_ns);
	write_line(m, "_sum", text);
	write_created(m);
	return m->err;
}

int metrics_histogram(struct metrics *m, const struct metrics_label *labels, int n,
		      const struct histogram *h)
{
	uint64_t buckets[GROUP_BUCKETS] = { 0 };
	uint64_t counted = 0;
	unsigned int bucket = 0;

	for (unsigned int i = 0; i < METRICS_BOUNDS; i++) {
		for (; bucket <= loglin_bucket(metrics_bound_ns(i)); bucket++)
			buckets[i] += histogram_bucket_count(h, bucket);
		counted += buckets[i];
	}
	buckets[METRICS_BOUNDS] = h->count - counted;
	return metrics_counts(m, labels, n, buckets, h->sum_ns, 1);
}

int metrics_end(struct metrics *m)
{
	if (!m->err && m->form == METRICS_OPENMETRICS)
		add(m, "# EOF\n");
	if (!m->err)
		flush(m);
	return m->err;
}
