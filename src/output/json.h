/* SPDX-License-Identifier: GPL-2.0-only */
/* The values that every JSON report shares. Each returns a new reference, or NULL without memory.
 */
#ifndef INTERLOPER_OUTPUT_JSON_H
#define INTERLOPER_OUTPUT_JSON_H

#include <hwloc.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "analysis/histogram.h"
#include "event/tasks.h"

/* Sets a key; takes the value. On failure (also of the value) *object is released and NULL, and so
 * it stays: a chain of puts needs one check, at its end. */
void json_put(json_t **object, const char *key, json_t *value);
/* Likewise for an array. */
void json_add(json_t **array, json_t *value);

json_t *json_u64(uint64_t n);
json_t *json_u64_if(bool known, uint64_t n);	   /* null where not known */
json_t *json_text(const char *text);		   /* cleaned; null for NULL */
json_t *json_cpu(uint16_t cpu);			   /* null for CPU_UNKNOWN */
json_t *json_cpus(hwloc_const_bitmap_t set);	   /* "0-3,8"; null for NULL */
json_t *json_ratio(uint64_t part, uint64_t whole); /* null where whole is 0 */

/* {"id", "tid", "pid", "comm"}; tid, pid and comm are null for a task nobody introduced, tid and pid for
 * all tasks of a name (tid 0, in merged summaries); null for TASK_UNKNOWN. */
json_t *json_task(const struct task_table *tasks, uint32_t id);

/* count, total, min, mean, percentiles, max; all but the first two null where it is empty. */
json_t *json_histogram(const struct histogram *h);

/* Indented by 2, but arrays of nothing but numbers (also in arrays) stand in one line: an element a line,
 * the buckets of distributions would be most of a report. 0, -EIO, -ENOMEM. */
int json_print(FILE *file, json_t *value);

#endif
