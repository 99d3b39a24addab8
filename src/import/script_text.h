/* SPDX-License-Identifier: GPL-2.0-only */
/* The text of a scheduler event, behind the head of its line: see script_line.h. Pure. */
#ifndef INTERLOPER_IMPORT_SCRIPT_TEXT_H
#define INTERLOPER_IMPORT_SCRIPT_TEXT_H

#include "import/sched_event.h"

/* An event of which nothing is known yet: no type, times 0, cpu UINT32_MAX. */
void script_event_clear(struct sched_event *event);

/* A decimal number of at most max at *text, which moves behind it; false: there is none. */
bool script_number(const char **text, uint64_t *number, uint64_t max);

/* The same of a task's id; -1 is TID_UNKNOWN. */
bool script_tid(const char **text, int32_t *tid);

enum script_text {
	SCRIPT_TEXT_READ,
	SCRIPT_TEXT_NOTHING, /* a wakeup with success=0 (kernels before 4.3): there was none */
	SCRIPT_TEXT_DAMAGED,
};

/* Fills what the text says of an event of event->type. */
enum script_text script_text_read(struct sched_event *event, const char *text);

/* "NAME:PID/TID" (perf's, of a change of name) as a SCHED_NAME's fields. */
bool script_text_name(struct sched_event *event, const char *text);

#endif
