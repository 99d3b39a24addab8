// SPDX-License-Identifier: GPL-2.0-only
/* Numbers and labels of metrics as text: see metrics_text.h. */
#include "output/metrics_text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void number_seconds(char text[NUMBER_MAX], uint64_t ns)
{
	int length = snprintf(text, NUMBER_MAX, "%" PRIu64 ".%09" PRIu64, ns / 1000000000,
			      ns % 1000000000);

	while (text[length - 1] == '0')
		length--;
	if (text[length - 1] == '.')
		length--;
	text[length] = '\0';
}

void number_real(char text[NUMBER_MAX], double value)
{
	char tried[NUMBER_MAX];

	if (isnan(value)) {
		strcpy(text, "NaN");
		return;
	}
	if (isinf(value)) {
		strcpy(text, value > 0 ? "+Inf" : "-Inf");
		return;
	}
	/* More digits may be shorter: "1e+02", "100". */
	text[0] = '\0';
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(tried, sizeof(tried), "%.*g", digits, value);
		if (strtod(tried, NULL) == value && (!text[0] || strlen(tried) < strlen(text)))
			strcpy(text, tried);
	}
}

int grown_add(struct grown *grown, const char *text, size_t length)
{
	size_t capacity = grown->capacity ? grown->capacity : 256;
	char *larger;

	while (capacity - grown->length < length)
		capacity *= 2;
	if (capacity != grown->capacity) {
		larger = realloc(grown->text, capacity);
		if (!larger)
			return -ENOMEM;
		grown->text = larger;
		grown->capacity = capacity;
	}
	memcpy(grown->text + grown->length, text, length);
	grown->length += length;
	return 0;
}

int grown_text(struct grown *grown, const char *text)
{
	return grown_add(grown, text, strlen(text));
}

const char *metrics_escape(char c, bool quotes)
{
	if (c == '\\')
		return "\\\\";
	if (c == '\n')
		return "\\n";
	return c == '"' && quotes ? "\\\"" : NULL;
}

int grown_escaped(struct grown *into, const char *text)
{
	int err = 0;

	for (; *text && !err; text++) {
		const char *escape = metrics_escape(*text, true);

		err = escape ? grown_text(into, escape) : grown_add(into, text, 1);
	}
	return err;
}
