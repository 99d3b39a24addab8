// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups of tasks over random machines, held against a model that keeps everything: who is told is
 * who should be, all that was told and all that ended with lost places add up to all that happened,
 * and nothing goes back but with its group's place.
 */
#include <math.h>
#include <stdio.h>

#include "unit/groups_stage.h"

#define CPUS	  5
#define TASKS	  24 /* that there are at a time */
#define PLACES	  4
#define LOOKS	  600
#define NAMES_MAX (TASKS + LOOKS)

struct sums {
	uint64_t slices, involuntary, trespasses;
	uint64_t time_ns[GROUP_KINDS];
};

struct model {
	uint64_t random, now_ns, last_ns;
	struct group_counts now[CPUS][TASKS], before[CPUS][TASKS];
	unsigned int names[TASKS]; /* the numbers of those there are */
	unsigned int name_count;
	int busy; /* the task that runs most, at the time */
	double scores[NAMES_MAX];
	bool told[NAMES_MAX];
	struct {
		int task; /* < 0: idle */
		uint64_t since_ns, scored_ns;
	} running[CPUS];
	struct sums truth[CPUS], ended[CPUS];
	struct group_histogram durations[CPUS][GROUP_KINDS], lost[GROUP_KINDS];
	/* The view before. */
	struct sums cells[CPUS][NAMES_MAX + 1];
	struct group_histogram tasks[NAMES_MAX + 1][GROUP_KINDS];
	bool was_told[NAMES_MAX];
};

static uint32_t draw(struct model *m, uint32_t below)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return (uint32_t)(m->random >> 20) % below;
}

static void name_of(char name[GROUP_NAME_MAX], unsigned int number)
{
	snprintf(name, GROUP_NAME_MAX, "n%04u", number);
}

static void take(struct model *m, int cpu, int task, enum group_kind kind, uint64_t ns)
{
	struct group_histogram *h = &m->durations[cpu][kind];

	m->now[cpu][task].series[kind].sum_ns += ns;
	m->now[cpu][task].series[kind].buckets[group_bucket(ns)]++;
	m->truth[cpu].time_ns[kind] += ns;
	h->sum_ns += ns;
	h->count++;
	h->buckets[group_bucket(ns)]++;
	if (kind == GROUP_RUN)
		return;
	m->scores[m->names[task]] += (double)ns;
}

static void end_slice(struct model *m, int cpu, uint64_t end_ns)
{
	int task = m->running[cpu].task;
	uint64_t run_ns = end_ns - m->running[cpu].since_ns;

	if (task < 0)
		return;
	take(m, cpu, task, GROUP_RUN, run_ns);
	m->scores[m->names[task]] += (double)run_ns - (double)m->running[cpu].scored_ns;
	m->now[cpu][task].slices++;
	m->truth[cpu].slices++;
	if (draw(m, 3))
		take(m, cpu, task, GROUP_WAKE + draw(m, 2), draw(m, 1 << draw(m, 24)));
	if (!draw(m, 3)) {
		m->now[cpu][task].involuntary++;
		m->truth[cpu].involuntary++;
	}
	if (!draw(m, 50)) {
		m->now[cpu][task].trespasses++;
		m->truth[cpu].trespasses++;
		m->scores[m->names[task]] += GROUPS_TRESPASS_NS;
	}
}

/* Slices up to now; the last one goes on. */
static void run_cpu(struct model *m, int cpu, uint64_t from_ns)
{
	uint64_t t = from_ns;

	for (;;) {
		t += 1 + draw(m, 1 << (10 + draw(m, 20)));
		if (t >= m->now_ns)
			break;
		end_slice(m, cpu, t);
		m->running[cpu].task = draw(m, 2) ? m->busy : (int)draw(m, TASKS + 4) - 4;
		m->running[cpu].since_ns = t;
		m->running[cpu].scored_ns = 0;
	}
	if (m->running[cpu].task < 0)
		return;
	m->scores[m->names[m->running[cpu].task]] +=
		(double)(m->now_ns - m->running[cpu].since_ns - m->running[cpu].scored_ns);
	m->running[cpu].scored_ns = m->now_ns - m->running[cpu].since_ns;
}

static void decay(struct model *m)
{
	double remains = exp2(-(double)(m->now_ns - m->last_ns) / GROUPS_HALF_LIFE_NS);

	for (unsigned int i = 0; i < m->name_count; i++)
		m->scores[i] *= remains;
	m->last_ns = m->now_ns;
}

/* The best one that is not told, and the worst one that is, again and again. */
static void settle(struct model *m)
{
	for (;;) {
		int best = -1, worst = -1, told = 0;

		for (unsigned int i = 0; i < m->name_count; i++) {
			/* Names that never did anything are not known to exist. */
			if (!m->told[i] && m->scores[i] > 0 &&
			    (best < 0 || m->scores[i] > m->scores[best]))
				best = (int)i;
			if (m->told[i] && (worst < 0 || m->scores[i] <= m->scores[worst]))
				worst = (int)i;
			told += m->told[i];
		}
		if (best < 0 ||
		    (told == PLACES && m->scores[best] <= GROUPS_ADVANTAGE * m->scores[worst]))
			return;
		if (told == PLACES)
			m->told[worst] = false;
		m->told[best] = true;
	}
}

