/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads tar archives as POSIX ustar has them (pax specification, "ustar Interchange Format"), with GNU
 * tar's and pax's records for long names; in order, from a descriptor that need not seek. Nothing is
 * believed: headers are held against their checksums, numbers are strict, names are not checked for
 * where they lead: that is the caller's.
 */
#ifndef INTERLOPER_HOST_TAR_H
#define INTERLOPER_HOST_TAR_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct tar_entry {
	char name[PATH_MAX]; /* as the archive has it */
	char type;	     /* '0': a file, '5': a folder, '2': a symbolic link; others as POSIX */
	unsigned int mode;   /* its low 12 bits */
	uint64_t size;	     /* of a file: bytes that follow */
	char link[101];	     /* where a link leads; cut to 100 bytes */
};

struct tar {
	int fd;
	uint64_t left;	  /* of the entry's bytes */
	unsigned int pad; /* behind them */
	const char *why;  /* of -EINVAL: what is wrong */
};

void tar_open(struct tar *tar, int fd);

/* 1: the next entry, 0: the end, -EINVAL: no tar, or damaged; the descriptor's -errno. */
int tar_next(struct tar *tar, struct tar_entry *entry);

/* Up to size of the entry's bytes; 0: no more of them; -EINVAL: cut off; the descriptor's -errno. */
long tar_read(struct tar *tar, void *bytes, unsigned long size);

#endif
