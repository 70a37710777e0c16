/* Profiles: engine, layout and options under the name of a known system
 * (workloads/profiles.ini). */
#ifndef IOWALK_PLAN_PROFILES_H
#define IOWALK_PLAN_PROFILES_H

#include <stddef.h>

#include "../../engines/option.h"

struct profile {
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

/* The profile `name`, or NULL with the valid names in `why`. */
const struct profile *profiles_find(const struct profiles *profiles, const char *name,
				    struct why *why);

#endif
