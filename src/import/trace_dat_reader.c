// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace-cmd's trace.dat through libtracecmd: see trace_dat_reader.h.
 *
 * libtracecmd gives the records of each CPU in their order; a heap of the CPUs' next ones merges
 * them.
 */
#include "import/trace_dat_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trace-cmd.h>
#include "import/script_text.h"
#include "import/trace_dat_fields.h"

#define CPUS_MAX 65536

/*
 * The library has them since its first release, and no public header does: where a later one hides
 * them, host and clock are not told.
 */
extern const char *tracecmd_get_uname(struct tracecmd_input *handle) __attribute__((weak));
extern const char *tracecmd_get_version(struct tracecmd_input *handle) __attribute__((weak));
extern const char *tracecmd_get_trace_clock(struct tracecmd_input *handle) __attribute__((weak));

struct trace_dat_reader {
	struct tracecmd_input *input;
	struct trace_dat_fields fields;
	uint32_t cpu_count;
	struct tep_record **records; /* the next one of each CPU; NULL: it has no more */
	uint64_t *last_ns;	     /* of each CPU's record before; 0: none yet */
	uint32_t *heap;		     /* CPUs that have a record, the earliest on top */
	uint32_t heap_count;
	uint64_t given_ns; /* of the event given last */
	struct recording_facts facts;
	char *what, *clock;
};

static bool is_earlier(const struct trace_dat_reader *trace, uint32_t a, uint32_t b)
{
	uint64_t a_ns = trace->records[a]->ts, b_ns = trace->records[b]->ts;

	return a_ns < b_ns || (a_ns == b_ns && a < b);
}

static void sift_down(struct trace_dat_reader *trace, uint32_t at)
{
	uint32_t *heap = trace->heap;

	while (true) {
		uint32_t child = 2 * at + 1, cpu = heap[at];

		if (child >= trace->heap_count)
			return;
		if (child + 1 < trace->heap_count &&
		    is_earlier(trace, heap[child + 1], heap[child]))
			child++;
		if (!is_earlier(trace, heap[child], cpu))
			return;
		heap[at] = heap[child];
		heap[child] = cpu;
		at = child;
	}
}

static void advance_top(struct trace_dat_reader *trace)
{
	uint32_t cpu = trace->heap[0];

	trace->last_ns[cpu] = trace->records[cpu]->ts;
	tracecmd_free_record(trace->records[cpu]);
	trace->records[cpu] = tracecmd_read_data(trace->input, (int)cpu);
	if (!trace->records[cpu])
		trace->heap[0] = trace->heap[--trace->heap_count];
	if (trace->heap_count)
		sift_down(trace, 0);
}

static int start_cpus(struct trace_dat_reader *trace)
{
	trace->records = calloc(trace->cpu_count, sizeof(struct tep_record *));
	trace->last_ns = calloc(trace->cpu_count, sizeof(*trace->last_ns));
	trace->heap = calloc(trace->cpu_count, sizeof(*trace->heap));
	if (!trace->records || !trace->last_ns || !trace->heap)
		return -ENOMEM;
	for (uint32_t cpu = 0; cpu < trace->cpu_count; cpu++) {
		trace->records[cpu] = tracecmd_read_cpu_first(trace->input, (int)cpu);
		if (trace->records[cpu])
			trace->heap[trace->heap_count++] = cpu;
	}
	for (uint32_t i = trace->heap_count / 2; i-- > 0;)
		sift_down(trace, i);
	return 0;
}

static void set_loss(const struct trace_dat_reader *trace, struct sched_event *event, uint32_t cpu,
		     uint64_t lost)
{
	script_event_clear(event);
	event->type = SCHED_LOST;
	event->cpu = cpu;
	event->lost = lost;
	event->lost_since_ns = trace->last_ns[cpu];
	if (event->lost_since_ns > trace->given_ns)
		event->lost_since_ns = trace->given_ns;
}

/* One event of the top record; the record is left, and done with, unless a loss stood before it. */
static bool take_top(struct trace_dat_reader *trace, struct sched_event *event)
{
	uint32_t cpu = trace->heap[0];
	struct tep_record *record = trace->records[cpu];
	bool given = true;

	if (record->missed_events) {
		/* -1: some, and the kernel could not store how many. */
		set_loss(trace, event, cpu,
			 record->missed_events > 0 ? (uint64_t)record->missed_events : 0);
		event->time_ns = record->ts < trace->given_ns ? trace->given_ns : record->ts;
		record->missed_events = 0;
	} else if (!trace_dat_fields_is_ours(&trace->fields, record)) {
		given = false;
		advance_top(trace);
	} else if (record->ts < trace->given_ns ||
		   !trace_dat_fields_read(&trace->fields, record, event)) {
		/* Out of order, or too short for its fields: it is as good as lost. */
		set_loss(trace, event, cpu, 1);
		event->time_ns = record->ts < trace->given_ns ? trace->given_ns : record->ts;
		advance_top(trace);
	} else {
		event->cpu = cpu;
		event->time_ns = record->ts;
		advance_top(trace);
	}
	if (given) {
		trace->given_ns = event->time_ns;
		trace->facts.has |= SCHED_HAS(event->type);
	}
	return given;
}

int trace_dat_reader_next(struct trace_dat_reader *trace, struct sched_event *events, int n)
{
	int given = 0;

	while (given < n && trace->heap_count)
		given += take_top(trace, &events[given]);
	return given;
}

