// SPDX-License-Identifier: GPL-2.0-only
/* The state of KSM as metrics: see report_metrics_ksm.h. */
#include "output/report_metrics_ksm.h"

#include <string.h>

/* A file's number in its unit, and how many of that unit are a second, or 1. */
struct ksm_metric {
	enum ksm_field field;
	int64_t in_unit;
	struct metrics_family family;
};

#define PLAIN(field_, type_, name_, help_)                                                         \
	{                                                                                          \
		field_, 1,                                                                         \
		{                                                                                  \
			"interloper_ksm_" name_, type_, NULL, help_                                \
		}                                                                                  \
	}
#define UNIT(field_, in_unit_, unit_, name_, help_)                                                \
	{                                                                                          \
		field_, in_unit_,                                                                  \
		{                                                                                  \
			"interloper_ksm_" name_, METRICS_GAUGE, unit_, help_                       \
		}                                                                                  \
	}

static const struct ksm_metric ksm_metrics[] = {
	PLAIN(KSM_RUN, METRICS_GAUGE, "run", "0: off; 1: on; 2: off, and all is unmerged."),
	PLAIN(KSM_PAGES_TO_SCAN, METRICS_GAUGE, "pages_to_scan", "Pages of a batch."),
	UNIT(KSM_SLEEP_MILLISECS, 1000, "seconds", "sleep_seconds", "The sleep between batches."),
	PLAIN(KSM_MERGE_ACROSS_NODES, METRICS_GAUGE, "merge_across_nodes",
	      "1: pages of different NUMA nodes are merged."),
	PLAIN(KSM_MAX_PAGE_SHARING, METRICS_GAUGE, "max_page_sharing",
	      "How many may share one page."),
	PLAIN(KSM_USE_ZERO_PAGES, METRICS_GAUGE, "use_zero_pages",
	      "1: empty pages are merged with the kernel's zero page."),
	PLAIN(KSM_SMART_SCAN, METRICS_GAUGE, "smart_scan",
	      "1: pages that were often not merged are passed over."),
	UNIT(KSM_STABLE_NODE_CHAINS_PRUNE_MILLISECS, 1000, "seconds",
	     "stable_node_chains_prune_seconds", "How often chains of copies are pruned."),
	UNIT(KSM_ADVISOR_MAX_CPU, 100, "ratio", "advisor_maximum_cpu_ratio",
	     "The part of one CPU that the advisor may use."),
	PLAIN(KSM_ADVISOR_MIN_PAGES_TO_SCAN, METRICS_GAUGE, "advisor_minimum_pages_to_scan",
	      "The advisor's least batch."),
	PLAIN(KSM_ADVISOR_MAX_PAGES_TO_SCAN, METRICS_GAUGE, "advisor_maximum_pages_to_scan",
	      "The advisor's largest batch."),
	UNIT(KSM_ADVISOR_TARGET_SCAN_TIME, 1, "seconds", "advisor_target_scan_time_seconds",
	     "How long the advisor wants a full scan to take."),
	PLAIN(KSM_FULL_SCANS, METRICS_COUNTER, "full_scans", "Full scans since boot."),
	PLAIN(KSM_PAGES_SHARED, METRICS_GAUGE, "pages_shared", "Pages that others share."),
	PLAIN(KSM_PAGES_SHARING, METRICS_GAUGE, "pages_sharing", "Places that share: pages saved."),
	PLAIN(KSM_PAGES_UNSHARED, METRICS_GAUGE, "pages_unshared",
	      "Pages that are looked at again and again, and unique."),
	PLAIN(KSM_PAGES_VOLATILE, METRICS_GAUGE, "pages_volatile", "Pages that change too fast."),
	PLAIN(KSM_PAGES_SCANNED, METRICS_COUNTER, "pages_scanned", "Pages looked at since boot."),
	PLAIN(KSM_PAGES_SKIPPED, METRICS_COUNTER, "pages_skipped",
	      "Pages passed over by smart_scan since boot."),
	PLAIN(KSM_ZERO_PAGES, METRICS_GAUGE, "zero_pages",
	      "Places that share the kernel's zero page."),
	UNIT(KSM_GENERAL_PROFIT, 1, "bytes", "general_profit_bytes",
	     "Bytes saved, less what KSM itself needs."),
	PLAIN(KSM_STABLE_NODE_CHAINS, METRICS_GAUGE, "stable_node_chains",
	      "Chains of copies of pages that too many share."),
	PLAIN(KSM_STABLE_NODE_DUPS, METRICS_GAUGE, "stable_node_duplicates",
	      "Copies in these chains."),
};

_Static_assert(sizeof(ksm_metrics) / sizeof(ksm_metrics[0]) == KSM_FIELDS, "a metric a field");

static int put_field(struct metrics *m, const struct ksm_metric *metric,
		     const struct ksm_state *state)
{
	int64_t value = state->value[metric->field];
	int err;

	/* A counter below 0 is none that we know. */
	if (!ksm_knows(state, metric->field) ||
	    (value < 0 && metric->family.type == METRICS_COUNTER))
		return 0;
	err = metrics_family(m, &metric->family);
	if (err)
		return err;
	if (metric->in_unit == 1)
		return metrics_integer(m, NULL, 0, value);
	return metrics_real(m, NULL, 0, (double)value / (double)metric->in_unit);
}

static int put_advisor(struct metrics *m, const struct ksm_state *state)
{
	static const struct metrics_family family = { "interloper_ksm_advisor", METRICS_INFO, NULL,
						      "Who sets pages_to_scan." };
	const struct metrics_label mode = { "mode", ksm_advisor_name(state->advisor), 0 };
	int err;

	if (state->advisor == KSM_ADVISOR_UNKNOWN)
		return 0;
	err = metrics_family(m, &family);
	return err ? err : metrics_info(m, &mode, 1);
}

int report_metrics_ksm(struct metrics *m, const struct ksm_state *state)
{
	int err;

	if (!state->there)
		return 0;
	err = put_advisor(m, state);
	for (int i = 0; i < KSM_FIELDS && !err; i++)
		err = put_field(m, &ksm_metrics[i], state);
	return err;
}
