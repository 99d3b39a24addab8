// SPDX-License-Identifier: GPL-2.0-only
/* Numbers and labels of metrics as text: see metrics_text.h. */
#include "output/metrics_text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/put.h"

size_t number_count(char text[NUMBER_MAX], uint64_t value)
{
	char *end = put_u64(text, value);

	*end = '\0';
	return end - text;
}

size_t number_seconds(char text[NUMBER_MAX], uint64_t ns)
{
	char *end = put_u64(text, ns / 1000000000);

	if (ns % 1000000000) {
		*end++ = '.';
		end = put_nine(end, ns % 1000000000);
		while (end[-1] == '0')
			end--;
	}
	*end = '\0';
	return end - text;
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

char *grown_room(struct grown *grown, size_t bytes)
{
	size_t capacity = grown->capacity ? grown->capacity : 256;
	char *larger;

	while (capacity - grown->length < bytes)
		capacity *= 2;
	if (capacity != grown->capacity) {
		larger = realloc(grown->text, capacity);
		if (!larger)
			return NULL;
		grown->text = larger;
		grown->capacity = capacity;
	}
	return grown->text + grown->length;
}

int grown_add(struct grown *grown, const char *bytes, size_t length)
{
	char *p = grown_room(grown, length);

	if (!p)
		return -ENOMEM;
	memcpy(p, bytes, length);
	grown->length += length;
	return 0;
}

int grown_text(struct grown *grown, const char *text)
{
	return grown_add(grown, text, strlen(text));
}

int grown_escaped(struct grown *grown, const char *text, bool quotes)
{
	char *p = grown_room(grown, 2 * strlen(text));

	if (!p)
		return -ENOMEM;
	grown->length += put_escaped(p, text, quotes) - p;
	return 0;
}
