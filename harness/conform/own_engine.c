/* In the place of an engine under a store that has its own I/O: see subject.h. It opens nothing. */
#include "subject.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int own_open(const char *path, unsigned flags, const uint64_t *options, struct engine **out)
{
	(void)options;
	if (!(flags & ENGINE_OPEN_CREATE) && access(path, F_OK))
		return -errno;
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->ops = &conform_own_engine;
	return 0;
}

static int own_close(struct engine *engine)
{
	free(engine);
	return 0;
}

const struct engine_ops conform_own_engine = {
	.magic = ENGINE_MAGIC,
	.abi_major = ENGINE_ABI_MAJOR,
	.abi_minor = ENGINE_ABI_MINOR,
	.struct_size = sizeof(struct engine_ops),
	.name = "own",
	.summary = "the I/O of a store itself",
	.capabilities = ENGINE_PERSISTENT,
	.open = own_open,
	.close = own_close,
};

bool conform_pairs(const struct layout_ops *layout, const struct engine_ops *engine)
{
	return layout->capabilities & LAYOUT_REFERENCE ? engine == &conform_own_engine
						       : layout_pairs_with(layout, engine);
}
