#include "CXMLBridge.h"

#include <iconv.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xmlerror.h>

int xml_bridge_version(void) { return atoi(xmlParserVersion); }

typedef struct {
  xml_bridge_limits limits;
  const xml_bridge_sink *sink;
  xml_bridge_problem *problem;
  int depth;
  int elements;
} reading;

static void note(xml_bridge_problem *problem, int line, int column, const char *text) {
  if (problem->message[0] != '\0') return;
  problem->line = line;
  problem->column = column;
  snprintf(problem->message, sizeof problem->message, "%s", text ? text : "not well-formed");
  // What follows in further lines is the document's own text.
  size_t end = strcspn(problem->message, "\n");
  problem->message[end] = '\0';
  while (end > 0 && strchr("\n. ", problem->message[end - 1])) problem->message[--end] = '\0';
}

// Where the parser stands.
static void stop(xmlParserCtxtPtr parser, const char *text) {
  reading *reading = parser->_private;
  note(reading->problem, parser->input ? parser->input->line : 0,
       parser->input ? parser->input->col : 0, text);
  xmlStopParser(parser);
}

static int is_stopped(const reading *reading) { return reading->problem->message[0] != '\0'; }

// A declaration could define entities, and with them read files or grow without bound: the parser
// is stopped before it has read one.
static void refuse_doctype(void *context, const xmlChar *name, const xmlChar *external,
                           const xmlChar *system) {
  (void)name, (void)external, (void)system;
  xmlParserCtxtPtr parser = context;
  reading *reading = parser->_private;
  if (!is_stopped(reading)) reading->problem->is_doctype = 1;
  stop(parser, "a document type declaration");
}

static void note_error(void *context, xmlErrorPtr error) {
  reading *reading = ((xmlParserCtxtPtr)context)->_private;
  if (error->level >= XML_ERR_ERROR) {
    note(reading->problem, error->line, error->int2, error->message);
  }
}

// What libxml2 says without naming a parser, such as where a conversion fails, it would print.
static void ignore_error(void *context, xmlErrorPtr error) { (void)context, (void)error; }

static xmlParserInputPtr load_nothing(const char *url, const char *id, xmlParserCtxtPtr parser) {
  (void)url, (void)id, (void)parser;
  return NULL;
}

static void tell_start(reading *reading, const xmlChar *prefix, const xmlChar *name,
                       int namespace_count, const xmlChar **namespaces, int count,
                       const xmlChar **attributes) {
  const xml_bridge_sink *sink = reading->sink;
  size_t total = (size_t)namespace_count + (size_t)count;
  xml_bridge_attribute *list = calloc(total + 1, sizeof *list);
  if (!list) {
    note(reading->problem, 0, 0, "out of memory");
    return;
  }
  for (int i = 0; i < namespace_count; i++) {
    const char *declared = (const char *)namespaces[2 * i];
    const char *uri = namespaces[2 * i + 1] ? (const char *)namespaces[2 * i + 1] : "";
    list[i] = (xml_bridge_attribute){declared ? "xmlns" : NULL, declared ? declared : "xmlns", uri,
                                     strlen(uri)};
  }
  for (int i = 0; i < count; i++) {
    const xmlChar **parts = attributes + 5 * i;  // name, prefix, URI, value, end of value
    list[namespace_count + i] =
        (xml_bridge_attribute){(const char *)parts[1], (const char *)parts[0],
                               (const char *)parts[3], (size_t)(parts[4] - parts[3])};
  }
  sink->start(sink->context, (const char *)prefix, (const char *)name, list, total);
  free(list);
}

static void start_element(void *context, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *uri, int namespace_count, const xmlChar **namespaces,
                          int count, int defaulted, const xmlChar **attributes) {
  (void)uri, (void)defaulted;
  xmlParserCtxtPtr parser = context;
  reading *reading = parser->_private;
  if (is_stopped(reading)) return;
  if (++reading->depth > reading->limits.depth || ++reading->elements > reading->limits.elements) {
    reading->problem->is_limit = 1;
    stop(parser, reading->depth > reading->limits.depth ? "elements nested too deeply"
                                                        : "too many elements");
    return;
  }
  if (reading->sink) {
    tell_start(reading, prefix, name, namespace_count, namespaces, count, attributes);
  }
}

