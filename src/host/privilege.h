/* SPDX-License-Identifier: GPL-2.0-only */
/* What this process may do: capabilities, lockdown, locked memory, BPF for everybody. */
#ifndef INTERLOPER_HOST_PRIVILEGE_H
#define INTERLOPER_HOST_PRIVILEGE_H

#include <stdbool.h>
#include <stdint.h>

/* include/uapi/linux/capability.h, of which those of 5.8 may be missing here. */
enum capability {
	CAPABILITY_SYS_ADMIN = 21,
	CAPABILITY_SYS_NICE = 23,
	CAPABILITY_SYS_RESOURCE = 24,
	CAPABILITY_PERFMON = 38,
	CAPABILITY_BPF = 39,
};

enum lockdown {
	LOCKDOWN_UNKNOWN,
	LOCKDOWN_UNMOUNTED, /* securityfs is not there to tell */
	LOCKDOWN_NONE,
	LOCKDOWN_INTEGRITY,
	LOCKDOWN_CONFIDENTIALITY,
};

#define LOCKED_UNLIMITED UINT64_MAX

struct privilege {
	bool capabilities_known;
	uint64_t effective;   /* capabilities: bit by number */
	int last_capability;  /* the highest that this kernel knows; -1: not known */
	bool user_namespace;  /* capabilities are the namespace's own: the kernel's BPF asks for the
				 first namespace's */
	enum lockdown lockdown;
	int unprivileged_bpf; /* the sysctl: 0 allowed, 1, 2 disabled; -1: there is no such file */
	bool sysctls_known;   /* /proc/sys is there, so that a missing file says something */
	bool locked_known;
	uint64_t locked_soft, locked_hard; /* RLIMIT_MEMLOCK, bytes */
};

/* Reads what the files below root say ("": the live machine). Never fails: what is not there is
 * not known. */
void privilege_read(struct privilege *privilege, const char *root);

bool privilege_has(const struct privilege *privilege, enum capability capability);
/* CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, which stands for both; in the first user namespace. */
bool privilege_may_trace(const struct privilege *privilege);

/* The parsers. Of /proc/PID/status: the hexadecimal mask in its line "CapEff:". */
bool privilege_parse_effective(const char *status, uint64_t *mask);
/* Of the lockdown file: "none [integrity] confidentiality". */
enum lockdown privilege_parse_lockdown(const char *text);
/* Of /proc/PID/limits: the line "Max locked memory". */
bool privilege_parse_locked(const char *limits, uint64_t *soft, uint64_t *hard);

#endif
