/* The files that come with the program: plots/, suites/, profiles.ini. */
#ifndef IOWALK_BASE_DATA_FOLDER_H
#define IOWALK_BASE_DATA_FOLDER_H

#include <stddef.h>

#include "../../engines/why.h"

/*
 * Finds `name` ("plots", "suites/quick.ini"): under $IOWALK_DATA_DIR if that is set, else in the
 * source tree that contains the program, or in ../share/iowalk beside an installed program. -ENOENT
 * with the remedy in `why`.
 */
int data_path(const char *name, char *path, size_t path_size, struct why *why);

#endif
