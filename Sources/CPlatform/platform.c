#define _GNU_SOURCE
#include "CPlatform.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

_Static_assert(CPLATFORM_AT_FDCWD == AT_FDCWD, "AT_FDCWD");
_Static_assert(CPLATFORM_RESOLVE_BENEATH == RESOLVE_BENEATH, "RESOLVE_BENEATH");
_Static_assert(CPLATFORM_RESOLVE_NO_SYMLINKS == RESOLVE_NO_SYMLINKS, "RESOLVE_NO_SYMLINKS");
_Static_assert(CPLATFORM_RESOLVE_NO_MAGICLINKS == RESOLVE_NO_MAGICLINKS, "NO_MAGICLINKS");
_Static_assert(CPLATFORM_RESOLVE_IN_ROOT == RESOLVE_IN_ROOT, "RESOLVE_IN_ROOT");

// The directory records are read at fixed places on the Swift side.
_Static_assert(offsetof(struct dirent64, d_reclen) == 16, "dirent64.d_reclen");
_Static_assert(offsetof(struct dirent64, d_name) == 19, "dirent64.d_name");

const int cplatform_o_rdonly = O_RDONLY;
const int cplatform_o_rdwr = O_RDWR;
const int cplatform_o_wronly = O_WRONLY;
const int cplatform_o_creat = O_CREAT;
const int cplatform_o_excl = O_EXCL;
const int cplatform_o_nofollow = O_NOFOLLOW;
const int cplatform_o_directory = O_DIRECTORY;
const int cplatform_o_cloexec = O_CLOEXEC;
const int cplatform_o_nonblock = O_NONBLOCK;
const int cplatform_o_noctty = O_NOCTTY;
const int cplatform_o_path = O_PATH;
const int cplatform_o_tmpfile = O_TMPFILE;

// The call's result or -errno, made again for as long as signals interrupt it.
#define RETRIED(type, call)                     \
  do {                                          \
    type result_;                               \
    do {                                        \
      result_ = (call);                         \
    } while (result_ < 0 && errno == EINTR);    \
    return result_ < 0 ? -(type)errno : result_; \
  } while (0)

const void *cplatform_find(
    const void *bytes, size_t count, const void *needle, size_t needle_count) {
  return memmem(bytes, count, needle, needle_count);
}

int cplatform_openat(int directory, const char *path, int flags, uint32_t mode) {
  RETRIED(int, openat(directory, path, flags, (mode_t)mode));
}

int cplatform_openat2(
    int directory, const char *path, int flags, uint32_t mode, uint64_t resolve) {
  // openat2 refuses what openat ignores: a mode without O_CREAT, flags of another width.
  struct open_how how = {
      .flags = (uint32_t)flags, .mode = (flags & O_CREAT) ? mode : 0, .resolve = resolve};
  RETRIED(int, (int)syscall(SYS_openat2, directory, path, &how, sizeof how));
}

int cplatform_close(int descriptor) {
  return close(descriptor) == 0 || errno == EINTR ? 0 : -errno;
}

int64_t cplatform_read(int descriptor, void *buffer, size_t count) {
  RETRIED(int64_t, read(descriptor, buffer, count));
}

int64_t cplatform_pread(int descriptor, void *buffer, size_t count, int64_t offset) {
  RETRIED(int64_t, pread(descriptor, buffer, count, (off_t)offset));
}

int64_t cplatform_write(int descriptor, const void *buffer, size_t count) {
  RETRIED(int64_t, write(descriptor, buffer, count));
}

// Not made again: after a failed fsync the kernel may count the lost pages as clean, and a second
// call would answer with a success that is none.
int cplatform_fsync(int descriptor) {
  return fsync(descriptor) == 0 ? 0 : -errno;
}

static void translate(const struct stat *from, struct cplatform_status *to) {
  to->device = from->st_dev;
  to->inode = from->st_ino;
  to->links = from->st_nlink;
  to->mode = from->st_mode;
  to->uid = from->st_uid;
  to->gid = from->st_gid;
  to->size = from->st_size;
  to->modified_seconds = from->st_mtim.tv_sec;
  to->modified_nanoseconds = from->st_mtim.tv_nsec;
  to->changed_seconds = from->st_ctim.tv_sec;
  to->changed_nanoseconds = from->st_ctim.tv_nsec;
}

int cplatform_fstat(int descriptor, struct cplatform_status *status) {
  struct stat native;
  if (fstat(descriptor, &native) != 0) return -errno;
  translate(&native, status);
  return 0;
}

int cplatform_lacks(int descriptor, int64_t *missing) {
  struct stat native;
  if (fstat(descriptor, &native) != 0) return -errno;
  *missing = (int64_t)native.st_size - (int64_t)native.st_blocks * 512;
  if (*missing <= 0) return 0;
  // A file system that compresses, or does not say, has fewer blocks, too, and no hole.
  off_t place = lseek(descriptor, 0, SEEK_CUR);
  off_t hole = lseek(descriptor, 0, SEEK_HOLE);
  lseek(descriptor, place < 0 ? 0 : place, SEEK_SET);
  return hole >= 0 && hole < native.st_size;
}

