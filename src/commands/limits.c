// SPDX-License-Identifier: GPL-2.0-only
/* What check and diff were asked: see limits.h. */
#include "commands/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands/options.h"

int limits_add(struct limits *limits, const char *text, bool compared, struct limit_error *error)
{
	struct limit *grown;
	struct limit limit;
	int err = compared ? limit_parse_compared(&limit, text, error)
			   : limit_parse(&limit, text, error);

	if (err)
		return err > 0 ? 0 : err;
	grown = limits->count < LIMITS_MAX
			? realloc(limits->list, (limits->count + 1) * sizeof(*grown))
			: NULL;
	if (!grown) {
		limit_free(&limit);
		return limits->count < LIMITS_MAX ? -ENOMEM : -E2BIG;
	}
	limits->list = grown;
	grown[limits->count++] = limit;
	return 0;
}

void limits_free(struct limits *limits)
{
	for (uint32_t i = 0; i < limits->count; i++)
		limit_free(&limits->list[i]);
	free(limits->list);
	memset(limits, 0, sizeof(*limits));
}

int limits_refuse(const struct argp_state *state, int err, const char *where, const char *text,
		  const struct limit_error *error)
{
	if (err == -ENOMEM)
		return options_refuse(state, "out of memory");
	if (err == -E2BIG)
		return options_refuse(state, "%s: more than %u limits", where, LIMITS_MAX);
	return options_refuse(state, "%s: column %u: %s: \"%s\" (--help-limits shows all)", where,
			      error->column, error->why, text);
}

int limits_take(struct limits *limits, const struct argp_state *state, const char *text,
		bool compared)
{
	const char *option = compared ? "--compare" : "--limit";
	struct limit_error error;
	uint32_t before = limits->count;
	int err = limits_add(limits, text, compared, &error);

	if (err)
		return limits_refuse(state, err, option, text, &error);
	return limits->count > before ? 0 : options_refuse(state, "%s: it is empty", option);
}

struct limits_needs limits_needs(const struct limits *limits)
{
	struct limits_needs needs = {};

	for (uint32_t i = 0; i < limits->count; i++) {
		const struct limit *limit = &limits->list[i];

		needs.cpus |= limit->cpus || limit->isolated;
		needs.owners |= limit->interlopers || limit->owners;
		needs.blame |= limit->statistic == LIMIT_BLAMED;
		needs.trespasses |= limit->statistic == LIMIT_TRESPASSES;
	}
	return needs;
}
