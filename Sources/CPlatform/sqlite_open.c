#define _GNU_SOURCE
#include "CPlatform.h"

#include <fcntl.h>

int cplatform_open_without_waiting(const char *path, int flags, int mode) {
  return open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode);
}
