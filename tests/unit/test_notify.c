// SPDX-License-Identifier: GPL-2.0-only
/* Word to the service manager, as it reads it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "commands/notify.h"

/* As a service manager listens: name as in $NOTIFY_SOCKET. */
static int manager(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
			      offsetof(struct sockaddr_un, sun_path) + strlen(name)),
			 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	return fd;
}

static void assert_hears(int fd, const char *lines)
{
	char heard[256];
	ssize_t length = recv(fd, heard, sizeof(heard) - 1, MSG_DONTWAIT);

	assert_true(length >= 0);
	heard[length] = '\0';
	assert_string_equal(heard, lines);
}

static void a_socket_has_a_path(void **state)
{
	char folder[] = "/tmp/interloper-notify-XXXXXX", name[64];
	int fd;

	assert_non_null(mkdtemp(folder));
	snprintf(name, sizeof(name), "%s/notify", folder);
	fd = manager(name);
	assert_int_equal(notify_manager("READY=1"), 0);
	assert_hears(fd, "READY=1");
	assert_int_equal(notify_manager("STOPPING=1"), 0);
	assert_hears(fd, "STOPPING=1");
	close(fd);
	/* A manager that is gone. */
	assert_int_equal(notify_manager("READY=1"), -ECONNREFUSED);
	unlink(name);
	assert_int_equal(notify_manager("READY=1"), -ENOENT);
	rmdir(folder);
}

static void or_an_abstract_name(void **state)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "@interloper-notify-%d", getpid());
	fd = manager(name);
	assert_int_equal(notify_manager("READY=1\nSTATUS=x"), 0);
	assert_hears(fd, "READY=1\nSTATUS=x");
	close(fd);
}

static void without_a_manager_nothing_is_done(void **state)
{
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(notify_manager("READY=1"), 0);
	setenv("NOTIFY_SOCKET", "", 1);
	assert_int_equal(notify_manager("READY=1"), 0);
}

static void what_is_no_socket_is_refused(void **state)
{
	char name[200];

	setenv("NOTIFY_SOCKET", "notify", 1);
	assert_int_equal(notify_manager("READY=1"), -EINVAL);
	setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
	assert_int_equal(notify_manager("READY=1"), -EINVAL);
	memset(name, 'a', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	setenv("NOTIFY_SOCKET", name, 1);
	assert_int_equal(notify_manager("READY=1"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_has_a_path),
		cmocka_unit_test(or_an_abstract_name),
		cmocka_unit_test(without_a_manager_nothing_is_done),
		cmocka_unit_test(what_is_no_socket_is_refused),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
