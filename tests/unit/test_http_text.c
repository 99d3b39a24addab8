// SPDX-License-Identifier: GPL-2.0-only
/* Addresses to listen on, and which form of metrics a client takes. */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "commands/http_text.h"

static void an_address_reads_back_as_it_was_written(void **state)
{
	static const char *const good[] = { "127.0.0.1:9435", "0.0.0.0:0", "10.20.30.40:65535",
					    "[::1]:9435",     "[::]:1",	   "[2001:db8::7]:9435",
					    "[fe80::1%lo]:80" };
	struct http_address address;
	char text[HTTP_ADDRESS_MAX];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		/* A guest may have no loopback device. */
		if (strchr(good[i], '%') && !if_nametoindex("lo"))
			continue;
		assert_int_equal(http_address_parse(&address, good[i]), 0);
		http_address_format(text, &address);
		assert_string_equal(text, good[i]);
	}
}

static void port_and_family_are_those_of_the_text(void **state)
{
	struct http_address address;

	assert_int_equal(http_address_parse(&address, "127.0.0.1:9435"), 0);
	assert_int_equal(address.socket.ss_family, AF_INET);
	assert_int_equal(address.length, sizeof(struct sockaddr_in));
	assert_int_equal(http_address_port(&address), 9435);
	assert_int_equal(http_address_parse(&address, "[::1]:65535"), 0);
	assert_int_equal(address.socket.ss_family, AF_INET6);
	assert_int_equal(address.length, sizeof(struct sockaddr_in6));
	assert_int_equal(http_address_port(&address), 65535);
	assert_int_equal(http_address_port(&(struct http_address){ 0 }), 0);
}

static void what_is_no_address_with_a_port_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		":",
		":9435",
		"9435",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:x",
		"127.0.0.1:-1",
		"127.0.0.1:+1",
		"127.0.0.1: 1",
		"127.0.0.1:65536",
		"127.0.0.1:4294967297",
		"127.1:80",
		"256.0.0.1:80",
		"localhost:9435",
		"*:9435",
		"::1:9435",
		"[::1]",
		"[::1]9435",
		"[::1:9435",
		"::1]:9435",
		"[]:9435",
		"[:9435",
		"]:9435",
		"[127.0.0.1]:80",
		" 127.0.0.1:80",
		"127.0.0.1 :80",
		"127.0.0.1:80 ",
		"http://127.0.0.1:9435",
		"127.0.0.1:9435/metrics",
		"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:"
		"0000]:1",
	};
	struct http_address address;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(http_address_parse(&address, bad[i]), -EINVAL);
	assert_int_equal(http_address_parse(&address, "[fe80::1%nosuch]:80"), -ENODEV);
	assert_int_equal(http_address_parse(&address, "[fe80::1%]:80"), -ENODEV);
}

struct accepted {
	const char *header;
	enum metrics_form form;
};

static void check(const struct accepted *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (http_accept(cases[i].header) != cases[i].form)
			fail_msg("%s", cases[i].header ? cases[i].header : "(none)");
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof((cases)[0]))

