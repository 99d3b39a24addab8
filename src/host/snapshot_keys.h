/* SPDX-License-Identifier: GPL-2.0-only */
/* What the host snapshot's writer and reader must agree on. */
#ifndef INTERLOPER_SNAPSHOT_KEYS_H
#define INTERLOPER_SNAPSHOT_KEYS_H

#define SNAPSHOT_VERSION 1

/* By enum cpusets; NULL for unknown. */
extern const char *const snapshot_cpusets[];

#endif
