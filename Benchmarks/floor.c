// floor read THREADS LIST           reads what a scan must have read
// floor apply THREADS LIST JOURNAL  that, and makes what a switch makes, durably, with a journal: the two new
//                                   directories and each prefs.js
//
// The least that can be done for the homes of make-homes (Thunderbird) with the same care: every open below a home
// by openat2 without leaving it and without following a link, whole files, the client's lock; for a change directories
// that are durable before the file that names them, a temporary file, fsync, rename, fsync of the directory, and before
// and after each batch a synced record of it.
// No parsing, no refusal, no report: what is measured beside it is to come near.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { LARGEST = 1 << 20, BATCH = 256, RECORD = 6000 };

static char **homes;
static size_t home_count;
static atomic_size_t next_home, found;
static size_t batch_end;
static atomic_size_t failures;

static const char profile[] = ".thunderbird/abcd1234.default-default";

static int open_below(int directory, const char *path, int flags) {
  struct open_how how = {
      .flags = (unsigned)flags | O_CLOEXEC,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

static ssize_t read_file(int directory, const char *path, char *buffer) {
  int file = open_below(directory, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return -1;
  struct stat status;
  ssize_t size = fstat(file, &status) == 0 && status.st_size < LARGEST
                     ? read(file, buffer, (size_t)status.st_size + 1) : -1;
  close(file);
  return size;
}

static void list(int directory, const char *path, char *buffer) {
  int opened = open_below(directory, path, O_RDONLY | O_DIRECTORY);
  if (opened < 0) return;
  while (syscall(SYS_getdents64, opened, buffer, 32 << 10) > 0) {}
  close(opened);
}

// What is read of one home; the size of its prefs.js.
static ssize_t read_home(int home, char *buffer) {
  list(home, ".", buffer);
  read_file(home, ".thunderbird/profiles.ini", buffer);
  read_file(home, ".thunderbird/installs.ini", buffer);
  list(home, ".thunderbird", buffer);
  char path[128];
  snprintf(path, sizeof path, "%s/user.js", profile);
  read_file(home, path, buffer);
  snprintf(path, sizeof path, "%s/prefs.js", profile);
  return read_file(home, path, buffer);
}

static int open_home(const char *path) {
  int home = open_below(AT_FDCWD, path + 1, O_PATH | O_DIRECTORY);
  struct stat status;
  if (home >= 0) fstat(home, &status);
  return home;
}

static void ask_for_lock(int home) {
  char path[128];
  snprintf(path, sizeof path, "%s/.parentlock", profile);
  int lock = open_below(home, path, O_RDONLY | O_NONBLOCK);
  struct flock whole = {.l_type = F_WRLCK};
  struct statfs kind;
  if (lock >= 0) {
    fcntl(lock, F_OFD_GETLK, &whole);
    fstatfs(lock, &kind);
    close(lock);
  }
}

static void *read_homes(void *context) {
  (void)context;
  char *buffer = malloc(LARGEST);
  size_t number;
  while ((number = atomic_fetch_add(&next_home, 1)) < home_count) {
    int home = open_home(homes[number]);
    if (home < 0) { atomic_fetch_add(&failures, 1); continue; }
    ssize_t size = read_home(home, buffer);
    if (size > 0 && memmem(buffer, (size_t)size, "\"pop3\"", 6)) {
      atomic_fetch_add(&found, 1);
      ask_for_lock(home);
    }
    close(home);
  }
  free(buffer);
  return NULL;
}

// Under a temporary name first, as it is to appear with its mode; the names in `parent` are durable after it.
static int make_directory(int parent, const char *name) {
  if (mkdirat(parent, ".floor.new", 0700) != 0) return -1;
  int made = openat(parent, ".floor.new", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (made < 0 || fchmod(made, 0755) != 0 || fsync(made) != 0) return -1;
  if (renameat(parent, ".floor.new", parent, name) != 0 || fsync(parent) != 0) return -1;
  return made;
}

static int replace(int home, char *buffer) {
  char path[128];
  snprintf(path, sizeof path, "%s/.parentlock", profile);
  int lock = open_below(home, path, O_RDWR | O_NONBLOCK);
  struct flock whole = {.l_type = F_WRLCK};
  if (lock < 0 || fcntl(lock, F_OFD_SETLK, &whole) != 0) return -1;
  ssize_t size = read_home(home, buffer);
  char *type = size > 0 ? memmem(buffer, (size_t)size, "\"pop3\"", 6) : NULL;
  int result = -1;
  if (type) {
    memcpy(type, "\"imap\"", 6);
    atomic_fetch_add(&found, 1);
    int directory = open_below(home, profile, O_RDONLY | O_DIRECTORY);
    int mail = make_directory(directory, "ImapMail");
    int server = make_directory(mail, "imap.example.test");
    int file = mail < 0 || server < 0 ? -1 : openat(directory, ".floor.tmp", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0 && write(file, buffer, (size_t)size) == size && fchmod(file, 0644) == 0 &&
        fsync(file) == 0 && close(file) == 0 &&
        renameat(directory, ".floor.tmp", directory, "prefs.js") == 0 && fsync(directory) == 0)
      result = 0;
    close(server);
    close(mail);
    close(directory);
  }
  close(lock);
  return result;
}

static void *replace_homes(void *context) {
  (void)context;
  char *buffer = malloc(LARGEST);
  size_t number;
  while ((number = atomic_fetch_add(&next_home, 1)) < batch_end) {
    int home = open_home(homes[number]);
    if (home < 0 || replace(home, buffer) != 0) atomic_fetch_add(&failures, 1);
    if (home >= 0) close(home);
  }
  free(buffer);
  return NULL;
}

static void run_threads(int count, void *(*body)(void *)) {
  pthread_t threads[256];
  for (int index = 0; index < count; index++) pthread_create(&threads[index], NULL, body, NULL);
  for (int index = 0; index < count; index++) pthread_join(threads[index], NULL);
}

static void record(int journal, size_t changes, size_t bytes) {
  static char rows[RECORD];
  for (size_t index = 0; index < changes; index++)
    if (write(journal, rows, bytes) != (ssize_t)bytes) exit(1);
  if (fdatasync(journal) != 0) exit(1);
}

static void read_list(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) { perror(path); exit(1); }
  char *line = NULL;
  size_t room = 0, capacity = 0;
  ssize_t length;
  while ((length = getline(&line, &room, file)) > 1) {
    line[length - 1] = 0;
    if (home_count == capacity) homes = realloc(homes, (capacity = capacity * 2 + 64) * sizeof *homes);
    homes[home_count++] = strdup(line);
  }
  free(line);
  fclose(file);
}

int main(int count, char **arguments) {
  if (count < 4) return 64;
  int threads = atoi(arguments[2]);
  read_list(arguments[3]);
  // open_below starts at "/".
  if (chdir("/") != 0 || threads < 1 || threads > 256) return 64;
  if (strcmp(arguments[1], "read") == 0) {
    run_threads(threads, read_homes);
  } else {
    if (count < 5) return 64;
    int journal = open(arguments[4], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (journal < 0) { perror(arguments[4]); return 1; }
    while (next_home < home_count) {
      size_t begin = next_home;
      batch_end = begin + BATCH < home_count ? begin + BATCH : home_count;
      record(journal, batch_end - begin, RECORD);
      run_threads(threads, replace_homes);
      record(journal, batch_end - begin, 16);
      next_home = batch_end;
    }
  }
  printf("%zu\n", (size_t)found);
  return failures ? 1 : 0;
}