int cplatform_fstatat(
    int directory, const char *path, int follow, struct cplatform_status *status) {
  struct stat native;
  if (fstatat(directory, path, &native, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0) return -errno;
  translate(&native, status);
  return 0;
}

int cplatform_fstatfs_magic(int descriptor, uint32_t *magic) {
  struct statfs native;
  int result;
  do {
    result = fstatfs(descriptor, &native);
  } while (result < 0 && errno == EINTR);
  if (result < 0) return -errno;
  *magic = (uint32_t)native.f_type;
  return 0;
}

int cplatform_renameat(
    int from_directory, const char *from, int to_directory, const char *to, int replace) {
  if (replace) RETRIED(int, renameat(from_directory, from, to_directory, to));
  RETRIED(
      int, (int)syscall(
               SYS_renameat2, from_directory, from, to_directory, to, RENAME_NOREPLACE));
}

int cplatform_linkat(int from_directory, const char *from, int to_directory, const char *to) {
  RETRIED(int, linkat(from_directory, from, to_directory, to, 0));
}

// By way of /proc: AT_EMPTY_PATH would need a capability that users do not have (open(2), O_TMPFILE).
int cplatform_link_unnamed(int descriptor, int directory, const char *name) {
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  RETRIED(int, linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW));
}

int cplatform_unlinkat(int directory, const char *path, int is_directory) {
  RETRIED(int, unlinkat(directory, path, is_directory ? AT_REMOVEDIR : 0));
}

int cplatform_mkdirat(int directory, const char *path, uint32_t mode) {
  RETRIED(int, mkdirat(directory, path, (mode_t)mode));
}

int cplatform_fchown(int descriptor, uint32_t uid, uint32_t gid) {
  RETRIED(int, fchown(descriptor, uid, gid));
}

int cplatform_fchmod(int descriptor, uint32_t mode) {
  RETRIED(int, fchmod(descriptor, (mode_t)mode));
}

int64_t cplatform_getdents(int descriptor, void *buffer, size_t count) {
  RETRIED(int64_t, syscall(SYS_getdents64, descriptor, buffer, count));
}

struct listing {
  int descriptor;
  char *names;
  size_t count;
};

static int64_t list_names(void *context) {
  struct listing *listing = context;
  RETRIED(int64_t, flistxattr(listing->descriptor, listing->names, listing->count));
}

// Attributes trusted.* are shown to an administrator alone, and would be lost unseen.
int64_t cplatform_flistxattr(int descriptor, char *names, size_t count) {
  struct listing listing = {.descriptor = descriptor, .names = names, .count = count};
  return cplatform_with_administrator(list_names, &listing);
}

struct two_files {
  int one, other;
};

static int64_t count_names(int descriptor) {
  RETRIED(int64_t, flistxattr(descriptor, NULL, 0));
}

static int64_t have_names(void *context) {
  struct two_files *files = context;
  int64_t count = count_names(files->one);
  if (count == 0) count = count_names(files->other);
  return count < 0 ? count : count > 0;
}

// One way to the administrator and back for both.
int64_t cplatform_have_xattrs(int one, int other) {
  struct two_files files = {.one = one, .other = other};
  return cplatform_with_administrator(have_names, &files);
}

int64_t cplatform_readlinkat(int directory, const char *path, char *target, size_t count) {
  RETRIED(int64_t, readlinkat(directory, path, target, count));
}

int64_t cplatform_fgetxattr(int descriptor, const char *name, void *value, size_t count) {
  RETRIED(int64_t, fgetxattr(descriptor, name, value, count));
}

int cplatform_fsetxattr(int descriptor, const char *name, const void *value, size_t count) {
  RETRIED(int, fsetxattr(descriptor, name, value, count, 0));
}

int cplatform_fremovexattr(int descriptor, const char *name) {
  RETRIED(int, fremovexattr(descriptor, name));
}

int cplatform_require_writable(int directory) {
  RETRIED(int, faccessat(directory, ".", W_OK | X_OK, AT_EACCESS));
}

int cplatform_lock(int descriptor) {
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  RETRIED(int, fcntl(descriptor, F_OFD_SETLK, &whole));
}

int cplatform_unlock(int descriptor) {
  struct flock whole = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
  RETRIED(int, fcntl(descriptor, F_OFD_SETLK, &whole));
}

int cplatform_lock_byte(int descriptor, int64_t offset, int take) {
  struct flock byte = {
      .l_type = take ? F_WRLCK : F_UNLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
  RETRIED(int, fcntl(descriptor, F_OFD_SETLK, &byte));
}

int cplatform_test_lock(int descriptor, int32_t *holder) {
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (fcntl(descriptor, F_OFD_GETLK, &whole) != 0) return -errno;
  if (whole.l_type == F_UNLCK) return 0;
  *holder = whole.l_pid;
  return 1;
}

int cplatform_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0 ? 0 : -errno; }

void cplatform_error_text(int number, char *buffer, size_t count) {
  // The GNU form, which may answer with a string of its own instead of filling the buffer.
  char scratch[128];
  const char *text = strerror_r(number, scratch, sizeof scratch);
  snprintf(buffer, count, "%s", text);
}
