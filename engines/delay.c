/*
 * delay: makes another engine slower by a given share, to test whether a gate detects it.
 *
 * How it works: every call is passed on to the engine of the option `engine`, with its default options.
 * The clock is read every TICK_OPERATIONS operations. `permille` of the time since the last reading,
 * without the time spent spinning, is added to a debt, and once the debt is SPIN_NS_MIN the engine spins
 * for that time. So the slowdown is a share of the real time, including the work of the walk, however
 * long an operation takes on this machine. The wrapper costs the same at 0 as at any other value, and
 * both sides of a comparison use it. With `syscall_every` every n-th operation makes one system call
 * that does nothing (an lseek() on an invalid descriptor).
 *
 * map() is declined, so that each access is a read() and can be made slower.
 *
 * Promises: those of the wrapped engine.
 */
#include "engine.h"
#include "support/choose.h"
#include "support/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

extern const struct engine_ops engine_delay;

enum { OPTION_INNER, OPTION_PERMILLE, OPTION_SYSCALL_EVERY, OPTIONS_COUNT };

static const struct option_spec delay_options[OPTIONS_COUNT] = {
	[OPTION_INNER] = {.name = "engine",
			  .type = OPTION_ENGINE,
			  .help = "the engine that is made slower",
			  .role = OPTION_ROLE_WRAPPED},
	[OPTION_PERMILLE] = {.name = "permille",
			     .type = OPTION_U64,
			     .max = 10000,
			     .help = "added time, in thousandths of the time that passes",
			     .role = OPTION_ROLE_SLOWER},
	[OPTION_SYSCALL_EVERY] = {.name = "syscall_every",
				  .type = OPTION_U64,
				  .max = UINT32_MAX,
				  .help = "one more system call every n operations; 0: none",
				  .role = OPTION_ROLE_SYSCALL_EVERY},
};

#define TICK_OPERATIONS 16        /* reading the clock takes 25 ns: 1.6 ns per operation */
#define SPIN_NS_MIN     1000      /* a shorter wait would be mostly reading the clock */
#define GAP_NS_MAX      100000000 /* a longer gap is not part of a walk */

struct delay {
	struct engine engine;
	struct engine *inner;
	uint64_t permille, syscall_every;
	uint64_t tick_count;    /* operations since the clock was read */
	uint64_t syscall_count; /* operations since the last added system call */
	uint64_t calls_made;
	int64_t last_ns;
	int64_t debt_permille_ns; /* nanoseconds owed, in thousandths */
};

static struct delay *delay_of(struct engine *engine)
{
	return (struct delay *)engine;
}

static void spin(struct delay *self, int64_t began_ns)
{
	int64_t until_ns = began_ns + self->debt_permille_ns / 1000;
	int64_t ended_ns;

	do
		ended_ns = (int64_t)clock_now_ns();
	while (ended_ns < until_ns);
	self->debt_permille_ns -=
		(ended_ns - began_ns) * 1000; /* spinning too long reduces the next debt */
	self->last_ns = ended_ns;
}

/* After each operation or batch: adds the system calls and the time. */
static void pay(struct delay *self, uint64_t operations_count)
{
	self->engine.prefetch_ahead_count = self->inner->prefetch_ahead_count;
	self->syscall_count += self->syscall_every ? operations_count : 0;
	while (self->syscall_every && self->syscall_count >= self->syscall_every) {
		self->syscall_count -= self->syscall_every;
		self->calls_made++;
		(void)lseek(-1, 0, SEEK_SET);
	}
	self->tick_count += operations_count;
	if (self->tick_count < TICK_OPERATIONS)
		return;
	self->tick_count = 0;
	int64_t passed_at_ns = (int64_t)clock_now_ns(), gap_ns = passed_at_ns - self->last_ns;

	self->last_ns = passed_at_ns;
	if (gap_ns < GAP_NS_MAX)
		self->debt_permille_ns += gap_ns * (int64_t)self->permille;
	if (self->debt_permille_ns >= SPIN_NS_MIN * 1000)
		spin(self, passed_at_ns);
}

static const struct engine_ops *inner_ops(const uint64_t *options)
{
	return engine_of_option(options ? options[OPTION_INNER] : 0);
}

static int delay_probe(const char *folder, const uint64_t *options, struct why *why)
{
	const struct engine_ops *ops = inner_ops(options);

	if (!ops)
		return why_set(why, -EOPNOTSUPP, "this build has no such engine to wrap");
	return engine_ops_probe(ops, folder, NULL, why);
}

static int delay_open(const char *path, unsigned flags, const uint64_t *options,
		      struct engine **out)
{
	const struct engine_ops *ops = inner_ops(options);
	struct delay *self = calloc(1, sizeof(*self));
	uint64_t defaults[OPTIONS_MAX];
	int err = !self ? -ENOMEM : !ops ? -EOPNOTSUPP : 0;

	if (!err) {
		option_defaults(ops->options, ops->options_count, defaults);
		err = engine_ops_open(ops, path, flags, defaults, &self->inner);
	}
	if (err) {
		free(self);
		return err;
	}
	self->engine.ops = &engine_delay;
	self->engine.prefetch_ahead_count = self->inner->prefetch_ahead_count;
	self->engine.block_bytes = self->inner->block_bytes;
	self->permille = options[OPTION_PERMILLE];
	self->syscall_every = options[OPTION_SYSCALL_EVERY];
	self->last_ns = (int64_t)clock_now_ns();
	*out = &self->engine;
	return 0;
}

