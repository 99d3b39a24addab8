// SPDX-License-Identifier: GPL-2.0-only
/* A story as Perfetto's packets, decoded by protoc without any schema: the bytes are what they
 * were. */
#include "unit/printing.h"

#include <unistd.h>

#include "host/ksm.h"
#include "output/perfetto.h"

static char *ksm_story(void)
{
	struct ksm_samples samples = { 0 };
	struct ksm_state ksm = { .there = true,
				 .known = 1 << KSM_PAGES_TO_SCAN | 1ull << KSM_GENERAL_PROFIT };
	char *json;

	ksm.value[KSM_PAGES_TO_SCAN] = 100;
	ksm.value[KSM_GENERAL_PROFIT] = -4096;
	assert_int_equal(ksm_samples_put(&samples, &ksm, AT(0)), 0);
	ksm.value[KSM_PAGES_TO_SCAN] = 50;
	assert_int_equal(ksm_samples_put(&samples, &ksm, AT(10000)), 0);
	json = ksm_samples_to_json(&samples);
	ksm_samples_free(&samples);
	return json;
}

static void write_story(FILE *file)
{
	struct host_task alive[] = {
		{ .tid = 2, .pid = 2, .flags = 0x00200000, .comm = "kthreadd" },
		{ .tid = 510, .pid = 510, .ppid = 2, .flags = 0x00200000, .comm = "ksmd" }
	};
	struct host_snapshot host = { .kernel_release = (char *)"6.12.8-cloud",
				      .machine = (char *)"aarch64",
				      .task_count = ARRAY_SIZE(alive),
				      .tasks = alive };
	struct perfetto *perfetto;
	struct trace_meta meta;
	struct task_table tasks;

	story_meta(&meta);
	meta.ksm_json = ksm_story();
	story_task_table(&tasks);
	perfetto = perfetto_new(file, &meta, &host);
	assert_non_null(perfetto);
	for (size_t i = 0; i < ARRAY_SIZE(story); i++) {
		if (story[i].type == EVENT_TASK)
			task_table_put(&tasks, &story[i].identity);
		assert_int_equal(perfetto_add(perfetto, &story[i], &tasks), 0);
	}
	assert_int_equal(perfetto_finish(perfetto, &meta), 0);
	assert_int_equal(perfetto_counts(perfetto).slices, 11);
	assert_int_equal(perfetto_counts(perfetto).gaps, 1);
	assert_int_equal(perfetto_counts(perfetto).lost, 1234);
	perfetto_free(perfetto);
	task_table_free(&tasks);
	trace_meta_free(&meta);
}

static void the_story_is_these_packets(void **state)
{
	char path[] = "/tmp/interloper-perfetto-XXXXXX", command[128], *text = NULL;
	FILE *file, *decoded;
	size_t size = 0;

	if (system("protoc --version >/dev/null 2>&1")) {
		print_message("protoc is not installed\n");
		skip();
	}
	file = fdopen(mkstemp(path), "w");
	assert_non_null(file);
	write_story(file);
	assert_int_equal(fclose(file), 0);
	snprintf(command, sizeof(command), "protoc --decode_raw <%s", path);
	decoded = popen(command, "r");
	assert_non_null(decoded);
	assert_true(getdelim(&text, &size, '\0', decoded) > 0);
	assert_int_equal(pclose(decoded), 0);
	unlink(path);
	compare_golden(text, "perfetto.txt");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_story_is_these_packets) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
