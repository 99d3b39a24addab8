// SPDX-License-Identifier: GPL-2.0-only
/* The little language of limits: see limit.h. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/limit.h"
#include "host/cpulist.h"

struct parser {
	const char *text, *at;
	struct limit *limit;
	struct limit_error *error;
};

static int __attribute__((format(printf, 2, 3))) expected(struct parser *p, const char *format, ...)
{
	struct limit_error *error = p->error;
	va_list args;
	int length;

	error->column = p->at - p->text + 1;
	va_start(args, format);
	length = snprintf(error->why, sizeof(error->why), "expected ");
	vsnprintf(error->why + length, sizeof(error->why) - length, format, args);
	va_end(args);
	return -EINVAL;
}

static bool at_end(const struct parser *p)
{
	return !*p->at || *p->at == '#';
}

static void skip_blanks(struct parser *p)
{
	while (isspace((unsigned char)*p->at))
		p->at++;
}

/* Whether a character follows; it is taken then. */
static bool take(struct parser *p, char c)
{
	skip_blanks(p);
	if (*p->at != c)
		return false;
	p->at++;
	return true;
}

/* A word of letters, digits, dots, '_' and '-': its length. */
static size_t word_length(const char *at)
{
	size_t n = 0;

	while (isalnum((unsigned char)at[n]) || (at[n] && strchr("._-", at[n])))
		n++;
	return n;
}

static bool is_word(const char *at, size_t length, const char *word)
{
	return strlen(word) == length && !strncmp(at, word, length);
}

static bool take_word(struct parser *p, const char *word)
{
	size_t length;

	skip_blanks(p);
	length = word_length(p->at);
	if (!is_word(p->at, length, word))
		return false;
	p->at += length;
	return true;
}

static const struct {
	const char *name;
	enum limit_statistic statistic;
} statistics[] = {
	{ "max", LIMIT_MAX },	    { "min", LIMIT_MIN },
	{ "mean", LIMIT_MEAN },	    { "total", LIMIT_TOTAL },
	{ "count", LIMIT_COUNT },   { "share", LIMIT_SHARE },
	{ "lost", LIMIT_LOST },	    { "trespasses", LIMIT_TRESPASSES },
	{ "blamed", LIMIT_BLAMED },
};

static const char *const quantities[LIMIT_QUANTITIES] = {
	[LIMIT_RUN] = "run",
	[LIMIT_WAKE_DELAY] = "wake_delay",
	[LIMIT_PREEMPT_DELAY] = "preempt_delay",
	[LIMIT_SLICES] = "slices",
	[LIMIT_WAKEUPS] = "wakeups",
	[LIMIT_MIGRATIONS] = "migrations",
	[LIMIT_PREEMPTIONS] = "preemptions",
};

/* "p99.9": digits and a dot behind the p, so that "p1e1" and "p0x10" are none. */
static bool take_percentile(struct parser *p, size_t length)
{
	char number[16];

	if (*p->at != 'p' || length < 2 || length > sizeof(number) ||
	    strspn(p->at + 1, "0123456789.") != length - 1)
		return false;
	memcpy(number, p->at + 1, length - 1);
	number[length - 1] = '\0';
	if (strchr(number, '.') != strrchr(number, '.'))
		return false;
	p->limit->percentile = strtod(number, NULL);
	if (!(p->limit->percentile > 0 && p->limit->percentile < 100))
		return false;
	p->limit->statistic = LIMIT_PERCENTILE;
	p->at += length;
	return true;
}

static int parse_statistic(struct parser *p)
{
	size_t length;

	skip_blanks(p);
	length = word_length(p->at);
	for (size_t i = 0; i < sizeof(statistics) / sizeof(statistics[0]); i++) {
		if (!is_word(p->at, length, statistics[i].name))
			continue;
		p->limit->statistic = statistics[i].statistic;
		p->at += length;
		return 0;
	}
	if (take_percentile(p, length))
		return 0;
	return expected(p,
			"p50, p99, p99.9, max, min, mean, total, count, share, blamed, trespasses "
			"or lost");
}

static bool has_quantity(enum limit_statistic statistic)
{
	return statistic <= LIMIT_COUNT;
}

static int parse_quantity(struct parser *p)
{
	size_t length;

	skip_blanks(p);
	length = word_length(p->at);
	for (int q = 0; q < LIMIT_QUANTITIES; q++) {
		if (!is_word(p->at, length, quantities[q]))
			continue;
		if (q >= LIMIT_SLICES && p->limit->statistic != LIMIT_COUNT)
			return expected(p,
					"a time (run, wake_delay, preempt_delay): of %s there "
					"is only a count",
					quantities[q]);
		p->limit->quantity = q;
		p->at += length;
		return 0;
	}
	return expected(p, "run, wake_delay, preempt_delay%s",
			p->limit->statistic == LIMIT_COUNT
				? ", slices, wakeups, migrations or preemptions"
				: "");
}

