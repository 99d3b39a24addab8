/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is counted for ever (`interloper serve`), shared by the BPF programs and user space: groups of
 * tasks by CPU, in tables that do not grow.
 *
 *   group    tasks of one name, or of names that differ in a number at their end alone: what comes
 *            after one of "-_.:#/ " and is all digits reads as "*", and so does all after a
 *            kworker's slash. Threads of a pool, and kernel threads, have other numbers on every boot
 *   class    a group's scheduling: kernel threads; realtime and deadline policies; all others
 *   buckets  of durations: four an octave from 2^10 ns (1 us) to 2^34 ns (17 s), one below, one above.
 *            They are whole buckets of loglin.h: in an octave they begin at 16/16, 19/16, 23/16 and
 *            27/16 of it, so none is wider than 21.1 % of its lower bound
 *   wrap     counts have 32 bits and wrap: a reader adds up differences between looks, of which there
 *            must be one before 2^32 slices of a group on a CPU (at a million a second, 71 minutes)
 */
#ifndef INTERLOPER_GROUP_H
#define INTERLOPER_GROUP_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#include "loglin.h"
#include "placement_class.h"

#define GROUP_NAME_MAX 16 /* with its NUL, as TASK_COMM_LEN */

enum group_class { GROUP_USER, GROUP_KERNEL, GROUP_REALTIME, GROUP_CLASSES };

enum group_kind { GROUP_RUN, GROUP_WAKE, GROUP_PREEMPT, GROUP_KINDS };

#define GROUP_FIRST_OCTAVE 10
#define GROUP_LAST_OCTAVE  34
#define GROUP_BOUNDS	   ((GROUP_LAST_OCTAVE - GROUP_FIRST_OCTAVE) * 4 + 1)
#define GROUP_BUCKETS	   (GROUP_BOUNDS + 1)

struct group_series {
	__u64 sum_ns;
	__u32 buckets[GROUP_BUCKETS];
};

/* One group on one CPU. */
struct group_counts {
	__u32 slices; /* seen from start to end; a gap's or a cut one's task may not be known */
	__u32 involuntary; /* of these: ended by preemption */
	__u32 trespasses; /* wakeups that chose this isolated CPU though the task may run elsewhere */
	__u32 spare;
	struct group_series series[GROUP_KINDS];
};

/* Of the programs' runs on a CPU the first and then every so many-th is timed: by a fixed rule, so that an
 * estimate from timed_ns never goes back. A prime keeps step with no pattern of wakeups and switches. */
#define GROUP_TIMED_EVERY 61

/* One CPU, all tasks of it. */
struct group_cpu_counts {
	__u64 wakeups[PLACEMENT_CLASSES]; /* with a known choice of CPU */
	__u64 gaps, cut_slices, unknown_delays;
	__u64 crowded; /* slices that no group of its own could be had for: counted as "other" */
	__u64 programs; /* how often one of our programs ran here */
	__u64 timed, timed_ns; /* of these: whose time was taken, and what it came to */
};

/*
 * The group of a name, eight bytes at a time and without a branch: the verifier would walk every way
 * through a loop over bytes. A name is two words whose lowest byte comes first.
 */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a name's first byte is a word's lowest");

#define GROUP_ONES  0x0101010101010101ull
#define GROUP_HIGHS 0x8080808080808080ull

/* All bits where x is 0, else none. */
static inline __attribute__((always_inline)) __u64 group_if_zero(__u64 x)
{
	return ((x | -x) >> 63) - 1;
}

/* The bytes before the first NUL. */
static inline __attribute__((always_inline)) __u64 group_text_mask(__u64 word)
{
	__u64 nul = ~(((word & ~GROUP_HIGHS) + ~GROUP_HIGHS) | word | ~GROUP_HIGHS);

	return ((nul & -nul) >> 7) - 1;
}

/* 0x80 in each byte that is no digit. */
static inline __attribute__((always_inline)) __u64 group_no_digits(__u64 word)
{
	word ^= GROUP_ONES * '0';
	return (((word & ~GROUP_HIGHS) + GROUP_ONES * (0x7f - 9)) | word) & GROUP_HIGHS;
}

