/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task identity as it lies in a TASKS chunk: varints, each as the difference to what is likely,
 * then the comm. Shared by writer and reader so that neither can drift.
 */
#ifndef INTERLOPER_TRACE_TASK_RECORD_H
#define INTERLOPER_TRACE_TASK_RECORD_H

#include "event/event.h"
#include "trace/varint.h"

/* Starts zeroed at each chunk. */
struct task_record_state {
	uint64_t time_ns;
	uint32_t task, tid;
};

/* At most ILT_EVENT_RAW_MAX bytes; returns the position behind. */
static inline uint8_t *task_record_put(uint8_t *p, struct task_record_state *state,
				       const struct event *e)
{
	const struct task_identity *id = &e->identity;
	size_t comm_len = strnlen(id->comm, TASK_COMM_LEN);

	p = put_varint(p, zigzag(e->time_ns - state->time_ns));
	p = put_varint(p, e->cpu);
	p = put_varint(p, zigzag((int64_t)id->task - state->task));
	p = put_varint(p, zigzag((int64_t)id->tid - state->tid));
	p = put_varint(p, zigzag((int64_t)id->pid - id->tid));
	p = put_varint(p, id->ppid);
	p = put_varint(p, id->flags);
	p = put_varint(p, id->cpus_allowed);
	*p++ = comm_len;
	memcpy(p, id->comm, comm_len);
	*state = (struct task_record_state){ e->time_ns, id->task, id->tid };
	return p + comm_len;
}

/* Reads one into e, type and all. False if the bytes end or a value is out of its range. */
static inline bool task_record_get(const uint8_t **p, const uint8_t *end,
				   struct task_record_state *state, struct event *e)
{
	uint64_t time, cpu, task, tid, pid, ppid, flags, allowed;
	uint8_t comm_len;

	if (!get_varint(p, end, &time) || !get_varint(p, end, &cpu) ||
	    !get_varint(p, end, &task) || !get_varint(p, end, &tid) || !get_varint(p, end, &pid) ||
	    !get_varint(p, end, &ppid) || !get_varint(p, end, &flags) ||
	    !get_varint(p, end, &allowed) || *p == end)
		return false;
	comm_len = *(*p)++;
	if (comm_len > TASK_COMM_LEN || comm_len > end - *p || cpu > UINT16_MAX)
		return false;
	memset(e, 0, sizeof(*e));
	e->time_ns = state->time_ns + unzigzag(time);
	e->cpu = cpu;
	e->type = EVENT_TASK;
	e->identity.task = state->task + unzigzag(task);
	e->identity.tid = state->tid + unzigzag(tid);
	e->identity.pid = e->identity.tid + unzigzag(pid);
	e->identity.ppid = ppid;
	e->identity.flags = flags;
	e->identity.cpus_allowed = allowed;
	memcpy(e->identity.comm, *p, comm_len);
	*p += comm_len;
	*state = (struct task_record_state){ e->time_ns, e->identity.task, e->identity.tid };
	return true;
}

#endif