static void known_clients_get_the_form_they_like_best(void **state)
{
	static const struct accepted cases[] = {
		/* Prometheus 2.42 */
		{ "application/openmetrics-text;version=1.0.0,"
		  "application/openmetrics-text;version=0.0.1;q=0.75,text/"
		  "plain;version=0.0.4;q=0.5,"
		  "*/*;q=0.1",
		  METRICS_OPENMETRICS },
		/* Prometheus 3: with UTF-8 names, and with native histograms */
		{ "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
		  "application/openmetrics-text;version=0.0.1;q=0.5,"
		  "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/"
		  "plain;version=0.0.4;q=0.3,"
		  "*/*;q=0.2",
		  METRICS_OPENMETRICS },
		{ "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
		  "encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;"
		  "escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
		  "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/"
		  "plain;version=0.0.4;q=0.2,"
		  "*/*;q=0.1",
		  METRICS_OPENMETRICS },
		/* Prometheus 3 with scrape_protocols: [PrometheusText0.0.4] */
		{ "text/plain;version=0.0.4;q=0.6,*/*;q=0.5", METRICS_PROMETHEUS },
		/* Prometheus 2.5 to 2.24 knew an earlier OpenMetrics alone */
		{ "application/openmetrics-text; "
		  "version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		  METRICS_PROMETHEUS },
		/* curl; a browser; nobody */
		{ "*/*", METRICS_PROMETHEUS },
		{ "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/"
		  "*;q=0.8",
		  METRICS_PROMETHEUS },
		{ NULL, METRICS_PROMETHEUS },
		{ "", METRICS_PROMETHEUS },
	};

	CHECK(cases);
}

static void the_higher_q_of_the_most_exact_range_wins(void **state)
{
	static const struct accepted cases[] = {
		{ "application/openmetrics-text", METRICS_OPENMETRICS },
		{ "text/plain, application/openmetrics-text", METRICS_OPENMETRICS },
		{ "text/plain, application/openmetrics-text;q=0.999", METRICS_PROMETHEUS },
		{ "text/plain;q=0.1, application/openmetrics-text;q=0.2", METRICS_OPENMETRICS },
		{ "text/plain;q=0.2, application/openmetrics-text;q=0.1", METRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=0.001", METRICS_OPENMETRICS },
		{ "application/openmetrics-text;q=0, */*;q=0.1", METRICS_PROMETHEUS },
		{ "*/*, text/plain;q=0", METRICS_OPENMETRICS },
		{ "*/*, text/*;q=0.5", METRICS_OPENMETRICS },
		{ "text/*, application/*", METRICS_PROMETHEUS },
		{ "application/*", METRICS_OPENMETRICS },
		{ "application/openmetrics-text;q=0.2, "
		  "application/openmetrics-text;version=1.0.0;q=0.9,"
		  "text/plain;q=0.5",
		  METRICS_OPENMETRICS },
		/* Another version of a form is another form. */
		{ "application/openmetrics-text;version=2.0.0, text/plain;q=0.1",
		  METRICS_PROMETHEUS },
		{ "text/plain;version=1.0.0, application/openmetrics-text;q=0.1",
		  METRICS_OPENMETRICS },
		/* As RFC 9110 lets it be written. */
		{ " Application/OpenMetrics-Text ; Version=\"1.0.0\" ; Q=1.000 , text/plain;q=0.9",
		  METRICS_OPENMETRICS },
		{ "application/openmetrics-text\t;\tq=1,,", METRICS_OPENMETRICS },
		{ "x/y;a=\",;\\\",application/openmetrics-text\", text/plain;q=0.1",
		  METRICS_PROMETHEUS },
		/* Neither: what exporters do. */
		{ "application/json", METRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=0, text/plain;q=0", METRICS_PROMETHEUS },
	};

	CHECK(cases);
}

static void what_is_malformed_says_nothing(void **state)
{
	static const char *const malformed[] = {
		"application/openmetrics-text;q=",
		"application/openmetrics-text;q=2",
		"application/openmetrics-text;q=1.1",
		"application/openmetrics-text;q=-1",
		"application/openmetrics-text;q=0.1234",
		"application/openmetrics-text;q=.5",
		"application/openmetrics-text;q=1.001",
		"application/openmetrics-text;q=nan",
		"application/openmetrics-text;q",
		"application/openmetrics-textual",
		"application/openmetrics-tex",
		"application",
		"/",
		";",
		",",
		"=",
		";;q=1;;",
		"application/openmetrics-text;version=\"1.0.0",
		"\"application/openmetrics-text",
		"/openmetrics-text",
		"*",
		"\\",
	};
	char header[128];

	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		assert_int_equal(http_accept(malformed[i]), METRICS_PROMETHEUS);
		snprintf(header, sizeof(header), "application/openmetrics-text, %s", malformed[i]);
		assert_int_equal(http_accept(header), METRICS_OPENMETRICS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_reads_back_as_it_was_written),
		cmocka_unit_test(port_and_family_are_those_of_the_text),
		cmocka_unit_test(what_is_no_address_with_a_port_is_refused),
		cmocka_unit_test(known_clients_get_the_form_they_like_best),
		cmocka_unit_test(the_higher_q_of_the_most_exact_range_wins),
		cmocka_unit_test(what_is_malformed_says_nothing),
	};

	return cmocka_run_group_tests_name("http_text", tests, NULL, NULL);
}
