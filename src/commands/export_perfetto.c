// SPDX-License-Identifier: GPL-2.0-only
/* `export --format perfetto`: docs/export-perfetto.md. */
#include <errno.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/export.h"
#include "commands/options.h"
#include "output/perfetto.h"

struct perfetto_taker {
	struct taker taker; /* first */
	struct export_job *job;
	struct perfetto *perfetto;
};

static int take(struct taker *taker, const struct event *event)
{
	struct perfetto_taker *to = (struct perfetto_taker *)taker;
	struct gather *gather = to->job->gather;
	int err = perfetto_add(to->perfetto, event, &gather->tasks);

	if (err && err != -ENOMEM)
		gather->output_failed = true;
	return err;
}

int export_write_perfetto(struct export_job *job)
{
	const struct host_snapshot *host = job->input->has_host ? &job->input->host : NULL;
	const struct trace_meta *meta = trace_reader_meta(job->input->reader);
	struct perfetto_taker to = { .taker.take = take, .job = job };
	int result, err;

	to.perfetto = perfetto_new(job->file, meta, host);
	if (!to.perfetto)
		return fail("out of memory");
	job->gather->taker = &to.taker;
	result = input_read(job->input, job->gather);
	if (!result) {
		err = perfetto_finish(to.perfetto, trace_reader_meta(job->input->reader));
		if (err)
			result = fail("cannot write the output: %s", strerror(-err));
	}
	perfetto_free(to.perfetto);
	return result;
}
