// SPDX-License-Identifier: GPL-2.0-only
/* Virtual machines' names from their processes' texts: see vmname.h. */
#include "host/vmname.h"

#include <ctype.h>
#include <string.h>
#include "host/read.h"

/* systemd's UNIT_NAME_MAX is 256, a folder's name has 255 bytes. */
#define FOLDER_SIZE 256

/* A name as it is taken together byte by byte; what does not fit is left out. */
struct text {
	char *bytes; /* VM_NAME_SIZE */
	size_t length;
	bool cut;
};

static void text_add(struct text *text, char c)
{
	if (text->length == VM_NAME_SIZE - 1)
		text->cut = true;
	else
		text->bytes[text->length++] = (unsigned char)c < ' ' || c == 0x7f ? '?' : c;
}

/* False: nothing was added. */
static bool text_end(struct text *text)
{
	size_t start = text->length;

	/* The last character may have lost its end. */
	if (text->cut) {
		while (start && ((unsigned char)text->bytes[start - 1] & 0xc0) == 0x80)
			start--;
		if (start && (unsigned char)text->bytes[start - 1] >= 0xc0)
			text->length = start - 1;
	}
	text->bytes[text->length] = '\0';
	return text->length;
}

static bool copy_name(char *name, const char *from)
{
	struct text text = { .bytes = name };

	while (*from)
		text_add(&text, *from++);
	return text_end(&text);
}

/* A value of QEMU's options, up to its comma; what follows it: "," or "". */
static const char *take_value(struct text *text, const char *value)
{
	for (; *value; value++) {
		if (*value == ',' && *++value != ',')
			return value - 1;
		if (text)
			text_add(text, *value);
	}
	return value;
}

/* "web-7,debug-threads=on", "process=x,guest=web-7": a first value without a key is the guest's. */
static bool take_qemu_option(char *name, const char *option)
{
	static const char key[] = "guest=";
	bool first = true, found = false;

	for (;; first = false) {
		bool bare = first && option[strcspn(option, "=,")] != '=';

		if (bare || !strncmp(option, key, sizeof(key) - 1)) {
			struct text text = { .bytes = name };

			option = take_value(&text, bare ? option : option + sizeof(key) - 1);
			found = text_end(&text);
		} else {
			option = take_value(NULL, option);
		}
		if (!*option)
			return found;
		option++;
	}
}

/* The value of "--id" in "--id=web-7", or in the argument behind; NULL: it is another option. */
static const char *option_value(const char *argument, const char *next, const char *option)
{
	size_t length = strlen(option);

	if (strncmp(argument, option, length))
		return NULL;
	if (argument[length] == '=')
		return argument + length + 1;
	return argument[length] ? NULL : next;
}

/* One argument and the one behind it (NULL: none); true if they name the VM. */
static bool take_argument(char *name, enum vmm vmm, const char *argument, const char *next)
{
	const char *value = NULL;

	switch (vmm) {
	case VMM_QEMU:
		/* One dash or two, as QEMU takes all its options. */
		if (next && (!strcmp(argument, "-name") || !strcmp(argument, "--name")))
			return take_qemu_option(name, next);
		return false;
	case VMM_FIRECRACKER:
		value = option_value(argument, next, "--id");
		break;
	case VMM_CROSVM:
	case VMM_KVMTOOL:
		value = option_value(argument, next, "--name");
		break;
	case VMM_UNKNOWN:
	case VMM_CLOUD_HYPERVISOR:
		break;
	}
	return value && copy_name(name, value);
}

bool vmname_from_cmdline(char name[VM_NAME_SIZE], enum vmm vmm, const char *cmdline, size_t length)
{
	const char *end = cmdline + length, *argument = cmdline, *next;
	char candidate[VM_NAME_SIZE];
	bool found = false;

	for (; argument < end; argument = next) {
		if (vmm != VMM_QEMU && !strcmp(argument, "--"))
			break;
		next = argument + strlen(argument) + 1;
		if (take_argument(candidate, vmm, argument, next < end ? next : NULL)) {
			strcpy(name, candidate);
			found = true;
		}
	}
	return found;
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* systemd's escapes, "\x2d", in place. */
static void unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] == '\\' && text[1] == 'x' && isxdigit((unsigned char)text[2]) &&
		    isxdigit((unsigned char)text[3])) {
			*to++ = (char)(16 * hex_digit(text[2]) + hex_digit(text[3]));
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

/* True, and text is without it. */
static bool strip_end(char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	if (length < end_length || strcmp(text + length - end_length, end))
		return false;
	text[length - end_length] = '\0';
	return true;
}

/*
 * DRIVER-ID-NAME; between driver and id a user's name may stand, or "embed-HASH". So the name is
 * what follows the first part that is a number.
 */
static bool take_machine(char *name, const char *machine)
{
	const char *part;
	size_t digits;

	if (strncmp(machine, "qemu-", 5) && strncmp(machine, "ch-", 3))
		return false;
	for (part = strchr(machine, '-'); part; part = strchr(part, '-')) {
		part++;
		digits = strspn(part, "0123456789");
		if (digits && part[digits] == '-')
			return copy_name(name, part + digits + 1);
	}
	return false;
}

static bool take_folder(char *name, const char *from, size_t length)
{
	static const char scope[] = "machine-";
	char folder[FOLDER_SIZE];

	if (length >= sizeof(folder))
		return false;
	memcpy(folder, from, length);
	folder[length] = '\0';
	if (strip_end(folder, ".libvirt-qemu") || strip_end(folder, ".libvirt-ch"))
		return take_machine(name, folder);
	if (strncmp(folder, scope, sizeof(scope) - 1) || !strip_end(folder, ".scope"))
		return false;
	unescape(folder);
	return take_machine(name, folder + sizeof(scope) - 1);
}

bool vmname_from_cgroup(char name[VM_NAME_SIZE], const char *cgroup)
{
	for (const char *line = cgroup; line; line = host_next_line(line)) {
		const char *at = line, *end = line + strcspn(line, "\n");

		while (at < end) {
			size_t length = strcspn(at, "/\n");

			if (take_folder(name, at, length))
				return true;
			at += length + 1;
		}
	}
	return false;
}
