// SPDX-License-Identifier: GPL-2.0-only
/* Host snapshots from tars, well meant and hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include "host/snapshot_tar.h"
#include "tree.h"

static char root[PATH_MAX], path[2 * PATH_MAX], why[SNAPSHOT_TAR_WHY_MAX];
static struct host_snapshot host;
static FILE *tar;

static int set_up(void **state)
{
	tree_make(root);
	snprintf(path, sizeof(path), "%s/host.tar", root);
	tar = fopen(path, "w");
	assert_non_null(tar);
	/* Everything is unpacked below the test's own folder, so that what stays behind is seen. */
	return setenv("TMPDIR", root, 1);
}

static int tear_down(void **state)
{
	host_snapshot_free(&host);
	tree_remove(root);
	return unsetenv("TMPDIR");
}

struct put {
	const char *name, *text, *link, *prefix;
	char type;
	unsigned int mode;
	size_t size; /* told; 0: the text's */
};

static void put_entry(struct put put)
{
	size_t length = put.text ? strlen(put.text) : 0;
	unsigned int sum = 0;
	char block[512] = {};

	strncpy(block, put.name, 100);
	snprintf(block + 100, 8, "%07o", (put.mode ? put.mode : 0644) & 07777);
	snprintf(block + 124, 12, "%011zo", put.size ? put.size : length);
	memset(block + 148, ' ', 8);
	block[156] = put.type ? put.type : '0';
	if (put.link)
		strncpy(block + 157, put.link, 100);
	memcpy(block + 257,
	       "ustar\0"
	       "00",
	       8);
	if (put.prefix)
		strncpy(block + 345, put.prefix, 155);
	for (size_t i = 0; i < sizeof(block); i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum);
	fwrite(block, 1, sizeof(block), tar);
	memset(block, 0, sizeof(block));
	if (length) {
		fwrite(put.text, 1, length, tar);
		fwrite(block, 1, (512 - length % 512) % 512, tar);
	}
}

static void put(const char *name, const char *text)
{
	put_entry((struct put){ .name = name, .text = text });
}

static int take(void)
{
	int err;

	if (tar) {
		char zeros[1024] = {};

		fwrite(zeros, 1, sizeof(zeros), tar);
		fclose(tar);
		tar = NULL;
	}
	err = host_snapshot_from_tar(&host, path, why);
	assert_null(strchr(why, '\n'));
	assert_int_equal(!*why, !err);
	return err;
}

static void put_machine(void)
{
	put("interloper-host", "interloper host-snapshot 1\npage_size 65536\n");
	put("sys/devices/system/cpu/possible", "0-3\n");
	put("./sys/devices/system/cpu/online", "0-3\n");
	put("sys/devices/system/cpu/isolated", "3\n");
	put("proc/sys/kernel/hostname", "vmhost7\n");
	put("sys/devices/system/cpu/cpu0/topology/thread_siblings", "1\n");
	put("sys/devices/system/cpu/cpu0/topology/core_siblings", "1\n");
}

/* Only the tar may be left. */
static void assert_nothing_left(void)
{
	DIR *dir = opendir(root);
	struct dirent *entry;

	while ((entry = readdir(dir)))
		assert_true(entry->d_name[0] == '.' || !strcmp(entry->d_name, "host.tar"));
	closedir(dir);
}

static void a_snapshot_is_read_from_a_tar(void **state)
{
	put_machine();
	put_entry((struct put){ .name = "proc/irq/", .type = '5' });
	put_entry((struct put){
		.name = "proc/irq/9/smp_affinity_list", .text = "0-3\n", .mode = 0444 });
	put_entry(
		(struct put){ .name = "actions", .text = "acpi\n", .prefix = "sys/kernel/irq/9" });
	put("proc/7/task/7/stat", "7 (qemu-kvm) S 2 0 0 0 -1 4194304 0 0 0 0 5 7 0 0 25 5 1 0 24 0 "
				  "0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 3 0 0\n");
	put("proc/7/task/7/status", "Name:\tqemu-kvm\nCpus_allowed_list:\t0-2\n");
	put_entry((struct put){ .name = "proc/7/fd/12", .type = '2', .link = "anon_inode:kvm-vm" });
	assert_int_equal(take(), 0);
	assert_int_equal(host.cpu_count, 4);
	assert_int_equal(host.page_size, 65536);
	assert_string_equal(host.hostname, "vmhost7");
	assert_true(hwloc_bitmap_isset(host.isolated, 3));
	assert_int_equal(host.irq_count, 1);
	assert_true(host.irqs[0].fixed);
	assert_string_equal(host.irqs[0].actions, "acpi");
	assert_int_equal(host.task_count, 1);
	assert_int_equal(hwloc_bitmap_last(host.tasks[0].allowed), 2);
	assert_int_equal(host.vm_count, 1);
	assert_nothing_left();
}

