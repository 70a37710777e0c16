/* The file system and the device of a folder, for environment.json. */
#ifndef IOWALK_BASE_STORAGE_H
#define IOWALK_BASE_STORAGE_H

#include <jansson.h>

/* The group "storage" of environment.json. New reference, or NULL if out of memory. */
json_t *storage_probe(const char *folder);

#endif
