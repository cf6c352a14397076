#include "CXMLBridge.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xmlerror.h>

static void note(xml_bridge_problem *problem, int line, int column, const char *text) {
  if (problem->message[0] != '\0') return;
  problem->line = line;
  problem->column = column;
  snprintf(problem->message, sizeof problem->message, "%s", text ? text : "not well-formed");
  size_t end = strlen(problem->message);
  while (end > 0 && strchr("\n. ", problem->message[end - 1])) problem->message[--end] = '\0';
}

// A declaration could define entities, and with them read files or grow without bound: the parser
// is stopped before it has read one.
static void refuse_doctype(void *context, const xmlChar *name, const xmlChar *external,
                           const xmlChar *system) {
  (void)name, (void)external, (void)system;
  xmlParserCtxtPtr parser = context;
  xml_bridge_problem *problem = parser->_private;
  note(problem, parser->input ? parser->input->line : 0, 0, "a document type declaration");
  problem->is_doctype = 1;
  xmlStopParser(parser);
}

static void note_error(void *context, xmlErrorPtr error) {
  xmlParserCtxtPtr parser = context;
  if (error->level >= XML_ERR_ERROR) note(parser->_private, error->line, error->int2, error->message);
}

static xmlParserInputPtr load_nothing(const char *url, const char *id, xmlParserCtxtPtr parser) {
  (void)url, (void)id, (void)parser;
  return NULL;
}

int xml_bridge_check(const void *bytes, size_t length, xml_bridge_problem *problem) {
  memset(problem, 0, sizeof *problem);
  if (length > INT_MAX) {
    note(problem, 0, 0, "larger than 2 GB");
    return 0;
  }
  xmlSetExternalEntityLoader(load_nothing);
  xmlParserCtxtPtr parser = xmlNewParserCtxt();
  if (!parser) {
    note(problem, 0, 0, "out of memory");
    return 0;
  }
  parser->_private = problem;
  parser->sax->internalSubset = refuse_doctype;
  parser->sax->serror = note_error;
  xmlDocPtr document = xmlCtxtReadMemory(parser, bytes, (int)length, NULL, NULL, XML_PARSE_NONET);
  int sound = document && parser->wellFormed && problem->message[0] == '\0';
  if (!sound) note(problem, 0, 0, "not well-formed");
  xmlFreeDoc(document);
  xmlFreeParserCtxt(parser);
  return sound;
}
