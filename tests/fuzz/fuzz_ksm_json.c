// SPDX-License-Identifier: GPL-2.0-only
/* Any text is either refused with a reason, or states of KSM whose JSON reads back as itself. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "host/ksm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct ksm_samples *samples)
{
	char *first = ksm_samples_to_json(samples), *second;
	struct ksm_samples back;
	char why[128];

	for (uint32_t i = 1; i < samples->count; i++)
		if (samples->list[i].time_ns < samples->list[i - 1].time_ns)
			abort();
	if (!first || ksm_samples_from_json(&back, first, why, sizeof(why)))
		abort();
	second = ksm_samples_to_json(&back);
	if (!second || strcmp(first, second) || back.count != samples->count)
		abort();
	free(first);
	free(second);
	ksm_samples_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct ksm_samples samples;
	char why[128] = "";

	memcpy(text, data, size);
	text[size] = '\0';
	if (!ksm_samples_from_json(&samples, text, why, sizeof(why))) {
		check(&samples);
		ksm_samples_free(&samples);
	} else if (!*why || samples.count || samples.list) {
		abort();
	}
	free(text);
	return 0;
}
