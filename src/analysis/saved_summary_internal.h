/* SPDX-License-Identifier: GPL-2.0-only */
/* What the readers of a saved summary's parts share. All return 0, -EINVAL (told in why) or -ENOMEM. */
#ifndef INTERLOPER_SAVED_SUMMARY_INTERNAL_H
#define INTERLOPER_SAVED_SUMMARY_INTERNAL_H

#include <errno.h>
#include "analysis/rows.h"
#include "analysis/saved_summary.h"
#include "host/json_in.h"

struct saved_reading {
	struct json_in in;
	struct saved_summary *saved;
	struct rows ids; /* the text's task ids, by which ours are found */
	uint32_t next_id;
};

/* Puts where it was in front of what was told; returns -EINVAL. */
int saved_refuse_at(struct json_in *in, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A value that must be there. */
int saved_u64(struct json_in *in, uint64_t *number, const json_t *object, const char *key);
int saved_bool(struct json_in *in, bool *value, const json_t *object, const char *key);
int saved_object(struct json_in *in, const json_t **value, const json_t *object, const char *key);
int saved_array(struct json_in *in, const json_t **array, const json_t *object, const char *key);

/* A value that may be null or missing; then what is there stays. */
int saved_u64_if(struct json_in *in, uint64_t *number, const json_t *object, const char *key);
int saved_cpu_if(struct json_in *in, uint16_t *cpu, const json_t *object, const char *key);
int saved_text_if(struct json_in *in, char **text, const json_t *object, const char *key);
int saved_cpus_if(struct json_in *in, hwloc_bitmap_t *set, const json_t *object, const char *key);
bool saved_is_known(const json_t *object, const char *key);

/* The parts: what was merged, if it was; host, trace and losses; the tables. */
int saved_read_merged(struct saved_reading *reading, const json_t *root);
/* Whether the head says the same: once both were read. */
int saved_check_merged(struct saved_reading *reading);
void saved_free_merged(struct merged *merged);
int saved_read_head(struct saved_reading *reading, const json_t *root);
int saved_read_tables(struct saved_reading *reading, const json_t *root);

#endif
