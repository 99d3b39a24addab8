// SPDX-License-Identifier: GPL-2.0-only
/* What virtual machines paid: a row a machine. */
#include "output/report_steal.h"

#include <errno.h>

#include "output/cells.h"
#include "output/json.h"
#include "output/report_blame.h"

#define CULPRITS_SHOWN 3

/* "ksmd[510] 81 %, idle CPU 12 %, 3 others 7 %" */
static void cell_culprits(struct table *table, const struct who *who, const struct steal *machine)
{
	char text[(CULPRITS_SHOWN + 1) * (WHO_MAX + 16) + 64], culprit[WHO_MAX];
	char share[SHARE_MAX];
	uint64_t rest_ns = machine->total_ns;
	uint32_t shown = machine->part_count;
	size_t length = 0;

	text[0] = '\0';
	/* One that would stand for the others alone is named. */
	if (shown > CULPRITS_SHOWN + 1)
		shown = CULPRITS_SHOWN;
	for (uint32_t i = 0; i < shown; i++) {
		const struct steal_part *part = &machine->parts[i];

		length += snprintf(text + length, sizeof(text) - length, "%s%s %s", i ? ", " : "",
				   report_culprit(culprit, who, part->culprit),
				   report_share(share, part->total_ns, machine->total_ns));
		rest_ns -= part->total_ns;
	}
	if (shown < machine->part_count)
		snprintf(text + length, sizeof(text) - length, ", %u others %s",
			 machine->part_count - shown,
			 report_share(share, rest_ns, machine->total_ns));
	table_cell(table, "%s", length ? text : "-");
}

int report_steal(const struct output *out, const struct who *who, const struct steal *machines,
		 uint32_t count)
{
	char name[WHO_MAX], since[DURATION_MAX];
	struct table *table = count ? table_new() : NULL;

	if (!table)
		return count ? -ENOMEM : 0;
	table_column(table, "machine", NULL, TABLE_LEFT);
	table_column(table, "vCPUs", NULL, TABLE_RIGHT);
	table_column(table, "waits", NULL, TABLE_RIGHT);
	table_column(table, "steal", "(ms)", TABLE_RIGHT);
	table_column(table, "worst", "(ms)", TABLE_RIGHT);
	table_column(table, "since", "(s)", TABLE_RIGHT);
	table_column(table, "waited for", "(mostly)", TABLE_LEFT);
	for (uint32_t i = 0; i < count; i++) {
		const struct steal *machine = &machines[i];

		table_cell(table, "%s", who_vm_text(name, machine->vm_name, machine->vm_pid));
		cell_count(table, machine->vcpus);
		cell_count(table, machine->waits);
		cell_msec(table, true, machine->total_ns);
		cell_msec(table, machine->waits, machine->worst_ns);
		table_cell(table, "%s",
			   machine->worst_ns ? format_time(since, machine->worst_since_ns) : "-");
		cell_culprits(table, who, machine);
		table_end_row(table);
	}
	fputs("\nvirtual machines, by what their vCPUs waited:\n", out->file);
	return table_finish(table, out);
}

static json_t *parts_json(const struct who *who, const struct steal *machine)
{
	json_t *parts = json_array();

	for (uint32_t i = 0; i < machine->part_count; i++) {
		json_t *part = json_object();

		report_culprit_json(&part, who, machine->parts[i].culprit);
		json_put(&part, "waits", json_u64(machine->parts[i].waits));
		json_put(&part, "total_ns", json_u64(machine->parts[i].total_ns));
		json_add(&parts, part);
	}
	return parts;
}

json_t *report_steal_json(const struct who *who, const struct steal *machines, uint32_t count)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < count; i++) {
		const struct steal *machine = &machines[i];
		json_t *object = json_object();

		json_put(&object, "vm", json_text(machine->vm_name));
		json_put(&object, "vm_pid", json_u64(machine->vm_pid));
		json_put(&object, "vcpus", json_u64(machine->vcpus));
		json_put(&object, "waits", json_u64(machine->waits));
		json_put(&object, "steal_ns", json_u64(machine->total_ns));
		json_put(&object, "worst_ns", json_u64(machine->worst_ns));
		json_put(&object, "worst_since_ns",
			 json_u64_if(machine->worst_ns, machine->worst_since_ns));
		json_put(&object, "culprits", parts_json(who, machine));
		json_add(&array, object);
	}
	return array;
}
