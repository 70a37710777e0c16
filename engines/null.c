/*
 * null: no I/O at all. The floor under every figure: what the harness, the layout's own code and
 * the calls through the table cost by themselves. It is also the smallest whole engine: copy it to
 * begin a new one.
 *
 * How it works: the size of the file is kept as a number, reads give zeros, writes go nowhere. The
 * path is not looked at; each open begins with an empty file of its own.
 *
 * Promises: nothing survives close, nothing is shared, no system call is ever made.
 */
#include "engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

extern const struct engine_ops engine_null; /* the table at the end of the file */

/* An instance: `struct engine` comes first, so that a hook can cast what it is handed. */
struct null_engine {
	struct engine engine;
	uint64_t size_bytes;
	bool writable;
};

static int null_open(const char *path, unsigned flags, const uint64_t *options, struct engine **out)
{
	struct null_engine *null = calloc(1, sizeof(*null));

	(void)path;
	(void)options; /* there are none: else options[i] is the value of entry i of the table */
	if (!null)
		return -ENOMEM;
	null->engine.ops = &engine_null;
	null->writable = flags != ENGINE_OPEN_READ;
	*out = &null->engine; /* only now, when nothing can fail any more */
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
	if (size_bytes > INT64_MAX) /* as any file would say */
		return -EFBIG;
	null->size_bytes = size_bytes;
	return 0;
}

static int null_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	/* Every engine's read and write begin with this check: out of range is refused, whole. */
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

/* The one symbol of the file. Hooks that are left out are NULL: engine.h says what that means. */
const struct engine_ops engine_null = {
	.magic = ENGINE_MAGIC,
	.abi_major = ENGINE_ABI_MAJOR,
	.abi_minor = ENGINE_ABI_MINOR,
	.struct_size = sizeof(struct engine_ops),
	.name = "null",
	.summary = "no I/O at all: the harness's own floor",
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
