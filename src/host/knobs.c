// SPDX-License-Identifier: GPL-2.0-only
/* What moves work that no task's mask moves: see knobs.h. */
#include "host/knobs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/cpulist.h"
#include "host/read.h"

/* /proc/irq has a folder for each number that was ever set up. */
#define NUMBERS_MAX (1u << 20)

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* A folder's name that is a number, without leading zeros; false: another entry. */
static bool take_number(uint32_t *number, const char *name)
{
	char *end;
	unsigned long value;

	if (*name < '0' || *name > '9' || (*name == '0' && name[1]))
		return false;
	value = strtoul(name, &end, 10);
	*number = (uint32_t)value;
	return !*end && value <= INT32_MAX;
}

/* The numbers of /proc/irq, sorted; caller frees. count is 0 without memory, too. */
static uint32_t *list_numbers(DIR *dir, uint32_t *count)
{
	uint32_t *numbers = NULL, size = 0, number;
	struct dirent *entry;

	*count = 0;
	while ((entry = readdir(dir)) && *count < NUMBERS_MAX) {
		if (!take_number(&number, entry->d_name))
			continue;
		if (*count == size) {
			uint32_t *grown =
				realloc(numbers, (size = size ? 2 * size : 256) * sizeof(*numbers));

			if (!grown) {
				free(numbers);
				*count = 0;
				return NULL;
			}
			numbers = grown;
		}
		numbers[(*count)++] = number;
	}
	if (*count)
		qsort(numbers, *count, sizeof(*numbers), by_number);
	return numbers;
}

/* A handler's name is its driver's. Without the bytes that would spoil a terminal. */
static void clean(char *text)
{
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = '?';
}

static char *trim(char *text)
{
	text[strcspn(text, "\n")] = '\0';
	clean(text);
	return *text ? strdup(text) : NULL;
}

/*
 * /sys/kernel/irq/N/actions names the handlers, for everybody; where there is no such folder, those
 * that have a file of their own name one below /proc/irq/N. 1: has a handler, 0: none, -ENOMEM.
 */
