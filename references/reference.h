/*
 * References: whole stores with I/O of their own behind the interface of a layout, for native
 * layouts to be compared with. One file in references/: sqlite.c defines `const struct layout_ops
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

/* What stands where a cell's engine would; has no hooks and is in no table. */
extern const struct engine_ops reference_engine;

#endif
