/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that is privileged happens before a trace starts; what comes after works on memory and
 * descriptors that are open. So the process can do without any capability from then on.
 */
#ifndef INTERLOPER_PRIVILEGE_DROP_H
#define INTERLOPER_PRIVILEGE_DROP_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether the calling thread has a capability (CAP_BPF, linux/capability.h) in effect. */
bool privilege_holds(int capability);

/*
 * Gives up every capability, in all of the calling thread's sets, for good: threads and children
 * made before keep theirs. Without any it does nothing. 0 or a negative errno.
 */
int privilege_drop(void);

struct privilege_user {
	uid_t uid;
	gid_t gid;
};

/*
 * The user of that name in passwd, "/etc/passwd" but for tests: no other source is asked, so that static
 * binaries know the same users. 0, -ENOENT: there is none, or the file's -errno.
 */
int privilege_find_user(struct privilege_user *user, const char *name, const char *passwd);

/*
 * Becomes that user, in no other group than its own (NULL: stays who it is, which must not be root),
 * and gives up for good what else there is: all capabilities, the bounding set's too where that is
 * allowed (CAP_SETPCAP), and any that a program it runs would bring (no_new_privs). Then looks whether
 * all that is so. The process must have one thread. 0, or a negative errno, and what could not be
 * done in words in *failed; the process is then to end.
 */
int privilege_become(const struct privilege_user *user, const char **failed);

#endif
