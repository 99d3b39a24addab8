/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One change of a running machine, as advice proposes it, "advise --apply" makes it and "revert"
 * takes it back: a value of a file below /proc or /sys, or a task's CPUs.
 */
#ifndef INTERLOPER_HOST_CHANGE_H
#define INTERLOPER_HOST_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

enum change_kind {
	CHANGE_FILE,	 /* what is written to a file */
	CHANGE_AFFINITY, /* the CPUs that a task may run on */
};

/* How two texts of a value are compared: the kernel writes back not always what it was given. */
enum change_value {
	CHANGE_TEXT,
	CHANGE_NUMBER,	/* decimal */
	CHANGE_OPTION,	/* "[none] scan-time": the one in brackets, which is written without them */
	CHANGE_CPULIST, /* "0-3,8" */
	CHANGE_CPUMASK, /* "ff,00000000" */
};

struct change {
	enum change_kind kind;
	enum change_value value; /* of an affinity: CHANGE_CPULIST */
	char *path;		 /* of a file: absolute; NULL of an affinity */
	uint32_t tid;		 /* of an affinity: whose, */
	uint64_t start_ticks;	 /* and when it began, /proc/PID/stat field 22: tells a reused pid */
	char comm[16];
	char *from, *to;	 /* the value that it had when the advice was made, and is to have */
};

/* Frees what it holds, not itself. */
void change_free(struct change *change);

/*
 * Set *change up; texts are copied. 0 or -ENOMEM, then *change is zero. change_file(): an option's
 * from may be given as the file shows it, with all options.
 */
int change_file(struct change *change, enum change_value value, const char *path, const char *from,
		const char *to);
int change_affinity(struct change *change, uint32_t tid, uint64_t start_ticks, const char *comm,
		    const char *from, const char *to);

/*
 * Whether two texts are the same value: "0-3" and "0,1-3"; unreadable ones, only if equal bytes. A
 * final newline does not count.
 */
bool change_same(enum change_value value, const char *a, const char *b);

/*
 * What must be written for a file to read again as it did: the same bytes; of an option the one in
 * brackets, and a newline. Caller frees; NULL without memory.
 */
char *change_text(enum change_value value, const char *read);

/* Whether both are of the same file, or of the same task. */
bool change_same_target(const struct change *a, const struct change *b);

/*
 * Whether it may be made at all, with this value: a file below /proc or /sys, where nothing outlasts
 * a reboot, named without ".."; a task id, and CPUs.
 */
#define CHANGE_PATH_MAX 3072  /* leaves room for a root */
#define CHANGE_TEXT_MAX 65535 /* longer values there are none */
bool change_is_valid(const struct change *change, const char *value);

/* "number" and back: 0 or -EINVAL. */
const char *change_value_name(enum change_value value);
int change_value_parse(enum change_value *value, const char *name);

/* Of what: "/sys/kernel/mm/ksm/sleep_millisecs", "ksmd[510]". Caller frees; NULL without memory. */
char *change_target(const struct change *change);

/*
 * The shell commands that make the change, and that take it back: "echo 500 >/sys/...",
 * "taskset -pc 0-63 510". NULL without memory; caller frees.
 */
char *change_command(const struct change *change);
char *change_undo_command(const struct change *change);

#endif