static void look(struct model *m, struct groups *g)
{
	struct group_change changes[CPUS * TASKS] = { 0 };
	struct group_running running[CPUS] = { 0 };
	struct groups_look look = { m->now_ns, changes, 0, running, 0 };

	for (int cpu = 0; cpu < CPUS; cpu++) {
		for (int task = 0; task < TASKS; task++) {
			struct group_change *c = &changes[look.change_count];

			if (!memcmp(&m->now[cpu][task], &m->before[cpu][task],
				    sizeof(m->now[cpu][task])))
				continue;
			*c = (struct group_change){ .cpu = (uint32_t)cpu,
						    .class = (unsigned int)task % GROUP_CLASSES,
						    .before = &m->before[cpu][task],
						    .now = &m->now[cpu][task] };
			name_of(c->name, m->names[task]);
			look.change_count++;
		}
		if (m->running[cpu].task < 0)
			continue;
		running[look.running_count].cpu = (uint32_t)cpu;
		running[look.running_count].since_ns = m->running[cpu].since_ns;
		name_of(running[look.running_count++].name, m->names[m->running[cpu].task]);
	}
	assert_int_equal(groups_add(g, &look), 0);
	memcpy(m->before, m->now, sizeof(m->before));
}

/* A task is gone, and a new one comes in its place. */
static void rename_one(struct model *m)
{
	int task = (int)draw(m, TASKS);

	for (int cpu = 0; cpu < CPUS; cpu++)
		if (m->running[cpu].task == task)
			return;
	m->names[task] = m->name_count++;
	for (int cpu = 0; cpu < CPUS; cpu++) {
		memset(&m->now[cpu][task], 0, sizeof(m->now[cpu][task]));
		memset(&m->before[cpu][task], 0, sizeof(m->before[cpu][task]));
	}
}

static void add_sums(struct sums *to, const struct sums *from)
{
	to->slices += from->slices;
	to->involuntary += from->involuntary;
	to->trespasses += from->trespasses;
	for (int kind = 0; kind < GROUP_KINDS; kind++)
		to->time_ns[kind] += from->time_ns[kind];
}

static void add_histogram(struct group_histogram *to, const struct group_histogram *from)
{
	to->sum_ns += from->sum_ns;
	to->count += from->count;
	for (int i = 0; i < GROUP_BUCKETS; i++)
		to->buckets[i] += from->buckets[i];
}

static void assert_not_less(const struct sums *now, const struct sums *was)
{
	assert_true(now->slices >= was->slices && now->involuntary >= was->involuntary &&
		    now->trespasses >= was->trespasses);
	for (int kind = 0; kind < GROUP_KINDS; kind++)
		assert_true(now->time_ns[kind] >= was->time_ns[kind]);
}

static unsigned int number_of(const char *name)
{
	return strcmp(name, GROUPS_OTHER) ? (unsigned int)atoi(name + 1) : NAMES_MAX;
}

static void end_places(struct model *m)
{
	for (unsigned int i = 0; i < m->name_count; i++) {
		if (!m->was_told[i] || m->told[i])
			continue;
		for (int cpu = 0; cpu < CPUS; cpu++)
			add_sums(&m->ended[cpu], &m->cells[cpu][i]);
		for (int kind = 0; kind < GROUP_KINDS; kind++)
			add_histogram(&m->lost[kind], &m->tasks[i][kind]);
		memset(m->tasks[i], 0, sizeof(m->tasks[i]));
		for (int cpu = 0; cpu < CPUS; cpu++)
			memset(&m->cells[cpu][i], 0, sizeof(m->cells[cpu][i]));
	}
	memcpy(m->was_told, m->told, sizeof(m->told));
}

static void check_cells(struct model *m, const struct groups_view *view)
{
	struct sums all[CPUS];

	memcpy(all, m->ended, sizeof(all));
	for (uint32_t i = 0; i < view->cell_count; i++) {
		const struct group_cell *c = &view->cells[i];
		struct sums now = { c->slices, c->involuntary, c->trespasses, { 0 } };
		struct sums *was = &m->cells[c->cpu][number_of(view->tasks[c->task].name)];

		memcpy(now.time_ns, c->time_ns, sizeof(now.time_ns));
		assert_not_less(&now, was);
		*was = now;
		add_sums(&all[c->cpu], &now);
	}
	for (int cpu = 0; cpu < CPUS; cpu++) {
		struct sums truth = m->truth[cpu];

		truth.time_ns[GROUP_RUN] +=
			m->running[cpu].task < 0 ? 0 : m->now_ns - m->running[cpu].since_ns;
		assert_memory_equal(&all[cpu], &truth, sizeof(truth));
	}
}

