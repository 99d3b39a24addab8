/* SPDX-License-Identifier: GPL-2.0-only */
/* A host snapshot from the tar that scripts/host-snapshot made on another machine. */
#ifndef INTERLOPER_HOST_SNAPSHOT_TAR_H
#define INTERLOPER_HOST_SNAPSHOT_TAR_H

#include "host/snapshot.h"

#define SNAPSHOT_TAR_WHY_MAX 512

/*
 * Unpacks the tar below TMPDIR (else /dev/shm, else /tmp) into a folder that only we may enter, reads it as
 * host_snapshot_take() does, and removes it.
 *
 * Nothing in it is believed: only files and folders below "proc" and "sys" are made, each once, and
 * no link but those of a process to KVM's files, which lead nowhere; at most 1 Mi entries, 32 MiB a
 * file and 512 MiB in all; CPUs below CPULIST_CPU_MAX.
 *
 * 0; or one line in why and: -EINVAL (no tar of ours, hostile or damaged), -ENOMEM, an errno of the
 * file or of the folder. path "-" is stdin.
 */
int host_snapshot_from_tar(struct host_snapshot *host, const char *path,
			   char why[SNAPSHOT_TAR_WHY_MAX]);

#endif
