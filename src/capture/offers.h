/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What follows from what BPF offers and this user may do: pure rules, facts in, findings out. Those
 * on the rest of the machine are in host/checkup.h.
 */
#ifndef INTERLOPER_OFFERS_H
#define INTERLOPER_OFFERS_H

#include "capture/probe.h"
#include "host/facilities.h"
#include "host/finding.h"
#include "host/privilege.h"

/* "capabilities", "lockdown", "unprivileged BPF" */
void offers_privilege(struct findings *findings, const struct privilege *privilege);

/* What a trace rests on: "BTF", "tp_btf", "mapped arrays", "atomics". */
void offers_needed(struct findings *findings, const struct facilities *facilities,
		   const struct probe *probe);

/*
 * "memlock". ring_bytes: what the rings take; kernels before 5.11 charge that to RLIMIT_MEMLOCK,
 * which libbpf raises where the limit or CAP_SYS_RESOURCE allows.
 */
void offers_memlock(struct findings *findings, const struct privilege *privilege,
		    const struct probe *probe, uint64_t ring_bytes);

/* What it does without: "fentry, fexit", "kprobes", "ring buffer". */
void offers_optional(struct findings *findings, const struct facilities *facilities,
		     const struct probe *probe);

/* "other BPF" */
void offers_others(struct findings *findings, const struct others *others);

/*
 * Bytes of all rings when --ring-size is not given, for that many CPUs online. What the session
 * really took is better, where one could be opened.
 */
uint64_t offers_default_ring_bytes(uint32_t online);

#endif
