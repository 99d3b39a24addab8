// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a recording of any length to stdout, of a load that stays the same: how long it is must
 * not show in what an import needs.
 *
 * gen_perf file|sorted|pipe|text SWITCHES
 *
 * file and pipe are perf.data's two forms, with a mark a round, as perf record empties its rings;
 * sorted is a file in the order of time, without marks; text is perf script's. Two CPUs run TASKS
 * tasks in turn. Each is woken by the one before it and goes to sleep; one in LIFE dies, and a new
 * one takes its place.
 */
#include "unit/perf_file.h"

#define TASKS	    100 /* on each CPU */
#define LIFE	    50
#define FIRST_TID   1000
#define LAST_TID    32768 /* where kernels begin again */
#define ROUND	    200	  /* switches of each CPU */
#define SLICE_NS    20000
#define STATE_SLEEP 1
#define STATE_DEAD  0x10

struct load {
	int32_t tids[2][TASKS], next_tid;
	uint64_t now_ns[2];
	int at[2], made;
	bool text, in_order;
};

static struct perf_file file;
static struct bytes built;

static int32_t new_tid(struct load *load)
{
	if (load->next_tid == LAST_TID)
		load->next_tid = FIRST_TID;
	return load->next_tid++;
}

static void write_out(const struct bytes *b, size_t from, size_t to)
{
	if (fwrite(b->data + from, 1, to - from, stdout) != to - from) {
		perror("gen_perf");
		exit(1);
	}
}

static void print_switch(const struct sample *s, const char *comm, int32_t next,
			 const char *next_comm, int state)
{
	printf("%15s %d/%d [%03u] %llu.%09llu: sched:sched_switch: prev_comm=%s prev_pid=%d "
	       "prev_prio=120 prev_state=%s ==> next_comm=%s next_pid=%d next_prio=120\n",
	       comm, s->pid, s->tid, s->cpu, (unsigned long long)(s->time_ns / 1000000000),
	       (unsigned long long)(s->time_ns % 1000000000), comm, s->tid,
	       state == STATE_DEAD ? "X" : "S", next_comm, next);
}

static void print_waking(const struct sample *s, const char *comm, int32_t wakee,
			 const char *wakee_comm)
{
	printf("%15s %d/%d [%03u] %llu.%09llu: sched:sched_waking: comm=%s pid=%d prio=120 "
	       "target_cpu=%03u\n",
	       comm, s->pid, s->tid, s->cpu, (unsigned long long)(s->time_ns / 1000000000),
	       (unsigned long long)(s->time_ns % 1000000000), wakee_comm, wakee, s->cpu);
}

/* A slice: its task wakes the next one, and goes. */
static void add_slice(struct load *load, unsigned int cpu)
{
	int32_t *tid = &load->tids[cpu][load->at[cpu]];
	int next_at = (load->at[cpu] + 1) % TASKS;
	int32_t next = load->tids[cpu][next_at];
	int state = ++load->made % LIFE ? STATE_SLEEP : STATE_DEAD;
	struct sample s = { .pid = *tid, .tid = *tid, .cpu = cpu };
	char comm[16], next_comm[16];

	snprintf(comm, sizeof(comm), "task-%d", *tid);
	snprintf(next_comm, sizeof(next_comm), "task-%d", next);
	s.id = ID_WAKING;
	s.time_ns = load->now_ns[cpu] + SLICE_NS / 4 * 3;
	if (load->text)
		print_waking(&s, comm, next, next_comm);
	else
		put_waking(&file.data, &s, next, next_comm, cpu);
	s.id = ID_SWITCH;
	s.time_ns = load->now_ns[cpu] += SLICE_NS;
	if (load->text)
		print_switch(&s, comm, next, next_comm, state);
	else
		put_switch(&file.data, &s, false, comm, state, next, next_comm);
	if (state == STATE_DEAD)
		*tid = new_tid(load);
	load->at[cpu] = next_at;
}

static void flush_data(uint64_t *bytes)
{
	write_out(&file.data, 0, file.data.size);
	*bytes += file.data.size;
	file.data.size = 0;
}

/* The CPUs' rings one after another, or what perf made of them: the order of time. */
static void add_round(struct load *load, int switches, uint64_t *bytes)
{
	for (int cpu = 0; cpu < 2 && !load->in_order; cpu++) {
		for (int i = 0; i < switches; i++) {
			add_slice(load, cpu);
			if (file.data.size > BYTES_MAX / 2)
				flush_data(bytes);
		}
	}
	for (int i = 0; i < 2 * switches && load->in_order; i++) {
		add_slice(load, i % 2);
		if (file.data.size > BYTES_MAX / 2)
			flush_data(bytes);
	}
}

static uint64_t add_all(struct load *load, long switches)
{
	uint64_t bytes = 0;

	for (int cpu = 0; cpu < 2; cpu++) {
		load->now_ns[cpu] = 1000000000 + cpu * SLICE_NS / 2;
		for (int i = 0; i < TASKS; i++)
			load->tids[cpu][i] = new_tid(load);
	}
	for (long done = 0; done < switches; done += 2l * ROUND) {
		add_round(load, ROUND, &bytes);
		if (!load->in_order)
			put_round(&file.data);
	}
	flush_data(&bytes);
	return bytes;
}

static uint64_t get_at(size_t at)
{
	uint64_t value;

	memcpy(&value, built.data + at, sizeof(value));
	return value;
}

static void set_at(size_t at, uint64_t value)
{
	memcpy(built.data + at, &value, sizeof(value));
}

/* An empty file's head, the records, and the features, of which the head says where they are. */
static void write_file(struct load *load, long switches)
{
	enum { DATA_AT = 40, DATA_SIZE = 48 };
	uint64_t bytes;
	size_t data;

	build_file(&file, &built);
	data = get_at(DATA_AT);
	write_out(&built, 0, data);
	bytes = add_all(load, switches);
	for (int i = 0; i < FEATURES; i++)
		set_at(data + i * 16, get_at(data + i * 16) + bytes);
	write_out(&built, data, built.size);
	set_at(DATA_SIZE, bytes);
	if (fseek(stdout, 0, SEEK_SET)) {
		perror("gen_perf: a file is not for a pipe");
		exit(1);
	}
	write_out(&built, 0, data);
}

int main(int argc, char **argv)
{
	static struct load load = { .next_tid = FIRST_TID };
	const char *form = argc == 3 ? argv[1] : "";
	long switches = argc == 3 ? strtol(argv[2], NULL, 10) : 0;

	load.text = !strcmp(form, "text");
	load.in_order = load.text || !strcmp(form, "sorted");
	if (!strcmp(form, "file") || !strcmp(form, "sorted")) {
		write_file(&load, switches);
	} else if (!strcmp(form, "pipe")) {
		build_pipe(&file, &built);
		write_out(&built, 0, built.size);
		add_all(&load, switches);
	} else if (load.text) {
		add_all(&load, switches);
	} else {
		fprintf(stderr, "usage: gen_perf file|sorted|pipe|text SWITCHES\n");
		return 1;
	}
	return fflush(stdout) ? 1 : 0;
}
