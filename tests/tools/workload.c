// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs tasks whose whole life lies inside a trace, then prints what the kernel itself accounted for
 * each of them: a line "tid comm run_ns wait_ns slices" from /proc/TID/schedstat, read while the
 * dead task is kept as a zombie.
 *
 *   workload [-b] [-d SECONDS] [-p MS] [-s SEED] TASKS[@CPU]...
 *
 *   hog[:COUNT]      computes all the time
 *   sleeper[:COUNT]  computes 1 ms, sleeps 2 ms
 *   napper[:COUNT]   computes 0.1 ms, sleeps 10 ms
 *   beat[:COUNT]     every 20 ms, by the clock, computes 6 ms
 *   pingpong[:COUNT] a pair that wakes each other through pipes, 1 ms of computing each
 *   pipe[:COUNT]     the same without computing
 *   short[:COUNT]    tasks of 10 ms, forked one after the other
 *   yielder[:COUNT]  computes 1 ms, then yields
 *   wakers           one on CPU 0 wakes one on CPU 1 every 0.5 ms (give no @CPU)
 *   web[:COUNT]      serves requests that come at random times, each with its own CPU time; ten
 *                    of them on one CPU take 60 % of it, and queue
 *   visitor[:COUNT]  comes by every 20 ms, half of that more or less, and takes 1 ms of CPU time;
 *                    its name is w-hog
 *
 * -b: all of them SCHED_BATCH: their wakeups do not preempt.
 * -p: every MS milliseconds a visitor comes.
 * -s: of the random times of web and visitor: another SEED, other times.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TASKS_MAX 512

static pid_t started[TASKS_MAX];
static int started_count;
static uint64_t end_ns;
static uint64_t begin_ns; /* of web and visitor: all tasks are there by then */
static uint64_t seed = 1;
static double visit_ms = 20;
static bool batch;

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static void compute(uint64_t ns)
{
	uint64_t until = now_ns() + ns;

	while (now_ns() < until)
		;
}

static void sleep_ns(uint64_t ns)
{
	struct timespec ts = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	nanosleep(&ts, NULL);
}

