// SPDX-License-Identifier: GPL-2.0-only
/* The virtual machines of literal /proc trees, their vCPUs, and how both come back from JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sys/prctl.h>
#include "host/snapshot.h"
#include "host/taskflags.h"
#include "host/taskscan.h"
#include "host/vcpu.h"
#include "host/vmscan.h"
#include "tree.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static char root[PATH_MAX];
static struct host_snapshot host;

static int set_up(void **state)
{
	tree_make(root);
	return 0;
}

static int tear_down(void **state)
{
	host_snapshot_free(&host);
	tree_remove(root);
	return 0;
}

/* A thread whose flags say nothing, as /proc/PID/task/TID/stat. */
static void put_flagged(int pid, int tid, const char *comm, unsigned int flags)
{
	char path[128], stat[512];

	snprintf(path, sizeof(path), "proc/%d/task/%d/stat", pid, tid);
	snprintf(stat, sizeof(stat),
		 "%d (%s) S 2 0 0 0 -1 %u 0 0 0 0 5 7 0 0 25 5 1 0 24 0 0 18446744073709551615 0 "
		 "0 0 0 0 0 0 2147483647 0 0 0 0 17 43 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		 tid, comm, flags);
	tree_put(root, path, stat);
}

static void put_thread(int pid, int tid, const char *comm)
{
	put_flagged(pid, tid, comm, 0x400140);
}

static void put_file(int pid, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "proc/%d/%s", pid, name);
	tree_put(root, path, text);
}

/* Arguments are given with spaces, which become '\0'. */
static void put_cmdline(int pid, const char *arguments)
{
	char path[2 * PATH_MAX];
	FILE *file;

	put_file(pid, "cmdline", "");
	snprintf(path, sizeof(path), "%s/proc/%d/cmdline", root, pid);
	file = fopen(path, "w");
	assert_non_null(file);
	for (const char *c = arguments; *c; c++)
		fputc(*c == ' ' ? '\0' : *c, file);
	fputc('\0', file);
	assert_int_equal(fclose(file), 0);
}

static void put_fd(int pid, int fd, const char *target)
{
	char path[2 * PATH_MAX];

	put_file(pid, "fd/.keep", "");
	snprintf(path, sizeof(path), "%s/proc/%d/fd/%d", root, pid, fd);
	assert_int_equal(symlink(target, path), 0);
}

static void scan(void)
{
	assert_int_equal(taskscan_read(&host, root), 0);
	assert_int_equal(vmscan_read(&host, root), 0);
}

static void assert_vm(uint32_t pid, const char *name, enum vmm vmm, bool vcpus_named)
{
	const struct host_vm *vm = host_vm_of(&host, pid);

	assert_non_null(vm);
	assert_int_equal(vm->pid, pid);
	if (name) {
		assert_non_null(vm->name);
		assert_string_equal(vm->name, name);
	} else {
		assert_null(vm->name);
	}
	assert_int_equal(vm->vmm, vmm);
	assert_int_equal(vm->vcpus_named, vcpus_named);
}

static void put_qemu(int pid, const char *cmdline)
{
	put_thread(pid, pid, "qemu-system-x86");
	put_thread(pid, pid + 1, "IO mon_iothread");
	put_thread(pid, pid + 11, "CPU 0/KVM");
	put_thread(pid, pid + 12, "CPU 1/KVM");
	put_cmdline(pid, cmdline);
}

