// SPDX-License-Identifier: GPL-2.0-only
/* One line of a scheduler event's text: see script_line.h. */
#include "import/script_line.h"

#include <ctype.h>
#include <string.h>
#include "import/script_text.h"
#include "import/trace_flags.h"

#define CPUS_MAX 65536
#define TASK_MAX 48

/* Whose fields the texts have: see script_text.h. */
static const struct {
	const char *name;
	uint8_t type;
} event_names[] = {
	{ "sched_switch", SCHED_SWITCH },	 { "sched_waking", SCHED_WAKING },
	{ "sched_wakeup", SCHED_WAKEUP },	 { "sched_wakeup_new", SCHED_WAKEUP_NEW },
	{ "sched_migrate_task", SCHED_MIGRATE }, { "sched_process_fork", SCHED_FORK },
	{ "sched_process_exec", SCHED_EXEC },	 { "sched_process_exit", SCHED_EXIT },
};

#define NAMES_COUNT (sizeof(event_names) / sizeof(*event_names))

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

/* The type of the event that a text begins with, and what follows "EVENT: "; 0: none of ours. */
static uint8_t event_at(const char **text)
{
	const char *name = *text;

	if (!strncmp(name, "sched:", 6))
		name += 6;
	for (size_t i = 0; i < NAMES_COUNT; i++) {
		size_t length = strlen(event_names[i].name);

		if (!strncmp(name, event_names[i].name, length) && name[length] == ':') {
			*text = skip_blanks(name + length + 1);
			return event_names[i].type;
		}
	}
	return 0;
}

/* "76652.964867:", with 1 to 9 digits behind the point. */
static bool take_time(const char **text, uint64_t *time_ns)
{
	const char *at = *text;
	uint64_t seconds, fraction = 0;
	int digits = 0;

	if (!script_number(&at, &seconds, INT64_MAX / 1000000000 - 1) || *at++ != '.')
		return false;
	for (; isdigit((unsigned char)*at) && digits < 9; at++, digits++)
		fraction = 10 * fraction + (uint64_t)(*at - '0');
	if (!digits || *at++ != ':')
		return false;
	for (; digits < 9; digits++)
		fraction *= 10;
	*time_ns = seconds * 1000000000 + fraction;
	*text = at;
	return true;
}

struct head {
	const char *left_end; /* of what stands left of the CPU */
	const char *rest;     /* what follows the time */
	const char *flags;    /* the word before the time; NULL: there is none */
	uint64_t time_ns;
	uint32_t cpu;
};

/* "[CPU] {FLAGS} TIME:" */
static bool head_at(struct head *head, const char *bracket)
{
	const char *at = bracket + 1;
	uint64_t cpu;

	if (!script_number(&at, &cpu, CPUS_MAX - 1) || *at++ != ']')
		return false;
	at = skip_blanks(at);
	head->flags = NULL;
	if (!take_time(&at, &head->time_ns)) {
		head->flags = at;
		at = skip_blanks(at + strcspn(at, " \t"));
		if (!take_time(&at, &head->time_ns))
			return false;
	}
	head->left_end = bracket;
	head->cpu = (uint32_t)cpu;
	head->rest = skip_blanks(at);
	return true;
}

/*
 * A name may look like "[0] 1.1: x:", but is too short to have an event's name of ours too: the
 * first head with one counts, else the first. Names and numbers before a head have at most TASK_MAX
 * bytes.
 */
static bool find_head(struct head *head, const char *line)
{
	const char *start = skip_blanks(line);
	struct head other;
	bool found = false;

	for (const char *at = start; (at = strchr(at, '[')) && at - start <= TASK_MAX; at++) {
		const char *rest;
		uint64_t period;

		if (!head_at(&other, at))
			continue;
		rest = other.rest;
		if (script_number(&rest, &period, UINT64_MAX))
			rest = skip_blanks(rest);
		if (!found)
			*head = other;
		found = true;
		if (event_at(&rest)) {
			*head = other;
			break;
		}
	}
	return found;
}

