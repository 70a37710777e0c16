/* Lists of words between commas: see internal.h. */
#include "internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int list_split(struct list *list, const char *text, const char *key, struct why *why)
{
	char *rest, *word;

	list->count = 0;
	list->text = strdup(text);
	if (!list->text)
		return -ENOMEM;
	for (word = strtok_r(list->text, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		while (isspace((unsigned char)*word))
			word++;
		for (char *end = word + strlen(word);
		     end > word && isspace((unsigned char)end[-1]);)
			*--end = '\0';
		if (!*word)
			continue;
		if (list->count == LIST_MAX)
			return why_set(why, -EINVAL, "%s: more than %d entries", key, LIST_MAX);
		list->words[list->count++] = word;
	}
	if (!list->count)
		return why_set(why, -EINVAL, "%s: empty", key);
	return 0;
}
