// SPDX-License-Identifier: GPL-2.0-only
/* The HTTP server, asked by clients on loopback in the same thread. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "commands/http.h"

#define ANSWER_MAX 65536
#define ROUNDS	   500 /* of 10 ms: longer than any answer takes */

struct scene {
	struct http *http;
	struct http_pages pages;
	int scrapes;
	size_t padding; /* bytes more in a text */
	int error;
	bool ill;
	char answer[ANSWER_MAX];
	size_t length;
};

static int write_metrics(void *context, FILE *file, enum metrics_form form)
{
	struct scene *scene = context;

	if (scene->error)
		return scene->error;
	fprintf(file, "%s %d\n", form == METRICS_OPENMETRICS ? "openmetrics" : "prometheus",
		++scene->scrapes);
	for (size_t i = 0; i < scene->padding; i++)
		fputc('x', file);
	return 0;
}

static bool is_well(void *context, char why[HTTP_WHY_MAX])
{
	const struct scene *scene = context;

	snprintf(why, HTTP_WHY_MAX, "it is ill");
	return !scene->ill;
}

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct http_address address;
	char why[HTTP_WHY_MAX];

	assert_non_null(scene);
	signal(SIGPIPE, SIG_IGN);
	scene->pages = (struct http_pages){ scene, write_metrics, is_well };
	assert_int_equal(http_address_parse(&address, "127.0.0.1:0"), 0);
	assert_int_equal(http_open(&scene->http, &address, &scene->pages, why), 0);
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	http_close(scene->http);
	free(scene);
	return 0;
}

