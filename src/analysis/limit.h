/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits on what a trace shows: a line of text each, "p99(run, task=ksmd, cpu=43) < 1ms". And what is to be
 * compared with earlier traces (compare.h): "compare p99(run, task=ksmd, cpu=43)".
 *
 *   limit       EXPRESSION COMPARISON VALUE [allow-empty], or "compare" EXPRESSION
 *   expression  trespasses, lost, or STATISTIC(QUANTITY [, SELECTOR]...), share([SELECTOR]...),
 *               blamed([SELECTOR]...), trespasses(SELECTOR...)
 *   comparison  < <= > >= == !=
 *   value       a number with the quantity's unit: ns us ms s for times, % for shares, none for counts
 *   sample      what a statistic is made of: a slice, a delay. A limit that no sample matches is not
 *               kept but unknown, unless it is allow-empty; counts, totals and shares of nothing are 0,
 *               and known where the selected task or CPU was seen at all
 *
 * Which statistics, quantities and selectors there are: limit_help.
 */
#ifndef INTERLOPER_LIMIT_H
#define INTERLOPER_LIMIT_H

#include "analysis/filter.h"
#include "analysis/summary.h"
#include "host/snapshot.h"

enum limit_statistic {
	LIMIT_PERCENTILE,
	LIMIT_MAX,
	LIMIT_MIN,
	LIMIT_MEAN,
	LIMIT_TOTAL,
	LIMIT_COUNT,
	LIMIT_SHARE,	  /* run, as a share of the selected CPUs' time */
	LIMIT_BLAMED,	  /* the time of others' waits that slices filled: blame.h */
	LIMIT_TRESPASSES, /* wakeups.h */
	LIMIT_LOST,	  /* events that were lost */
};

enum limit_quantity {
	LIMIT_RUN,
	LIMIT_WAKE_DELAY,
	LIMIT_PREEMPT_DELAY,
	LIMIT_SLICES,
	LIMIT_WAKEUPS,
	LIMIT_MIGRATIONS,
	LIMIT_PREEMPTIONS, /* involuntary switches */
	LIMIT_QUANTITIES
};

enum limit_comparison { LIMIT_LT, LIMIT_LE, LIMIT_GT, LIMIT_GE, LIMIT_EQ, LIMIT_NE };

enum limit_unit { LIMIT_NS, LIMIT_FRACTION, LIMIT_NUMBER };

struct limit {
	char *text; /* as it was written, without the blanks around it */
	enum limit_statistic statistic;
	double percentile;
	enum limit_quantity quantity; /* of those that have one */
	struct filter tasks;	      /* none: all */
	hwloc_bitmap_t cpus;	      /* NULL: all */
	bool isolated;		      /* only CPUs that are */
	bool interlopers, owners;     /* only such tasks */
	bool compared;		      /* no limit: to be compared with baselines. None of the below */
	bool allow_empty;
	enum limit_comparison comparison;
	double value; /* ns, 0..1, or a count */
};

/* Where a text is wrong, and what was expected there. */
struct limit_error {
	unsigned int column; /* from 1 */
	char why[160];
};

/*
 * Takes one limit; blanks are free, "#" begins a comment. 0; 1: the line is empty; -EINVAL (error says
 * where, and why), -ENOMEM. limit_free() only after 0.
 */
int limit_parse(struct limit *limit, const char *text, struct limit_error *error);
/* The same for what follows the word "compare": an expression alone. */
int limit_parse_compared(struct limit *limit, const char *text, struct limit_error *error);
void limit_free(struct limit *limit);

enum limit_unit limit_unit(const struct limit *limit);

/* Whether so many samples can tell its percentile: of fewer than 100 / (100 - p) it is their maximum,
 * and says nothing of the rest. True of all else. */
bool limit_is_enough(const struct limit *limit, uint64_t samples);

/* "<", "<=", ... */
const char *limit_comparison_text(enum limit_comparison comparison);

/* The table of all that can be said, a line each, for people. */
extern const char limit_help[];

/* Trespasses of one task on one CPU. */
struct limit_trespass {
	uint32_t task;
	uint16_t cpu;
	uint64_t count;
};

/* What one task's slices cost others. */
struct limit_blamed {
	uint32_t task;
	uint64_t waits, ns; /* parts of so many waits, and their time */
};

/* What limits are held against; all the caller's. */
struct limit_facts {
	const struct summary *rows; /* by task; by task and CPU where CPUs are selected */
	const struct task_table *tasks;
	const struct host_snapshot *host; /* NULL: not known */
	hwloc_const_bitmap_t cpus;	 /* that were traced */
	const uint32_t *interlopers, *owners; /* task ids, sorted; NULL: not known */
	uint32_t interloper_count, owner_count;
	const struct limit_trespass *trespasses; /* NULL: not known */
	uint32_t trespass_count;
	const struct limit_blamed *blamed; /* NULL: not known */
	uint32_t blamed_count;
	uint64_t window_ns; /* 0: not known */
	uint64_t lost;
};

enum limit_verdict {
	LIMIT_PASS,
	LIMIT_FAIL,
	LIMIT_INCONCLUSIVE, /* no sample, or what it is about is not known: why says which */
};

/*
 * What was not seen whole decides nothing alone, but may leave a limit open: slices whose start was missed
 * (gaps) may have had any delay, and any length up to what summary.h bounds it by; a wait that the trace's end
 * cut was at least as long as it was seen. Where either could turn the verdict, it is inconclusive.
 */

struct limit_result {
	enum limit_verdict verdict;
	bool known;	  /* the value */
	double value;	  /* ns, 0..1, or a count */
	uint64_t samples; /* that it is made of */
	const char *why;  /* of LIMIT_INCONCLUSIVE: a literal; else NULL */
	/* Of times: the longest sample; time 0: none. */
	uint64_t worst_ns, worst_at_ns;
	uint16_t worst_cpu;
	uint32_t worst_task;
};

/* 0 or -ENOMEM. */
int limit_check(struct limit_result *result, const struct limit *limit,
		const struct limit_facts *facts);

/*
 * The value of an expression as it is compared between runs, which may differ in length: percentiles are
 * interpolated within their bucket, counts and totals are per second of the window. The verdict is
 * LIMIT_PASS where the value is known, else LIMIT_INCONCLUSIVE. 0 or -ENOMEM.
 */
int limit_measure(struct limit_result *result, const struct limit *limit,
		  const struct limit_facts *facts);

/* Which slices an expression selects; facts: as for limit_check(). */
bool limit_selects_task(const struct limit *limit, const struct limit_facts *facts, uint32_t task);
bool limit_selects_cpu(const struct limit *limit, const struct limit_facts *facts, uint16_t cpu);
/* How many of the CPUs that were traced. */
uint32_t limit_cpus(const struct limit *limit, const struct limit_facts *facts);
/* Whether two expressions select the same slices of any trace; false where that is not plain. */
bool limit_same_selection(const struct limit *one, const struct limit *other);

#endif
