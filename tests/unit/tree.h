/* SPDX-License-Identifier: GPL-2.0-only */
/* Literal /sys and /proc trees in a temporary folder, for tests that read a machine. */
#ifndef INTERLOPER_TEST_TREE_H
#define INTERLOPER_TEST_TREE_H

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A new folder, its path in root. */
static inline void tree_make(char root[PATH_MAX])
{
	const char *tmp = getenv("TMPDIR");

	snprintf(root, PATH_MAX, "%s/interloper-tree.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(root));
}

/* Writes a file below root with all the folders on its way. */
static inline void tree_put(const char *root, const char *path, const char *text)
{
	char full[2 * PATH_MAX];
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
	file = fopen(full, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static inline int tree_remove_one(const char *path, const struct stat *st, int type,
				  struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline void tree_remove(const char *root)
{
	nftw(root, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
