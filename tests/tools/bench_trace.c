// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures the trace file alone: reads FILE ("-": stdin) and says how many slices a second came
 * out, then writes its first events again and says what a slice cost. Figures, not verdicts.
 *
 *   bench_trace FILE [OUT]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include "trace/reader.h"
#include "trace/writer.h"

#define BATCH 4096
#define KEPT  (2u << 20)

static double cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static long peak_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static int read_all(const char *path)
{
	static struct event events[BATCH];
	struct trace_reader_stats stats;
	struct trace_reader *reader;
	struct event_source *source;
	double start = cpu_seconds(), seconds;
	char why[200];
	int n;

	if (trace_reader_open(&reader, path, why, sizeof(why))) {
		fprintf(stderr, "bench_trace: %s: %s\n", path, why);
		return 1;
	}
	source = trace_reader_source(reader);
	while ((n = source->read(source, events, BATCH)) > 0)
		;
	seconds = cpu_seconds() - start;
	stats = trace_reader_stats(reader);
	printf("read: %llu slices, %.2f bytes a slice, %.2f M slices/s, peak %ld KiB%s%s\n",
	       (unsigned long long)stats.slices, (double)stats.bytes / stats.slices,
	       stats.slices / seconds / 1e6, peak_kib(), trace_reader_damage(reader) ? ", " : "",
	       trace_reader_damage(reader) ? trace_reader_damage(reader) : "");
	trace_reader_close(reader);
	return n < 0;
}

static int write_again(const char *path, const char *out)
{
	struct event *events = malloc(KEPT * sizeof(*events));
	struct trace_reader *reader;
	struct event_source *source;
	struct trace_writer *writer;
	uint32_t kept = 0;
	char why[200];
	double start;
	int n, err;

	if (!events || trace_reader_open(&reader, path, why, sizeof(why)))
		return 1;
	source = trace_reader_source(reader);
	while (kept < KEPT && (n = source->read(source, events + kept, KEPT - kept)) > 0)
		kept += n;
	err = trace_writer_open(&writer, out, trace_reader_meta(reader), TRACE_WRITER_REPLACE);
	start = cpu_seconds();
	for (uint32_t i = 0; i < kept && !err; i += BATCH)
		err = trace_writer_add(writer, events + i, kept - i < BATCH ? kept - i : BATCH);
	if (!err) {
		n = trace_writer_slices(writer);
		err = trace_writer_close(writer, trace_reader_meta(reader));
		printf("write: %d slices, %.1f ns a slice\n", n, (cpu_seconds() - start) * 1e9 / n);
	}
	trace_reader_close(reader);
	free(events);
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	int err;

	if (argc < 2) {
		fprintf(stderr, "usage: bench_trace FILE [OUT]\n");
		return 1;
	}
	err = read_all(argv[1]);
	if (!err && strcmp(argv[1], "-"))
		err = write_again(argv[1], argc > 2 ? argv[2] : "/dev/null");
	return err;
}