/* All bytes up to the highest one that has 0x80. */
static inline __attribute__((always_inline)) __u64 group_up_to_last(__u64 highs)
{
	highs |= highs >> 8;
	highs |= highs >> 16;
	highs |= highs >> 32;
	return (highs >> 7) * 0xff;
}

/* The last byte of what a mask of first bytes keeps; 0: it keeps none. */
static inline __attribute__((always_inline)) __u64 group_last_byte(__u64 word, __u64 mask)
{
	word &= mask ^ mask >> 8;
	word |= word >> 32;
	word |= word >> 16;
	word |= word >> 8;
	return word & 0xff;
}

/* 1 for one of "-_.:#/ ", else 0. */
static inline __attribute__((always_inline)) __u64 group_is_separator(__u64 byte)
{
	__u64 low = 1ull << ' ' | 1ull << '#' | 1ull << '-' | 1ull << '.' | 1ull << '/' | 1ull << ':';
	__u64 high = 1ull << ('_' - 64), is_high = -(byte >> 6 & 1);

	return ((low & ~is_high) | (high & is_high)) >> (byte & 63) & ~(byte >> 7) & 1;
}

static inline __attribute__((always_inline)) void group_name_words(__u64 name[2],
								   const __u64 comm[2])
{
	__u64 low = comm[0], high = comm[1] & ~0ull >> 8;
	__u64 low_text = group_text_mask(low);
	__u64 high_text = group_text_mask(high) & group_if_zero(~low_text);
	__u64 high_highs = group_no_digits(high) & high_text;
	__u64 in_low = group_if_zero(high_highs); /* the last byte that is no digit */
	__u64 kworker = group_if_zero(low ^ 0x2f72656b726f776bull);
	/* The bytes up to that one: the stem, if all that follows are digits behind a separator. */
	__u64 low_stem = group_up_to_last(group_no_digits(low) & low_text) | ~in_low;
	__u64 high_stem = group_up_to_last(high_highs);
	__u64 last = (group_last_byte(low, low_stem) & in_low) | group_last_byte(high, high_stem);
	__u64 digits = ~group_if_zero((low_text & ~low_stem) | (high_text & ~high_stem));
	__u64 starred = (digits & -group_is_separator(last)) | kworker;
	__u64 star;

	low_stem |= kworker;
	high_stem &= ~kworker;
	star = (low_stem + 1) * '*';
	name[0] = (low & low_text & ~starred) | (((low & low_stem) | star) & starred);
	star = (high_stem + 1) * '*' & group_if_zero(~low_stem);
	name[1] = (high & high_text & ~starred) | (((high & high_stem) | star) & starred);
}

/* The same, of text. comm has GROUP_NAME_MAX bytes; what is behind its NUL does not matter. */
static inline void group_name(char name[GROUP_NAME_MAX], const char comm[GROUP_NAME_MAX])
{
	__u64 from[2], to[2];

	__builtin_memcpy(from, comm, sizeof(from));
	group_name_words(to, from);
	__builtin_memcpy(name, to, sizeof(to));
}

/* The bucket of a duration; always < GROUP_BUCKETS. */
static inline __attribute__((always_inline)) unsigned int group_bucket(unsigned long long ns)
{
	unsigned int octave, sixteenth;

	if (ns >> GROUP_LAST_OCTAVE)
		return GROUP_BUCKETS - 1;
	if (!(ns >> GROUP_FIRST_OCTAVE))
		return 0;
	octave = loglin_log2(ns);
	sixteenth = (ns >> (octave - LOGLIN_SUB_BITS)) & (LOGLIN_SUB - 1);
	return 1 + (octave - GROUP_FIRST_OCTAVE) * 4 +
	       (sixteenth == LOGLIN_SUB - 1 ? 3 : (sixteenth + 1) >> 2);
}

/* The largest duration of a bucket but the last: bound < GROUP_BOUNDS. */
static inline unsigned long long group_bound_ns(unsigned int bound)
{
	static const unsigned int sixteenths[] = { 16, 19, 23, 27 };

	return ((unsigned long long)sixteenths[bound % 4]
		<< (GROUP_FIRST_OCTAVE + bound / 4 - LOGLIN_SUB_BITS)) -
	       1;
}

#endif
