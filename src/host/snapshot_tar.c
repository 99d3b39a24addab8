// SPDX-License-Identifier: GPL-2.0-only
/* A host snapshot from a tar: see snapshot_tar.h. */
#include "host/snapshot_tar.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "host/cpulist.h"
#include "host/read.h"
#include "host/tar.h"

#define ENTRIES_MAX (1u << 20)
#define FILE_MAX    (32ull << 20)
#define TOTAL_MAX   (512ull << 20)
#define DEPTH_MAX   80
#define NODE_MAX    4096
/* What the script writes beside the machine's own files: a line of its version, and a page's bytes.
 */
#define OWN_FILE "interloper-host"

struct unpack {
	struct tar tar;
	struct tar_entry entry;
	int root_fd;
	uint32_t entries;
	uint64_t total;
	char *why; /* SNAPSHOT_TAR_WHY_MAX; empty: nothing is wrong yet */
};

/* The entry's name is quoted without what could play with a terminal. */
static int refuse(struct unpack *unpack, const char *what)
{
	char name[64];
	size_t length = 0;

	for (const char *c = unpack->entry.name; *c && length < sizeof(name) - 1; c++)
		name[length++] = (unsigned char)*c < ' ' || (unsigned char)*c > '~' ? '?' : *c;
	name[length] = '\0';
	snprintf(unpack->why, SNAPSHOT_TAR_WHY_MAX, "its entry \"%s\" %s", name, what);
	return -EINVAL;
}

static int fail(struct unpack *unpack, int err)
{
	if (err == -EINVAL && unpack->tar.why)
		snprintf(unpack->why, SNAPSHOT_TAR_WHY_MAX, "%s", unpack->tar.why);
	return err;
}

/* "cpu4000000000" would be a set of CPUs with as many bits. */
static bool number_is_sane(const char *part)
{
	const char *digits = part;
	unsigned long limit = CPULIST_CPU_MAX, value;
	char *end;

	if (!strncmp(part, "cpu", 3))
		digits += 3;
	else if (!strncmp(part, "node", 4))
		digits += 4, limit = NODE_MAX;
	if (digits == part || *digits < '0' || *digits > '9')
		return true;
	errno = 0;
	value = strtoul(digits, &end, 10);
	return !errno && value < limit;
}

/* A name's parts, in place; < 0: it leads out, or has parts that no file of ours has. */
static int split(char *name, char *parts[DEPTH_MAX])
{
	char *rest = name, *part;
	int count = 0;

	if (*name == '/')
		return -EINVAL;
	while ((part = strsep(&rest, "/"))) {
		/* "./proc", "proc/" */
		if (!*part || (!strcmp(part, ".") && !count))
			continue;
		if (!strcmp(part, ".") || !strcmp(part, "..") || count == DEPTH_MAX ||
		    strlen(part) > NAME_MAX || !number_is_sane(part))
			return -EINVAL;
		parts[count++] = part;
	}
	return count;
}

/* The folder that the entry belongs in, open; no link is followed on the way there. */
static int open_folder(int root_fd, char *const parts[], int count)
{
	int fd = dup(root_fd), next, err;

	if (fd < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		if (mkdirat(fd, parts[i], 0700) && errno != EEXIST) {
			err = -errno;
			close(fd);
			return err;
		}
		next = openat(fd, parts[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		err = -errno;
		close(fd);
		if (next < 0)
			return err;
		fd = next;
	}
	return fd;
}

static int write_all(int fd, const char *bytes, size_t size)
{
	ssize_t put;

	while (size) {
		put = write(fd, bytes, size);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		bytes += put;
		size -= (size_t)put;
	}
	return 0;
}

/* Whether its owner may write it is a fact of an interrupt's file. */
static int put_file(struct unpack *unpack, int dir_fd, const char *name)
{
	char bytes[16384];
	int fd, err = 0;
	long got;

	if (unpack->entry.size > FILE_MAX)
		return refuse(unpack, "is too large");
	unpack->total += unpack->entry.size;
	if (unpack->total > TOTAL_MAX)
		return refuse(unpack, "is one too many: all of it is too large");
	fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? refuse(unpack, "is there twice") : -errno;
	while (!err && (got = tar_read(&unpack->tar, bytes, sizeof(bytes)))) {
		err = got < 0 ? fail(unpack, (int)got) : write_all(fd, bytes, (size_t)got);
	}
	if (!err && fchmod(fd, unpack->entry.mode & S_IWUSR ? 0600 : 0400))
		err = -errno;
	close(fd);
	return err;
}

static bool is_number(const char *part)
{
	return *part && strspn(part, "0123456789") == strlen(part);
}

/* proc/PID/fd/N to a file of KVM's, which a VM's process is known by (host/vmscan.c). */
static bool is_kvm_link(const char *link, char *const parts[], int count)
{
	static const char kvm[] = "anon_inode:kvm-v";
	size_t length = sizeof(kvm) - 1;

	return count == 4 && !strcmp(parts[0], "proc") && is_number(parts[1]) &&
	       !strcmp(parts[2], "fd") && is_number(parts[3]) && !strncmp(link, kvm, length) &&
	       strspn(link + length, "abcdefghijklmnopqrstuvwxyz0123456789:") ==
		       strlen(link + length);
}

static int put_entry(struct unpack *unpack)
{
	struct tar_entry *entry = &unpack->entry;
	char *parts[DEPTH_MAX], name[PATH_MAX];
	int count, dir_fd, err = 0;

	memcpy(name, entry->name, sizeof(name));
	count = split(name, parts);
	if (count < 0)
		return refuse(unpack, "has a name that no host snapshot has");
	if (!count)
		return entry->type == '5' ? 0 : refuse(unpack, "has no name");
	if (strcmp(parts[0], "proc") && strcmp(parts[0], "sys") &&
	    !(count == 1 && entry->type == '0' && !strcmp(parts[0], OWN_FILE)))
		return refuse(unpack, "is not of /proc or /sys");
	if (entry->type != '0' && entry->type != '5' &&
	    !(entry->type == '2' && is_kvm_link(entry->link, parts, count)))
		return refuse(unpack, "is neither a file nor a folder");
	dir_fd = open_folder(unpack->root_fd, parts, entry->type == '5' ? count : count - 1);
	if (dir_fd == -ENOTDIR || dir_fd == -ELOOP)
		return refuse(unpack, "is below what is no folder");
	if (dir_fd < 0)
		return dir_fd;
	if (entry->type == '0')
		err = put_file(unpack, dir_fd, parts[count - 1]);
	else if (entry->type == '2' && symlinkat(entry->link, dir_fd, parts[count - 1]))
		err = errno == EEXIST ? refuse(unpack, "is there twice") : -errno;
	close(dir_fd);
	return err;
}

static int unpack_all(struct unpack *unpack)
{
	int got, err;

	while ((got = tar_next(&unpack->tar, &unpack->entry)) > 0) {
		if (unpack->entries++ == ENTRIES_MAX)
			return refuse(unpack, "is one too many");
		err = put_entry(unpack);
		if (err)
			return err;
	}
	return fail(unpack, got);
}

/* hwloc reads these without limits. Absent ones are fine. */
static int check_lists(const char *root, char *why)
{
	static const char *const lists[] = {
		"/sys/devices/system/cpu/online",
		"/sys/devices/system/cpu/possible",
		"/sys/devices/system/cpu/present",
		"/sys/devices/system/cpu/offline",
		"/sys/devices/system/node/online",
		"/sys/devices/system/node/possible",
		"/sys/devices/system/node/has_cpu",
		"/sys/devices/system/node/has_memory",
		"/sys/devices/system/node/has_normal_memory",
	};
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	char path[PATH_MAX];
	int err = set ? 0 : -ENOMEM;

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists) && !err; i++) {
		snprintf(path, sizeof(path), "%s%s", root, lists[i]);
		err = cpulist_read(set, path);
		if (err == -EINVAL || err == -ERANGE) {
			snprintf(why, SNAPSHOT_TAR_WHY_MAX, "its %s is no list of CPUs or nodes",
				 lists[i] + 1);
			err = -EINVAL;
		} else if (err != -ENOMEM) {
			err = 0;
		}
	}
	hwloc_bitmap_free(set);
	return err;
}