/* What stands between a selector's "=" and its end, or in quotes; caller frees. 0, -EINVAL,
 * -ENOMEM. */
static int take_value(struct parser *p, const char *ends, char **value)
{
	const char *begin;
	size_t length;

	skip_blanks(p);
	if (*p->at == '"') {
		begin = ++p->at;
		length = strcspn(begin, "\"");
		if (!begin[length])
			return -EINVAL;
		p->at += length + 1;
	} else {
		begin = p->at;
		length = strcspn(begin, ends);
		p->at += length;
		while (length && isspace((unsigned char)begin[length - 1]))
			length--;
		if (!length)
			return -EINVAL;
	}
	*value = strndup(begin, length);
	return *value ? 0 : -ENOMEM;
}

static int parse_task(struct parser *p)
{
	const char *begin = p->at;
	char *value = NULL;
	int err = take_value(p, ",)", &value);

	if (!err)
		err = filter_add_tasks(&p->limit->tasks, value);
	free(value);
	if (err != -EINVAL)
		return err;
	p->at = begin;
	return expected(p, "a task: a name, a prefix with *, a pid, vcpu, or a list of them in "
			   "quotes");
}

/* A list's own commas are followed by a digit. */
static size_t cpulist_length(const char *at)
{
	size_t n = 0;

	while (isdigit((unsigned char)at[n]) || at[n] == '-' ||
	       (at[n] == ',' && isdigit((unsigned char)at[n + 1])))
		n++;
	return n;
}

static int parse_cpus(struct parser *p)
{
	size_t length;
	char *list;
	int err;

	if (take_word(p, "isolated")) {
		p->limit->isolated = true;
		return 0;
	}
	length = cpulist_length(p->at);
	list = strndup(p->at, length);
	if (!p->limit->cpus)
		p->limit->cpus = hwloc_bitmap_alloc();
	err = list && p->limit->cpus ? 0 : -ENOMEM;
	if (!err && (!length || cpulist_parse(p->limit->cpus, list)))
		err = expected(p, "CPUs: 43, 0-3,8, or isolated");
	else
		p->at += length;
	free(list);
	return err;
}

static int parse_selector(struct parser *p)
{
	const char *begin;

	skip_blanks(p);
	begin = p->at;
	if (take_word(p, "interloper")) {
		p->limit->interlopers = true;
		return 0;
	}
	if (take_word(p, "owner")) {
		p->limit->owners = true;
		return 0;
	}
	if (take_word(p, "task") && take(p, '='))
		return parse_task(p);
	p->at = begin;
	if (take_word(p, "cpu") && take(p, '=')) {
		if (p->limit->statistic != LIMIT_BLAMED)
			return parse_cpus(p);
		p->at = begin;
		return expected(p, "task=..., interloper or owner: blame is not told by CPU");
	}
	p->at = begin;
	return expected(p, "task=..., cpu=..., interloper or owner");
}

static int parse_arguments(struct parser *p)
{
	bool first = true;
	int err;

	if (!take(p, '('))
		return has_quantity(p->limit->statistic) ? expected(p, "( and what it is of") : 0;
	if (p->limit->statistic == LIMIT_LOST) {
		p->at--;
		return expected(p, "a comparison: losses are not told by task or CPU");
	}
	if (has_quantity(p->limit->statistic)) {
		err = parse_quantity(p);
		if (err)
			return err;
		first = false;
	}
	while (!take(p, ')')) {
		if (!first && !take(p, ','))
			return expected(p, "\",\" or \")\"");
		err = parse_selector(p);
		if (err)
			return err;
		first = false;
	}
	return 0;
}

static const char *const comparisons[] = {
	[LIMIT_LT] = "<",  [LIMIT_LE] = "<=", [LIMIT_GT] = ">",
	[LIMIT_GE] = ">=", [LIMIT_EQ] = "==", [LIMIT_NE] = "!=",
};

const char *limit_comparison_text(enum limit_comparison comparison)
{
	return comparisons[comparison];
}

static int parse_comparison(struct parser *p)
{
	int found = -1;

	skip_blanks(p);
	/* The longest that fits: "<=" begins with "<". */
	for (int c = 0; c < 6; c++)
		if (!strncmp(p->at, comparisons[c], strlen(comparisons[c])) &&
		    (found < 0 || strlen(comparisons[c]) > strlen(comparisons[found])))
			found = c;
	if (found < 0)
		return expected(p, "< <= > >= == or !=");
	p->limit->comparison = found;
	p->at += strlen(comparisons[found]);
	return 0;
}

