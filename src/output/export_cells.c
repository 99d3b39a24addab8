// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables for other tools: see export_cells.h. Numbers and texts are written by hand, as printf()
 * would cost more than reading the trace.
 */
#include "output/export_cells.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event/event.h"
#include "output/output.h"

#define BUFFER_SIZE (256u << 10)
#define TEXT_MAX    256			 /* of a cell; longer texts are cut */
#define CELL_MAX    (2 * TEXT_MAX + 128) /* with its key, all of its text escaped */

struct export_key {
	char text[64];
	uint32_t length;
};

static void flush(struct export_cells *out)
{
	if (out->used && !out->err && fwrite(out->buffer, 1, out->used, out->file) != out->used)
		out->err = errno ? -errno : -EIO;
	out->used = 0;
}

/* Room for a cell, and behind it what ends a row. */
static char *room(struct export_cells *out)
{
	if (out->used > BUFFER_SIZE - CELL_MAX)
		flush(out);
	return out->buffer + out->used;
}

static void put(struct export_cells *out, const char *text, size_t length)
{
	memcpy(room(out), text, length);
	out->used += length;
}

static void make_key(struct export_key *key, enum export_form form, uint32_t column,
		     const char *name)
{
	if (form == EXPORT_CSV)
		snprintf(key->text, sizeof(key->text), "%s", column ? "," : "");
	else
		snprintf(key->text, sizeof(key->text), "%s\"%s\":", column ? "," : "{", name);
	key->length = strlen(key->text);
}

static void put_header(struct export_cells *out)
{
	for (uint32_t i = 0; i < out->count; i++) {
		if (i)
			put(out, ",", 1);
		put(out, out->columns[i], strlen(out->columns[i]));
	}
	put(out, "\n", 1);
}

int export_open(struct export_cells *out, FILE *file, enum export_form form,
		const char *const *columns, uint32_t count)
{
	*out = (struct export_cells){
		.file = file, .form = form, .columns = columns, .count = count
	};
	out->buffer = malloc(BUFFER_SIZE);
	out->keys = calloc(count, sizeof(*out->keys));
	if (!out->buffer || !out->keys) {
		export_close(out);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < count; i++)
		make_key(&out->keys[i], form, i, columns[i]);
	if (form == EXPORT_CSV)
		put_header(out);
	if (form == EXPORT_JSON)
		put(out, "[", 1);
	return 0;
}

int export_close(struct export_cells *out)
{
	if (out->buffer && out->keys) {
		if (out->form == EXPORT_JSON)
			put(out, out->rows ? "\n]" : "]", out->rows ? 2 : 1);
		flush(out);
	}
	free(out->buffer);
	free(out->keys);
	out->buffer = NULL;
	out->keys = NULL;
	return out->err;
}

/* Begins a cell: where its value goes. */
static char *begin(struct export_cells *out)
{
	const struct export_key *key = &out->keys[out->next];
	char *p = room(out);

	if (!out->next && out->form == EXPORT_JSON) {
		*p++ = out->rows ? ',' : '\n';
		if (out->rows)
			*p++ = '\n';
	}
	out->next++;
	/* All of it, as a copy of a fixed size is two instructions a word. */
	memcpy(p, key->text, sizeof(key->text));
	return p + key->length;
}

static void end_at(struct export_cells *out, const char *p)
{
	out->used = p - out->buffer;
}

int export_end_row(struct export_cells *out)
{
	if (out->form != EXPORT_CSV)
		put(out, "}", 1);
	if (out->form != EXPORT_JSON)
		put(out, "\n", 1);
	out->next = 0;
	out->rows++;
	return out->err;
}

void export_none(struct export_cells *out)
{
	char *p = begin(out);

	if (out->form != EXPORT_CSV) {
		memcpy(p, "null", 4);
		p += 4;
	}
	end_at(out, p);
}

void export_u64(struct export_cells *out, uint64_t n)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	char digits[20], *end = digits + sizeof(digits), *first = end, *p = begin(out);

	if (n > INT64_MAX)
		n = INT64_MAX;
	for (; n >= 100; n /= 100) {
		first -= 2;
		memcpy(first, &pairs[n % 100 * 2], 2);
	}
	if (n >= 10) {
		first -= 2;
		memcpy(first, &pairs[n * 2], 2);
	} else {
		*--first = '0' + n;
	}
	memcpy(p, first, end - first);
	end_at(out, p + (end - first));
}

void export_bool(struct export_cells *out, bool yes)
{
	char *p = begin(out);

	if (out->form == EXPORT_CSV)
		*p++ = '0' + yes;
	else
		p = stpcpy(p, yes ? "true" : "false");
	end_at(out, p);
}

/* RFC 4180: in quotes where it must be, and the quotes in it doubled. */
static char *put_csv(char *p, const char *text)
{
	/* Else it would read as unknown. */
	if (*text && !text[strcspn(text, ",\"\r\n")])
		return stpcpy(p, text);
	*p++ = '"';
	for (; *text; text++) {
		if (*text == '"')
			*p++ = '"';
		*p++ = *text;
	}
	*p++ = '"';
	return p;
}

/* Text that is clean has no control characters. */
static char *put_json(char *p, const char *text)
{
	*p++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*p++ = '\\';
		*p++ = *text;
	}
	*p++ = '"';
	return p;
}

void export_text(struct export_cells *out, const char *text)
{
	char clean[TEXT_MAX], *p;
	size_t length;

	if (!text) {
		export_none(out);
		return;
	}
	length = strnlen(text, sizeof(clean) - 1);
	memcpy(clean, text, length);
	clean[length] = '\0';
	text_clean(clean);
	p = begin(out);
	end_at(out, out->form == EXPORT_CSV ? put_csv(p, clean) : put_json(p, clean));
}

void export_cpu(struct export_cells *out, uint16_t cpu)
{
	export_u64_if(out, cpu != CPU_UNKNOWN, cpu);
}
