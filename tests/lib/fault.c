/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fault WHAT CLASS N COMMAND...: runs the command and lets its Nth system call of a class go wrong.
 *
 *   WHAT   a signal (KILL, TERM, INT) that comes just before the call, or the errno (EIO, ENOSPC, ...) that it fails
 *   with,
 *          not having been made; or 'count', which prints on descriptor 3 how many there are, whatever N is
 *   CLASS  'change': calls that change files, mounts or other processes; 'all': every call but those about memory
 *
 * Only the command's own process is counted; a seccomp filter stops it at the calls of the class and nowhere else.
 * Returns the command's status, or 128 and the signal that ended it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "This knows the registers of x86-64 only."
#endif

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	int signal, error;
} faults[] = {
	{ "count", 0, 0 },	 { "KILL", SIGKILL, 0 },  { "TERM", SIGTERM, 0 },  { "INT", SIGINT, 0 },
	{ "EIO", 0, EIO },	 { "ENOSPC", 0, ENOSPC }, { "EMFILE", 0, EMFILE }, { "EACCES", 0, EACCES },
	{ "ENOMEM", 0, ENOMEM }, { "EROFS", 0, EROFS },	  { "EDQUOT", 0, EDQUOT }, { "ENFILE", 0, ENFILE },
};

static const unsigned int changing[] = {
	SYS_openat2,   SYS_mkdirat, SYS_mknodat, SYS_symlinkat,	 SYS_linkat,	 SYS_unlinkat,	      SYS_renameat,
	SYS_renameat2, SYS_rename,  SYS_unlink,	 SYS_write,	 SYS_fchown,	 SYS_fchownat,	      SYS_fchmod,
	SYS_fchmodat,  SYS_chmod,   SYS_lchown,	 SYS_mkdir,	 SYS_utimensat,	 SYS_fsetxattr,	      SYS_ftruncate,
	SYS_fallocate, SYS_ioctl,   SYS_flock,	 SYS_syncfs,	 SYS_fsync,	 SYS_copy_file_range, SYS_sendmsg,
	SYS_sendto,    SYS_kill,    SYS_umount2, SYS_mount,	 SYS_move_mount, SYS_open_tree,	      SYS_mount_setattr,
	SYS_clone,     SYS_clone3,  SYS_vfork,	 SYS_pidfd_open, SYS_openat,
};

/* Without memory the program aborts, as it should, so such calls are not a case. The others cannot fail. */
static const unsigned int passed_over[] = {
	SYS_mmap,
	SYS_munmap,
	SYS_mprotect,
	SYS_brk,
	SYS_mremap,
	SYS_madvise,
	SYS_exit_group,
	SYS_exit,
	SYS_execve,
	SYS_rt_sigreturn,
	SYS_arch_prctl,
	SYS_set_tid_address,
	SYS_set_robust_list,
	SYS_rseq,
	SYS_prlimit64,
	SYS_restart_syscall,
};

static void die(const char *what)
{
	fprintf(stderr, "fault: %s: %s\n", what, strerror(errno));
	exit(125);
}

/* The calls on the list stop the process or, with 'others', all other calls do. */
static void filter(const unsigned int *list, size_t n, bool others)
{
	struct sock_filter code[2 * N_OF(changing) + 2];
	struct sock_fprog program = { .filter = code };
	unsigned short len = 0;

	code[len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < n; i++) {
		code[len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, list[i], 0, 1);
		code[len++] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, others ? SECCOMP_RET_ALLOW : SECCOMP_RET_TRACE);
	}
	code[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, others ? SECCOMP_RET_TRACE : SECCOMP_RET_ALLOW);
	program.len = len;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		die("seccomp");
}

static void become(char **command, bool all)
{
	close(3);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	if (all)
		filter(passed_over, N_OF(passed_over), true);
	else
		filter(changing, N_OF(changing), false);
	execvp(command[0], command);
	die(command[0]);
}

/* Of all opens, only those that can create a file count as a change; openat2(2)'s flags cannot be seen. */
static bool counts(bool all, const struct user_regs_struct *r)
{
	return all || r->orig_rax != SYS_openat || (r->rdx & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)));
}

static void strike(pid_t pid, size_t what, struct user_regs_struct *r)
{
	if (faults[what].signal) {
		kill(pid, faults[what].signal);
		return;
	}
	r->orig_rax = (unsigned long long)-1; /* no call is made, and this is what it returns */
	r->rax = (unsigned long long)-(long long)faults[what].error;
	ptrace(PTRACE_SETREGS, pid, NULL, r);
}

/* The signal to deliver to a stopped process: the one for which it stopped, if any. */
static int signal_of(int status)
{
	int signal = WSTOPSIG(status);

	return status >> 16 || signal == SIGTRAP || signal == SIGSTOP ? 0 : signal;
}

static int run(pid_t pid, size_t what, bool all, long nth)
{
	struct user_regs_struct r;
	int status;
	long seen = 0;

	for (;;) {
		pid_t one = waitpid(-1, &status, __WALL);

		if (one < 0)
			die("waitpid");
		if (one == pid && !WIFSTOPPED(status))
			break;
		if (!WIFSTOPPED(status))
			continue;
		if (one == pid && status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8) &&
		    ptrace(PTRACE_GETREGS, pid, NULL, &r) == 0 && counts(all, &r) && ++seen == nth && what > 0)
			strike(pid, what, &r);
		ptrace(PTRACE_CONT, one, NULL, (long)signal_of(status));
	}
	if (what == 0)
		dprintf(3, "%ld\n", seen);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE;
	bool all = argc > 2 && strcmp(argv[2], "all") == 0;
	size_t what = 0;
	int status;
	pid_t pid;

	while (argc > 4 && what < N_OF(faults) && strcmp(argv[1], faults[what].name) != 0)
		what++;
	if (argc < 5 || what == N_OF(faults)) {
		fprintf(stderr, "usage: fault count|SIGNAL|ERRNO change|all N COMMAND...\n");
		return 125;
	}
	pid = fork();
	if (pid == 0)
		become(argv + 4, all);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || ptrace(PTRACE_SETOPTIONS, pid, NULL, options) < 0)
		die("ptrace");
	ptrace(PTRACE_CONT, pid, NULL, 0L);
	return run(pid, what, all, atol(argv[3]));
}
