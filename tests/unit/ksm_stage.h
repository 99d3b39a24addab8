/* SPDX-License-Identifier: GPL-2.0-only */
/* A ksmd whose cost of a page is known: its stream, and what KSM says of itself meanwhile. */
#ifndef INTERLOPER_TEST_KSM_STAGE_H
#define INTERLOPER_TEST_KSM_STAGE_H

#include <math.h>

#include "unit/stream.h"
#include "analysis/ksm_model.h"

#define KSMD 1u
#define US   UINT64_C(1000)
#define MS   UINT64_C(1000000)
#define SEC  UINT64_C(1000000000)

#define QUEUED (SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED)

struct ksm_stage {
	struct bursts bursts;
	struct ksm_samples samples;
	struct ksm_state state;
	uint64_t now_ns, out_ns, begin_ns;
	double others_ns;
};

/* What the state of KSM says from now on. */
static inline void stage_set(struct ksm_stage *s, enum ksm_field field, int64_t value)
{
	s->state.value[field] = value;
	s->state.known |= UINT64_C(1) << field;
}

static inline void stage_begin(struct ksm_stage *s, int64_t pages, int64_t sleep_ms)
{
	*s = (struct ksm_stage){ .now_ns = 10 * SEC, .begin_ns = 10 * SEC, .others_ns = NAN };
	bursts_init(&s->bursts, KSMD);
	s->state.there = true;
	stage_set(s, KSM_RUN, 1);
	stage_set(s, KSM_PAGES_TO_SCAN, pages);
	stage_set(s, KSM_SLEEP_MILLISECS, sleep_ms);
}

static inline void stage_sample(struct ksm_stage *s)
{
	assert_int_equal(ksm_samples_put(&s->samples, &s->state, s->now_ns), 0);
}

/* Sleeps, then runs; what it scanned is counted where the state counts it. */
static inline void stage_batch(struct ksm_stage *s, uint64_t sleep_ns, uint64_t run_ns,
			       int64_t pages)
{
	uint64_t start = s->now_ns + sleep_ns;
	const struct event e = WOKEN(KSMD, 3, start, start, start + run_ns,
				     .prev_out_ns = s->out_ns, .out_state = 1);

	assert_int_equal(bursts_add(&s->bursts, &e), 0);
	s->now_ns = s->out_ns = start + run_ns;
	if (ksm_knows(&s->state, KSM_PAGES_SCANNED))
		s->state.value[KSM_PAGES_SCANNED] += pages;
}

/* n batches of as many pages as are set, of the same cost. */
static inline void stage_batches(struct ksm_stage *s, int n, uint64_t sleep_ns, uint64_t page_ns)
{
	int64_t pages = s->state.value[KSM_PAGES_TO_SCAN];

	for (int i = 0; i < n; i++)
		stage_batch(s, sleep_ns, (uint64_t)pages * page_ns, pages);
}

static inline void stage_end(struct ksm_stage *s, struct ksm_model *model)
{
	const struct ksm_model_input input = {
		.bursts = &s->bursts,
		.samples = &s->samples,
		.start_ns = s->begin_ns,
		.end_ns = s->now_ns,
		.others_delay_ns = s->others_ns,
		.page_size = 4096,
	};

	bursts_finish(&s->bursts);
	assert_int_equal(ksm_model_make(model, &input), 0);
	bursts_free(&s->bursts);
	ksm_samples_free(&s->samples);
}

static inline void assert_near(double value, double wanted, double share)
{
	if (!(fabs(value - wanted) <= share * fabs(wanted)))
		fail_msg("%.9g is not %.9g within %g", value, wanted, share);
}

#endif
