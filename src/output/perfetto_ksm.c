// SPDX-License-Identifier: GPL-2.0-only
/* KSM's samples as counters, one track a file of /sys/kernel/mm/ksm. */
#include "output/perfetto_internal.h"

#include <errno.h>
#include <stdio.h>

#include "host/ksm.h"

static int put_field(struct packets *packets, const struct ksm_samples *samples,
		     enum ksm_field field)
{
	enum track_kind kind = field == KSM_GENERAL_PROFIT ? TRACK_BYTES : TRACK_COUNT;
	bool begun = false;
	char name[64];
	int err = 0;

	snprintf(name, sizeof(name), "KSM %s", ksm_field_name(field));
	for (uint32_t i = 0; i < samples->count && !err; i++) {
		const struct ksm_sample *sample = &samples->list[i];

		if (!ksm_knows(&sample->state, field))
			continue;
		if (!begun)
			err = packets_track(packets, TRACK_KSM + field, name, kind);
		begun = true;
		if (!err)
			err = packets_counter(packets, TRACK_KSM + field, sample->time_ns,
					      sample->state.value[field]);
	}
	return err;
}

int packets_ksm(struct packets *packets, const char *json, uint64_t end_ns)
{
	struct ksm_samples samples;
	char why[128];
	int err;

	if (!json)
		return 0;
	err = ksm_samples_from_json(&samples, json, why, sizeof(why));
	if (err == -EINVAL)
		return packets_instant(packets, TRACK_RECORDING, end_ns,
				       "KSM's samples cannot be read", NULL, 0);
	for (int field = 0; field < KSM_FIELDS && !err; field++)
		err = put_field(packets, &samples, field);
	ksm_samples_free(&samples);
	return err;
}
