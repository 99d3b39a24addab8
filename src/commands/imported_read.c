// SPDX-License-Identifier: GPL-2.0-only
/* A recording as our event stream, and what is to be known beside it: see imported.h. */
#include "commands/imported.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/options.h"
#include "commands/read_ahead.h"
#include "import/foreign.h"
#include "import/timeline.h"

#define EVENTS_A_READ 1024
#define AHEAD	      8

static int next_events(void *foreign, void *events, int n)
{
	return foreign_next(foreign, events, n);
}

static bool prepare(void *foreign)
{
	return foreign_prepare(foreign);
}

/* They are far apart, and in the cache of who made them: these waits are overlapped. */
static void prefetch(const struct sched_event *e)
{
	__builtin_prefetch(e);
	__builtin_prefetch((const char *)(e + 1) - 1);
}

static int add_events(struct timeline *timeline, const struct sched_event *const *events, int n)
{
	int err = 0;

	for (int i = 0; i < n && !err; i++) {
		if (i + AHEAD < n)
			prefetch(events[i + AHEAD]);
		err = timeline_add(timeline, events[i]);
	}
	return err;
}

/* On a thread of its own: taking events from a file takes as long as making a trace of them. */
static int read_ahead_of(struct foreign *foreign, struct timeline *timeline, int *n)
{
	struct read_ahead *ahead = read_ahead_new(
		&(struct read_ahead_source){ .read = next_events,
					     .meanwhile = prepare,
					     .of = foreign,
					     .item_size = sizeof(const struct sched_event *) });
	const void *events;
	int err = ahead ? 0 : -ENOMEM;

	while (!err && (*n = read_ahead_next(ahead, &events)) > 0)
		err = add_events(timeline, events, *n);
	read_ahead_free(ahead);
	return err;
}

static int read_in_turn(struct foreign *foreign, struct timeline *timeline, int *n)
{
	const struct sched_event *events[EVENTS_A_READ];
	int err = 0;

	while (!err && (*n = foreign_next(foreign, events, EVENTS_A_READ)) > 0)
		err = add_events(timeline, events, *n);
	return err;
}

/* All of the recording, or what of it can be read. */
static int read_all(struct imported *imported, struct foreign *foreign, struct timeline *timeline,
		    const char *name)
{
	int n = 0, err;

	/* The timeline looks at the facts while it is made. */
	err = foreign_facts_are_settled(foreign) ? read_ahead_of(foreign, timeline, &n)
						 : read_in_turn(foreign, timeline, &n);
	if (err)
		return fail("%s: cannot be imported: %s", name, strerror(-err));
	if (n < 0)
		snprintf(imported->cut, sizeof(imported->cut), "%s", foreign_why(foreign));
	return 0;
}

/* What does not add up in its events. Of a recording that was cut, behind that: a failure has one
 * line. */
static int note_oddities(struct imported *imported, const struct timeline *timeline)
{
	size_t used = strlen(imported->cut);
	char *oddities = timeline_oddities(timeline);

	if (!oddities)
		return -ENOMEM;
	if (!used)
		snprintf(imported->odd, sizeof(imported->odd), "%s", oddities);
	else if (*oddities)
		snprintf(imported->cut + used, sizeof(imported->cut) - used, "; %s", oddities);
	free(oddities);
	return 0;
}

/* Whose it is, as far as it says so, before what it rests on. */
static int tell_machine(struct trace_meta *meta, const struct recording_facts *facts)
{
	char *told;

	if (!facts->hostname && !facts->kernel_release)
		return 0;
	if (asprintf(&told, "%s%s%s%s%s%s: %s", facts->hostname ? "host " : "",
		     facts->hostname ? facts->hostname : "",
		     facts->hostname && facts->kernel_release ? ", " : "",
		     facts->kernel_release ? "Linux " : "",
		     facts->kernel_release ? facts->kernel_release : "",
		     facts->clock ? "" : " (clock not told)", meta->rests_on) < 0)
		return -ENOMEM;
	free(meta->rests_on);
	meta->rests_on = told;
	return 0;
}

int imported_read(struct imported *imported, const char *path, struct event_sink *sink,
		  struct trace_meta *meta)
{
	const char *name = strcmp(path, "-") ? path : "stdin";
	char why[RECORDING_WHY_MAX];
	struct timeline *timeline;
	struct foreign *foreign;
	int err = 0, result;

	*imported = (struct imported){};
	*meta = (struct trace_meta){};
	if (foreign_open(&foreign, path, why))
		return fail("%s: %s", name, why);
	timeline = timeline_new(foreign_facts(foreign), sink);
	result = timeline ? read_all(imported, foreign, timeline, name) : fail("out of memory");
	if (!result)
		err = timeline_end(timeline, meta);
	if (!result && !err)
		err = tell_machine(meta, foreign_facts(foreign));
	if (!result && !err)
		err = note_oddities(imported, timeline);
	if (err)
		result = fail("%s: cannot be imported: %s", name, strerror(-err));
	timeline_free(timeline);
	foreign_close(foreign);
	return result;
}
