// SPDX-License-Identifier: GPL-2.0-only
/* How long ksmd's sleep really is: see ksm_timer.h. */
#include "analysis/ksm_timer.h"

#include <math.h>

/* LVL_START(n) of the timer wheel, for its first four levels. */
static double granule_of(double timeout)
{
	double granule = 1;

	for (double start = 63; timeout >= start && granule < 512; start *= 8)
		granule *= 8;
	return granule;
}

double ksm_timer_period_ns(double tick_ns, uint64_t sleep_ms, double awake_ns)
{
	/* The small part less: a quotient that is whole must not become one more. */
	double timeout = ceil((double)sleep_ms * 1e6 / tick_ns - 1e-6);
	double granule = granule_of(timeout);
	double ticks = floor(awake_ns / tick_ns) + timeout + granule;

	return floor(ticks / granule) * granule * tick_ns;
}

double ksm_timer_tick_ns(double period_ns, uint64_t sleep_ms, double awake_ns)
{
	static const double hz[] = { 100, 250, 300, 1000 };
	double best = NAN, best_off = KSM_TIMER_FIT;

	if (!(period_ns > 0) || !sleep_ms)
		return NAN;
	for (unsigned int i = 0; i < sizeof(hz) / sizeof(*hz); i++) {
		double told = ksm_timer_period_ns(1e9 / hz[i], sleep_ms, awake_ns);
		double off = fabs(told - period_ns) / period_ns;

		if (off > best_off)
			continue;
		best = 1e9 / hz[i];
		best_off = off;
	}
	return best;
}
