/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Log-linear histogram buckets, shared by the BPF programs and user space: every octave (power of
 * two) of nanoseconds is cut into LOGLIN_SUB equal buckets; values below LOGLIN_SUB have a bucket
 * of their own. A bucket is [loglin_lower(i), loglin_lower(i + 1)).
 *
 * A bucket is at most 1/16 of its lower bound wide, so its midpoint is off by at most 1/32: the
 * maximum relative error of a value read back is 3.125 %. Range: exact from 0 ns, the last bucket
 * also takes everything from 2^LOGLIN_OCTAVES ns (78 hours) up.
 */
#ifndef INTERLOPER_LOGLIN_H
#define INTERLOPER_LOGLIN_H

#define LOGLIN_SUB_BITS 4
#define LOGLIN_SUB	(1 << LOGLIN_SUB_BITS)
#define LOGLIN_OCTAVES	48
#define LOGLIN_BUCKETS	((LOGLIN_OCTAVES - LOGLIN_SUB_BITS + 1) * LOGLIN_SUB)

/* Index of the highest set bit, v > 0, where the compiler has no better way. */
static inline __attribute__((always_inline)) unsigned int loglin_log2_shifts(unsigned long long v)
{
	unsigned int shift, r = (v > 0xffffffffULL) << 5;

	v >>= r;
	shift = (v > 0xffff) << 4;
	v >>= shift;
	r |= shift;
	shift = (v > 0xff) << 3;
	v >>= shift;
	r |= shift;
	shift = (v > 0xf) << 2;
	v >>= shift;
	r |= shift;
	shift = (v > 0x3) << 1;
	v >>= shift;
	r |= shift;
	return r | (unsigned int)(v >> 1);
}

/* Index of the highest set bit, v > 0. clang 14 crashes on __builtin_clzll for BPF. */
static inline __attribute__((always_inline)) unsigned int loglin_log2(unsigned long long v)
{
#ifdef __bpf__
	return loglin_log2_shifts(v);
#else
	return 63 - (unsigned int)__builtin_clzll(v);
#endif
}

/* The bucket of a value; always < LOGLIN_BUCKETS. */
static inline __attribute__((always_inline)) unsigned int loglin_bucket(unsigned long long ns)
{
	unsigned int octave;

	if (ns < LOGLIN_SUB)
		return ns;
	if (ns >> LOGLIN_OCTAVES)
		return LOGLIN_BUCKETS - 1;
	octave = loglin_log2(ns);
	return (octave - LOGLIN_SUB_BITS + 1) * LOGLIN_SUB +
	       ((ns >> (octave - LOGLIN_SUB_BITS)) & (LOGLIN_SUB - 1));
}

/* The smallest value of a bucket; bucket <= LOGLIN_BUCKETS. */
static inline unsigned long long loglin_lower(unsigned int bucket)
{
	unsigned int octave;

	if (bucket < LOGLIN_SUB)
		return bucket;
	octave = bucket / LOGLIN_SUB - 1;
	return (unsigned long long)(LOGLIN_SUB + bucket % LOGLIN_SUB) << octave;
}

#endif
