// SPDX-License-Identifier: GPL-2.0-only
/* Every allocation of what is told of ksmd made to fail in turn, as in test_nomem.c. */
#include "unit/stream.h"

#include <errno.h>
#include <math.h>

#include "unit/scarce.h"

#include "analysis/advice.c"
#include "analysis/advice_ksm.c"
#include "analysis/ksm_model.c"
#include "host/change.c"
#include "host/ksm.c"
#define reserve		 reserve_bursts
#define drop_every_other drop_every_other_burst
#include "analysis/bursts.c"

#define KSMD 1
#define MS   UINT64_C(1000000)

static int put_samples(struct ksm_samples *samples, uint64_t from_ns, uint64_t to_ns)
{
	struct ksm_state state = { .there = true };
	int err = 0;

	ksm_state_take(&state, "run", "1");
	ksm_state_take(&state, "pages_to_scan", "1000");
	ksm_state_take(&state, "sleep_millisecs", "20");
	ksm_state_take(&state, "pages_sharing", "0");
	for (uint64_t at = from_ns; at <= to_ns && !err; at += (to_ns - from_ns) / 20)
		err = ksm_samples_put(samples, &state, at);
	return err;
}

/* 12 ms every 32 ms. */
static int add_bursts(struct bursts *bursts, int n)
{
	int err = 0;

	for (uint64_t at = 32 * MS; n-- && !err; at += 32 * MS)
		err = bursts_add(
			bursts, &WOKEN(KSMD, 3, at, at, at + 12 * MS, .prev_out_ns = at - 20 * MS));
	bursts_finish(bursts);
	return err;
}

static int advise(const struct ksm_model *model)
{
	const struct ksm_limits limits = { KSM_SLICE_MAX_NS, KSM_DUTY_MAX };
	struct advice_list list = { 0 };
	struct ksm_plan plan;
	int err;

	ksm_plan_make(&plan, model, &limits);
	advice_ksm(&list, &(struct ksm_advice_input){ model, &plan, KSMD });
	err = list.no_memory ? -ENOMEM : 0;
	if (!err) {
		assert_int_equal(list.count, 2);
		assert_int_equal(list.list[0].change_count, 2);
		assert_int_equal(list.list[0].step_count, 4);
	}
	advice_list_free(&list);
	return err;
}

static int tell_of_ksmd(void)
{
	struct ksm_samples samples = { 0 };
	struct bursts bursts;
	struct ksm_model model;
	const struct ksm_model_input input = {
		.bursts = &bursts,
		.samples = &samples,
		.start_ns = 12 * MS,
		.end_ns = 100 * 32 * MS + 12 * MS,
		.others_delay_ns = NAN,
		.page_size = 4096,
	};
	int err;

	bursts_init(&bursts, KSMD);
	err = put_samples(&samples, input.start_ns, input.end_ns);
	if (!err)
		err = add_bursts(&bursts, 100);
	if (!err)
		err = ksm_model_make(&model, &input);
	if (!err)
		err = advise(&model);
	bursts_free(&bursts);
	ksm_samples_free(&samples);
	return err;
}

static void what_is_told_of_ksmd_survives_every_failed_allocation(void **state)
{
	fail_each_in_turn(tell_of_ksmd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_told_of_ksmd_survives_every_failed_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
