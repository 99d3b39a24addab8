/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that are a virtual machine's CPUs (vCPUs), by the names their program gives them, and the
 * machines (VMs) they belong to. Pure: names and a snapshot in, facts out.
 */
#ifndef INTERLOPER_HOST_VCPU_H
#define INTERLOPER_HOST_VCPU_H

#include <stdbool.h>
#include <stdint.h>
#include "host/snapshot.h"

/*
 * Whether a thread of this name is a vCPU, and which. Exact names only, so that "vcpufoo", "CPU
 * 03/KVM" or "vcpu100000" are none: a decimal number of at most five digits, without leading zeros.
 * As the programs' sources name them:
 *   "CPU 3/KVM"     QEMU, accel/kvm/kvm-accel-ops.c (cpus.c before 5.2)
 *   "CPU 3/TCG"     QEMU without KVM, accel/tcg/tcg-accel-ops-mttcg.c; one thread for all CPUs,
 *                   "ALL CPUs/TCG", is no vCPU of its own
 *   "vcpu3"         Cloud Hypervisor, vmm/src/cpu.rs; others made of rust-vmm's parts do the same
 *   "fc_vcpu 3"     Firecracker, vstate/vcpu.rs
 *   "crosvm_vcpu3"  crosvm, src/crosvm/sys/linux/vcpu.rs
 *   "kvm-vcpu-3"    kvmtool, builtin-run.c
 *   "db_vcpu3"      Dragonball, in Kata Containers' runtime
 * QEMU names its threads with debug-threads=on, as libvirt and Proxmox start it; without, they have
 * the process's name, and none can be told from the others. Where the answer is no, number is left
 * alone.
 */
bool vcpu_from_comm(const char *comm, uint32_t *number);

/* The same, and whose name it is; VMM_UNKNOWN for one that several programs give. */
bool vcpu_from_comm_of(const char *comm, uint32_t *number, enum vmm *vmm);

/*
 * Whether a thread of this name ("vhost-4700") is a vhost worker, which moves a VM's packets or
 * blocks in the kernel (drivers/vhost/vhost.c): not a vCPU, but its VM's work. vm_pid is the task
 * that made the device: the VM's process where that was its main thread. A kernel thread up to
 * Linux 6.3; from 6.4 on a thread of the VM's process, unless vhost's fork_from_owner_default is
 * off. vm_pid is left alone where the answer is no.
 */
bool vcpu_worker_of(const char *comm, uint32_t *vm_pid);

/* Which program that runs VMs a process of this name is; VMM_UNKNOWN: none that is known. */
enum vmm vmm_of_process(const char *comm);

/* "qemu", as in a snapshot's JSON; NULL for VMM_UNKNOWN. And back; other text: VMM_UNKNOWN. */
const char *vmm_name(enum vmm vmm);
enum vmm vmm_of_name(const char *name);

/* Whether text may be a VM's name: 1 to VM_NAME_SIZE - 1 bytes, no control characters. */
bool vm_name_is_valid(const char *name);

/* The VM whose process is pid; NULL: none was known when the snapshot was taken. */
const struct host_vm *host_vm_of(const struct host_snapshot *host, uint32_t pid);

/*
 * Whether a thread named comm of process pid is a vCPU. The name decides, so that one born after
 * the snapshot is recognised too; host (NULL: no snapshot) only tells the VM's name.
 * vm_pid: the VM's process, which is pid; vm_name: NULL if not known, then the VM is "pid 4700" to
 * a reader; it belongs to host. All three are left alone where the answer is no.
 */
bool vcpu_of(const struct host_snapshot *host, uint32_t pid, const char *comm, uint32_t *vm_pid,
	     const char **vm_name, uint32_t *number);

#endif
