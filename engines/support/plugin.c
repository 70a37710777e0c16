/* Engines of plug-ins: see plugin.h. */
#include "plugin.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MAX 1024

#define KIND "an engine"

/* What ABI 1.0 has of the table; hooks after it are there only if struct_size says so. */
#define ABI_1_0_BYTES (offsetof(struct iowalk_engine, stats) + sizeof(void *))

/* The structs that both sides pass as they are. */
_Static_assert(sizeof(struct iowalk_extent) == sizeof(struct engine_extent), "one extent");
_Static_assert(offsetof(struct iowalk_extent, len_bytes) ==
		       offsetof(struct engine_extent, len_bytes),
	       "one extent");
_Static_assert(offsetof(struct iowalk_extent, buffer) == offsetof(struct engine_extent, buffer),
	       "one extent");
_Static_assert(IOWALK_OPEN_READ == ENGINE_OPEN_READ && IOWALK_OPEN_WRITE == ENGINE_OPEN_WRITE &&
		       IOWALK_OPEN_CREATE == ENGINE_OPEN_CREATE,
	       "the same flags");
_Static_assert(IOWALK_PATTERN_RANDOM == (int)ENGINE_PATTERN_RANDOM &&
		       IOWALK_PATTERN_SEQUENTIAL == (int)ENGINE_PATTERN_SEQUENTIAL,
	       "the same patterns");

/* The table of one engine of a plug-in. */
struct plugin_table {
	struct engine_ops ops; /* the first member, so that a hook can cast its argument */
	const struct iowalk_engine *hooks;
	struct option_spec *options;
};

struct plugin_engine {
	struct engine engine; /* the first member, too */
	const struct iowalk_engine *hooks;
	struct iowalk_instance instance;
	bool writable;
	size_t threads_count;
	int32_t *threads; /* [threads_count] */
};

/* ---- checks of what a plug-in says of itself ---- */

static int check_hooks(const struct iowalk_engine *hooks, struct why *why)
{
	const uint32_t known = IOWALK_ENGINE_MAPS | IOWALK_ENGINE_DIRECT |
			       IOWALK_ENGINE_STABLE_POINTER | IOWALK_ENGINE_HOLDS_FILE;
	const char *name = hooks->name;
	int err = plugin_check_head(KIND, hooks->struct_size, ABI_1_0_BYTES, name, why);

	if (err)
		return err;
	if (hooks->capabilities & ~known)
		return why_set(why, -EINVAL,
			       "engine '%s' has the capabilities 0x%x; ABI %d.%d has 0x%x", name,
			       hooks->capabilities, IOWALK_ABI_MAJOR, IOWALK_ABI_MINOR, known);
	if (!hooks->open)
		return plugin_lacks(KIND, name, "open", why);
	if (!hooks->close)
		return plugin_lacks(KIND, name, "close", why);
	if (!hooks->size)
		return plugin_lacks(KIND, name, "size", why);
	if (!hooks->read)
		return plugin_lacks(KIND, name, "read", why);
	if (!hooks->write != !hooks->resize || !hooks->write != !hooks->sync)
		return why_set(why, -EINVAL,
			       "engine '%s': write, resize and sync come together, or none of them",
			       name);
	if (!hooks->submit != !hooks->reap)
		return why_set(why, -EINVAL,
			       "engine '%s': submit and reap come together, or none of them", name);
	if ((hooks->capabilities & IOWALK_ENGINE_MAPS) && !hooks->map)
		return why_set(why, -EINVAL, "engine '%s' says that it maps, but has no hook 'map'",
			       name);
	return 0;
}

/* ---- counts ---- */

