// SPDX-License-Identifier: GPL-2.0-only
/* The cpuset that one task is in: see cpuset.h. */
#include "host/cpuset.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/read.h"

/* Whether "cpu,cpuset" names the controller. */
static bool has_cpuset(const char *list, size_t length)
{
	while (length) {
		size_t word = strcspn(list, ",:");

		if (word == strlen("cpuset") && !strncmp(list, "cpuset", word))
			return true;
		if (word >= length)
			return false;
		list += word + 1;
		length -= word + 1;
	}
	return false;
}

char *cpuset_parse_path(const char *text, bool *v1)
{
	const char *v2 = NULL, *line, *list, *path;

	*v1 = false;
	/* "12:cpuset:/path", and of v2 "0::/path" */
	for (line = text; line; line = host_next_line(line)) {
		list = strchr(line, ':');
		path = list ? strchr(list + 1, ':') : NULL;
		if (!path || path[1] != '/')
			continue;
		if (has_cpuset(list + 1, (size_t)(path - list - 1))) {
			*v1 = true;
			return strndup(path + 1, strcspn(path + 1, "\n"));
		}
		if (path == list + 1 && !strncmp(line, "0:", 2))
			v2 = path + 1;
	}
	return v2 ? strndup(v2, strcspn(v2, "\n")) : NULL;
}

static bool read_effective(struct task_cpuset *cpuset, const char *root, bool v1)
{
	static const char *const files[][2] = {
		{ "/sys/fs/cgroup", "cpuset.cpus.effective" },
		{ "/sys/fs/cgroup/unified", "cpuset.cpus.effective" },
		{ "/sys/fs/cgroup/cpuset", "cpuset.effective_cpus" },
		{ "/sys/fs/cgroup/cpuset", "cpuset.cpus" },
	};
	char path[PATH_MAX];

	for (size_t i = v1 ? 2 : 0; i < (v1 ? 4 : 2); i++)
		if ((size_t)snprintf(path, sizeof(path), "%s%s/%s", files[i][0], cpuset->path,
				     files[i][1]) < sizeof(path) &&
		    host_read_cpus(cpuset->cpus, root, path) && !hwloc_bitmap_iszero(cpuset->cpus))
			return true;
	return false;
}

int cpuset_read(struct task_cpuset *cpuset, const char *root, uint32_t tid)
{
	char path[64], *text, *slash;
	bool v1;

	memset(cpuset, 0, sizeof(*cpuset));
	cpuset->cpus = hwloc_bitmap_alloc();
	if (!cpuset->cpus)
		return -ENOMEM;
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/cgroup", tid);
	text = host_read_text(root, path);
	cpuset->path = text ? cpuset_parse_path(text, &v1) : NULL;
	free(text);
	if (!cpuset->path)
		return 0;
	/* A cgroup without the controller has its parent's CPUs. */
	while (!read_effective(cpuset, root, v1)) {
		slash = strrchr(cpuset->path, '/');
		if (!slash || !slash[1])
			break;
		slash[slash == cpuset->path] = '\0';
	}
	return 0;
}

void cpuset_free(struct task_cpuset *cpuset)
{
	free(cpuset->path);
	hwloc_bitmap_free(cpuset->cpus);
	memset(cpuset, 0, sizeof(*cpuset));
}
