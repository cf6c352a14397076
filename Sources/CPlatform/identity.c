#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// The C library's setgroups changes every thread of the process; the kernel's changes the one that
// calls. On old 32-bit machines the calls with room for today's user ids have names of their own.
#ifdef SYS_setfsuid32
enum { set_user = SYS_setfsuid32, set_group = SYS_setfsgid32, set_groups = SYS_setgroups32,
       get_groups = SYS_getgroups32 };
#else
enum { set_user = SYS_setfsuid, set_group = SYS_setfsgid, set_groups = SYS_setgroups,
       get_groups = SYS_getgroups };
#endif

// -1 is no user: nothing is changed, and the present one is the answer.
void cplatform_file_identity(uint32_t *uid, uint32_t *gid) {
  *uid = (uint32_t)syscall(set_user, -1);
  *gid = (uint32_t)syscall(set_group, -1);
}

int cplatform_assume(uint32_t uid, uint32_t gid, const uint32_t *groups, size_t count) {
  if (syscall(set_groups, count, groups) != 0) return -errno;
  syscall(set_group, gid);
  // Last: from here on the thread has no rights over files but this user's. Back to root it has
  // them again (capabilities(7), "Effect of user ID changes on capabilities").
  syscall(set_user, uid);
  uint32_t now_uid, now_gid;
  cplatform_file_identity(&now_uid, &now_gid);
  return now_uid == uid && now_gid == gid ? 0 : -EPERM;
}

int cplatform_own_groups(uint32_t *groups, int room) {
  long count = syscall(get_groups, room, groups);
  return count < 0 ? -errno : (int)count;
}

int cplatform_look_up_user(uint32_t uid, uint32_t *gid, uint32_t *groups, int *count) {
  size_t size = 16 << 10;
  struct passwd entry, *known = NULL;
  char *buffer = NULL;
  int error;
  do {
    char *larger = realloc(buffer, size);
    if (!larger) {
      free(buffer);
      return -ENOMEM;
    }
    buffer = larger;
    error = getpwuid_r(uid, &entry, buffer, size, &known);
    size *= 2;
  } while (error == ERANGE && size <= 4 << 20);
  int found = known != NULL;
  if (found) {
    *gid = entry.pw_gid;
    gid_t *list = (gid_t *)groups;
    if (getgrouplist(entry.pw_name, entry.pw_gid, list, count) < 0) error = E2BIG;
  }
  free(buffer);
  // Not found is told in many ways (getpwnam(3)).
  if (!found)
    return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM
               ? 0 : -error;
  return error == E2BIG ? -E2BIG : 1;
}

static _Thread_local void *acting_as;
static _Thread_local int is_dedicated;

void *cplatform_thread_identity(void) { return acting_as; }
void cplatform_set_thread_identity(void *identity) { acting_as = identity; }
int cplatform_thread_is_dedicated(void) { return is_dedicated; }
void cplatform_dedicate_thread(void) { is_dedicated = 1; }
int32_t cplatform_thread_id(void) { return (int32_t)syscall(SYS_gettid); }

static int get_capabilities(uint64_t *effective, uint64_t *permitted) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) != 0) return -errno;
  *effective = data[0].effective | (uint64_t)data[1].effective << 32;
  *permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
  return 0;
}

static int set_capabilities(uint64_t effective, uint64_t permitted) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {
      {.effective = (uint32_t)effective, .permitted = (uint32_t)permitted},
      {.effective = effective >> 32, .permitted = permitted >> 32}};
  return syscall(SYS_capset, &header, data) == 0 ? 0 : -errno;
}

static const uint64_t administrator = 1ull << CAP_SYS_ADMIN;

int cplatform_drop_capabilities(void) {
  const uint64_t used = 1ull << CAP_CHOWN | 1ull << CAP_DAC_OVERRIDE |
                        1ull << CAP_DAC_READ_SEARCH | 1ull << CAP_KILL | 1ull << CAP_SETGID |
                        1ull << CAP_SETUID | 1ull << CAP_SYS_PTRACE;
  uint64_t effective, permitted;
  int result = get_capabilities(&effective, &permitted);
  if (result < 0) return result;
  // A container may have left out CAP_SETPCAP; then the set is as small as it made it.
  for (int number = 0; prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; number++)
    if (!((used | administrator) >> number & 1)) prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return set_capabilities(effective & used, permitted & (used | administrator));
}

int64_t cplatform_with_administrator(int64_t (*call)(void *), void *context) {
  uint64_t effective, permitted;
  int raise = get_capabilities(&effective, &permitted) == 0 && (permitted & administrator) &&
              !(effective & administrator) &&
              set_capabilities(effective | administrator, permitted) == 0;
  int64_t result = call(context);
  // A thread that cannot give it up is not to go on with it.
  if (raise && set_capabilities(effective, permitted) != 0) abort();
  return result;
}
