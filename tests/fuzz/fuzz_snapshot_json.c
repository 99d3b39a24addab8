// SPDX-License-Identifier: GPL-2.0-only
/* Any text is either refused with a reason, or a snapshot whose JSON reads back as itself. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "host/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct host_snapshot *host)
{
	char *first = host_snapshot_to_json(host), *second;
	struct host_snapshot back;
	char why[128];

	if (!first || host_snapshot_from_json(&back, first, why, sizeof(why)))
		abort();
	second = host_snapshot_to_json(&back);
	if (!second || strcmp(first, second))
		abort();
	free(first);
	free(second);
	host_snapshot_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct host_snapshot host;
	char why[128] = "";

	memcpy(text, data, size);
	text[size] = '\0';
	if (!host_snapshot_from_json(&host, text, why, sizeof(why))) {
		check(&host);
		host_snapshot_free(&host);
	} else if (!*why) {
		abort();
	}
	free(text);
	return 0;
}
