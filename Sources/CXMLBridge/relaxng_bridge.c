#include "CXMLBridge.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>

struct xml_bridge_schema {
  xmlRelaxNGPtr grammar;
};

typedef struct {
  void *context;
  xml_bridge_violation *tell;
} telling;

// One line of what libxml2 says, without the final line feed.
static void copy_line(char *to, size_t room, const char *text) {
  snprintf(to, room, "%s", text ? text : "");
  to[strcspn(to, "\n")] = '\0';
}

static void note_schema_error(void *context, xmlErrorPtr error) {
  xml_bridge_problem *problem = context;
  if (problem->message[0] != '\0') return;
  problem->line = error->line;
  copy_line(problem->message, sizeof problem->message, error->message);
}

xml_bridge_schema *xml_bridge_schema_read(const void *bytes, size_t length,
                                          xml_bridge_problem *problem) {
  memset(problem, 0, sizeof *problem);
  if (length > INT_MAX) return NULL;
  xmlRelaxNGParserCtxtPtr parser = xmlRelaxNGNewMemParserCtxt(bytes, (int)length);
  if (!parser) return NULL;
  xmlRelaxNGSetParserStructuredErrors(parser, note_schema_error, problem);
  xml_bridge_schema *schema = malloc(sizeof *schema);
  if (schema) schema->grammar = xmlRelaxNGParse(parser);
  xmlRelaxNGFreeParserCtxt(parser);
  if (schema && !schema->grammar) {
    free(schema);
    schema = NULL;
  }
  return schema;
}

void xml_bridge_schema_free(xml_bridge_schema *schema) {
  if (!schema) return;
  xmlRelaxNGFree(schema->grammar);
  free(schema);
}

// The next node in document order.
static xmlNodePtr following(xmlNodePtr node) {
  if (node->type == XML_ELEMENT_NODE && node->children) return node->children;
  while (node && !node->next) {
    node = node->parent;
    if (node && node->type == XML_DOCUMENT_NODE) return NULL;
  }
  return node ? node->next : NULL;
}

// How many elements start before this one.
static int number_of(xmlNodePtr wanted) {
  int number = 0;
  for (xmlNodePtr node = xmlDocGetRootElement(wanted->doc); node; node = following(node)) {
    if (node == wanted) return number;
    if (node->type == XML_ELEMENT_NODE) number++;
  }
  return 0;
}

static void tell_violation(void *context, xmlErrorPtr error) {
  telling *telling = context;
  xmlNodePtr node = error->node;
  while (node && node->type != XML_ELEMENT_NODE) node = node->parent;
  char message[256];
  copy_line(message, sizeof message, error->message);
  telling->tell(telling->context, node ? number_of(node) : -1, message);
}

static void ignore_error(void *context, xmlErrorPtr error) { (void)context, (void)error; }

int xml_bridge_validate(const xml_bridge_schema *schema, const void *bytes, size_t length,
                        void *context, xml_bridge_violation *tell) {
  if (length > INT_MAX) return -1;
  xmlStructuredErrorFunc loud = xmlStructuredError;
  void *loud_context = xmlStructuredErrorContext;
  xmlSetStructuredErrorFunc(NULL, ignore_error);
  xmlDocPtr document =
      xmlReadMemory(length ? bytes : "", (int)length, NULL, NULL, XML_PARSE_NONET);
  xmlSetStructuredErrorFunc(loud_context, loud);
  xmlRelaxNGValidCtxtPtr validator = document ? xmlRelaxNGNewValidCtxt(schema->grammar) : NULL;
  int result = -1;
  if (validator) {
    telling telling = {context, tell};
    xmlRelaxNGSetValidStructuredErrors(validator, tell_violation, &telling);
    int found = xmlRelaxNGValidateDoc(validator, document);
    result = found == 0 ? 1 : found > 0 ? 0 : -1;
  }
  xmlRelaxNGFreeValidCtxt(validator);
  xmlFreeDoc(document);
  return result;
}
