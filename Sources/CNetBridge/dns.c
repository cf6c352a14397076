#include "CNetBridge.h"

#include <ares.h>
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ADDRESSES = 16, CLASS_IN = 1 };

const char *cnet_dns_version(void) { return ares_version(NULL); }

typedef struct {
  int is_done;
  cnet_dns_type type;
  cnet_dns_answer *answer;
} question;

static cnet_dns_record *room_for(cnet_dns_answer *answer, size_t count) {
  answer->records = calloc(count > 0 ? count : 1, sizeof *answer->records);
  return answer->records;
}

static int read_services(const unsigned char *bytes, int length, cnet_dns_answer *answer) {
  struct ares_srv_reply *all = NULL;
  int status = ares_parse_srv_reply(bytes, length, &all);
  if (status != ARES_SUCCESS) return status;
  size_t count = 0;
  for (struct ares_srv_reply *one = all; one != NULL; one = one->next) count++;
  cnet_dns_record *record = room_for(answer, count);
  for (struct ares_srv_reply *one = all; record != NULL && one != NULL; one = one->next) {
    record->priority = one->priority;
    record->weight = one->weight;
    record->port = one->port;
    snprintf(record->name, sizeof record->name, "%s", one->host);
    record++;
    answer->count++;
  }
  ares_free_data(all);
  return ARES_SUCCESS;
}

static int read_exchangers(const unsigned char *bytes, int length, cnet_dns_answer *answer) {
  struct ares_mx_reply *all = NULL;
  int status = ares_parse_mx_reply(bytes, length, &all);
  if (status != ARES_SUCCESS) return status;
  size_t count = 0;
  for (struct ares_mx_reply *one = all; one != NULL; one = one->next) count++;
  cnet_dns_record *record = room_for(answer, count);
  for (struct ares_mx_reply *one = all; record != NULL && one != NULL; one = one->next) {
    record->priority = one->priority;
    snprintf(record->name, sizeof record->name, "%s", one->host);
    record++;
    answer->count++;
  }
  ares_free_data(all);
  return ARES_SUCCESS;
}

static int read_addresses(const unsigned char *bytes, int length, cnet_dns_type type,
                          cnet_dns_answer *answer) {
  struct ares_addrttl four[ADDRESSES];
  struct ares_addr6ttl six[ADDRESSES];
  int count = ADDRESSES;
  int status = type == CNET_DNS_A ? ares_parse_a_reply(bytes, length, NULL, four, &count)
                                  : ares_parse_aaaa_reply(bytes, length, NULL, six, &count);
  if (status != ARES_SUCCESS) return status;
  if (count == 0) return ARES_ENODATA;
  cnet_dns_record *records = room_for(answer, count);
  for (int index = 0; records != NULL && index < count; index++) {
    const void *address = type == CNET_DNS_A ? (const void *)&four[index].ipaddr
                                             : (const void *)&six[index].ip6addr;
    inet_ntop(type == CNET_DNS_A ? AF_INET : AF_INET6, address, records[index].name,
              sizeof records[index].name);
    answer->count++;
  }
  return ARES_SUCCESS;
}

static void conclude(cnet_dns_answer *answer, int status) {
  switch (status) {
  case ARES_SUCCESS: answer->status = CNET_DNS_ANSWERED; break;
  case ARES_ENOTFOUND: answer->status = CNET_DNS_NO_SUCH_NAME; break;
  case ARES_ENODATA: answer->status = CNET_DNS_NO_DATA; break;
  default:
    answer->status = CNET_DNS_FAILED;
    snprintf(answer->problem, sizeof answer->problem, "%s", ares_strerror(status));
  }
}

static void receive(void *context, int status, int timeouts, unsigned char *bytes, int length) {
  (void)timeouts;
  question *asked = context;
  asked->is_done = 1;
  if (status == ARES_SUCCESS) {
    switch (asked->type) {
    case CNET_DNS_SRV: status = read_services(bytes, length, asked->answer); break;
    case CNET_DNS_MX: status = read_exchangers(bytes, length, asked->answer); break;
    default: status = read_addresses(bytes, length, asked->type, asked->answer);
    }
  }
  conclude(asked->answer, status);
}

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void turn(ares_channel channel, long milliseconds) {
  ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
  struct pollfd polled[ARES_GETSOCK_MAXNUM];
  int bits = ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
  nfds_t count = 0;
  for (int index = 0; index < ARES_GETSOCK_MAXNUM; index++) {
    short events = 0;
    if (ARES_GETSOCK_READABLE(bits, index)) events |= POLLIN;
    if (ARES_GETSOCK_WRITABLE(bits, index)) events |= POLLOUT;
    if (events != 0) polled[count++] = (struct pollfd){sockets[index], events, 0};
  }
  struct timeval most = {milliseconds / 1000, milliseconds % 1000 * 1000}, next;
  struct timeval *wait = ares_timeout(channel, &most, &next);
  poll(polled, count, (int)(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1));
  for (nfds_t index = 0; index < count; index++) {
    short came = polled[index].revents;
    ares_process_fd(channel, came & (POLLIN | POLLERR | POLLHUP) ? polled[index].fd : ARES_SOCKET_BAD,
                    came & POLLOUT ? polled[index].fd : ARES_SOCKET_BAD);
  }
  // Also where nothing came: what waits too long is asked again.
  ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

void cnet_dns_ask(const char *servers, const char *name, cnet_dns_type type, long milliseconds,
                  cnet_dns_answer *answer) {
  memset(answer, 0, sizeof *answer);
  ares_channel channel;
  // Two rounds, the second one longer, within the time there is.
  struct ares_options options = {.timeout = (int)(milliseconds / 3) + 1, .tries = 2};
  int status = ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
  if (status != ARES_SUCCESS) return conclude(answer, status);
  if (servers != NULL) status = ares_set_servers_ports_csv(channel, servers);
  if (status == ARES_SUCCESS) {
    question asked = {0, type, answer};
    long deadline = now() + milliseconds;
    ares_query(channel, name, CLASS_IN, type, receive, &asked);
    while (!asked.is_done && now() < deadline) turn(channel, deadline - now());
    if (!asked.is_done) {
      ares_cancel(channel);
      conclude(answer, ARES_ETIMEOUT);
    }
  } else {
    conclude(answer, status);
  }
  ares_destroy(channel);
}

int cnet_is_server(const char *text) {
  char address[64];
  unsigned char bytes[16];
  const char *end = text + strlen(text), *colon = strrchr(text, ':');
  if (text[0] == '[') {
    end = strchr(text, ']');
    if (end == NULL) return 0;
    text++;
    colon = end[1] == ':' ? end + 1 : NULL;
    if (end[1] != 0 && colon == NULL) return 0;
  } else if (colon != NULL && strchr(text, ':') == colon) {
    end = colon;
  } else {
    colon = NULL;
  }
  if ((size_t)(end - text) >= sizeof address) return 0;
  snprintf(address, sizeof address, "%.*s", (int)(end - text), text);
  if (inet_pton(AF_INET, address, bytes) != 1 && inet_pton(AF_INET6, address, bytes) != 1) return 0;
  if (colon == NULL) return 1;
  char *rest;
  long port = strtol(colon + 1, &rest, 10);
  return colon[1] >= '0' && colon[1] <= '9' && *rest == 0 && port >= 1 && port <= 65535;
}

void cnet_dns_free(cnet_dns_answer *answer) {
  free(answer->records);
  answer->records = NULL;
  answer->count = 0;
}
