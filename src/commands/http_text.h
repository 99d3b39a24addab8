/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a small HTTP server reads: an address to listen on, and which form of metrics a client takes.
 */
#ifndef INTERLOPER_HTTP_TEXT_H
#define INTERLOPER_HTTP_TEXT_H

#include <stdbool.h>
#include <sys/socket.h>

#include "output/metrics.h"

struct http_address {
	struct sockaddr_storage socket; /* IPv4 or IPv6 */
	socklen_t length;
};

/*
 * "127.0.0.1:9435", "[::1]:9435", "[fe80::1%eth0]:9435": numbers, for a name may become another address
 * than one thought. Without an address, as ":9435", it is refused: who wants all of them writes
 * 0.0.0.0 or [::]. Port 0: any free one. -EINVAL; -ENODEV: no interface of that name.
 */
int http_address_parse(struct http_address *address, const char *text);

/* "127.0.0.1:9435", "[::1]:9435" */
#define HTTP_ADDRESS_MAX 80
void http_address_format(char text[HTTP_ADDRESS_MAX], const struct http_address *address);

/* 0: none, as an address of another family has. */
unsigned int http_address_port(const struct http_address *address);

/*
 * The form to answer an Accept header with (RFC 9110, 12.5.1; NULL: there is none). What we have are
 * application/openmetrics-text of version 1.0.0 and text/plain of version 0.0.4. Each has the q of
 * the most exact range that fits it, 1 where none is written; the higher q wins. Of equals it is
 * OpenMetrics if the client names that, else Prometheus' text, as whatever takes anything can read
 * it; and that too where neither fits, as exporters do. What is malformed says nothing.
 */
enum metrics_form http_accept(const char *header);

#endif
