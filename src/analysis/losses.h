/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When and where events were lost, from the stream's own loss records; and how long a CPU was
 * offline, where there was nothing to lose.
 */
#ifndef INTERLOPER_LOSSES_H
#define INTERLOPER_LOSSES_H

#include "event/event.h"

struct loss_window {
	uint64_t count[LOST_KINDS];
	uint64_t bursts;	    /* loss records: stretches during which a ring was full */
	uint64_t first_ns, last_ns; /* first_ns 0: not known when the losses began */
	uint64_t offline_ns;	    /* all: the sum of the CPUs' */
};

struct losses {
	struct loss_window *cpus; /* by CPU */
	uint32_t cpu_count;	  /* one more than the highest CPU with either */
	struct loss_window all;
};

void losses_free(struct losses *losses); /* a zeroed struct is empty */

/* Takes losses and offline slices, ignores other events. A loss on CPU_UNKNOWN counts in all alone.
 * 0, -ENOMEM (not counted at all), or -EINVAL for a kind nobody knows. */
int losses_add(struct losses *losses, const struct event *event);

uint64_t losses_total(const struct losses *losses);

#endif
