/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that others read at any time, as node_exporter's textfile collector does: it is there as a
 * whole or as it was before, never half written.
 */
#ifndef INTERLOPER_OUTPUT_TEXTFILE_H
#define INTERLOPER_OUTPUT_TEXTFILE_H

#include <stdio.h>

/*
 * Makes path hold what write() writes, mode 0644, by a file beside it (".NAME.XXXXXX") that is synced
 * and renamed. write() gives 0 or a negative errno; errors of the file it may leave to us. 0, or a negative errno: path is then as it was. A process that is killed meanwhile
 * may leave the file beside it, never half of path.
 */
int textfile_put(const char *path, int (*write)(FILE *file, void *context), void *context);

#endif
