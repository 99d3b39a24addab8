// SPDX-License-Identifier: GPL-2.0-only
/* Virtual machines' threads by their names: see vcpu.h. */
#include "host/vcpu.h"

#include <stddef.h>
#include <string.h>

/* KVM_MAX_VCPU_IDS is 16384 at most; a comm's 15 bytes cut no name with five digits. */
#define VCPU_DIGITS 5
/* PID_MAX_LIMIT is 4 Mi. */
#define PID_DIGITS 7

static const struct {
	const char *before, *after; /* of the number */
	enum vmm vmm;
} vcpu_names[] = {
	{ "CPU ", "/KVM", VMM_QEMU },	   { "CPU ", "/TCG", VMM_QEMU },
	{ "vcpu", "", VMM_UNKNOWN },	   { "fc_vcpu ", "", VMM_FIRECRACKER },
	{ "crosvm_vcpu", "", VMM_CROSVM }, { "kvm-vcpu-", "", VMM_KVMTOOL },
	{ "db_vcpu", "", VMM_UNKNOWN },
};

/*
 * A comm holds 15 bytes: "qemu-system-x86", "cloud-hyperviso". QEMU's is also "qemu-kvm" (RHEL) or
 * "kvm" (Proxmox). The jailer wants "firecracker" in the name of what it starts.
 */
static const struct {
	const char *comm;
	bool prefix;
	enum vmm vmm;
} processes[] = {
	{ "qemu", true, VMM_QEMU },
	{ "kvm", false, VMM_QEMU },
	{ "cloud-hyperviso", false, VMM_CLOUD_HYPERVISOR },
	{ "firecracker", true, VMM_FIRECRACKER },
	{ "crosvm", true, VMM_CROSVM },
	{ "lkvm", true, VMM_KVMTOOL },
};

static const char *const vmm_names[] = {
	[VMM_UNKNOWN] = NULL,
	[VMM_QEMU] = "qemu",
	[VMM_CLOUD_HYPERVISOR] = "cloud-hypervisor",
	[VMM_FIRECRACKER] = "firecracker",
	[VMM_CROSVM] = "crosvm",
	[VMM_KVMTOOL] = "kvmtool",
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* What follows a decimal number as printf("%u") writes it; NULL: there is none. */
static const char *after_number(const char *text, size_t digits_max, uint32_t *number)
{
	size_t digits = strspn(text, "0123456789");
	uint32_t value = 0;

	if (!digits || digits > digits_max || (*text == '0' && digits > 1))
		return NULL;
	for (size_t i = 0; i < digits; i++)
		value = 10 * value + (uint32_t)(text[i] - '0');
	*number = value;
	return text + digits;
}

bool vcpu_from_comm_of(const char *comm, uint32_t *number, enum vmm *vmm)
{
	const char *rest;
	uint32_t value;

	for (size_t i = 0; i < COUNT(vcpu_names); i++) {
		size_t length = strlen(vcpu_names[i].before);

		if (strncmp(comm, vcpu_names[i].before, length))
			continue;
		rest = after_number(comm + length, VCPU_DIGITS, &value);
		if (!rest || strcmp(rest, vcpu_names[i].after))
			continue;
		*number = value;
		*vmm = vcpu_names[i].vmm;
		return true;
	}
	return false;
}

bool vcpu_from_comm(const char *comm, uint32_t *number)
{
	enum vmm vmm;

	return vcpu_from_comm_of(comm, number, &vmm);
}

bool vcpu_worker_of(const char *comm, uint32_t *vm_pid)
{
	static const char before[] = "vhost-";
	const char *rest;
	uint32_t pid;

	if (strncmp(comm, before, sizeof(before) - 1))
		return false;
	rest = after_number(comm + sizeof(before) - 1, PID_DIGITS, &pid);
	if (!rest || *rest || !pid)
		return false;
	*vm_pid = pid;
	return true;
}

enum vmm vmm_of_process(const char *comm)
{
	for (size_t i = 0; i < COUNT(processes); i++) {
		if (processes[i].prefix
			    ? !strncmp(comm, processes[i].comm, strlen(processes[i].comm))
			    : !strcmp(comm, processes[i].comm))
			return processes[i].vmm;
	}
	return VMM_UNKNOWN;
}

const char *vmm_name(enum vmm vmm)
{
	return vmm_names[vmm];
}

enum vmm vmm_of_name(const char *name)
{
	for (size_t i = VMM_UNKNOWN + 1; i < COUNT(vmm_names); i++)
		if (!strcmp(vmm_names[i], name))
			return (enum vmm)i;
	return VMM_UNKNOWN;
}

bool vm_name_is_valid(const char *name)
{
	size_t length = strlen(name);

	if (!length || length >= VM_NAME_SIZE)
		return false;
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return true;
}

const struct host_vm *host_vm_of(const struct host_snapshot *host, uint32_t pid)
{
	uint32_t low = 0, high = host->vm_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (host->vms[middle].pid == pid)
			return &host->vms[middle];
		if (host->vms[middle].pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool vcpu_of(const struct host_snapshot *host, uint32_t pid, const char *comm, uint32_t *vm_pid,
	     const char **vm_name, uint32_t *number)
{
	const struct host_vm *vm;

	if (!vcpu_from_comm(comm, number))
		return false;
	vm = host ? host_vm_of(host, pid) : NULL;
	*vm_pid = pid;
	*vm_name = vm ? vm->name : NULL;
	return true;
}
