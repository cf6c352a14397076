// Preloaded into the program, breaks what it does in one way that SABOTAGE names, for the judges to find:
//
//   litter   temporary files are not removed, and it is said that they are
//   order    what comes before the committing file is put in its place after it
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int sabotage(const char *name) {
  const char *wanted = getenv("SABOTAGE");
  return wanted && strcmp(wanted, name) == 0;
}

static int is_temporary(const char *name) {
  return strncmp(name, ".profile-rewriter-", 18) == 0;
}

int unlinkat(int directory, const char *name, int flags) {
  if (sabotage("litter") && is_temporary(name)) return 0;
  return (int)syscall(SYS_unlinkat, directory, name, flags);
}

// The one rename that waits; its directory stays open until the committing file has been replaced.
static int waiting_directory = -1;
static char waiting_from[64], waiting_to[256];

int renameat(int from_directory, const char *from, int to_directory, const char *to) {
  if (sabotage("order") && strcmp(to, "logins.json") == 0 && strlen(from) < sizeof waiting_from) {
    waiting_directory = dup(from_directory);
    strcpy(waiting_from, from);
    strcpy(waiting_to, to);
    return 0;
  }
  int answer = (int)syscall(SYS_renameat, from_directory, from, to_directory, to);
  if (waiting_directory >= 0) {
    syscall(SYS_renameat, waiting_directory, waiting_from, waiting_directory, waiting_to);
    close(waiting_directory);
    waiting_directory = -1;
  }
  return answer;
}
