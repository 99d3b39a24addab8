// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtual machines that are running. The tasks' names are at hand, so that a machine without
 * VMs pays nothing but their comparison.
 */
#include "host/vmscan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host/read.h"
#include "host/taskflags.h"
#include "host/vcpu.h"
#include "host/vmname.h"

/* KVM's files are opened before a guest's disks and queues. */
#define FDS_MAX 4096
/* libvirt's command lines for large guests have some 20 KB. */
#define TEXT_SIZE (128 << 10)

struct scan {
	struct host_snapshot *host;
	uint32_t capacity;
	int proc_fd;
	char *text; /* TEXT_SIZE */
};

static int add_vm(struct scan *scan, uint32_t pid, enum vmm vmm, bool vcpus_named)
{
	struct host_snapshot *host = scan->host;
	struct host_vm *vms;
	uint32_t capacity;

	if (host->vm_count == scan->capacity) {
		capacity = scan->capacity ? scan->capacity * 2 : 64;
		vms = realloc(host->vms, capacity * sizeof(*vms));
		if (!vms)
			return -ENOMEM;
		host->vms = vms;
		scan->capacity = capacity;
	}
	host->vms[host->vm_count++] = (struct host_vm){ pid, NULL, vmm, vcpus_named };
	return 0;
}

static int by_pid(const void *a, const void *b)
{
	const struct host_vm *left = a, *right = b;

	return left->pid < right->pid ? -1 : left->pid > right->pid;
}

/* A VM was added for every run of its vCPUs' tids. */
static void sort_vms(struct host_snapshot *host)
{
	uint32_t kept = 0;

	if (!host->vm_count)
		return;
	qsort(host->vms, host->vm_count, sizeof(*host->vms), by_pid);
	for (uint32_t i = 1; i < host->vm_count; i++)
		if (host->vms[i].pid != host->vms[kept].pid)
			host->vms[++kept] = host->vms[i];
	host->vm_count = kept + 1;
}

static int find_by_threads(struct scan *scan)
{
	struct host_snapshot *host = scan->host;
	uint32_t number;
	enum vmm vmm;
	int err = 0;

	for (uint32_t i = 0; i < host->task_count && !err; i++) {
		const struct host_task *task = &host->tasks[i];

		if (task->flags & TASK_KTHREAD || !vcpu_from_comm_of(task->comm, &number, &vmm))
			continue;
		if (host->vm_count && host->vms[host->vm_count - 1].pid == task->pid)
			continue;
		err = add_vm(scan, task->pid, vmm, true);
	}
	sort_vms(host);
	return err;
}

static bool is_kvm_file(int dir_fd, const char *fd)
{
	static const char vm[] = "anon_inode:kvm-vm", vcpu[] = "anon_inode:kvm-vcpu:";
	char link[64];
	ssize_t length = readlinkat(dir_fd, fd, link, sizeof(link) - 1);

	if (length < 0)
		return false;
	link[length] = '\0';
	return !strcmp(link, vm) || !strncmp(link, vcpu, sizeof(vcpu) - 1);
}

static bool has_kvm_file(int proc_fd, uint32_t pid)
{
	struct dirent *entry;
	bool found = false;
	char path[32];
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "%" PRIu32 "/fd", pid);
	fd = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return false;
	}
	for (int i = 0; i < FDS_MAX && !found && (entry = readdir(dir)); i++)
		found = is_kvm_file(fd, entry->d_name);
	closedir(dir);
	return found;
}

/* What processes are called tells the program, and where to look for KVM's files. */
static int find_by_processes(struct scan *scan)
{
	struct host_snapshot *host = scan->host;
	uint32_t by_threads = host->vm_count;
	int err = 0;

	for (uint32_t i = 0; i < host->task_count && !err; i++) {
		const struct host_task *task = &host->tasks[i];
		struct host_vm key = { .pid = task->pid }, *vm;
		enum vmm vmm;

		if (task->tid != task->pid || task->flags & TASK_KTHREAD)
			continue;
		vmm = vmm_of_process(task->comm);
		if (vmm == VMM_UNKNOWN)
			continue;
		vm = by_threads ? bsearch(&key, host->vms, by_threads, sizeof(*vm), by_pid) : NULL;
		if (vm)
			vm->vmm = vmm;
		else if (has_kvm_file(scan->proc_fd, task->pid))
			err = add_vm(scan, task->pid, vmm, false);
	}
	sort_vms(host);
	return err;
}

/* The length of one of a process's files in scan->text; -errno. */
static long read_text(struct scan *scan, uint32_t pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "%" PRIu32 "/%s", pid, file);
	return host_read_at(scan->proc_fd, path, scan->text, TEXT_SIZE);
}

static bool find_name(struct scan *scan, const struct host_vm *vm, char name[VM_NAME_SIZE])
{
	long length = read_text(scan, vm->pid, "cmdline");

	/* Where it was cut, the last argument may be a part of one. */
	if (length == TEXT_SIZE - 1)
		while (length && scan->text[length - 1])
			scan->text[--length] = '\0';
	if (length > 0 && vmname_from_cmdline(name, vm->vmm, scan->text, (size_t)length))
		return true;
	return read_text(scan, vm->pid, "cgroup") > 0 && vmname_from_cgroup(name, scan->text);
}

static int name_vms(struct scan *scan)
{
	char name[VM_NAME_SIZE];
	int err = 0;

	if (!scan->host->vm_count)
		return 0;
	scan->text = malloc(TEXT_SIZE);
	if (!scan->text)
		return -ENOMEM;
	for (uint32_t i = 0; i < scan->host->vm_count && !err; i++) {
		struct host_vm *vm = &scan->host->vms[i];

		if (!find_name(scan, vm, name))
			continue;
		vm->name = strdup(name);
		if (!vm->name)
			err = -ENOMEM;
	}
	free(scan->text);
	return err;
}

int vmscan_read(struct host_snapshot *host, const char *root)
{
	struct scan scan = { .host = host };
	char path[PATH_MAX];
	int err;

	if ((size_t)snprintf(path, sizeof(path), "%s/proc", root) >= sizeof(path))
		return 0;
	scan.proc_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (scan.proc_fd < 0)
		return 0;
	err = find_by_threads(&scan);
	if (!err)
		err = find_by_processes(&scan);
	if (!err)
		err = name_vms(&scan);
	close(scan.proc_fd);
	return err;
}