enum limit_unit limit_unit(const struct limit *limit)
{
	switch (limit->statistic) {
	case LIMIT_SHARE:
		return LIMIT_FRACTION;
	case LIMIT_COUNT:
	case LIMIT_TRESPASSES:
	case LIMIT_LOST:
		return LIMIT_NUMBER;
	default:
		return LIMIT_NS;
	}
}

static const struct {
	const char *name;
	enum limit_unit unit;
	double factor;
} units[] = {
	{ "ns", LIMIT_NS, 1 },	{ "us", LIMIT_NS, 1e3 },       { "ms", LIMIT_NS, 1e6 },
	{ "s", LIMIT_NS, 1e9 }, { "%", LIMIT_FRACTION, 0.01 }, { "", LIMIT_NUMBER, 1 },
};

static int parse_unit(struct parser *p)
{
	static const char *const wanted[] = { "a unit: ns, us, ms or s", "%",
					      "no unit: it is a count" };
	enum limit_unit unit = limit_unit(p->limit);
	size_t length;

	skip_blanks(p);
	length = *p->at == '%' ? 1 : word_length(p->at);
	if (unit == LIMIT_NUMBER && is_word(p->at, length, "allow-empty"))
		return 0;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].unit != unit || !is_word(p->at, length, units[i].name))
			continue;
		p->limit->value *= units[i].factor;
		p->at += length;
		return 0;
	}
	return expected(p, "%s", wanted[unit]);
}

static int parse_number(struct parser *p)
{
	size_t length;
	char number[32];

	skip_blanks(p);
	length = strspn(p->at, "0123456789.");
	if (!length || length >= sizeof(number))
		return expected(p, "a number");
	memcpy(number, p->at, length);
	number[length] = '\0';
	if (strchr(number, '.') != strrchr(number, '.') || !strcmp(number, "."))
		return expected(p, "a number");
	p->limit->value = strtod(number, NULL);
	p->at += length;
	return 0;
}

static int parse_limit(struct parser *p)
{
	int err;

	if ((err = parse_statistic(p)) || (err = parse_arguments(p)) ||
	    (err = parse_comparison(p)) || (err = parse_number(p)) || (err = parse_unit(p)))
		return err;
	p->limit->allow_empty = take_word(p, "allow-empty");
	skip_blanks(p);
	return at_end(p)
		       ? 0
		       : expected(p, "the end%s", p->limit->allow_empty ? "" : ", or allow-empty");
}

/* What a comparison of distributions cannot be about: single events, and what has no blocks of
 * time. */
static int parse_compared(struct parser *p)
{
	const char *begin;
	int err;

	p->limit->compared = true;
	skip_blanks(p);
	begin = p->at;
	err = parse_statistic(p);
	if (err)
		return err;
	if (p->limit->statistic == LIMIT_MAX || p->limit->statistic == LIMIT_MIN ||
	    p->limit->statistic >= LIMIT_BLAMED) {
		p->at = begin;
		return expected(
			p,
			"p50, p99, p99.9, mean, total, count or share: of all else chance is not "
			"known; give it a limit");
	}
	err = parse_arguments(p);
	if (err)
		return err;
	skip_blanks(p);
	return at_end(p) ? 0 : expected(p, "the end: what is compared has no value of its own");
}

static int parse_line(struct limit *limit, const char *text, struct limit_error *error,
		      bool compared)
{
	struct parser p = { .text = text, .at = text, .limit = limit, .error = error };
	const char *begin;
	int err;

	memset(limit, 0, sizeof(*limit));
	skip_blanks(&p);
	if (at_end(&p))
		return 1;
	compared = compared || take_word(&p, "compare");
	skip_blanks(&p);
	begin = p.at;
	err = compared ? parse_compared(&p) : parse_limit(&p);
	if (!err) {
		while (p.at > begin && isspace((unsigned char)p.at[-1]))
			p.at--;
		limit->text = strndup(begin, p.at - begin);
		err = limit->text ? 0 : -ENOMEM;
	}
	if (err)
		limit_free(limit);
	return err;
}

int limit_parse(struct limit *limit, const char *text, struct limit_error *error)
{
	return parse_line(limit, text, error, false);
}

int limit_parse_compared(struct limit *limit, const char *text, struct limit_error *error)
{
	return parse_line(limit, text, error, true);
}

void limit_free(struct limit *limit)
{
	free(limit->text);
	filter_free(&limit->tasks);
	hwloc_bitmap_free(limit->cpus);
	memset(limit, 0, sizeof(*limit));
}