static void end_element(void *context, const xmlChar *name, const xmlChar *prefix,
                        const xmlChar *uri) {
  (void)name, (void)prefix, (void)uri;
  reading *reading = ((xmlParserCtxtPtr)context)->_private;
  if (is_stopped(reading)) return;
  reading->depth--;
  if (reading->sink) reading->sink->end(reading->sink->context);
}

static void characters(void *context, const xmlChar *text, int length) {
  reading *reading = ((xmlParserCtxtPtr)context)->_private;
  if (is_stopped(reading) || !reading->sink) return;
  reading->sink->text(reading->sink->context, (const char *)text, (size_t)length);
}

static void comment(void *context, const xmlChar *text) {
  reading *reading = ((xmlParserCtxtPtr)context)->_private;
  if (is_stopped(reading) || !reading->sink) return;
  reading->sink->comment(reading->sink->context, (const char *)text);
}

static void instruction(void *context, const xmlChar *target, const xmlChar *data) {
  reading *reading = ((xmlParserCtxtPtr)context)->_private;
  if (is_stopped(reading) || !reading->sink) return;
  reading->sink->instruction(reading->sink->context, (const char *)target,
                             data ? (const char *)data : "");
}

// No tree of libxml2's own is built: every handler that would is left out, and so is the one that
// knows entities beyond the predefined, which the parser knows by itself.
static void set_handlers(xmlSAXHandler *sax) {
  memset(sax, 0, sizeof *sax);
  sax->initialized = XML_SAX2_MAGIC;
  sax->internalSubset = refuse_doctype;
  sax->startElementNs = start_element;
  sax->endElementNs = end_element;
  sax->characters = characters;
  sax->ignorableWhitespace = characters;
  sax->cdataBlock = characters;
  sax->comment = comment;
  sax->processingInstruction = instruction;
  sax->serror = note_error;
}

int xml_bridge_read(const void *bytes, size_t length, xml_bridge_limits limits,
                    const xml_bridge_sink *sink, xml_bridge_problem *problem) {
  memset(problem, 0, sizeof *problem);
  if (length > INT_MAX) {
    problem->is_limit = 1;
    note(problem, 0, 0, "larger than 2 GB");
    return 0;
  }
  xmlSetExternalEntityLoader(load_nothing);
  xmlParserCtxtPtr parser = xmlNewParserCtxt();
  if (!parser) {
    note(problem, 0, 0, "out of memory");
    return 0;
  }
  xmlStructuredErrorFunc loud = xmlStructuredError;
  void *loud_context = xmlStructuredErrorContext;
  xmlSetStructuredErrorFunc(NULL, ignore_error);
  reading reading = {.limits = limits, .sink = sink, .problem = problem};
  parser->_private = &reading;
  set_handlers(parser->sax);
  // NOENT only makes the predefined entities come as the characters they are: there are no others.
  xmlDocPtr document = xmlCtxtReadMemory(parser, length ? bytes : "", (int)length, NULL, NULL,
                                         XML_PARSE_NONET | XML_PARSE_NOENT);
  int sound = parser->wellFormed && !is_stopped(&reading);
  if (!sound) note(problem, 0, 0, "not well-formed");
  xmlFreeDoc(document);
  xmlFreeParserCtxt(parser);
  xmlSetStructuredErrorFunc(loud_context, loud);
  return sound;
}

long xml_bridge_convert(const char *from, const char *to, const void *text, size_t length,
                        void *out, size_t room) {
  iconv_t converter = iconv_open(to, from);
  if (converter == (iconv_t)-1) return -1;
  char *input = (char *)text, *output = out;
  size_t left = length, space = room;
  // A character that was only likened to another counts as lacking.
  size_t likened = iconv(converter, &input, &left, &output, &space);
  if (likened == 0) likened = iconv(converter, NULL, NULL, &output, &space);
  iconv_close(converter);
  return likened == 0 && left == 0 ? (long)(room - space) : -1;
}
