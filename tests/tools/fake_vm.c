// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks like a virtual machine's process to who reads names: threads that are named, and pinned, as
 * QEMU's vCPUs, and a command line as libvirt's. There is no guest and no KVM.
 *
 *   fake_vm [-d SECONDS] [-b BUSY_US] [-s SLEEP_US] [-p FORMAT] [-name ...] CPU...
 *
 * One thread for each CPU given, in that order: "CPU 0/KVM" on the first, "CPU 1/KVM" on the
 * second. Each is busy for BUSY_US (1000) and sleeps for SLEEP_US (1000; 0: always busy), until
 * SIGTERM, SIGINT, or SECONDS (10) are over.
 *
 *   -p FORMAT       other names: QEMU/KVM's are "CPU %d/KVM"; the '%d' becomes the number
 *   -name, --name, --id, -accel, -smp, -m, -machine: taken with their value, and ignored
 *
 *   fake_vm -name guest=web-7,debug-threads=on -accel kvm 0 1
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define VCPUS_MAX 512

static atomic_bool stop;
static const char *name_format = "CPU %d/KVM";
static uint64_t busy_ns = 1000000, sleep_ns = 1000000, end_ns;

struct vcpu {
	pthread_t thread;
	int number, cpu;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static bool is_over(void)
{
	return atomic_load_explicit(&stop, memory_order_relaxed) || now_ns() >= end_ns;
}

static void die(const char *what, int err)
{
	fprintf(stderr, "fake_vm: %s: %s\n", what, strerror(err));
	exit(1);
}

/* The text before and after "%d" around the number; a comm takes 15 bytes of it. */
static void set_name(int number)
{
	const char *at = strstr(name_format, "%d");
	char name[16];

	snprintf(name, sizeof(name), "%.*s%d%s", at ? (int)(at - name_format) : 15, name_format,
		 number, at ? at + 2 : "");
	pthread_setname_np(pthread_self(), name);
}

static void sleep_a_while(void)
{
	struct timespec ts = { (time_t)(sleep_ns / 1000000000), (long)(sleep_ns % 1000000000) };

	nanosleep(&ts, NULL);
}

static void *run(void *arg)
{
	const struct vcpu *vcpu = arg;
	cpu_set_t set;
	uint64_t until;

	set_name(vcpu->number);
	CPU_ZERO(&set);
	CPU_SET(vcpu->cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("cannot pin a thread", errno);
	while (!is_over()) {
		until = now_ns() + busy_ns;
		while (now_ns() < until && !is_over())
			;
		if (sleep_ns)
			sleep_a_while();
	}
	return NULL;
}

/* Threads never see the signals; the main thread waits for them, and for the end. */
static void wait_for_end(const sigset_t *signals)
{
	uint64_t now;

	while ((now = now_ns()) < end_ns) {
		struct timespec left = { (time_t)((end_ns - now) / 1000000000),
					 (long)((end_ns - now) % 1000000000) };

		if (sigtimedwait(signals, NULL, &left) > 0)
			break;
	}
	atomic_store(&stop, true);
}

static void run_all(struct vcpu *vcpus, int count)
{
	sigset_t signals;
	int err;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	for (int i = 0; i < count; i++) {
		err = pthread_create(&vcpus[i].thread, NULL, run, &vcpus[i]);
		if (err)
			die("cannot start a thread", err);
	}
	wait_for_end(&signals);
	for (int i = 0; i < count; i++)
		pthread_join(vcpus[i].thread, NULL);
}

static bool is_ignored(const char *option)
{
	static const char *const ignored[] = { "-name", "--name", "--id",    "-accel",
					       "-smp",	"-m",	  "-machine" };

	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		if (!strcmp(option, ignored[i]))
			return true;
	return false;
}

/* -1: it is no number from 0 to max. */
static double number_from(const char *text, double max)
{
	char *end;
	double number = strtod(text, &end);

	return end == text || *end || !(number >= 0 && number <= max) ? -1 : number;
}

/* One option and its value. 0, or -EINVAL. */
static int take_option(const char *option, const char *value, double *seconds)
{
	double number = number_from(value, 3600e6);

	if (is_ignored(option))
		return 0;
	if (!strcmp(option, "-p")) {
		name_format = value;
		return 0;
	}
	if (number < 0)
		return -EINVAL;
	if (!strcmp(option, "-d") && number <= 3600)
		*seconds = number;
	else if (!strcmp(option, "-b"))
		busy_ns = (uint64_t)(number * 1000);
	else if (!strcmp(option, "-s"))
		sleep_ns = (uint64_t)(number * 1000);
	else
		return -EINVAL;
	return 0;
}

/* How many CPUs were given; -EINVAL. */
static int take_arguments(int argc, char **argv, struct vcpu *vcpus, double *seconds)
{
	int count = 0;
	double cpu;

	for (int i = 1; i < argc; i++) {
		if (*argv[i] == '-') {
			if (i + 1 == argc || take_option(argv[i], argv[i + 1], seconds))
				return -EINVAL;
			i++;
			continue;
		}
		cpu = number_from(argv[i], CPU_SETSIZE - 1);
		if (cpu < 0 || count == VCPUS_MAX)
			return -EINVAL;
		vcpus[count] = (struct vcpu){ .number = count, .cpu = (int)cpu };
		count++;
	}
	return count ? count : -EINVAL;
}

int main(int argc, char **argv)
{
	static struct vcpu vcpus[VCPUS_MAX];
	double seconds = 10;
	int count = take_arguments(argc, argv, vcpus, &seconds);

	if (count < 0) {
		fputs("usage: fake_vm [-d SECONDS] [-b BUSY_US] [-s SLEEP_US] [-p FORMAT] "
		      "[-name NAME] CPU...\n",
		      stderr);
		return 1;
	}
	end_ns = now_ns() + (uint64_t)(seconds * 1e9);
	run_all(vcpus, count);
	return 0;
}
