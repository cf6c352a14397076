#include "CTLSBridge.h"

#include <openssl/ssl.h>

struct ctls_session {
  SSL_CTX *context;
  SSL *ssl;
  // Owned by ssl.
  BIO *input, *output;
  X509 *certificate;
  int problems, first_problem;
  char failure[200];
};
