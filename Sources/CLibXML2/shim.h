// Empty on purpose: only CXMLBridge's .c includes libxml2. Its headers bring ICU's along, which
// Foundation has too, and the two cannot be imported into one module.
