// SPDX-License-Identifier: GPL-2.0-only
/*
 * A libtracecmd that is not there, for static binaries: no distribution has its archive. trace.dat
 * is refused by them with a line that says so.
 */
#include <errno.h>
#include <stddef.h>
#include <trace-cmd.h>

struct tracecmd_input *tracecmd_open(const char *file, int flags)
{
	(void)file, (void)flags;
	errno = ENOSYS;
	return NULL;
}

void tracecmd_close(struct tracecmd_input *handle)
{
	(void)handle;
}

struct tep_record *tracecmd_read_cpu_first(struct tracecmd_input *handle, int cpu)
{
	(void)handle, (void)cpu;
	return NULL;
}

struct tep_record *tracecmd_read_data(struct tracecmd_input *handle, int cpu)
{
	(void)handle, (void)cpu;
	return NULL;
}

void tracecmd_free_record(struct tep_record *record)
{
	(void)record;
}

struct tep_handle *tracecmd_get_tep(struct tracecmd_input *handle)
{
	(void)handle;
	return NULL;
}

void tracecmd_set_loglevel(enum tep_loglevel level)
{
	(void)level;
}
