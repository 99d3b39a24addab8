// SPDX-License-Identifier: GPL-2.0-only
/* KSM's states as JSON text, and back: see ksm.h. */
#include "host/ksm.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "host/json_in.h"

#define VERSION 1

/* Takes over value. */
static int put(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) ? -ENOMEM : 0;
}

static json_t *sample_to_json(const struct ksm_sample *sample)
{
	const struct ksm_state *state = &sample->state;
	json_t *object = json_object();
	int err;

	if (!object)
		return NULL;
	err = put(object, "time_ns", json_integer((json_int_t)sample->time_ns));
	if (!err)
		err = put(object, "there", json_boolean(state->there));
	if (!err && state->advisor)
		err = put(object, "advisor_mode", json_string(ksm_advisor_name(state->advisor)));
	for (int i = 0; i < KSM_FIELDS && !err; i++)
		if (ksm_knows(state, i))
			err = put(object, ksm_field_name(i), json_integer(state->value[i]));
	if (!err)
		return object;
	json_decref(object);
	return NULL;
}

char *ksm_samples_to_json(const struct ksm_samples *samples)
{
	json_t *root = json_object(), *array = json_array();
	int err = root && array ? 0 : -ENOMEM;
	char *text = NULL;

	for (uint32_t i = 0; i < samples->count && !err; i++)
		err = json_array_append_new(array, sample_to_json(&samples->list[i]));
	if (!err)
		err = put(root, "version", json_integer(VERSION));
	if (!err)
		err = put(root, "samples", json_incref(array));
	if (!err)
		text = json_dumps(root, JSON_COMPACT);
	json_decref(array);
	json_decref(root);
	return text;
}

static int get_fields(struct json_in *in, struct ksm_state *state, const json_t *object)
{
	for (int i = 0; i < KSM_FIELDS; i++) {
		const json_t *value = json_object_get(object, ksm_field_name(i));

		if (!value)
			continue;
		if (!json_is_integer(value) ||
		    (json_integer_value(value) < 0 && i != KSM_GENERAL_PROFIT))
			return json_in_refuse(in, "%s is not a number that KSM may have",
					      ksm_field_name(i));
		state->value[i] = json_integer_value(value);
		state->known |= UINT64_C(1) << i;
	}
	return 0;
}

static int get_advisor(struct json_in *in, struct ksm_state *state, const json_t *object)
{
	const json_t *value = json_object_get(object, "advisor_mode");

	if (!value)
		return 0;
	if (!json_is_string(value))
		return json_in_refuse(in, "advisor_mode is not text");
	state->advisor = KSM_ADVISOR_OTHER;
	for (int i = KSM_ADVISOR_UNKNOWN; i <= KSM_ADVISOR_OTHER; i++)
		if (!strcmp(ksm_advisor_name(i), json_string_value(value)))
			state->advisor = i;
	return 0;
}

static int get_sample(struct json_in *in, struct ksm_samples *samples, const json_t *object)
{
	const json_t *time = json_object_get(object, "time_ns");
	const json_t *there = json_object_get(object, "there");
	struct ksm_state state = { 0 };
	int err;

	if (!json_is_object(object))
		return json_in_refuse(in, "samples has an element that is no object");
	if (!json_is_integer(time) || json_integer_value(time) < 0)
		return json_in_refuse(in, "time_ns is not a time");
	if (!json_is_boolean(there))
		return json_in_refuse(in, "there is neither true nor false");
	state.there = json_is_true(there);
	if ((err = get_advisor(in, &state, object)) || (err = get_fields(in, &state, object)))
		return err;
	if (!state.there && (state.known || state.advisor))
		return json_in_refuse(in, "a kernel without KSM has files of KSM");
	err = ksm_samples_put(samples, &state, (uint64_t)json_integer_value(time));
	return err == -EINVAL ? json_in_refuse(in, "samples are not in the order of their times")
			      : err;
}

static int get_samples(struct json_in *in, struct ksm_samples *samples, const json_t *root)
{
	const json_t *version = json_object_get(root, "version");
	const json_t *array = json_object_get(root, "samples");
	size_t count = json_array_size(array);
	int err = 0;

	if (!json_is_integer(version) || json_integer_value(version) != VERSION)
		return json_in_refuse(in, "version is not %d", VERSION);
	if (!json_is_array(array) || count > KSM_SAMPLES_MAX)
		return json_in_refuse(in, "samples is not an array of at most %d", KSM_SAMPLES_MAX);
	for (size_t i = 0; i < count && !err; i++)
		err = get_sample(in, samples, json_array_get(array, i));
	return err;
}

int ksm_samples_from_json(struct ksm_samples *samples, const char *json, char *why, size_t why_size)
{
	struct json_in in = { why, why_size };
	json_error_t error;
	json_t *root;
	int err;

	memset(samples, 0, sizeof(*samples));
	root = json_loads(json, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return json_in_refuse(&in, "line %d: %s", error.line, error.text);
	err = get_samples(&in, samples, root);
	json_decref(root);
	if (err)
		ksm_samples_free(samples);
	return err;
}
