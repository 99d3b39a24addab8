// SPDX-License-Identifier: GPL-2.0-only
/* What follows from the facts that files tell: see checkup.h. */
#include "host/checkup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cpulist.h"

/* A set of CPUs in words, to be freed; never NULL but for want of memory, which findings survive.
 */
static char *words(hwloc_const_bitmap_t set)
{
	return hwloc_bitmap_iszero(set) ? strdup("none") : cpulist_format(set);
}

static const char *plural(int count)
{
	return count == 1 ? "" : "s";
}

/* a without b; NULL without memory. */
static hwloc_bitmap_t without(hwloc_const_bitmap_t a, hwloc_const_bitmap_t b)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();

	if (set && hwloc_bitmap_andnot(set, a, b)) {
		hwloc_bitmap_free(set);
		set = NULL;
	}
	return set;
}

static const char *smt_words(enum presence smt)
{
	return smt == PRESENCE_YES ? "SMT on" : smt == PRESENCE_NO ? "SMT off" : "SMT unknown";
}

static void check_cpus(struct findings *findings, const struct facilities *f)
{
	int possible = hwloc_bitmap_weight(f->possible), online = hwloc_bitmap_weight(f->online);
	hwloc_bitmap_t offline = without(f->present, f->online);
	struct finding *finding;
	char nodes[48], *list;

	if (!offline || !online) {
		findings_add(findings, "CPUs", VERDICT_UNKNOWN, "/sys/devices/system/cpu has none");
		hwloc_bitmap_free(offline);
		return;
	}
	snprintf(nodes, sizeof(nodes), "%d NUMA node%s", f->nodes, plural(f->nodes));
	finding =
		findings_add(findings, "CPUs", VERDICT_OK, "%d online, %d possible; %s; %s", online,
			     possible, f->nodes ? nodes : "NUMA nodes unknown", smt_words(f->smt));
	list = words(offline);
	if (!hwloc_bitmap_iszero(offline))
		finding_means(finding,
			      "CPU%s %s offline: nothing to trace there, and -C refuses it.",
			      plural(hwloc_bitmap_weight(offline)), list);
	else if (possible > online)
		finding_means(finding, "Each CPU that may still come costs a small ring.");
	free(list);
	hwloc_bitmap_free(offline);
}

void checkup_machine(struct findings *findings, const struct facilities *facilities)
{
	findings_add(findings, "kernel", facilities->release ? VERDICT_OK : VERDICT_UNKNOWN,
		     "Linux %s %s", facilities->release ? facilities->release : "(release unknown)",
		     facilities->machine ? facilities->machine : "");
	check_cpus(findings, facilities);
}

/* Partitions' CPUs beside those of boot; the root cgroup's sum has both. */
static hwloc_bitmap_t run_time_isolated(const struct isolation *isolation)
{
	return without(isolation->partitions, isolation->boot);
}

static void check_isolated(struct findings *findings, const struct isolation *isolation)
{
	hwloc_bitmap_t later = run_time_isolated(isolation);
	char *boot = words(isolation->boot), *partitions = later ? words(later) : NULL;

	if (!isolation->boot_known)
		findings_add(findings, "isolated CPUs", VERDICT_UNKNOWN,
			     "/sys/devices/system/cpu/isolated cannot be read");
	else if (!later || hwloc_bitmap_iszero(later))
		findings_add(findings, "isolated CPUs", VERDICT_OK, "%s", boot);
	else if (hwloc_bitmap_iszero(isolation->boot))
		findings_add(findings, "isolated CPUs", VERDICT_OK, "%s (cpuset partitions)",
			     partitions);
	else
		findings_add(findings, "isolated CPUs", VERDICT_OK,
			     "%s (since boot), %s (cpuset partitions)", boot, partitions);
	hwloc_bitmap_free(later);
	free(boot);
	free(partitions);
}

/* A parameter that the kernel did not take as it stands. True: nothing more to compare. */
static bool check_isolcpus_trouble(struct findings *findings, const struct isolcpus *asked)
{
	struct finding *finding = NULL;

	switch (asked->trouble) {
	case ISOLCPUS_FINE:
	case ISOLCPUS_BEYOND:
		return false;
	case ISOLCPUS_BAD_FLAG:
		finding = findings_add(findings, "isolcpus=", VERDICT_LIMITED, "\"%s\" is no flag",
				       asked->skipped);
		break;
	case ISOLCPUS_BAD_LIST:
		finding = findings_add(findings, "isolcpus=", VERDICT_LIMITED, "no CPU list");
		break;
	case ISOLCPUS_CONFLICT:
		finding = findings_add(findings, "isolcpus=", VERDICT_LIMITED,
				       "given twice, with different CPUs");
		break;
	}
	finding_means(finding, asked->trouble == ISOLCPUS_CONFLICT
				       ? "The kernel ignores the later one."
				       : "The kernel ignores the parameter.");
	finding_remedy(finding, "boot with isolcpus=[domain,][managed_irq,]LIST");
	return true;
}

