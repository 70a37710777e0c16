/*
 * References: whole stores with their own I/O, to compare native layouts with. They have the interface of a plug-in's
 * store, include/iowalk/store.h, and nothing else of the program that a plug-in could not have; support/plugin.h makes
 * layouts of them. One file in references/: sqlite.c defines `const struct iowalk_store reference_sqlite`.
 *
 * A reference gets a path and no engine; in a cell's name its engine is `own`. It may keep files
 * beside that path while it is open (a journal), but none after close.
 */
#ifndef IOWALK_REFERENCE_H
#define IOWALK_REFERENCE_H

#include "../include/iowalk/store.h"
#include "../layouts/layout.h"

/* The built-in ones, sorted by name; generated from the files in references/. */
extern const struct iowalk_store *const reference_table[];
extern const size_t reference_table_count;

/* The references that there are: the built-in ones, then those that were added, which is done once, before
 * anything is measured. references_add(): -ENOSPC; the table stays the caller's and must outlive all uses. */
size_t references_count(void);
const struct layout_ops *reference_at(size_t i);
int references_add(const struct layout_ops *ops);

/* The engine of a cell with a reference. It has no hooks and is not in the table. */
extern const struct engine_ops reference_engine;

#endif
