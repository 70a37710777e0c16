/* What an engine has left open. */
#ifndef IOWALK_CONFORM_LEAKS_H
#define IOWALK_CONFORM_LEAKS_H

#include <stddef.h>

/* Descriptors that this process has open, and mappings of files in the folder of `path`. */
size_t leaks_count(const char *path);

#endif
