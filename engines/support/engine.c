/* Functions of the contract itself: names of the system calls, and calls of hooks that may be
 * NULL. */
#include "../engine.h"

#include <errno.h>

/* A hook that was added after minor version 0: engines compiled before do not have it. */
#define HAS_HOOK(ops, hook)                                                                        \
	((ops)->struct_size >= offsetof(struct engine_ops, hook) + sizeof((ops)->hook) &&          \
	 (ops)->hook)

const char *const engine_syscall_names[ENGINE_SYSCALLS_COUNT] = {
#define X(name) #name,
	ENGINE_SYSCALLS(X)
#undef X
};

#define ADDED_MAX 64

static const struct engine_ops *added[ADDED_MAX];
static size_t added_count;

size_t engines_count(void)
{
	return engine_table_count + added_count;
}

const struct engine_ops *engine_at(size_t i)
{
	return i < engine_table_count ? engine_table[i] : added[i - engine_table_count];
}

int engines_add(const struct engine_ops *ops)
{
	if (added_count == ADDED_MAX)
		return -ENOSPC;
	added[added_count++] = ops;
	return 0;
}

bool engine_ops_can_open(const struct engine_ops *ops)
{
	return ops->open || HAS_HOOK(ops, open_of);
}

int engine_ops_open(const struct engine_ops *ops, const char *path, unsigned flags,
		    const uint64_t *options, struct engine **out)
{
	return HAS_HOOK(ops, open_of) ? ops->open_of(ops, path, flags, options, out)
				      : ops->open(path, flags, options, out);
}

int engine_ops_probe(const struct engine_ops *ops, const char *folder, const uint64_t *options,
		     struct why *why)
{
	if (HAS_HOOK(ops, probe_of))
		return ops->probe_of(ops, folder, options, why);
	return ops->probe ? ops->probe(folder, options, why) : 0;
}

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

int engine_health(struct engine *engine, struct why *why)
{
	return HAS_HOOK(engine->ops, health) ? engine->ops->health(engine, why) : 0;
}

int engine_huge_pages(struct engine *engine, uint64_t *huge_bytes, uint64_t *mapped_bytes)
{
	return HAS_HOOK(engine->ops, huge_pages)
		       ? engine->ops->huge_pages(engine, huge_bytes, mapped_bytes)
		       : -EOPNOTSUPP;
}

int engine_close_counted(struct engine *engine, struct engine_stats *last)
{
	if (HAS_HOOK(engine->ops, close_counted))
		return engine->ops->close_counted(engine, last);
	engine->ops->stats(engine, last);
	return engine->ops->close(engine);
}

void engine_begin_walk(struct engine *engine)
{
	if (HAS_HOOK(engine->ops, begin_walk))
		engine->ops->begin_walk(engine);
}

bool engine_has_submit(const struct engine *engine)
{
	return HAS_HOOK(engine->ops, submit);
}

void engine_submit(struct engine *engine, struct engine_batch *batch)
{
	batch->err = 0;
	batch->is_read = false;
	if (HAS_HOOK(engine->ops, submit)) {
		engine->ops->submit(engine, batch);
		return;
	}
	batch->err = engine_read_batch(engine, batch->extents, batch->count);
	batch->is_read = true;
}

int engine_reap(struct engine *engine, struct engine_batch *batch)
{
	if (batch->is_read)
		return batch->err;
	if (HAS_HOOK(engine->ops, reap))
		return engine->ops->reap(engine, batch);
	batch->err = engine_read_batch(engine, batch->extents, batch->count);
	batch->is_read = true;
	return batch->err;
}

int engine_attach(struct engine *engine, struct engine **out)
{
	return HAS_HOOK(engine->ops, attach) ? engine->ops->attach(engine, out) : -EOPNOTSUPP;
}

const pid_t *engine_thread_ids(const struct engine *engine, size_t *count)
{
	*count = 0;
	return HAS_HOOK(engine->ops, thread_ids) ? engine->ops->thread_ids(engine, count) : NULL;
}

void engine_stats_add(struct engine_stats *into, const struct engine_stats *from)
{
	for (size_t i = 0; i < ENGINE_SYSCALLS_COUNT; i++)
		into->syscalls[i] += from->syscalls[i];
	into->other_syscalls += from->other_syscalls;
	into->buffer_hits += from->buffer_hits;
	into->buffer_misses += from->buffer_misses;
	into->prefetch_extents += from->prefetch_extents;
}

uint64_t engine_stats_syscalls(const struct engine_stats *stats)
{
	uint64_t sum = stats->other_syscalls;

	for (size_t i = 0; i < ENGINE_SYSCALLS_COUNT; i++)
		sum += stats->syscalls[i];
	return sum;
}
