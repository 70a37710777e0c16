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

/* Can the cells of commands have this key, and can those of graphs? */
bool selection_key_is_of_commands(enum selection_key key);
bool selection_key_is_of_graphs(enum selection_key key);

/* A value that is true or false. */
int parse_flag(const char *text, const char *key, bool *value, struct why *why);

/* Adds a cell, which it owns from now on, also if it fails. Two cells with the same name are one. */
int plan_push(struct plan *plan, struct cell *cell, struct why *why);

/* The cells of a selection with KEY_COMMAND; `base` has what all of its cells have in common. */
int plan_add_command(struct plan *plan, const struct selection *selection, struct cell *base,
		     struct why *why);

#endif