static void explain_difference(struct finding *finding, const struct isolation *isolation,
			       hwloc_const_bitmap_t dropped)
{
	char *list = words(dropped);

	if (isolation->asked.trouble == ISOLCPUS_BEYOND && hwloc_bitmap_iszero(isolation->boot))
		finding_means(finding,
			      "The list names CPUs that cannot exist here, and this kernel "
			      "refuses all of such a list.");
	else if (!hwloc_bitmap_iszero(dropped))
		finding_means(
			finding,
			"CPU%s %s: not isolated. The kernel keeps one present CPU; at that time "
			"arm64 has only the boot CPU, and drops it from the list.",
			plural(hwloc_bitmap_weight(dropped)), list);
	finding_remedy(finding, "go by /sys/devices/system/cpu/isolated; leave the boot CPU out of "
				"the list");
	free(list);
}

static void compare_isolcpus(struct findings *findings, const struct isolation *isolation,
			     const char *flags)
{
	hwloc_const_bitmap_t asked = isolation->asked.cpus[ISOLCPUS_DOMAIN];
	hwloc_bitmap_t dropped = without(asked, isolation->boot);
	char *wanted = words(asked), *have = words(isolation->boot);
	struct finding *finding;

	if (!isolation->boot_known || !dropped) {
		findings_add(findings, "isolcpus=", VERDICT_UNKNOWN,
			     "%s%s asked for; what became of it is not known", flags, wanted);
	} else if (hwloc_bitmap_isequal(asked, isolation->boot)) {
		findings_add(findings, "isolcpus=", VERDICT_OK, "%s%s, as sysfs says", flags,
			     wanted);
	} else {
		finding = findings_add(findings, "isolcpus=", VERDICT_LIMITED,
				       "%s%s asked for, isolated are %s", flags, wanted, have);
		explain_difference(finding, isolation, dropped);
	}
	hwloc_bitmap_free(dropped);
	free(wanted);
	free(have);
}

static void check_isolcpus(struct findings *findings, const struct isolation *isolation)
{
	const struct isolcpus *asked = &isolation->asked;
	struct finding *finding;
	char flags[64], *other;

	if (!asked->given || check_isolcpus_trouble(findings, asked))
		return;
	snprintf(flags, sizeof(flags), "%s%s%s", asked->asked[ISOLCPUS_NOHZ] ? "nohz," : "",
		 asked->asked[ISOLCPUS_DOMAIN] ? "domain," : "",
		 asked->asked[ISOLCPUS_MANAGED_IRQ] ? "managed_irq," : "");
	if (*asked->skipped) {
		finding = findings_add(findings, "isolcpus=", VERDICT_LIMITED,
				       "the kernel skips the unknown flag \"%s\"", asked->skipped);
		finding_means(finding, "What it was meant to do is not done.");
		finding_remedy(finding,
			       "the flags are nohz, domain, managed_irq, each with a comma");
	} else if (asked->asked[ISOLCPUS_NOHZ] || asked->asked[ISOLCPUS_MANAGED_IRQ]) {
		if (asked->asked[ISOLCPUS_DOMAIN]) {
			compare_isolcpus(findings, isolation, flags);
			return;
		}
		other = words(asked->cpus[asked->asked[ISOLCPUS_NOHZ] ? ISOLCPUS_NOHZ
								      : ISOLCPUS_MANAGED_IRQ]);
		finding = findings_add(findings, "isolcpus=", VERDICT_LIMITED,
				       "%s%s: without domain", flags, other);
		finding_means(finding,
			      "These CPUs are not isolated: the scheduler places and balances "
			      "tasks there.");
		finding_remedy(finding, "isolcpus=domain,%s%s, if that is meant", flags, other);
		free(other);
	} else if (asked->asked[ISOLCPUS_DOMAIN]) {
		compare_isolcpus(findings, isolation, flags);
	}
}

