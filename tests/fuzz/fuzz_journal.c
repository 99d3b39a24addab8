// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any text is either refused with a reason, or a journal that is written back as itself, and whose
 * entries may be made: no file but of /proc and /sys, no task without an id.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "host/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct journal *journal)
{
	char *first = journal_print(journal), *second;
	struct journal back;
	char why[128];

	if (!first || journal_parse(&back, first, why, sizeof(why)))
		abort();
	second = journal_print(&back);
	if (!second || strcmp(first, second))
		abort();
	free(first);
	free(second);
	journal_free(&back);
	for (uint32_t i = 0; i < journal->count; i++) {
		const struct journal_entry *entry = &journal->entries[i];
		char *text = change_text(entry->change.value, entry->change.from);

		if (!text || !entry->ours_count || !journal_is_ours(entry, entry->ours[0]) ||
		    !change_is_valid(&entry->change, entry->change.from))
			abort();
		free(text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct journal journal;
	char why[128] = "";

	memcpy(text, data, size);
	text[size] = '\0';
	if (!journal_parse(&journal, text, why, sizeof(why))) {
		check(&journal);
		journal_free(&journal);
	} else if (!*why) {
		abort();
	}
	free(text);
	return 0;
}
