// SPDX-License-Identifier: GPL-2.0-only
/* What the commands' options share: see options.h. */
#include "commands/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"

int fail(const char *format, ...)
{
	va_list args;

	fputs("interloper: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_FAILED;
}

const char *options_as_root(int err)
{
	return geteuid() && (err == -EACCES || err == -EPERM) ? "; it needs root" : "";
}

int options_refuse(const struct argp_state *state, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", state->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return EINVAL;
}

/* getopt says in a line what is wrong; argp would add two on where to find help. */
static error_t parse_quietly(int key, char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = state->input;
	state->err_stream = NULL;
	return 0;
}

int options_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	const struct argp_child children[] = { { argp, 0, NULL, 0 }, { 0 } };
	const struct argp quiet = { .parser = parse_quietly, .children = children };
	char *command = argv[0], name[64];
	int err;

	/* argp and getopt name the program in what they print: "interloper trace". */
	snprintf(name, sizeof(name), "interloper %s", command);
	argv[0] = name;
	argp_err_exit_status = EXIT_FAILED;
	err = argp_parse(&quiet, argc, argv, ARGP_IN_ORDER, NULL, input);
	argv[0] = command;
	return err ? -EINVAL : 0;
}

static bool is_number(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isdigit((unsigned char)text[i]))
			return false;
	return length > 0;
}

/* -t takes names and, as perf's does, thread ids. */
static int add_tasks(struct filter *filter, const char *list, char *why, size_t why_size)
{
	const char *item = list;
	int err = 0;

	do {
		size_t length = strcspn(item, ",");
		char *one = strndup(item, length);

		if (!one)
			return -ENOMEM;
		if (is_number(one, length))
			err = filter_add_pids(filter, one, why, why_size);
		else
			err = filter_add_comms(filter, one, why, why_size);
		free(one);
		item += length;
	} while (!err && *item++ == ',');
	return err;
}

static error_t parse_filter(int key, char *arg, struct argp_state *state)
{
	struct filter *filter = state->input;
	char why[256] = "out of memory";
	int err;

	switch (key) {
	case 'C':
		err = filter_set_cpus(filter, arg, why, sizeof(why));
		break;
	case 't':
		err = add_tasks(filter, arg, why, sizeof(why));
		break;
	case 'p':
		err = filter_add_pids(filter, arg, why, sizeof(why));
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return err ? options_refuse(state, "%s", why) : 0;
}

static const struct argp_option filter_options[] = {
	{ "cpu", 'C', "CPUS", 0, "only slices on these CPUs: 43, 0-3,8 (default: all)", 0 },
	{ "task", 't', "TASKS", 0,
	  "only these tasks: names (ksmd; kworker* for all that begin so) or thread ids", 0 },
	{ "pid", 'p', "PIDS", 0, "only these processes (all their threads) or threads", 0 },
	{ 0 }
};

const struct argp filter_argp = { .options = filter_options, .parser = parse_filter };

int parse_seconds(const char *text, uint64_t *ns)
{
	char *end;
	double seconds;

	errno = 0;
	seconds = strtod(text, &end);
	if (errno || end == text || *end || !(seconds > 0) || seconds > 1e9)
		return -EINVAL;
	*ns = seconds * 1e9;
	return *ns ? 0 : -EINVAL;
}

static bool take_number(const char *text, uint64_t limit, uint64_t *number)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || value > limit)
		return false;
	*number = value;
	return true;
}

int options_take_count(const struct argp_state *state, const char *option, const char *text,
		       uint32_t limit, uint32_t *n)
{
	uint64_t number;

	if (!take_number(text, limit, &number))
		return options_refuse(state, "%s %s: expected a number up to %u", option, text,
				      limit);
	*n = number;
	return 0;
}

int options_take_number(const struct argp_state *state, const char *option, const char *text,
			uint64_t *number)
{
	return take_number(text, UINT64_MAX, number)
		       ? 0
		       : options_refuse(state, "%s %s: expected a number", option, text);
}

int parse_duration(const char *text, uint64_t *ns)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 } };
	double value;
	char *end;

	if (!strchr("0123456789.", *text))
		return -EINVAL;
	value = strtod(text, &end);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		double its_ns = value * units[i].ns;

		if (strcmp(end, units[i].name) != 0)
			continue;
		if (!(its_ns >= 1 && its_ns < 1e18))
			return -EINVAL;
		*ns = its_ns;
		return 0;
	}
	return -EINVAL;
}

int parse_percent(const char *text, double *share)
{
	double value;
	char *end;

	if (!strchr("0123456789.", *text))
		return -EINVAL;
	value = strtod(text, &end);
	if (strcmp(end, "%") != 0 || !(value > 0 && value <= 100))
		return -EINVAL;
	*share = value / 100;
	return 0;
}

int parse_bytes(const char *text, size_t *bytes)
{
	unsigned long long value;
	unsigned int shift = 0;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	switch (toupper((unsigned char)*end)) {
	case 'K':
		shift = 10;
		end++;
		break;
	case 'M':
		shift = 20;
		end++;
		break;
	case 'G':
		shift = 30;
		end++;
		break;
	}
	if (errno || *end || value > SIZE_MAX >> shift)
		return -EINVAL;
	*bytes = value << shift;
	return 0;
}

/* Exact to the ns: a double has no room for both a long uptime and a microsecond. */
static int parse_clock(const char *text, size_t length, uint64_t *ns)
{
	uint64_t seconds = 0, fraction = 0, scale = 1000000000;
	size_t i = 0;

	for (; i < length && isdigit((unsigned char)text[i]); i++) {
		if (seconds > UINT32_MAX)
			return -EINVAL;
		seconds = seconds * 10 + (text[i] - '0');
	}
	if (!i)
		return -EINVAL;
	if (i < length && text[i] == '.') {
		for (i++; i < length && isdigit((unsigned char)text[i]) && scale > 1; i++) {
			scale /= 10;
			fraction += (text[i] - '0') * scale;
		}
	}
	if (i != length)
		return -EINVAL;
	*ns = seconds * 1000000000 + fraction;
	return 0;
}

int options_take_window(const struct argp_state *state, const char *text, struct filter *filter)
{
	const char *comma = strchrnul(text, ',');
	int err = 0;

	filter->from_ns = 0;
	filter->to_ns = 0;
	if (comma > text)
		err = parse_clock(text, comma - text, &filter->from_ns);
	if (!err && *comma && comma[1])
		err = parse_clock(comma + 1, strlen(comma + 1), &filter->to_ns);
	if (!err && *text && !(filter->to_ns && filter->to_ns < filter->from_ns))
		return 0;
	return options_refuse(
		state,
		"--time %s: not a window (expected A,B in seconds, A before B, each may "
		"be left out)",
		text);
}
