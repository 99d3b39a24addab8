/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libmicrohttpd, loaded once a server begins. It brings a TLS library and eight more, which a tracer that
 * runs as root has no business with, and which took half of any command's start (2.6 of 5.3 ms).
 * Where the program is linked statically it is in there.
 */
#ifndef INTERLOPER_HTTP_LIBRARY_H
#define INTERLOPER_HTTP_LIBRARY_H

#include <microhttpd.h>

#define HTTP_LIBRARY_FUNCTIONS(USE) \
	USE(start_daemon) \
	USE(stop_daemon) \
	USE(get_daemon_info) \
	USE(get_timeout) \
	USE(run) \
	USE(get_connection_info) \
	USE(lookup_connection_value) \
	USE(create_response_from_buffer) \
	USE(add_response_header) \
	USE(queue_response) \
	USE(destroy_response)

/* MHD_start_daemon() and so on, without their prefix. */
struct http_library {
#define HTTP_LIBRARY_MEMBER(name) __typeof__(MHD_##name) *name;
	HTTP_LIBRARY_FUNCTIONS(HTTP_LIBRARY_MEMBER)
#undef HTTP_LIBRARY_MEMBER
};

/* The library, which stays; NULL, and *why what is wrong with it: valid until the next call. */
const struct http_library *http_library_load(const char **why);

#endif