static void check_tasks(struct model *m, const struct groups_view *view)
{
	struct group_histogram all[GROUP_KINDS], truth[GROUP_KINDS] = { 0 };

	memcpy(all, m->lost, sizeof(all));
	for (uint32_t i = 0; i < view->task_count; i++) {
		unsigned int number = number_of(view->tasks[i].name);

		assert_true(number == NAMES_MAX || m->told[number]);
		for (int kind = 0; kind < GROUP_KINDS; kind++) {
			const struct group_histogram *now = &view->tasks[i].series[kind];

			for (int k = 0; k < GROUP_BUCKETS; k++)
				assert_true(now->buckets[k] >= m->tasks[number][kind].buckets[k]);
			assert_true(now->sum_ns >= m->tasks[number][kind].sum_ns);
			add_histogram(&all[kind], now);
			m->tasks[number][kind] = *now;
		}
	}
	for (int cpu = 0; cpu < CPUS; cpu++)
		for (int kind = 0; kind < GROUP_KINDS; kind++)
			add_histogram(&truth[kind], &m->durations[cpu][kind]);
	assert_memory_equal(all, truth, sizeof(truth));
}

static void check_classes(const struct model *m, const struct groups_view *view)
{
	static struct group_histogram all[CPUS][GROUP_KINDS];

	memset(all, 0, sizeof(all));
	for (uint32_t i = 0; i < view->class_count; i++)
		for (int kind = 0; kind < GROUP_KINDS; kind++)
			add_histogram(&all[view->classes[i].cpu][kind],
				      &view->classes[i].series[kind]);
	assert_memory_equal(all, m->durations, sizeof(all));
}

static void check(struct model *m, struct groups *g)
{
	const struct groups_view view = groups_view(g);
	uint32_t told = 1;

	assert_sorted(&view);
	for (unsigned int i = 0; i < m->name_count; i++)
		told += m->told[i];
	assert_int_equal(view.task_count, told);
	end_places(m);
	check_cells(m, &view);
	check_tasks(m, &view);
	check_classes(m, &view);
}

/* All CPUs idle, so that what was of late is another matter afterwards. */
static void sleep_for_hours(struct model *m, struct groups *g)
{
	uint64_t from_ns = m->now_ns;

	m->now_ns += (1 + draw(m, 6)) * HOUR;
	decay(m);
	for (int cpu = 0; cpu < CPUS; cpu++) {
		end_slice(m, cpu, from_ns);
		m->running[cpu].task = -1;
	}
	look(m, g);
	settle(m);
	check(m, g);
}

static void all_that_is_told_and_all_that_ended_is_all_that_happened(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	unsigned int places_lost = 0;

	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct groups *g = groups_new(PLACES, NULL);

		memset(m, 0, sizeof(*m));
		m->random = seed * 0x9e3779b97f4a7c15ull;
		m->now_ns = 1000000000;
		m->name_count = TASKS;
		for (unsigned int i = 0; i < TASKS; i++)
			m->names[i] = i;
		for (int cpu = 0; cpu < CPUS; cpu++)
			m->running[cpu].task = -1;
		for (int i = 0; i < LOOKS; i++) {
			uint64_t from_ns = m->now_ns;

			m->now_ns += 1 + draw(m, 1 << (10 + draw(m, 18)));
			decay(m);
			for (int cpu = 0; cpu < CPUS; cpu++)
				run_cpu(m, cpu, from_ns);
			look(m, g);
			settle(m);
			for (unsigned int k = 0; k < m->name_count; k++)
				places_lost += m->was_told[k] && !m->told[k];
			check(m, g);
			if (!draw(m, 6))
				sleep_for_hours(m, g);
			if (!draw(m, 2))
				rename_one(m);
			if (!draw(m, 5))
				m->busy = (int)draw(m, TASKS);
		}
		groups_free(g);
	}
	assert_true(places_lost > 100); /* it was worth the while */
	free(m);
}

static void fill(struct model *m, void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((unsigned char *)bytes)[i] = (unsigned char)draw(m, 256);
}

static void looks_that_make_no_sense_are_survived(void **state)
{
	static struct group_counts counts[20];
	struct model *m = calloc(1, sizeof(*m));
	struct groups *g = groups_new(PLACES, NULL);
	struct group_running running[10];
	struct group_change changes[10];

	m->random = 1;
	for (int i = 0; i < 300; i++) {
		struct groups_look look = { 0, changes, draw(m, 11), running, draw(m, 11) };
		struct groups_view view;

		fill(m, &look.now_ns, sizeof(look.now_ns));
		fill(m, counts, sizeof(counts));
		fill(m, changes, sizeof(changes));
		fill(m, running, sizeof(running));
		for (int k = 0; k < 10; k++) {
			changes[k].before = &counts[draw(m, COUNT_OF(counts))];
			changes[k].now = &counts[draw(m, COUNT_OF(counts))];
			changes[k].cpu >>= draw(m, 32);
			running[k].cpu >>= draw(m, 32);
			changes[k].name[draw(m, 2)] = '\0';
			running[k].name[draw(m, 2)] = '\0';
		}
		assert_int_equal(groups_add(g, &look), 0);
		view = groups_view(g);
		assert_sorted(&view);
	}
	groups_free(g);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looks_that_make_no_sense_are_survived),
		cmocka_unit_test(all_that_is_told_and_all_that_ended_is_all_that_happened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
