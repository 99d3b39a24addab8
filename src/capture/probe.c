// SPDX-License-Identifier: GPL-2.0-only
/* What this kernel's BPF offers, found out by trying: see probe.h. */
#include "capture/probe.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ATTACH_POINT "select_task_rq_fair"

#define INSN(code_, dst, src, off_, imm_)                                                          \
	{                                                                                          \
		.code = (code_), .dst_reg = (dst), .src_reg = (src), .off = (off_), .imm = (imm_)  \
	}

static const struct bpf_insn do_nothing[] = {
	INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
	INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
};

/* fetch_add on the stack; in linux/bpf.h since 5.12, and the value of BPF_XADD before */
#define ATOMIC	  0xc0
#define FETCH_ADD 0x01

static const struct bpf_insn fetch_add[] = {
	INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
	INSN(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_0, -8, 0),
	INSN(BPF_STX | ATOMIC | BPF_DW, BPF_REG_10, BPF_REG_0, -8, FETCH_ADD),
	INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
	INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
};

/* Takes an fd, or a negative errno, and closes what it got. */
static int drop(int fd)
{
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int try_program(enum bpf_prog_type type, const struct bpf_insn *insns, size_t count,
		       const struct bpf_prog_load_opts *opts)
{
	return bpf_prog_load(type, "interloper_try", "GPL", insns, count, opts);
}

static int try_raw_tp(const struct bpf_insn *insns, size_t count)
{
	return drop(try_program(BPF_PROG_TYPE_RAW_TRACEPOINT, insns, count, NULL));
}

static int load_tracing(const struct btf *btf, enum bpf_attach_type attach, const char *name,
			uint32_t kind)
{
	struct bpf_prog_load_opts opts = { .sz = sizeof(opts), .expected_attach_type = attach };
	int id = btf ? btf__find_by_name_kind(btf, name, kind) : -ENOENT;

	if (id < 0)
		return id;
	opts.attach_btf_id = id;
	return try_program(BPF_PROG_TYPE_TRACING, do_nothing, 2, &opts);
}

/*
 * A kernel may load such a program and have no way to attach it (arm64 before 6.4), so it is
 * attached, for a moment and doing nothing.
 */
static int try_function(const struct btf *btf, enum bpf_attach_type attach)
{
	int fd = load_tracing(btf, attach, ATTACH_POINT, BTF_KIND_FUNC), err;

	if (fd < 0)
		return fd;
	err = drop(bpf_raw_tracepoint_open(NULL, fd));
	close(fd);
	return err;
}

static int try_mapped_array(void)
{
	struct bpf_map_create_opts opts = { .sz = sizeof(opts), .map_flags = BPF_F_MMAPABLE };
	size_t page = sysconf(_SC_PAGESIZE);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "interloper_try", 4, page, 1, &opts), err = 0;
	void *memory;

	if (fd < 0)
		return fd;
	memory = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		err = -errno;
	else
		munmap(memory, page);
	close(fd);
	return err;
}

static int try_ring_buffer(void)
{
	return drop(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "interloper_try", 0, 0,
				   sysconf(_SC_PAGESIZE), NULL));
}

static bool has_value(const struct btf *btf, const char *type_name, const char *name)
{
	int id = btf__find_by_name_kind(btf, type_name, BTF_KIND_ENUM);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;

	for (int i = 0; type && i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_enum(type)[i].name_off), name))
			return true;
	return false;
}

static void read_btf(struct btf_facts *facts, const struct btf *btf)
{
	facts->readable = btf;
	if (!btf)
		return;
	facts->sched_switch =
		btf__find_by_name_kind(btf, "btf_trace_sched_switch", BTF_KIND_TYPEDEF) > 0;
	facts->choice = btf__find_by_name_kind(btf, ATTACH_POINT, BTF_KIND_FUNC) > 0;
	/* The helper came with the same release; libbpf takes it for the sign, too. */
	facts->memory_cgroups = has_value(btf, "bpf_func_id", "BPF_FUNC_ktime_get_coarse_ns");
}

static void try_session(struct probe_session *session, struct capture_options options)
{
	struct filter everything = {};
	struct capture *capture;

	options.filter = &everything;
	session->error = capture_open(&capture, &options, session->why);
	if (session->error)
		return;
	session->ring_bytes = capture_ring_bytes(capture);
	session->why[0] = '\0';
	capture_close(capture);
}

void probe_run(struct probe *probe)
{
	struct btf *btf;

	memset(probe, 0, sizeof(*probe));
	libbpf_set_print(NULL);
	btf = btf__load_vmlinux_btf();
	read_btf(&probe->btf, btf);
	/* While there is no program of ours. */
	others_read(&probe->others, btf);
	try_session(&probe->record, (struct capture_options){ .record = true });
	try_session(&probe->hist, (struct capture_options){ .aggregate = true });
	probe->tried[PROBE_RAW_TP] = try_raw_tp(do_nothing, 2);
	probe->tried[PROBE_ATOMICS] = try_raw_tp(fetch_add, 5);
	probe->tried[PROBE_TP_BTF] = drop(
		load_tracing(btf, BPF_TRACE_RAW_TP, "btf_trace_sched_switch", BTF_KIND_TYPEDEF));
	probe->tried[PROBE_FENTRY] = try_function(btf, BPF_TRACE_FENTRY);
	probe->tried[PROBE_FEXIT] = try_function(btf, BPF_TRACE_FEXIT);
	probe->tried[PROBE_MAPPED_ARRAY] = try_mapped_array();
	probe->tried[PROBE_RING_BUFFER] = try_ring_buffer();
	btf__free(btf);
}

void probe_free(struct probe *probe)
{
	others_free(&probe->others);
}

bool probe_lacks_privilege(const struct probe *probe)
{
	return probe->tried[PROBE_RAW_TP] == -EPERM || probe->tried[PROBE_RAW_TP] == -EACCES;
}
