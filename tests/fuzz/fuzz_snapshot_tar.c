// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes as a host snapshot's tar: refused in one line, or a machine with CPUs. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "host/cpulist.h"
#include "host/snapshot_tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64], why[SNAPSHOT_TAR_WHY_MAX];
	int fd = memfd_create("tar", MFD_CLOEXEC);
	struct host_snapshot host;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (host_snapshot_from_tar(&host, path, why)) {
		if (!*why || strchr(why, '\n') || host.cpus)
			abort();
	} else {
		if (!host.cpu_count || host.cpu_count > CPULIST_CPU_MAX)
			abort();
		host_snapshot_free(&host);
	}
	close(fd);
	return 0;
}
