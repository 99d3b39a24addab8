/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What moves work that no task's mask moves: interrupts' CPUs, those of unbound workqueues, those
 * the watchdogs check.
 */
#ifndef INTERLOPER_HOST_KNOBS_H
#define INTERLOPER_HOST_KNOBS_H

#include "host/snapshot.h"

/* So many interrupts are kept, by number; a machine of 512 CPUs has some 2000 with a handler. */
#define HOST_IRQS_MAX 4096

#define WORKQUEUE_CPUMASK  "/sys/devices/virtual/workqueue/cpumask"
#define WATCHDOG_CPUMASK   "/proc/sys/kernel/watchdog_cpumask"

/*
 * Reads them into host below root. An interrupt without a handler cannot fire and is left out; so
 * one file is read for each, and two more for those that have one. What cannot be read is absent.
 * 0 or -ENOMEM.
 */
int knobs_read(struct host_snapshot *host, const char *root);
void knobs_free(struct host_snapshot *host);

/* The interrupt of this number; NULL: not known, or without a handler. */
const struct host_irq *knobs_irq(const struct host_snapshot *host, uint32_t number);

#endif
