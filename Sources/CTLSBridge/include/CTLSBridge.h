#ifndef CTLSBRIDGE_H
#define CTLSBRIDGE_H
// A TLS client over memory: what came from the network is fed in, what is to go there is drained. So
// nothing here waits, and nothing here writes to a socket. OpenSSL's macros stay behind this header.

#include <stddef.h>
#include <stdint.h>

struct ctls_session;

// What is wrong with a certificate; several may hold at once.
enum {
  CTLS_EXPIRED = 1,
  CTLS_NOT_YET_VALID = 2,
  CTLS_WRONG_NAME = 4,
  CTLS_UNTRUSTED = 8,
  CTLS_OTHER_PROBLEM = 16,
};

enum {
  CTLS_DONE = 0,
  // More must be fed first.
  CTLS_WANTS_INPUT = 1,
  // The other end said that it is done.
  CTLS_CLOSED = 2,
  CTLS_FAILED = 3,
};

// NULL where the library refuses; `reason` then says why. `authorities` is a PEM file whose
// certificates are trusted besides the system's, or NULL; `system_store` 0 leaves the system's out.
struct ctls_session *ctls_open(
    const char *host, const char *authorities, int system_store, char *reason, size_t count);
void ctls_free(struct ctls_session *session);

int ctls_feed(struct ctls_session *session, const void *bytes, size_t count);
// How many bytes were put into the buffer.
size_t ctls_drain(struct ctls_session *session, void *buffer, size_t count);

// CTLS_DONE or another of the list; a certificate that does not hold does not end it: ask
// ctls_problems before anything is sent.
int ctls_handshake(struct ctls_session *session);
int ctls_read(struct ctls_session *session, void *buffer, size_t count, size_t *got);
int ctls_write(struct ctls_session *session, const void *bytes, size_t count);
void ctls_say_goodbye(struct ctls_session *session);
// OpenSSL's words for the last failure.
const char *ctls_failure(const struct ctls_session *session);

// "TLSv1.3"
const char *ctls_version(const struct ctls_session *session);

// The peer's certificate. Texts may hold any byte; they give their whole length in bytes, and as much
// of it as there is room for.
int ctls_has_certificate(const struct ctls_session *session);
int ctls_problems(const struct ctls_session *session);
// OpenSSL's words for the first problem, or NULL.
const char *ctls_problem_text(const struct ctls_session *session);
size_t ctls_subject(const struct ctls_session *session, char *text, size_t count);
size_t ctls_issuer(const struct ctls_session *session, char *text, size_t count);
// The DNS names and addresses that the certificate is for; 0 past the last one.
size_t ctls_name(const struct ctls_session *session, int index, char *text, size_t count);
// Seconds since 1970.
int64_t ctls_not_before(const struct ctls_session *session);
int64_t ctls_not_after(const struct ctls_session *session);
// SHA-256 of the certificate; 0 where there is none.
int ctls_fingerprint(const struct ctls_session *session, unsigned char digest[32]);
#endif
