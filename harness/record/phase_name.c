/* Names of phases: see phase_name.h. */
#include "phase_name.h"

#include "../base/text.h"

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

/* How many folders are above the current one. */
static size_t folder_depth(void)
{
	char folder[4096];
	size_t depth = 0;
	if (getcwd(folder, sizeof folder) == NULL)
		return 0;
	for (const char *c = folder; *c != '\0'; c++)
		depth += *c == '/' && c[1] != '\0';
	return depth;
}

/* The path of a phase in the folder that is `parents` above the current one. */
static void phase_path(const char *word, size_t parents, char *path, size_t size)
{
	path[0] = '\0';
	for (size_t i = 0; i < parents; i++)
		text_append(path, size, "../");
	text_append(path, size, "%s/%s", PHASES_FOLDER, word);
}

void run_find_folder(const char *word, char *path, size_t size)
{
	if (access(word, F_OK) != 0 && phase_check_name(word, NULL) == 0) {
		size_t parents = 0, depth = folder_depth();
		for (; parents <= depth; parents++) {
			phase_path(word, parents, path, size);
			if (access(path, F_OK) == 0)
				return;
		}
	}
	snprintf(path, size, "%s", word);
}
