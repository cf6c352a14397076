#ifndef CNETBRIDGE_H
#define CNETBRIDGE_H
// libcurl, whose functions take variable arguments, and c-ares, whose answers are linked lists, as
// calls that Swift can make. Each call waits for its answer, no longer than it is told to. No policy
// here.

#include <stddef.h>

// Once, before any other call and any other thread; 0 is success.
int cnet_start(void);

// The versions of libcurl and c-ares that run.
const char *cnet_http_version(void);
const char *cnet_dns_version(void);

// ---- HTTP

typedef struct {
  const char *url;
  // Authorities besides those in the system's directory, or NULL.
  const char *ca_file;
  const char *user_agent;
  // "host:port:address[,address]", or NULL to resolve as the system does.
  const char *resolve;
  // "host:port::other port", or NULL.
  const char *connect_to;
  long milliseconds;
  long connect_milliseconds;
  // A longer body is cut off, and is a failure.
  size_t largest_body;
} cnet_http_request;

typedef struct {
  long status;            // 0 where there was no answer
  char content_type[128]; // as sent, cut off
  char *redirect;         // where a redirection leads, absolute; or NULL
  unsigned char *body;    // or NULL
  size_t body_length;
  int is_too_large;
  char problem[256];      // empty where all went well
} cnet_http_response;

// One GET over https: no redirection is followed, no cookie kept, nothing decompressed.
void cnet_http_get(const cnet_http_request *request, cnet_http_response *response);
void cnet_http_free(cnet_http_response *response);

typedef struct {
  char scheme[16];
  char host[256]; // without brackets
  int port;
} cnet_url_parts;

// 1: `parts` is filled; 0: not a URL, or one with a user in it.
int cnet_url_split(const char *url, cnet_url_parts *parts);

// ---- DNS

typedef enum {
  CNET_DNS_SRV = 33,
  CNET_DNS_MX = 15,
  CNET_DNS_A = 1,
  CNET_DNS_AAAA = 28,
} cnet_dns_type;

typedef struct {
  int priority;
  int weight;
  int port;
  char name[512]; // the target, empty for the root; an address as text
} cnet_dns_record;

typedef enum {
  CNET_DNS_ANSWERED,
  CNET_DNS_NO_SUCH_NAME,
  // The name is there, and has no record of this type.
  CNET_DNS_NO_DATA,
  CNET_DNS_FAILED,
} cnet_dns_status;

typedef struct {
  cnet_dns_status status;
  cnet_dns_record *records;
  size_t count;
  char problem[128];
} cnet_dns_answer;

// `servers` is a list such as "192.0.2.1:53,[2001:db8::1]:53", or NULL for the system's.
void cnet_dns_ask(const char *servers, const char *name, cnet_dns_type type, long milliseconds,
                  cnet_dns_answer *answer);
// 1: `text` is one address, with or without a port, as `servers` takes it.
int cnet_is_server(const char *text);
void cnet_dns_free(cnet_dns_answer *answer);

#endif
