/* The file system and the device that a folder lies on. Part of environment.c's picture. */
#ifndef IOWALK_STORAGE_H
#define IOWALK_STORAGE_H

#include <jansson.h>

/* The group "storage" of environment.h as a new object, or NULL without memory. */
json_t *storage_probe(const char *folder);

#endif
