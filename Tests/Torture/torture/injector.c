// Runs a program and meddles with the n-th call of one kind that its first thread makes, in ways that strace cannot:
//
//   injector after CALL N PROGRAM…   kills it when the call has done its work and before it returns
//   injector short CALL N PROGRAM…   lets write or pwrite64 have half the bytes that were offered, truly
//
// Exits as the program did (128 + signal where one ended it), or with 99 where the n-th call never came.
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/ptrace.h>

static const struct { const char *name; long number; } calls[] = {
  {"openat", SYS_openat}, {"openat2", SYS_openat2}, {"write", SYS_write}, {"pwrite64", SYS_pwrite64},
  {"fsync", SYS_fsync}, {"fdatasync", SYS_fdatasync}, {"close", SYS_close}, {"renameat", SYS_renameat},
  {"renameat2", SYS_renameat2}, {"linkat", SYS_linkat}, {"unlinkat", SYS_unlinkat}, {"mkdirat", SYS_mkdirat},
  {"fchmod", SYS_fchmod}, {"fchown", SYS_fchown}, {"fsetxattr", SYS_fsetxattr}, {"fremovexattr", SYS_fremovexattr},
  {"ftruncate", SYS_ftruncate}, {"fallocate", SYS_fallocate}, {"fcntl", SYS_fcntl},
#ifdef SYS_unlink
  {"rename", SYS_rename}, {"link", SYS_link}, {"unlink", SYS_unlink}, {"mkdir", SYS_mkdir}, {"rmdir", SYS_rmdir},
  {"open", SYS_open},
#endif
};

static long number_of(const char *name) {
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (strcmp(calls[i].name, name) == 0) return calls[i].number;
  fprintf(stderr, "injector: unknown call %s\n", name);
  exit(64);
}

static void halve_count(pid_t thread, unsigned long long count) {
#if defined(__x86_64__)
  struct user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, thread, 0, &registers) != 0) exit(98);
  registers.rdx = count / 2;
  if (ptrace(PTRACE_SETREGS, thread, 0, &registers) != 0) exit(98);
#else
#error "write down where this machine passes a call's third argument"
#endif
}

int main(int argc, char **argv) {
  if (argc < 5) return 64;
  int after = strcmp(argv[1], "after") == 0;
  long wanted = number_of(argv[2]);
  long left = atol(argv[3]);
  pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    execvp(argv[4], argv + 4);
    _exit(127);
  }
  int status, hit = 0, pending = 0;
  waitpid(child, &status, 0);
  ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
  ptrace(PTRACE_SYSCALL, child, 0, 0);
  for (;;) {
    pid_t thread = waitpid(-1, &status, __WALL);
    if (thread < 0) return errno == ECHILD ? 98 : 97;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (thread != child) continue;
      if (!hit) return 99;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (!WIFSTOPPED(status)) continue;
    int deliver = 0;
    if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
      struct ptrace_syscall_info info;
      if (thread == child && ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) > 0) {
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY && (long)info.entry.nr == wanted && --left == 0) {
          hit = 1;
          pending = after;
          if (!after) halve_count(thread, info.entry.args[2]);
        } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && pending) {
          kill(child, SIGKILL);
          pending = 0;
        }
      }
    } else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP) {
      deliver = WSTOPSIG(status);
    }
    ptrace(PTRACE_SYSCALL, thread, 0, deliver);
  }
}
