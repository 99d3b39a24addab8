/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What follows from the facts that files tell: pure rules, facts in, findings out. Those on what
 * BPF offers are in capture/offers.h.
 */
#ifndef INTERLOPER_HOST_CHECKUP_H
#define INTERLOPER_HOST_CHECKUP_H

#include "host/facilities.h"
#include "host/finding.h"
#include "host/isolation.h"

/* Kernel and CPUs: "kernel", "CPUs". */
void checkup_machine(struct findings *findings, const struct facilities *facilities);

/*
 * "isolated CPUs", "nohz_full", and where there is something to say "isolcpus=", "rcu_nocbs",
 * "partitions". The set of isolated CPUs is sysfs's and the partitions', never the command line's.
 */
void checkup_isolation(struct findings *findings, const struct isolation *isolation);

/* "KSM": what ksmd may do to the isolated CPUs. */
void checkup_ksm(struct findings *findings, const struct facilities *facilities,
		 const struct isolation *isolation);

/* "schedstat", "ftrace" */
void checkup_accounting(struct findings *findings, const struct facilities *facilities);
void checkup_ftrace(struct findings *findings, const struct ftrace_facts *ftrace);

#endif
