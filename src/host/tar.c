// SPDX-License-Identifier: GPL-2.0-only
/* Tar archives: see tar.h. */
#include "host/tar.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 512
/* Of the records that say another entry's name; all others are passed over. */
#define EXTRA_MAX 65536

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8];
	char type;
	char link[100], magic[8], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "a tar header is a block");

void tar_open(struct tar *tar, int fd)
{
	memset(tar, 0, sizeof(*tar));
	tar->fd = fd;
}

static int fail(struct tar *tar, const char *why)
{
	tar->why = why;
	return -EINVAL;
}

/* As much as there is, up to size. */
static long read_full(int fd, char *bytes, size_t size)
{
	size_t length = 0;
	ssize_t got;

	while (length < size) {
		got = read(fd, bytes + length, size - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		length += (size_t)got;
	}
	return (long)length;
}

/* Octal, ended by a blank, a '\0' or the field's end; false: it is none. */
static bool octal(const char *field, size_t size, uint64_t *number)
{
	size_t i = 0;

	*number = 0;
	while (i < size && field[i] == ' ')
		i++;
	if (i == size || field[i] < '0' || field[i] > '7')
		return false;
	for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
		*number = *number << 3 | (uint64_t)(field[i] - '0');
	return i == size || field[i] == ' ' || field[i] == '\0';
}

static bool checksum_is_right(const struct header *header)
{
	const unsigned char *bytes = (const unsigned char *)header;
	size_t at = offsetof(struct header, checksum);
	uint64_t told, sum = 0;

	for (size_t i = 0; i < BLOCK; i++)
		sum += i >= at && i < at + sizeof(header->checksum) ? ' ' : bytes[i];
	return octal(header->checksum, sizeof(header->checksum), &told) && told == sum;
}

static bool is_zero(const struct header *header)
{
	static const char zeros[BLOCK];

	return !memcmp(header, zeros, BLOCK);
}

long tar_read(struct tar *tar, void *bytes, unsigned long size)
{
	long got;

	if (size > tar->left)
		size = tar->left;
	if (!size)
		return 0;
	got = read_full(tar->fd, bytes, size);
	if (got < 0)
		return got;
	if ((unsigned long)got < size)
		return fail(tar, "it ends in the middle of a file");
	tar->left -= size;
	return got;
}

static int skip_rest(struct tar *tar)
{
	char bytes[16384];
	long got;

	do {
		got = tar_read(tar, bytes, sizeof(bytes));
	} while (got > 0);
	if (got < 0)
		return (int)got;
	got = read_full(tar->fd, bytes, tar->pad);
	if (got < 0)
		return (int)got;
	if ((unsigned int)got < tar->pad)
		return fail(tar, "it ends in the middle of a file");
	tar->pad = 0;
	return 0;
}

/* 1: a header, 0: the end. */
static int next_header(struct tar *tar, struct header *header)
{
	uint64_t size;
	long got;
	int err;

	err = skip_rest(tar);
	if (err)
		return err;
	got = read_full(tar->fd, (char *)header, BLOCK);
	if (got < 0)
		return (int)got;
	if (got < BLOCK)
		return fail(tar,
			    got ? "it is no tar, or its end is missing" : "its end is missing");
	if (is_zero(header))
		return 0;
	if (!checksum_is_right(header))
		return fail(tar, "it is no tar, or a header is damaged");
	/* GNU's binary sizes are for files of 8 GiB and more. */
	if (!octal(header->size, sizeof(header->size), &size))
		return fail(tar, "a size is no number");
	tar->left = size;
	tar->pad = (unsigned int)((BLOCK - size % BLOCK) % BLOCK);
	return 1;
}

/* The whole of a record about the next entry. */
static int read_extra(struct tar *tar, char **text, size_t *length)
{
	long got;

	if (tar->left > EXTRA_MAX)
		return fail(tar, "a record about a name is too long");
	*length = (size_t)tar->left;
	*text = malloc(*length + 1);
	if (!*text)
		return -ENOMEM;
	got = tar_read(tar, *text, *length);
	if (got < 0) {
		free(*text);
		return (int)got;
	}
	(*text)[*length] = '\0';
	return 0;
}

static int keep_name(struct tar *tar, char name[PATH_MAX], const char *text, size_t length)
{
	if (length >= PATH_MAX || !length)
		return fail(tar, "a name is too long, or empty");
	memcpy(name, text, length);
	name[length] = '\0';
	return 0;
}

/* "27 path=a/b\n", each with its own length; other keys do not change what the entry is. */
static int take_pax(struct tar *tar, char name[PATH_MAX], const char *text, size_t length)
{
	while (length) {
		const char *end, *equals, *key;
		uint64_t size = 0;
		int err;

		for (key = text; *key >= '0' && *key <= '9' && size < EXTRA_MAX; key++)
			size = 10 * size + (uint64_t)(*key - '0');
		if (*key != ' ' || size > length || size < (uint64_t)(key - text) + 3 ||
		    text[size - 1] != '\n')
			return fail(tar, "a pax record is damaged");
		key++;
		end = text + size - 1;
		equals = memchr(key, '=', (size_t)(end - key));
		if (!equals)
			return fail(tar, "a pax record is damaged");
		if (equals - key == 4 && !memcmp(key, "size", 4))
			return fail(tar, "a file is too large");
		if (equals - key == 4 && !memcmp(key, "path", 4)) {
			err = keep_name(tar, name, equals + 1, (size_t)(end - equals - 1));
			if (err)
				return err;
		}
		text += size;
		length -= size;
	}
	return 0;
}

static int take_extra(struct tar *tar, char type, char name[PATH_MAX])
{
	size_t length;
	char *text;
	int err;

	err = read_extra(tar, &text, &length);
	if (err)
		return err;
	if (type == 'L')
		err = keep_name(tar, name, text, strlen(text));
	else
		err = take_pax(tar, name, text, length);
	free(text);
	return err;
}

static void join_name(const struct header *header, char name[PATH_MAX])
{
	int prefix = 0;

	/* In GNU's own format other things stand there. */
	if (!memcmp(header->magic, "ustar\0", 6))
		prefix = (int)strnlen(header->prefix, sizeof(header->prefix));
	memcpy(name, header->prefix, (size_t)prefix);
	if (prefix)
		name[prefix++] = '/';
	memcpy(name + prefix, header->name, sizeof(header->name));
	name[prefix + (int)sizeof(header->name)] = '\0';
}

int tar_next(struct tar *tar, struct tar_entry *entry)
{
	struct header header;
	uint64_t mode;
	int err;

	*entry->name = '\0';
	while (true) {
		err = next_header(tar, &header);
		if (err <= 0)
			return err;
		if (header.type != 'L' && header.type != 'x' && header.type != 'g')
			break;
		err = header.type == 'g' ? 0 : take_extra(tar, header.type, entry->name);
		if (err)
			return err;
	}
	if (!*entry->name)
		join_name(&header, entry->name);
	if (!octal(header.mode, sizeof(header.mode), &mode))
		return fail(tar, "a mode is no number");
	entry->type = header.type ? header.type : '0';
	entry->mode = mode & 07777;
	entry->size = tar->left;
	memcpy(entry->link, header.link, sizeof(header.link));
	entry->link[sizeof(header.link)] = '\0';
	return 1;
}