static int read_actions(struct host_irq *irq, int sysfs_fd, int proc_fd)
{
	char path[32], text[HOST_IRQ_NAME_SIZE];
	struct dirent *entry;
	int fd, length = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%" PRIu32 "/actions", irq->number);
	if (sysfs_fd >= 0) {
		if (host_read_at(sysfs_fd, path, text, sizeof(text)) <= 0)
			return 0;
		irq->actions = trim(text);
		return irq->actions ? 1 : *text ? -ENOMEM : 0;
	}
	snprintf(path, sizeof(path), "%" PRIu32, irq->number);
	fd = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while ((entry = readdir(dir)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
		    length < (int)sizeof(text))
			length += snprintf(text + length, sizeof(text) - (size_t)length, "%s%s",
					   length ? "," : "", entry->d_name);
	closedir(dir);
	if (!length)
		return 0;
	irq->actions = trim(text);
	return irq->actions ? 1 : -ENOMEM;
}

/* A set that cannot be read, or not be understood, is absent. fixed may be NULL. 0 or -ENOMEM. */
static int read_set(hwloc_bitmap_t *set, int dir_fd, const char *path, bool *fixed)
{
	char text[CPULIST_CPU_MAX / 2 * 5 + 64];
	struct stat st;

	if (host_read_at(dir_fd, path, text, sizeof(text)) < 0)
		return 0;
	/* Read-only where irq_can_set_affinity_usr() is false, in newer kernels. */
	if (fixed && !fstatat(dir_fd, path, &st, 0))
		*fixed = !(st.st_mode & S_IWUSR);
	*set = hwloc_bitmap_alloc();
	if (!*set)
		return -ENOMEM;
	if (!cpulist_parse(*set, text))
		return 0;
	hwloc_bitmap_free(*set);
	*set = NULL;
	return 0;
}

static int read_irq(struct host_irq *irq, int proc_fd)
{
	char path[64];
	int err;

	snprintf(path, sizeof(path), "%" PRIu32 "/smp_affinity_list", irq->number);
	err = read_set(&irq->affinity, proc_fd, path, &irq->fixed);
	/* The third file of each, and of one CPU it would say the same. */
	if (err || (irq->affinity && hwloc_bitmap_weight(irq->affinity) == 1))
		return err;
	snprintf(path, sizeof(path), "%" PRIu32 "/effective_affinity_list", irq->number);
	return read_set(&irq->effective, proc_fd, path, NULL);
}

static int read_irqs(struct host_snapshot *host, DIR *dir, int sysfs_fd)
{
	uint32_t count, *numbers = list_numbers(dir, &count);
	int err = 0;

	host->irqs_known = true;
	host->irqs =
		calloc((count < HOST_IRQS_MAX ? count : HOST_IRQS_MAX) + 1, sizeof(*host->irqs));
	if (!host->irqs || (count && !numbers))
		err = -ENOMEM;
	for (uint32_t i = 0; i < count && !err; i++) {
		struct host_irq irq = { .number = numbers[i] };
		int has = read_actions(&irq, sysfs_fd, dirfd(dir));

		if (has < 0)
			err = has;
		if (has <= 0)
			continue;
		if (host->irq_count == HOST_IRQS_MAX) {
			host->irqs_left_out++;
			free(irq.actions);
			continue;
		}
		err = read_irq(&irq, dirfd(dir));
		host->irqs[host->irq_count++] = irq;
	}
	free(numbers);
	return err;
}

static int read_all_irqs(struct host_snapshot *host, const char *root)
{
	char path[PATH_MAX];
	int sysfs_fd, err;
	DIR *dir;

	if ((size_t)snprintf(path, sizeof(path), "%s/proc/irq", root) >= sizeof(path))
		return 0;
	dir = opendir(path);
	if (!dir)
		return 0;
	if ((size_t)snprintf(path, sizeof(path), "%s/sys/kernel/irq", root) >= sizeof(path))
		*path = '\0';
	sysfs_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = read_irqs(host, dir, sysfs_fd);
	if (sysfs_fd >= 0)
		close(sysfs_fd);
	closedir(dir);
	return err;
}

/* "ff,00000000": all are masks, but for the watchdogs' list. */
static int read_workqueue_cpus(struct host_snapshot *host, const char *root)
{
	char *text = host_read_text(root, WORKQUEUE_CPUMASK);
	int err = 0;

	if (!text)
		return 0;
	host->workqueue_cpus = hwloc_bitmap_alloc();
	if (!host->workqueue_cpus) {
		err = -ENOMEM;
	} else if (cpulist_parse_mask(host->workqueue_cpus, text, strlen(text))) {
		hwloc_bitmap_free(host->workqueue_cpus);
		host->workqueue_cpus = NULL;
	}
	free(text);
	return err;
}

static int read_watchdogs(struct host_snapshot *host, const char *root)
{
	char path[PATH_MAX];

	host->watchdog = host_read_number(root, "/proc/sys/kernel/watchdog");
	host->nmi_watchdog = host_read_number(root, "/proc/sys/kernel/nmi_watchdog");
	if ((size_t)snprintf(path, sizeof(path), "%s%s", root, WATCHDOG_CPUMASK) >= sizeof(path))
		return 0;
	return read_set(&host->watchdog_cpus, AT_FDCWD, path, NULL);
}

int knobs_read(struct host_snapshot *host, const char *root)
{
	int err;

	err = read_watchdogs(host, root);
	if (!err)
		err = read_workqueue_cpus(host, root);
	if (!err)
		err = read_all_irqs(host, root);
	return err;
}

void knobs_free(struct host_snapshot *host)
{
	for (uint32_t i = 0; i < host->irq_count; i++) {
		free(host->irqs[i].actions);
		hwloc_bitmap_free(host->irqs[i].affinity);
		hwloc_bitmap_free(host->irqs[i].effective);
	}
	free(host->irqs);
	hwloc_bitmap_free(host->workqueue_cpus);
	hwloc_bitmap_free(host->watchdog_cpus);
}

static int find_number(const void *key, const void *element)
{
	return by_number(key, &((const struct host_irq *)element)->number);
}

const struct host_irq *knobs_irq(const struct host_snapshot *host, uint32_t number)
{
	return host->irq_count ? bsearch(&number, host->irqs, host->irq_count, sizeof(*host->irqs),
					 find_number)
			       : NULL;
}
