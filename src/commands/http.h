/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small HTTP server for one thread that polls: metrics, health, and a page that links to both. It has no
 * threads of its own and never waits, so a slow client delays no other.
 *
 *   /metrics   in the form that the client takes (commands/http_text.h), made anew each time
 *   /healthz   "ok", or 503 and a line that says what is wrong
 *   /          a page with links
 *   others     404; methods but GET and HEAD 405
 *
 *   bounds     HTTP_CONNECTIONS at a time, others wait to be accepted; HTTP_TEXTS metrics being sent, else
 *              503; a connection ends when nothing comes or goes for HTTP_IDLE_S, or when a request is not
 *              done HTTP_REQUEST_S after the one before; a request's head has HTTP_MEMORY bytes at
 *              most, what comes behind it is ignored
 */
#ifndef INTERLOPER_HTTP_H
#define INTERLOPER_HTTP_H

#include <stdio.h>

#include "commands/http_text.h"

#define HTTP_CONNECTIONS 16
#define HTTP_TEXTS	 4
#define HTTP_IDLE_S	 10
#define HTTP_REQUEST_S	 30
#define HTTP_MEMORY	 16384 /* of a connection, beside the text that it sends */
#define HTTP_WHY_MAX	 256

/* What is served. The callbacks run in http_run(). */
struct http_pages {
	void *context;
	/* Writes all metrics to file, which is closed for it. 0, or a negative errno: the client gets
	 * 500 and its words. */
	int (*metrics)(void *context, FILE *file, enum metrics_form form);
	/* Whether all is well; else one line in why. */
	bool (*health)(void *context, char why[HTTP_WHY_MAX]);
};

struct http;

/*
 * Listens; clients are answered once http_run() is called. pages must live as long. On failure *http is
 * NULL, why holds one line (what, why, what to do) and a negative errno comes back (-ENOENT: without
 * libmicrohttpd there is no server).
 */
int http_open(struct http **http, const struct http_address *address,
	      const struct http_pages *pages, char why[HTTP_WHY_MAX]);
/* Drops what is not sent yet. NULL is fine. */
void http_close(struct http *http);

/* What it listens on: the port is known even if any was asked for. */
const struct http_address *http_listens_on(const struct http *http);

/* http_run() is due when this descriptor can be read (poll()), or after so many ms; -1: no such time. It
 * does what can be done without waiting. */
int http_fd(const struct http *http);
int http_timeout_ms(const struct http *http);
void http_run(struct http *http);

#endif
