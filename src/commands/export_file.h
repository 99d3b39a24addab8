/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an export goes: stdout, or a file that appears under its name when it is whole. Until then it has
 * no name (or, where the file system needs one, another), so that what ends early leaves no half file.
 */
#ifndef INTERLOPER_EXPORT_FILE_H
#define INTERLOPER_EXPORT_FILE_H

#include <stdio.h>

struct export_file {
	FILE *file;
	/* Private. */
	const char *path; /* as the user named it */
	char *target;	  /* what is replaced: path, links followed; NULL: written in place */
	char *temporary;  /* beside it; NULL: no name yet */
};

/*
 * path NULL or "-" is stdout. An existing regular file is replaced at the end; a device or a FIFO is written
 * to as it is. input, unless NULL, is a file that must not be replaced. 0, or EXIT_FAILED after a line on
 * stderr. path must live as long.
 */
int export_file_open(struct export_file *file, const char *path, const char *input);

/* 0, or EXIT_FAILED after a line on stderr: what was written did not get out. */
int export_file_close(struct export_file *file);

/* Instead: what was to be replaced stays as it was. After a failure that is already told. */
void export_file_drop(struct export_file *file);

#endif
