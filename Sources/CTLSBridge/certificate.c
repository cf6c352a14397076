#define _GNU_SOURCE
#include "session.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

int ctls_has_certificate(const struct ctls_session *session) { return session->certificate != NULL; }

// Without a certificate, or where the library itself says no, there is a problem whatever was noted.
int ctls_problems(const struct ctls_session *session) {
  int problems = session->problems;
  if (!session->certificate) problems |= CTLS_OTHER_PROBLEM;
  if (!problems && SSL_get_verify_result(session->ssl) != X509_V_OK) problems = CTLS_OTHER_PROBLEM;
  return problems;
}

const char *ctls_problem_text(const struct ctls_session *session) {
  return session->problems ? X509_verify_cert_error_string(session->first_problem) : NULL;
}

static size_t copy(const void *bytes, size_t length, char *text, size_t count) {
  memcpy(text, bytes, length < count ? length : count);
  return length;
}

// RFC 2253, but with UTF-8 as it is.
static size_t name_text(const X509_NAME *name, char *text, size_t count) {
  BIO *memory = BIO_new(BIO_s_mem());
  if (!memory) return 0;
  char *bytes = NULL;
  size_t length = 0;
  if (X509_NAME_print_ex(memory, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
    long held = BIO_get_mem_data(memory, &bytes);
    if (held > 0) length = copy(bytes, (size_t)held, text, count);
  }
  BIO_free(memory);
  return length;
}

size_t ctls_subject(const struct ctls_session *session, char *text, size_t count) {
  if (!session->certificate) return 0;
  return name_text(X509_get_subject_name(session->certificate), text, count);
}

size_t ctls_issuer(const struct ctls_session *session, char *text, size_t count) {
  if (!session->certificate) return 0;
  return name_text(X509_get_issuer_name(session->certificate), text, count);
}

static size_t one_name(const GENERAL_NAME *name, char *text, size_t count) {
  if (name->type == GEN_DNS)
    return copy(
        ASN1_STRING_get0_data(name->d.dNSName), (size_t)ASN1_STRING_length(name->d.dNSName), text,
        count);
  if (name->type != GEN_IPADD) return 0;
  int length = ASN1_STRING_length(name->d.iPAddress);
  int family = length == 4 ? AF_INET : length == 16 ? AF_INET6 : AF_UNSPEC;
  char address[INET6_ADDRSTRLEN];
  if (family == AF_UNSPEC ||
      !inet_ntop(family, ASN1_STRING_get0_data(name->d.iPAddress), address, sizeof address))
    return 0;
  return copy(address, strlen(address), text, count);
}

size_t ctls_name(const struct ctls_session *session, int index, char *text, size_t count) {
  if (!session->certificate) return 0;
  GENERAL_NAMES *names =
      X509_get_ext_d2i(session->certificate, NID_subject_alt_name, NULL, NULL);
  size_t length = 0;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names) && index >= 0; i++) {
    length = one_name(sk_GENERAL_NAME_value(names, i), text, count);
    if (length && index-- == 0) break;
    length = 0;
  }
  GENERAL_NAMES_free(names);
  return length;
}

static int64_t seconds(const ASN1_TIME *time) {
  struct tm parts;
  return ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

int64_t ctls_not_before(const struct ctls_session *session) {
  return session->certificate ? seconds(X509_get0_notBefore(session->certificate)) : 0;
}

int64_t ctls_not_after(const struct ctls_session *session) {
  return session->certificate ? seconds(X509_get0_notAfter(session->certificate)) : 0;
}

int ctls_fingerprint(const struct ctls_session *session, unsigned char digest[32]) {
  unsigned length = 0;
  return session->certificate &&
         X509_digest(session->certificate, EVP_sha256(), digest, &length) == 1 && length == 32;
}
