/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long ksmd's sleep really is. It sleeps by a jiffies timer (schedule_timeout), so:
 *
 *   tick     1 / CONFIG_HZ seconds: 1 ms, 4 ms, 10 ms, ...
 *   timeout  sleep_millisecs rounded up to whole ticks (msecs_to_jiffies)
 *   granule  what the timer wheel (kernel/time/timer.c since 4.8) rounds an expiry up to: 1 tick
 *            for a timeout below 63, 8 ticks below 504, 64 below 4032, ...; it never fires early,
 *            so that one more granule is waited for
 *   period   from wakeup to wakeup. A wakeup comes with a tick, at a multiple of the granule; so
 *            the period is a whole number of ticks: with w whole ticks from the wakeup until it
 *            sleeps, (w + timeout + granule) rounded down to a multiple of the granule
 *
 * At 100 HZ and 20 ms that is 30 ms, and with sleep_millisecs = 1 it is still 20 ms. Measured on
 * 6.18 at 250 HZ: kcompactd, which sleeps 500 ms by such a timer, has a period of 512.00 ms.
 */
#ifndef INTERLOPER_KSM_TIMER_H
#define INTERLOPER_KSM_TIMER_H

#include <stdint.h>

/* From a wakeup to the next one; awake_ns: from the wakeup until it sleeps. sleep_ms is not 0. */
double ksm_timer_period_ns(double tick_ns, uint64_t sleep_ms, double awake_ns);

/*
 * The tick that explains a measured period within KSM_TIMER_FIT, the best of those that kernels
 * have (CONFIG_HZ of 100, 250, 300, 1000); NAN: none does.
 */
#define KSM_TIMER_FIT 0.02
double ksm_timer_tick_ns(double period_ns, uint64_t sleep_ms, double awake_ns);

#endif
