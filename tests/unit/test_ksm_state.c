// SPDX-License-Identifier: GPL-2.0-only
/* The state of KSM, from files, from a snapshot, and as JSON text. */
#include "unit/stream.h"
#include "unit/tree.h"
#include "host/ksm.h"
#include "host/snapshot.h"

#include <errno.h>

static void put_file(const char *root, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/kernel/mm/ksm/%s", name);
	tree_put(root, path, text);
}

static void files_are_read_and_what_is_absent_is_unknown(void **state)
{
	char root[PATH_MAX];
	struct ksm_state ksm;

	tree_make(root);
	put_file(root, "run", "1\n");
	put_file(root, "pages_to_scan", "1000\n");
	put_file(root, "sleep_millisecs", "20\n");
	put_file(root, "general_profit", "-4096\n");
	put_file(root, "full_scans", "many\n");
	put_file(root, "pages_shared", "-1\n");
	put_file(root, "advisor_mode", "none [scan-time]\n");
	assert_int_equal(ksm_state_read(&ksm, root), 0);
	tree_remove(root);
	assert_true(ksm.there);
	assert_true(ksm_is_advised(&ksm));
	assert_int_equal(ksm.advisor, KSM_ADVISOR_SCAN_TIME);
	assert_int_equal(ksm_value(&ksm, KSM_RUN, -1), 1);
	assert_int_equal(ksm_value(&ksm, KSM_PAGES_TO_SCAN, -1), 1000);
	assert_int_equal(ksm_value(&ksm, KSM_GENERAL_PROFIT, 0), -4096);
	assert_false(ksm_knows(&ksm, KSM_FULL_SCANS));
	assert_false(ksm_knows(&ksm, KSM_PAGES_SHARED));
	assert_false(ksm_knows(&ksm, KSM_PAGES_SCANNED));
	assert_int_equal(ksm_value(&ksm, KSM_PAGES_SCANNED, -1), -1);
}

static void a_kernel_without_ksm_is_told(void **state)
{
	char root[PATH_MAX];
	struct ksm_samples samples = { 0 };
	struct ksm_state ksm;

	tree_make(root);
	assert_int_equal(ksm_state_read(&ksm, root), -ENOENT);
	assert_int_equal(ksm_samples_add(&samples, root, 5), 0);
	tree_remove(root);
	assert_false(ksm.there);
	assert_int_equal(samples.count, 1);
	assert_false(samples.list[0].state.there);
	ksm_samples_free(&samples);
}

static void a_snapshot_tells_the_same(void **state)
{
	struct host_file files[] = {
		{ "advisor_mode", "[none] scan-time" },
		{ "sleep_millisecs", "20" },
		{ "of_tomorrow", "1" },
	};
	struct host_snapshot host = { .ksm_file_count = 3, .ksm_files = files }, none = { 0 };
	struct ksm_state ksm;

	ksm_state_from_snapshot(&ksm, &host);
	assert_true(ksm.there);
	assert_int_equal(ksm.advisor, KSM_ADVISOR_NONE);
	assert_false(ksm_is_advised(&ksm));
	assert_int_equal(ksm.known, UINT64_C(1) << KSM_SLEEP_MILLISECS);
	ksm_state_from_snapshot(&ksm, &none);
	assert_false(ksm.there);
}

static void an_advisor_of_tomorrow_is_active_all_the_same(void **state)
{
	struct ksm_state ksm = { 0 };

	ksm_state_take(&ksm, "advisor_mode", "none scan-time [oracle]");
	assert_int_equal(ksm.advisor, KSM_ADVISOR_OTHER);
	assert_true(ksm_is_advised(&ksm));
	ksm_state_take(&ksm, "advisor_mode", "]none[");
	assert_int_equal(ksm.advisor, KSM_ADVISOR_UNKNOWN);
}