static void sleep_until(uint64_t at_ns)
{
	const struct timespec at = { at_ns / 1000000000, at_ns % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static void die(const char *what)
{
	fprintf(stderr, "workload: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void set_scheduling(int cpu)
{
	const struct sched_param none = { 0 };
	cpu_set_t set;

	if (batch && sched_setscheduler(0, SCHED_BATCH, &none))
		die("cannot set SCHED_BATCH");
	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("cannot pin");
}

/* Forks a task of ours; true in the child. */
static bool start(const char *name, int cpu)
{
	pid_t pid;

	if (started_count == TASKS_MAX) {
		errno = E2BIG;
		die("fork");
	}
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid) {
		started[started_count++] = pid;
		return false;
	}
	prctl(PR_SET_PDEATHSIG, 9);
	prctl(PR_SET_NAME, name);
	set_scheduling(cpu);
	return true;
}

static void hog(int cpu)
{
	if (!start("w-hog", cpu))
		return;
	while (now_ns() < end_ns)
		;
	_exit(0);
}

static void sleeper(int cpu)
{
	if (!start("w-sleeper", cpu))
		return;
	while (now_ns() < end_ns) {
		compute(1000000);
		sleep_ns(2000000);
	}
	_exit(0);
}

static void napper(int cpu)
{
	if (!start("w-napper", cpu))
		return;
	while (now_ns() < end_ns) {
		compute(100000);
		sleep_ns(10000000);
	}
	_exit(0);
}

static void beat(int cpu)
{
	if (!start("w-beat", cpu))
		return;
	for (uint64_t at = now_ns(); at < end_ns;) {
		compute(6000000);
		at += 20000000;
		sleep_until(at);
	}
	_exit(0);
}

static void yielder(int cpu)
{
	if (!start("w-yielder", cpu))
		return;
	while (now_ns() < end_ns) {
		compute(1000000);
		sched_yield();
	}
	_exit(0);
}

static void short_lived(int cpu)
{
	if (start("w-short", cpu)) {
		compute(10000000);
		_exit(0);
	}
	sleep_ns(5000000);
}

static void play(int in, int out, uint64_t compute_ns, bool serves)
{
	char ball = 0;

	if (serves && write(out, &ball, 1) != 1)
		_exit(1);
	while (now_ns() < end_ns && read(in, &ball, 1) == 1) {
		if (compute_ns)
			compute(compute_ns);
		if (write(out, &ball, 1) != 1)
			break;
	}
	_exit(0);
}

static void pair(const char *name, int cpu, uint64_t compute_ns)
{
	int there[2], back[2];

	if (pipe2(there, O_CLOEXEC) || pipe2(back, O_CLOEXEC))
		die("pipe");
	if (start(name, cpu)) {
		close(there[1]);
		close(back[0]);
		play(there[0], back[1], compute_ns, false);
	}
	if (start(name, cpu)) {
		close(there[0]);
		close(back[1]);
		play(back[0], there[1], compute_ns, true);
	}
	close(there[0]);
	close(there[1]);
	close(back[0]);
	close(back[1]);
}

static void pingpong(int cpu)
{
	pair("w-pingpong", cpu, 1000000);
}

static void bare_pipe(int cpu)
{
	pair("w-pipe", cpu, 0);
}

static void wakers(int cpu)
{
	char ball = 0;
	int fds[2];

	(void)cpu;
	if (pipe2(fds, O_CLOEXEC))
		die("pipe");
	if (start("w-wakee", 1)) {
		close(fds[1]);
		while (read(fds[0], &ball, 1) == 1)
			compute(20000);
		_exit(0);
	}
	if (start("w-waker", 0)) {
		close(fds[0]);
		while (now_ns() < end_ns) {
			sleep_ns(500000);
			if (write(fds[1], &ball, 1) != 1)
				break;
		}
		_exit(0);
	}
	close(fds[0]);
	close(fds[1]);
}

/* Work that others can delay, but not shorten. */
static void take_cpu_time(uint64_t ns)
{
	uint64_t until = clock_ns(CLOCK_THREAD_CPUTIME_ID) + ns;

	while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < until)
		;
}

/* Each task draws numbers of its own, which depend on nothing but the seed and its place. */
static uint64_t random_start(void)
{
	return seed << 32 | (uint64_t)started_count << 16;
}

/* In (0, 1]; splitmix64. */
static double random_unit(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	x ^= x >> 31;
	return ((x >> 11) + 1) * 0x1p-53;
}

/* Heavy-tailed, but bounded: Pareto of exponent 1.5 from 80 us to 2 ms, 0.19 ms on average. */
static uint64_t random_request_ns(uint64_t *state)
{
	const double least = 80e3, most = 2e6, exponent = 1.5;
	double rest = 1 - random_unit(state) * (1 - pow(least / most, exponent));

	return (uint64_t)(least * pow(rest, -1 / exponent));
}

/*
 * Requests come by the clock, whether or not the last ones are done: one delay leads to more, as in
 * a service. When they come and what they take is the same in every run of a seed.
 */
static void web(int cpu)
{
	const double between_ns = 3.4e6;
	uint64_t state;

	if (!start("w-web", cpu))
		return;
	state = random_start();
	prctl(PR_SET_TIMERSLACK, 1);
	for (uint64_t at = begin_ns; at < end_ns && now_ns() < end_ns;) {
		sleep_until(at);
		take_cpu_time(random_request_ns(&state));
		at += (uint64_t)(-log(random_unit(&state)) * between_ns);
	}
	_exit(0);
}

static void visitor(int cpu)
{
	uint64_t state;

	if (!start("w-hog", cpu))
		return;
	state = random_start();
	prctl(PR_SET_TIMERSLACK, 1);
	for (uint64_t at = begin_ns; at < end_ns && now_ns() < end_ns;) {
		at += (uint64_t)((0.5 + random_unit(&state)) * visit_ms * 1e6);
		sleep_until(at);
		take_cpu_time(1000000);
	}
	_exit(0);
}

static const struct kind {
	const char *name;
	void (*run)(int cpu);
} kinds[] = {
	{ "hog", hog },		  { "sleeper", sleeper }, { "napper", napper },
	{ "pingpong", pingpong }, { "pipe", bare_pipe },  { "short", short_lived },
	{ "yielder", yielder },	  { "wakers", wakers },	  { "beat", beat },
	{ "web", web },		  { "visitor", visitor },
};

static void run_kind(const char *text)
{
	char name[32] = "";
	int cpu = -1, count = 1;
	const char *at = strchr(text, '@'), *colon = strchr(text, ':');

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(text, "@:"), text);
	if (colon)
		count = atoi(colon + 1);
	if (at)
		cpu = atoi(at + 1);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, name))
			continue;
		while (count-- > 0)
			kinds[i].run(cpu);
		return;
	}
	errno = EINVAL;
	die(text);
}

static void read_line(const char *format, pid_t pid, char *line, int size)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), format, (int)pid);
	file = fopen(path, "re");
	if (!file || !fgets(line, size, file))
		die(path);
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
}

/* The zombies have left their CPUs for good once everything has been still for a while. */
static void report(void)
{
	char comm[64], schedstat[128];
	siginfo_t info;

	for (int i = 0; i < started_count; i++)
		if (waitid(P_PID, started[i], &info, WEXITED | WNOWAIT))
			die("waitid");
	sleep_ns(200000000);
	for (int i = 0; i < started_count; i++) {
		read_line("/proc/%d/comm", started[i], comm, sizeof(comm));
		read_line("/proc/%d/schedstat", started[i], schedstat, sizeof(schedstat));
		printf("%d %s %s\n", (int)started[i], comm, schedstat);
	}
	for (int i = 0; i < started_count; i++)
		waitpid(started[i], NULL, 0);
}

static void usage(void)
{
	fputs("usage: workload [-b] [-d SECONDS] [-p MS] [-s SEED] TASKS[:COUNT][@CPU]...\n",
	      stderr);
	exit(1);
}

int main(int argc, char **argv)
{
	double seconds = 1;
	int option;

	while ((option = getopt(argc, argv, "bd:p:s:")) != -1) {
		switch (option) {
		case 'b':
			batch = true;
			break;
		case 'd':
			seconds = atof(optarg);
			break;
		case 'p':
			visit_ms = atof(optarg);
			break;
		case 's':
			seed = strtoull(optarg, NULL, 10);
			break;
		default:
			usage();
		}
	}
	if (optind == argc || !(visit_ms > 0))
		usage();
	begin_ns = now_ns() + 20000000;
	end_ns = now_ns() + (uint64_t)(seconds * 1e9);
	while (optind < argc)
		run_kind(argv[optind++]);
	report();
	return 0;
}
