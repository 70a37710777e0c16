/* What the contract itself brings: the names of the system calls, and read_batch() for all. */
#include "../engine.h"

const char *const engine_syscall_names[ENGINE_SYSCALLS_COUNT] = {
#define X(name) #name,
	ENGINE_SYSCALLS(X)
#undef X
};

int engine_read_batch(struct engine *engine, struct engine_extent *extents, size_t count)
{
	const struct engine_ops *ops = engine->ops;

	if (ops->read_batch)
		return ops->read_batch(engine, extents, count);
	for (size_t i = 0; i < count; i++) {
		int err = ops->read(engine, extents[i].offset, extents[i].buffer,
				    (size_t)extents[i].len_bytes);

		if (err)
			return err;
	}
	return 0;
}
