#define _GNU_SOURCE
#include "session.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int problem_of(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return CTLS_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return CTLS_NOT_YET_VALID;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return CTLS_WRONG_NAME;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
      return CTLS_UNTRUSTED;
    default:
      return CTLS_OTHER_PROBLEM;
  }
}

// Every problem is noted, and none ends the handshake: whoever asks is to learn all of them.
static int note_problem(int fine, X509_STORE_CTX *context) {
  if (fine) return 1;
  SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
  struct ctls_session *session = SSL_get_app_data(ssl);
  int error = X509_STORE_CTX_get_error(context);
  if (!session->problems) session->first_problem = error;
  session->problems |= problem_of(error);
  return 1;
}

static void keep_reason(char *reason, size_t count) {
  unsigned long error = ERR_get_error();
  const char *text = error ? ERR_reason_error_string(error) : NULL;
  snprintf(reason, count, "%s", text ? text : "no reason given");
  ERR_clear_error();
}

static int trust(SSL_CTX *context, const char *authorities, int system_store) {
  if (system_store && SSL_CTX_set_default_verify_paths(context) != 1) return 0;
  return !authorities || SSL_CTX_load_verify_locations(context, authorities, NULL) == 1;
}

static int expect_host(SSL *ssl, const char *host) {
  X509_VERIFY_PARAM *expected = SSL_get0_param(ssl);
  unsigned char address[16];
  if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
    return X509_VERIFY_PARAM_set1_ip_asc(expected, host) == 1;
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(expected, host, 0) == 1 &&
         SSL_set_tlsext_host_name(ssl, host) == 1;
}

static int set_up(
    struct ctls_session *session, const char *host, const char *authorities, int system_store) {
  session->context = SSL_CTX_new(TLS_client_method());
  if (!session->context || SSL_CTX_set_min_proto_version(session->context, TLS1_2_VERSION) != 1 ||
      !trust(session->context, authorities, system_store))
    return 0;
  // What was believed at the handshake holds to the end.
  SSL_CTX_set_options(session->context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_verify(session->context, SSL_VERIFY_PEER, note_problem);
  session->ssl = SSL_new(session->context);
  if (!session->ssl || SSL_set_app_data(session->ssl, session) != 1 ||
      !expect_host(session->ssl, host))
    return 0;
  session->input = BIO_new(BIO_s_mem());
  session->output = BIO_new(BIO_s_mem());
  if (!session->input || !session->output) {
    BIO_free(session->input);
    BIO_free(session->output);
    return 0;
  }
  // An empty input is "not yet", not the end.
  BIO_set_mem_eof_return(session->input, -1);
  SSL_set_bio(session->ssl, session->input, session->output);
  SSL_set_connect_state(session->ssl);
  return 1;
}

struct ctls_session *ctls_open(
    const char *host, const char *authorities, int system_store, char *reason, size_t count) {
  struct ctls_session *session = calloc(1, sizeof *session);
  ERR_clear_error();
  if (session && set_up(session, host, authorities, system_store)) return session;
  keep_reason(reason, count);
  ctls_free(session);
  return NULL;
}

void ctls_free(struct ctls_session *session) {
  if (!session) return;
  X509_free(session->certificate);
  SSL_free(session->ssl);
  SSL_CTX_free(session->context);
  free(session);
}

int ctls_feed(struct ctls_session *session, const void *bytes, size_t count) {
  return count <= INT32_MAX && BIO_write(session->input, bytes, (int)count) == (int)count
             ? CTLS_DONE
             : CTLS_FAILED;
}

size_t ctls_drain(struct ctls_session *session, void *buffer, size_t count) {
  int got = BIO_read(session->output, buffer, count > INT32_MAX ? INT32_MAX : (int)count);
  return got > 0 ? (size_t)got : 0;
}

static int outcome(struct ctls_session *session, int result) {
  switch (SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_NONE:
      return CTLS_DONE;
    case SSL_ERROR_WANT_READ:
      return CTLS_WANTS_INPUT;
    case SSL_ERROR_ZERO_RETURN:
      return CTLS_CLOSED;
    default:
      keep_reason(session->failure, sizeof session->failure);
      return CTLS_FAILED;
  }
}

int ctls_handshake(struct ctls_session *session) {
  ERR_clear_error();
  int result = outcome(session, SSL_do_handshake(session->ssl));
  if (result == CTLS_DONE && !session->certificate)
    session->certificate = SSL_get1_peer_certificate(session->ssl);
  return result;
}

int ctls_read(struct ctls_session *session, void *buffer, size_t count, size_t *got) {
  ERR_clear_error();
  return outcome(session, SSL_read_ex(session->ssl, buffer, count, got));
}

int ctls_write(struct ctls_session *session, const void *bytes, size_t count) {
  ERR_clear_error();
  size_t written = 0;
  // Into memory a write is whole or fails.
  int result = outcome(session, SSL_write_ex(session->ssl, bytes, count, &written));
  return result == CTLS_DONE && written != count ? CTLS_FAILED : result;
}

void ctls_say_goodbye(struct ctls_session *session) {
  ERR_clear_error();
  SSL_shutdown(session->ssl);
  ERR_clear_error();
}

const char *ctls_failure(const struct ctls_session *session) { return session->failure; }

const char *ctls_version(const struct ctls_session *session) {
  return SSL_get_version(session->ssl);
}
