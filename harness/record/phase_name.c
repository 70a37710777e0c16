/* Names of phases: see phase_name.h. */
#include "phase_name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME_LEN_MAX 100

int phase_check_name(const char *name, struct why *why)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
	size_t len = strlen(name);
	if (len > 0 && len <= NAME_LEN_MAX && strspn(name, letters) == len &&
	    strchr("._+-", name[0]) == NULL)
		return 0;
	return why_set(why, -EINVAL,
		       "'%.60s' is no name for a phase: letters, digits and . _ + - (no blanks, no "
		       "slashes), a letter or digit first, at most %d",
		       name, NAME_LEN_MAX);
}

void run_find_folder(const char *word, char *path, size_t size)
{
	snprintf(path, size, "%s", word);
	if (access(word, F_OK) != 0 && phase_check_name(word, NULL) == 0)
		snprintf(path, size, "%s/%s", PHASES_FOLDER, word);
	if (access(path, F_OK) != 0)
		snprintf(path, size, "%s", word);
}
