/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduling domains: for each CPU a stack of them, from its SMT siblings up to all the CPUs
 * that balance load. A CPU without any is isolated, whatever isolated it.
 *
 * The kernel tells of them in parts:
 * - /proc/schedstat (CONFIG_SCHEDSTATS; for everybody): each CPU's domains with their CPUs, and
 *   with names since its version 17; an online CPU without a line "domain0" is in none
 *   (kernel/sched/stats.c, show_schedstat());
 * - debugfs sched/domains (5.13; since some kernel between 6.1 and 6.12 only after "Y" went into
 *   sched/verbose) or /proc/sys/kernel/sched_domain (before): names and flags, never the CPUs
 *   (kernel/sched/debug.c, register_sd()). Flags are names since 5.10 (5b9f8ff7b320), a number
 *   before.
 * Where neither is there, they are derived from the topology as the kernel makes them by default.
 */
#ifndef INTERLOPER_HOST_DOMAINS_H
#define INTERLOPER_HOST_DOMAINS_H

#include <stdbool.h>

#include "host/snapshot.h"

/*
 * Reads host->domains below root; CPUs, topology and isolation must be there. Files that cannot be
 * read, or not be understood, are the next source's turn. 0 or -ENOMEM.
 *
 * Names and flags are read from files of one CPU of each shape (as many CPUs on a level), for they
 * come from one table for all CPUs: two small files a level instead of two for each of 512 CPUs.
 */
int domains_read(struct host_snapshot *host, const char *root);
void domains_free(struct host_domains *domains);

/*
 * Notes that the domain of a CPU on this level has this name (NULL: unknown) and span (empty:
 * unknown): makes it, or adds the CPU to it. The domain, or NULL without memory.
 */
struct host_domain *domains_add(struct host_domains *domains, uint32_t level, const char *name,
				hwloc_const_bitmap_t span, uint32_t cpu);

/* The domain of a CPU on a level, 0 the innermost; NULL: none, or not known. */
const struct host_domain *domains_get(const struct host_domains *domains, uint32_t cpu,
				      uint32_t level);

enum membership { MEMBERSHIP_UNKNOWN, MEMBERSHIP_NONE, MEMBERSHIP_SOME };
/* Whether a CPU is in any domain. */
enum membership domains_membership(const struct host_domains *domains, uint32_t cpu);

/*
 * Takes the text of /proc/schedstat into domains, which are empty. 0; -EINVAL: not understood, or
 * no CPU in it; -ENOMEM.
 */
int domains_parse_schedstat(struct host_domains *domains, const char *text);

/* "SD_A SD_B \n" or "4143\n" to "SD_A SD_B", "0x102f", to be freed; NULL: neither, or no memory. */
char *domains_clean_flags(const char *text);

/* "schedstat", "debugfs", "sysctl", "derived"; NULL for unknown. And back. */
const char *domains_source_name(enum domains_source source);
enum domains_source domains_source_of(const char *name);

#endif
