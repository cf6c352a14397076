#define _GNU_SOURCE
#include "CNetwork.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int64_t cnetwork_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// 0 where the descriptor is ready (or broken, which the next call tells), -ETIMEDOUT, or an error.
static int await(int descriptor, short events, int64_t deadline) {
  for (;;) {
    int64_t left = deadline - cnetwork_now();
    if (left <= 0) return -ETIMEDOUT;
    struct pollfd poll_one = {.fd = descriptor, .events = events};
    int ready = poll(&poll_one, 1, left > 60000 ? 60000 : (int)left);
    if (ready > 0) return 0;
    if (ready < 0 && errno != EINTR) return -errno;
  }
}

static int finish_connecting(int descriptor, int64_t deadline) {
  int waited = await(descriptor, POLLOUT, deadline);
  if (waited != 0) return waited;
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return -errno;
  return -error;
}

int cnetwork_connect(const struct cnetwork_address *address, int64_t deadline) {
  const struct sockaddr *target = (const struct sockaddr *)address->bytes;
  int descriptor =
      socket(target->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (descriptor < 0) return -errno;
  int result = 0;
  if (connect(descriptor, target, address->length) != 0)
    result = errno == EINPROGRESS || errno == EINTR ? finish_connecting(descriptor, deadline) : -errno;
  if (result != 0) {
    close(descriptor);
    return result;
  }
  int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

void cnetwork_address_text(const struct cnetwork_address *address, char *text, size_t count) {
  const struct sockaddr *target = (const struct sockaddr *)address->bytes;
  const void *number = target->sa_family == AF_INET6
                           ? (const void *)&((const struct sockaddr_in6 *)target)->sin6_addr
                           : (const void *)&((const struct sockaddr_in *)target)->sin_addr;
  if (!inet_ntop(target->sa_family, number, text, (socklen_t)count) && count) *text = 0;
}

int64_t cnetwork_receive(int descriptor, void *buffer, size_t count, int64_t deadline) {
  for (;;) {
    int waited = await(descriptor, POLLIN, deadline);
    if (waited != 0) return waited;
    ssize_t received = recv(descriptor, buffer, count, 0);
    if (received >= 0) return received;
    if (errno != EINTR && errno != EAGAIN) return -errno;
  }
}

int cnetwork_send(int descriptor, const void *buffer, size_t count, int64_t deadline) {
  const char *next = buffer;
  while (count) {
    int waited = await(descriptor, POLLOUT, deadline);
    if (waited != 0) return waited;
    ssize_t sent = send(descriptor, next, count, MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR && errno != EAGAIN) return -errno;
    if (sent > 0) {
      next += sent;
      count -= (size_t)sent;
    }
  }
  return 0;
}

void cnetwork_close(int descriptor) { close(descriptor); }

void cnetwork_discard_when_closed(int descriptor, int on) {
  struct linger linger = {.l_onoff = on, .l_linger = 0};
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

void cnetwork_erase(void *buffer, size_t count) { explicit_bzero(buffer, count); }