static void vms_are_found_by_their_threads(void **state)
{
	put_thread(1, 1, "systemd");
	put_qemu(4700, "/usr/bin/qemu-system-x86_64 -name guest=web-7,debug-threads=on -S");
	/* vCPUs of two VMs by turns, which were plugged in later. */
	put_qemu(900, "qemu-kvm -name db-1");
	put_thread(900, 5000, "CPU 2/KVM");
	put_thread(4700, 5001, "CPU 2/KVM");
	put_thread(900, 5002, "CPU 3/KVM");
	put_thread(300, 300, "firecracker");
	put_thread(300, 301, "fc_vcpu 0");
	put_cmdline(300, "/firecracker --id=fc-9 --start-time-us=1");
	put_thread(310, 310, "cloud-hyperviso");
	put_thread(310, 311, "vcpu0");
	put_cmdline(310, "cloud-hypervisor --api-socket /tmp/s");
	/* Renamed: its threads still say whose they are. */
	put_thread(320, 320, "main");
	put_thread(320, 321, "CPU 0/KVM");
	put_cmdline(320, "x -name renamed");
	put_thread(330, 330, "my-vmm");
	put_thread(330, 331, "vcpu0");
	scan();
	assert_int_equal(host.vm_count, 6);
	for (uint32_t i = 1; i < host.vm_count; i++)
		assert_true(host.vms[i - 1].pid < host.vms[i].pid);
	assert_vm(4700, "web-7", VMM_QEMU, true);
	assert_vm(900, "db-1", VMM_QEMU, true);
	assert_vm(300, "fc-9", VMM_FIRECRACKER, true);
	assert_vm(310, NULL, VMM_CLOUD_HYPERVISOR, true);
	assert_vm(320, "renamed", VMM_QEMU, true);
	assert_vm(330, NULL, VMM_UNKNOWN, true);
	assert_null(host_vm_of(&host, 1));
	assert_null(host_vm_of(&host, 0));
	assert_null(host_vm_of(&host, UINT32_MAX));
}

static void a_vm_without_names_is_found_by_kvms_files(void **state)
{
	put_thread(700, 700, "qemu-system-aar");
	put_thread(700, 701, "qemu-system-aar");
	put_cmdline(700, "qemu-system-aarch64 -name quiet");
	put_fd(700, 0, "/dev/null");
	put_fd(700, 11, "anon_inode:kvm-vm");
	put_thread(710, 710, "kvm");
	put_fd(710, 9, "anon_inode:kvm-vcpu:0");
	/* These have none: an image tool; and one that only resembles them. */
	put_thread(720, 720, "qemu-img");
	put_fd(720, 3, "/var/lib/images/kvm-vm");
	put_fd(720, 4, "anon_inode:kvm-vm2");
	put_fd(720, 5, "anon_inode:kvm-vcpu");
	/* Nobody looks into the files of what is not named as such a program. */
	put_thread(730, 730, "bash");
	put_fd(730, 3, "anon_inode:kvm-vm");
	scan();
	assert_int_equal(host.vm_count, 2);
	assert_vm(700, "quiet", VMM_QEMU, false);
	assert_vm(710, NULL, VMM_QEMU, false);
}

static void what_cannot_be_read_is_not_known(void **state)
{
	/* No files to look at, a file where a folder should be, a folder where a file should. */
	put_thread(700, 700, "qemu-system-x86");
	put_thread(710, 710, "qemu-system-x86");
	put_file(710, "fd", "");
	put_thread(720, 720, "qemu-system-x86");
	put_thread(720, 721, "CPU 0/KVM");
	put_file(720, "cmdline/x", "");
	put_file(720, "cgroup/x", "");
	put_thread(730, 730, "qemu-system-x86");
	put_thread(730, 731, "CPU 0/KVM");
	put_file(730, "cmdline", "");
	put_file(730, "cgroup", "");
	scan();
	assert_int_equal(host.vm_count, 2);
	assert_vm(720, NULL, VMM_QEMU, true);
	assert_vm(730, NULL, VMM_QEMU, true);
}

static void without_proc_there_are_none(void **state)
{
	scan();
	assert_int_equal(host.vm_count, 0);
	assert_null(host_vm_of(&host, 1));
}

static void kernel_threads_run_no_vm(void **state)
{
	put_flagged(700, 700, "vcpu3", TASK_KTHREAD);
	put_flagged(710, 710, "kvm", TASK_KTHREAD);
	put_fd(710, 3, "anon_inode:kvm-vm");
	scan();
	assert_int_equal(host.vm_count, 0);
}

