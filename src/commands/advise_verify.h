/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * "advise --verify": whether what was applied has helped. The first trace is kept in a file, since only
 * its end tells whom it is about; a second one is made after the change, and the two are compared
 * (analysis/verify.h).
 */
#ifndef INTERLOPER_ADVISE_VERIFY_H
#define INTERLOPER_ADVISE_VERIFY_H

#include "analysis/advice.h"
#include "analysis/interlopers.h"
#include "commands/live.h"
#include "host/snapshot.h"
#include "output/output.h"

/* Who is looked at, by thread id: known when the first trace is over. */
struct verify_roles {
	uint32_t *interlopers, *owners; /* sorted */
	uint32_t interloper_count, owner_count;
	bool everybody; /* all but the owners are interlopers: what is changed is nobody's alone */
	char *names;	/* of the interlopers, for people; NULL: everybody */
	hwloc_bitmap_t cpus; /* the target CPUs that are online; all, where none are named */
};

/*
 * Those whom the changes in list are about, and the owners. targets: empty: all CPUs. host may be
 * NULL. 0 or EXIT_FAILED after a line on stderr; verify_roles_free() in any case.
 */
int verify_roles_make(struct verify_roles *roles, const struct advice_list *list,
		      const struct interlopers *interlopers, const struct task_table *tasks,
		      const struct host_snapshot *host, hwloc_const_bitmap_t targets,
		      const struct trace_meta *meta);
void verify_roles_free(struct verify_roles *roles);

struct verify_request {
	const struct verify_roles *roles;
	const char *before;	   /* the first trace's file */
	const struct live_options *live; /* of the first one, too */
	uint64_t duration_ns;	   /* of the second */
	int argc;
	char **argv;
};

/*
 * Traces again, compares and reports: as text to out, or as *object, a new reference. EXIT_DONE,
 * EXIT_LIMIT if it got worse, EXIT_NO_VERDICT, or EXIT_FAILED after a line on stderr.
 */
int advise_verify(const struct verify_request *request, const struct output *out, json_t **object);

#endif
