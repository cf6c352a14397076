#ifndef CXMLBRIDGE_H
#define CXMLBRIDGE_H

#include <stddef.h>

// What is wrong with a document: the first thing, as libxml2 or this bridge found it.
typedef struct {
  int line;            // from 1; 0 where unknown
  int column;          // from 1; 0 where unknown
  int is_doctype;      // 1: refused for having a document type declaration
  char message[256];   // one line, without the final full stop
} xml_bridge_problem;

// Whether `bytes` are a well-formed XML document without a document type declaration. No network,
// no external or internal entity is ever loaded. 1: yes; 0: no, and *problem says why.
int xml_bridge_check(const void *bytes, size_t length, xml_bridge_problem *problem);

#endif
