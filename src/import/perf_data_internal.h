/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of perf_data.h's reader share. */
#ifndef INTERLOPER_PERF_DATA_INTERNAL_H
#define INTERLOPER_PERF_DATA_INTERNAL_H

#include "import/perf_data.h"
#include "import/perf_decode.h"
#include "import/perf_head.h"
#include "import/perf_input.h"
#include "import/perf_order.h"
#include "import/perf_stream.h"
#include "import/perf_unpack.h"

struct perf_data {
	struct perf_input input;
	uint8_t start[PERF_DATA_START];
	struct perf_head head;
	struct perf_order order;
	struct perf_stream file, unpacked;
	struct perf_unpack unpack;
	struct perf_decoder decoder;
	bool resolved; /* events and formats are complete: kernel records come */
	bool ended;    /* nothing more is read ... */
	bool settled;  /* ... and all that was is ready */
	int err;       /* why not, once all before it was given */
	char why[RECORDING_WHY_MAX];
};

/* Says why it cannot be read on; err again. */
int perf_data_fail(struct perf_data *data, int err, const char *what);

/* The head is complete: from here on events and formats are known. 0, or an error with why. */
int perf_data_resolve(struct perf_data *data);

/* Takes all whole records of a stream. 0, or an error with why: what came before is taken. */
int perf_take_records(struct perf_data *data, struct perf_stream *stream);

#endif