static void take_page_size(struct host_snapshot *host, const char *root)
{
	static const char key[] = "\npage_size ";
	char *text = host_read_text(root, "/" OWN_FILE), *found;
	unsigned long size;

	found = text ? strstr(text, key) : NULL;
	size = found ? strtoul(found + sizeof(key) - 1, NULL, 10) : 0;
	/* The sizes there are: 4 to 64 KiB; 256 on one architecture. */
	if (size >= 4096 && size <= 262144 && !(size & (size - 1)))
		host->page_size = (uint32_t)size;
	free(text);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	remove(path);
	return 0;
}

static int read_below(struct host_snapshot *host, struct unpack *unpack, const char *root)
{
	int err;

	err = unpack_all(unpack);
	if (!err)
		err = check_lists(root, unpack->why);
	if (err)
		return err;
	err = host_snapshot_take(host, root);
	if (err == -ENOENT) {
		snprintf(unpack->why, SNAPSHOT_TAR_WHY_MAX, "it does not say which CPUs there are");
		return -EINVAL;
	}
	if (!err)
		take_page_size(host, root);
	return err;
}

/* Two files a task: memory takes them ten times as fast as a disk (2,000 tasks: 0.5 s, not 5.6). */
static const char *temporary_folder(void)
{
	static const char memory[] = "/dev/shm";
	const char *told = getenv("TMPDIR");

	if (told && *told)
		return told;
	return access(memory, W_OK | X_OK) ? "/tmp" : memory;
}

static int from_fd(struct host_snapshot *host, int fd, char *why)
{
	struct unpack *unpack = calloc(1, sizeof(*unpack));
	char root[PATH_MAX];
	int err;

	if (!unpack)
		return -ENOMEM;
	tar_open(&unpack->tar, fd);
	unpack->why = why;
	if ((size_t)snprintf(root, sizeof(root), "%s/interloper-host.XXXXXX", temporary_folder()) >=
	    sizeof(root) - 256)
		err = -ENAMETOOLONG;
	else
		err = mkdtemp(root) ? 0 : -errno;
	if (err) {
		free(unpack);
		return err;
	}
	unpack->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = unpack->root_fd < 0 ? -errno : read_below(host, unpack, root);
	if (unpack->root_fd >= 0)
		close(unpack->root_fd);
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(unpack);
	return err;
}

int host_snapshot_from_tar(struct host_snapshot *host, const char *path,
			   char why[SNAPSHOT_TAR_WHY_MAX])
{
	bool is_stdin = !strcmp(path, "-");
	const char *name = is_stdin ? "stdin" : path;
	char what[SNAPSHOT_TAR_WHY_MAX] = "";
	int fd, err;

	memset(host, 0, sizeof(*host));
	*why = '\0';
	fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	err = fd < 0 ? -errno : from_fd(host, fd, what);
	if (fd >= 0 && !is_stdin)
		close(fd);
	if (err)
		snprintf(why, SNAPSHOT_TAR_WHY_MAX, "%.200s: not a host snapshot: %.200s", name,
			 *what ? what : strerror(-err));
	return err;
}
