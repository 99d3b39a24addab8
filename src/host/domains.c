// SPDX-License-Identifier: GPL-2.0-only
/* The scheduling domains, as the kernel's files tell them: see domains.h. */
#include "host/domains.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cpulist.h"
#include "host/domains_default.h"
#include "host/read.h"

/* 8192 CPUs in five domains each, with masks of 2.3 KB and 50 numbers of up to 20 digits. */
#define SCHEDSTAT_MAX (160u << 20)
#define LEVELS_MAX    32 /* the kernel has five or six, and one more for each NUMA distance */

void domains_free(struct host_domains *domains)
{
	for (uint32_t i = 0; i < domains->count; i++) {
		free(domains->list[i].name);
		free(domains->list[i].flags);
		hwloc_bitmap_free(domains->list[i].span);
		hwloc_bitmap_free(domains->list[i].cpus);
	}
	free(domains->list);
	hwloc_bitmap_free(domains->told);
	memset(domains, 0, sizeof(*domains));
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static struct host_domain *find(const struct host_domains *domains, uint32_t level,
				const char *name, hwloc_const_bitmap_t span)
{
	/* The newest first: a CPU's domains are mostly those of the CPU before it. */
	for (uint32_t i = domains->count; i-- > 0;) {
		struct host_domain *domain = &domains->list[i];

		if (domain->level == level && hwloc_bitmap_isequal(domain->span, span) &&
		    same_text(domain->name, name))
			return domain;
	}
	return NULL;
}

static struct host_domain *append(struct host_domains *domains)
{
	struct host_domain *list = domains->list;

	/* Full at 0 and at each power of two. */
	if (!(domains->count & (domains->count - 1))) {
		list = realloc(list, (domains->count ? domains->count * 2 : 1) * sizeof(*list));
		if (!list)
			return NULL;
		domains->list = list;
	}
	return memset(&list[domains->count++], 0, sizeof(*list));
}

struct host_domain *domains_add(struct host_domains *domains, uint32_t level, const char *name,
				hwloc_const_bitmap_t span, uint32_t cpu)
{
	struct host_domain *domain = find(domains, level, name, span);

	if (!domain) {
		domain = append(domains);
		if (!domain)
			return NULL;
		domain->level = level;
		domain->name = name ? strdup(name) : NULL;
		domain->span = hwloc_bitmap_dup(span);
		domain->cpus = hwloc_bitmap_alloc();
		if ((name && !domain->name) || !domain->span || !domain->cpus)
			return NULL;
	}
	return hwloc_bitmap_set(domain->cpus, cpu) ? NULL : domain;
}

const struct host_domain *domains_get(const struct host_domains *domains, uint32_t cpu,
				      uint32_t level)
{
	for (uint32_t i = 0; i < domains->count; i++)
		if (domains->list[i].level == level &&
		    hwloc_bitmap_isset(domains->list[i].cpus, cpu))
			return &domains->list[i];
	return NULL;
}

enum membership domains_membership(const struct host_domains *domains, uint32_t cpu)
{
	if (!domains->told || !hwloc_bitmap_isset(domains->told, cpu))
		return MEMBERSHIP_UNKNOWN;
	return domains_get(domains, cpu, 0) ? MEMBERSHIP_SOME : MEMBERSHIP_NONE;
}

/* Takes "cpu12 ..." or "domain0 ...": the number behind the word, and what follows the blank. */
static const char *take_word(const char *line, const char *word, uint32_t *number)
{
	size_t length = strlen(word);
	unsigned long value;
	char *end;

	if (strncmp(line, word, length) || !isdigit((unsigned char)line[length]))
		return NULL;
	value = strtoul(line + length, &end, 10);
	if (*end != ' ' || value > UINT32_MAX)
		return NULL;
	*number = (uint32_t)value;
	return end + 1;
}

static int take_domain(struct host_domains *domains, hwloc_bitmap_t span, const char *rest,
		       bool named, uint32_t level, uint32_t cpu)
{
	size_t length = strcspn(rest, " \n");
	char name[32] = "";
	int err;

	if (named) {
		if (!length || length >= sizeof(name))
			return -EINVAL;
		memcpy(name, rest, length);
		rest += length + (rest[length] == ' ');
		length = strcspn(rest, " \n");
	}
	err = cpulist_parse_mask(span, rest, length);
	if (err)
		return err == -ENOMEM ? err : -EINVAL;
	/* A domain's CPUs have it among them. */
	if (!hwloc_bitmap_isset(span, cpu))
		return -EINVAL;
	return domains_add(domains, level, named ? name : NULL, span, cpu) ? 0 : -ENOMEM;
}

/* The lines after the version. What a line says of balancing is left alone. */
static int take_lines(struct host_domains *domains, hwloc_bitmap_t span, const char *line,
		      bool named)
{
	uint32_t cpu = UINT32_MAX, level, next = 0;
	const char *rest;
	int err = 0;

	for (; line && !err; line = host_next_line(line)) {
		rest = take_word(line, "cpu", &cpu);
		if (rest) {
			next = 0;
			if (cpu >= CPULIST_CPU_MAX)
				return -EINVAL;
			err = hwloc_bitmap_set(domains->told, cpu) ? -ENOMEM : 0;
			continue;
		}
		rest = take_word(line, "domain", &level);
		if (!rest)
			continue;
		if (cpu >= CPULIST_CPU_MAX || level != next++ || level >= LEVELS_MAX)
			return -EINVAL;
		err = take_domain(domains, span, rest, named, level, cpu);
	}
	if (!err && hwloc_bitmap_iszero(domains->told))
		err = -EINVAL;
	return err;
}

int domains_parse_schedstat(struct host_domains *domains, const char *text)
{
	hwloc_bitmap_t span;
	uint32_t version;
	int err = -ENOMEM;

	if (sscanf(text, "version %" SCNu32, &version) != 1)
		return -EINVAL;
	domains->told = hwloc_bitmap_alloc();
	span = hwloc_bitmap_alloc();
	if (domains->told && span)
		err = take_lines(domains, span, text, version >= 17);
	hwloc_bitmap_free(span);
	if (err)
		domains_free(domains);
	else
		domains->source = domains->spans = DOMAINS_SCHEDSTAT;
	return err;
}

char *domains_clean_flags(const char *text)
{
	size_t length = strlen(text);
	char *end, *flags;
	unsigned long number;

	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '_' && text[i] != ' ')
			return NULL;
	if (!isdigit((unsigned char)*text))
		return strndup(text, length);
	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || end != text + length || number > UINT32_MAX ||
	    asprintf(&flags, "0x%lx", number) < 0)
		return NULL;
	return flags;
}

