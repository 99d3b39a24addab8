/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The facts of a machine that its trace carries, so that every report can be made later, elsewhere:
 * kernel, CPUs, topology, NUMA distances, isolation, KSM parameters, tasks' masks and flags.
 * A fact that could not be read is absent (empty set, -1, NULL), never a guess.
 */
#ifndef INTERLOPER_SNAPSHOT_H
#define INTERLOPER_SNAPSHOT_H

#include <hwloc.h>
#include <stdbool.h>
#include <stdint.h>

struct host_cpu {
	int package, node; /* the kernel's ids; -1: unknown (an offline CPU: all unknown) */
	int core, llc;	   /* indexes that no two cores, or last-level cache domains, of the
			      machine share; -1: unknown */
	hwloc_bitmap_t siblings; /* SMT siblings, itself included; empty: unknown */
	bool llc_id_known;
	int llc_id; /* the scheduler's sd_llc_id, from a live session: two CPUs of one number
		       share a cache for the wakeup path */
};

struct host_file {
	char *name;  /* below its folder: "pages_to_scan" */
	char *value; /* without the final newline */
};

struct host_task {
	uint32_t tid, pid, ppid;
	uint64_t flags;		/* PF_*, /proc/PID/stat field 9 */
	uint64_t start_ticks;	/* field 22: tells a reused pid */
	int policy, nice, rt_priority, last_cpu;
	char comm[16];		/* of a kworker without the work that /proc appends */
	hwloc_bitmap_t allowed; /* Cpus_allowed_list; NULL: unknown */
};

/* A scheduling domain: what wakeups, forks and balancing of its CPUs look at, on one level. */
struct host_domain {
	uint32_t level;	     /* 0: the innermost */
	char *name;	     /* "SMT", "MC", ...; NULL: unknown */
	char *flags;	     /* "SD_BALANCE_NEWIDLE ...", or before 5.10 a number, whose bits moved
				between kernels; NULL: unknown */
	hwloc_bitmap_t span; /* empty: unknown */
	hwloc_bitmap_t cpus; /* whose domain of that level it is: all of span, but for NUMA levels
				that overlap */
};

enum domains_source {
	DOMAINS_UNKNOWN,
	DOMAINS_SCHEDSTAT, /* /proc/schedstat */
	DOMAINS_DEBUGFS,   /* debugfs sched/domains */
	DOMAINS_SYSCTL,	   /* /proc/sys/kernel/sched_domain, before 5.13 */
	DOMAINS_DERIVED,   /* from topology and isolation: what the kernel makes by default */
};

struct host_domains {
	enum domains_source source; /* which domains each CPU has */
	enum domains_source spans, flags;
	hwloc_bitmap_t told;	    /* the CPUs that source knows; one of them in no domain is out of
				       all balancing. NULL: none */
	uint32_t count;
	struct host_domain *list;
};

/* Who makes scheduling domains beside the boot parameters. */
enum cpusets {
	CPUSETS_UNKNOWN,    /* no cgroups mounted where they belong */
	CPUSETS_V1,
	CPUSETS_UNBALANCED, /* v1, and the root has sched_load_balance off: domains are made by the
			       cpusets below, which are not read */
	CPUSETS_V2,
};

/* The program (virtual machine monitor) that runs a VM. */
enum vmm {
	VMM_UNKNOWN,
	VMM_QEMU,
	VMM_CLOUD_HYPERVISOR,
	VMM_FIRECRACKER,
	VMM_CROSVM,
	VMM_KVMTOOL,
};

#define VM_NAME_SIZE 256

/* A process that runs a virtual machine. */
struct host_vm {
	uint32_t pid;
	char *name;	  /* without control characters, below VM_NAME_SIZE bytes; NULL: unknown */
	enum vmm vmm;
	bool vcpus_named; /* recognised by its threads' names: they tell which are vCPUs. Else by
			     KVM's files alone, and its vCPUs cannot be told from the others */
};

#define HOST_IRQ_NAME_SIZE 256

/* An interrupt that has a handler. */
struct host_irq {
	uint32_t number;
	char *actions; /* its handlers, "eth0-rx-0,eth0-tx-0"; below HOST_IRQ_NAME_SIZE bytes, without
			  control characters; NULL: unknown */
	hwloc_bitmap_t affinity;  /* smp_affinity_list: where it may go; NULL: unknown */
	hwloc_bitmap_t effective; /* where it does go; NULL: unknown, or affinity is one
				     CPU */
	bool fixed; /* the kernel lets nobody change it: its file is read-only (seen on 6.18; older
		       kernels do not tell) */
};

struct host_snapshot {
	char *hostname, *kernel_release, *kernel_version, *machine, *cmdline;
	uint32_t page_size;	      /* bytes; 0: unknown */
	hwloc_bitmap_t possible, present, online;
	hwloc_bitmap_t isolated;      /* boot isolcpus=domain as sysfs says, and isolated cpuset
					 partitions where the root cgroup says them */
	hwloc_bitmap_t boot_isolated; /* of these, sysfs's; NULL: unknown */
	hwloc_bitmap_t partitions;    /* and the partitions' */
	enum cpusets cpusets;
	char *partition_names, *broken_partition; /* as in struct isolation */
	hwloc_bitmap_t nohz_full;
	int numa_balancing;	      /* the sysctl; -1: unknown, or none in this kernel */
	uint32_t cpu_count;	      /* length of cpus[]: highest possible CPU + 1 */
	struct host_cpu *cpus;
	uint32_t node_count;	      /* highest NUMA node id + 1 */
	uint32_t *distances;	      /* node_count x node_count, by id; 0 for an id that no node
					 has; NULL: unknown, or one node only */
	struct host_domains domains;
	uint32_t ksm_file_count;      /* every file of /sys/kernel/mm/ksm; 0: no KSM */
	struct host_file *ksm_files;
	uint32_t task_count;	      /* tasks alive when it was taken, by tid */
	struct host_task *tasks;
	uint32_t vm_count;	      /* VMs that were recognised, by pid; an old trace has none */
	struct host_vm *vms;
	bool irqs_known;	      /* /proc/irq could be read; not in an old trace */
	uint32_t irq_count;	      /* interrupts that have a handler, by number */
	struct host_irq *irqs;
	uint32_t irqs_left_out;	      /* beyond what is kept */
	hwloc_bitmap_t workqueue_cpus; /* where unbound workqueues' workers run; NULL: unknown */
	int watchdog, nmi_watchdog;   /* the sysctls: soft and hard lockup detector; -1: unknown */
	hwloc_bitmap_t watchdog_cpus; /* the CPUs that they check; NULL: unknown */
};

/*
 * Reads the machine below root ("" for the live one; a folder that looks like / in tests).
 * Topology comes from hwloc for the live machine, from root's sysfs for a fake one.
 * 0, -ENOMEM, or -ENOENT if not even the CPUs can be read.
 */
int host_snapshot_take(struct host_snapshot *host, const char *root);
void host_snapshot_free(struct host_snapshot *host);

/* JSON text, to be freed by the caller; NULL without memory. Schema: docs/host-snapshot.md. */
char *host_snapshot_to_json(const struct host_snapshot *host);

/*
 * Input is untrusted: nodes are below node_count, siblings below cpu_count, tasks in the order of
 * their tids, VMs of their pids; but a CPU of an event, a set or a task may be beyond cpu_count.
 * 0, -EINVAL (with one line in why), -ENOMEM.
 */
int host_snapshot_from_json(struct host_snapshot *host, const char *json, char *why,
			    size_t why_size);

#endif
