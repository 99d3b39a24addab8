/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells the service manager how we are: sd_notify(3)'s protocol, without its library. */
#ifndef INTERLOPER_NOTIFY_H
#define INTERLOPER_NOTIFY_H

/*
 * Sends "READY=1", or more such lines, to the socket that $NOTIFY_SOCKET names: a path, or "@..." for an
 * abstract one. Without it nothing is done. 0; -EINVAL: not such a name; or the socket's -errno.
 */
int notify_manager(const char *lines);

#endif
