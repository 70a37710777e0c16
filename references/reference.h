/*
 * References: whole stores with their own I/O behind the interface of a layout, to compare native
 * layouts with. One file in references/: sqlite.c defines `const struct layout_ops
 * reference_sqlite`, with LAYOUT_REFERENCE among its capabilities.
 *
 * A reference gets a path and no engine; in a cell's name its engine is `own`. It may keep files
 * beside that path while it is open (a journal), but none after close.
 */
#ifndef IOWALK_REFERENCE_H
#define IOWALK_REFERENCE_H

#include "../layouts/layout.h"

extern const struct layout_ops *const reference_table[];
extern const size_t reference_table_count;

/* The engine of a cell with a reference. It has no hooks and is not in the table. */
extern const struct engine_ops reference_engine;

#endif
