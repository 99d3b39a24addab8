/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPUs a task may be put on without anybody's asking for it: its mask without the isolated
 * CPUs; its whole mask where nothing is left then (it was bound to isolated CPUs). The stream says
 * only how many CPUs a mask has (task_identity.cpus_allowed), the host snapshot which:
 *
 *   one CPU                        the one it is on
 *   the task's mask                the snapshot's by tid, if it has as many CPUs, or the stream does
 *                                  not say how many
 *   as many as are possible        all of them
 *   the mask of its process, else  if it has as many CPUs: threads and children inherit masks
 *   of its parent
 *   else                           unknown
 */
#ifndef INTERLOPER_USABLE_H
#define INTERLOPER_USABLE_H

#include "event/event.h"
#include "host/snapshot.h"

/* Sets are numbered from 0, few and never more than USABLE_SETS; beside them: */
#define USABLE_UNKNOWN	UINT32_MAX
#define USABLE_ONE	(UINT32_MAX - 1) /* the CPU it is on, alone */
#define USABLE_SETS	1024u /* a task whose set would be one more: unknown */

struct usable;

/*
 * host may be NULL, and must live as long; cpu_count: the possible CPUs, where host does not know.
 * NULL without memory.
 */
struct usable *usable_new(const struct host_snapshot *host, uint32_t cpu_count);
void usable_free(struct usable *usable);

/*
 * Stores the number of a task's set. The answer is kept by task, and found anew when what it rests
 * on has changed in the identity. 0 or -ENOMEM.
 */
int usable_of(struct usable *usable, const struct task_identity *task, uint32_t *set);

/*
 * The CPUs of a set, the module's; NULL for USABLE_ONE and USABLE_UNKNOWN. Another thread may ask,
 * once it was told the set's number.
 */
hwloc_const_bitmap_t usable_cpus(const struct usable *usable, uint32_t set);

/* Of a finite set: equal sets have equal ones. */
uint64_t usable_hash(hwloc_const_bitmap_t cpus);

#endif
