/* Where the program's own files are: plots/ and suites. */
#ifndef IOWALK_BASE_DATA_FOLDER_H
#define IOWALK_BASE_DATA_FOLDER_H

#include <stddef.h>

#include "../../engines/option.h"

/*
 * Finds `name` ("plots", "suites/quick.ini") under $IOWALK_DATA_DIR, else beside the program: in the
 * source tree it was built in, or installed under ../share/iowalk. -ENOENT with the remedy in `why`.
 */
int data_path(const char *name, char *path, size_t path_size, struct why *why);

#endif