/*
 * "d.h2." behind the CPU, as ftrace and trace-cmd print it (trace_print_lat_fmt(),
 * kernel/trace/trace_output.c): the third character tells of interrupts. The fifth is there
 * since 5.14, and in older real-time kernels, whose soft flag is right. Any other word tells
 * nothing.
 */
static uint8_t context_of(const char *flags, uint8_t type)
{
	static const char letters[] = ".shHzZ", hex[] = ".0123456789abcdef";
	static const uint8_t bits[] = {
		0, TRACE_SOFTIRQ, TRACE_HARDIRQ, TRACE_HARDIRQ, TRACE_NMI, TRACE_NMI,
	};
	size_t length = flags ? strcspn(flags, " \t") : 0;
	const char *letter;

	if (length < 4 || length > 5 || !strchr(".dDbX", flags[0]) ||
	    (flags[1] != '.' && !isalpha((unsigned char)flags[1])) ||
	    !(letter = strchr(letters, flags[2])) || !strchr(hex, flags[3]) ||
	    (length == 5 && !strchr(hex, flags[4])))
		return WAKER_UNKNOWN;
	return trace_flags_context(bits[letter - letters], type, length == 5);
}

static const char *trim_end(const char *start, const char *end)
{
	while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return end;
}

/* ftrace's "(  123)" or "(-----)" behind the task: its process. */
static const char *cut_tgid(const char *start, const char *end, int32_t *pid)
{
	const char *open, *at;

	if (end == start || end[-1] != ')')
		return end;
	open = end - 1;
	while (open > start && *open != '(')
		open--;
	if (*open != '(')
		return end;
	at = skip_blanks(open + 1);
	if (*at != '-' && (!script_tid(&at, pid) || *at != ')')) {
		*pid = TID_UNKNOWN;
		return end;
	}
	return trim_end(start, open);
}

/*
 * COMM-TID is ftrace's, whose last word is no number; else the last word is perf's TID or PID/TID.
 * What is left of it is the name.
 */
static void take_current(struct sched_event *event, char comm[TASK_COMM_LEN], const char *start,
			 const char *end)
{
	const char *word, *at, *name_end;
	int32_t first, second;

	start = skip_blanks(start);
	end = trim_end(start, end);
	end = cut_tgid(start, end, &event->current_pid);
	for (word = end; word > start && word[-1] != ' ' && word[-1] != '\t';)
		word--;
	name_end = trim_end(start, word);
	at = word;
	if (script_tid(&at, &first)) {
		if (at == end) {
			event->current_tid = first;
		} else if (*at++ == '/' && script_tid(&at, &second) && at == end) {
			event->current_pid = first;
			event->current_tid = second;
		} else {
			at = NULL;
		}
	} else {
		at = NULL;
	}
	if (!at) {
		for (at = end; at > start && isdigit((unsigned char)at[-1]);)
			at--;
		if (at == start || at[-1] != '-' || !script_tid(&at, &first) || at != end)
			return;
		while (isdigit((unsigned char)at[-1]))
			at--;
		name_end = at - 1;
		event->current_tid = first;
	}
	if (name_end - start < TASK_COMM_LEN) {
		memcpy(comm, start, (size_t)(name_end - start));
		comm[name_end - start] = '\0';
	}
}

/* Of a perf.data's own records, which `perf script` shows when asked: --show-task-events and
 * others. */
static enum script_line read_record(struct sched_event *event, const char *text)
{
	static const char comm[] = "PERF_RECORD_COMM", lost[] = "PERF_RECORD_LOST";
	uint64_t number;

