/* SPDX-License-Identifier: GPL-2.0-only */
/* What a virtual machine is called, by the texts /proc has of its process. Pure. */
#ifndef INTERLOPER_HOST_VMNAME_H
#define INTERLOPER_HOST_VMNAME_H

#include <stdbool.h>
#include <stddef.h>
#include "host/snapshot.h"

/*
 * Both write the name to name and return true; false: there is none, and name is of no meaning.
 * What others wrote is made fit to show: control characters become '?', and a name is cut to
 * VM_NAME_SIZE - 1 bytes, never inside a UTF-8 character.
 */

/*
 * From /proc/PID/cmdline: length bytes, arguments each ended by '\0', one more '\0' behind them.
 *   QEMU         -name web-7 | -name guest=web-7,debug-threads=on; ",," is a comma (QEMU's
 *                util/qemu-option.c)
 *   Firecracker  --id web-7 | --id=web-7 (early jailers)
 *   crosvm, kvmtool  --name web-7
 * Cloud Hypervisor's command line has no name. Of several names the last counts; behind "--" are
 * the guest's own arguments, but for QEMU, which knows no such end.
 */
bool vmname_from_cmdline(char name[VM_NAME_SIZE], enum vmm vmm, const char *cmdline,
			 size_t length);

/*
 * From /proc/PID/cgroup: the folder libvirt makes for a machine, DRIVER-ID-NAME
 * (virDomainDriverGenerateMachineName()), with systemd "machine-qemu\x2d3\x2dweb\x2d7.scope",
 * without "qemu-3-web-7.libvirt-qemu"; the driver "ch" is Cloud Hypervisor's. libvirt leaves all
 * but letters, digits, '-' and '.' out of the name and cuts it: the command line, where it has one,
 * says more.
 */
bool vmname_from_cgroup(char name[VM_NAME_SIZE], const char *cgroup);

#endif
