#ifndef CPLATFORM_H
#define CPLATFORM_H
// Linux calls that Swift's Glibc module does not carry, or carries in a form that loses errno on
// the way. Each is a thin wrapper: no policy here.
//
// Every function gives its result, or the negated errno. Calls that a signal interrupts are made
// again, but for close, which has let go of its descriptor whatever it answers.

#include <stddef.h>
#include <stdint.h>

// Flags under names of their own, since the headers' are macros of changing shape.
enum {
  CPLATFORM_AT_FDCWD = -100,
  CPLATFORM_RESOLVE_NO_MAGICLINKS = 2,
  CPLATFORM_RESOLVE_NO_SYMLINKS = 4,
  CPLATFORM_RESOLVE_BENEATH = 8,
  CPLATFORM_RESOLVE_IN_ROOT = 16,
};
extern const int cplatform_o_rdonly, cplatform_o_rdwr, cplatform_o_wronly, cplatform_o_creat,
    cplatform_o_excl, cplatform_o_nofollow, cplatform_o_directory, cplatform_o_cloexec,
    cplatform_o_nonblock, cplatform_o_noctty, cplatform_o_path,
    cplatform_o_tmpfile;

struct cplatform_status {
  uint64_t device;
  uint64_t inode;
  uint64_t links;
  uint32_t mode;
  uint32_t uid;
  uint32_t gid;
  int64_t size;
  int64_t modified_seconds;
  int64_t modified_nanoseconds;
  int64_t changed_seconds;
  int64_t changed_nanoseconds;
};

// memmem(3): where `needle` first stands, or NULL.
const void *cplatform_find(
    const void *bytes, size_t count, const void *needle, size_t needle_count);

int cplatform_openat(int directory, const char *path, int flags, uint32_t mode);
// open_how.resolve takes the CPLATFORM_RESOLVE_ flags (openat2(2), Linux 5.6).
int cplatform_openat2(
    int directory, const char *path, int flags, uint32_t mode, uint64_t resolve);
// open(2) that waits for nobody: a FIFO without a writer is opened at once. For SQLite, which takes a function
// of this form in its place.
int cplatform_open_without_waiting(const char *path, int flags, int mode);
int cplatform_close(int descriptor);
int64_t cplatform_read(int descriptor, void *buffer, size_t count);
// pread(2): at a place of the file, leaving the descriptor's own place alone.
int64_t cplatform_pread(int descriptor, void *buffer, size_t count, int64_t offset);
int64_t cplatform_write(int descriptor, const void *buffer, size_t count);
int cplatform_fsync(int descriptor);

int cplatform_fstat(int descriptor, struct cplatform_status *status);
int cplatform_fstatat(
    int directory, const char *path, int follow, struct cplatform_status *status);
int cplatform_fstatfs_magic(int descriptor, uint32_t *magic);
// 1 where a file has holes, else 0; `missing` becomes the bytes of it that lie on no disk.
int cplatform_lacks(int descriptor, int64_t *missing);

// replace = 0 asks for RENAME_NOREPLACE.
int cplatform_renameat(
    int from_directory, const char *from, int to_directory, const char *to, int replace);
int cplatform_linkat(int from_directory, const char *from, int to_directory, const char *to);
// Gives an unnamed file (O_TMPFILE) its name.
int cplatform_link_unnamed(int descriptor, int directory, const char *name);
int cplatform_unlinkat(int directory, const char *path, int is_directory);
int cplatform_mkdirat(int directory, const char *path, uint32_t mode);
int cplatform_fchown(int descriptor, uint32_t uid, uint32_t gid);
int cplatform_fchmod(int descriptor, uint32_t mode);
// Fills the buffer with struct linux_dirent64 records (getdents64(2)); 0 at the end.
int64_t cplatform_getdents(int descriptor, void *buffer, size_t count);

