// SPDX-License-Identifier: GPL-2.0-only
/* Distributions of `export` for HdrHistogram's plotters: one to a file or stdout, or all to a
 * folder. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/export.h"
#include "commands/export_file.h"
#include "commands/options.h"
#include "output/export_hdr.h"

struct hdr_taker {
	struct taker taker; /* first */
	struct export_job *job;
};

static int take(struct taker *taker, const struct event *event)
{
	struct hdr_taker *hdr = (struct hdr_taker *)taker;

	hdr->job->waiting += event->type == EVENT_WAITING;
	return 0;
}

/*
 * "cpu43-task7-ksmd-46-wake_delay.hgrm". A comm may hold anything: what is not harmless in a file's
 * name is '_'; the task's id keeps names apart.
 */
static int name_file(char **path, const struct export_job *job, const struct distribution_row *row,
		     enum export_kind kind)
{
	const struct task_identity *task = task_table_get(&job->gather->tasks, row->task);
	char cpu[16] = "", who[64] = "", comm[TASK_COMM_LEN];
	size_t folder = strlen(job->folder);

	if (row->cpu != CPU_UNKNOWN)
		snprintf(cpu, sizeof(cpu), "cpu%u-", row->cpu);
	memcpy(comm, task->comm, sizeof(comm));
	comm[sizeof(comm) - 1] = '\0';
	for (char *p = comm; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.", *p))
			*p = '_';
	if (row->task != TASK_UNKNOWN)
		snprintf(who, sizeof(who), "task%u-%s-%u-", row->task, comm, task->tid);
	return asprintf(path, "%s%s%s%s%s.hgrm", job->folder,
			job->folder[folder - 1] == '/' ? "" : "/", cpu, who,
			export_kind_name(kind)) < 0
		       ? -ENOMEM
		       : 0;
}

static int write_one(const struct export_job *job, const struct distribution_row *row,
		     enum export_kind kind)
{
	const struct histogram *h = export_histogram(row, kind);
	struct export_file file;
	char *path;
	int err;

	if (!h->count)
		return 0;
	if (name_file(&path, job, row, kind))
		return fail("out of memory");
	err = export_file_open(&file, path, NULL);
	if (!err) {
		export_hdr(file.file, h);
		err = export_file_close(&file);
	}
	free(path);
	return err;
}

static int write_all(const struct export_job *job, struct distribution_row *const *rows, uint32_t n)
{
	enum export_kind only = job->options->kind;
	int err = 0;

	for (uint32_t i = 0; i < n && !err; i++)
		for (enum export_kind kind = 0; kind < EXPORT_KINDS && !err; kind++)
			if (only == EXPORT_NO_KIND || only == kind)
				err = write_one(job, rows[i], kind);
	return err;
}

int export_write_hdr(struct export_job *job)
{
	enum export_kind kind = job->options->kind;
	struct hdr_taker hdr = { .taker.take = take, .job = job };
	struct distribution_row *const *rows;
	struct gather *gather = job->gather;
	uint32_t n;
	int err;

	gather->distribution = distribution_new(job->options->by);
	if (!gather->distribution)
		return fail("out of memory");
	gather->taker = &hdr.taker;
	err = input_read(job->input, gather);
	gather->taker = NULL;
	if (err)
		return err;
	n = distribution_rows(gather->distribution, &rows);
	if (job->folder) {
		err = write_all(job, rows, n);
	} else {
		kind = kind == EXPORT_NO_KIND ? EXPORT_WAKE_DELAY : kind;
		if (export_hdr(job->file, export_histogram(rows[0], kind)) == -EINVAL)
			return fail("%s: no %s in it: nothing to write", job->options->name,
				    export_kind_name(kind));
	}
	if (!err)
		export_tell_missing(job);
	return err;
}
