// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives ksmd work: maps MIB MiB of equal pages, lets the kernel merge them (MADV_MERGEABLE), says
 * "ready", and keeps them, rewriting some, until it is killed.
 *
 *   mergeable MIB
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PAGE	 4096
#define EQUAL_OF 16 /* so many different pages, each again and again */

int main(int argc, char **argv)
{
	size_t bytes = (argc > 1 ? strtoul(argv[1], NULL, 10) : 0) << 20;
	char *memory;

	if (!bytes) {
		fputs("usage: mergeable MIB\n", stderr);
		return 1;
	}
	prctl(PR_SET_PDEATHSIG, 9);
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || madvise(memory, bytes, MADV_MERGEABLE)) {
		perror("mergeable");
		return 1;
	}
	for (size_t at = 0; at < bytes; at += PAGE)
		memset(memory + at, 1 + at / PAGE % EQUAL_OF, PAGE);
	puts("ready");
	fflush(stdout);
	/* ksmd passes over pages that never change, in the end: some must. */
	for (size_t at = 0;; at = (at + 64 * PAGE) % bytes) {
		memory[at] ^= 1;
		usleep(1000);
	}
}
