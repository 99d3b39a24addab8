/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's same-page merging (KSM), as the files of /sys/kernel/mm/ksm tell it (mm/ksm.c).
 * Which there are depends on the kernel: general_profit since 6.4, pages_scanned since 6.6,
 * smart_scan and pages_skipped since 6.7, the advisor since 6.8. A file that is absent, or no
 * number, is unknown.
 *
 * pages_scanned counts a page once it was looked at (pages that smart_scan passes over are in
 * pages_skipped alone). Before 730cdc2c72c6 (6.10, and later stable kernels) it left out the
 * batches that came to the end of a scan.
 */
#ifndef INTERLOPER_HOST_KSM_H
#define INTERLOPER_HOST_KSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KSM_FOLDER "/sys/kernel/mm/ksm"

enum ksm_field {
	/* What ksmd is told to do. */
	KSM_RUN, /* 0: off, what is merged stays so; 1: on; 2: off, and all is unmerged */
	KSM_PAGES_TO_SCAN, /* a batch; an active advisor sets it, and writing it fails: -EINVAL */
	KSM_SLEEP_MILLISECS, /* between batches; 0: no sleep at all */
	KSM_MERGE_ACROSS_NODES,
	KSM_MAX_PAGE_SHARING,
	KSM_USE_ZERO_PAGES,
	KSM_SMART_SCAN,
	KSM_STABLE_NODE_CHAINS_PRUNE_MILLISECS,
	/* What the advisor is told to do (its mode is ksm_state.advisor). */
	KSM_ADVISOR_MAX_CPU, /* percent of one CPU; the kernel takes values below 10 as 10 */
	KSM_ADVISOR_MIN_PAGES_TO_SCAN, /* in truth what it begins with */
	KSM_ADVISOR_MAX_PAGES_TO_SCAN, /* no batch is larger, whatever the others say */
	KSM_ADVISOR_TARGET_SCAN_TIME,  /* of a full scan, in seconds */
	/* What is. */
	KSM_FULL_SCANS,
	KSM_PAGES_SHARED,   /* pages that others share ... */
	KSM_PAGES_SHARING,  /* ... and places that do: pages saved */
	KSM_PAGES_UNSHARED, /* looked at again and again, unique */
	KSM_PAGES_VOLATILE, /* they change too fast */
	KSM_PAGES_SCANNED,
	KSM_PAGES_SKIPPED,
	KSM_ZERO_PAGES,
	KSM_GENERAL_PROFIT, /* bytes saved, less what KSM itself needs: may be negative */
	KSM_STABLE_NODE_CHAINS,
	KSM_STABLE_NODE_DUPS,
	KSM_FIELDS
};

enum ksm_advisor {
	KSM_ADVISOR_UNKNOWN, /* this kernel has none, or it was not read */
	KSM_ADVISOR_NONE,
	KSM_ADVISOR_SCAN_TIME,
	KSM_ADVISOR_OTHER, /* one that is not known here, but active */
};

struct ksm_state {
	bool there; /* this kernel has KSM */
	enum ksm_advisor advisor;
	uint64_t known; /* bit 1 << field */
	int64_t value[KSM_FIELDS]; /* 0 where it is not known */
};

static inline bool ksm_knows(const struct ksm_state *state, enum ksm_field field)
{
	return state->known >> field & 1;
}

/* The field's value, or instead where it is not known. */
static inline int64_t ksm_value(const struct ksm_state *state, enum ksm_field field,
				int64_t instead)
{
	return ksm_knows(state, field) ? state->value[field] : instead;
}

static inline bool ksm_is_advised(const struct ksm_state *state)
{
	return state->advisor == KSM_ADVISOR_SCAN_TIME || state->advisor == KSM_ADVISOR_OTHER;
}

/* The file's name: "pages_to_scan". */
const char *ksm_field_name(enum ksm_field field);

/* "none", "scan-time", "other", "unknown" */
const char *ksm_advisor_name(enum ksm_advisor advisor);

/* Takes one file's name and text; files that are not known here, or no number, are ignored. */
void ksm_state_take(struct ksm_state *state, const char *name, const char *text);

struct host_snapshot;
void ksm_state_from_snapshot(struct ksm_state *state, const struct host_snapshot *host);

/* Reads the machine below root ("" is the live one). 0, or -ENOENT if there is no KSM. */
int ksm_state_read(struct ksm_state *state, const char *root);

/*
 * The states of a trace: before, during and after it. At most so many are kept: when they are full
 * every other one goes, and from then on every other is kept; but the first and the latest always
 * are.
 */
#define KSM_SAMPLES_MAX 512

struct ksm_sample {
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	struct ksm_state state;
};

struct ksm_samples {
	struct ksm_sample *list; /* by time */
	uint32_t count;
	/* Private. */
	uint32_t capacity, step;
	uint64_t added;
};

/* A zeroed struct is empty; so is one that was freed. */
void ksm_samples_free(struct ksm_samples *samples);

/* Adds a state. 0, -EINVAL for a time before the last one's, or -ENOMEM: nothing was added. */
int ksm_samples_put(struct ksm_samples *samples, const struct ksm_state *state, uint64_t time_ns);

/* The same with what is read below root now; a kernel without KSM is a state, too. */
int ksm_samples_add(struct ksm_samples *samples, const char *root, uint64_t time_ns);

/* JSON text, to be freed by the caller; NULL without memory. */
char *ksm_samples_to_json(const struct ksm_samples *samples);

/*
 * Input is untrusted: at most KSM_SAMPLES_MAX samples, by time; keys that are not known are
 * ignored. 0, -EINVAL (with one line in why), -ENOMEM; *samples is empty after an error.
 */
int ksm_samples_from_json(struct ksm_samples *samples, const char *json, char *why,
			  size_t why_size);

#endif
