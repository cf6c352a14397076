#ifndef CPLATFORM_H
#define CPLATFORM_H
// Linux calls that Swift's Glibc module does not carry. Each is a thin wrapper: no policy here.
#endif
