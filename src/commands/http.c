// SPDX-License-Identifier: GPL-2.0-only
/* A small HTTP server, by libmicrohttpd: see http.h. */
#include "commands/http.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands/http_library.h"

static const struct http_library *mhd; /* since the first http_open() */

/* libmicrohttpd alone sees to silence: a client that trickles is ours to end. */
struct client {
	bool connected;
	int fd;
	uint64_t since_ns; /* when it came, or its last request was done */
};

struct http {
	const struct http_pages *pages;
	struct http_address address;
	struct MHD_Daemon *daemon;
	int fd;
	int texts; /* being sent */
	struct client clients[HTTP_CONNECTIONS];
};

static const char index_page[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>interloper</title></head>\n<body>\n"
	"<h1>interloper " INTERLOPER_VERSION "</h1>\n"
	"<p>What runs on this machine's CPUs, who waits there, and how long.</p>\n<ul>\n"
	"<li><a href=\"/metrics\">/metrics</a>: for Prometheus</li>\n"
	"<li><a href=\"/healthz\">/healthz</a>: whether it counts</li>\n</ul>\n</body>\n</html>\n";

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Sends response, which is then no longer ours. NULL: there is no memory, the connection ends. */
static enum MHD_Result answer(struct MHD_Connection *connection, unsigned int status,
			      struct MHD_Response *response, const char *type)
{
	enum MHD_Result done = MHD_NO;

	if (!response)
		return MHD_NO;
	if (mhd->add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES)
		done = mhd->queue_response(connection, status, response);
	mhd->destroy_response(response);
	return done;
}

static struct MHD_Response *copy_of(const char *text)
{
	return mhd->create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned int status,
				   const char *text)
{
	return answer(connection, status, copy_of(text), "text/plain; charset=utf-8");
}

/* With a header more. */
static enum MHD_Result answer_with(struct MHD_Connection *connection, unsigned int status,
				   const char *text, const char *name, const char *value)
{
	struct MHD_Response *response = copy_of(text);

	if (response && mhd->add_response_header(response, name, value) != MHD_YES) {
		mhd->destroy_response(response);
		return MHD_NO;
	}
	return answer(connection, status, response, "text/plain; charset=utf-8");
}

static int make_text(const struct http *http, enum metrics_form form, char **text, size_t *size)
{
	FILE *file = open_memstream(text, size);
	int err;

	if (!file)
		return -ENOMEM;
	err = http->pages->metrics(http->pages->context, file, form);
	if (fclose(file) && !err)
		err = -errno;
	if (!err)
		return 0;
	free(*text);
	return err;
}

static enum MHD_Result answer_metrics(struct http *http, struct MHD_Connection *connection,
				      void **holds_text)
{
	enum metrics_form form = http_accept(
		mhd->lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT));
	struct MHD_Response *response;
	char *text, why[HTTP_WHY_MAX];
	size_t size;
	int err;

	if (http->texts == HTTP_TEXTS)
		return answer_with(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
				   "too many are reading metrics\n", MHD_HTTP_HEADER_RETRY_AFTER,
				   "1");
	err = make_text(http, form, &text, &size);
	if (err) {
		snprintf(why, sizeof(why), "no metrics: %s\n", strerror(-err));
		return answer_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, why);
	}
	response = mhd->create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
	if (!response) {
		free(text);
		return MHD_NO;
	}
	/* Until end_request(). */
	http->texts++;
	*holds_text = http;
	return answer(connection, MHD_HTTP_OK, response, metrics_content_type(form));
}

static enum MHD_Result answer_health(const struct http *http, struct MHD_Connection *connection)
{
	char why[HTTP_WHY_MAX] = "", line[HTTP_WHY_MAX + 1];

	if (http->pages->health(http->pages->context, why))
		return answer_text(connection, MHD_HTTP_OK, "ok\n");
	snprintf(line, sizeof(line), "%s\n", why);
	return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, line);
}

static enum MHD_Result answer_index(struct MHD_Connection *connection)
{
	return answer(connection, MHD_HTTP_OK,
		      mhd->create_response_from_buffer(sizeof(index_page) - 1, (void *)index_page,
						       MHD_RESPMEM_PERSISTENT),
		      "text/html; charset=utf-8");
}

/*
 * libmicrohttpd calls once with the head, then with each part of a body, then once more: *request
 * tells the first call, and from answer_metrics() on whether a text is being sent.
 */
