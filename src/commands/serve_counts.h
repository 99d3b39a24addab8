/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `serve` counts of a running session, look by look, and how it is told at a scrape. Nothing here needs
 * a privilege once it is open.
 */
#ifndef INTERLOPER_SERVE_COUNTS_H
#define INTERLOPER_SERVE_COUNTS_H

#include "capture/capture.h"
#include "commands/http.h"
#include "host/snapshot.h"

/* A look is due so long after the last one if nobody scraped: well below CAPTURE_LOOK_MAX_NS. */
#define SERVE_LOOK_NS 120000000000ull

struct serve_counts;

/* capture was started; it and host stay the caller's, and as long. 0, -ENOMEM, or /proc's -errno. */
int serve_counts_open(struct serve_counts **counts, struct capture *capture,
		      const struct host_snapshot *host, uint32_t max_tasks);
void serve_counts_close(struct serve_counts *counts); /* NULL is fine */

/* Looks, if that is due. The ms until the next time. */
int serve_counts_tick(struct serve_counts *counts);

/* As struct http_pages has them; context is a struct serve_counts. */
int serve_counts_write(void *context, FILE *file, enum metrics_form form);
bool serve_counts_health(void *context, char why[HTTP_WHY_MAX]);

#endif
