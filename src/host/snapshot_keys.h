/* SPDX-License-Identifier: GPL-2.0-only */
/* What the host snapshot's writer and reader must agree on. */
#ifndef INTERLOPER_SNAPSHOT_KEYS_H
#define INTERLOPER_SNAPSHOT_KEYS_H

#include "host/json_in.h"

struct host_snapshot;

#define SNAPSHOT_VERSION 1

/* By enum cpusets; NULL for unknown. */
extern const char *const snapshot_cpusets[];

/* host/snapshot_parse_knobs.c: interrupts, the workqueues' CPUs, watchdogs. Returns as json_in.h. */
int snapshot_parse_knobs(struct json_in *in, struct host_snapshot *host, const json_t *root);

#endif
