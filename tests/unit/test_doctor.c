// SPDX-License-Identifier: GPL-2.0-only
/* The doctor's report: the main job first, then problems, then the rest; JSON says the same. */
#include "unit/printing.h"

#include <errno.h>

#include "host/checkup.h"
#include "output/report_doctor.h"

struct doctor {
	struct findings findings;
	struct facilities facilities;
	struct isolation isolation;
	struct doctor_report report;
};

static void doctor_init(struct doctor *d)
{
	struct finding *finding;

	memset(d, 0, sizeof(*d));
	d->facilities.release = strdup("6.6.0-72");
	d->facilities.machine = strdup("aarch64");
	assert_int_equal(isolation_read(&d->isolation, "/no/such/root"), 0);
	d->isolation.boot_known = true;
	hwloc_bitmap_set_range(d->isolation.boot, 40, 95);
	findings_add(&d->findings, "BTF", VERDICT_OK, "/sys/kernel/btf/vmlinux");
	finding =
		findings_add(&d->findings, "KSM", VERDICT_LIMITED, "on: ksmd[510] last on CPU 43");
	finding_means(finding, "It may run on the isolated CPUs 40-95.");
	finding_remedy(finding, "taskset -pc 0-39 510");
	finding = findings_add(&d->findings, "kprobes", VERDICT_MISSING, "no kprobe events");
	finding_optional(finding);
	finding_means(finding, "Not needed.");
	findings_add(&d->findings, "isolated CPUs", VERDICT_UNKNOWN, "an odd name: \033[31m");
	finding = findings_add(&d->findings, "capabilities", VERDICT_MISSING, "none held");
	finding_means(finding, "No live tracing.");
	d->report = (struct doctor_report){ .trace = { "trace, record", NULL },
					    .hist = { "hist", NULL },
					    .findings = &d->findings,
					    .facilities = &d->facilities,
					    .isolation = &d->isolation };
}

static void doctor_free(struct doctor *d)
{
	findings_free(&d->findings);
	facilities_free(&d->facilities);
	isolation_free(&d->isolation);
}

static void print(const struct doctor *d, bool colour, const char *golden)
{
	struct text text;

	text_open(&text, colour);
	assert_int_equal(report_doctor(&text.out, &d->report), 0);
	expect_golden(&text, golden);
}

static void the_main_job_is_first_then_problems_then_the_rest(void **state)
{
	struct doctor d;

	doctor_init(&d);
	print(&d, false, "doctor.txt");
	print(&d, true, "doctor-colour.txt");
	doctor_free(&d);
}

static void jobs_that_differ_take_a_line_each(void **state)
{
	struct doctor d;

	doctor_init(&d);
	d.report.hist.why = "cannot map aggregate_slots: Cannot allocate memory";
	print(&d, false, "doctor-refused.txt");
	doctor_free(&d);
}

static void json_has_every_finding(void **state)
{
	struct doctor d;
	json_t *json;
	char *dump, *line;

	doctor_init(&d);
	d.report.trace.why = "no BPF";
	json = report_doctor_json(&d.report);
	assert_non_null(json);
	dump = json_dumps(json, JSON_INDENT(2));
	assert_non_null(dump);
	assert_true(asprintf(&line, "%s\n", dump) > 0);
	compare_golden(line, "doctor.json");
	free(line);
	free(dump);
	json_decref(json);
	doctor_free(&d);
}

static void half_a_report_is_never_printed(void **state)
{
	struct doctor d;
	struct text text;

	doctor_init(&d);
	d.findings.no_memory = true;
	text_open(&text, false);
	assert_int_equal(report_doctor(&text.out, &d.report), -ENOMEM);
	expect_text(&text, "");
	assert_null(report_doctor_json(&d.report));
	doctor_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_main_job_is_first_then_problems_then_the_rest),
		cmocka_unit_test(jobs_that_differ_take_a_line_each),
		cmocka_unit_test(json_has_every_finding),
		cmocka_unit_test(half_a_report_is_never_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
