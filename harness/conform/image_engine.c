/* See image_engine.h. */
#include "image_engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct opened_image {
	struct engine engine;
	const struct image_file *file;
	bool maps;
};

static int image_open(const struct engine_ops *ops, const char *path, unsigned flags,
		      const uint64_t *options, struct engine **out)
{
	const struct image_engine *self = (const struct image_engine *)ops;
	const char *slash = strrchr(path, '/');
	const struct image_file *file = image_find(self->image, slash ? slash + 1 : path);
	struct opened_image *opened;

	(void)options;
	if (flags != ENGINE_OPEN_READ)
		return -EROFS;
	if (!file)
		return -ENOENT;
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	opened->engine.ops = ops;
	opened->file = file;
	opened->maps = self->maps;
	*out = &opened->engine;
	return 0;
}

static int image_close(struct engine *engine)
{
	free(engine);
	return 0;
}

static uint64_t image_size(const struct engine *engine)
{
	return ((const struct opened_image *)engine)->file->size_bytes;
}

static int image_resize(struct engine *engine, uint64_t size_bytes)
{
	(void)engine;
	(void)size_bytes;
	return -EBADF;
}

static int image_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	if (!engine_range_ok(offset, len_bytes, image_size(engine)))
		return -ERANGE;
	if (len_bytes)
		memcpy(buffer, ((struct opened_image *)engine)->file->bytes + offset, len_bytes);
	return 0;
}

static int image_write(struct engine *engine, uint64_t offset, const void *buffer, size_t len_bytes)
{
	(void)engine;
	(void)offset;
	(void)buffer;
	(void)len_bytes;
	return -EBADF;
}

static int image_sync(struct engine *engine)
{
	(void)engine;
	return 0;
}

static const void *image_map(struct engine *engine, uint64_t offset, size_t len_bytes)
{
	const struct opened_image *opened = (const struct opened_image *)engine;

	return opened->maps && opened->file->bytes &&
			       engine_range_ok(offset, len_bytes, image_size(engine))
		       ? opened->file->bytes + offset
		       : NULL;
}

static void image_stats(const struct engine *engine, struct engine_stats *out)
{
	(void)engine;
	*out = (struct engine_stats){0};
}

void image_engine_init(struct image_engine *engine)
{
	*engine = (struct image_engine){.ops = {.magic = ENGINE_MAGIC,
						.abi_major = ENGINE_ABI_MAJOR,
						.abi_minor = ENGINE_ABI_MINOR,
						.struct_size = sizeof(struct engine_ops),
						.name = "image",
						.summary = "the files of a crash image",
						.capabilities = ENGINE_READ_ONLY,
						.open_of = image_open,
						.close = image_close,
						.size = image_size,
						.resize = image_resize,
						.read = image_read,
						.write = image_write,
						.sync = image_sync,
						.map = image_map,
						.stats = image_stats}};
}
