// SPDX-License-Identifier: GPL-2.0-only
/* The bit that stands for "R+": see perf_preempt.h. */
#include "import/perf_preempt.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 32

struct expression {
	const char *at;
	int depth;
	bool bad;
};

static uint64_t sum(struct expression *x);

static bool accept(struct expression *x, const char *token)
{
	size_t length = strlen(token);

	x->at += strspn(x->at, " ");
	if (strncmp(x->at, token, length))
		return false;
	x->at += length;
	return true;
}

static uint64_t alternatives(struct expression *x)
{
	uint64_t value = sum(x);

	while (!x->bad && accept(x, "|"))
		value |= sum(x);
	return value;
}

static uint64_t atom(struct expression *x)
{
	uint64_t value = 0;
	char *end;

	if (accept(x, "(")) {
		if (++x->depth > DEPTH_MAX)
			x->bad = true;
		else
			value = alternatives(x);
		x->depth--;
		x->bad |= !accept(x, ")");
		return value;
	}
	value = strtoull(x->at, &end, 0);
	x->bad |= end == x->at;
	x->at = end;
	return value;
}

static uint64_t addition(struct expression *x)
{
	uint64_t value = atom(x);

	while (!x->bad) {
		if (accept(x, "+"))
			value += atom(x);
		else if (accept(x, "-"))
			value -= atom(x);
		else
			break;
	}
	return value;
}

static uint64_t sum(struct expression *x)
{
	uint64_t value = addition(x), by;

	while (!x->bad && accept(x, "<<")) {
		by = addition(x);
		value = by < 64 ? value << by : 0;
	}
	return value;
}

uint64_t perf_preempt_bit(const char *print_format)
{
	static const char field[] = "REC->prev_state &";
	struct expression x;
	const char *at = print_format;
	uint64_t value;

	while ((at = strstr(at, field))) {
		at += strlen(field);
		x = (struct expression){ .at = at };
		value = atom(&x);
		if (!x.bad && accept(&x, "?") && accept(&x, "\"+\""))
			return value && !(value & (value - 1)) ? value : 0;
	}
	return 0;
}
