// SPDX-License-Identifier: GPL-2.0-only
/* The end of all privilege: see privilege_drop.h. */
#include "capture/privilege_drop.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAPABILITIES_MAX 64 /* the sets have so many bits */

/* Of the calling thread. */
static int read_sets(struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &header, sets) ? -errno : 0;
}

bool privilege_holds(int capability)
{
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};

	return !read_sets(sets) &&
	       sets[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

int privilege_drop(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};

	/* The ambient set goes too: it never holds what the permitted set does not. */
	return syscall(SYS_capset, &header, none) ? -errno : 0;
}

int privilege_find_user(struct privilege_user *user, const char *name, const char *passwd)
{
	FILE *file = fopen(passwd, "re");
	struct passwd *entry;
	int err = -ENOENT;

	if (!file)
		return -errno;
	while (err && (entry = fgetpwent(file)) != NULL) {
		if (strcmp(entry->pw_name, name) != 0)
			continue;
		*user = (struct privilege_user){ entry->pw_uid, entry->pw_gid };
		err = 0;
	}
	fclose(file);
	return err;
}

/* prctl() refuses numbers that the kernel does not know: there is nothing behind them. */
static int drop_bounding_set(void)
{
	for (int i = 0; i < CAPABILITIES_MAX; i++)
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1 && prctl(PR_CAPBSET_DROP, i, 0, 0, 0))
			return -errno;
	return 0;
}

static int change_user(const struct privilege_user *user)
{
	if (setgroups(0, NULL) || setresgid(user->gid, user->gid, user->gid) ||
	    setresuid(user->uid, user->uid, user->uid))
		return -errno;
	return 0;
}

static bool holds_nothing(void)
{
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};

	if (read_sets(sets))
		return false;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if (sets[i].effective | sets[i].permitted | sets[i].inheritable)
			return false;
	return true;
}

static bool is_user(const struct privilege_user *user)
{
	uid_t real, effective, saved;
	gid_t real_group, effective_group, saved_group;

	return !getresuid(&real, &effective, &saved) && real == user->uid &&
	       effective == user->uid && saved == user->uid &&
	       !getresgid(&real_group, &effective_group, &saved_group) && real_group == user->gid &&
	       effective_group == user->gid && saved_group == user->gid && !getgroups(0, NULL);
}

static bool is_root(void)
{
	uid_t real, effective, saved;

	return getresuid(&real, &effective, &saved) || !real || !effective || !saved;
}

/* Who never was root does not try: a service's filter of system calls may end whoever does. */
static bool could_be_root(bool was_root)
{
	return is_root() || (was_root && (!setuid(0) || !seteuid(0)));
}

int privilege_become(const struct privilege_user *user, const char **failed)
{
	bool bounded = privilege_holds(CAP_SETPCAP);
	int err = 0;

	*failed = "drop the bounding set of capabilities";
	if (bounded)
		err = drop_bounding_set();
	if (!err && user) {
		*failed = "become that user";
		err = change_user(user);
	}
	if (!err) {
		*failed = "give up the capabilities that loading needed";
		err = privilege_drop();
	}
	if (!err) {
		*failed = "set no_new_privs";
		err = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
	}
	if (err)
		return err;
	*failed = "be sure that no privilege is left";
	return holds_nothing() && (!user || is_user(user)) && !could_be_root(user) &&
			       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1
		       ? 0
		       : -EPERM;
}