static void long_names_of_gnu_and_pax_are_read(void **state)
{
	char name[300], record[400];

	put_machine();
	snprintf(name, sizeof(name), "sys/fs/cgroup/%0200d/cpuset.cpus.partition", 0);
	put_entry((struct put){ .name = "././@LongLink", .type = 'L', .text = name });
	put("cut", "isolated\n");
	snprintf(name, sizeof(name), "sys/fs/cgroup/%0200d/cpuset.cpus.effective", 0);
	snprintf(record, sizeof(record), "%zu path=%s\n", strlen(name) + 10, name);
	put_entry((struct put){ .name = "PaxHeaders/x", .type = 'x', .text = record });
	put("cut", "1-2\n");
	assert_int_equal(take(), 0);
	assert_int_equal(hwloc_bitmap_weight(host.partitions), 2);
}

static void assert_refused(struct put entry, const char *because)
{
	put_machine();
	put_entry(entry);
	assert_int_equal(take(), -EINVAL);
	if (!strstr(why, because))
		fail_msg("%s", why);
	assert_nothing_left();
	assert_null(host.cpus);
	tar = fopen(path, "w");
}

static void hostile_entries_are_refused(void **state)
{
	static const struct {
		struct put entry;
		const char *because;
	} entries[] = {
		{ { .name = "/proc/x", .text = "x" }, "has a name" },
		{ { .name = "proc/../../x", .text = "x" }, "has a name" },
		{ { .name = "../x", .text = "x" }, "has a name" },
		{ { .name = "etc/passwd", .text = "x" }, "not of /proc" },
		{ { .name = "proc/self", .type = '2', .link = "/etc" }, "neither" },
		{ { .name = "proc/7/fd/12", .type = '2', .link = "/etc/passwd" }, "neither" },
		{ { .name = "proc/7/fd/12", .type = '2', .link = "anon_inode:kvm-v/../.." },
		  "neither" },
		{ { .name = "proc/x", .type = '1', .link = "/etc/passwd" }, "neither" },
		{ { .name = "proc/x", .type = '3' }, "neither" },
		{ { .name = "proc/x", .type = '6' }, "neither" },
		{ { .name = "sys/devices/system/cpu/cpu4000000000/x", .text = "x" }, "has a name" },
		{ { .name = "sys/devices/system/cpu/possible", .text = "x" }, "twice" },
		{ { .name = "sys/devices/system/cpu/possible/x", .text = "x" }, "no folder" },
		{ { .name = "sys/devices/system/cpu/present", .text = "0-4000000000" }, "no list" },
		{ { .name = "sys/devices/system/node/online", .text = "0-4000000000" }, "no list" },
		{ { .name = "proc/huge", .size = 1u << 31 }, "too large" },
		{ { .name = "proc/short", .text = "x", .size = 100000 }, "middle of a file" },
		{ { .name = "x", .type = 'x', .text = "9 path=proc/x\n" }, "pax" },
		{ { .name = "x", .type = 'x', .text = "12 size=999\n" }, "too large" },
		{ { .name = "x", .type = 'L', .size = 1u << 20 }, "too long" },
	};

	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++)
		assert_refused(entries[i].entry, entries[i].because);
}

static void a_link_in_the_way_is_not_followed(void **state)
{
	put_entry((struct put){ .name = "proc/7/fd/12", .type = '2', .link = "anon_inode:kvm-vm" });
	put_entry((struct put){ .name = "proc/7/fd/anon_inode:kvm-vm", .type = '5' });
	assert_refused((struct put){ .name = "proc/7/fd/12/x", .text = "x" }, "no folder");
}

static void what_is_no_tar_is_refused(void **state)
{
	static const char *const texts[] = { "", "hello", "\x1f\x8b" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		fputs(texts[i], tar);
		for (int k = 0; i == 2 && k < 2000; k++)
			fputc(k, tar);
		fclose(tar);
		tar = NULL;
		assert_int_equal(take(), -EINVAL);
		tar = fopen(path, "w");
	}
	fclose(tar);
	tar = NULL;
	unlink(path);
	assert_int_equal(take(), -ENOENT);
}

static void a_tar_that_is_cut_anywhere_is_refused(void **state)
{
	long size;

	put_machine();
	fflush(tar);
	size = ftell(tar);
	fclose(tar);
	tar = NULL;
	for (; size >= 0; size -= 171) {
		assert_int_equal(truncate(path, size), 0);
		assert_int_equal(take(), -EINVAL);
		assert_nothing_left();
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_snapshot_is_read_from_a_tar), TEST(long_names_of_gnu_and_pax_are_read),
		TEST(hostile_entries_are_refused),   TEST(a_link_in_the_way_is_not_followed),
		TEST(what_is_no_tar_is_refused),     TEST(a_tar_that_is_cut_anywhere_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