	if (!strncmp(text, comm, sizeof(comm) - 1)) {
		text += sizeof(comm) - 1;
		text = skip_blanks(text + (*text == ':'));
		text += strncmp(text, "exec: ", 6) ? 0 : 6;
		event->type = SCHED_NAME;
		return script_text_name(event, text) ? SCRIPT_LINE_EVENT : SCRIPT_LINE_DAMAGED;
	}
	if (!strncmp(text, lost, sizeof(lost) - 1)) {
		text += strcspn(text, " ");
		text = skip_blanks(text);
		text += strncmp(text, "lost ", 5) ? 0 : 5;
		event->type = SCHED_LOST;
		if (!script_number(&text, &number, UINT64_MAX))
			return SCRIPT_LINE_DAMAGED;
		event->lost = number;
		return SCRIPT_LINE_LOST;
	}
	return SCRIPT_LINE_OTHER;
}

/* "CPU:1 [LOST 123 EVENTS]" (trace_pipe), "CPU:1 [123 EVENTS DROPPED]", "CPU:1 [EVENTS DROPPED]".
 */
static bool read_ftrace_loss(struct sched_event *event, const char *line)
{
	uint64_t cpu, lost = 0;

	line = skip_blanks(line);
	if (strncmp(line, "CPU:", 4))
		return false;
	line += 4;
	if (!script_number(&line, &cpu, CPUS_MAX - 1) || strncmp(line, " [", 2))
		return false;
	line += 2;
	if (!strncmp(line, "LOST ", 5)) {
		line += 5;
		if (script_number(&line, &lost, UINT64_MAX))
			line = skip_blanks(line);
		if (strcmp(line, "EVENTS]"))
			return false;
	} else {
		if (script_number(&line, &lost, UINT64_MAX))
			line = skip_blanks(line);
		if (strcmp(line, "EVENTS DROPPED]"))
			return false;
	}
	event->type = SCHED_LOST;
	event->cpu = (uint32_t)cpu;
	event->lost = lost;
	return true;
}

/* What a line without a head lacks, if it is of an event of ours. */
static enum script_line why_no_head(const char *line)
{
	for (const char *at = line; (at = strstr(at, "sched_")); at++) {
		const char *name = at, *before;
		uint64_t time_ns;

		if ((at != line && !strchr(" \t:", at[-1])) || !event_at(&name))
			continue;
		/* A time before it, and it was the CPU that there is not. */
		before = at - (at - line >= 6 && !strncmp(at - 6, "sched:", 6) ? 6 : 0);
		before = trim_end(line, before);
		while (before > line && before[-1] != ' ')
			before--;
		return take_time(&before, &time_ns) ? SCRIPT_LINE_NO_CPU : SCRIPT_LINE_NO_TIME;
	}
	return SCRIPT_LINE_FOREIGN;
}

enum script_line script_line_read(struct sched_event *event, const char *line)
{
	char comm[TASK_COMM_LEN] = "";
	struct head head;
	const char *text;
	uint64_t period;

	script_event_clear(event);
	text = skip_blanks(line);
	if (!*text || *text == '#')
		return SCRIPT_LINE_COMMENT;
	if (!find_head(&head, line))
		return read_ftrace_loss(event, line) ? SCRIPT_LINE_LOST : why_no_head(line);
	event->time_ns = head.time_ns;
	event->cpu = head.cpu;
	text = head.rest;
	take_current(event, comm, line, head.left_end);
	if (!strncmp(text, "PERF_RECORD_", 12))
		return read_record(event, text);
	if (script_number(&text, &period, UINT64_MAX))
		text = skip_blanks(text);
	event->type = event_at(&text);
	if (!event->type)
		return SCRIPT_LINE_OTHER;
	switch (script_text_read(event, text)) {
	case SCRIPT_TEXT_DAMAGED:
		return SCRIPT_LINE_DAMAGED;
	case SCRIPT_TEXT_NOTHING:
		return SCRIPT_LINE_NOTHING;
	case SCRIPT_TEXT_READ:
		break;
	}
	event->context = context_of(head.flags, event->type);
	/* The tracepoint comes behind the change of name, whose result the head shows. */
	if (event->type == SCHED_EXEC && event->current_tid == event->tid)
		memcpy(event->comm, comm, sizeof(event->comm));
	return SCRIPT_LINE_EVENT;
}
