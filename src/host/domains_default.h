/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduling domains that the kernel makes of a topology when nothing asks for others: SMT
 * siblings, last-level cache, NUMA node, and for each NUMA distance the nodes that are so near; of
 * each only the CPUs that are online and not isolated. A level that holds one CPU, or the same ones
 * as the level below it, falls away (kernel/sched/topology.c, build_sched_domains() and
 * sd_parent_degenerate()). Not exact everywhere: clusters (CLS) and an architecture's own levels
 * are not known here.
 */
#ifndef INTERLOPER_HOST_DOMAINS_DEFAULT_H
#define INTERLOPER_HOST_DOMAINS_DEFAULT_H

#include "host/snapshot.h"

/* domains must be empty. Where topology or isolation is not known they stay so. 0 or -ENOMEM. */
int domains_default(struct host_domains *domains, const struct host_snapshot *host);

/*
 * A CPU's next domain of that name, from level *at on, which moves behind it; NULL: none. The level
 * of the node is called DIE before 6.7 and PKG since.
 */
const struct host_domain *domains_default_named(const struct host_domains *defaults, uint32_t cpu,
						const char *name, uint32_t *at);

#endif
