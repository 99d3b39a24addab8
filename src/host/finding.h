/* SPDX-License-Identifier: GPL-2.0-only */
/* What was found out about the machine, as "interloper doctor" tells it. */
#ifndef INTERLOPER_HOST_FINDING_H
#define INTERLOPER_HOST_FINDING_H

#include <stdbool.h>
#include <stdint.h>

enum verdict {
	VERDICT_MISSING, /* it is not there */
	VERDICT_LIMITED, /* it is there, with a restriction or at a price */
	VERDICT_UNKNOWN, /* could not be found out, mostly for want of privilege */
	VERDICT_OK,
};

struct finding {
	const char *check; /* a name that stays: "tp_btf" */
	enum verdict verdict;
	bool optional;	   /* no report loses anything without it: no problem, whatever the verdict */
	char *found;	   /* the fact, one line */
	char *consequence; /* what follows from it; NULL: nothing to say */
	char *remedy;	   /* what to do; NULL: nothing can be done, or needs to be */
};

struct findings {
	struct finding *list;
	uint32_t count, size;
	bool no_memory; /* something could not be added */
};

void findings_free(struct findings *findings);

/*
 * Adds a finding and returns it, valid until the next one is added; NULL without memory, which the
 * functions below take. check must be a literal.
 */
struct finding *findings_add(struct findings *findings, const char *check, enum verdict verdict,
			     const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Sets the consequence, the remedy: one sentence each. */
void finding_means(struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void finding_remedy(struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void finding_optional(struct finding *finding);

/* The finding of that name, or NULL. */
const struct finding *findings_get(const struct findings *findings, const char *check);
/* Whether somebody should look at it. */
bool finding_is_problem(const struct finding *finding);
/* "ok", "limited", "missing", "unknown" */
const char *verdict_name(enum verdict verdict);

#endif
