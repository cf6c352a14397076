#ifndef CBUILDINFORMATION_H
#define CBUILDINFORMATION_H
// What the build knows and the sources cannot say.

// The commit that was built, as PROFILE_REWRITER_COMMIT named it to Package.swift, or NULL.
const char *build_commit(void);

#endif