/* Where the folders "cpuN/domainM" are. */
static const struct {
	enum domains_source source;
	const char *path;
} folders[] = {
	{ DOMAINS_DEBUGFS, "/sys/kernel/debug/sched/domains" },
	{ DOMAINS_SYSCTL, "/proc/sys/kernel/sched_domain" },
};

struct folder {
	enum domains_source source; /* DOMAINS_UNKNOWN: none can be read */
	const char *root, *path;
};

static bool can_list(const char *root, const char *path)
{
	char full[PATH_MAX];
	DIR *dir;

	if ((size_t)snprintf(full, sizeof(full), "%s%s", root, path) >= sizeof(full))
		return false;
	dir = opendir(full);
	if (dir)
		closedir(dir);
	return dir != NULL;
}

static struct folder find_folder(const char *root)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (can_list(root, folders[i].path))
			return (struct folder){ folders[i].source, root, folders[i].path };
	return (struct folder){ .source = DOMAINS_UNKNOWN };
}

static char *read_member(const struct folder *folder, uint32_t cpu, uint32_t level,
			 const char *file)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/cpu%u/domain%u/%s", folder->path, cpu, level, file);
	return host_read_text(folder->root, path);
}

static char *read_flags(const struct folder *folder, uint32_t cpu, uint32_t level)
{
	char *text = read_member(folder, cpu, level, "flags");
	char *flags = text ? domains_clean_flags(text) : NULL;

	free(text);
	return flags;
}

/* A domain of the same shape as this one that was given its flags already. */
static const struct host_domain *find_shape(const struct host_domains *domains, uint32_t i)
{
	const struct host_domain *domain = &domains->list[i];
	int weight = hwloc_bitmap_weight(domain->span);

	while (i-- > 0)
		if (domains->list[i].level == domain->level && domains->list[i].flags &&
		    hwloc_bitmap_weight(domains->list[i].span) == weight)
			return &domains->list[i];
	return NULL;
}