static void the_cgroup_names_a_vm_whose_command_line_does_not(void **state)
{
	static const char cgroup[] = "0::/machine.slice/machine-ch\\x2d3\\x2dweb\\x2d7.scope\n";

	put_thread(310, 310, "cloud-hyperviso");
	put_thread(310, 311, "vcpu0");
	put_cmdline(310, "cloud-hypervisor --api-socket fd=22");
	put_file(310, "cgroup", cgroup);
	put_qemu(4700, "qemu -name guest=web_7");
	put_file(4700, "cgroup", cgroup);
	scan();
	assert_vm(310, "web-7", VMM_CLOUD_HYPERVISOR, true);
	assert_vm(4700, "web_7", VMM_QEMU, true);
}

/* 200 KB; the name that the end of the buffer cuts is none. */
static void a_command_line_that_is_too_long_gives_no_part_of_a_name(void **state)
{
	size_t size = 200000, cut = (128 << 10) - 1;
	char *line = malloc(size);

	assert_non_null(line);
	memset(line, 'x', size - 1);
	line[size - 1] = '\0';
	memcpy(line + cut - 16, " -name web-7-long ", 18);
	put_qemu(4700, line);
	memcpy(line, "qemu -name early ", 17);
	put_qemu(900, line);
	free(line);
	scan();
	assert_vm(4700, NULL, VMM_QEMU, true);
	assert_vm(900, "early", VMM_QEMU, true);
}

static void a_vcpu_is_told_with_its_vm(void **state)
{
	uint32_t vm_pid = 1, number = 2;
	const char *name = "untouched";

	put_qemu(4700, "qemu -name web-7");
	scan();
	assert_true(vcpu_of(&host, 4700, "CPU 3/KVM", &vm_pid, &name, &number));
	assert_int_equal(vm_pid, 4700);
	assert_int_equal(number, 3);
	assert_string_equal(name, "web-7");
	/* The same VM's emulator and its other threads are none. */
	assert_false(vcpu_of(&host, 4700, "qemu-system-x86", &vm_pid, &name, &number));
	assert_int_equal(number, 3);
	assert_string_equal(name, "web-7");
}

static void a_vcpu_born_later_is_known_by_its_name(void **state)
{
	uint32_t vm_pid = 1, number = 2;
	const char *name = "untouched";

	put_qemu(4700, "qemu -name web-7");
	scan();
	assert_true(vcpu_of(&host, 5900, "CPU 1/KVM", &vm_pid, &name, &number));
	assert_int_equal(vm_pid, 5900);
	assert_int_equal(number, 1);
	assert_null(name);
	name = "untouched";
	assert_true(vcpu_of(NULL, UINT32_MAX, "vcpu5", &vm_pid, &name, &number));
	assert_true(vm_pid == UINT32_MAX);
	assert_int_equal(number, 5);
	assert_null(name);
	assert_false(vcpu_of(NULL, 1, "bash", &vm_pid, &name, &number));
}

static void vms_come_back_from_json(void **state)
{
	struct host_vm vms[] = {
		{ 300, "fc \"9\"\\", VMM_FIRECRACKER, true },
		{ 310, NULL, VMM_UNKNOWN, true },
		/* Any bytes may be a name; JSON holds UTF-8. */
		{ 4700, "\xc3\xbc", VMM_QEMU, false },
		{ 4701, "\xff x", VMM_CLOUD_HYPERVISOR, false },
	};
	const struct host_snapshot from = { .vm_count = 4, .vms = vms };
	char *json = host_snapshot_to_json(&from), *again;
	char why[200] = "";

	assert_non_null(json);
	if (host_snapshot_from_json(&host, json, why, sizeof(why)))
		fail_msg("not read back: %s", why);
	assert_int_equal(host.vm_count, 4);
	assert_vm(300, "fc \"9\"\\", VMM_FIRECRACKER, true);
	assert_vm(310, NULL, VMM_UNKNOWN, true);
	assert_vm(4700, "\xc3\xbc", VMM_QEMU, false);
	assert_vm(4701, "? x", VMM_CLOUD_HYPERVISOR, false);
	again = host_snapshot_to_json(&host);
	assert_non_null(again);
	assert_string_equal(strstr(json, "\"vms\""), strstr(again, "\"vms\""));
	free(json);
	free(again);
}

