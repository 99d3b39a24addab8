/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands: each takes its own argv (argv[0] is its name) and returns the exit code. */
#ifndef INTERLOPER_COMMANDS_H
#define INTERLOPER_COMMANDS_H

/* Exit codes of every command. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,     /* usage or failure: one line on stderr */
	EXIT_LIMIT = 2,	     /* a limit was exceeded, or it got worse */
	EXIT_NO_VERDICT = 3, /* it cannot be told; --strict: events were lost */
};

int command_trace(int argc, char **argv);
int command_record(int argc, char **argv);
int command_timehist(int argc, char **argv);
int command_summary(int argc, char **argv);
int command_hist(int argc, char **argv);
int command_wakeups(int argc, char **argv);
int command_advise(int argc, char **argv);
int command_check(int argc, char **argv);
int command_diff(int argc, char **argv);
int command_merge(int argc, char **argv);
int command_blame(int argc, char **argv);
int command_export(int argc, char **argv);
int command_serve(int argc, char **argv);
int command_import(int argc, char **argv);
int command_info(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_revert(int argc, char **argv);

#endif
