/* SPDX-License-Identifier: GPL-2.0-only */
/* The virtual machines that are running, from /proc. */
#ifndef INTERLOPER_HOST_VMSCAN_H
#define INTERLOPER_HOST_VMSCAN_H

#include "host/snapshot.h"

/*
 * Finds the VMs among host->tasks (taskscan_read() comes first) and puts them in host->vms, by pid:
 * - processes with a thread that is named as a vCPU (vcpu.h);
 * - processes named as a program that runs VMs, without such a thread, if one of their files is
 *   KVM's ("anon_inode:kvm-vm", "anon_inode:kvm-vcpu:3"; virt/kvm/kvm_main.c). Only these
 *   processes' files are looked at, 4096 a process; what this user may not look at is not known.
 * Names come from cmdline, else from cgroup. Reads two files a VM.
 * 0 (none found, none readable) or -ENOMEM.
 */
int vmscan_read(struct host_snapshot *host, const char *root);

#endif
