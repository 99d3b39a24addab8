/* SPDX-License-Identifier: GPL-2.0-only */
/* A recording that another tracer made, of whatever kind it is: perf.data, trace.dat, perf script's text. */
#ifndef INTERLOPER_IMPORT_FOREIGN_H
#define INTERLOPER_IMPORT_FOREIGN_H

#include <stddef.h>
#include "import/sched_event.h"

struct foreign;

/* Bytes from a file's beginning that tell its kind. */
#define FOREIGN_HEAD 64

/* Whether a file that begins so is perf.data or trace.dat. Text cannot be told by its beginning. */
bool foreign_is(const void *head, size_t size);

/*
 * path "-" is stdin. On failure *foreign is NULL and why has one line: what is wrong and what to do.
 * -EINVAL: none of these, or damaged; -ENOTSUP: of a kind that we do not read; -ENOMSG: it has no
 * scheduler events; an errno of the file; -ENOMEM.
 */
int foreign_open(struct foreign **foreign, const char *path, char why[RECORDING_WHY_MAX]);
void foreign_close(struct foreign *foreign); /* NULL is fine */

/* Complete once foreign_next() gave 0, or an error. */
const struct recording_facts *foreign_facts(const struct foreign *foreign);

/*
 * Whether they are complete from the beginning: then foreign_next() may be called on another thread than that of
 * who looks at the facts.
 */
bool foreign_facts_are_settled(const struct foreign *foreign);

/*
 * Up to n events, in rising order of time; ties as the file has them. They are the recording's, and stay as they
 * are until the second call from here: while one looks at them, the next ones can be read. 0: the end. A negative
 * errno: reading ends here, foreign_why() says why in one line, and what came before is good. -ENODATA: it was cut,
 * and all that it has was read.
 */
int foreign_next(struct foreign *foreign, const struct sched_event **events, int n);
const char *foreign_why(const struct foreign *foreign);

/* Does some of the next foreign_next()'s work, for who has nothing else to do; false: there is none. */
bool foreign_prepare(struct foreign *foreign);

#endif
