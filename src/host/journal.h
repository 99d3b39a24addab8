/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was changed on this machine, and what was there before. The journal is on disk before the
 * first change, so whatever happens to the process, what it holds suffices to take all back:
 *
 *	value == original		it is as it was (or was never changed)
 *	value is one of ours		we set it: may be taken back
 *	anything else			somebody else has changed it since
 *
 * Values of /proc and /sys and tasks' masks do not outlast a reboot: a journal of another boot, by
 * the kernel's boot_id, is about nothing.
 */
#ifndef INTERLOPER_HOST_JOURNAL_H
#define INTERLOPER_HOST_JOURNAL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/change.h"

#define JOURNAL_FOLDER "/var/lib/interloper"
#define JOURNAL_NAME   "changes.json"

/* Bounds, for writing as for reading what is damaged. */
#define JOURNAL_ENTRIES_MAX 4096
#define JOURNAL_OURS_MAX    256
#define JOURNAL_BYTES_MAX   (16u << 20)
#define JOURNAL_BOOT_ID_MAX 64

struct journal_entry {
	struct change change; /* from: the original, a file's bytes as read; to: NULL */
	char **ours;	      /* values that we set, or were about to set */
	uint32_t ours_count;
	int64_t time_s; /* CLOCK_REALTIME of the first */
};

struct journal {
	char boot_id[JOURNAL_BOOT_ID_MAX];
	struct journal_entry *entries; /* in the order of the changes */
	uint32_t count;
};

void journal_free(struct journal *journal); /* what it holds; it is zero afterwards */

/*
 * From JSON text, strictly: what is missing, not known or out of bounds makes it -EINVAL, with a
 * reason in why; *journal is zero then. Or -ENOMEM.
 */
int journal_parse(struct journal *journal, const char *text, char *why, size_t why_size);
/* As JSON text; caller frees; NULL without memory, or if a value is not UTF-8. */
char *journal_print(const struct journal *journal);

/*
 * Notes that change->to is about to be set where now is read. An entry of the same file or task
 * keeps its original, and gets one more value of ours; but where now is neither its original nor
 * ours, somebody else has taken the value over, and what he set is the original from here on. 0,
 * -ENOMEM, or -E2BIG: the journal is full.
 */
int journal_note(struct journal *journal, const struct change *change, const char *now,
		 int64_t time_s);

/* Whether a value is one that we set. */
bool journal_is_ours(const struct journal_entry *entry, const char *value);

/* The entry of the same file or task, or NULL. */
struct journal_entry *journal_find(const struct journal *journal, const struct change *change);

/* Forgets the entry with this index. */
void journal_drop(struct journal *journal, uint32_t index);

/* Called before and after each step that leaves something behind; tests kill themselves there. */
struct journal_step {
	void (*step)(void *data); /* NULL: none */
	void *data;
};

void journal_step(const struct journal_step *step);

/* The folder that it is kept in, opened and locked: see journal_file.c. */
struct journal_file {
	int folder_fd, lock_fd;
	const char *folder; /* as given: for messages */
	sigset_t signals;   /* as they were before */
	struct journal_step step;
};

/*
 * Opens the folder, which must be a real one (no symlink), the effective user's, and open to nobody
 * else; makes it (0700; not its parents) if create. Locks it against other interlopers; signals that
 * end a process wait until journal_close(). 0, -ENOENT: there is none, -EBUSY: locked, or another
 * negative errno; but for -ENOENT the reason is in why.
 */
int journal_open(struct journal_file *file, const char *folder, bool create,
		 const struct journal_step *step, char *why, size_t why_size);
void journal_close(struct journal_file *file);

/* 0 (no file: an empty journal), -EINVAL: damaged, and left as it is; why as above. */
int journal_load(const struct journal_file *file, struct journal *journal, char *why,
		 size_t why_size);
/* Replaces it as a whole, on disk when this returns; one without entries is removed. Errors as
 * above; the old one stays then. */
int journal_save(const struct journal_file *file, const struct journal *journal, char *why,
		 size_t why_size);

/* This boot's id, below root. 0, or read's negative errno. */
int journal_boot_id(char boot_id[JOURNAL_BOOT_ID_MAX], const char *root, char *why,
		    size_t why_size);

#endif
