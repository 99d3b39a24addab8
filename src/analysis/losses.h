/* SPDX-License-Identifier: GPL-2.0-only */
/* When and where events were lost, from the stream's own loss records. */
#ifndef INTERLOPER_LOSSES_H
#define INTERLOPER_LOSSES_H

#include "event/event.h"

struct loss_window {
	uint64_t count[LOST_KINDS];
	uint64_t bursts;	   /* loss records: stretches during which a ring was full */
	uint64_t first_ns, last_ns;
};

struct losses {
	struct loss_window *cpus; /* by CPU */
	uint32_t cpu_count;
	struct loss_window all;
};

void losses_free(struct losses *losses); /* a zeroed struct is empty */
int losses_add(struct losses *losses, const struct event *event); /* 0 or -ENOMEM */
uint64_t losses_total(const struct losses *losses);

#endif