void plugin_count(void *into, uint32_t kind, const char *name, uint64_t value)
{
	struct engine_stats *stats = into;
	const struct {
		const char *name;
		uint64_t *count;
	} others[] = {
		{"buffer_hits", &stats->buffer_hits},
		{"buffer_misses", &stats->buffer_misses},
		{"prefetch_extents", &stats->prefetch_extents},
	};

	if (!name)
		return;
	if (kind == IOWALK_COUNT_SYSCALL) {
		for (size_t i = 0; i < ENGINE_SYSCALLS_COUNT; i++) {
			if (strcmp(engine_syscall_names[i], name) != 0)
				continue;
			stats->syscalls[i] += value;
			return;
		}
		stats->other_syscalls += value;
		return;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strcmp(others[i].name, name) == 0)
			*others[i].count += value;
	}
}

/* ---- hooks ---- */

static const struct plugin_table *table_of(const struct engine_ops *ops)
{
	return (const struct plugin_table *)ops;
}

static struct plugin_engine *self_of(const struct engine *engine)
{
	return (struct plugin_engine *)(uintptr_t)engine;
}

/* The numbers that the plug-in may have changed. */
static void take_numbers(struct plugin_engine *self)
{
	self->engine.prefetch_ahead_count = self->instance.prefetch_ahead_count;
	self->engine.block_bytes = self->instance.block_bytes;
}

/* A hook's result with the reason that it gave, or the system's words. */
static int with_reason(int err, struct why *reason, struct why *why)
{
	reason->text[sizeof(reason->text) - 1] = '\0';
	return err ? why_set(why, err, "%s", *reason->text ? reason->text : strerror(-err)) : 0;
}

static int probe_of(const struct engine_ops *ops, const char *folder, const uint64_t *options,
		    struct why *why)
{
	uint64_t defaults[OPTIONS_MAX];
	struct why own = {0};

	option_defaults(ops->options, ops->options_count, defaults);
	int err = plugin_result(table_of(ops)->hooks->probe(folder, options ? options : defaults,
							    own.text, sizeof(own.text)));
	return with_reason(err, &own, why);
}

static int open_of(const struct engine_ops *ops, const char *path, unsigned flags,
		   const uint64_t *options, struct engine **out)
{
	const struct iowalk_engine *hooks = table_of(ops)->hooks;
	uint64_t defaults[OPTIONS_MAX];

	if (flags != ENGINE_OPEN_READ && !hooks->write)
		return -EOPNOTSUPP;
	struct plugin_engine *self = calloc(1, sizeof(*self));
	if (!self)
		return -ENOMEM;
	option_defaults(ops->options, ops->options_count, defaults);
	int err = plugin_result(
		hooks->open(path, flags, options ? options : defaults, &self->instance));
	if (err) {
		free(self);
		return err;
	}
	self->engine.ops = ops;
	self->hooks = hooks;
	self->writable = flags != ENGINE_OPEN_READ;
	take_numbers(self);
	*out = &self->engine;
	return 0;
}

static int plugin_attach(struct engine *engine, struct engine **out)
{
	struct plugin_engine *first = self_of(engine), *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	int err = plugin_result(first->hooks->attach(first->instance.handle, &self->instance));
	if (err) {
		free(self);
		return err;
	}
	self->engine.ops = engine->ops;
	self->hooks = first->hooks;
	take_numbers(self);
	*out = &self->engine;
	return 0;
}

static int plugin_close_counted(struct engine *engine, struct engine_stats *last)
{
	struct plugin_engine *self = self_of(engine);

	if (last)
		memset(last, 0, sizeof(*last));
	int err = plugin_result(
		self->hooks->close(self->instance.handle, last ? plugin_count : NULL, last));
	free(self->threads);
	free(self);
	return err;
}

static int plugin_close(struct engine *engine)
{
	return plugin_close_counted(engine, NULL);
}

static uint64_t plugin_size(const struct engine *engine)
{
	const struct plugin_engine *self = self_of(engine);

	return self->hooks->size(self->instance.handle);
}