static void check_nohz_full(struct findings *findings, const struct isolation *isolation)
{
	hwloc_bitmap_t isolated = hwloc_bitmap_alloc(), placed = NULL;
	char *list = words(isolation->nohz_full), *open;
	struct finding *finding;

	if (isolated && !hwloc_bitmap_or(isolated, isolation->boot, isolation->partitions))
		placed = without(isolation->nohz_full, isolated);
	if (!placed || hwloc_bitmap_iszero(placed) || !isolation->boot_known) {
		findings_add(findings, "nohz_full", VERDICT_OK, "%s", list);
	} else {
		open = words(placed);
		finding = findings_add(findings, "nohz_full", VERDICT_LIMITED,
				       "%s, of which not isolated: %s", list, open);
		finding_means(finding,
			      "The scheduler still places tasks there; with a second one on "
			      "the CPU its tick is back.");
		finding_remedy(finding,
			       "isolate them too: isolcpus=domain,%s, or a cpuset partition", open);
		free(open);
	}
	free(list);
	hwloc_bitmap_free(isolated);
	hwloc_bitmap_free(placed);
}

static void check_nocbs(struct findings *findings, const struct isolation *isolation)
{
	char *list;

	if (!isolation->nocbs_given)
		return;
	list = words(isolation->nocbs);
	findings_add(findings, "rcu_nocbs", VERDICT_OK, "%s, says the command line", list);
	free(list);
}

static void check_partitions(struct findings *findings, const struct isolation *isolation)
{
	hwloc_bitmap_t later = run_time_isolated(isolation);
	char *list = later ? words(later) : NULL;
	struct finding *finding;

	if (isolation->cpusets == CPUSETS_UNBALANCED) {
		finding = findings_add(findings, "partitions", VERDICT_UNKNOWN,
				       "cgroup v1 cpusets with sched_load_balance off");
		finding_means(finding,
			      "Each cpuset below makes its own scheduling domains; CPUs that "
			      "are isolated so are not listed.");
	} else if (isolation->broken_partition) {
		finding = findings_add(findings, "partitions", VERDICT_LIMITED, "%s",
				       isolation->broken_partition);
		finding_means(finding, "Its CPUs are not isolated.");
		finding_remedy(finding, "see what its cpuset.cpus.partition says, and Linux's "
					"cgroup-v2 document");
	} else if (later && !hwloc_bitmap_iszero(later) && !hwloc_bitmap_iszero(isolation->boot)) {
		finding = findings_add(findings, "partitions", VERDICT_LIMITED, "%s",
				       isolation->partition_names ? isolation->partition_names
								  : list);
		finding_means(finding,
			      "Making a partition rewrites the masks of the root cgroup's tasks, "
			      "which may then run on the CPUs of isolcpus= (seen on 6.1 to "
			      "7.3).");
		finding_remedy(finding,
			       "isolate by one means only, or set these tasks' masks again");
	} else if (isolation->partition_names) {
		findings_add(findings, "partitions", VERDICT_OK, "%s", isolation->partition_names);
	}
	hwloc_bitmap_free(later);
	free(list);
}

void checkup_isolation(struct findings *findings, const struct isolation *isolation)
{
	check_isolated(findings, isolation);
	check_isolcpus(findings, isolation);
	check_nohz_full(findings, isolation);
	check_nocbs(findings, isolation);
	check_partitions(findings, isolation);
}

/* The kernel then sets pages_to_scan itself, and refuses to have it set. */
static bool is_advised(const struct ksm_facts *ksm)
{
	return ksm->advisor && strcmp(ksm->advisor, "none");
}

/* "on: 100 pages a scan, 20 ms sleep; ksmd[37] may run on CPUs 0-3, last on 1": to be freed */
static char *describe_ksm(const struct ksm_facts *ksm)
{
	bool advised = is_advised(ksm);
	char *allowed = words(ksm->allowed), *text = NULL;
	char ksmd[64] = "";

	if (ksm->tid)
		snprintf(ksmd, sizeof(ksmd), "; ksmd[%d] last on CPU %d, allowed on ", ksm->tid,
			 ksm->last_cpu);
	if (asprintf(&text, "%s: %" PRId64 " pages a scan%s%s%s, %" PRId64 " ms sleep%s%s",
		     ksm->run == 1 ? "on" : "off", ksm->pages, advised ? " (set by its " : "",
		     advised ? ksm->advisor : "", advised ? " advisor)" : "", ksm->sleep_ms, ksmd,
		     ksm->tid && allowed ? allowed : "") < 0)
		text = NULL;
	free(allowed);
	return text;
}

/* The isolated CPUs that ksmd may run on; NULL without memory. */
static hwloc_bitmap_t ksmd_trespass(const struct ksm_facts *ksm, const struct isolation *isolation)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();

	if (set && (hwloc_bitmap_or(set, isolation->boot, isolation->partitions) ||
		    hwloc_bitmap_and(set, set, ksm->allowed))) {
		hwloc_bitmap_free(set);
		set = NULL;
	}
	return set;
}

