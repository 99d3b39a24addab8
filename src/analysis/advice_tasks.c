// SPDX-License-Identifier: GPL-2.0-only
/* Advice on tasks that their masks move, and on those that nothing moves. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/advice_move_internal.h"
#include "host/cpulist.h"
#include "host/release.h"

bool adviser_homes(struct adviser *m, const struct task_kind *kind, struct homes *homes,
		   char **list)
{
	const struct homes_input input = {
		.host = m->host,
		.task = kind ? kind->task : NULL,
		.targets = m->in->targets,
		.owned = m->owned,
		.isolated = m->isolated,
		.busy_ns = m->in->busy_ns,
		.busy_count = m->in->busy_count,
		.window_ns = m->in->window_ns,
	};

	*list = NULL;
	if (!homes_find(homes, &input))
		*list = cpulist_format(homes->cpus);
	if (*list)
		return true;
	homes_free(homes);
	m->list->no_memory = true;
	return false;
}

bool adviser_affinity(struct adviser *m, struct advice *advice, const struct moved *moved,
		      const char *list)
{
	const struct host_task *task = moved->kind.task;
	struct change change;
	char *from;

	if (!task || !task->allowed) {
		advice_step(m->list, advice, STEP_COMMAND, NULL, "taskset -pc %s %" PRIu32, list,
			    moved->task->who->tid);
		advice_step(m->list, advice, STEP_NOTE, NULL,
			    "the snapshot does not know %" PRIu32
			    " or its mask: look whether it is still that task",
			    moved->task->who->tid);
		return true;
	}
	if (!hwloc_bitmap_intersects(task->allowed, m->in->targets)) {
		advice_step(m->list, advice, STEP_NOTE, NULL,
			    "%" PRIu32 " may not run on %s any more", task->tid, m->targets);
		return false;
	}
	from = cpulist_format(task->allowed);
	if (!from || change_affinity(&change, task->tid, task->start_ticks, task->comm, from, list))
		m->list->no_memory = true;
	else
		advice_change(m->list, advice, &change);
	free(from);
	return true;
}

void adviser_persist(struct adviser *m, struct advice *advice, const char *unit, const char *pgrep,
		     const char *list)
{
	char file[128];

	snprintf(file, sizeof(file), "/etc/systemd/system/interloper-%s.service", unit);
	/* systemd reads "$$" as "$". */
	advice_step(m->list, advice, STEP_PERSIST, file,
		    "[Unit]\n"
		    "Description=Keep %s on %s %s\n"
		    "\n"
		    "[Service]\n"
		    "Type=oneshot\n"
		    "RemainAfterExit=yes\n"
		    "ExecStart=/bin/sh -c 'for t in $$(pgrep %s); do taskset -pc %s $$t; done'\n"
		    "\n"
		    "[Install]\n"
		    "WantedBy=multi-user.target",
		    unit, adviser_cpus(list), list, pgrep, list);
	advice_step(m->list, advice, STEP_NOTE, NULL,
		    "the unit below works at boot once it is on: systemctl enable "
		    "interloper-%s.service",
		    unit);
}

/* A name from a trace goes into a shell's command line: it must be none that means something there,
 * nor to pgrep, nor to systemd. */
