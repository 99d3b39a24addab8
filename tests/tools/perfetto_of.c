// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trace file as Perfetto's: what tests/golden/perfetto.sh checks, and for measuring.
 *
 *   perfetto_of FILE OUTPUT
 */
#include <stdio.h>
#include <string.h>

#include "output/perfetto.h"
#include "trace/reader.h"

#define BATCH 1024

static int convert(struct trace_reader *reader, struct perfetto *perfetto)
{
	struct event_source *source = trace_reader_source(reader);
	static struct event events[BATCH];
	struct task_table tasks;
	int n, err = task_table_init(&tasks);

	while (!err && (n = source->read(source, events, BATCH))) {
		if (n < 0)
			err = n;
		for (int i = 0; i < n && !err; i++) {
			if (events[i].type == EVENT_TASK)
				task_table_put(&tasks, &events[i].identity);
			err = perfetto_add(perfetto, &events[i], &tasks);
		}
	}
	task_table_free(&tasks);
	return err ? err : perfetto_finish(perfetto, trace_reader_meta(reader));
}

int main(int argc, char **argv)
{
	struct perfetto *perfetto = NULL;
	struct host_snapshot host;
	struct perfetto_counts counts;
	struct trace_reader *reader;
	const struct trace_meta *meta;
	bool has_host;
	char why[256];
	FILE *file;
	int err;

	if (argc != 3 || trace_reader_open(&reader, argv[1], why, sizeof(why))) {
		fprintf(stderr, "usage: perfetto_of FILE OUTPUT\n");
		return 1;
	}
	meta = trace_reader_meta(reader);
	has_host = meta->host_json &&
		   !host_snapshot_from_json(&host, meta->host_json, why, sizeof(why));
	file = fopen(argv[2], "w");
	if (file)
		perfetto = perfetto_new(file, meta, has_host ? &host : NULL);
	err = perfetto ? convert(reader, perfetto) : -1;
	if (perfetto) {
		counts = perfetto_counts(perfetto);
		printf("slices=%lu wakeups=%lu gaps=%lu lost=%lu beyond=%lu disorder=%lu\n",
		       counts.slices, counts.wakeups, counts.gaps, counts.lost, counts.beyond_cpus,
		       counts.out_of_order);
	}
	perfetto_free(perfetto);
	if (has_host)
		host_snapshot_free(&host);
	trace_reader_close(reader);
	return !file || fclose(file) || err;
}
