/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The labels of metrics' samples as text, and the rules for them (output/metrics.h): names that are
 * some, the same ones of all samples of a family, values that rise.
 */
#ifndef INTERLOPER_OUTPUT_METRICS_LABELS_H
#define INTERLOPER_OUTPUT_METRICS_LABELS_H

#include <stdbool.h>

#include "output/metrics.h"
#include "output/metrics_text.h"

/* A zeroed struct is fit for use. */
struct sample_labels {
	struct grown text; /* {cpu="7",task="ksmd"}; without labels empty */
	/* Private: what the next sample is held against. */
	int count;
	const char *names[METRICS_LABELS_MAX];
	uint64_t numbers[METRICS_LABELS_MAX]; /* 0 for a text */
	struct grown texts;		      /* each with its NUL; a number's is "" */
};

void sample_labels_free(struct sample_labels *kept);

/*
 * Takes the labels of a sample, the first of its family or the one behind that of the call before; the
 * names must last until the next call. 0; -EINVAL: they are no names, come twice, or are others than
 * before; -ERANGE: out of order; -ENOMEM. After an error it is only to be freed.
 */
int sample_labels_take(struct sample_labels *kept, const struct metrics_label *labels, int n,
		       bool is_first);

/* Letters, digits and what is in also, no digit first; in ASCII. */
bool is_metrics_name(const char *name, const char *also);

#endif
