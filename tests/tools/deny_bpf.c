// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a command to which bpf(2) fails as on a kernel without it (ENOSYS), on one that forbids it
 * (EPERM), or on one that does not know what it is asked for (EINVAL).
 *
 *   deny_bpf ENOSYS|EPERM|EINVAL COMMAND [ARG...]
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int error_named(const char *name)
{
	return !strcmp(name, "ENOSYS") ? ENOSYS : !strcmp(name, "EINVAL") ? EINVAL : EPERM;
}

int main(int argc, char **argv)
{
	int err = argc > 1 ? error_named(argv[1]) : EPERM;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | err),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	if (argc < 3) {
		fputs("usage: deny_bpf ENOSYS|EPERM|EINVAL COMMAND [ARG...]\n", stderr);
		return 1;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("deny_bpf");
		return 77;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
