/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that is privileged happens before a trace starts; what comes after works on memory and
 * descriptors that are open. So the process can do without any capability from then on.
 */
#ifndef INTERLOPER_PRIVILEGE_DROP_H
#define INTERLOPER_PRIVILEGE_DROP_H

#include <stdbool.h>

/* Whether the calling thread has a capability (CAP_BPF, linux/capability.h) in effect. */
bool privilege_holds(int capability);

/*
 * Gives up every capability, in all of the calling thread's sets, for good: threads and children
 * made before keep theirs. Without any it does nothing. 0 or a negative errno.
 */
int privilege_drop(void);

#endif
