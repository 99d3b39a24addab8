/* SPDX-License-Identifier: GPL-2.0-only */
/* A kernel's release as a number; a hint, for distributions carry changes back. */
#ifndef INTERLOPER_HOST_RELEASE_H
#define INTERLOPER_HOST_RELEASE_H

#include <stdio.h>

#include "host/snapshot.h"

/* 100 * major + minor: 612 for "6.12.8-cloud"; 0: unknown. */
static inline int host_release(const struct host_snapshot *host)
{
	int major, minor;

	if (!host->kernel_release || sscanf(host->kernel_release, "%d.%d", &major, &minor) != 2 ||
	    major < 0 || major > 1000 || minor < 0 || minor > 99)
		return 0;
	return major * 100 + minor;
}

#endif
