/* What selection.c (the keys) and expand.c (the cells they multiply out to) share. */
#ifndef IOWALK_PLAN_INTERNAL_H
#define IOWALK_PLAN_INTERNAL_H

#include "cell.h"

#define LIST_MAX 64 /* entries of one list; a list is words between commas */

struct list {
	char *text; /* owns the words */
	char *words[LIST_MAX];
	size_t count;
};

/* Cuts a copy of `text` at its commas; -EINVAL with `key` in `why` where it is empty or too long. */
int list_split(struct list *list, const char *text, const char *key, struct why *why);

/* What a key says, or means where nobody gave it; NULL where it then means nothing. */
const char *selected(const struct selection *selection, enum selection_key key);

#endif