// A count of 0 asks for the size needed.
int64_t cplatform_flistxattr(int descriptor, char *names, size_t count);
// Whether one of two files has any: 0 or 1.
int64_t cplatform_have_xattrs(int one, int other);
int64_t cplatform_fgetxattr(int descriptor, const char *name, void *value, size_t count);
int cplatform_fsetxattr(int descriptor, const char *name, const void *value, size_t count);
int cplatform_fremovexattr(int descriptor, const char *name);

// A write lock over the whole file, bound to the open file description (F_OFD_SETLK).
int cplatform_lock(int descriptor);
// faccessat(2) with the effective ids: whether entries may be made in an open directory.
int cplatform_require_writable(int directory);
// Lets go of it (F_OFD_SETLK, F_UNLCK), also for whoever shares the open file description.
int cplatform_unlock(int descriptor);
// Takes a write lock over the byte at `offset`, or lets go of it (F_OFD_SETLK).
int cplatform_lock_byte(int descriptor, int64_t offset, int take);
// 1 where somebody else's lock stands in the way of a write lock, else 0 (F_OFD_GETLK). `holder`
// becomes the process, -1 for an open-file-description lock, or another number below 1 where the
// kernel names none.
int cplatform_test_lock(int descriptor, int32_t *holder);

// Runs a program as a user, with the groups that the user database gives it, and with no open file
// but /dev/null and, for its standard output, `output` (-1: none), and waits for it. A user that the
// database does not know is its own group alone. Both lists end with NULL; the first argument is the program's path. Gives the exit status (127: it
// cannot be run), 128 and the signal that ended it, or a negated errno: ETIMEDOUT after
// `milliseconds` (it is killed then), EPERM where the caller may not become that user.
int cplatform_run_as(
    uint32_t uid, const char *const *arguments, const char *const *environment, int output,
    int milliseconds);

// Who the calling thread is to file systems (setfsuid(2), setfsgid(2)).
void cplatform_file_identity(uint32_t *uid, uint32_t *gid);
// Makes the calling thread, and no other, somebody else to file systems. It keeps its user ids, so
// that this somebody can neither trace nor signal it. After -EPERM the thread may be neither.
int cplatform_assume(uint32_t uid, uint32_t gid, const uint32_t *groups, size_t count);
// The supplementary groups of the calling thread; their number.
int cplatform_own_groups(uint32_t *groups, int room);
// A user's group and groups from the user database. `count` is the room in `groups`, then their
// number. 1: known, 0: the database does not know them, else a negated errno: E2BIG for no room.
int cplatform_look_up_user(uint32_t uid, uint32_t *gid, uint32_t *groups, int *count);

// Notes of the calling thread: whom it acts as, and whether it runs nothing else.
void *cplatform_thread_identity(void);
void cplatform_set_thread_identity(void *identity);
int cplatform_thread_is_dedicated(void);
void cplatform_dedicate_thread(void);
int32_t cplatform_thread_id(void);

// Gives up every capability this program does not use, for good: to be called before the first
// thread is made. CAP_SYS_ADMIN stays permitted and is not effective.
int cplatform_drop_capabilities(void);
// Calls with CAP_SYS_ADMIN effective where it is permitted.
int64_t cplatform_with_administrator(int64_t (*call)(void *), void *context);

// What a link says, without a NUL; an empty path is the link that `directory` has open (O_PATH).
int64_t cplatform_readlinkat(int directory, const char *path, char *target, size_t count);

// A pipe whose ends are closed in every program that is started (pipe2(2)); 0 or a negated errno.
int cplatform_pipe(int ends[2]);

// The message for an errno, written into `buffer`.
void cplatform_error_text(int number, char *buffer, size_t count);

// Limits how many heaps the threads of this process get: to be called before there are any.
void cplatform_limit_heaps(int count);
// Blocks of at least so many bytes go back to the system when they are freed, whatever is freed besides.
void cplatform_return_large_blocks(size_t bytes);
#endif
