/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The value that a change is about, on the running machine: what a file reads, which CPUs a task may
 * use. Everything is below a root: "" is the live machine, a folder is a test's (its tasks are real
 * ones, with /proc/TID linked into it).
 *
 * A task is known by its id and its start time. Both are looked at before and after its mask is read,
 * and before it is set: there is no system call that would do both at once.
 */
#ifndef INTERLOPER_HOST_LIVE_VALUE_H
#define INTERLOPER_HOST_LIVE_VALUE_H

#include "host/change.h"

/*
 * *text is the file's bytes, or the list of all CPUs that the task may use, offline ones too, as
 * /proc/TID/status has it (sched_getaffinity hides those, and they would be lost at a restore).
 * Caller frees. 0, or a negative errno: -ESRCH the task is gone, -ESTALE its id is another task's
 * now, -ENOENT no such file, -EFBIG, -EINVAL (bytes that are no text), -ENODATA
 * (no mask), those of open and read.
 */
int live_value_read(char **text, const struct change *target, const char *root);

/*
 * Whether it can be set, without setting it: 0 or as above; -EPERM: PF_NO_SETAFFINITY; -EXDEV: /proc
 * is of another pid namespace, so that its ids are not those that would be set; open's.
 */
int live_value_check(const struct change *target, const char *root);

/*
 * Writes text to the file, by one write(), or gives the task this list of CPUs. 0 or as above; the
 * kernel may take it and make something else of it: read it back.
 */
int live_value_write(const struct change *target, const char *root, const char *text);

/*
 * Gives it back the value that live_value_read() told once, and looks whether it has it. CPUs that
 * are offline by now may be missing in a task's list. 0 or as above; -EIO: it has another one.
 */
int live_value_restore(const struct change *target, const char *root, const char *original);

/* What such an error means, in words. A literal, or strerror()'s. */
const char *live_value_error(int err);

#endif
