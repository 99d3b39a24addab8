// SPDX-License-Identifier: GPL-2.0-only
/* What goes wrong while a session is opened: see complain.h. */
#include "capture/complain.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "capture/capture.h"
#include "capture/privilege_drop.h"

int complain(char *why, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, CAPTURE_WHY_MAX, format, args);
	va_end(args);
	return err;
}

static bool lockdown_is(const char *level)
{
	char line[128] = "", wanted[32];
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");

	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	snprintf(wanted, sizeof(wanted), "[%s]", level);
	return strstr(line, wanted);
}

/*
 * Before 5.11 maps and programs count as locked memory. libbpf lifts that limit
 * where it may, which takes CAP_SYS_RESOURCE; the kernel's word for "too much" is EPERM.
 */
static bool memory_may_be_limited(void)
{
	struct rlimit limit;

	return privilege_holds(CAP_BPF) && privilege_holds(CAP_PERFMON) &&
	       !getrlimit(RLIMIT_MEMLOCK, &limit) && limit.rlim_cur != RLIM_INFINITY;
}

int explain_refusal(char *why, int err, const char *what)
{
	/* Newer kernels hide the helpers that read memory: the verifier says EINVAL. */
	if ((err == -EPERM || err == -EINVAL) && lockdown_is("confidentiality"))
		return complain(
			why, -EPERM,
			"%s: the kernel is locked down (lockdown=confidentiality "
			"forbids BPF to read its memory): boot with lockdown=integrity or none",
			what);
	if (err == -EPERM && memory_may_be_limited())
		return complain(why, err,
				"%s: %s: run as root, or with CAP_BPF and CAP_PERFMON; on kernels "
				"before 5.11 also with \"ulimit -l unlimited\"",
				what, strerror(-err));
	if (err == -EPERM || err == -EACCES)
		return complain(why, -EPERM, "%s: %s: run as root, or with CAP_BPF and CAP_PERFMON",
				what, strerror(-err));
	if (err == -ENOSYS)
		return complain(why, err, "%s: this kernel has no BPF (CONFIG_BPF_SYSCALL)", what);
	return complain(why, err, "%s: %s (-v shows the kernel's own words)", what, strerror(-err));
}
