// Runs a program and meddles with the n-th call of one kind that it makes, counted over all its threads:
//
//   injector kill CALL N PROGRAM…    kills it before the call does anything
//   injector after CALL N PROGRAM…   kills it when the call has done its work and before it returns
//   injector short CALL N PROGRAM…   lets write or pwrite64 have half the bytes that were offered, truly
//   injector NUMBER CALL N PROGRAM…  fails the call with that errno, undone
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

#if !defined(__x86_64__)
#error "write down where this machine passes a call's number, its third argument and its answer"
#endif

static struct user_regs_struct registers_of(pid_t thread) {
  struct user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, thread, 0, &registers) != 0) exit(98);
  return registers;
}

static void set_registers(pid_t thread, struct user_regs_struct registers) {
  if (ptrace(PTRACE_SETREGS, thread, 0, &registers) != 0) exit(98);
}

int main(int argc, char **argv) {
  if (argc < 5) return 64;
  enum { KILL, AFTER, SHORT, ERROR } how =
    strcmp(argv[1], "kill") == 0 ? KILL : strcmp(argv[1], "after") == 0 ? AFTER : strcmp(argv[1], "short") == 0 ? SHORT : ERROR;
  int error = atoi(argv[1]);
  long wanted = number_of(argv[2]);
  long left = atol(argv[3]);
  pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    execvp(argv[4], argv + 4);
    _exit(127);
  }
  int status, hit = 0;
  pid_t pending = 0;
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
      if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) > 0) {
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY && (long)info.entry.nr == wanted && --left == 0) {
          struct user_regs_struct registers = registers_of(thread);
          hit = 1;
          if (how == KILL) kill(child, SIGKILL);
          else if (how == SHORT) registers.rdx /= 2;
          else pending = thread;
          if (how == ERROR) registers.orig_rax = (unsigned long long)-1;
          if (how == SHORT || how == ERROR) set_registers(thread, registers);
        } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && pending == thread) {
          pending = 0;
          if (how == AFTER) kill(child, SIGKILL);
          else {
            struct user_regs_struct registers = registers_of(thread);
            registers.rax = (unsigned long long)-error;
            set_registers(thread, registers);
          }
        }
      }
    } else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP) {
      deliver = WSTOPSIG(status);
    }
    ptrace(PTRACE_SYSCALL, thread, 0, deliver);
  }
}
