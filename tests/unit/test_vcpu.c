// SPDX-License-Identifier: GPL-2.0-only
/* vCPU threads by their names, and virtual machines' names by command lines and cgroups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "host/vcpu.h"
#include "host/vmname.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void vcpus_are_known_by_their_programs_names(void **state)
{
	static const struct {
		const char *comm;
		uint32_t number;
		enum vmm vmm;
	} names[] = {
		{ "CPU 0/KVM", 0, VMM_QEMU },	      { "CPU 3/KVM", 3, VMM_QEMU },
		{ "CPU 12345/KVM", 12345, VMM_QEMU }, { "CPU 12/TCG", 12, VMM_QEMU },
		{ "vcpu3", 3, VMM_UNKNOWN },	      { "vcpu254", 254, VMM_UNKNOWN },
		{ "fc_vcpu 3", 3, VMM_FIRECRACKER },  { "fc_vcpu 31", 31, VMM_FIRECRACKER },
		{ "crosvm_vcpu3", 3, VMM_CROSVM },    { "crosvm_vcpu1023", 1023, VMM_CROSVM },
		{ "kvm-vcpu-7", 7, VMM_KVMTOOL },     { "db_vcpu0", 0, VMM_UNKNOWN },
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		uint32_t number = 4711;
		enum vmm vmm = VMM_CROSVM;

		assert_true(vcpu_from_comm(names[i].comm, &number));
		assert_int_equal(number, names[i].number);
		assert_true(vcpu_from_comm_of(names[i].comm, &number, &vmm));
		assert_int_equal(vmm, names[i].vmm);
	}
}

static void a_name_that_only_resembles_one_is_none(void **state)
{
	static const char *const names[] = {
		"",
		"vcpu",
		"vcpufoo",
		"vcpu3 ",
		"vcpu3x",
		"vcpu03",
		"vcpu-1",
		"vcpu+1",
		"vcpu 3",
		"Vcpu3",
		"xvcpu3",
		"vcpu100000",
		"vcpu99999999999",
		"CPU 3",
		"CPU 3/",
		"CPU 3/KV",
		"CPU 3/KVMx",
		"CPU /KVM",
		"CPU  3/KVM",
		"CPU 03/KVM",
		"CPU 3 /KVM",
		"CPU 3/HVF",
		"CPU 123456789/K",
		"ALL CPUs/TCG",
		"CPU 3/MTTCG",
		"fc_vcpu3",
		"fc_vcpu  3",
		"fc_vcpu",
		"fc_vcpu x",
		"crosvm_vcpu",
		"crosvm_vcpu 3",
		"kvm-vcpu-",
		"kvm-vcpu3",
		"kvm-nx-lpage-re",
		"kvm-pit/4700",
		"vhost-4700",
		"qemu-system-x86",
		"IO iothread1",
		"CPU \xff/KVM",
	};
	uint32_t number = 4711;

	for (size_t i = 0; i < COUNT(names); i++)
		if (vcpu_from_comm(names[i], &number))
			fail_msg("\"%s\" is taken for vCPU %u", names[i], number);
	assert_int_equal(number, 4711);
}

static void a_vhost_worker_names_its_vm_and_is_no_vcpu(void **state)
{
	static const char *const none[] = { "vhost",	   "vhost-",	    "vhost-0",
					    "vhost-x",	   "vhost-4700x",   "vhost-047",
					    "vhost--1",	   "vhost- 1",	    "vhost_4700",
					    "vhost-4700 ", "vhost-99999999" };
	uint32_t pid = 1;

	assert_true(vcpu_worker_of("vhost-4700", &pid));
	assert_int_equal(pid, 4700);
	assert_true(vcpu_worker_of("vhost-4194304", &pid));
	assert_int_equal(pid, 4194304);
	for (size_t i = 0; i < COUNT(none); i++)
		assert_false(vcpu_worker_of(none[i], &pid));
	assert_int_equal(pid, 4194304);
}

static void processes_are_known_by_the_comm_that_is_left_of_their_name(void **state)
{
	assert_int_equal(vmm_of_process("qemu-system-x86"), VMM_QEMU);
	assert_int_equal(vmm_of_process("qemu-kvm"), VMM_QEMU);
	assert_int_equal(vmm_of_process("kvm"), VMM_QEMU);
	assert_int_equal(vmm_of_process("cloud-hyperviso"), VMM_CLOUD_HYPERVISOR);
	assert_int_equal(vmm_of_process("firecracker"), VMM_FIRECRACKER);
	assert_int_equal(vmm_of_process("firecracker-v1."), VMM_FIRECRACKER);
	assert_int_equal(vmm_of_process("crosvm"), VMM_CROSVM);
	assert_int_equal(vmm_of_process("lkvm"), VMM_KVMTOOL);
	assert_int_equal(vmm_of_process("kvm-irqfd-clean"), VMM_UNKNOWN);
	assert_int_equal(vmm_of_process(""), VMM_UNKNOWN);
}

static void a_programs_name_comes_back(void **state)
{
	assert_null(vmm_name(VMM_UNKNOWN));
	for (enum vmm vmm = VMM_QEMU; vmm <= VMM_KVMTOOL; vmm++)
		assert_int_equal(vmm_of_name(vmm_name(vmm)), vmm);
	assert_int_equal(vmm_of_name("bhyve"), VMM_UNKNOWN);
}

/* The name by a command line whose spaces are '\0'; NULL: none. */
static const char *name_of(enum vmm vmm, const char *arguments)
{
	static char name[VM_NAME_SIZE];
	char *cmdline = strdup(arguments);
	size_t length = strlen(arguments);
	bool found;

	assert_non_null(cmdline);
	for (size_t i = 0; i < length; i++)
		cmdline[i] = cmdline[i] == ' ' ? '\0' : cmdline[i];
	found = vmname_from_cmdline(name, vmm, cmdline, length);
	free(cmdline);
	return found ? name : NULL;
}

