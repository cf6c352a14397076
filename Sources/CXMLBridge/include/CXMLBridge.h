#ifndef CXMLBRIDGE_H
#define CXMLBRIDGE_H

#include <stddef.h>

// What is wrong with a document: the first thing, as libxml2 or this bridge found it.
typedef struct {
  int line;            // from 1, ended by line feeds only; 0 where unknown
  int column;          // from 1, in characters; 0 where unknown
  int is_doctype;      // 1: refused for having a document type declaration
  int is_limit;        // 1: refused for being deeper or larger than the limits
  char message[256];   // one line, without the final full stop
} xml_bridge_problem;

// An attribute: its name as written (prefix may be NULL), its value with all references resolved.
// Everything is UTF-8, whatever the document's encoding; a value is not NUL-terminated.
typedef struct {
  const char *prefix;
  const char *name;
  const char *value;
  size_t value_length;
} xml_bridge_attribute;

// Who is told what a document holds, in its order. Strings live until the call returns.
typedef struct {
  void *context;
  // Namespace declarations come first, as attributes named xmlns or xmlns:prefix.
  void (*start)(void *context, const char *prefix, const char *name,
                const xml_bridge_attribute *attributes, size_t count);
  void (*end)(void *context);
  // A piece of text or of a CDATA section; one text may come in several pieces.
  void (*text)(void *context, const char *text, size_t length);
  void (*comment)(void *context, const char *text);
  void (*instruction)(void *context, const char *target, const char *data);
} xml_bridge_sink;

typedef struct {
  int depth;     // elements within one another
  int elements;  // elements in all
} xml_bridge_limits;

// Reads `bytes` as a well-formed XML document (namespaces included) without a document type
// declaration, telling `sink` (may be NULL) as it goes. No network, and no entity but the five that
// need no declaration. 1: it is one; 0: it is none, *problem says why, and what the sink was told
// is worth nothing.
int xml_bridge_read(const void *bytes, size_t length, xml_bridge_limits limits,
                    const xml_bridge_sink *sink, xml_bridge_problem *problem);

// The version of the libxml2 that runs: 20914 is 2.9.14.
int xml_bridge_version(void);

// Converts `text` from one encoding to another. Returns how many bytes were written to `out`, or -1
// where the text is not sound, the other encoding lacks a character, or there is not enough room.
long xml_bridge_convert(const char *from, const char *to, const void *text, size_t length,
                        void *out, size_t room);

// A RELAX NG grammar in the XML syntax, ready to validate with.
typedef struct xml_bridge_schema xml_bridge_schema;

// NULL where it is none: *problem says why.
xml_bridge_schema *xml_bridge_schema_read(const void *bytes, size_t length,
                                          xml_bridge_problem *problem);

void xml_bridge_schema_free(xml_bridge_schema *schema);

// Told of each violation: the number, in document order from 0, of the element it is about (-1 where
// libxml2 names none), and
// one line of text that lives until the call returns.
typedef void xml_bridge_violation(void *context, int element, const char *message);

// Validates a document that xml_bridge_read has accepted: 1 where it is valid, 0 where it is not
// and `tell` has been told why, -1 where that cannot be found out.
int xml_bridge_validate(const xml_bridge_schema *schema, const void *bytes, size_t length,
                        void *context, xml_bridge_violation *tell);

#endif
