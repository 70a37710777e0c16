/*
 * Shared by tests of engines: two paths, opening engines by table or name, and counts of
 * descriptors left open.
 */
#ifndef IOWALK_TESTS_ENGINES_H
#define IOWALK_TESTS_ENGINES_H

#include "folder.h"

#include "../../engines/engine.h"

#define TMPFS_MAGIC_NUMBER 0x01021994 /* statfs(2) */

/* Two files in the folder of the test, removed by engines_teardown(). */
extern char engine_path[320], engine_other_path[320];

/* For cmocka_run_group_tests(), instead of those of folder.h. */
int engines_setup(void **state);
int engines_teardown(void **state);

/* The engine of that name, or NULL. */
const struct engine_ops *engine_find(const char *name);

/*
 * The next engine of the table that stores data and can run here; NULL at the end. `*i` begins as
 * 0. Prints why an engine is skipped.
 */
const struct engine_ops *engine_next(size_t *i);

/* Opens `file` with the default options. Returns the result of ops->open(). */
int engine_open(const struct engine_ops *ops, const char *file, unsigned flags,
		struct engine **out);

/* Creates `file`, which must succeed, and gives it `size_bytes`. */
struct engine *engine_create(const struct engine_ops *ops, const char *file, uint64_t size_bytes);

/*
 * Sets the defaults, then values given as "key=value key=value". The keys must exist. False if a
 * value is refused.
 */
bool options_set(const struct engine_ops *ops, const char *text, uint64_t *options);

/* Number of entries of a folder, for instance descriptors in /proc/self/fd. */
size_t count_entries(const char *name);

/* Pages of the file `engine_path` in the page cache, by mincore(2). At most 1024 pages. */
size_t resident_pages(void);

/* True if the folder of the test is on a tmpfs, whose pages cannot be dropped. */
bool folder_is_tmpfs(void);

#endif
