// SPDX-License-Identifier: GPL-2.0-only
/* What this kernel's type information says of it: see kernel.h. */
#include "capture/kernel.h"

#include <bpf/btf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "capture/complain.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

/* arm64 keeps it in thread_info, where CO-RE finds it; x86 in a per-CPU variable. */
#ifdef __aarch64__
#define PREEMPT_COUNT_IN_TASK true
#else
#define PREEMPT_COUNT_IN_TASK false
#endif

/* A per-CPU variable's place in its section, bytes; negative: none of that name. */
static int64_t percpu_offset(const struct btf *btf, const char *name)
{
	int section = btf__find_by_name_kind(btf, ".data..percpu", BTF_KIND_DATASEC);
	const struct btf_type *type = section > 0 ? btf__type_by_id(btf, section) : NULL;
	const struct btf_var_secinfo *var = type ? btf_var_secinfos(type) : NULL;

	for (int i = 0; type && i < btf_vlen(type); i++, var++)
		if (!strcmp(btf__name_by_offset(btf, btf__type_by_id(btf, var->type)->name_off),
			    name))
			return var->offset;
	return -ENOENT;
}

/* A member's place in a struct, bytes, also inside unnamed structs and unions. */
static int64_t member_offset(const struct btf *btf, int id, const char *member)
{
	const struct btf_type *type = btf__type_by_id(btf, id);
	const struct btf_member *m;
	int64_t inside;

	if (!type || !btf_is_composite(type))
		return -ENOENT;
	m = btf_members(type);
	for (int i = 0; i < btf_vlen(type); i++, m++) {
		const char *name = btf__name_by_offset(btf, m->name_off);

		inside = *name ? -ENOENT : member_offset(btf, m->type, member);
		if (!strcmp(name, member))
			inside = 0;
		if (inside >= 0)
			return btf_member_bit_offset(type, i) / 8 + inside;
	}
	return -ENOENT;
}

static int64_t preempt_count_in_pcpu_hot(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "pcpu_hot", BTF_KIND_STRUCT);
	int64_t base = percpu_offset(btf, "pcpu_hot");
	int64_t member = id > 0 ? member_offset(btf, id, "preempt_count") : -ENOENT;

	return base < 0 || member < 0 ? -ENOENT : base + member;
}

static bool learn_llc_id(const struct btf *btf, int64_t *distance)
{
	int64_t rq = percpu_offset(btf, "runqueues"), id = percpu_offset(btf, "sd_llc_id");

	*distance = id - rq;
	return rq >= 0 && id >= 0;
}

static int learn_preempt_count(const struct btf *btf, int64_t *distance)
{
	int64_t rq = percpu_offset(btf, "runqueues");
	int64_t count = percpu_offset(btf, "__preempt_count");

	if (count < 0)
		count = preempt_count_in_pcpu_hot(btf);
	if (rq < 0 || count < 0)
		return -ENOENT;
	*distance = count - rq;
	return 0;
}

/* How many arguments a function has; 0: there is none of that name. */
static int function_arguments(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);

	return id > 0 ? btf_vlen(btf__type_by_id(btf, btf__type_by_id(btf, id)->type)) : 0;
}

static struct btf *load_file(const char *file, int *err, char *why)
{
	struct btf *btf;

	if (access(file, R_OK)) {
		*err = complain(why, -errno, "--btf %s: cannot read it: %s", file, strerror(errno));
		return NULL;
	}
	btf = btf__parse(file, NULL);
	if (btf && btf__find_by_name_kind(btf, "task_struct", BTF_KIND_STRUCT) > 0)
		return btf;
	*err = complain(
		why, -EINVAL,
		"--btf %s: no kernel's type information (BTF): \"pahole "
		"--btf_encode_detached FILE vmlinux\" makes it from the kernel's debug file",
		file);
	btf__free(btf);
	return NULL;
}

static struct btf *load_own(int *err, char *why)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (!btf)
		*err = complain(why, -ENOENT,
				"no kernel type information in " KERNEL_BTF " (%s): name a file "
				"that has it with --btf, or boot a kernel built with "
				"CONFIG_DEBUG_INFO_BTF",
				access(KERNEL_BTF, R_OK) ? strerror(errno) : "damaged");
	return btf;
}

int kernel_learn(struct kernel_facts *facts, const char *btf_file, char *why)
{
	const struct btf_type *type;
	struct btf *btf;
	int id, err;

	btf = btf_file ? load_file(btf_file, &err, why) : load_own(&err, why);
	if (!btf)
		return err;
	id = btf__find_by_name_kind(btf, "btf_trace_sched_switch", BTF_KIND_TYPEDEF);
	if (id > 0) {
		/* typedef -> pointer -> prototype: context, preempt, prev, next[, prev_state] */
		type = btf__type_by_id(btf, btf__type_by_id(btf, id)->type);
		type = btf__type_by_id(btf, type->type);
		facts->switch_tells_state = btf_vlen(type) >= 5;
	}
	facts->knows_preempt_count =
		PREEMPT_COUNT_IN_TASK || !learn_preempt_count(btf, &facts->preempt_count_distance);
	facts->counts_irq_disable =
		btf__find_by_name_kind(btf, "local_interrupt_disable_state", BTF_KIND_VAR) > 0;
	/* The cast names a type by its number, which is the kernel's and not a file's. */
	facts->has_rdonly_cast =
		!btf_file && btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
	facts->tells_hotplug =
		btf__find_by_name_kind(btf, "btf_trace_cpuhp_enter", BTF_KIND_TYPEDEF) > 0 &&
		btf__find_by_name_kind(btf, "btf_trace_cpuhp_exit", BTF_KIND_TYPEDEF) > 0;
	facts->tells_numa_moves =
		btf__find_by_name_kind(btf, "btf_trace_sched_move_numa", BTF_KIND_TYPEDEF) > 0 &&
		btf__find_by_name_kind(btf, "btf_trace_sched_swap_numa", BTF_KIND_TYPEDEF) > 0;
	facts->knows_llc_id = learn_llc_id(btf, &facts->llc_id_distance);
	facts->choice_arguments = function_arguments(btf, "select_task_rq_fair");
	facts->has_fallback = function_arguments(btf, "select_fallback_rq") == 2;
	facts->has_look = function_arguments(btf, "available_idle_cpu") == 1;
	facts->has_btf = !access(KERNEL_BTF, R_OK);
	btf__free(btf);
	return 0;
}
