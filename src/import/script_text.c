// SPDX-License-Identifier: GPL-2.0-only
/* The text of a scheduler event: see script_text.h. */
#include "import/script_text.h"

#include <ctype.h>
#include <string.h>

#define CPUS_MAX 65536

void script_event_clear(struct sched_event *event)
{
	memset(event, 0, sizeof(*event));
	event->current_tid = event->current_pid = TID_UNKNOWN;
	event->tid = event->pid = event->other_tid = TID_UNKNOWN;
	event->prio = event->other_prio = -1;
	event->cpu = event->orig_cpu = event->dest_cpu = UINT32_MAX;
}

bool script_number(const char **text, uint64_t *number, uint64_t max)
{
	const char *at = *text;
	uint64_t value = 0;

	if (!isdigit((unsigned char)*at))
		return false;
	for (; isdigit((unsigned char)*at); at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (value > max / 10 || value * 10 > max - digit)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	*text = at;
	return true;
}

bool script_tid(const char **text, int32_t *tid)
{
	uint64_t value;

	if (!strncmp(*text, "-1", 2) && !isdigit((unsigned char)(*text)[2])) {
		*text += 2;
		*tid = TID_UNKNOWN;
		return true;
	}
	if (!script_number(text, &value, INT32_MAX))
		return false;
	*tid = (int32_t)value;
	return true;
}

static bool take(const char **text, const char *literal)
{
	size_t length = strlen(literal);

	if (strncmp(*text, literal, length))
		return false;
	*text += length;
	return true;
}

static bool take_cpu(const char **text, uint32_t *cpu)
{
	uint64_t value;

	if (!script_number(text, &value, CPUS_MAX - 1))
		return false;
	*cpu = (uint32_t)value;
	return true;
}

/* Priorities are 0 to 139; a deadline task's is -1. */
static bool take_prio(const char **text, int32_t *prio)
{
	uint64_t value;

	if (take(text, "-1")) {
		*prio = -1;
		return true;
	}
	if (!script_number(text, &value, INT32_MAX))
		return false;
	*prio = (int32_t)value;
	return true;
}

/* "NAME pid=TID": the last such place that a name's length allows, as names may have " pid=1" too.
 */
static bool take_task(const char **text, const char *key, char comm[TASK_COMM_LEN], int32_t *tid)
{
	const char *start = *text, *found = NULL;
	size_t length = 0;

	for (size_t i = 0; i < TASK_COMM_LEN; i++) {
		const char *at = start + i;
		uint64_t value;

		if (take(&at, key) && script_number(&at, &value, INT32_MAX)) {
			found = at;
			length = i;
			*tid = (int32_t)value;
		}
		if (!start[i])
			break;
	}
	if (!found)
		return false;
	memcpy(comm, start, length);
	comm[length] = '\0';
	*text = found;
	return true;
}

/*
 * Letters of the kernel's format since 4.14 (TASK_REPORT and above: fs/proc/array.c's
 * task_state_array) and of the plugin's, by bits from 1 on. What is not among them only says more
 * of a D (killable, no load), or was a state of older kernels.
 */
static bool take_state(const char **text, struct sched_event *event)
{
	static const char letters[] = "SDTtXZPI";
	const char *at = *text, *letter;
	bool known = false;

	while (*at && *at != ' ' && *at != '+') {
		if (take(&at, "0x")) { /* bits without a letter */
			at += strspn(at, "0123456789abcdef");
		} else if (*at == 'R') {
			known = true;
			at++;
		} else if (isalpha((unsigned char)*at)) {
			letter = strchr(letters, *at == 'x' ? 'X' : *at);
			if (letter) {
				event->state |= 1u << (letter - letters);
				known = true;
			}
			at++;
		} else if (*at == '|' && known) {
			at++;
		} else {
			return false;
		}
	}
	if (*at == '+') {
		event->preempt = true;
		at++;
	}
	*text = at;
	return known;
}

static bool read_switch(struct sched_event *event, const char *text)
{
	return take(&text, "prev_comm=") &&
	       take_task(&text, " prev_pid=", event->comm, &event->tid) &&
	       take(&text, " prev_prio=") && take_prio(&text, &event->prio) &&
	       take(&text, " prev_state=") && take_state(&text, event) &&
	       take(&text, " ==> next_comm=") &&
	       take_task(&text, " next_pid=", event->other_comm, &event->other_tid) &&
	       take(&text, " next_prio=") && take_prio(&text, &event->other_prio);
}

/* "NAME:TID [PRIO]" */
static bool take_pretty_task(const char **text, char comm[TASK_COMM_LEN], int32_t *tid,
			     int32_t *prio)
{
	return take_task(text, ":", comm, tid) && take(text, " [") && take_prio(text, prio) &&
	       take(text, "]");
}

static bool read_pretty_switch(struct sched_event *event, const char *text)
{
	return take_pretty_task(&text, event->comm, &event->tid, &event->prio) &&
	       take(&text, " ") && take_state(&text, event) && take(&text, " ==> ") &&
	       take_pretty_task(&text, event->other_comm, &event->other_tid, &event->other_prio);
}

/* success= was there before 4.3. */
static enum script_text read_wakeup(struct sched_event *event, const char *text)
{
	bool none;

	if (!take(&text, "comm=") || !take_task(&text, " pid=", event->comm, &event->tid) ||
	    !take(&text, " prio=") || !take_prio(&text, &event->prio))
		return SCRIPT_TEXT_DAMAGED;
	none = take(&text, " success=0");
	if (!none)
		take(&text, " success=1");
	if (!take(&text, " target_cpu=") || !take_cpu(&text, &event->orig_cpu))
		return SCRIPT_TEXT_DAMAGED;
	return none ? SCRIPT_TEXT_NOTHING : SCRIPT_TEXT_READ;
}

/*
 * Between priority and CPU some version has " success=1", "<success=1>" or "<CANT FIND FIELD
 * success>".
 */
static enum script_text read_pretty_wakeup(struct sched_event *event, const char *text)
{
	const char *cpu;

	if (!take_pretty_task(&text, event->comm, &event->tid, &event->prio))
		return SCRIPT_TEXT_DAMAGED;
	cpu = strstr(text, "CPU:");
	if (cpu) {
		cpu += 4;
		if (!take_cpu(&cpu, &event->orig_cpu))
			return SCRIPT_TEXT_DAMAGED;
	}
	return strstr(text, "success=0") ? SCRIPT_TEXT_NOTHING : SCRIPT_TEXT_READ;
}

static bool read_migrate(struct sched_event *event, const char *text)
{
	return take(&text, "comm=") && take_task(&text, " pid=", event->comm, &event->tid) &&
	       take(&text, " prio=") && take_prio(&text, &event->prio) &&
	       take(&text, " orig_cpu=") && take_cpu(&text, &event->orig_cpu) &&
	       take(&text, " dest_cpu=") && take_cpu(&text, &event->dest_cpu);
}

static bool read_fork(struct sched_event *event, const char *text)
{
	return take(&text, "comm=") &&
	       take_task(&text, " pid=", event->other_comm, &event->other_tid) &&
	       take(&text, " child_comm=") &&
	       take_task(&text, " child_pid=", event->comm, &event->tid);
}

/* A file's name may be long, and have " pid=" in it: what counts is the last. */
static bool read_exec(struct sched_event *event, const char *text)
{
	static const char key[] = " pid=";
	const char *last = NULL;

	if (!take(&text, "filename="))
		return false;
	while ((text = strstr(text, key)))
		last = text++;
	if (!last)
		return false;
	last += sizeof(key) - 1;
	return script_tid(&last, &event->tid) && take(&last, " old_pid=") &&
	       script_tid(&last, &event->other_tid);
}

static bool read_exit(struct sched_event *event, const char *text)
{
	return take(&text, "comm=") && take_task(&text, " pid=", event->comm, &event->tid) &&
	       take(&text, " prio=") && take_prio(&text, &event->prio);
}

static bool read_both(struct sched_event *event, const char *text,
		      bool (*kernels)(struct sched_event *event, const char *text),
		      bool (*plugins)(struct sched_event *event, const char *text))
{
	struct sched_event blank = *event;

	if (kernels(event, text))
		return true;
	*event = blank;
	return plugins(event, text);
}

enum script_text script_text_read(struct sched_event *event, const char *text)
{
	struct sched_event blank = *event;
	enum script_text done;
	bool read = false;

	switch (event->type) {
	case SCHED_SWITCH:
		read = read_both(event, text, read_switch, read_pretty_switch);
		break;
	case SCHED_WAKING:
	case SCHED_WAKEUP:
	case SCHED_WAKEUP_NEW:
		done = read_wakeup(event, text);
		if (done == SCRIPT_TEXT_DAMAGED) {
			*event = blank;
			done = read_pretty_wakeup(event, text);
		}
		return done;
	case SCHED_MIGRATE:
		read = read_migrate(event, text);
		break;
	case SCHED_FORK:
		read = read_fork(event, text);
		break;
	case SCHED_EXEC:
		read = read_exec(event, text);
		break;
	case SCHED_EXIT:
		read = read_exit(event, text);
		break;
	}
	return read ? SCRIPT_TEXT_READ : SCRIPT_TEXT_DAMAGED;
}

bool script_text_name(struct sched_event *event, const char *text)
{
	return take_task(&text, ":", event->comm, &event->pid) && take(&text, "/") &&
	       script_tid(&text, &event->tid);
}
