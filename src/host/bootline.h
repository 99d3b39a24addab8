/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's command line asks for, read as the kernel reads it. It is a wish: the kernel
 * may drop a CPU from it, or all of it, so sysfs is the truth and this is compared with it.
 */
#ifndef INTERLOPER_HOST_BOOTLINE_H
#define INTERLOPER_HOST_BOOTLINE_H

#include <hwloc.h>
#include <stdbool.h>

/*
 * Calls take(param, value, data) for each parameter; value is NULL where there is no "=". As
 * lib/cmdline.c's next_arg(): quotes hold spaces together, and "--" ends what is for the kernel.
 * 0 or -ENOMEM.
 */
int bootline_each(const char *line, void (*take)(const char *param, const char *value, void *data),
		  void *data);

/* Whether two parameters are the same: the kernel takes '-' for '_'. */
bool bootline_is(const char *param, const char *name);

/*
 * A CPU list as lib/bitmap.c's bitmap_parselist() takes it: "0-3,8", "0-10:1/2" (the first 1 of
 * each 2), "N" (the last CPU), "all". nr_cpus: CPUs of this machine, the last one's number + 1.
 * 0, -EINVAL (malformed: the set is empty), -ENOMEM, or -ERANGE: names CPUs from nr_cpus on. The
 * set then has those below: a kernel built for more CPUs takes the list so, others refuse it.
 */
int bootline_cpus(hwloc_bitmap_t set, const char *text, unsigned int nr_cpus);

enum isolcpus_kind { ISOLCPUS_NOHZ, ISOLCPUS_DOMAIN, ISOLCPUS_MANAGED_IRQ, ISOLCPUS_KINDS };

enum isolcpus_trouble {
	ISOLCPUS_FINE,
	ISOLCPUS_BAD_FLAG, /* a flag with a character that flags cannot have: all is ignored */
	ISOLCPUS_BAD_LIST, /* no CPU list, likewise */
	ISOLCPUS_BEYOND,   /* CPUs that cannot exist: ignored or cut, as the kernel is built */
	ISOLCPUS_CONFLICT, /* given twice with different CPUs: the later one is ignored */
};

struct isolcpus {
	bool given;
	bool asked[ISOLCPUS_KINDS];
	hwloc_bitmap_t cpus[ISOLCPUS_KINDS];
	enum isolcpus_trouble trouble;
	char skipped[32]; /* an unknown flag: the kernel goes on without it */
};

int isolcpus_init(struct isolcpus *isolcpus); /* 0 or -ENOMEM */
void isolcpus_free(struct isolcpus *isolcpus);

/*
 * Takes the value of one "isolcpus=", after those before it, as kernel/sched/isolation.c's
 * housekeeping_isolcpus_setup() and housekeeping_setup() do. 0 (also with trouble) or -ENOMEM.
 */
int isolcpus_take(struct isolcpus *isolcpus, const char *value, unsigned int nr_cpus);

#endif
