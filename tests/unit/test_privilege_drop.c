// SPDX-License-Identifier: GPL-2.0-only
/* Root becomes another user for good: tried in children, whose privileges are theirs. */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "capture/privilege_drop.h"
#include "tree.h"

static const struct privilege_user other = { 54321, 54322 };

/* In a child: what() says which check failed, 0 none. */
static int in_a_child(int (*what)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		_exit(what());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool may_change_user(void)
{
	return !geteuid() && privilege_holds(CAP_SETUID) && privilege_holds(CAP_SETGID);
}

/* Whether a line of /proc/self/status has this value, which is its word's begin. */
static bool status_is(const char *name, const char *value)
{
	FILE *file = fopen("/proc/self/status", "re");
	size_t length = strlen(name);
	char line[256];
	bool is = false;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, length) && line[length] == ':')
			is = !strncmp(line + length + 1 + strspn(line + length + 1, "\t "), value,
				      strlen(value));
	if (file)
		fclose(file);
	return is;
}

#define NO_CAPABILITY "0000000000000000\n"

static int become_other(void)
{
	bool bounded = privilege_holds(CAP_SETPCAP);
	const gid_t groups[] = { 0, 4, 27 };
	const char *failed = NULL;

	if (setgroups(3, groups) || privilege_become(&other, &failed))
		return 1;
	if (!status_is("Uid", "54321\t54321\t54321\t54321\n") ||
	    !status_is("Gid", "54322\t54322\t54322\t54322\n"))
		return 2;
	if (getgroups(0, NULL))
		return 3;
	if (!status_is("CapInh", NO_CAPABILITY) || !status_is("CapPrm", NO_CAPABILITY) ||
	    !status_is("CapEff", NO_CAPABILITY) || !status_is("CapAmb", NO_CAPABILITY))
		return 4;
	if (bounded && !status_is("CapBnd", NO_CAPABILITY))
		return 5;
	if (!status_is("NoNewPrivs", "1\n"))
		return 6;
	if (!setuid(0) || !setgid(0) || !setgroups(3, groups))
		return 7;
	return !geteuid() || !getegid() ? 8 : 0;
}

static void root_becomes_another_user_for_good(void **state)
{
	if (!may_change_user())
		skip();
	assert_int_equal(in_a_child(become_other), 0);
}

/* Capabilities that are kept over the change of user, as a service may have set. */
static int become_with_kept_capabilities(void)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		return 1;
	return become_other();
}

static void capabilities_are_not_kept_over_the_change(void **state)
{
	if (!may_change_user())
		skip();
	assert_int_equal(in_a_child(become_with_kept_capabilities), 0);
}

static int stay_root(void)
{
	const char *failed = NULL;

	return privilege_become(NULL, &failed) != -EPERM || !failed;
}

static int become_root(void)
{
	static const struct privilege_user root = { 0, 0 };
	const char *failed = NULL;

	return privilege_become(&root, &failed) != -EPERM || !failed;
}

static void who_stays_root_is_told_so(void **state)
{
	if (!may_change_user())
		skip();
	assert_int_equal(in_a_child(stay_root), 0);
	assert_int_equal(in_a_child(become_root), 0);
}

static int be_ordinary(void)
{
	const char *failed = NULL;

	if (!geteuid() &&
	    (setgroups(0, NULL) || setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000)))
		return 1;
	if (privilege_become(NULL, &failed))
		return 2;
	if (!status_is("NoNewPrivs", "1\n") || !status_is("CapPrm", NO_CAPABILITY))
		return 3;
	/* Twice is no error; to become another user now is one. */
	if (privilege_become(NULL, &failed))
		return 4;
	return privilege_become(&other, &failed) != -EPERM || !failed;
}

static void an_ordinary_user_stays_who_it_is(void **state)
{
	if (!geteuid() && !may_change_user())
		skip();
	assert_int_equal(in_a_child(be_ordinary), 0);
}

static void users_are_found_by_name(void **state)
{
	char root[PATH_MAX], path[PATH_MAX + 16];
	struct privilege_user user = { 7, 7 };

	tree_make(root);
	snprintf(path, sizeof(path), "%s/passwd", root);
	assert_int_equal(privilege_find_user(&user, "nobody", path), -ENOENT);
	tree_put(root, "passwd",
		 "root:x:0:0:root:/root:/bin/bash\n"
		 "nobody2:x:1:2::/:/bin/false\n"
		 "broken\n"
		 "nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin\n"
		 "nobody:x:3:4::/:\n");
	assert_int_equal(privilege_find_user(&user, "nobody", path), 0);
	assert_int_equal(user.uid, 65534);
	assert_int_equal(user.gid, 65533);
	user.uid = 7;
	assert_int_equal(privilege_find_user(&user, "nobod", path), -ENOENT);
	assert_int_equal(privilege_find_user(&user, "broken", path), -ENOENT);
	assert_int_equal(privilege_find_user(&user, "", path), -ENOENT);
	assert_int_equal(user.uid, 7);
	tree_remove(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_becomes_another_user_for_good),
		cmocka_unit_test(capabilities_are_not_kept_over_the_change),
		cmocka_unit_test(who_stays_root_is_told_so),
		cmocka_unit_test(an_ordinary_user_stays_who_it_is),
		cmocka_unit_test(users_are_found_by_name),
	};

	return cmocka_run_group_tests_name("privilege_drop", tests, NULL, NULL);
}
