// SPDX-License-Identifier: GPL-2.0-only
/* The state of KSM, and how it went on: see ksm.h. */
#include "host/ksm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/read.h"
#include "host/snapshot.h"

static const char *const field_names[KSM_FIELDS] = {
	[KSM_RUN] = "run",
	[KSM_PAGES_TO_SCAN] = "pages_to_scan",
	[KSM_SLEEP_MILLISECS] = "sleep_millisecs",
	[KSM_MERGE_ACROSS_NODES] = "merge_across_nodes",
	[KSM_MAX_PAGE_SHARING] = "max_page_sharing",
	[KSM_USE_ZERO_PAGES] = "use_zero_pages",
	[KSM_SMART_SCAN] = "smart_scan",
	[KSM_STABLE_NODE_CHAINS_PRUNE_MILLISECS] = "stable_node_chains_prune_millisecs",
	[KSM_ADVISOR_MAX_CPU] = "advisor_max_cpu",
	[KSM_ADVISOR_MIN_PAGES_TO_SCAN] = "advisor_min_pages_to_scan",
	[KSM_ADVISOR_MAX_PAGES_TO_SCAN] = "advisor_max_pages_to_scan",
	[KSM_ADVISOR_TARGET_SCAN_TIME] = "advisor_target_scan_time",
	[KSM_FULL_SCANS] = "full_scans",
	[KSM_PAGES_SHARED] = "pages_shared",
	[KSM_PAGES_SHARING] = "pages_sharing",
	[KSM_PAGES_UNSHARED] = "pages_unshared",
	[KSM_PAGES_VOLATILE] = "pages_volatile",
	[KSM_PAGES_SCANNED] = "pages_scanned",
	[KSM_PAGES_SKIPPED] = "pages_skipped",
	[KSM_ZERO_PAGES] = "ksm_zero_pages",
	[KSM_GENERAL_PROFIT] = "general_profit",
	[KSM_STABLE_NODE_CHAINS] = "stable_node_chains",
	[KSM_STABLE_NODE_DUPS] = "stable_node_dups",
};

const char *ksm_field_name(enum ksm_field field)
{
	return field_names[field];
}

const char *ksm_advisor_name(enum ksm_advisor advisor)
{
	static const char *const names[] = {
		[KSM_ADVISOR_UNKNOWN] = "unknown",
		[KSM_ADVISOR_NONE] = "none",
		[KSM_ADVISOR_SCAN_TIME] = "scan-time",
		[KSM_ADVISOR_OTHER] = "other",
	};

	return names[advisor];
}

/* Of "none [scan-time]" the one in brackets. */
static enum ksm_advisor advisor_of(const char *text)
{
	const char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;
	size_t length = close ? (size_t)(close - open - 1) : 0;

	if (!length)
		return KSM_ADVISOR_UNKNOWN;
	for (int i = KSM_ADVISOR_NONE; i <= KSM_ADVISOR_SCAN_TIME; i++)
		if (strlen(ksm_advisor_name(i)) == length &&
		    !memcmp(ksm_advisor_name(i), open + 1, length))
			return i;
	return KSM_ADVISOR_OTHER;
}

/* The kernel writes plain decimal numbers; only the profit has a sign. */
static bool take_number(int64_t *number, enum ksm_field field, const char *text)
{
	bool negative = field == KSM_GENERAL_PROFIT && *text == '-';
	const char *digits = text + negative;
	long long value;
	char *end;

	if (*digits < '0' || *digits > '9')
		return false;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || (*end && strcmp(end, "\n")))
		return false;
	*number = value;
	return true;
}

void ksm_state_take(struct ksm_state *state, const char *name, const char *text)
{
	if (!strcmp(name, "advisor_mode"))
		state->advisor = advisor_of(text);
	for (int i = 0; i < KSM_FIELDS; i++)
		if (!strcmp(name, field_names[i]) && take_number(&state->value[i], i, text))
			state->known |= UINT64_C(1) << i;
}

void ksm_state_from_snapshot(struct ksm_state *state, const struct host_snapshot *host)
{
	memset(state, 0, sizeof(*state));
	state->there = host->ksm_file_count;
	for (uint32_t i = 0; i < host->ksm_file_count; i++)
		ksm_state_take(state, host->ksm_files[i].name, host->ksm_files[i].value);
}

static bool read_file(struct ksm_state *state, const char *root, const char *name)
{
	char path[128], *text;

	snprintf(path, sizeof(path), KSM_FOLDER "/%s", name);
	text = host_read_text(root, path);
	if (!text)
		return false;
	ksm_state_take(state, name, text);
	free(text);
	return true;
}

int ksm_state_read(struct ksm_state *state, const char *root)
{
	memset(state, 0, sizeof(*state));
	for (int i = 0; i < KSM_FIELDS; i++)
		state->there |= read_file(state, root, field_names[i]);
	state->there |= read_file(state, root, "advisor_mode");
	return state->there ? 0 : -ENOENT;
}

void ksm_samples_free(struct ksm_samples *samples)
{
	free(samples->list);
	memset(samples, 0, sizeof(*samples));
}

static int reserve(struct ksm_samples *samples)
{
	uint32_t capacity = samples->capacity ? 2 * samples->capacity : 8;
	struct ksm_sample *list;

	if (samples->count < samples->capacity)
		return 0;
	list = realloc(samples->list, capacity * sizeof(*list));
	if (!list)
		return -ENOMEM;
	samples->list = list;
	samples->capacity = capacity;
	return 0;
}

static void drop_every_other(struct ksm_samples *samples)
{
	for (uint32_t i = 0; 2 * i < samples->count; i++)
		samples->list[i] = samples->list[2 * i];
	samples->count = (samples->count + 1) / 2;
	samples->step *= 2;
}

/* The latest is kept until the next comes, be it its turn or not. */
int ksm_samples_put(struct ksm_samples *samples, const struct ksm_state *state, uint64_t time_ns)
{
	int err;

	if (samples->count && time_ns < samples->list[samples->count - 1].time_ns)
		return -EINVAL;
	if (!samples->step)
		samples->step = 1;
	if (samples->count > 1 && (samples->added - 1) % samples->step)
		samples->count--;
	if (samples->count == KSM_SAMPLES_MAX)
		drop_every_other(samples);
	err = reserve(samples);
	if (err)
		return err;
	samples->list[samples->count++] = (struct ksm_sample){ time_ns, *state };
	samples->added++;
	return 0;
}

int ksm_samples_add(struct ksm_samples *samples, const char *root, uint64_t time_ns)
{
	struct ksm_state state;

	ksm_state_read(&state, root);
	return ksm_samples_put(samples, &state, time_ns);
}
