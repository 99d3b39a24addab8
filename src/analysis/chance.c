// SPDX-License-Identifier: GPL-2.0-only
/* Random numbers, Student's t, dependence: see chance.h. */
#include "analysis/chance.h"

#include <float.h>
#include <math.h>

uint32_t chance_below(uint64_t *state, uint32_t n)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (*state * 2685821657736338717ull >> 32) * n >> 32;
}

double chance_student(double z, double f)
{
	double z3 = z * z * z, z5 = z3 * z * z;

	return z + (z3 + z) / (4 * f) + (5 * z5 + 16 * z3 + 3 * z) / (96 * f * f);
}

/*
 * With tan(a) = t / sqrt(f), P(|T| < t) is sin(a) (1 + 1/2 c + 1*3/(2*4) c^2 + ...), c = cos^2(a),
 * of f/2 terms for even f, and 2/pi (a + sin(a) cos(a) (1 + 2/3 c + 2*4/(3*5) c^2 + ...)), of
 * (f-1)/2 terms, for odd f. Either series, continued without end, makes that 1: so what is left out
 * is P(|T| > t), and where that is small, nothing is lost by a difference of what is almost alike.
 */
struct series {
	double c, term;
	unsigned int k, odd;
};

static struct series series_start(double c, unsigned int f)
{
	return (struct series){ .c = c, .term = f % 2 ? sqrt(c) : 1, .odd = f % 2 };
}

static void series_next(struct series *s)
{
	s->k++;
	s->term *= s->c * (2 * s->k - 1 + s->odd) / (2 * s->k + s->odd);
}

static double both_tails(double t, unsigned int f)
{
	double c = 1 / (1 + t / f * t), sine = c > 0.5 ? t / sqrt(f) * sqrt(c) : sqrt(1 - c);
	double sum = 0, rest;
	struct series s = series_start(c, f);

	while (s.k < f / 2) {
		sum += s.term;
		series_next(&s);
	}
	rest = 1 - (f % 2 ? 2 / M_PI * (atan(t / sqrt(f)) + sine * sum) : sine * sum);
	if (rest > 1e-3)
		return rest;
	for (sum = 0; s.term > sum * DBL_EPSILON / 4 * (1 - c); series_next(&s))
		sum += s.term;
	return sine * sum * (f % 2 ? 2 / M_PI : 1);
}

double chance_student_tail(double t, unsigned int f)
{
	double tail;

	if (!f || isnan(t))
		return 1;
	tail = fmin(fmax(both_tails(fabs(t), f), 0), 1) / 2;
	return t < 0 ? 1 - tail : tail;
}

double chance_student_quantile(double p, unsigned int f)
{
	double low = 0, high = 1;

	if (!(p > 0 && p <= 0.5))
		return 0;
	while (chance_student_tail(high, f) > p && high < DBL_MAX / 2) {
		low = high;
		high *= 2;
	}
	for (double t = (low + high) / 2; t > low && t < high; t = (low + high) / 2) {
		if (chance_student_tail(t, f) > p)
			low = t;
		else
			high = t;
	}
	return high;
}

/* Of each value with the next one; 0 where they are all alike, or it is negative. */
static double correlation(const double *values, unsigned int n)
{
	double mean = 0, variance = 0, covariance = 0, r;

	for (unsigned int i = 0; i < n; i++)
		mean += values[i] / n;
	for (unsigned int i = 0; i < n; i++)
		variance += (values[i] - mean) * (values[i] - mean);
	for (unsigned int i = 0; i + 1 < n; i++)
		covariance += (values[i] - mean) * (values[i + 1] - mean);
	/* What the mean's own rounding makes of values that are all alike. */
	if (variance <= n * pow(n * DBL_EPSILON * mean, 2))
		return 0;
	r = covariance / variance;
	return r < 0 ? 0 : fmin(r, 0.95);
}

double chance_dependence(const double *values, unsigned int n)
{
	double r = correlation(values, n);

	return sqrt((1 + r) / (1 - r));
}
