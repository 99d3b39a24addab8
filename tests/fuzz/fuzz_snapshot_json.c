// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any text is either refused with a reason, or a snapshot whose JSON reads back as itself, and of
 * whose CPUs and tasks explain tells something.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/explain.h"
#include "host/snapshot.h"
#include "output/report_explain.h"

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

static void check_explain(const struct host_snapshot *host, uint32_t cpu)
{
	const struct host_task *task = host->task_count ? &host->tasks[0] : NULL;
	struct explanation explanation = {};
	struct isolation isolation;
	json_t *json;

	if (isolation_from_snapshot(&isolation, host) ||
	    explain(&explanation, host, &isolation, cpu, task, NULL))
		abort();
	json = report_explain_json(&explanation);
	if (!json || (task && !explanation.reach.why))
		abort();
	json_decref(json);
	explain_free(&explanation);
	isolation_free(&isolation);
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
		for (uint32_t cpu = 0; cpu < host.cpu_count && cpu < 4; cpu++)
			check_explain(&host, cpu);
		host_snapshot_free(&host);
	} else if (!*why) {
		abort();
	}
	free(text);
	return 0;
}
