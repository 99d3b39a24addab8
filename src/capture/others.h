/* SPDX-License-Identifier: GPL-2.0-only */
/* Other BPF programs on the scheduler's way: they cost time there, and a trace measures it too. */
#ifndef INTERLOPER_OTHERS_H
#define INTERLOPER_OTHERS_H

#include <stdint.h>

struct btf;

struct others {
	int error;	  /* 0, or the negative errno of why none could be looked at: it takes
			     CAP_SYS_ADMIN, and Linux 5.8 */
	uint32_t sched;	  /* programs on sched tracepoints, and on functions of the way */
	uint32_t classic; /* tracepoint programs: where these are, the kernel does not tell */
	char *names;	  /* of the former: "sched_switch (its name), ..."; NULL: none */
};

/* Looks at all programs that are attached now; btf is the kernel's, or NULL. */
void others_read(struct others *others, const struct btf *btf);
void others_free(struct others *others);

#endif