/* "Linux web-7 5.10.0 x86_64" */
static int take_uname(struct recording_facts *facts, const char *uname)
{
	char system[65], host[65], release[65], machine[65];

	if (!uname || sscanf(uname, "%64s %64s %64s %64s", system, host, release, machine) != 4)
		return 0;
	facts->hostname = strdup(host);
	facts->kernel_release = strdup(release);
	facts->machine = strdup(machine);
	return facts->hostname && facts->kernel_release && facts->machine ? 0 : -ENOMEM;
}

/* "local [global] counter ...", as the kernel's trace_clock has it, or one name. */
static int take_clock(struct trace_dat_reader *trace, const char *clocks)
{
	const char *open = clocks ? strchr(clocks, '[') : NULL;

	if (!clocks)
		return 0;
	if (open)
		clocks = open + 1;
	trace->clock = strndup(clocks, strcspn(clocks, "] \n"));
	if (!trace->clock)
		return -ENOMEM;
	trace->facts.clock = !strcmp(trace->clock, "mono") ? "monotonic" : trace->clock;
	return 0;
}

static int take_facts(struct trace_dat_reader *trace)
{
	const char *version = tracecmd_get_version ? tracecmd_get_version(trace->input) : NULL;
	int err;

	err = take_uname(&trace->facts,
			 tracecmd_get_uname ? tracecmd_get_uname(trace->input) : NULL);
	if (!err)
		err = take_clock(trace, tracecmd_get_trace_clock
						? tracecmd_get_trace_clock(trace->input)
						: NULL);
	if (!err && version && !(trace->facts.version = strdup(version)))
		err = -ENOMEM;
	if (!err && asprintf(&trace->what, "trace.dat by trace-cmd%s%.40s", version ? " " : "",
			     version ? version : "") < 0) {
		trace->what = NULL;
		err = -ENOMEM;
	}
	trace->facts.what = trace->what;
	trace->facts.cpu_count = trace->cpu_count;
	return err;
}

/* Its formats do not say it so that the library would tell: the head's release does. */
static bool kernel_is_modern(const char *release)
{
	unsigned int major, minor;

	return release && sscanf(release, "%4u.%4u", &major, &minor) == 2 &&
	       (major > 4 || (major == 4 && minor >= 14));
}

static bool clock_counts_ns(const char *clock)
{
	return !clock || (strcmp(clock, "counter") && strcmp(clock, "x86-tsc"));
}

static int open_input(struct trace_dat_reader *trace, const char *path, char *why)
{
	int cpus;

	tracecmd_set_loglevel(TEP_LOG_NONE);
	tep_set_loglevel(TEP_LOG_NONE);
	errno = 0;
	trace->input = tracecmd_open(path, TRACECMD_FL_LOAD_NO_PLUGINS);
	if (!trace->input && errno == ENOSYS) {
		snprintf(why, RECORDING_WHY_MAX,
			 "%s: this interloper was built without libtracecmd: import the text of "
			 "trace-cmd report",
			 path);
		return -ENOTSUP;
	}
	if (!trace->input) {
		snprintf(why, RECORDING_WHY_MAX,
			 "%s: libtracecmd cannot open it: truncated, damaged or of another version",
			 path);
		return -EINVAL;
	}
	cpus = tep_get_cpus(tracecmd_get_tep(trace->input));
	if (cpus < 1 || cpus > CPUS_MAX) {
		snprintf(why, RECORDING_WHY_MAX, "%s: says that it has %d CPUs", path, cpus);
		return -EINVAL;
	}
	trace->cpu_count = (uint32_t)cpus;
	return 0;
}

static int open_trace(struct trace_dat_reader *trace, const char *path, char *why)
{
	int err;

	err = open_input(trace, path, why);
	if (!err)
		err = take_facts(trace);
	if (err)
		return err;
	if (!clock_counts_ns(trace->clock)) {
		snprintf(why, RECORDING_WHY_MAX,
			 "%s: its clock \"%s\" does not count time: record with trace-cmd record "
			 "-C mono",
			 path, trace->clock);
		return -ENOTSUP;
	}
	if (!trace_dat_fields_find(&trace->fields, tracecmd_get_tep(trace->input))) {
		snprintf(why, RECORDING_WHY_MAX,
			 "%s: no scheduler events in it: record with trace-cmd record -e sched",
			 path);
		return -ENOMSG;
	}
	trace->fields.modern = kernel_is_modern(trace->facts.kernel_release);
	return start_cpus(trace);
}

int trace_dat_reader_open(struct trace_dat_reader **result, const char *path,
			  char why[RECORDING_WHY_MAX])
{
	struct trace_dat_reader *trace = calloc(1, sizeof(*trace));
	int err = trace ? open_trace(trace, path, why) : -ENOMEM;

	if (err == -ENOMEM)
		snprintf(why, RECORDING_WHY_MAX, "%s: not enough memory", path);
	if (err) {
		trace_dat_reader_close(trace);
		trace = NULL;
	}
	*result = trace;
	return err;
}

void trace_dat_reader_close(struct trace_dat_reader *trace)
{
	if (!trace)
		return;
	for (uint32_t cpu = 0; trace->records && cpu < trace->cpu_count; cpu++)
		if (trace->records[cpu])
			tracecmd_free_record(trace->records[cpu]);
	if (trace->input)
		tracecmd_close(trace->input);
	free(trace->records);
	free(trace->last_ns);
	free(trace->heap);
	free(trace->what);
	free(trace->clock);
	free(trace->facts.hostname);
	free(trace->facts.kernel_release);
	free(trace->facts.machine);
	free(trace->facts.version);
	free(trace);
}

const struct recording_facts *trace_dat_reader_facts(const struct trace_dat_reader *trace)
{
	return &trace->facts;
}