static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *data_size, void **request)
{
	static char seen;
	struct http *http = context;

	(void)version;
	(void)data;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer_with(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET or HEAD\n",
				   MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	if (!*request || *data_size) {
		*request = &seen;
		*data_size = 0;
		return MHD_YES;
	}
	if (!strcmp(url, "/metrics"))
		return answer_metrics(http, connection, request);
	if (!strcmp(url, "/healthz"))
		return answer_health(http, connection);
	if (!strcmp(url, "/"))
		return answer_index(connection);
	return answer_text(connection, MHD_HTTP_NOT_FOUND, "not here: /metrics or /healthz\n");
}

static void end_request(void *context, struct MHD_Connection *connection, void **request,
			enum MHD_RequestTerminationCode how)
{
	const union MHD_ConnectionInfo *info =
		mhd->get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct client *client = info ? info->socket_context : NULL;
	struct http *http = context;

	(void)how;
	if (*request == http)
		http->texts--;
	*request = NULL;
	if (client)
		client->since_ns = now_ns();
}

static void begin_client(struct http *http, struct MHD_Connection *connection, void **client)
{
	const union MHD_ConnectionInfo *info =
		mhd->get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	for (int i = 0; i < HTTP_CONNECTIONS && info; i++) {
		if (http->clients[i].connected)
			continue;
		http->clients[i] = (struct client){ true, info->connect_fd, now_ns() };
		*client = &http->clients[i];
		return;
	}
}

static void connection_changed(void *context, struct MHD_Connection *connection, void **client,
			       enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		begin_client(context, connection, client);
	else if (*client)
		((struct client *)*client)->connected = false;
}

static int listen_on(const struct http_address *address)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->socket;
	int family = address->socket.ss_family, on = 1, err;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* [::] stands for all addresses, whatever bindv6only says. */
	int only_v6 = family == AF_INET6 && !IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr);

	if (fd < 0)
		return -errno;
	/* What a server before us left in TIME_WAIT does not matter; one that still listens does.
	 */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    (family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof(only_v6))) ||
	    bind(fd, (const struct sockaddr *)&address->socket, address->length) ||
	    listen(fd, HTTP_CONNECTIONS)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static int refuse(const struct http_address *address, int err, char why[HTTP_WHY_MAX])
{
	char text[HTTP_ADDRESS_MAX];
	const char *what_to_do = "";

	if (err == -EADDRINUSE)
		what_to_do = ": is it served already? Else name another port";
	else if (err == -EADDRNOTAVAIL)
		what_to_do = ": name an address of this machine";
	else if (err == -EACCES)
		what_to_do = ": name a port from 1024 on";
	http_address_format(text, address);
	snprintf(why, HTTP_WHY_MAX, "cannot listen on %s: %s%s", text, strerror(-err), what_to_do);
	return err;
}

/* fd is the daemon's in any case. */
static int start(struct http *http, int fd)
{
	const union MHD_DaemonInfo *info;

	http->daemon = mhd->start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, handle, http, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int)HTTP_CONNECTIONS,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)HTTP_IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_MEMORY,
		MHD_OPTION_NOTIFY_COMPLETED, end_request, http, MHD_OPTION_NOTIFY_CONNECTION,
		connection_changed, http, MHD_OPTION_END);
	if (!http->daemon) {
		close(fd);
		return -ENOMEM;
	}
	info = mhd->get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info)
		return -ENOTSUP;
	http->fd = info->epoll_fd;
	return 0;
}

int http_open(struct http **http, const struct http_address *address,
	      const struct http_pages *pages, char why[HTTP_WHY_MAX])
{
	struct http *new;
	const char *wrong;
	int fd, err;

	*http = NULL;
	mhd = http_library_load(&wrong);
	if (!mhd) {
		snprintf(why, HTTP_WHY_MAX, "serving needs libmicrohttpd: install it (%s)", wrong);
		return -ENOENT;
	}
	new = calloc(1, sizeof(*new));
	if (!new)
		return refuse(address, -ENOMEM, why);
	new->pages = pages;
	new->address = *address;
	fd = listen_on(address);
	err = fd < 0 ? fd : 0;
	/* Port 0 became another one. */
	if (!err && getsockname(fd, (struct sockaddr *)&new->address.socket, &new->address.length))
		err = -errno;
	if (!err)
		err = start(new, fd);
	else if (fd >= 0)
		close(fd);
	if (err) {
		http_close(new);
		return refuse(address, err, why);
	}
	*http = new;
	return 0;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	if (http->daemon)
		mhd->stop_daemon(http->daemon);
	free(http);
}

const struct http_address *http_listens_on(const struct http *http)
{
	return &http->address;
}

int http_fd(const struct http *http)
{
	return http->fd;
}

int http_timeout_ms(const struct http *http)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (mhd->get_timeout(http->daemon, &ms) != MHD_YES)
		return -1;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

/* A client of whom nothing comes ends by HTTP_IDLE_S; this is for the others, whose every byte
 * brings us here. libmicrohttpd closes what is shut down. */
static void end_trickles(struct http *http)
{
	uint64_t now = now_ns();

	for (int i = 0; i < HTTP_CONNECTIONS; i++) {
		const struct client *client = &http->clients[i];

		if (client->connected && now - client->since_ns > HTTP_REQUEST_S * 1000000000ull)
			shutdown(client->fd, SHUT_RDWR);
	}
}

void http_run(struct http *http)
{
	mhd->run(http->daemon);
	end_trickles(http);
}
