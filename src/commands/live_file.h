/* SPDX-License-Identifier: GPL-2.0-only */
/* A live session into a trace file that is none of the user's: for what is made from files alone. */
#ifndef INTERLOPER_LIVE_FILE_H
#define INTERLOPER_LIVE_FILE_H

#include "commands/live.h"

/*
 * Runs the session to its end. 0: *path is the file, to be unlinked and freed, and *verdict live_verdict()'s exit code;
 * else EXIT_FAILED after a line on stderr that begins with what, and nothing is left.
 */
int live_file_record(char **path, int *verdict, const char *what, const struct live_options *options,
		     int argc, char **argv);
void live_file_remove(char *path); /* unlinks and frees; NULL is fine */

#endif
