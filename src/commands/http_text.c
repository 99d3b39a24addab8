// SPDX-License-Identifier: GPL-2.0-only
/* Addresses and Accept headers: see http_text.h. */
#include "commands/http_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool parse_port(const char *text, in_port_t *port)
{
	size_t length = strlen(text);
	long number;

	if (!length || length > 5 || strspn(text, "0123456789") != length)
		return false;
	number = strtol(text, NULL, 10);
	*port = htons((in_port_t)number);
	return number <= 65535;
}

static int parse_v4(struct http_address *address, const char *host, in_port_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&address->socket;

	in->sin_family = AF_INET;
	in->sin_port = port;
	address->length = sizeof(*in);
	return inet_pton(AF_INET, host, &in->sin_addr) == 1 ? 0 : -EINVAL;
}

static int parse_v6(struct http_address *address, char *host, in_port_t port)
{
	struct sockaddr_in6 *in = (struct sockaddr_in6 *)&address->socket;
	char *scope = strchr(host, '%');

	in->sin6_family = AF_INET6;
	in->sin6_port = port;
	address->length = sizeof(*in);
	if (scope) {
		*scope++ = '\0';
		in->sin6_scope_id = if_nametoindex(scope);
		if (!in->sin6_scope_id)
			return -ENODEV;
	}
	return inet_pton(AF_INET6, host, &in->sin6_addr) == 1 ? 0 : -EINVAL;
}

int http_address_parse(struct http_address *address, const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[HTTP_ADDRESS_MAX];
	size_t length;
	in_port_t port;

	memset(address, 0, sizeof(*address));
	if (!colon || colon - text >= HTTP_ADDRESS_MAX || !parse_port(colon + 1, &port))
		return -EINVAL;
	length = (size_t)(colon - text);
	memcpy(host, text, length);
	host[length] = '\0';
	if (host[0] != '[')
		return parse_v4(address, host, port);
	if (host[length - 1] != ']')
		return -EINVAL;
	host[length - 1] = '\0';
	return parse_v6(address, host + 1, port);
}

unsigned int http_address_port(const struct http_address *address)
{
	if (address->socket.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)&address->socket)->sin_port);
	if (address->socket.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)&address->socket)->sin6_port);
	return 0;
}

void http_address_format(char text[HTTP_ADDRESS_MAX], const struct http_address *address)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->socket;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->socket;
	char host[INET6_ADDRSTRLEN] = "?", scope[IF_NAMESIZE] = "";
	unsigned int port = http_address_port(address);

	if (address->socket.ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		if (v6->sin6_scope_id)
			if_indextoname(v6->sin6_scope_id, scope);
		snprintf(text, HTTP_ADDRESS_MAX, "[%s%s%s]:%u", host, *scope ? "%" : "", scope,
			 port);
		return;
	}
	inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
	snprintf(text, HTTP_ADDRESS_MAX, "%s:%u", host, port);
}

/* How exactly a range names what we have. */
enum fit { FIT_NONE, FIT_ANY, FIT_KIND, FIT_NAMED, FIT_VERSION };

struct offer {
	const char *kind, *name, *version; /* text, text/plain, 0.0.4 */
	enum fit fit;			   /* of the best range so far */
	unsigned int q;			   /* its, in thousandths */
};

/* A part of the header. */
struct span {
	const char *at;
	size_t length;
};

static struct span trim(struct span span)
{
	while (span.length && strchr(" \t", span.at[0])) {
		span.at++;
		span.length--;
	}
	while (span.length && strchr(" \t", span.at[span.length - 1]))
		span.length--;
	return span;
}

/* What is before the next end of rest, without blanks; rest goes on behind it. Ends in quotes are
 * none. */
static struct span cut(struct span *rest, char end)
{
	struct span part = *rest;
	bool quoted = false;
	size_t i;

	for (i = 0; i < rest->length && (quoted || rest->at[i] != end); i++) {
		if (rest->at[i] == '"')
			quoted = !quoted;
		else if (quoted && rest->at[i] == '\\' && i + 1 < rest->length)
			i++;
	}
	part.length = i;
	i += i < rest->length;
	rest->at += i;
	rest->length -= i;
	return trim(part);
}

static bool is(struct span span, const char *text)
{
	return strlen(text) == span.length && !strncasecmp(span.at, text, span.length);
}

/* "1", "0.5", "0.123": in thousandths; -1: malformed. */
static int parse_q(struct span text)
{
	int q = 0, scale = 1000;

	if (!text.length || text.length > 5 || text.at[0] < '0' || text.at[0] > '1' ||
	    (text.length > 1 && text.at[1] != '.'))
		return -1;
	for (size_t i = 0; i < text.length; i++) {
		if (i == 1)
			continue;
		if (text.at[i] < '0' || text.at[i] > '9')
			return -1;
		q += (text.at[i] - '0') * scale;
		scale /= 10;
	}
	return q <= 1000 ? q : -1;
}

static struct span unquote(struct span text)
{
	if (text.length >= 2 && text.at[0] == '"' && text.at[text.length - 1] == '"') {
		text.at++;
		text.length -= 2;
	}
	return text;
}

static enum fit fit_of(const struct offer *offer, struct span range, struct span version)
{
	struct span kind, name = range;

	if (is(range, "*/*"))
		return FIT_ANY;
	kind = cut(&name, '/');
	if (!is(kind, offer->kind))
		return FIT_NONE;
	if (is(name, "*"))
		return FIT_KIND;
	if (!is(range, offer->name))
		return FIT_NONE;
	if (!version.at)
		return FIT_NAMED;
	return is(version, offer->version) ? FIT_VERSION : FIT_NONE;
}

static void consider(struct offer *offer, struct span range, struct span version, unsigned int q)
{
	enum fit fit = fit_of(offer, range, version);

	if (!fit || fit < offer->fit || (fit == offer->fit && q <= offer->q))
		return;
	offer->fit = fit;
	offer->q = q;
}

static void take_range(struct offer offers[2], struct span item)
{
	struct span range = cut(&item, ';'), version = { NULL, 0 };
	int q = 1000;

	while (item.length) {
		struct span value = cut(&item, ';'), name = cut(&value, '=');

		if (is(name, "q"))
			q = parse_q(trim(value));
		else if (is(name, "version"))
			version = unquote(trim(value));
	}
	for (int i = 0; i < 2 && q >= 0; i++)
		consider(&offers[i], range, version, (unsigned int)q);
}

enum metrics_form http_accept(const char *header)
{
	struct offer offers[] = {
		{ "application", "application/openmetrics-text", "1.0.0", FIT_NONE, 0 },
		{ "text", "text/plain", "0.0.4", FIT_NONE, 0 },
	};
	struct span rest = { header, header ? strlen(header) : 0 };

	while (rest.length)
		take_range(offers, cut(&rest, ','));
	if (offers[0].q > offers[1].q ||
	    (offers[0].q && offers[0].q == offers[1].q && offers[0].fit >= FIT_NAMED))
		return METRICS_OPENMETRICS;
	return METRICS_PROMETHEUS;
}
