// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread that is not its process' first computes, then execs: it takes the first one's tid, and
 * goes on computing under another name. Prints "before TID COMM RUN_NS", "after TID COMM RUN_NS":
 * what the kernel accounted for it up to each moment.
 *
 *   exec_thread
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static void compute(void)
{
	struct timespec now, end;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	end.tv_nsec += 100000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	do {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	} while (now.tv_sec < end.tv_sec ||
		 (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
}

static void tell(const char *when)
{
	struct timespec run;
	char comm[16];

	prctl(PR_GET_NAME, comm);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &run);
	printf("%s %d %s %lld\n", when, (int)gettid(), comm,
	       run.tv_sec * 1000000000ll + run.tv_nsec);
	fflush(stdout);
}

static void *thread(void *arg)
{
	prctl(PR_SET_NAME, "x-thread");
	compute();
	usleep(10000); /* a slice ends here, whatever comes */
	tell("before");
	execl("/proc/self/exe", "exec_thread", "again", NULL);
	perror("exec");
	exit(1);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t started;

	if (argc > 1 && !strcmp(argv[1], "again")) {
		prctl(PR_SET_NAME, "x-after");
		compute();
		usleep(10000);
		tell("after");
		return 0;
	}
	prctl(PR_SET_NAME, "x-leader");
	if (pthread_create(&started, NULL, thread, NULL))
		return 1;
	pthread_join(started, NULL);
	return 0;
}