static int plugin_resize(struct engine *engine, uint64_t size_bytes)
{
	struct plugin_engine *self = self_of(engine);

	if (!self->writable)
		return -EBADF;
	return plugin_result(self->hooks->resize(self->instance.handle, size_bytes));
}

static int plugin_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct plugin_engine *self = self_of(engine);

	return plugin_result(self->hooks->read(self->instance.handle, offset, buffer, len_bytes));
}

static int plugin_write(struct engine *engine, uint64_t offset, const void *buffer,
			size_t len_bytes)
{
	struct plugin_engine *self = self_of(engine);

	if (!self->writable)
		return -EBADF;
	return plugin_result(self->hooks->write(self->instance.handle, offset, buffer, len_bytes));
}

static int plugin_sync(struct engine *engine)
{
	struct plugin_engine *self = self_of(engine);

	return self->hooks->sync ? plugin_result(self->hooks->sync(self->instance.handle)) : 0;
}

static const void *plugin_map(struct engine *engine, uint64_t offset, size_t len_bytes)
{
	struct plugin_engine *self = self_of(engine);

	return self->hooks->map(self->instance.handle, offset, len_bytes);
}

static int plugin_read_batch(struct engine *engine, struct engine_extent *extents, size_t count)
{
	struct plugin_engine *self = self_of(engine);

	return plugin_result(self->hooks->read_batch(self->instance.handle,
						     (struct iowalk_extent *)extents, count));
}

/* batch->own[0] is the ticket. */
static void plugin_submit(struct engine *engine, struct engine_batch *batch)
{
	struct plugin_engine *self = self_of(engine);

	batch->own[0] = 0;
	batch->err = plugin_result(self->hooks->submit(self->instance.handle,
						       (struct iowalk_extent *)batch->extents,
						       batch->count, &batch->own[0]));
	batch->is_read = batch->err || !batch->own[0];
}

static int plugin_reap(struct engine *engine, struct engine_batch *batch)
{
	struct plugin_engine *self = self_of(engine);

	if (!batch->is_read)
		batch->err = plugin_result(self->hooks->reap(self->instance.handle, batch->own[0]));
	batch->is_read = true;
	return batch->err;
}

static void plugin_prefetch(struct engine *engine, const struct engine_extent *extents,
			    size_t count)
{
	struct plugin_engine *self = self_of(engine);

	self->hooks->prefetch(self->instance.handle, (const struct iowalk_extent *)extents, count);
	take_numbers(self);
}

static int plugin_advise(struct engine *engine, enum engine_pattern pattern)
{
	struct plugin_engine *self = self_of(engine);

	return plugin_result(self->hooks->advise(self->instance.handle, (uint32_t)pattern));
}

static int plugin_drop_cache(struct engine *engine)
{
	struct plugin_engine *self = self_of(engine);
	int err = plugin_result(self->hooks->drop_cache(self->instance.handle));

	take_numbers(self);
	return err;
}

static void plugin_begin_walk(struct engine *engine)
{
	struct plugin_engine *self = self_of(engine);

	self->hooks->begin_walk(self->instance.handle);
	take_numbers(self);
}

/* The plug-in's numbers are int32_t, as pid_t is on Linux. */
_Static_assert(sizeof(pid_t) == sizeof(int32_t), "kernel ids have 32 bits");

static const pid_t *plugin_thread_ids(const struct engine *engine, size_t *count)
{
	struct plugin_engine *self = self_of(engine);

	*count = 0;
	if (!self->threads)
		self->threads = calloc(THREADS_MAX, sizeof(*self->threads));
	if (!self->threads)
		return NULL;
	size_t found = self->hooks->threads(self->instance.handle, self->threads, THREADS_MAX);
	*count = found < THREADS_MAX ? found : THREADS_MAX;
	return self->threads;
}

static int plugin_health(struct engine *engine, struct why *why)
{
	struct plugin_engine *self = self_of(engine);
	struct why own = {0};
	int err = plugin_result(
		self->hooks->health(self->instance.handle, own.text, sizeof(own.text)));

	return with_reason(err, &own, why);
}