static void warn_of_ksmd(struct finding *finding, const struct facilities *f,
			 const struct isolation *isolation, hwloc_const_bitmap_t isolated)
{
	hwloc_bitmap_t home = hwloc_bitmap_dup(f->online);
	char *list = words(isolated), *rest = NULL;

	finding_means(finding,
		      "It may run on the isolated CPU%s %s, for a scan's length at a time.",
		      plural(hwloc_bitmap_weight(isolated)), list);
	if (home && !hwloc_bitmap_andnot(home, home, isolation->boot) &&
	    !hwloc_bitmap_andnot(home, home, isolation->partitions) && !hwloc_bitmap_iszero(home))
		rest = cpulist_format(home);
	if (rest)
		finding_remedy(finding, "taskset -pc %s %d; or fewer pages_to_scan%s", rest,
			       f->ksm.tid,
			       is_advised(&f->ksm) ? " (set advisor_mode to none first)" : "");
	hwloc_bitmap_free(home);
	free(list);
	free(rest);
}

void checkup_ksm(struct findings *findings, const struct facilities *facilities,
		 const struct isolation *isolation)
{
	const struct ksm_facts *ksm = &facilities->ksm;
	hwloc_bitmap_t isolated;
	struct finding *finding;
	char *text;

	if (!ksm->there) {
		findings_add(findings, "KSM", VERDICT_OK, "not in this kernel");
		return;
	}
	if (ksm->run < 0) {
		findings_add(findings, "KSM", VERDICT_UNKNOWN,
			     "/sys/kernel/mm/ksm/run cannot be read");
		return;
	}
	text = describe_ksm(ksm);
	isolated = ksmd_trespass(ksm, isolation);
	if (ksm->run == 1 && isolated && !hwloc_bitmap_iszero(isolated)) {
		finding = findings_add(findings, "KSM", VERDICT_LIMITED, "%s", text ? text : "on");
		warn_of_ksmd(finding, facilities, isolation, isolated);
	} else {
		findings_add(findings, "KSM", VERDICT_OK, "%s", text ? text : "");
	}
	hwloc_bitmap_free(isolated);
	free(text);
}

void checkup_accounting(struct findings *findings, const struct facilities *facilities)
{
	static const char *const schedstats[] = { "off", "on" };
	struct finding *finding;

	if (facilities->sched_info == PRESENCE_YES)
		finding = findings_add(findings, "schedstat", VERDICT_OK,
				       "/proc/PID/schedstat is there; sched_schedstats: %s",
				       facilities->schedstats < 0
					       ? "not in this kernel"
					       : schedstats[facilities->schedstats > 0]);
	else if (facilities->sched_info == PRESENCE_NO)
		finding = findings_add(findings, "schedstat", VERDICT_MISSING,
				       "no /proc/PID/schedstat (CONFIG_SCHED_INFO)");
	else
		finding = findings_add(findings, "schedstat", VERDICT_UNKNOWN,
				       "/proc cannot be read");
	finding_optional(finding);
	finding_means(finding, "Not needed: only to check our numbers against the kernel's own.");
}

void checkup_ftrace(struct findings *findings, const struct ftrace_facts *ftrace)
{
	struct finding *finding;

	if (!ftrace->known) {
		finding =
			findings_add(findings, "ftrace", VERDICT_UNKNOWN,
				     ftrace->mounted ? "tracefs may not be read"
						     : "tracefs is not mounted, or for root only");
		finding_optional(finding);
		finding_means(finding, "Not needed; other tracers there would cost time.");
		return;
	}
	if (!ftrace->tracer && !ftrace->enabled) {
		findings_add(findings, "ftrace", VERDICT_OK, "off");
		return;
	}
	finding = findings_add(
		findings, "ftrace", VERDICT_LIMITED, "%s%s%s%s%s", ftrace->tracer ? "tracer " : "",
		ftrace->tracer ? ftrace->tracer : "", ftrace->tracer && ftrace->enabled ? ", " : "",
		ftrace->enabled ? "events on: " : "", ftrace->enabled ? ftrace->enabled : "");
	finding_means(finding, "It costs time at every switch, which the trace measures too.");
	finding_remedy(finding, "%s",
		       ftrace->tracer ? "echo nop >/sys/kernel/tracing/current_tracer"
				      : "echo >/sys/kernel/tracing/set_event, if nobody needs it");
}
