// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a trace file of made-up but lifelike events, for measuring how fast traces are read and
 * how large they get. The same arguments make the same file.
 *
 *   gen_trace FILE KIND SLICES CPUS TASKS [SEED [DETAIL]]
 *
 * KIND pipe: on each CPU two tasks wake each other in turn (perf bench sched pipe), runs about
 * 1.5 us, wakings about 1 us before the switch. KIND messaging: TASKS tasks in groups of 40 over
 * all CPUs (perf bench sched messaging), woken by their group from any CPU, preempted, migrated,
 * runs log-normal around 12 us, delays log-normal around 300 us, some idle slices. In both, delays
 * are drawn, not made by who runs. KIND queue: TASKS tasks, the same number on each CPU, which
 * queue there: work log-normal around 40 us, in slices of up to 3 ms while others wait, sleeps
 * exponential, CPUs busy to some 80 %. Each wait is filled by those who ran.
 *
 * DETAIL facts (the default): with what the kernel side saw of placements. bare: without. hooks:
 * and with a choice for each wakeup. All else is the same in the three.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "trace/writer.h"

#define BATCH 4096
#define GROUP 40

struct gen_task {
	uint64_t out_ns;
	uint64_t since_ns,
		left_ns; /* queue: runnable since, or woken at; what it still has to run */
	uint16_t cpu, recent_cpu;
	bool queued; /* left its last slice runnable */
	bool running;
};

struct gen {
	uint64_t random;
	uint64_t fact_random; /* apart: facts change nothing else */
	bool facts, hooks;
	uint32_t cpus, tasks;
	bool pipe, queue;
	uint64_t *now; /* each CPU's time */
	uint32_t *last;
	struct gen_task *state;
	uint64_t *idle_out;
};

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t next_random(struct gen *g)
{
	return splitmix64(&g->random);
}

static double unit(uint64_t random)
{
	return ((random >> 11) + 0.5) / 9007199254740992.0;
}

static double next_unit(struct gen *g)
{
	return unit(next_random(g));
}

static double next_normal(struct gen *g)
{
	return sqrt(-2 * log(next_unit(g))) * cos(2 * M_PI * next_unit(g));
}

static uint64_t log_normal(struct gen *g, double median, double sigma)
{
	return median * exp(sigma * next_normal(g));
}

static bool chance(struct gen *g, double p)
{
	return next_unit(g) < p;
}

static bool fact(struct gen *g, double p)
{
	return unit(splitmix64(&g->fact_random)) < p;
}

static uint32_t earliest_cpu(const struct gen *g)
{
	uint32_t best = 0;

	for (uint32_t cpu = 1; cpu < g->cpus; cpu++)
		if (g->now[cpu] < g->now[best])
			best = cpu;
	return best;
}

static struct event plain_slice(uint32_t cpu, uint32_t task, uint64_t start, uint64_t run)
{
	return (struct event){
		.time_ns = start + run,
		.cpu = cpu,
		.type = EVENT_SLICE,
		.slice =
			{
				.start_ns = start,
				.task = task,
				.waker = TASK_UNKNOWN,
				.prev_cpu = CPU_UNKNOWN,
				.chosen_cpu = CPU_UNKNOWN,
				.waker_cpu = CPU_UNKNOWN,
				.recent_cpu = CPU_UNKNOWN,
				.prio = 120,
			},
	};
}

static uint16_t is_idle(struct gen *g, double p, unsigned int shift)
{
	return (fact(g, p) ? CPU_IS_IDLE : CPU_IS_BUSY) << shift;
}

/* What the kernel side saw of a wakeup on a machine that is nowhere idle for long. */
static void add_facts(struct gen *g, struct slice *s, struct gen_task *t)
{
	bool elsewhere = s->chosen_cpu != s->prev_cpu && s->chosen_cpu != s->waker_cpu;

	if (!g->facts)
		return;
	s->recent_cpu = t->recent_cpu;
	s->placed = PLACED_SEEN | is_idle(g, g->pipe ? 0.02 : 0.1, PLACED_PREV_SHIFT) |
		    is_idle(g, s->context == WAKER_TASK ? 0 : 0.2, PLACED_WAKER_SHIFT);
	s->placed |= fact(g, 0.02) ? PLACED_IDLE_CORES : PLACED_NO_IDLE_CORES;
	if (fact(g, g->pipe ? 0.95 : 0.2))
		s->placed |= PLACED_WAKER_ALONE;
	if (elsewhere && s->chosen_cpu == s->recent_cpu)
		s->placed |= CPU_IS_IDLE << PLACED_RECENT_SHIFT;
	if (elsewhere)
		s->placed |= is_idle(g, 0.3, PLACED_CORE_SHIFT);
	if (placement_cpu_is(s->placed, PLACED_PREV_SHIFT) == CPU_IS_BUSY &&
	    !(s->flags & SLICE_REQUEUED))
		t->recent_cpu = s->prev_cpu;
}

