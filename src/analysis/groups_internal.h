/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of groups share: names and their scores, and the state that looks are added to. */
#ifndef INTERLOPER_GROUPS_INTERNAL_H
#define INTERLOPER_GROUPS_INTERNAL_H

#include <stdbool.h>

#include "analysis/groups.h"

#define GROUP_NOT_TOLD UINT32_MAX
#define GROUP_OTHER_ID 0u /* GROUPS_OTHER: of its name among the scores, and its slot */

struct group_score {
	char name[GROUP_NAME_MAX]; /* fit for the output, zeros behind its end */
	double score;
	uint32_t slot; /* of those who are told; GROUP_NOT_TOLD */
	bool is_vcpu;
};

/* Names of late, found by an open hash; an id is an index into all, until the next trim. */
struct group_scores {
	struct group_score *all; /* the first is GROUPS_OTHER, which is never scored */
	uint32_t count, capacity;
	uint32_t keep;	 /* that outlive a look, beside GROUPS_OTHER */
	uint32_t *slots; /* id + 1; 0: free */
	uint32_t slot_count;
	struct group_score **order; /* scratch of group_scores_rank() */
};

/* 0 or -ENOMEM; to be freed in both cases. */
int group_scores_init(struct group_scores *scores, uint32_t max_tasks);
void group_scores_free(struct group_scores *scores);

/* Room for that many names more. 0 or -ENOMEM. */
int group_scores_reserve(struct group_scores *scores, size_t more);

/* The id of a name, made if need be: there must be room for it. */
uint32_t group_scores_id(struct group_scores *scores, const char name[GROUP_NAME_MAX]);

/* Forgets the names that were made last, down to count of them. */
void group_scores_cut(struct group_scores *scores, uint32_t count);

/* All but GROUPS_OTHER into order: highest score first, equal ones by name. Their number. */
uint32_t group_scores_rank(struct group_scores *scores);

/* Forgets the lowest of those who are not told, until no more are left than are kept. */
void group_scores_trim(struct group_scores *scores);

/* A told group's counts on one CPU. */
struct group_counted {
	uint64_t slices, involuntary, trespasses;
	uint64_t time_ns[GROUP_KINDS]; /* as told: with what runs, and never less than before */
	/* The slices of which run_ns consists, without the one that runs; less what was told of a
	 * slice before its group moved to this cell. Signed, in two's complement. */
	uint64_t ended_run_ns;
};

/* The slice that runs on a CPU. */
struct group_slice {
	uint64_t run_ns; /* as far as it has come; 0: there is none */
	uint32_t id;
};

struct group_cpu {
	struct group_counted *cells;	/* by slot */
	uint32_t classes[TASK_CLASSES]; /* index into groups.classes + 1; 0: none yet */
	struct group_slice now;		/* in the look that is being added */
	struct group_slice was;		/* in the one before; its id is found anew at each look: */
	char was_name[GROUP_NAME_MAX];
	uint32_t was_slot; /* the cell in which it was told */
};

struct groups {
	size_t (*clean)(char *text);
	uint32_t max_tasks;
	uint64_t last_ns; /* of the last look */
	struct group_scores scores;
	struct group_task *tasks; /* by name */
	uint32_t *tasks_by_slot;  /* indexes into them */
	uint32_t task_count;
	uint32_t slot_count;	 /* room in tasks, and cells that each CPU has */
	struct group_cpu **cpus; /* by CPU; NULL: nothing was seen there */
	uint32_t cpu_count;	 /* one more than the highest */
	uint32_t cpus_seen;
	struct group_class_cell *classes; /* by CPU, then class */
	uint32_t class_count, class_capacity;
	uint32_t *ids; /* of a look's changes */
	size_t id_capacity;
	struct group_cell *cells; /* the view's */
	size_t cell_capacity;
};

/* Room for all that a look may bring but told groups; then, when its names are known, for these.
 * 0 or -ENOMEM: nothing that a view shows has changed. */
int groups_reserve_look(struct groups *groups, const struct groups_look *look);
int groups_reserve_told(struct groups *groups);

/* Gives the places to whom they belong by the scores. */
void groups_settle(struct groups *groups);

#endif
