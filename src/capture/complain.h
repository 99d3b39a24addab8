/* SPDX-License-Identifier: GPL-2.0-only */
/* What goes wrong while a session is opened becomes one line for the user. */
#ifndef INTERLOPER_COMPLAIN_H
#define INTERLOPER_COMPLAIN_H

/* Writes the line into why (CAPTURE_WHY_MAX bytes) and returns err. */
int complain(char *why, int err, const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * The same for something that the kernel refused with err (a negative errno): says why it may have
 * and what to do. -EACCES comes back as -EPERM.
 */
int explain_refusal(char *why, int err, const char *what);

#endif