/* The choice that led to a slice: the search goes from the previous CPU up to the chosen one. */
static struct event choice_of(const struct gen *g, const struct event *e)
{
	const struct slice *s = &e->slice;
	struct event c = {
		.time_ns = s->waking_ns,
		.cpu = s->waker_cpu,
		.type = EVENT_CHOICE,
		.choice =
			{
				.task = s->task,
				.prev_cpu = s->prev_cpu,
				.chosen_cpu = s->chosen_cpu,
				.wake_flags = 0x8,
			},
	};
	uint16_t cpu = s->prev_cpu;

	do {
		cpu = (cpu + 1) % g->cpus;
		if (c.choice.looks < CHOICE_TRAIL_MAX)
			c.choice.trail[c.choice.looks++] = cpu;
	} while (cpu != s->chosen_cpu && c.choice.looks < CHOICE_TRAIL_MAX);
	if (cpu == s->chosen_cpu)
		c.choice.trail[c.choice.looks - 1] |= CHOICE_IDLE;
	return c;
}

static struct event pipe_slice(struct gen *g, uint32_t cpu)
{
	uint32_t task = 1 + 2 * cpu + (g->last[cpu] == 1 + 2 * cpu);
	uint64_t start = g->now[cpu], run = 1200 + log_normal(g, 300, 0.6);
	struct event e = plain_slice(cpu, task, start, run);
	struct gen_task *t = &g->state[task];

	e.slice.waking_ns = start - 700 - log_normal(g, 300, 0.5);
	e.slice.prev_out_ns = t->out_ns;
	e.slice.waker = g->last[cpu] ? g->last[cpu] : TASK_UNKNOWN;
	e.slice.prev_cpu = e.slice.chosen_cpu = e.slice.waker_cpu = cpu;
	e.slice.kind = DELAY_WAKE;
	e.slice.context = WAKER_TASK;
	e.slice.out_state = 1;
	add_facts(g, &e.slice, t);
	t->out_ns = e.time_ns;
	return e;
}

static struct event idle_slice(struct gen *g, uint32_t cpu)
{
	struct event e = plain_slice(cpu, TASK_IDLE, g->now[cpu], log_normal(g, 40000, 1.5));

	e.slice.kind = DELAY_NONE;
	e.slice.prev_out_ns = g->idle_out[cpu];
	g->idle_out[cpu] = e.time_ns;
	return e;
}

static uint32_t pick_task(struct gen *g, uint32_t cpu)
{
	uint32_t task;

	do
		task = 1 + next_random(g) % g->tasks;
	while (task == g->last[cpu] || g->state[task].out_ns > g->now[cpu] ||
	       (g->state[task].cpu != cpu && !chance(g, 0.25)));
	return task;
}

static void wake(struct gen *g, struct event *e, struct gen_task *t)
{
	uint32_t task = e->slice.task, group = (task - 1) / GROUP * GROUP;
	uint32_t waker = 1 + group + next_random(g) % GROUP;
	uint64_t waking = e->slice.start_ns - 500 - log_normal(g, 300000, 1.0);

	if (waking < t->out_ns)
		waking = t->out_ns + (e->slice.start_ns - t->out_ns) / 2;
	e->slice.waking_ns = waking;
	e->slice.waker = waker > g->tasks ? task : waker;
	e->slice.waker_cpu = g->state[e->slice.waker].cpu;
	e->slice.prev_cpu = t->cpu;
	e->slice.chosen_cpu = e->cpu;
	e->slice.kind = DELAY_WAKE;
	e->slice.context = chance(g, 0.03) ? WAKER_SOFTIRQ : WAKER_TASK;
	if (chance(g, 0.15))
		e->slice.flags |= SLICE_REQUEUED;
	if (chance(g, 0.1))
		e->slice.spare_wakes = 1 + next_random(g) % 3;
	add_facts(g, &e->slice, t);
}

static struct event messaging_slice(struct gen *g, uint32_t cpu)
{
	uint32_t task = pick_task(g, cpu);
	struct gen_task *t = &g->state[task];
	struct event e = plain_slice(cpu, task, g->now[cpu], log_normal(g, 12000, 0.9));

