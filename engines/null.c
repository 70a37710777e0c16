/*
 * null: no I/O at all. It measures the floor of every figure: the cost of the harness, the layout's
 * code and the calls through the table. It is also the smallest complete engine: copy it to begin a
 * new one.
 *
 * How it works: the size of the file is kept as a number, reads give zeros, writes are discarded.
 * The path is not used; each open begins with a new, empty file.
 *
 * Promises: nothing survives close, nothing is shared, no system call is ever made.
 */
#include "engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

extern const struct engine_ops engine_null; /* the table at the end of the file */

/* An instance. `struct engine` is the first member, so that a hook can cast its argument. */
struct null_engine {
	struct engine engine;
	uint64_t size_bytes;
	bool writable;
};

static int null_open(const char *path, unsigned flags, const uint64_t *options, struct engine **out)
{
	struct null_engine *null = calloc(1, sizeof(*null));

	(void)path;
	(void)options; /* it has none; else options[i] is the value of entry i of the table */
	if (!null)
		return -ENOMEM;
	null->engine.ops = &engine_null;
	null->writable = flags != ENGINE_OPEN_READ;
	*out = &null->engine; /* set last, when nothing can fail any more */
	return 0;
}

static int null_close(struct engine *engine)
{
	free(engine);
	return 0;
}

static uint64_t null_size(const struct engine *engine)
{
	return ((const struct null_engine *)engine)->size_bytes;
}

static int null_resize(struct engine *engine, uint64_t size_bytes)
{
	struct null_engine *null = (struct null_engine *)engine;

	if (!null->writable)
		return -EBADF;
	if (size_bytes > INT64_MAX) /* as for any file */
		return -EFBIG;
	null->size_bytes = size_bytes;
	return 0;
}

static int null_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	/* read and write of every engine begin with this check. */
	if (!engine_range_ok(offset, len_bytes, null_size(engine)))
		return -ERANGE;
	if (len_bytes > 0)
		memset(buffer, 0, len_bytes);
	return 0;
}

static int null_write(struct engine *engine, uint64_t offset, const void *buffer, size_t len_bytes)
{
	(void)buffer;
	if (!((struct null_engine *)engine)->writable)
		return -EBADF;
	return engine_range_ok(offset, len_bytes, null_size(engine)) ? 0 : -ERANGE;
}

static int null_sync(struct engine *engine)
{
	(void)engine;
	return 0;
}

static void null_stats(const struct engine *engine, struct engine_stats *out)
{
	(void)engine;
	*out = (struct engine_stats){0};
}

/* The only exported symbol of the file. Hooks that are left out are NULL: see engine.h. */
const struct engine_ops engine_null = {
	.magic = ENGINE_MAGIC,
	.abi_major = ENGINE_ABI_MAJOR,
	.abi_minor = ENGINE_ABI_MINOR,
	.struct_size = sizeof(struct engine_ops),
	.name = "null",
	.summary = "no I/O: measures the cost of the harness itself",
	.capabilities = ENGINE_NO_DATA,
	.open = null_open,
	.close = null_close,
	.size = null_size,
	.resize = null_resize,
	.read = null_read,
	.write = null_write,
	.sync = null_sync,
	.stats = null_stats,
};
