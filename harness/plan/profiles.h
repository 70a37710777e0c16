/* Profiles: engine, layout and options under the name of a known system
 * (workloads/profiles.ini). */
#ifndef IOWALK_PLAN_PROFILES_H
#define IOWALK_PLAN_PROFILES_H

#include <stddef.h>

#include "../../engines/option.h"

struct list;

struct profile {
	char *file; /* in which it is, as the user named it; NULL: the one that comes with the program */
	char *name, *summary, *layout;
	char *engine; /* NULL: the layout is a reference */
	char *opt;    /* in the form of a selection's, or NULL */
};

struct profiles {
	struct profile *items; /* [count] in the file's order */
	size_t count;
};

/* Reads the file that comes with the program. A bad file is -EINVAL with its line. */
int profiles_load(struct profiles *profiles, struct why *why);

/* The same from PATH. */
int profiles_read(struct profiles *profiles, const char *path, struct why *why);
void profiles_release(struct profiles *profiles);

/*
 * The profiles that a list of words may name: those of the program, and those of each word "PATH.ini" or
 * "PATH.ini:NAME". In `names` such a word is replaced by NAME, or by all names in the file. -EINVAL if two files have a
 * profile of one name. The caller releases both, also after an error.
 */
int profiles_load_for(struct profiles *profiles, struct list *names, struct why *why);

/* The profile `name`, or NULL with the valid names in `why`. */
const struct profile *profiles_find(const struct profiles *profiles, const char *name,
				    struct why *why);

#endif