static bool is_plain(const char *comm)
{
	return *comm && *comm != '-' &&
	       !comm[strspn(comm, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_-/:")];
}

static void persist_kthread(struct adviser *m, struct advice *advice, const char *comm,
			    const char *list)
{
	char unit[TASK_COMM_LEN], pgrep[TASK_COMM_LEN + 16];

	if (!is_plain(comm)) {
		advice_step(
			m->list, advice, STEP_NOTE, NULL,
			"its name cannot be looked for safely at boot: nothing here that stays");
		return;
	}
	strcpy(unit, comm);
	for (char *c = unit; *c; c++)
		if (*c == '/' || *c == ':')
			*c = '-';
	/* Kernel threads are kthreadd's children, and nobody else is; it has no parent. Where the
	 * name may have been cut, procps sees the whole one. */
	snprintf(pgrep, sizeof(pgrep), "-P %d %s%s", strcmp(comm, "kthreadd") ? 2 : 0,
		 strlen(comm) < TASK_COMM_LEN - 1 ? "-x " : "^", comm);
	adviser_persist(m, advice, unit, pgrep, list);
}

/* What the kernel does by itself, and with the mask later. */
static void note_kthread(struct adviser *m, struct advice *advice, const struct moved *moved)
{
	int release = host_release(m->host);

	switch (moved->kind.kind) {
	case KIND_KSMD:
	case KIND_KHUGEPAGED:
		if (release >= 700)
			advice_step(m->list, advice, STEP_NOTE, NULL,
				    "this kernel, %s, starts it on CPUs that are not isolated: "
				    "somebody may have set its mask",
				    m->host->kernel_release);
		else
			advice_step(m->list, advice, STEP_NOTE, NULL,
				    "it keeps off isolated CPUs by itself from 7.0 on, with "
				    "nohz_full= from 6.1 on");
		break;
	case KIND_KTHREADD:
		advice_step(
			m->list, advice, STEP_NOTE, NULL,
			"kernel threads that it makes later begin where it is, isolated or not; "
			"their masks are the kernel's, not its own");
		break;
	case KIND_KSWAPD:
	case KIND_KCOMPACTD:
		advice_step(m->list, advice, STEP_NOTE, NULL,
			    "the kernel may set its mask anew when a CPU of its node comes online");
		break;
	default:
		break;
	}
}

static void put_why(struct adviser *m, struct advice *advice, const struct moved *moved,
		    const struct homes *homes)
{
	const struct host_task *task = moved->kind.task;
	bool isolated =
		m->host->isolated && hwloc_bitmap_isincluded(m->in->targets, m->host->isolated);
	char *mask;

	if (!task || !task->allowed) {
		advice_text(m->list, &advice->why, "its mask is not known; where to: %s",
			    homes->why);
		return;
	}
	mask = cpulist_format(task->allowed);
	if (!mask)
		m->list->no_memory = true;
	else
		advice_text(m->list, &advice->why, "its mask, %s, has %s%s; where to: %s", mask,
			    m->targets,
			    isolated ? ", and where a CPU is isolated wakeups leave it there and "
				       "nothing pulls it away"
				     : ", so any wakeup or balancing may put it there",
			    homes->why);
	free(mask);
}

void adviser_undo(struct adviser *m, struct advice *advice)
{
	char *command;

	if (!advice->change_count)
		return;
	command = change_undo_command(&advice->changes[0]);
	if (!command)
		m->list->no_memory = true;
	else if (advice->change_count == 1)
		advice_text(m->list, &advice->undo, "%s", command);
	else
		advice_text(m->list, &advice->undo, "each of the %" PRIu32 " masks; the first: %s",
			    advice->change_count, command);
	free(command);
}

static void nowhere(struct adviser *m, const struct moved_group *g, const char *rule,
		    const struct homes *homes)
{
	char names[ADVISER_NAMES_MAX];
	struct advice *advice = adviser_leave(m, g, rule, "%s: there is nowhere to move it",
					      adviser_names(names, g));

	if (advice)
		advice_text(m->list, &advice->why, "%s", homes->why);
}

static void add_affinities(struct adviser *m, struct advice *advice, const struct moved_group *g,
			   const char *list)
{
	bool any = false;

	for (uint32_t i = 0; i < g->count; i++)
		if (!adviser_is_gone(&g->list[i]))
			any |= adviser_affinity(m, advice, &g->list[i], list);
	advice->is_advice = any;
	adviser_undo(m, advice);
}

/* Kernel threads one by one, a process's threads together; homes are those of the first. */
void advise_tasks(struct adviser *m, const struct moved_group *g, const char *rule)
{
	const struct moved *first = g->list;
	char names[ADVISER_NAMES_MAX], *list;
	struct advice *advice;
	struct homes homes;

	if (!adviser_homes(m, &first->kind, &homes, &list))
		return;
	if (homes.choice == HOMES_NONE) {
		nowhere(m, g, rule, &homes);
	} else if ((advice = adviser_add(m, g, rule, ADVICE_SURE, "move %s to CPU%s %s",
					 adviser_names(names, g),
					 hwloc_bitmap_weight(homes.cpus) == 1 ? "" : "s", list))) {
		put_why(m, advice, first, &homes);
		advice_text(m->list, &advice->sure_why,
			    "it lacks PF_NO_SETAFFINITY, and a task leaves a CPU that its mask has "
			    "not, at its next wakeup at the latest");
		add_affinities(m, advice, g, list);
		if (!strcmp(rule, "move-task")) {
			persist_kthread(m, advice, first->task->who->comm, list);
			note_kthread(m, advice, first);
		} else {
			advice_step(m->list, advice, STEP_NOTE, NULL,
				    "to keep a service there: systemctl set-property UNIT "
				    "AllowedCPUs=%s (cgroup v2), or CPUAffinity=%s in its unit; "
				    "%" PRIu32 " is its process",
				    list, list, first->task->who->pid);
		}
	}
	free(list);
	homes_free(&homes);
}

void advise_pinned(struct adviser *m, const struct moved_group *g)
{
	char names[ADVISER_NAMES_MAX], *list;
	struct advice *advice;
	struct homes homes;

	if (!adviser_homes(m, &g->list->kind, &homes, &list))
		return;
	if (homes.choice == HOMES_NONE) {
		nowhere(m, g, "user-task", &homes);
	} else if ((advice = adviser_add(m, g, "user-task", ADVICE_UNSURE,
					 "%s: pinned to %s; move it, or make it the owner",
					 adviser_names(names, g), m->targets))) {
		advice_text(m->list, &advice->why,
			    "somebody gave it a mask of these CPUs alone: it may be what they are "
			    "for");
		advice_text(m->list, &advice->sure_why, "who pinned it is not known");
		advice_step(m->list, advice, STEP_NOTE, NULL,
			    "if they are for it: --owner %" PRIu32, g->list->task->who->pid);
		for (uint32_t i = 0; i < g->count; i++)
			if (!adviser_is_gone(&g->list[i]))
				advice_step(m->list, advice, STEP_COMMAND, NULL,
					    "taskset -pc %s %" PRIu32, list,
					    g->list[i].task->who->tid);
	}
	free(list);
	homes_free(&homes);
}

static const char *why_leave(enum kind kind)
{
	switch (kind) {
	case KIND_HOTPLUG:
		return "it brings its CPU up and down, and runs at no other time; without it no "
		       "CPU "
		       "goes offline";
	case KIND_IDLE_INJECT:
		return "it cools the CPU by idling on purpose: look at the machine's thermal "
		       "limits";
	case KIND_WORKER_RESCUER:
		return "it helps where no worker can be made for lack of memory: look at what "
		       "takes "
		       "the memory";
	case KIND_USER_BOUND:
		return "the kernel made it for a process and binds it (io_uring's workers: "
		       "IORING_REGISTER_IOWQ_AFF); it goes where its process tells it";
	default:
		return "PF_NO_SETAFFINITY: the kernel refuses to change its mask";
	}
}

void advise_leave(struct adviser *m, const struct moved_group *g)
{
	char names[ADVISER_NAMES_MAX];
	struct advice *advice =
		adviser_leave(m, g, "leave-it", "leave %s: nothing moves %s",
			      adviser_names(names, g), g->count == 1 ? "it" : "them");

	if (advice)
		advice_text(m->list, &advice->why, "%s", why_leave(g->list->kind.kind));
}

void advise_gone(struct adviser *m, const struct moved_group *g)
{
	char names[ADVISER_NAMES_MAX];
	struct advice *advice =
		adviser_leave(m, g, "leave-it", "%s: nobody to move", adviser_names(names, g));

	if (advice)
		advice_text(m->list, &advice->why, "%s",
			    g->list->kind.kind == KIND_UNKNOWN
				    ? "who it is was lost, so no command can name it"
				    : "it has exited: what starts it should be given a mask");
}
