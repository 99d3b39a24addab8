// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hooks on the functions that choose a CPU (bpf/hooks.bpf.c): as many as this kernel takes.
 * They share the maps of the core programs, which work without them.
 */
#include "capture/internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/kernel.h"
#include "hooks_btf.skel.h"
#include "hooks_plain.skel.h"

/* Programs that go together; the most telling first. */
struct hook_set {
	const char *programs[5];
	const char *words;
	bool looks, fallback;
};

static const struct hook_set sets[] = {
	{ { "choice_exit", "fallback_exit", "look_exit" },
	  "choices by fexit on select_task_rq_fair, select_fallback_rq and available_idle_cpu",
	  true,
	  true },
	{ { "choice_exit", "fallback_exit" },
	  "choices by fexit on select_task_rq_fair and select_fallback_rq",
	  false,
	  true },
	{ { "choice_exit" }, "choices by fexit on select_task_rq_fair", false, false },
	{ { "choice_entry_probe", "choice_exit_probe", "fallback_entry_probe",
	    "fallback_exit_probe" },
	  "choices by kretprobe on select_task_rq_fair and select_fallback_rq",
	  false,
	  true },
	{ { "choice_entry_probe", "choice_exit_probe" },
	  "choices by kretprobe on select_task_rq_fair",
	  false,
	  false },
};

/* A program that takes select_task_rq_fair()'s arguments has a variant for when there were 4. */
static struct bpf_program *find_program(struct bpf_object *object, const char *name, int arguments)
{
	char variant[64];

	snprintf(variant, sizeof(variant), "%s%s", name,
		 arguments == 4 && (!strcmp(name, "choice_exit") ||
				    !strcmp(name, "choice_entry_probe"))
			 ? "_before_5_11"
			 : "");
	return bpf_object__find_program_by_name(object, variant);
}

static int share_maps(struct capture *capture, struct bpf_object *hooks)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, hooks)
	{
		/* libbpf puts the object's name before a section's. */
		const char *dot = strchr(bpf_map__name(map), '.');
		const char *name = dot ? dot : bpf_map__name(map);
		struct bpf_map *its = bpf_object__find_map_by_name(capture->object, name);
		size_t size, its_size;
		void *value;
		int err;

		if (!its)
			return -ENOENT;
		if (!strcmp(name, ".rodata")) {
			value = (void *)bpf_map__initial_value(map, &size);
			memcpy(value, bpf_map__initial_value(its, &its_size),
			       sizeof(struct session_config));
			continue;
		}
		/* Of the maps that are not in use the core programs made none. */
		if (bpf_map__fd(its) < 0) {
			bpf_map__set_autocreate(map, false);
			continue;
		}
		err = bpf_map__reuse_fd(map, bpf_map__fd(its));
		if (err)
			return err;
	}
	return 0;
}

static struct bpf_object *open_hooks(struct capture *capture)
{
	const struct bpf_object_open_opts options = { .sz = sizeof(options),
						      .btf_custom_path =
							      capture->options.btf_file };
	const void *bytes;
	size_t size;

	bytes = capture->uses_task_slots ? hooks_btf_bpf__elf_bytes(&size)
					 : hooks_plain_bpf__elf_bytes(&size);
	return bpf_object__open_mem(bytes, size, &options);
}

static int attach_set(struct capture *capture, const struct hook_set *set, int arguments)
{
	struct bpf_program *programs[5];
	int count = 0, err;

	capture->hooks = open_hooks(capture);
	if (!capture->hooks)
		return -errno;
	err = share_maps(capture, capture->hooks);
	if (err)
		return err;
	for (; set->programs[count]; count++) {
		programs[count] = find_program(capture->hooks, set->programs[count], arguments);
		if (!programs[count])
			return -ENOENT;
		bpf_program__set_autoload(programs[count], true);
	}
	err = bpf_object__load(capture->hooks);
	if (err)
		return err;
	for (int i = 0; i < count; i++) {
		struct bpf_link *link = bpf_program__attach(programs[i]);

		if (!link)
			return -errno;
		capture->hook_links[capture->hook_link_count++] = link;
	}
	return 0;
}

void hooks_detach(struct capture *capture)
{
	for (int i = 0; i < capture->hook_link_count; i++)
		bpf_link__destroy(capture->hook_links[i]);
	capture->hook_link_count = 0;
	bpf_object__close(capture->hooks);
	capture->hooks = NULL;
	free(capture->hooks_are);
	capture->hooks_are = NULL;
}

static int say(struct capture *capture, const char *words, int err)
{
	free(capture->hooks_are);
	if (asprintf(&capture->hooks_are, "%s%s%s", words, err ? ": " : "",
		     err ? strerror(-err) : "") >= 0)
		return 0;
	capture->hooks_are = NULL;
	return -ENOMEM;
}

int hooks_attach(struct capture *capture, const struct kernel_facts *facts)
{
	int err = -ENOENT, first = 0;

	if (!facts->choice_arguments)
		return say(capture, "no hooks on choices: this kernel has no select_task_rq_fair",
			   0);
	if (!facts->has_btf)
		return say(capture, "no hooks on choices: this kernel has no BTF", 0);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		int its;

		if ((sets[i].looks &&
		     (!facts->has_look || capture->options.hooks != HOOKS_LOOKS)) ||
		    (sets[i].fallback && !facts->has_fallback))
			continue;
		its = attach_set(capture, &sets[i], facts->choice_arguments);
		if (!its) {
			capture->sees_looks = sets[i].looks;
			return say(capture, sets[i].words, 0);
		}
		hooks_detach(capture);
		if (its == -ENOMEM)
			return its;
		/* The first refusal is the one to tell: of what would have said the most. */
		if (!first++)
			err = its;
	}
	return say(capture, "no hooks on choices: the kernel refuses fexit and kprobes", err);
}