	e.slice.prev_out_ns = t->out_ns;
	if (t->queued)
		e.slice.kind = DELAY_PREEMPT;
	else
		wake(g, &e, t);
	t->queued = chance(g, 0.25);
	if (t->queued)
		e.slice.flags |= SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED;
	else
		e.slice.out_state = 1;
	if (t->cpu != cpu)
		e.slice.moves = chance(g, 0.3);
	t->out_ns = e.time_ns;
	t->cpu = cpu;
	return e;
}

/* The task of a CPU that is, or will be, runnable first. */
static uint32_t first_runnable(const struct gen *g, uint32_t cpu, uint32_t but)
{
	uint32_t first = 0;

	for (uint32_t task = cpu + 1; task <= g->tasks; task += g->cpus)
		if (task != but && (!first || g->state[task].since_ns < g->state[first].since_ns))
			first = task;
	return first;
}

static void sleep_task(struct gen *g, struct gen_task *t, uint64_t now)
{
	double mean = 85000.0 * g->tasks / g->cpus;

	t->queued = false;
	t->since_ns = now - mean * log(next_unit(g));
	t->left_ns = log_normal(g, 40000, 1.0);
}

static struct event queue_slice(struct gen *g, uint32_t cpu)
{
	uint32_t task = first_runnable(g, cpu, 0), next = first_runnable(g, cpu, task);
	uint64_t start = g->now[cpu], run, slice = 3000000;
	struct gen_task *t = &g->state[task];
	struct event e;

	if (t->since_ns > start) {
		e = plain_slice(cpu, TASK_IDLE, start, t->since_ns - start + 1500);
		e.slice.kind = DELAY_NONE;
		return e;
	}
	run = t->left_ns > slice && next && g->state[next].since_ns < start + slice ? slice
										    : t->left_ns;
	e = plain_slice(cpu, task, start, run);
	e.slice.prev_out_ns = t->out_ns;
	e.slice.kind = t->queued ? DELAY_PREEMPT : DELAY_WAKE;
	if (!t->queued) {
		e.slice.waking_ns = t->since_ns;
		e.slice.waker = 1 + next_random(g) % g->tasks;
		e.slice.waker_cpu = g->state[e.slice.waker].cpu;
		e.slice.prev_cpu = e.slice.chosen_cpu = cpu;
		e.slice.context = WAKER_TASK;
		add_facts(g, &e.slice, t);
	}
	t->out_ns = e.time_ns;
	t->left_ns -= run;
	if (t->left_ns) {
		t->queued = true;
		t->since_ns = e.time_ns;
		e.slice.flags |= SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED;
	} else {
		sleep_task(g, t, e.time_ns);
		e.slice.out_state = 1;
	}
	return e;
}

static struct event next_slice(struct gen *g, uint32_t cpu)
{
	struct event e;

	if (g->queue)
		e = queue_slice(g, cpu);
	else if (g->pipe)
		e = pipe_slice(g, cpu);
	else if (g->last[cpu] != TASK_IDLE && chance(g, 0.03))
		e = idle_slice(g, cpu);
	else
		e = messaging_slice(g, cpu);
	g->now[cpu] = e.time_ns;
	g->last[cpu] = e.slice.task;
	return e;
}

static int put_tasks(struct gen *g, struct trace_writer *w, uint64_t start_ns)
{
	int err = 0;

	for (uint32_t task = 1; task <= g->tasks && !err; task++) {
		struct event e = {
			.time_ns = start_ns,
			.type = EVENT_TASK,
			.identity =
				{
					.task = task,
					.tid = 1000 + task,
					.pid = 1000 + task,
					.ppid = 1000,
					.flags = 0x400000,
					.cpus_allowed = g->cpus,
				},
		};

		snprintf(e.identity.comm, sizeof(e.identity.comm), "%s-%u",
			 g->pipe    ? "pipe"
			 : g->queue ? "queue"
				    : "messaging",
			 task);
		err = trace_writer_add(w, &e, 1);
	}
	return err;
}

/*
 * A slice is an event at its end, and the one with the earliest start need not end first: a slice
 * goes out once no CPU can bring an earlier end, which is when each has its next one ready.
 */