static int come(const struct scene *scene)
{
	const struct http_address *address = http_listens_on(scene->http);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 4096;

	assert_true(fd >= 0);
	/* What a client does not read is soon the server's to hold. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(connect(fd, (const struct sockaddr *)&address->socket, address->length),
			 0);
	return fd;
}

static void ask(int fd, const char *request)
{
	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
}

/* As serve's loop does, but for 10 ms at most. */
static void run(struct scene *scene)
{
	struct pollfd polled = { http_fd(scene->http), POLLIN, 0 };
	int ms = http_timeout_ms(scene->http);

	poll(&polled, 1, ms >= 0 && ms < 10 ? ms : 10);
	http_run(scene->http);
}

/* Whether the answer's head is there, and as much body as it tells of. */
static bool is_whole(const struct scene *scene, bool has_body)
{
	const char *end = strstr(scene->answer, "\r\n\r\n");
	const char *told = strcasestr(scene->answer, "\r\nContent-Length: ");

	return end && told &&
	       (!has_body ||
		scene->length >= (size_t)(end + 4 - scene->answer) + strtoul(told + 18, NULL, 10));
}

/* Takes what has come to scene->answer; false: the server closed. */
static bool take(struct scene *scene, int fd)
{
	ssize_t got = recv(fd, scene->answer + scene->length, ANSWER_MAX - 1 - scene->length,
			   MSG_DONTWAIT);

	if (got > 0)
		scene->length += (size_t)got;
	scene->answer[scene->length] = '\0';
	return got > 0 || (got < 0 && errno == EAGAIN);
}

static void forget(struct scene *scene)
{
	scene->length = 0;
	scene->answer[0] = '\0';
}

/* One request, one answer; the connection stays. */
static const char *exchange(struct scene *scene, int fd, const char *request)
{
	bool has_body = strncmp(request, "HEAD", 4) != 0;

	forget(scene);
	ask(fd, request);
	for (int i = 0; i < ROUNDS && !is_whole(scene, has_body); i++) {
		run(scene);
		if (!take(scene, fd))
			break;
	}
	return scene->answer;
}

static const char *get(struct scene *scene, const char *request)
{
	int fd = come(scene);

	exchange(scene, fd, request);
	close(fd);
	return scene->answer;
}

static const char *body(const char *answer)
{
	const char *end = strstr(answer, "\r\n\r\n");

	return end ? end + 4 : "";
}

#define HOST "Host: x\r\n"

static void assert_status(const char *answer, int status)
{
	if (strncmp(answer, "HTTP/1.1 ", 9) != 0 || atoi(answer + 9) != status)
		fail_msg("not %d: %s", status, answer);
}

static void assert_has(const char *answer, const char *text)
{
	if (!strstr(answer, text))
		fail_msg("no \"%s\" in: %s", text, answer);
}

static void metrics_come_in_the_form_that_the_client_takes(void **state)
{
	struct scene *scene = *state;
	const char *answer = get(scene, "GET /metrics HTTP/1.1\r\n" HOST "\r\n");

	assert_status(answer, 200);
	assert_has(answer, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
	assert_string_equal(body(answer), "prometheus 1\n");
	answer = get(scene, "GET /metrics?x=y HTTP/1.1\r\n" HOST
			    "Accept: application/openmetrics-text;version=1.0.0,*/*;q=0.1\r\n\r\n");
	assert_status(answer, 200);
	assert_has(answer, "Content-Type: application/openmetrics-text; version=1.0.0");
	assert_string_equal(body(answer), "openmetrics 2\n");
}

static void head_has_the_head_of_get(void **state)
{
	struct scene *scene = *state;
	const char *answer = get(scene, "HEAD /metrics HTTP/1.1\r\n" HOST "\r\n");

	assert_status(answer, 200);
	assert_has(answer, "Content-Length: 13\r\n");
	assert_string_equal(body(answer), "");
	assert_status(get(scene, "HEAD /nothing HTTP/1.1\r\n" HOST "\r\n"), 404);
}

static void health_says_what_is_wrong(void **state)
{
	struct scene *scene = *state;
	const char *answer = get(scene, "GET /healthz HTTP/1.1\r\n" HOST "\r\n");

	assert_status(answer, 200);
	assert_string_equal(body(answer), "ok\n");
	scene->ill = true;
	answer = get(scene, "GET /healthz HTTP/1.1\r\n" HOST "\r\n");
	assert_status(answer, 503);
	assert_string_equal(body(answer), "it is ill\n");
}

static void what_is_not_served_is_refused(void **state)
{
	struct scene *scene = *state;
	const char *answer = get(scene, "GET / HTTP/1.1\r\n" HOST "\r\n");

	assert_status(answer, 200);
	assert_has(answer, "Content-Type: text/html");
	assert_has(answer, "<a href=\"/metrics\">");
	assert_status(get(scene, "GET /metrics/ HTTP/1.1\r\n" HOST "\r\n"), 404);
	assert_status(get(scene, "GET /../etc/passwd HTTP/1.1\r\n" HOST "\r\n"), 404);
	answer = get(scene, "DELETE /metrics HTTP/1.1\r\n" HOST "\r\n");
	assert_status(answer, 405);
	assert_has(answer, "\r\nAllow: GET, HEAD\r\n");
	answer = get(scene, "POST /metrics HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc");
	assert_status(answer, 405);
	assert_int_equal(scene->scrapes, 0);
}

static void metrics_that_cannot_be_made_are_a_failure(void **state)
{
	struct scene *scene = *state;
	const char *answer;

	scene->error = -ENOMEM;
	answer = get(scene, "GET /metrics HTTP/1.1\r\n" HOST "\r\n");
	assert_status(answer, 500);
	assert_string_equal(body(answer), "no metrics: Cannot allocate memory\n");
	scene->error = 0;
	assert_status(get(scene, "GET /metrics HTTP/1.1\r\n" HOST "\r\n"), 200);
}

static void a_connection_serves_one_request_after_the_other(void **state)
{
	struct scene *scene = *state;
	int fd = come(scene);

	assert_string_equal(body(exchange(scene, fd, "GET /metrics HTTP/1.1\r\n" HOST "\r\n")),
			    "prometheus 1\n");
	/* A body is not the next request. */
	assert_string_equal(
		body(exchange(scene, fd,
			      "GET /metrics HTTP/1.1\r\n" HOST
			      "Content-Length: 25\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n")),
		"prometheus 2\n");
	assert_string_equal(body(exchange(scene, fd, "GET /metrics HTTP/1.1\r\n" HOST "\r\n")),
			    "prometheus 3\n");
	close(fd);
}

static void a_slow_reader_does_not_delay_others(void **state)
{
	struct scene *scene = *state;
	size_t got = 0;
	int slow;

	scene->padding = 16 << 20;
	slow = come(scene);
	ask(slow, "GET /metrics HTTP/1.1\r\n" HOST "\r\n");
	for (int i = 0; i < ROUNDS && !scene->scrapes; i++)
		run(scene);
	assert_int_equal(scene->scrapes, 1);
	assert_status(get(scene, "GET /healthz HTTP/1.1\r\n" HOST "\r\n"), 200);
	/* And it gets all of it in the end. */
	for (int i = 0; i < 1000000 && got < scene->padding; i++) {
		forget(scene);
		http_run(scene->http);
		if (!take(scene, slow))
			break;
		got += scene->length;
	}
	assert_true(got >= scene->padding);
	close(slow);
}

static void texts_that_nobody_reads_are_few(void **state)
{
	struct scene *scene = *state;
	int slow[HTTP_TEXTS];
	const char *answer;

	scene->padding = 16 << 20;
	for (int i = 0; i < HTTP_TEXTS; i++) {
		slow[i] = come(scene);
		ask(slow[i], "GET /metrics HTTP/1.1\r\n" HOST "\r\n");
	}
	for (int i = 0; i < ROUNDS && scene->scrapes < HTTP_TEXTS; i++)
		run(scene);
	assert_int_equal(scene->scrapes, HTTP_TEXTS);
	answer = get(scene, "GET /metrics HTTP/1.1\r\n" HOST "\r\n");
	assert_status(answer, 503);
	assert_has(answer, "\r\nRetry-After: ");
	assert_int_equal(scene->scrapes, HTTP_TEXTS);
	for (int i = 0; i < HTTP_TEXTS; i++)
		close(slow[i]);
	for (int i = 0; i < 20; i++)
		run(scene);
	scene->padding = 0;
	assert_status(get(scene, "GET /metrics HTTP/1.1\r\n" HOST "\r\n"), 200);
}

static void connections_beyond_the_bound_wait_for_their_turn(void **state)
{
	struct scene *scene = *state;
	int idle[HTTP_CONNECTIONS], late;

	for (int i = 0; i < HTTP_CONNECTIONS; i++) {
		idle[i] = come(scene);
		assert_status(exchange(scene, idle[i], "GET /healthz HTTP/1.1\r\n" HOST "\r\n"),
			      200);
	}
	late = come(scene);
	ask(late, "GET /healthz HTTP/1.1\r\n" HOST "\r\n");
	forget(scene);
	for (int i = 0; i < 20; i++) {
		run(scene);
		assert_true(take(scene, late));
	}
	assert_int_equal(scene->length, 0);
	close(idle[0]);
	for (int i = 0; i < ROUNDS && !is_whole(scene, true); i++) {
		run(scene);
		assert_true(take(scene, late));
	}
	assert_status(scene->answer, 200);
	for (int i = 1; i < HTTP_CONNECTIONS; i++)
		close(idle[i]);
	close(late);
	/* Their places are free again. */
	for (int i = 0; i < 3 * HTTP_CONNECTIONS; i++)
		assert_status(get(scene, "GET /healthz HTTP/1.1\r\n" HOST "\r\n"), 200);
}

static void a_head_without_end_is_refused(void **state)
{
	static char request[4 * HTTP_MEMORY];
	struct scene *scene = *state;
	int fd = come(scene);

	memset(request, 'a', sizeof(request) - 1);
	memcpy(request, "GET /metrics HTTP/1.1\r\nX: ", 26);
	forget(scene);
	for (size_t sent = 0; sent < sizeof(request) - 1;) {
		ssize_t n = send(fd, request + sent, sizeof(request) - 1 - sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		run(scene);
		if (!take(scene, fd) || (n < 0 && errno != EAGAIN))
			break;
	}
	if (scene->length)
		assert_true(atoi(scene->answer + 9) / 100 == 4);
	assert_int_equal(scene->scrapes, 0);
	close(fd);
	assert_status(get(scene, "GET /metrics HTTP/1.1\r\n" HOST "\r\n"), 200);
}

static void garbage_harms_nobody(void **state)
{
	static const char *const garbage[] = {
		"\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02", "GET /metrics HTTP/9.9\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nContent-Length: -1\r\n\r\n"
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		int fd = come(scene);

		ask(fd, garbage[i]);
		for (int round = 0; round < 3; round++)
			run(scene);
		close(fd);
	}
	assert_status(get(scene, "GET /metrics HTTP/1.1\r\n" HOST "\r\n"), 200);
}

static void without_clients_there_is_nothing_to_do(void **state)
{
	struct scene *scene = *state;
	struct pollfd polled = { http_fd(scene->http), POLLIN, 0 };
	int fd;

	http_run(scene->http);
	assert_int_equal(http_timeout_ms(scene->http), -1);
	assert_int_equal(poll(&polled, 1, 0), 0);
	fd = come(scene);
	assert_int_equal(poll(&polled, 1, 1000), 1);
	run(scene);
	assert_in_range(http_timeout_ms(scene->http), 0, HTTP_IDLE_S * 1000);
	close(fd);
}

static void a_port_that_is_taken_is_told(void **state)
{
	struct scene *scene = *state;
	struct http_address address = *http_listens_on(scene->http);
	char text[HTTP_ADDRESS_MAX], why[HTTP_WHY_MAX], expected[HTTP_WHY_MAX];
	struct http *second;

	assert_true(http_address_port(&address) > 0);
	assert_int_equal(http_open(&second, &address, &scene->pages, why), -EADDRINUSE);
	assert_null(second);
	http_address_format(text, &address);
	snprintf(expected, sizeof(expected), "cannot listen on %s: Address already in use: ", text);
	assert_int_equal(strncmp(why, expected, strlen(expected)), 0);
	/* Free once it is closed, whatever hangs on it. */
	close(come(scene));
	http_close(scene->http);
	assert_int_equal(http_open(&scene->http, &address, &scene->pages, why), 0);
	assert_status(get(scene, "GET /healthz HTTP/1.1\r\n" HOST "\r\n"), 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(metrics_come_in_the_form_that_the_client_takes),
		TEST(head_has_the_head_of_get),
		TEST(health_says_what_is_wrong),
		TEST(what_is_not_served_is_refused),
		TEST(metrics_that_cannot_be_made_are_a_failure),
		TEST(a_connection_serves_one_request_after_the_other),
		TEST(a_slow_reader_does_not_delay_others),
		TEST(texts_that_nobody_reads_are_few),
		TEST(connections_beyond_the_bound_wait_for_their_turn),
		TEST(a_head_without_end_is_refused),
		TEST(garbage_harms_nobody),
		TEST(without_clients_there_is_nothing_to_do),
		TEST(a_port_that_is_taken_is_told),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