static void plugin_stats(const struct engine *engine, struct engine_stats *out)
{
	struct plugin_engine *self = self_of(engine);

	memset(out, 0, sizeof(*out));
	if (self->hooks->stats)
		self->hooks->stats(self->instance.handle, plugin_count, out);
}

/* ---- the table ---- */

static uint32_t capabilities_of(const struct iowalk_engine *hooks)
{
	static const struct {
		uint32_t plugin, engine;
	} pairs[] = {
		{IOWALK_ENGINE_MAPS, ENGINE_ZERO_COPY},
		{IOWALK_ENGINE_DIRECT, ENGINE_DIRECT},
		{IOWALK_ENGINE_STABLE_POINTER, ENGINE_STABLE_POINTER},
		{IOWALK_ENGINE_HOLDS_FILE, ENGINE_HOLDS_FILE},
	};
	uint32_t found = ENGINE_PERSISTENT;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (hooks->capabilities & pairs[i].plugin)
			found |= pairs[i].engine;
	}
	/* Its calls may then depend on when reads complete. */
	if (hooks->read_batch || hooks->submit)
		found |= ENGINE_BATCH;
	if (!hooks->write)
		found |= ENGINE_READ_ONLY;
	if (!hooks->stats)
		found |= ENGINE_UNCOUNTED;
	return found;
}

int plugin_engine_new(const struct iowalk_engine *hooks, const struct engine_ops **out,
		      struct why *why)
{
	struct option_spec *options = NULL;
	uint32_t options_count = 0;
	int err = check_hooks(hooks, why);

	err = err ? err
		  : plugin_options(hooks->options, hooks->name, &options, &options_count, why);
	if (err)
		return err;
	struct plugin_table *table = calloc(1, sizeof(*table));
	if (!table) {
		free(options);
		return -ENOMEM;
	}
	table->hooks = hooks;
	table->options = options;
	/* A hook that the plug-in leaves out is left out here: the callers know what NULL stands for. */
	table->ops = (struct engine_ops){
		.magic = ENGINE_MAGIC,
		.abi_major = ENGINE_ABI_MAJOR,
		.abi_minor = ENGINE_ABI_MINOR,
		.struct_size = sizeof(struct engine_ops),
		.name = hooks->name,
		.summary = hooks->summary ? hooks->summary : "",
		.capabilities = capabilities_of(hooks),
		.options_count = options_count,
		.options = options,
		.close = plugin_close,
		.size = plugin_size,
		.resize = plugin_resize,
		.read = plugin_read,
		.write = plugin_write,
		.sync = plugin_sync,
		.map = hooks->map ? plugin_map : NULL,
		.read_batch = hooks->read_batch ? plugin_read_batch : NULL,
		.prefetch = hooks->prefetch ? plugin_prefetch : NULL,
		.advise = hooks->advise ? plugin_advise : NULL,
		.drop_cache = hooks->drop_cache ? plugin_drop_cache : NULL,
		.stats = plugin_stats,
		.health = hooks->health ? plugin_health : NULL,
		.close_counted = plugin_close_counted,
		.begin_walk = hooks->begin_walk ? plugin_begin_walk : NULL,
		.submit = hooks->submit ? plugin_submit : NULL,
		.reap = hooks->reap ? plugin_reap : NULL,
		.attach = hooks->attach ? plugin_attach : NULL,
		.thread_ids = hooks->threads ? plugin_thread_ids : NULL,
		.open_of = open_of,
		.probe_of = hooks->probe ? probe_of : NULL,
	};
	*out = &table->ops;
	return 0;
}

void plugin_engine_free(const struct engine_ops *ops)
{
	struct plugin_table *table = (struct plugin_table *)(uintptr_t)ops;

	if (!table)
		return;
	free(table->options);
	free(table);
}
