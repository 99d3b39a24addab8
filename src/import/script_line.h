/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One line of the text that `perf script`, ftrace's trace files and `trace-cmd report` print of a
 * scheduler event. Pure. The head of a line, in all of them (what is in braces may be absent):
 *
 *   perf script   {COMM} {TID | PID/TID} [CPU] {FLAGS} SEC.FRACTION: {PERIOD} {sched:}EVENT: TEXT
 *   ftrace        COMM-TID {(PID)} [CPU] {FLAGS} SEC.FRACTION: EVENT: TEXT
 *
 * and TEXT is either what the kernel's own format prints (include/trace/events/sched.h), whose keys
 * are the same from 4.19 to 6.18, or what libtraceevent's plugin makes of it, which `perf script`
 * and `trace-cmd report` load where it is installed (plugins/plugin_sched_switch.c):
 *
 *   prev_comm=a prev_pid=1 prev_prio=120 prev_state=R+ ==> next_comm=b next_pid=2 next_prio=120
 *   a:1 [120] R ==> b:2 [120]             a:1 [120]<success=1>CPU:001
 *
 * Names are what the kernel allows: blanks, brackets, colons, "==>" and '=' are parts of them.
 */
#ifndef INTERLOPER_IMPORT_SCRIPT_LINE_H
#define INTERLOPER_IMPORT_SCRIPT_LINE_H

#include "import/sched_event.h"

enum script_line {
	SCRIPT_LINE_EVENT,	/* event is filled */
	SCRIPT_LINE_LOST,	/* event is a SCHED_LOST; time_ns is 0 where the line has none */
	SCRIPT_LINE_NOTHING,	/* a scheduler's event that says nothing: a wakeup that woke nobody */
	SCRIPT_LINE_COMMENT,	/* empty, or begins with '#' */
	SCRIPT_LINE_OTHER,	/* an event that is none of ours */
	SCRIPT_LINE_FOREIGN,	/* any other text: a call chain, say */
	SCRIPT_LINE_DAMAGED,	/* names one of our events, and cannot be read */
	SCRIPT_LINE_NO_CPU,	/* likewise, for want of a CPU */
	SCRIPT_LINE_NO_TIME,	/* likewise, for want of a time, or it is no time (a counter's clock) */
};

/*
 * What a line is, '\0'-terminated and without its newline. perf's tid -1 is TID_UNKNOWN; an exec has
 * its name from the head. Numbers are read strictly: CPUs to 65535, tids to 2^31-1, times to 2^63 ns.
 */
enum script_line script_line_read(struct sched_event *event, const char *line);

#endif
