#include "CNetBridge.h"

#include <ares.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cnet_start(void) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return 1;
  return ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS ? 0 : 1;
}

const char *cnet_http_version(void) { return curl_version_info(CURLVERSION_NOW)->version; }

typedef struct {
  cnet_http_response *response;
  size_t largest;
  size_t capacity;
} body_sink;

static size_t take(char *bytes, size_t size, size_t count, void *context) {
  body_sink *sink = context;
  cnet_http_response *response = sink->response;
  size_t length = size * count;
  if (length > sink->largest - response->body_length) {
    response->is_too_large = 1;
    return 0;
  }
  if (response->body_length + length > sink->capacity) {
    size_t capacity = (response->body_length + length) * 2;
    unsigned char *grown = realloc(response->body, capacity);
    if (grown == NULL) return 0;
    response->body = grown;
    sink->capacity = capacity;
  }
  memcpy(response->body + response->body_length, bytes, length);
  response->body_length += length;
  return length;
}

static struct curl_slist *one(const char *text) {
  return text == NULL ? NULL : curl_slist_append(NULL, text);
}

static void set_up(CURL *curl, const cnet_http_request *request, body_sink *sink, char *problem,
                   struct curl_slist *resolve, struct curl_slist *connect_to) {
  curl_easy_setopt(curl, CURLOPT_URL, request->url);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, request->milliseconds);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, request->connect_milliseconds);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, request->user_agent);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, problem);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink);
  curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)request->largest_body);
  if (request->ca_file != NULL) curl_easy_setopt(curl, CURLOPT_CAINFO, request->ca_file);
  if (resolve != NULL) curl_easy_setopt(curl, CURLOPT_RESOLVE, resolve);
  if (connect_to != NULL) curl_easy_setopt(curl, CURLOPT_CONNECT_TO, connect_to);
}

static void read_answer(CURL *curl, cnet_http_response *response) {
  char *text = NULL;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response->status);
  if (curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &text) == CURLE_OK && text != NULL)
    snprintf(response->content_type, sizeof response->content_type, "%s", text);
  text = NULL;
  if (curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &text) == CURLE_OK && text != NULL)
    response->redirect = strdup(text);
}

void cnet_http_get(const cnet_http_request *request, cnet_http_response *response) {
  memset(response, 0, sizeof *response);
  CURL *curl = curl_easy_init();
  if (curl == NULL) {
    snprintf(response->problem, sizeof response->problem, "libcurl does not start");
    return;
  }
  char problem[CURL_ERROR_SIZE] = "";
  body_sink sink = {response, request->largest_body, 0};
  struct curl_slist *resolve = one(request->resolve), *connect_to = one(request->connect_to);
  set_up(curl, request, &sink, problem, resolve, connect_to);
  CURLcode code = curl_easy_perform(curl);
  read_answer(curl, response);
  if (code == CURLE_FILESIZE_EXCEEDED) response->is_too_large = 1;
  if (code != CURLE_OK)
    snprintf(response->problem, sizeof response->problem, "%s",
             problem[0] != 0 ? problem : curl_easy_strerror(code));
  curl_slist_free_all(resolve);
  curl_slist_free_all(connect_to);
  curl_easy_cleanup(curl);
}

void cnet_http_free(cnet_http_response *response) {
  free(response->redirect);
  free(response->body);
  response->redirect = NULL;
  response->body = NULL;
}

static int part(CURLU *handle, CURLUPart which, unsigned int flags, char *out, size_t room) {
  char *text = NULL;
  if (curl_url_get(handle, which, &text, flags) != CURLUE_OK) return 0;
  int written = snprintf(out, room, "%s", text);
  curl_free(text);
  return written > 0 && (size_t)written < room;
}

int cnet_url_split(const char *url, cnet_url_parts *parts) {
  memset(parts, 0, sizeof *parts);
  CURLU *handle = curl_url();
  char port[8], user[8];
  int is_good = handle != NULL
      && curl_url_set(handle, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK
      && part(handle, CURLUPART_SCHEME, 0, parts->scheme, sizeof parts->scheme)
      && part(handle, CURLUPART_HOST, 0, parts->host, sizeof parts->host)
      && part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT, port, sizeof port)
      && !part(handle, CURLUPART_USER, 0, user, sizeof user);
  if (is_good) parts->port = atoi(port);
  size_t length = strlen(parts->host);
  if (length >= 2 && parts->host[0] == '[') {
    memmove(parts->host, parts->host + 1, length - 2);
    parts->host[length - 2] = 0;
  }
  curl_url_cleanup(handle);
  return is_good;
}