static int delay_close(struct engine *engine)
{
	int err = delay_of(engine)->inner->ops->close(delay_of(engine)->inner);

	free(engine);
	return err;
}

static int delay_close_counted(struct engine *engine, struct engine_stats *last)
{
	struct delay *self = delay_of(engine);
	int err = engine_close_counted(self->inner, last);

	last->syscalls[ENGINE_SYSCALL_lseek] += self->calls_made;
	free(engine);
	return err;
}

static uint64_t delay_size(const struct engine *engine)
{
	const struct engine *inner = ((const struct delay *)engine)->inner;

	return inner->ops->size(inner);
}

static int delay_resize(struct engine *engine, uint64_t size_bytes)
{
	struct delay *self = delay_of(engine);
	int err = self->inner->ops->resize(self->inner, size_bytes);

	pay(self, 1);
	return err;
}

static int delay_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct delay *self = delay_of(engine);
	int err = self->inner->ops->read(self->inner, offset, buffer, len_bytes);

	pay(self, 1);
	return err;
}

static int delay_read_batch(struct engine *engine, struct engine_extent *extents, size_t count)
{
	struct delay *self = delay_of(engine);
	int err = engine_read_batch(self->inner, extents, count);

	pay(self, count);
	return err;
}

static void delay_submit(struct engine *engine, struct engine_batch *batch)
{
	struct delay *self = delay_of(engine);

	engine_submit(self->inner, batch);
	pay(self, batch->count);
}

static int delay_reap(struct engine *engine, struct engine_batch *batch)
{
	struct delay *self = delay_of(engine);
	int err = engine_reap(self->inner, batch);

	pay(self, 1);
	return err;
}

static int delay_write(struct engine *engine, uint64_t offset, const void *buffer, size_t len_bytes)
{
	struct delay *self = delay_of(engine);
	int err = self->inner->ops->write(self->inner, offset, buffer, len_bytes);

	pay(self, 1);
	return err;
}

static int delay_sync(struct engine *engine)
{
	struct engine *inner = delay_of(engine)->inner;

	return inner->ops->sync(inner);
}

static int delay_health(struct engine *engine, struct why *why)
{
	return engine_health(delay_of(engine)->inner, why);
}

static int delay_huge_pages(struct engine *engine, uint64_t *huge_bytes, uint64_t *mapped_bytes)
{
	return engine_huge_pages(delay_of(engine)->inner, huge_bytes, mapped_bytes);
}

static const pid_t *delay_thread_ids(const struct engine *engine, size_t *count)
{
	return engine_thread_ids(((const struct delay *)engine)->inner, count);
}

static void delay_prefetch(struct engine *engine, const struct engine_extent *extents, size_t count)
{
	struct delay *self = delay_of(engine);

	if (self->inner->ops->prefetch)
		self->inner->ops->prefetch(self->inner, extents, count);
	self->engine.prefetch_ahead_count = self->inner->prefetch_ahead_count;
}

static void delay_begin_walk(struct engine *engine)
{
	struct delay *self = delay_of(engine);

	engine_begin_walk(self->inner);
	self->engine.prefetch_ahead_count = self->inner->prefetch_ahead_count;
}

static int delay_advise(struct engine *engine, enum engine_pattern pattern)
{
	struct delay *self = delay_of(engine);
	int err = self->inner->ops->advise ? self->inner->ops->advise(self->inner, pattern) : 0;

	self->engine.prefetch_ahead_count = self->inner->prefetch_ahead_count;
	return err;
}

static int delay_drop_cache(struct engine *engine)
{
	struct delay *self = delay_of(engine);
	int err = self->inner->ops->drop_cache ? self->inner->ops->drop_cache(self->inner) : 0;

	self->engine.prefetch_ahead_count = self->inner->prefetch_ahead_count;
	self->last_ns = (int64_t)clock_now_ns(); /* dropping the cache is not part of a walk */
	self->tick_count = 0;
	return err;
}

static void delay_stats(const struct engine *engine, struct engine_stats *out)
{
	const struct delay *self = (const struct delay *)engine;

	self->inner->ops->stats(self->inner, out);
	out->syscalls[ENGINE_SYSCALL_lseek] += self->calls_made;
}

const struct engine_ops engine_delay = {
	.magic = ENGINE_MAGIC,
	.abi_major = ENGINE_ABI_MAJOR,
	.abi_minor = ENGINE_ABI_MINOR,
	.struct_size = sizeof(struct engine_ops),
	.name = "delay",
	.summary = "another engine made slower by a given share: a test for the gate",
	.capabilities = ENGINE_PERSISTENT | ENGINE_WRAPS,
	.options_count = OPTIONS_COUNT,
	.options = delay_options,
	.probe = delay_probe,
	.open = delay_open,
	.close = delay_close,
	.size = delay_size,
	.resize = delay_resize,
	.read = delay_read,
	.write = delay_write,
	.sync = delay_sync,
	.read_batch = delay_read_batch,
	.prefetch = delay_prefetch,
	.advise = delay_advise,
	.drop_cache = delay_drop_cache,
	.stats = delay_stats,
	.health = delay_health,
	.huge_pages = delay_huge_pages,
	.begin_walk = delay_begin_walk,
	.submit = delay_submit,
	.reap = delay_reap,
	.thread_ids = delay_thread_ids,
	.close_counted = delay_close_counted,
};
