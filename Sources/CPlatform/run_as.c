#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// What a user is to the kernel, looked up before the fork: the child of a program with threads may
// call little.
struct credentials {
  uid_t uid;
  gid_t gid;
  gid_t groups[512];
  int group_count;
};

static void look_up(uid_t uid, struct credentials *found) {
  *found = (struct credentials){.uid = uid, .gid = uid};
  int count = sizeof found->groups / sizeof *found->groups;
  uint32_t gid = uid;
  if (cplatform_look_up_user(uid, &gid, found->groups, &count) == 1) found->group_count = count;
  found->gid = gid;
}

static void become(const struct credentials *user) {
  if (geteuid() != 0) return;
  if (setgroups(user->group_count, user->groups) != 0 ||
      setresgid(user->gid, user->gid, user->gid) != 0 ||
      setresuid(user->uid, user->uid, user->uid) != 0)
    _exit(127);
}

static void run_child(
    const struct credentials *user, const char *const *arguments,
    const char *const *environment, int output) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  static const int reset[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
  for (size_t i = 0; i < sizeof reset / sizeof *reset; i++) signal(reset[i], SIG_DFL);
  int null = open("/dev/null", O_RDWR);
  if (null < 0) _exit(127);
  // First of all, as it may be one of the three.
  int given = output < 0 ? null : dup(output);
  if (given < 0) _exit(127);
  dup2(null, 0);
  dup2(null, 2);
  dup2(given, 1);
  if (syscall(SYS_close_range, 3u, ~0u, 0u) != 0)
    for (int descriptor = 3; descriptor < 65536; descriptor++) close(descriptor);
  // Whoever rules this process from now on must not reach our terminal: in our session they could read what
  // is typed there, and type.
  if (setsid() < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(127);
  become(user);
  if (chdir("/") != 0) _exit(127);
  execve(arguments[0], (char *const *)arguments, (char *const *)environment);
  _exit(127);
}

// Takes what is left of a process that was killed. Of one that its user traces nothing is to be had before
// the tracer lets go of it, and that may be never: after a second it stays.
static void reap(pid_t child) {
  for (int waited = 0; waited < 1000; waited += 20) {
    int status;
    if (waitpid(child, &status, WNOHANG) != 0) return;
    nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
  }
}

int cplatform_run_as(
    uint32_t uid, const char *const *arguments, const char *const *environment, int output,
    int milliseconds) {
  if (geteuid() != 0 && geteuid() != uid) return -EPERM;
  struct credentials user;
  look_up(uid, &user);
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) run_child(&user, arguments, environment, output);
  for (int waited = 0;; waited += 20) {
    int status;
    pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) return -errno;
    if (ended == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (waited >= milliseconds) {
      kill(child, SIGKILL);
      reap(child);
      return -ETIMEDOUT;
    }
    nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
  }
}
