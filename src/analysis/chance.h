/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What statements about chance rest on: numbers drawn at random that are the same each time,
 * Student's t, and by how much values in a row depend on one another.
 */
#ifndef INTERLOPER_CHANCE_H
#define INTERLOPER_CHANCE_H

#include <stdint.h>

/*
 * A number in [0, n). state: not 0; the same state gives the same numbers. xorshift64*, Vigna, "An
 * experimental exploration of Marsaglia's xorshift generators" (2016).
 */
uint32_t chance_below(uint64_t *state, uint32_t n);

/*
 * Student's t with f degrees of freedom, of the tail whose normal quantile is z: an approximation
 * for f of 10 and more (Abramowitz and Stegun, 26.7.5).
 */
double chance_student(double z, double f);

/*
 * P(T > t) with f > 0 degrees of freedom, far tails included: relative error below 1e-12. Series of
 * Abramowitz and Stegun, 26.7.3 and 26.7.4: up to f terms. In [0, 1]; 1 of a NaN.
 */
double chance_student_tail(double t, unsigned int f);

/* The t with P(T > t) = p, 0 < p <= 1/2: chance_student_tail() backwards. 0 of other p. */
double chance_student_quantile(double p, unsigned int f);

/*
 * By what factor the deviation of a sum of n values is larger than that of independent ones:
 * sqrt((1 + r) / (1 - r)), r being the correlation of each value with the next one where it is
 * positive, at most 0.95. 1 where they are all alike.
 */
double chance_dependence(const double *values, unsigned int n);

#endif