static int put_slices(struct gen *g, struct trace_writer *w, uint64_t slices)
{
	struct event *next = calloc(g->cpus, sizeof(*next)), batch[BATCH];
	int n = 0, err = next ? 0 : -ENOMEM;

	for (uint32_t cpu = 0; cpu < g->cpus && !err; cpu++)
		next[cpu] = next_slice(g, cpu);
	for (uint64_t i = 0; i < slices && !err; i++) {
		/* Each CPU's time is its next slice's end: the earliest of them is due. */
		uint32_t cpu = earliest_cpu(g);

		if (g->hooks && next[cpu].slice.waking_ns)
			batch[n++] = choice_of(g, &next[cpu]);
		batch[n++] = next[cpu];
		next[cpu] = next_slice(g, cpu);
		if (n >= BATCH - 1 || i == slices - 1) {
			err = trace_writer_add(w, batch, n);
			n = 0;
		}
	}
	free(next);
	return err;
}

static int generate(struct gen *g, const char *path, uint64_t slices)
{
	const uint64_t start_ns = 5000000000000;
	struct trace_writer *w = NULL;
	struct trace_meta meta;
	int err, close_err;

	err = trace_meta_init(&meta, g->cpus);
	if (err)
		return err;
	meta.start_ns = start_ns;
	meta.realtime_offset_ns = 1700000000000000000;
	meta.all_cpus = true;
	hwloc_bitmap_set_range(meta.target_cpus, 0, g->cpus - 1);
	meta.command = strdup("gen_trace");
	meta.rests_on = strdup("nothing: made-up events");
	for (uint32_t cpu = 0; cpu < g->cpus; cpu++)
		g->now[cpu] = start_ns + 1000 + cpu * 10;
	for (uint32_t task = 1; g->queue && task <= g->tasks; task++)
		sleep_task(g, &g->state[task], start_ns);
	err = trace_writer_open(&w, path, &meta, TRACE_WRITER_REPLACE);
	if (!err)
		err = put_tasks(g, w, start_ns);
	if (!err)
		err = put_slices(g, w, slices);
	for (uint32_t cpu = 0; cpu < g->cpus; cpu++)
		meta.end_ns = g->now[cpu] > meta.end_ns ? g->now[cpu] : meta.end_ns;
	if (!err && strcmp(path, "-"))
		printf("%llu slices, %.2f bytes a slice\n", (unsigned long long)slices,
		       (double)trace_writer_bytes(w) / slices);
	close_err = trace_writer_close(w, err ? NULL : &meta);
	trace_meta_free(&meta);
	return err ? err : close_err;
}

int main(int argc, char **argv)
{
	struct gen g = { 0 };
	uint64_t slices;
	int err;

	if (argc < 6 ||
	    (strcmp(argv[2], "pipe") && strcmp(argv[2], "messaging") && strcmp(argv[2], "queue"))) {
		fprintf(stderr, "usage: gen_trace FILE pipe|messaging|queue SLICES CPUS TASKS "
				"[SEED [bare|facts|hooks]]\n");
		return 1;
	}
	g.pipe = !strcmp(argv[2], "pipe");
	g.queue = !strcmp(argv[2], "queue");
	slices = strtoull(argv[3], NULL, 0);
	g.cpus = strtoul(argv[4], NULL, 0);
	g.tasks = strtoul(argv[5], NULL, 0);
	g.random = g.fact_random = argc > 6 ? strtoull(argv[6], NULL, 0) : 1;
	g.facts = argc < 8 || strcmp(argv[7], "bare") != 0;
	g.hooks = argc > 7 && !strcmp(argv[7], "hooks");
	if (!g.cpus || g.cpus > 8192 || !slices) {
		fprintf(stderr, "gen_trace: 1 to 8192 CPUs and at least one slice, please\n");
		return 1;
	}
	if (g.pipe)
		g.tasks = 2 * g.cpus;
	else if (g.tasks < 4 * g.cpus)
		g.tasks = 4 * g.cpus;
	g.now = calloc(g.cpus, sizeof(*g.now));
	g.last = calloc(g.cpus, sizeof(*g.last));
	g.idle_out = calloc(g.cpus, sizeof(*g.idle_out));
	g.state = calloc(g.tasks + 1, sizeof(*g.state));
	for (uint32_t task = 1; g.state && task <= g.tasks; task++)
		g.state[task].cpu = g.state[task].recent_cpu = (g.queue ? task - 1 : task) % g.cpus;
	err = g.now && g.last && g.idle_out && g.state ? generate(&g, argv[1], slices) : -ENOMEM;
	free(g.now);
	free(g.last);
	free(g.idle_out);
	free(g.state);
	if (err)
		fprintf(stderr, "gen_trace: %s: %s\n", argv[1], strerror(-err));
	return err ? 1 : 0;
}
