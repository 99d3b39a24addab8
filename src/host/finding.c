// SPDX-License-Identifier: GPL-2.0-only
/* What was found out about the machine: see finding.h. */
#include "host/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void findings_free(struct findings *findings)
{
	for (uint32_t i = 0; i < findings->count; i++) {
		free(findings->list[i].found);
		free(findings->list[i].consequence);
		free(findings->list[i].remedy);
	}
	free(findings->list);
	memset(findings, 0, sizeof(*findings));
}

static struct finding *grow(struct findings *findings)
{
	uint32_t size = findings->size ? findings->size * 2 : 32;
	struct finding *list;

	if (findings->count < findings->size)
		return &findings->list[findings->count];
	list = realloc(findings->list, size * sizeof(*list));
	if (!list)
		return NULL;
	findings->list = list;
	findings->size = size;
	return &list[findings->count];
}

struct finding *findings_add(struct findings *findings, const char *check, enum verdict verdict,
			     const char *format, ...)
{
	struct finding *finding = grow(findings);
	char *found = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&found, format, args);
	va_end(args);
	if (length < 0 || !finding) {
		if (length >= 0)
			free(found);
		findings->no_memory = true;
		return NULL;
	}
	*finding = (struct finding){ .check = check, .verdict = verdict, .found = found };
	findings->count++;
	return finding;
}

static void set_text(char **text, const char *format, va_list args)
{
	free(*text);
	if (vasprintf(text, format, args) < 0)
		*text = NULL;
}

void finding_means(struct finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (finding)
		set_text(&finding->consequence, format, args);
	va_end(args);
}

void finding_remedy(struct finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (finding)
		set_text(&finding->remedy, format, args);
	va_end(args);
}

void finding_optional(struct finding *finding)
{
	if (finding)
		finding->optional = true;
}

const struct finding *findings_get(const struct findings *findings, const char *check)
{
	for (uint32_t i = 0; i < findings->count; i++)
		if (!strcmp(findings->list[i].check, check))
			return &findings->list[i];
	return NULL;
}

bool finding_is_problem(const struct finding *finding)
{
	return finding->verdict != VERDICT_OK && !finding->optional;
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_MISSING] = "missing",
		[VERDICT_LIMITED] = "limited",
		[VERDICT_UNKNOWN] = "unknown",
		[VERDICT_OK] = "ok",
	};

	return names[verdict];
}
