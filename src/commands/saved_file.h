/* SPDX-License-Identifier: GPL-2.0-only */
/* A saved summary (analysis/saved_summary.h) as a file. */
#ifndef INTERLOPER_SAVED_FILE_H
#define INTERLOPER_SAVED_FILE_H

#include "analysis/saved_summary.h"

/* Whether path begins as JSON does. Only of a file: what a pipe gave cannot be given back. */
bool saved_file_looks_so(const char *path);

/* 0, or EXIT_FAILED after a line on stderr; only after 0 it is to be freed. */
int saved_file_load(struct saved_summary *saved, const char *path);

#endif
