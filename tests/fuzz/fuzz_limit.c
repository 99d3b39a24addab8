// SPDX-License-Identifier: GPL-2.0-only
/* Any text is refused with a column that lies in it, or a limit whose own text reads as the same
 * one. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/limit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const struct limit *limit)
{
	struct limit_error error;
	struct limit again;
	int err = limit->compared ? limit_parse_compared(&again, limit->text, &error)
				  : limit_parse(&again, limit->text, &error);

	if (err)
		abort();
	if (strcmp(again.text, limit->text) != 0 || again.statistic != limit->statistic ||
	    again.quantity != limit->quantity || again.comparison != limit->comparison ||
	    again.value != limit->value || again.allow_empty != limit->allow_empty ||
	    again.compared != limit->compared || again.tasks.comm_count != limit->tasks.comm_count)
		abort();
	limit_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct limit_error error = {};
	struct limit limit;
	int err;

	memcpy(text, data, size);
	text[size] = '\0';
	err = limit_parse(&limit, text, &error);
	if (!err) {
		check_again(&limit);
		limit_free(&limit);
	} else if (err == -EINVAL && (error.column < 1 || error.column > strlen(text) + 1)) {
		abort();
	}
	free(text);
	return 0;
}
