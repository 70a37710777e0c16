/* Shared by selection.c (the keys) and expand.c (the cells). */
#ifndef IOWALK_PLAN_INTERNAL_H
#define IOWALK_PLAN_INTERNAL_H

#include "cell.h"

#define DRAWN_ROOT "drawn" /* and a number: a root that is drawn */
#define LIST_MAX   64      /* entries of one list; a list is words between commas */

struct list {
	char *text; /* owns the words */
	char *words[LIST_MAX];
	size_t count;
};

/* Splits a copy of `text` at its commas. -EINVAL with `key` in `why` if a word is missing or there
 * are too many. */
int list_split(struct list *list, const char *text, const char *key, struct why *why);

/* The same for the text of a key, where the words "all" and "*" stand for every engine but null and wrappers, or for
 * every layout that is no whole store; for other keys they are words like any other. */
int list_of_key(struct list *list, enum selection_key key, const char *text, struct why *why);

/* The value of a key, or its default; NULL if it has none. */
const char *selected(const struct selection *selection, enum selection_key key);

#endif
