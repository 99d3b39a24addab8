// SPDX-License-Identifier: GPL-2.0-only
/* interloper doctor: what this machine offers, and what follows from it. */
#include <hwloc.h>

#include "capture/offers.h"
#include "commands/commands.h"
#include "commands/gather.h"
#include "commands/options.h"
#include "host/checkup.h"
#include "output/report_doctor.h"

struct doctor {
	struct facilities facilities;
	struct isolation isolation;
	struct privilege privilege;
	struct probe probe;
	struct findings findings;
};

enum { KEY_JSON = 0x200 };

static const struct argp_option argp_options[] = {
	{ "json", KEY_JSON, NULL, 0, "one JSON object", 0 }, { 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	bool *json = state->input;

	switch (key) {
	case KEY_JSON:
		*json = true;
		return 0;
	case ARGP_KEY_ARG:
		return options_refuse(state, "%s: it takes no argument", arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.doc = "Tells whether this user can trace on this machine, what the kernel offers for it, "
	       "which CPUs are isolated and by what, and what to do where something is missing."
	       "\vEach line's verdict is ok, limited, missing or unknown; problems come first. "
	       "Needs no privilege; what cannot be found out without is unknown. "
	       "For an instant it loads what trace and hist do, and small programs to try things. "
	       "The exit code is 0 if this user can trace, else 1.\n\n"
	       "  sudo interloper doctor\n",
};

static uint64_t ring_bytes(const struct doctor *d)
{
	int online = hwloc_bitmap_weight(d->facilities.online);

	if (d->probe.record.ring_bytes)
		return d->probe.record.ring_bytes;
	return offers_default_ring_bytes(online > 0 ? online : 1);
}

static int examine(struct doctor *d)
{
	int err = facilities_read(&d->facilities, "");

	if (!err)
		err = isolation_read(&d->isolation, "");
	if (err)
		return err;
	privilege_read(&d->privilege, "");
	probe_run(&d->probe);
	offers_privilege(&d->findings, &d->privilege);
	offers_needed(&d->findings, &d->facilities, &d->probe);
	offers_memlock(&d->findings, &d->privilege, &d->probe, ring_bytes(d));
	checkup_machine(&d->findings, &d->facilities);
	checkup_isolation(&d->findings, &d->isolation);
	checkup_ksm(&d->findings, &d->facilities, &d->isolation);
	offers_others(&d->findings, &d->probe.others);
	checkup_ftrace(&d->findings, &d->facilities.ftrace);
	offers_optional(&d->findings, &d->facilities, &d->probe);
	checkup_accounting(&d->findings, &d->facilities);
	return 0;
}

static const char *why_not(const struct probe_session *session)
{
	return session->error ? session->why : NULL;
}

static int report(const struct doctor *d, const struct output *out)
{
	const struct doctor_report report = {
		.trace = { "trace, record", why_not(&d->probe.record) },
		.hist = { "hist", why_not(&d->probe.hist) },
		.findings = &d->findings,
		.facilities = &d->facilities,
		.isolation = &d->isolation,
	};

	if (out->json)
		return print_json(out, report_doctor_json(&report));
	if (report_doctor(out, &report))
		return fail("out of memory");
	return finish_output(out);
}

int command_doctor(int argc, char **argv)
{
	struct doctor d = {};
	struct output out;
	bool json = false;
	int result;

	if (options_parse(&argp, argc, argv, &json))
		return EXIT_FAILED;
	out = output_stdout(json);
	result = examine(&d) ? fail("out of memory") : report(&d, &out);
	if (!result && d.probe.record.error)
		result = EXIT_FAILED;
	findings_free(&d.findings);
	probe_free(&d.probe);
	isolation_free(&d.isolation);
	facilities_free(&d.facilities);
	return result;
}
