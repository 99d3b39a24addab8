// SPDX-License-Identifier: GPL-2.0-only
/* From the kernel's counts to a scrape: see serve_counts.h. */
#include "commands/serve_counts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "analysis/groups.h"
#include "event/meta.h"
#include "host/ksm.h"
#include "host/read.h"
#include "output/output.h"
#include "output/report_serve.h"

#define ONLINE "/sys/devices/system/cpu/online"

struct serve_counts {
	struct capture *capture;
	const struct host_snapshot *host; /* as it was when the session was opened */
	struct groups *groups;
	struct serve_cpu *cpus; /* for a report */
	uint32_t cpu_count;
	hwloc_bitmap_t online; /* when the places of CPUs were last learnt */
	int statm_fd;
	uint64_t looked_ns; /* the last look that was added; at first the start */
	uint64_t tried_ns;
	int look_error; /* of the last one that was tried */
	uint64_t scrapes, last_scrape_ns;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

int serve_counts_open(struct serve_counts **counts, struct capture *capture,
		      const struct host_snapshot *host, uint32_t max_tasks)
{
	struct serve_counts *new = calloc(1, sizeof(*new));
	int err = -ENOMEM;

	*counts = NULL;
	if (!new)
		return err;
	new->capture = capture;
	new->host = host;
	new->looked_ns = new->tried_ns = clock_ns(CLOCK_MONOTONIC);
	new->groups = groups_new(max_tasks, text_clean);
	new->online = hwloc_bitmap_dup(host->online);
	/* Kept open: whose file it is may change with the user. */
	new->statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	if (new->statm_fd < 0)
		err = -errno;
	else if (new->groups &&new->online)
		err = 0;
	if (err) {
		serve_counts_close(new);
		return err;
	}
	*counts = new;
	return 0;
}

void serve_counts_close(struct serve_counts *counts)
{
	if (!counts)
		return;
	groups_free(counts->groups);
	hwloc_bitmap_free(counts->online);
	free(counts->cpus);
	if (counts->statm_fd >= 0)
		close(counts->statm_fd);
	free(counts);
}

/* A CPU that comes online has a place in the machine that was not known before. What cannot be
 * learnt now is tried again at the next look. */
static void learn_places(struct serve_counts *counts)
{
	struct host_snapshot host = {};

	if (host_snapshot_take(&host, ""))
		return;
	if (!hwloc_bitmap_copy(counts->online, host.online))
		capture_learn_places(counts->capture, &host);
	host_snapshot_free(&host);
}

static void watch_hotplug(struct serve_counts *counts)
{
	hwloc_bitmap_t online = hwloc_bitmap_alloc();

	if (online && host_read_cpus(online, "", ONLINE) &&
	    !hwloc_bitmap_isequal(online, counts->online))
		learn_places(counts);
	hwloc_bitmap_free(online);
}

static int look_once(struct serve_counts *counts, struct capture_look *look)
{
	int err;

	counts->tried_ns = clock_ns(CLOCK_MONOTONIC);
	watch_hotplug(counts);
	capture_look(counts->capture, look);
	err = groups_add(counts->groups, &look->groups);
	counts->look_error = err;
	if (err)
		return err;
	capture_look_taken(counts->capture);
	counts->looked_ns = counts->tried_ns;
	return 0;
}

int serve_counts_tick(struct serve_counts *counts)
{
	uint64_t past_ns = clock_ns(CLOCK_MONOTONIC) - counts->tried_ns;
	struct capture_look look;

	if (past_ns >= SERVE_LOOK_NS) {
		/* What went wrong is told by serve_counts_health() if it lasts. */
		look_once(counts, &look);
		past_ns = 0;
	}
	return (int)((SERVE_LOOK_NS - past_ns) / 1000000) + 1;
}

static int take_cpus(struct serve_counts *counts, const struct capture_look *look, uint32_t *unseen)
{
	struct serve_cpu *cpus;

	if (look->cpu_count > counts->cpu_count) {
		cpus = realloc(counts->cpus, look->cpu_count * sizeof(*cpus));
		if (!cpus)
			return -ENOMEM;
		counts->cpus = cpus;
		counts->cpu_count = look->cpu_count;
	}
	*unseen = 0;
	for (uint32_t i = 0; i < look->cpu_count; i++) {
		const struct capture_cpu *cpu = &look->cpus[i];
		bool isolated =
			counts->host->isolated && hwloc_bitmap_isset(counts->host->isolated, i);

		counts->cpus[i] = (struct serve_cpu){ .counts = cpu->counts,
						      .state_lost = cpu->state_lost,
						      .traced = cpu->target,
						      .isolated = isolated };
		*unseen += cpu->target && !cpu->seen && hwloc_bitmap_isset(counts->online, i);
	}
	return 0;
}

/* 0: not known. */
static uint64_t resident_bytes(const struct serve_counts *counts)
{
	char text[128];
	ssize_t length = pread(counts->statm_fd, text, sizeof(text) - 1, 0);
	uint64_t pages;

	if (length <= 0)
		return 0;
	text[length] = '\0';
	return sscanf(text, "%*u %" SCNu64, &pages) == 1 ? pages * (uint64_t)sysconf(_SC_PAGESIZE)
							 : 0;
}

static int report(struct serve_counts *counts, const struct capture_look *look, FILE *file,
		  enum metrics_form form)
{
	const struct trace_meta *meta = capture_meta(counts->capture);
	struct serve_report report = {
		.groups = groups_view(counts->groups),
		.cpu_count = look->cpu_count,
		.created_unix_ns = meta->start_ns + (uint64_t)meta->realtime_offset_ns,
		.programs_skipped = look->programs_skipped,
		.host = counts->host,
		.cpu_time_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID),
		.resident_bytes = resident_bytes(counts),
		.scrapes = counts->scrapes,
		.last_scrape_ns = counts->last_scrape_ns,
	};
	struct ksm_state ksm = {};
	int err = take_cpus(counts, look, &report.unseen_cpus);

	if (err)
		return err;
	report.cpus = counts->cpus;
	if (!ksm_state_read(&ksm, ""))
		report.ksm = &ksm;
	return report_serve(file, form, &report);
}

int serve_counts_write(void *context, FILE *file, enum metrics_form form)
{
	uint64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
	struct serve_counts *counts = context;
	struct capture_look look;
	int err = look_once(counts, &look);

	if (!err)
		err = report(counts, &look, file, form);
	if (err)
		return err;
	counts->scrapes++;
	counts->last_scrape_ns = clock_ns(CLOCK_MONOTONIC) - begin_ns;
	return 0;
}

bool serve_counts_health(void *context, char why[HTTP_WHY_MAX])
{
	const struct serve_counts *counts = context;
	uint64_t past_ns = clock_ns(CLOCK_MONOTONIC) - counts->looked_ns;

	if (past_ns <= CAPTURE_LOOK_MAX_NS)
		return true;
	snprintf(why, HTTP_WHY_MAX, "counting stopped %" PRIu64 " s ago: %s", past_ns / 1000000000,
		 strerror(-counts->look_error));
	return false;
}
