// SPDX-License-Identifier: GPL-2.0-only
/* A task as its operator knows it: see who.h. */
#include "output/who.h"

#include <stdio.h>

#include "host/vcpu.h"
#include "output/json.h"
#include "output/labels.h"
#include "output/output.h"

struct vcpu {
	uint32_t vm_pid, number;
	const char *vm_name;
};

static bool find_vcpu(const struct who *who, uint32_t task, struct vcpu *vcpu)
{
	const struct task_identity *identity = task_table_get(who->tasks, task);

	return task != TASK_IDLE && task != TASK_UNKNOWN &&
	       vcpu_of(who->host, identity->pid, identity->comm, &vcpu->vm_pid, &vcpu->vm_name,
		       &vcpu->number);
}

char *who_vm_text(char buf[WHO_MAX], const char *vm_name, uint32_t vm_pid)
{
	if (vm_name)
		snprintf(buf, WHO_MAX, "%s", vm_name);
	else
		snprintf(buf, WHO_MAX, "pid %u", vm_pid);
	text_clean(buf);
	return buf;
}

char *who_text(char buf[WHO_MAX], const struct who *who, uint32_t task)
{
	char vm[WHO_MAX];
	struct vcpu vcpu;

	if (!find_vcpu(who, task, &vcpu))
		return label_text(buf, who->tasks, task);
	who_vm_text(vm, vcpu.vm_name, vcpu.vm_pid);
	snprintf(buf, WHO_MAX, "%.*s vCPU %u", VM_NAME_SIZE, vm, vcpu.number);
	return buf;
}

json_t *who_json(const struct who *who, uint32_t task)
{
	json_t *object = json_task(who->tasks, task);
	struct vcpu vcpu;

	if (!object || !json_is_object(object) || !find_vcpu(who, task, &vcpu))
		return object;
	json_put(&object, "vm", json_text(vcpu.vm_name));
	json_put(&object, "vm_pid", json_u64(vcpu.vm_pid));
	json_put(&object, "vcpu", json_u64(vcpu.number));
	return object;
}