/* Adds to the domains of schedstat what only the folders tell. */
static int complete(struct host_domains *domains, const struct folder *folder)
{
	for (uint32_t i = 0; i < domains->count; i++) {
		struct host_domain *domain = &domains->list[i];
		const struct host_domain *like = find_shape(domains, i);
		uint32_t cpu = (uint32_t)hwloc_bitmap_first(domain->cpus);

		if (like) {
			domain->flags = strdup(like->flags);
			if (!domain->name && like->name)
				domain->name = strdup(like->name);
			if (!domain->flags || !domain->name != !like->name)
				return -ENOMEM;
			continue;
		}
		domain->flags = read_flags(folder, cpu, domain->level);
		if (!domain->name)
			domain->name = read_member(folder, cpu, domain->level, "name");
		if (domain->flags)
			domains->flags = folder->source;
	}
	return 0;
}

/* One CPU's folder: which domains it has. Their CPUs are those of the default ones so named. */
static int take_folder(struct host_domains *domains, const struct host_domains *defaults,
		       const struct folder *folder, uint32_t cpu)
{
	hwloc_bitmap_t nothing = hwloc_bitmap_alloc();
	struct host_domain *domain;
	uint32_t at = 0;
	int err = nothing ? 0 : -ENOMEM;

	for (uint32_t level = 0; level < LEVELS_MAX && !err; level++) {
		char *name = read_member(folder, cpu, level, "name");
		const struct host_domain *like;

		if (!name)
			break;
		like = domains_default_named(defaults, cpu, name, &at);
		domain = domains_add(domains, level, name, like ? like->span : nothing, cpu);
		if (!domain)
			err = -ENOMEM;
		else if (!domain->flags)
			domain->flags = read_flags(folder, cpu, level);
		free(name);
	}
	hwloc_bitmap_free(nothing);
	return err;
}

static int take_folders(struct host_domains *domains, const struct host_snapshot *host,
			const struct folder *folder)
{
	struct host_domains defaults = {};
	char path[256];
	int err;

	domains->told = hwloc_bitmap_alloc();
	err = domains->told ? domains_default(&defaults, host) : -ENOMEM;
	for (int cpu = hwloc_bitmap_first(host->online); cpu >= 0 && !err;
	     cpu = hwloc_bitmap_next(host->online, cpu)) {
		snprintf(path, sizeof(path), "%s/cpu%d", folder->path, cpu);
		if (!can_list(folder->root, path))
			continue;
		err = hwloc_bitmap_set(domains->told, (unsigned int)cpu) ? -ENOMEM : 0;
		if (!err)
			err = take_folder(domains, &defaults, folder, (uint32_t)cpu);
	}
	domains_free(&defaults);
	domains->source = domains->flags = folder->source;
	domains->spans = DOMAINS_DERIVED;
	return err;
}

int domains_read(struct host_snapshot *host, const char *root)
{
	struct host_domains *domains = &host->domains;
	struct folder folder = find_folder(root);
	char *text = host_read_long_text(root, "/proc/schedstat", SCHEDSTAT_MAX);
	int err = text ? domains_parse_schedstat(domains, text) : -ENOENT;

	free(text);
	if (err == -ENOMEM)
		return err;
	if (!err)
		return folder.source ? complete(domains, &folder) : 0;
	if (folder.source) {
		err = take_folders(domains, host, &folder);
		if (err || !hwloc_bitmap_iszero(domains->told))
			return err;
		domains_free(domains);
	}
	return domains_default(domains, host);
}

static const char *const source_names[] = {
	[DOMAINS_SCHEDSTAT] = "schedstat",
	[DOMAINS_DEBUGFS] = "debugfs",
	[DOMAINS_SYSCTL] = "sysctl",
	[DOMAINS_DERIVED] = "derived",
};

const char *domains_source_name(enum domains_source source)
{
	return source_names[source];
}

enum domains_source domains_source_of(const char *name)
{
	for (int i = DOMAINS_SCHEDSTAT; i <= DOMAINS_DERIVED; i++)
		if (!strcmp(source_names[i], name))
			return i;
	return DOMAINS_UNKNOWN;
}
