/*
 * mmap: one shared mapping of the whole file, without advice.
 *
 * How it works: support/mapping.c. This engine measures the kernel's default behaviour: a fault on
 * a page that is not cached reads around it, up to the device's read-ahead size, and maps cached
 * neighbours too (fault-around).
 *
 * Promises: other processes see a write at once, and it is durable after sync (msync and
 * fdatasync). If another process truncates the file, or the device fails, the next hook or health()
 * returns -EIO (support/sigbus.c).
 *
 * Source: mmap(2), mremap(2), msync(2).
 */
#include "support/mapping.h"

#include <errno.h>
#include <stdlib.h>

extern const struct engine_ops engine_mmap;

static int mmap_open(const char *path, unsigned flags, const uint64_t *options, struct engine **out)
{
	struct mapping *mapping = calloc(1, sizeof(*mapping));
	int err;

	(void)options;
	if (!mapping)
		return -ENOMEM;
	err = mapping_open(mapping, path, flags);
	if (err) {
		free(mapping);
		return err;
	}
	mapping->engine.ops = &engine_mmap;
	*out = &mapping->engine;
	return 0;
}

static int mmap_attach(struct engine *engine, struct engine **out)
{
	struct mapping *mapping = malloc(sizeof(*mapping));

	if (!mapping)
		return -ENOMEM;
	mapping_attach(mapping, (const struct mapping *)engine);
	*out = &mapping->engine;
	return 0;
}

static int mmap_close(struct engine *engine)
{
	int err = mapping_release((struct mapping *)engine);

	free(engine);
	return err;
}

const struct engine_ops engine_mmap = {
	.magic = ENGINE_MAGIC,
	.abi_major = ENGINE_ABI_MAJOR,
	.abi_minor = ENGINE_ABI_MINOR,
	.struct_size = sizeof(struct engine_ops),
	.name = "mmap",
	.summary = "one shared mapping, without advice",
	.capabilities = ENGINE_ZERO_COPY | ENGINE_PERSISTENT | ENGINE_MAY_SIGBUS,
	.open = mmap_open,
	.close = mmap_close,
	.size = mapping_size,
	.resize = mapping_resize,
	.read = mapping_read,
	.write = mapping_write,
	.sync = mapping_sync,
	.map = mapping_map,
	.drop_cache = mapping_drop_cache,
	.stats = mapping_stats,
	.health = mapping_health,
	.close_counted = mapping_close_counted,
	.attach = mmap_attach,
};
