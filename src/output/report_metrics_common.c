// SPDX-License-Identifier: GPL-2.0-only
/* What traces and `serve` tell alike: see report_metrics_common.h. */
#include "output/report_metrics_common.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/placement.h"
#include "host/cpulist.h"
#include "output/output.h"

int report_metrics_one(struct metrics *m, const struct metrics_family *family, uint64_t value)
{
	int err = metrics_family(m, family);

	if (err)
		return err;
	return family->unit && !strcmp(family->unit, "seconds") ? metrics_seconds(m, NULL, 0, value)
								: metrics_count(m, NULL, 0, value);
}

int report_metrics_build(struct metrics *m)
{
	static const struct metrics_family family = { "interloper_build", METRICS_INFO, NULL,
						      "The version of Interloper." };
	static const struct metrics_label version = { "version", INTERLOPER_VERSION, 0 };
	int err = metrics_family(m, &family);

	return err ? err : metrics_info(m, &version, 1);
}

/* A cleaned copy for the label, where the text is known. -ENOMEM or 0. */
static int add_text(struct metrics_label *labels, int *n, const char *name, char *text)
{
	if (!text)
		return -ENOMEM;
	text_clean(text);
	labels[(*n)++] = (struct metrics_label){ name, text, 0 };
	return 0;
}

/* An empty label reads as none, and none as not known. */
static char *cpus_text(hwloc_const_bitmap_t cpus)
{
	return hwloc_bitmap_iszero(cpus) ? strdup("none") : cpulist_format(cpus);
}

int report_metrics_host(struct metrics *m, const struct host_snapshot *host)
{
	static const struct metrics_family family = { "interloper_host", METRICS_INFO, NULL,
						      "The machine that was traced." };
	struct metrics_label labels[METRICS_LABELS_MAX];
	int n = 0, err = metrics_family(m, &family);

	if (!err && host->hostname)
		err = add_text(labels, &n, "hostname", strdup(host->hostname));
	if (!err && host->kernel_release)
		err = add_text(labels, &n, "kernel_release", strdup(host->kernel_release));
	if (!err && host->machine)
		err = add_text(labels, &n, "machine", strdup(host->machine));
	if (!err && host->online)
		err = add_text(labels, &n, "online_cpus", cpus_text(host->online));
	if (!err && host->isolated)
		err = add_text(labels, &n, "isolated_cpus", cpus_text(host->isolated));
	if (!err && host->nohz_full)
		err = add_text(labels, &n, "nohz_full_cpus", cpus_text(host->nohz_full));
	if (!err)
		err = metrics_info(m, labels, n);
	for (int i = 0; i < n; i++)
		free((char *)labels[i].text);
	return err;
}

int report_metrics_wakeups(struct metrics *m)
{
	static const struct metrics_family family = {
		"interloper_wakeups", METRICS_COUNTER, NULL,
		"Wakeups by the CPU that was run on, and how it was chosen."
	};

	return metrics_family(m, &family);
}

int report_metrics_cpu_wakeups(struct metrics *m, uint32_t cpu,
			       const uint64_t counts[PLACEMENT_CLASSES])
{
	/* By name, as samples must come in that order. */
	static const enum placement_class classes[] = {
		PLACEMENT_EXEC,	   PLACEMENT_KEPT,    PLACEMENT_LLC,	 PLACEMENT_NEW,
		PLACEMENT_NODE,	   PLACEMENT_PINNED,  PLACEMENT_REMOTE,	 PLACEMENT_REQUEUED,
		PLACEMENT_RUNNING, PLACEMENT_SIBLING, PLACEMENT_UNKNOWN, PLACEMENT_WAKER,
	};
	int err = 0;

	_Static_assert(sizeof(classes) / sizeof(classes[0]) == PLACEMENT_CLASSES, "all of them");
	for (int i = 0; i < PLACEMENT_CLASSES && !err; i++) {
		const struct metrics_label labels[] = {
			{ "cpu", NULL, cpu }, { "placement", placement_class_name(classes[i]), 0 }
		};

		if (counts[classes[i]])
			err = metrics_count(m, labels, 2, counts[classes[i]]);
	}
	return err;
}
