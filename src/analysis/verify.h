/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a change helped: two traces of the same target CPUs, one before and one after it, and per
 * quantity what was, what is, and whether the difference is more than chance.
 *
 *   share      the interlopers' run on the target CPUs, as a fraction of those CPUs' time
 *   longest    their longest stay: slice
 *   delays     of the owners on the target CPUs: p50, p99, max over waits that were seen whole; and
 *              the time waited per second of wall time, for which the part of a cut wait that was
 *              seen counts, too
 *   scan rate  pages that KSM scans per second, by the kernel's own count
 *   block      a 40th of the window. What a stay ran counts in each block it touches, exactly; a
 *              wait, and a stay as such, counts where it ends
 *
 * The intervals are block bootstraps (Kunsch, Annals of Statistics 17 (1989)): 1,000 times, blocks
 * are drawn with replacement, on each side as many as it has; the same input gives the same output.
 * Each side's deviations are stretched by what a bootstrap of few blocks falls short (Hesterberg,
 * "What Teachers Should Know About the Bootstrap" (2015): sqrt(n / (n - 1)) * t / z), and by
 * sqrt((1 + r) / (1 - r)), r being the correlation of a block with the next one where it is
 * positive: stays longer than a block make blocks alike.
 *
 * Interlopers on one side alone: of few stays, each of another length, a bootstrap draws none too
 * often to be sure that they are gone. But if nothing changed, each spell (neighbouring blocks with
 * a stay) comes on either side by chance: all n of them on one of two equal sides with probability
 * 2^-n, however long they are (the exact conditional test, Przyborowski and Wilenski, Biometrika 31
 * (1940)). With a tail of 5 %/6, where the interval of the share ends at most, is what that allows:
 * the empty side may have (5 %/6)^(-1/n) - 1 of the other's spells, times how much longer the
 * other's window is. From 7 spells on that excludes 0. Spells are taken for independent: where what
 * brings them comes and goes as slowly as windows are long, neither this nor a bootstrap can tell.
 *
 * Three quantities decide (share, p99, delay per second). Each is given an error of 5 %/3, so that
 * all their intervals hold together in 95 % of cases (Bonferroni); the others' are as wide.
 *
 * A change counts if its interval excludes 0, and it is larger than both a floor and a fraction of
 * what was before:
 *   share             0.1 percentage points (1 ms a second on one CPU) and 5 %
 *   p50, p99          10 us and 10 %, as histogram buckets are up to 6.25 % wide
 *   delay per second  100 us and 5 %
 *   scan rate         1 page and 5 %; a count has no interval
 * The share's interval is wider by the time of slices without a start (gaps), on each side.
 * longest and max are single events: they have no interval and no verdict.
 *
 * Too few samples, and so unknown: less than 8 blocks with a stay (share; where one side has none,
 * unless the other has 7 spells) or a wait (delays) on the side that has more of them; less than
 * 100 waits on either side for p99 (of fewer it is the maximum), 20 for p50; less than 2 samples of
 * the scan rate. No owner seen on a side leaves all delays unknown. That nothing happened at all is
 * known: a share of 0 is.
 */
#ifndef INTERLOPER_VERIFY_H
#define INTERLOPER_VERIFY_H

#include "analysis/histogram.h"
#include "event/event.h"

#define VERIFY_BLOCKS 40

enum verify_role { VERIFY_NOBODY, VERIFY_INTERLOPER, VERIFY_OWNER };

struct verify_block {
	uint64_t run_ns;	 /* of interlopers */
	uint64_t slices;	 /* of theirs that ended here */
	uint64_t longest_ns;	 /* of these, as far as it lies in the window */
	uint64_t delay_ns;	 /* of owners: whole waits, and what was seen of cut ones */
	uint64_t waits;		 /* both */
	struct histogram delays; /* whole waits alone */
};

