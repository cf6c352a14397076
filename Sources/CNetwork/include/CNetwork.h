#ifndef CNETWORK_H
#define CNETWORK_H
// TCP by calls that never wait past a deadline and never raise SIGPIPE. No policy here.
//
// A deadline is a moment on the monotonic clock, in milliseconds (cnetwork_now). Functions give their
// result or the negated errno; -ETIMEDOUT is a deadline that passed.

#include <stddef.h>
#include <stdint.h>

// A struct sockaddr_in or sockaddr_in6.
struct cnetwork_address {
  uint32_t length;
  unsigned char bytes[124];
};

int64_t cnetwork_now(void);

// The addresses that the system's resolver (getaddrinfo(3)) has for a host, in its order, at most
// `capacity` of them. The call to it goes on by itself when the deadline passes. Where the resolver
// has none the result is 0, and `answer` becomes one of the below.
int cnetwork_resolve(
    const char *host, uint16_t port, int64_t deadline, struct cnetwork_address *addresses,
    int capacity, int *answer);
enum {
  CNETWORK_RESOLVED = 0,
  // There is no such host, or it has no address.
  CNETWORK_NO_HOST = 1,
  // The resolver got no answer, or failed.
  CNETWORK_NO_ANSWER = 2,
};

// Connects, and gives a descriptor that does not block.
int cnetwork_connect(const struct cnetwork_address *address, int64_t deadline);
// As "192.0.2.1" or "2001:db8::1".
void cnetwork_address_text(const struct cnetwork_address *address, char *text, size_t count);

// 0: the other end closed.
int64_t cnetwork_receive(int descriptor, void *buffer, size_t count, int64_t deadline);
// All of it, or an error.
int cnetwork_send(int descriptor, const void *buffer, size_t count, int64_t deadline);
void cnetwork_close(int descriptor);

// With `on`, whatever has not been sent when the descriptor is closed, also by the end of the process, never is.
void cnetwork_discard_when_closed(int descriptor, int on);

// explicit_bzero(3): overwrites what a compiler would think nobody reads again.
void cnetwork_erase(void *buffer, size_t count);
#endif
