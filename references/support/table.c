/* The references that there are: see reference.h. */
#include "plugin.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define BUILT_IN_MAX 16
#define ADDED_MAX    64

static const struct layout_ops *built_in[BUILT_IN_MAX]; /* made at the first use */
static const struct layout_ops *added[ADDED_MAX];
static size_t added_count;

const struct engine_ops reference_engine = {
	.magic = ENGINE_MAGIC,
	.abi_major = ENGINE_ABI_MAJOR,
	.abi_minor = ENGINE_ABI_MINOR,
	.struct_size = sizeof(struct engine_ops),
	.name = "own",
	.summary = "the I/O of a reference itself",
	.capabilities = ENGINE_PERSISTENT,
};

size_t references_count(void)
{
	return reference_table_count + added_count;
}

const struct layout_ops *reference_at(size_t i)
{
	if (i >= reference_table_count)
		return added[i - reference_table_count];
	assert(reference_table_count <= BUILT_IN_MAX);
	/* Their tables are ours: they fail only if there is no memory for a small table. */
	if (!built_in[i] && plugin_store_new(reference_table[i], &built_in[i], NULL))
		abort();
	return built_in[i];
}

int references_add(const struct layout_ops *ops)
{
	if (added_count == ADDED_MAX)
		return -ENOSPC;
	added[added_count++] = ops;
	return 0;
}
