/* The name of a phase, and where its folder is. */
#ifndef IOWALK_RECORD_PHASE_NAME_H
#define IOWALK_RECORD_PHASE_NAME_H

#include <stddef.h>

#include "../../engines/why.h"

#define PHASES_FOLDER "results/phases"

/* 0 if the name has at most 100 characters out of letters, digits and . _ + - and begins with a letter
 * or digit; else -EINVAL with this rule in `why`. */
int phase_check_name(const char *name, struct why *why);

/* The folder of a run that the user names: a path, or a phase by its name alone. Where there is
 * neither, `path` is the word itself. */
void run_find_folder(const char *word, char *path, size_t size);

#endif