/* What one trace gave: to be read. The last three are the caller's to set, once it is finished. */
struct verify_side {
	uint64_t begin_ns, end_ns; /* the window, [begin, end) */
	uint64_t block_ns;
	uint32_t cpus;
	uint64_t slices, waits;	   /* interlopers' stays; owners' waits, whole ones */
	uint64_t cut_slices, cut_waits; /* cut by the window's edge: at least so long */
	uint64_t unknown_waits;	   /* of owners: it is not known since when they waited */
	uint64_t owner_slices;	   /* 0: no owner was seen */
	uint64_t gaps, gap_ns;	   /* of anybody; that time may have been any task's */
	uint64_t longest_ns, longest_cut_ns;	 /* the longest stay seen whole, and cut */
	uint64_t max_delay_ns, max_cut_delay_ns; /* likewise the longest wait */
	bool impossible; /* a slice ends before it starts, a block has more run than its CPUs have
			    time, or something is after the trace's end */
	struct verify_block blocks[VERIFY_BLOCKS];
	uint64_t lost; /* slices and tasks; to be added: what no record of the stream told */
	double scan_pages_per_s;
	uint32_t scan_samples; /* how many readings of the counter that rests on; 0: not known */
};

/*
 * Begins a window of duration_ns on so many target CPUs (those that are online). What lies beyond
 * it is left out. 0, or -EINVAL: blocks would be empty, no CPUs, or an end beyond the clock's.
 */
int verify_side_start(struct verify_side *side, uint64_t begin_ns, uint64_t duration_ns,
		      uint32_t cpus);
/*
 * Takes an event of a target CPU (the caller filters), in any order; role: what its task is. Of
 * losses, those on CPU_UNKNOWN should come, too; lost moves and choices change no number here.
 * 0 or -ENOMEM (the event is then not counted in full).
 */
int verify_side_add(struct verify_side *side, const struct event *event, enum verify_role role);
/* When the trace ended; a window that lasts longer is shortened to it. */
void verify_side_finish(struct verify_side *side, uint64_t end_ns);
void verify_side_free(struct verify_side *side); /* a zeroed struct is empty */

enum verify_quantity {
	VERIFY_SHARE,	/* a fraction */
	VERIFY_LONGEST, /* ns; so are the next three */
	VERIFY_P50,
	VERIFY_P99,
	VERIFY_MAX,
	VERIFY_DELAY, /* ns per second */
	VERIFY_SCAN,  /* pages per second */
	VERIFY_QUANTITIES
};

enum verify_verdict { VERIFY_UNKNOWN, VERIFY_NO_CHANGE, VERIFY_BETTER, VERIFY_WORSE };

/* Why a verdict is unknown. */
enum verify_reason {
	VERIFY_KNOWN,
	VERIFY_LOST,	 /* events were lost */
	VERIFY_IMPOSSIBLE, /* the stream contradicts itself */
	VERIFY_SHORT,	 /* a window of less than 8 blocks */
	VERIFY_GAPS,	 /* of the share: slices without a start may have been the interlopers' */
	VERIFY_NO_OWNER, /* none was seen */
	VERIFY_FEW,	 /* too few samples */
	VERIFY_SINGLE,	 /* one event has no interval */
	VERIFY_NO_VALUE, /* the quantity is not known on both sides */
};

struct verify_value {
	bool known;
	bool at_least; /* it was cut: a lower limit */
	double value;  /* 0 where not known */
};

struct verify_metric {
	struct verify_value before, after;
	bool change_known, interval_known;
	double change, low, high; /* after - before, and its interval; 0 where not known */
	enum verify_verdict verdict;
	enum verify_reason reason;
};

struct verify_result {
	struct verify_metric metrics[VERIFY_QUANTITIES];
	/*
	 * Worse if any quantity that decides is; else better if any is; else no change if any is
	 * known. Unknown if none is, and where a trace is damaged or too short: then so are all.
	 */
	enum verify_verdict verdict;
	enum verify_reason reason;	 /* of an unknown verdict */
	bool reason_after;		 /* which side it is about: the one after */
	enum verify_quantity decided_by; /* the first quantity that has the verdict */
};

/* Of two finished sides. 0 or -ENOMEM. */
int verify_compare(const struct verify_side *before, const struct verify_side *after,
		   struct verify_result *result);

/* Whether it decides. */
bool verify_is_primary(enum verify_quantity quantity);
/* "better", "no change", "worse", "unknown": for text and JSON. */
const char *verify_verdict_name(enum verify_verdict verdict);
/* "share", "longest_ns", ..., "scan_pages_per_s": for JSON. */
const char *verify_quantity_name(enum verify_quantity quantity);
/* "events were lost": for text and JSON; NULL for VERIFY_KNOWN. */
const char *verify_reason_text(enum verify_reason reason);

#endif