static void assert_name(enum vmm vmm, const char *arguments, const char *expected)
{
	const char *name = name_of(vmm, arguments);

	if (!expected && name)
		fail_msg("\"%s\" gave \"%s\"", arguments, name);
	if (expected && (!name || strcmp(name, expected)))
		fail_msg("\"%s\" gave \"%s\", not \"%s\"", arguments, name ? name : "(none)",
			 expected);
}

static void qemu_is_named_by_its_name_option(void **state)
{
	static const struct {
		const char *arguments, *name;
	} lines[] = {
		{ "qemu-system-x86_64 -name web-7", "web-7" },
		{ "qemu-system-x86_64 -name guest=web-7,debug-threads=on -S", "web-7" },
		{ "kvm -id 100 -name web-7,debug-threads=on -no-shutdown", "web-7" },
		{ "qemu --name web-7", "web-7" },
		{ "qemu -name process=p,guest=web-7", "web-7" },
		{ "qemu -name debug-threads=on,guest=web-7,process=p", "web-7" },
		{ "qemu -name guest=a,,b,debug-threads=on", "a,b" },
		{ "qemu -name a,,b", "a,b" },
		{ "qemu -name guest=a,,", "a," },
		{ "qemu -name guest=a,,,guest=b", "b" },
		{ "qemu -name process=x,,guest=no", NULL },
		{ "qemu -name guest=a=b", "a=b" },
		{ "qemu -name one -name two", "two" },
		{ "qemu -append -- -name web-7", "web-7" },
		{ "qemu -name", NULL },
		{ "qemu -name  -S", NULL },
		{ "qemu -name guest=", NULL },
		{ "qemu -name guest=,debug-threads=on", NULL },
		{ "qemu -name process=p", NULL },
		{ "qemu -name ,", NULL },
		{ "qemu -name ,guest=web-7", "web-7" },
		{ "qemu -name myguest=x", NULL },
		{ "qemu -names web-7 -nam web-7", NULL },
		{ "qemu --id web-7", NULL },
		{ "qemu -name=web-7", NULL },
		{ "qemu", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < COUNT(lines); i++)
		assert_name(VMM_QEMU, lines[i].arguments, lines[i].name);
}

static void others_are_named_by_theirs(void **state)
{
	assert_name(VMM_FIRECRACKER, "firecracker --id web-7 --api-sock s", "web-7");
	assert_name(VMM_FIRECRACKER, "firecracker --id=web-7", "web-7");
	assert_name(VMM_FIRECRACKER, "firecracker --api-sock s -- --id no", NULL);
	assert_name(VMM_FIRECRACKER, "firecracker --id", NULL);
	assert_name(VMM_FIRECRACKER, "firecracker --identity no -id no", NULL);
	assert_name(VMM_CROSVM, "crosvm run --name web-7 vmlinux", "web-7");
	assert_name(VMM_KVMTOOL, "lkvm run --name web-7 -c 2", "web-7");
	assert_name(VMM_KVMTOOL, "lkvm run --name=web-7", "web-7");
	assert_name(VMM_CLOUD_HYPERVISOR, "cloud-hypervisor --id a --name b -name c", NULL);
	assert_name(VMM_UNKNOWN, "vmm --id a --name b -name c", NULL);
}

static void libvirts_folder_names_a_vm(void **state)
{
	static const struct {
		const char *cgroup, *name;
	} texts[] = {
		{ "0::/machine.slice/machine-qemu\\x2d3\\x2dweb\\x2d7.scope/libvirt/emulator\n",
		  "web-7" },
		{ "0::/machine.slice/machine-qemu\\x2d12\\x2dweb.scope\n", "web" },
		{ "0::/machine.slice/machine-ch\\x2d1\\x2dweb.scope", "web" },
		{ "0::/machine.slice/machine-qemu\\x2dalice\\x2d2\\x2dweb\\x2d7.scope\n", "web-7" },
		{ "0::/machine.slice/machine-qemu\\x2dembed\\x2d1a2b3c4d\\x2d2\\x2dw.scope\n",
		  "w" },
		{ "12:pids:/\n5:cpu,cpuacct:/machine.slice/machine-qemu\\x2d1\\x2da.scope/"
		  "vcpu0\n0::/\n",
		  "a" },
		{ "4:cpuset:/machine/qemu-3-web-7.libvirt-qemu/emulator\n", "web-7" },
		{ "4:cpuset:/machine/ch-3-web.libvirt-ch\n", "web" },
		/* A name like an id is the part behind the id. */
		{ "0::/machine-qemu\\x2d3\\x2d4\\x2d5.scope\n", "4-5" },
		{ "0::/machine-qemu\\x2d3.scope\n", NULL },
		{ "0::/machine-qemu\\x2d3\\x2d.scope\n", NULL },
		{ "0::/machine-qemu\\x2dweb.scope\n", NULL },
		{ "0::/machine.slice/machine-debian.scope\n", NULL },
		{ "0::/machine.slice/machine-qemu\\x2d3\\x2dweb.service\n", NULL },
		{ "0::/qemu.slice/100.scope\n", NULL },
		{ "0::/machine-qemu\\x2\\x2d3\\xzz-\\.scope\n", NULL },
		{ "0::/user.slice/user-0.slice/session-1.scope\n", NULL },
		{ "\n\n///\n/", NULL },
		{ "", NULL },
	};
	char name[VM_NAME_SIZE];

	for (size_t i = 0; i < COUNT(texts); i++) {
		bool found = vmname_from_cgroup(name, texts[i].cgroup);

		if (found != !!texts[i].name || (found && strcmp(name, texts[i].name)))
			fail_msg("%s gave \"%s\"", texts[i].cgroup, found ? name : "(none)");
	}
}

static void hostile_names_are_made_fit_to_show(void **state)
{
	char line[5000] = "qemu -name ", folder[600];
	char name[VM_NAME_SIZE];
	size_t length = strlen(line);

	assert_name(VMM_QEMU, "qemu -name a\n\033[31mb\x7f\tc", "a??[31mb??c");
	assert_true(vmname_from_cgroup(name, "0::/machine-qemu\\x2d1\\x2da\\x0ab\\x1b.scope"));
	assert_string_equal(name, "a?b?");
	/* An escaped end ends the folder's name. */
	assert_false(vmname_from_cgroup(name, "0::/machine-\\x00qemu\\x2d1\\x2da.scope"));

	memset(line + length, 'x', sizeof(line) - length - 1);
	assert_int_equal(strlen(name_of(VMM_QEMU, line)), VM_NAME_SIZE - 1);
	/* "ü" from the 255th byte on does not fit: it is left out whole. */
	strcpy(line + length + 254, "\xc3\xbc");
	assert_int_equal(strlen(name_of(VMM_QEMU, line)), 254);
	line[length + 254] = '\0';
	assert_int_equal(strlen(name_of(VMM_QEMU, line)), 254);

	memset(folder, 'x', sizeof(folder));
	memcpy(folder, "0::/machine-qemu-1-", 19);
	strcpy(folder + sizeof(folder) - 7, ".scope");
	assert_false(vmname_from_cgroup(name, folder));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vcpus_are_known_by_their_programs_names),
		cmocka_unit_test(a_name_that_only_resembles_one_is_none),
		cmocka_unit_test(a_vhost_worker_names_its_vm_and_is_no_vcpu),
		cmocka_unit_test(processes_are_known_by_the_comm_that_is_left_of_their_name),
		cmocka_unit_test(a_programs_name_comes_back),
		cmocka_unit_test(qemu_is_named_by_its_name_option),
		cmocka_unit_test(others_are_named_by_theirs),
		cmocka_unit_test(libvirts_folder_names_a_vm),
		cmocka_unit_test(hostile_names_are_made_fit_to_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
