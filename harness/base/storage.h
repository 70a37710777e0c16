/* The file system and the device that a folder lies on. Part of machine/environment.c's picture. */
#ifndef IOWALK_BASE_STORAGE_H
#define IOWALK_BASE_STORAGE_H

#include <jansson.h>

/* The group "storage" of machine/environment.h as a new object, or NULL without memory. */
json_t *storage_probe(const char *folder);

#endif
