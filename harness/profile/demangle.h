/* The names of C++ functions as their sources have them. */
#ifndef IOWALK_PROFILE_DEMANGLE_H
#define IOWALK_PROFILE_DEMANGLE_H

#ifdef __cplusplus
extern "C" {
#endif

/* The name of a C++ symbol, to be freed; NULL if it is none. */
char *demangled(const char *symbol);

#ifdef __cplusplus
}
#endif

#endif