static void of_many_samples_the_first_and_the_last_and_some_between_are_kept(void **state)
{
	struct ksm_samples samples = { 0 };
	struct ksm_state ksm = { .there = true };

	for (uint64_t i = 0; i < 100 * KSM_SAMPLES_MAX; i++) {
		assert_int_equal(ksm_samples_put(&samples, &ksm, 1000 + i), 0);
		assert_true(samples.count <= KSM_SAMPLES_MAX);
		assert_int_equal(samples.list[0].time_ns, 1000);
		assert_int_equal(samples.list[samples.count - 1].time_ns, 1000 + i);
	}
	assert_true(samples.count > KSM_SAMPLES_MAX / 2);
	/* All but the last at the same distance. */
	for (uint32_t i = 1; i + 1 < samples.count; i++)
		assert_int_equal(samples.list[i].time_ns - samples.list[i - 1].time_ns, 128);
	assert_int_equal(ksm_samples_put(&samples, &ksm, 999), -EINVAL);
	ksm_samples_free(&samples);
}

static void json_reads_back_as_it_was(void **state)
{
	struct ksm_samples samples = { 0 }, back;
	struct ksm_state ksm = { .there = true, .advisor = KSM_ADVISOR_SCAN_TIME };
	char *text, why[128];

	ksm_state_take(&ksm, "run", "1");
	ksm_state_take(&ksm, "general_profit", "-77");
	assert_int_equal(ksm_samples_put(&samples, &ksm, 10), 0);
	ksm_state_take(&ksm, "pages_scanned", "123456789012");
	assert_int_equal(ksm_samples_put(&samples, &ksm, 20), 0);
	text = ksm_samples_to_json(&samples);
	assert_non_null(text);
	assert_int_equal(ksm_samples_from_json(&back, text, why, sizeof(why)), 0);
	assert_int_equal(back.count, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(back.list[i].time_ns, samples.list[i].time_ns);
		assert_memory_equal(&back.list[i].state, &samples.list[i].state, sizeof(ksm));
	}
	free(text);
	ksm_samples_free(&samples);
	ksm_samples_free(&back);
}

static void what_no_kernel_says_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{}",
		"{\"version\":2,\"samples\":[]}",
		"{\"version\":1,\"samples\":{}}",
		"{\"version\":1,\"samples\":[1]}",
		"{\"version\":1,\"samples\":[{\"there\":true}]}",
		"{\"version\":1,\"samples\":[{\"time_ns\":-1,\"there\":true}]}",
		"{\"version\":1,\"samples\":[{\"time_ns\":1}]}",
		"{\"version\":1,\"samples\":[{\"time_ns\":1,\"there\":true,\"run\":\"1\"}]}",
		"{\"version\":1,\"samples\":[{\"time_ns\":1,\"there\":true,\"run\":-1}]}",
		"{\"version\":1,\"samples\":[{\"time_ns\":1,\"there\":true,\"advisor_mode\":1}]}",
		"{\"version\":1,\"samples\":[{\"time_ns\":1,\"there\":false,\"run\":1}]}",
		"{\"version\":1,\"samples\":[{\"time_ns\":2,\"there\":true},"
		"{\"time_ns\":1,\"there\":true}]}",
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct ksm_samples samples;
		char why[128] = "";

		assert_int_equal(ksm_samples_from_json(&samples, texts[i], why, sizeof(why)),
				 -EINVAL);
		assert_true(*why);
		assert_null(samples.list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_read_and_what_is_absent_is_unknown),
		cmocka_unit_test(a_kernel_without_ksm_is_told),
		cmocka_unit_test(a_snapshot_tells_the_same),
		cmocka_unit_test(an_advisor_of_tomorrow_is_active_all_the_same),
		cmocka_unit_test(of_many_samples_the_first_and_the_last_and_some_between_are_kept),
		cmocka_unit_test(json_reads_back_as_it_was),
		cmocka_unit_test(what_no_kernel_says_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
