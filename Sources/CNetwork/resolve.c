#define _GNU_SOURCE
#include "CNetwork.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// getaddrinfo(3) cannot be given a time: it runs in a thread of its own, which may outlive the one who
// asked. Whoever is last with a question throws it away.
struct question {
  pthread_mutex_t mutex;
  pthread_cond_t answered;
  int holders;
  int done;
  int code;
  struct addrinfo *found;
  char port[8];
  char host[];
};

// With the mutex held.
static void let_go(struct question *question) {
  int last = --question->holders == 0;
  pthread_mutex_unlock(&question->mutex);
  if (!last) return;
  if (question->found) freeaddrinfo(question->found);
  pthread_cond_destroy(&question->answered);
  pthread_mutex_destroy(&question->mutex);
  free(question);
}

static void *ask(void *argument) {
  struct question *question = argument;
  struct addrinfo hints = {
      .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_IDN};
  struct addrinfo *found = NULL;
  int code = getaddrinfo(question->host, question->port, &hints, &found);
  pthread_mutex_lock(&question->mutex);
  question->code = code;
  question->found = code == 0 ? found : NULL;
  question->done = 1;
  pthread_cond_signal(&question->answered);
  let_go(question);
  return NULL;
}

static struct question *make_question(const char *host, uint16_t port) {
  struct question *question = calloc(1, sizeof *question + strlen(host) + 1);
  if (!question) return NULL;
  strcpy(question->host, host);
  snprintf(question->port, sizeof question->port, "%u", port);
  question->holders = 2;
  pthread_mutex_init(&question->mutex, NULL);
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&question->answered, &attributes);
  pthread_condattr_destroy(&attributes);
  return question;
}

// Signals are for the threads of the program itself.
static int start(struct question *question) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  int error = pthread_create(&thread, NULL, ask, question);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error == 0) pthread_detach(thread);
  return error;
}

static int take(
    const struct question *question, struct cnetwork_address *addresses, int capacity, int *answer) {
  int count = 0;
  for (const struct addrinfo *one = question->found; one && count < capacity; one = one->ai_next) {
    if (one->ai_addrlen > sizeof addresses->bytes) continue;
    addresses[count].length = one->ai_addrlen;
    memcpy(addresses[count++].bytes, one->ai_addr, one->ai_addrlen);
  }
  int unknown = question->code == EAI_NONAME || question->code == EAI_NODATA || question->code == 0 ||
                question->code == EAI_IDN_ENCODE;
  *answer = count ? CNETWORK_RESOLVED : unknown ? CNETWORK_NO_HOST : CNETWORK_NO_ANSWER;
  return count;
}

int cnetwork_resolve(
    const char *host, uint16_t port, int64_t deadline, struct cnetwork_address *addresses,
    int capacity, int *answer) {
  struct question *question = make_question(host, port);
  if (!question) return -ENOMEM;
  pthread_mutex_lock(&question->mutex);
  int error = start(question);
  if (error != 0) {
    question->holders = 1;
    let_go(question);
    return -error;
  }
  struct timespec until = {.tv_sec = deadline / 1000, .tv_nsec = deadline % 1000 * 1000000};
  int waited = 0;
  while (!question->done && waited == 0)
    waited = pthread_cond_timedwait(&question->answered, &question->mutex, &until);
  int result = question->done ? take(question, addresses, capacity, answer) : -ETIMEDOUT;
  let_go(question);
  return result;
}
