// SPDX-License-Identifier: GPL-2.0-only
/* What this process may do: see privilege.h. */
#include "host/privilege.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/read.h"

/* What follows a line's name, behind blanks; NULL: there is no such line. */
static const char *line_value(const char *text, const char *name)
{
	size_t length = strlen(name);

	while (text && strncmp(text, name, length)) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text ? text + length + strspn(text + length, " \t") : NULL;
}

bool privilege_parse_effective(const char *status, uint64_t *mask)
{
	const char *value = line_value(status, "CapEff:");
	char *end;

	if (!value || !isxdigit((unsigned char)*value))
		return false;
	*mask = strtoull(value, &end, 16);
	return !*end || isspace((unsigned char)*end);
}

enum lockdown privilege_parse_lockdown(const char *text)
{
	if (strstr(text, "[none]"))
		return LOCKDOWN_NONE;
	if (strstr(text, "[integrity]"))
		return LOCKDOWN_INTEGRITY;
	if (strstr(text, "[confidentiality]"))
		return LOCKDOWN_CONFIDENTIALITY;
	return LOCKDOWN_UNKNOWN;
}

static bool parse_limit(const char **text, uint64_t *limit)
{
	static const char unlimited[] = "unlimited";
	char *end;

	*text += strspn(*text, " ");
	if (!strncmp(*text, unlimited, strlen(unlimited))) {
		*limit = LOCKED_UNLIMITED;
		*text += strlen(unlimited);
		return true;
	}
	if (!isdigit((unsigned char)**text))
		return false;
	*limit = strtoull(*text, &end, 10);
	*text = end;
	return true;
}

bool privilege_parse_locked(const char *limits, uint64_t *soft, uint64_t *hard)
{
	const char *value = line_value(limits, "Max locked memory");

	return value && parse_limit(&value, soft) && parse_limit(&value, hard);
}

/*
 * The lockdown file is in securityfs, which is often not mounted in containers and small systems.
 * Where it is mounted, and has other files, the kernel has no lockdown.
 */
static enum lockdown read_lockdown(const char *root)
{
	char *text = host_read_text(root, "/sys/kernel/security/lockdown");
	enum lockdown lockdown = LOCKDOWN_UNMOUNTED;

	if (text) {
		lockdown = privilege_parse_lockdown(text);
	} else {
		text = host_read_text(root, "/sys/kernel/security/lsm");
		if (text)
			lockdown = strstr(text, "lockdown") ? LOCKDOWN_UNKNOWN : LOCKDOWN_NONE;
	}
	free(text);
	return lockdown;
}

static int read_number(const char *root, const char *path)
{
	char *text = host_read_text(root, path), *end;
	long value = -1;

	if (text && *text) {
		value = strtol(text, &end, 10);
		if (*end || value < 0 || value > INT_MAX)
			value = -1;
	}
	free(text);
	return (int)value;
}

/* The first namespace maps all ids onto themselves (fs/proc: "0 0 4294967295"). */
static bool in_user_namespace(const char *root)
{
	unsigned int inside = 0, outside = 0, count = UINT_MAX;
	char *text = host_read_text(root, "/proc/self/uid_map");

	if (text && sscanf(text, "%u %u %u", &inside, &outside, &count) != 3)
		count = UINT_MAX;
	free(text);
	return inside || outside || count != UINT_MAX;
}

void privilege_read(struct privilege *privilege, const char *root)
{
	char *text = host_read_text(root, "/proc/self/status");

	memset(privilege, 0, sizeof(*privilege));
	privilege->capabilities_known =
		text && privilege_parse_effective(text, &privilege->effective);
	free(text);
	text = host_read_text(root, "/proc/self/limits");
	privilege->locked_known = text && privilege_parse_locked(text, &privilege->locked_soft,
								 &privilege->locked_hard);
	free(text);
	privilege->last_capability = read_number(root, "/proc/sys/kernel/cap_last_cap");
	privilege->user_namespace = in_user_namespace(root);
	privilege->lockdown = read_lockdown(root);
	privilege->unprivileged_bpf =
		read_number(root, "/proc/sys/kernel/unprivileged_bpf_disabled");
	text = host_read_text(root, "/proc/sys/kernel/osrelease");
	privilege->sysctls_known = text;
	free(text);
}

bool privilege_has(const struct privilege *privilege, enum capability capability)
{
	return privilege->effective >> capability & 1;
}

bool privilege_may_trace(const struct privilege *privilege)
{
	return !privilege->user_namespace && (privilege_has(privilege, CAPABILITY_SYS_ADMIN) ||
					      (privilege_has(privilege, CAPABILITY_BPF) &&
					       privilege_has(privilege, CAPABILITY_PERFMON)));
}