static void a_snapshot_from_before_vms_is_read(void **state)
{
	char why[200];

	assert_int_equal(host_snapshot_from_json(&host, "{\"version\":1}", why, sizeof(why)), 0);
	assert_int_equal(host.vm_count, 0);
	assert_null(host_vm_of(&host, 1));
	host_snapshot_free(&host);
	/* A program from the future is one we do not know. */
	assert_int_equal(host_snapshot_from_json(
				 &host, "{\"version\":1,\"vms\":[{\"pid\":7,\"vmm\":\"new\"}]}",
				 why, sizeof(why)),
			 0);
	assert_vm(7, NULL, VMM_UNKNOWN, false);
}

static void vms_that_cannot_be_are_refused(void **state)
{
	static const char *const lists[] = {
		"{}",
		"[1]",
		"[{\"pid\":-1}]",
		"[{\"pid\":2147483648}]",
		"[{\"pid\":\"1\"}]",
		"[{\"pid\":2},{\"pid\":1}]",
		"[{\"pid\":1},{\"pid\":1}]",
		"[{\"pid\":1,\"name\":1}]",
		"[{\"pid\":1,\"name\":\"\"}]",
		"[{\"pid\":1,\"name\":\"a\\nb\"}]",
		"[{\"pid\":1,\"name\":\"a\\u007f\"}]",
		"[{\"pid\":1,\"vmm\":1}]",
		"[{\"pid\":1,\"vcpus_named\":1}]",
	};
	char json[1000], why[200], name[VM_NAME_SIZE + 1];

	for (size_t i = 0; i < COUNT(lists); i++) {
		why[0] = '\0';
		snprintf(json, sizeof(json), "{\"version\":1,\"vms\":%s}", lists[i]);
		if (host_snapshot_from_json(&host, json, why, sizeof(why)) != -EINVAL)
			fail_msg("not refused: %s", lists[i]);
		if (!*why || strchr(why, '\n'))
			fail_msg("%s: no one line of why: \"%s\"", lists[i], why);
		assert_null(host.vms);
	}
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(json, sizeof(json), "{\"version\":1,\"vms\":[{\"pid\":1,\"name\":\"%s\"}]}", name);
	assert_int_equal(host_snapshot_from_json(&host, json, why, sizeof(why)), -EINVAL);
}

static void a_whole_snapshot_has_its_vms(void **state)
{
	tree_put(root, "sys/devices/system/cpu/possible", "0\n");
	tree_put(root, "sys/devices/system/cpu/online", "0\n");
	put_qemu(4700, "qemu -name web-7");
	assert_int_equal(host_snapshot_take(&host, root), 0);
	assert_int_equal(host.vm_count, 1);
	assert_vm(4700, "web-7", VMM_QEMU, true);
}

/* This process, with a thread that is named as a vCPU. */
static void a_live_process_is_found(void **state)
{
	char before[16];

	assert_int_equal(prctl(PR_GET_NAME, before), 0);
	assert_int_equal(prctl(PR_SET_NAME, "CPU 0/KVM"), 0);
	assert_int_equal(host_snapshot_take(&host, ""), 0);
	prctl(PR_SET_NAME, before);
	assert_non_null(host_vm_of(&host, (uint32_t)getpid()));
	assert_true(host_vm_of(&host, (uint32_t)getpid())->vcpus_named);
}

#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(vms_are_found_by_their_threads),
		WITH_TREE(a_vm_without_names_is_found_by_kvms_files),
		WITH_TREE(what_cannot_be_read_is_not_known),
		WITH_TREE(without_proc_there_are_none),
		WITH_TREE(kernel_threads_run_no_vm),
		WITH_TREE(the_cgroup_names_a_vm_whose_command_line_does_not),
		WITH_TREE(a_command_line_that_is_too_long_gives_no_part_of_a_name),
		WITH_TREE(a_vcpu_is_told_with_its_vm),
		WITH_TREE(a_vcpu_born_later_is_known_by_its_name),
		WITH_TREE(vms_come_back_from_json),
		WITH_TREE(a_snapshot_from_before_vms_is_read),
		WITH_TREE(vms_that_cannot_be_are_refused),
		WITH_TREE(a_whole_snapshot_has_its_vms),
		WITH_TREE(a_live_process_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
