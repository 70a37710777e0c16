/* See liar.h. The lies stand where they are told: `tells(self, LIE_...)`. */
#include "liar.h"

#include "engines.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEPT_BYTES ((size_t)4096)

const struct liar_about lies[LIES_COUNT] = {
#define X(name, claim, inner, capabilities) {#name, claim, inner, capabilities},
	LIES(X)
#undef X
};

struct liar {
	struct engine engine;
	struct engine *inner;
	enum lie lie;
	int fd;             /* of its own, for what the inner engine would do right */
	unsigned char *map; /* [map_bytes] of the file, or a copy */
	size_t map_bytes;
	unsigned advised_count;
	unsigned char first[KEPT_BYTES]; /* the first bytes, as they were read first */
	bool has_first;
	char last[16]; /* a write that is kept back */
	uint64_t last_at;
	size_t last_bytes;
	pid_t thread_id;
	pthread_t thread;
	atomic_bool ends;
};

static unsigned char buffer_of_all[KEPT_BYTES];
static struct engine_stats counts_of_all;

static struct liar *of(struct engine *engine)
{
	return (struct liar *)engine;
}

static bool tells(const struct liar *self, enum lie lie)
{
	return self->lie == lie;
}

/* ---- threads ---- */

static void *stay(void *context)
{
	struct liar *self = context;

	self->thread_id = (pid_t)syscall(SYS_gettid);
	while (!atomic_load(&self->ends))
		usleep(1000);
	return NULL;
}

static const pid_t *liar_thread_ids(const struct engine *engine, size_t *count)
{
	static const pid_t other = 1;
	const struct liar *self = (const struct liar *)engine;

	*count = tells(self, LIE_THREAD_STAYS) || tells(self, LIE_THREAD_OF_ANOTHER);
	return tells(self, LIE_THREAD_OF_ANOTHER) ? &other : &self->thread_id;
}

static void start_thread(struct liar *self)
{
	if (self->lie < LIE_THREAD_WITHOUT_NAME || self->lie > LIE_THREAD_OF_ANOTHER ||
	    pthread_create(&self->thread, NULL, stay, self))
		return;
	while (!*(volatile pid_t *)&self->thread_id)
		usleep(100);
}

/* ---- open and close ---- */

static int liar_probe(const char *folder, const uint64_t *options, struct why *why)
{
	enum lie lie = options ? (enum lie)options[0] : LIE_NONE;
	char path[4200];

	snprintf(path, sizeof(path), "%s/probe", folder);
	if (lie == LIE_PROBE_GIVES_NO_REASON)
		return -EOPNOTSUPP;
	if (lie == LIE_PROBE_LEAVES_FILE || lie == LIE_PROBE_LEAVES_DESCRIPTOR) {
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

		if (lie == LIE_PROBE_LEAVES_FILE)
			close(fd);
		else
			unlink(path);
	}
	(void)why;
	return lie == LIE_PROBE_FAILS && access(folder, F_OK) ? -errno : 0;
}

static int liar_open(const char *path, unsigned flags, const uint64_t *options, struct engine **out)
{
	struct liar *self = calloc(1, sizeof(*self));
	struct engine *inner = NULL;
	uint64_t defaults[OPTIONS_MAX];

	if (!self)
		return -ENOMEM;
	self->lie = (enum lie)options[0];
	const struct engine_ops *ops = engine_find(lies[self->lie].inner);
	option_defaults(ops->options, ops->options_count, defaults);
	if (tells(self, LIE_OPEN_CREATES) && flags == ENGINE_OPEN_WRITE)
		close(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666));
	if (tells(self, LIE_COPIES_ARE_WRITTEN) && flags == ENGINE_OPEN_READ)
		flags = ENGINE_OPEN_WRITE;
	if (tells(self, LIE_TAKES_EVERY_SIGBUS))
		signal(SIGBUS, SIG_IGN);
	int err = engine_ops_open(ops, path, flags, defaults, &inner);
	if (err && tells(self, LIE_DEVICE_IS_A_FILE) && strcmp(path, "/dev/null") == 0)
		err = engine_ops_open(ops, "/proc/self/exe", ENGINE_OPEN_READ, defaults, &inner);
	if (err && tells(self, LIE_PRINTS_ERRORS))
		fprintf(stderr, "%s: %s\n", path, strerror(-err));
	if (err && tells(self, LIE_OPEN_LEAKS))
		(void)dup(STDIN_FILENO);
	if (err) {
		free(self);
		return err;
	}
	self->inner = inner;
	self->fd =
		self->lie == LIE_NONE || self->lie >= LIE_COUNTS_NOTHING
			? -1
			: open(path, (flags == ENGINE_OPEN_READ ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	self->engine.ops = liar(self->lie);
	start_thread(self);
	*out = &self->engine;
	return 0;
}

static int put_last(struct liar *self);

static int liar_close_counted(struct engine *engine, struct engine_stats *last)
{
	struct liar *self = of(engine);
	int err = tells(self, LIE_CLOSE_LOSES_LAST) ? 0 : put_last(self);
	int close_err = engine_close_counted(self->inner, last);

	if (tells(self, LIE_COUNTS_NOTHING))
		*last = (struct engine_stats){.buffer_hits = 0};
	if (tells(self, LIE_COUNTS_TWICE))
		last->syscalls[ENGINE_SYSCALL_pread64] *= 2;
	if (self->fd >= 0)
		close(self->fd);
	if (self->map)
		munmap(self->map, self->map_bytes);
	if (tells(self, LIE_THREAD_STAYS))
		return err ? err : close_err; /* the thread uses it */
	atomic_store(&self->ends, true);
	if (self->thread)
		pthread_join(self->thread, NULL);
	free(self);
	return err ? err : close_err;
}

static int liar_close(struct engine *engine)
{
	struct engine_stats last;

	return liar_close_counted(engine, &last);
}

/* ---- size ---- */

static uint64_t liar_size(const struct engine *engine)
{
	const struct liar *self = (const struct liar *)engine;

	return self->inner->ops->size(self->inner);
}

static int liar_resize(struct engine *engine, uint64_t size_bytes)
{
	struct liar *self = of(engine);
	uint64_t before_bytes = liar_size(engine);
	int err = self->inner->ops->resize(self->inner, size_bytes);

	if (tells(self, LIE_RESIZE_NEVER_FAILS))
		return 0;
	/* The room that is reserved is given back, and what the file has stays. */
	if (!err && tells(self, LIE_RESIZE_RESERVES_NOTHING) && size_bytes > before_bytes)
		err = fallocate(self->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				(off_t)before_bytes, (off_t)(size_bytes - before_bytes))
			      ? -errno
			      : 0;
	return err;
}

/* ---- reading ---- */

/* The first bytes are kept, by the instance or by all of them. */
static bool read_kept(struct liar *self, uint64_t offset, void *buffer, size_t len_bytes)
{
	unsigned char *kept = tells(self, LIE_BUFFER_OF_ALL) ? buffer_of_all : self->first;

	if (!tells(self, LIE_DROPS_NO_BUFFER) && !tells(self, LIE_BUFFER_OF_ALL))
		return false;
	if (offset > 0 || len_bytes < KEPT_BYTES)
		return false;
	if (self->has_first)
		memcpy(buffer, kept, KEPT_BYTES);
	else
		memcpy(kept, buffer, KEPT_BYTES);
	return self->has_first = true;
}

static int liar_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct liar *self = of(engine);

	if (tells(self, LIE_RANGE_OVERFLOWS) && offset + len_bytes < offset)
		return 0;
	if (tells(self, LIE_RANGE_IS_FILLED) && offset < liar_size(engine) && len_bytes == 2 &&
	    offset + 2 > liar_size(engine))
		*(char *)buffer = 0;
	if (tells(self, LIE_OFFSETS_OF_32_BITS))
		offset = (uint32_t)offset;
	int err = self->inner->ops->read(self->inner, offset, buffer, len_bytes);
	if (err == -EIO && (tells(self, LIE_END_IS_ZEROS) || tells(self, LIE_BAD_BLOCK_IS_ZEROS))) {
		memset(buffer, 0, len_bytes);
		return 0;
	}
	if (err == -EIO && tells(self, LIE_DIES_READING))
		raise(SIGBUS);
	if (err == -ERANGE && tells(self, LIE_PRINTS_ERRORS))
		puts("out of range");
	if (!err)
		(void)read_kept(self, offset, buffer, len_bytes);
	return err;
}

static int liar_read_batch(struct engine *engine, struct engine_extent *extents, size_t count)
{
	bool is_cut = tells(of(engine), LIE_BATCH_IS_CUT) && count > 64;
	int err = 0;

	for (size_t i = 0; !err && i < count - is_cut; i++)
		err = liar_read(engine, extents[i].offset, extents[i].buffer,
				(size_t)extents[i].len_bytes);
	return tells(of(engine), LIE_BATCH_ERROR_IS_LOST) && err == -EIO ? 0 : err;
}

/* A mapping of the file, made once. */
static const void *map_file(struct liar *self, int flags)
{
	if (!self->map) {
		self->map_bytes = (size_t)liar_size(&self->engine);
		self->map = mmap(NULL, self->map_bytes, PROT_READ | PROT_WRITE, flags, self->fd, 0);
	}
	return self->map == MAP_FAILED ? NULL : self->map;
}

static const void *liar_map(struct engine *engine, uint64_t offset, size_t len_bytes)
{
	struct liar *self = of(engine);
	const struct engine_ops *ops = self->inner->ops;
	unsigned char *copy;

	if (!engine_range_ok(offset, len_bytes, liar_size(engine)))
		return NULL;
	switch (self->lie) {
	case LIE_MAP_IS_A_COPY:
	case LIE_MAP_IS_NOT_ALIGNED: /* what was given is lost: it is the test's process that ends */
		copy = malloc(len_bytes + 1);
		return ops->read(self->inner, offset, copy + 1, len_bytes) ? NULL : copy + 1;
	case LIE_MAP_READS_AGAIN:
		if (!self->map) {
			self->map_bytes = (size_t)liar_size(engine);
			self->map = mmap(NULL, self->map_bytes, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		}
		return ops->read(self->inner, offset, self->map + offset, len_bytes)
			       ? NULL
			       : self->map + offset;
	case LIE_MAP_KEEPS_OLD:
		copy = malloc(len_bytes);
		return ops->read(self->inner, offset, copy, len_bytes) ? NULL : copy;
	case LIE_MAP_DOES_NOT_SHOW_WRITES:
		copy = (unsigned char *)map_file(self, MAP_PRIVATE);
		if (copy) /* each page becomes a copy */
			for (size_t at = 0; at < self->map_bytes; at += 4096)
				((volatile unsigned char *)copy)[at] = copy[at];
		return copy ? copy + offset : NULL;
	case LIE_DIES_READING:
		copy = mmap(NULL, (size_t)liar_size(engine), PROT_READ, MAP_SHARED, self->fd, 0);
		return copy == MAP_FAILED ? NULL : copy + offset;
	default:
		return ops->map ? ops->map(self->inner, offset, len_bytes) : NULL;
	}
}

/* ---- writing ---- */

/* Writes what was kept back. */
static int put_last(struct liar *self)
{
	size_t len_bytes = self->last_bytes;

	self->last_bytes = 0;
	return len_bytes
		       ? self->inner->ops->write(self->inner, self->last_at, self->last, len_bytes)
		       : 0;
}

/* Keeps a short write back. */
static int keep_last(struct liar *self, uint64_t offset, const void *buffer, size_t len_bytes)
{
	int err = put_last(self);

	memcpy(self->last, buffer, len_bytes);
	self->last_at = offset;
	self->last_bytes = len_bytes;
	return err;
}

/* The rest of the block becomes zeros. */
static int write_block(struct liar *self, uint64_t offset, size_t len_bytes)
{
	static const unsigned char zeros[KEPT_BYTES];
	uint64_t end = offset + len_bytes, block_end = (end / KEPT_BYTES + 1) * KEPT_BYTES;

	return self->inner->ops->write(self->inner, end, zeros, (size_t)(block_end - end));
}

static int liar_write(struct engine *engine, uint64_t offset, const void *buffer, size_t len_bytes)
{
	struct liar *self = of(engine);

	if ((tells(self, LIE_CLOSE_LOSES_LAST) || tells(self, LIE_SYNC_COMES_FIRST)) &&
	    len_bytes > 0 && len_bytes < sizeof(self->last) &&
	    engine_range_ok(offset, len_bytes, liar_size(engine)))
		return keep_last(self, offset, buffer, len_bytes);
	if (tells(self, LIE_DIES_WRITING) && lseek(self->fd, 0, SEEK_END) < (off_t)offset)
		raise(SIGBUS);
	int err = self->inner->ops->write(self->inner, offset, buffer, len_bytes);
	if (err == -EIO && tells(self, LIE_BAD_WRITE_IS_LOST))
		return 0;
	if (!err && tells(self, LIE_WRITES_WHOLE_BLOCKS))
		err = write_block(self, offset, len_bytes);
	return err;
}

static int sync_another(void)
{
	int fd = memfd_create("another", MFD_CLOEXEC), err = fdatasync(fd);

	close(fd);
	return err;
}

static int liar_sync(struct engine *engine)
{
	struct liar *self = of(engine);

	switch (self->lie) {
	case LIE_SYNC_DOES_NOTHING:
	case LIE_SYNC_WITHOUT_FLUSH:
		return 0;
	case LIE_SYNC_OF_A_RANGE:
		return sync_file_range(self->fd, 0, 0,
				       SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
					       SYNC_FILE_RANGE_WAIT_AFTER)
			       ? -errno
			       : 0;
	case LIE_SYNC_OF_ANOTHER_FILE:
		return sync_another();
	case LIE_SYNC_COMES_FIRST: {
		int err = self->inner->ops->sync(self->inner);

		return err ? err : put_last(self);
	}
	default:
		return self->inner->ops->sync(self->inner);
	}
}

static int liar_drop_cache(struct engine *engine)
{
	struct liar *self = of(engine);

	if (tells(self, LIE_DROPS_NO_PAGES))
		return self->inner->ops->sync(self->inner);
	return self->inner->ops->drop_cache(self->inner);
}

/* ---- hints ---- */

static void liar_prefetch(struct engine *engine, const struct engine_extent *extents, size_t count)
{
	struct liar *self = of(engine);
	uint64_t size_bytes = liar_size(engine);

	if (tells(self, LIE_PREFETCH_NEEDS_ONE))
		(void)*(volatile const uint64_t *)&extents[0].offset;
	for (size_t i = 0; tells(self, LIE_PREFETCH_GROWS_FILE) && i < count; i++) {
		if (extents[i].offset == size_bytes)
			(void)self->inner->ops->resize(self->inner, size_bytes + 1);
	}
}

static int liar_advise(struct engine *engine, enum engine_pattern pattern)
{
	struct liar *self = of(engine);

	(void)pattern;
	return tells(self, LIE_ADVISE_ONCE_ONLY) && self->advised_count++ > 0 ? -EALREADY : 0;
}

static void liar_stats(const struct engine *engine, struct engine_stats *out)
{
	const struct liar *self = (const struct liar *)engine;

	self->inner->ops->stats(self->inner, out);
	if (!tells(self, LIE_COUNTS_OF_ALL))
		return;
	counts_of_all.buffer_hits++;
	out->buffer_hits = counts_of_all.buffer_hits;
}

static int liar_health(struct engine *engine, struct why *why)
{
	struct liar *self = of(engine);

	return tells(self, LIE_END_IS_ZEROS) || tells(self, LIE_BATCH_ERROR_IS_LOST)
		       ? 0
		       : engine_health(self->inner, why);
}

const struct engine_ops *liar(enum lie lie)
{
	static struct option_spec options[LIES_COUNT];
	static struct engine_ops tables[LIES_COUNT];

	options[lie] =
		(struct option_spec){.name = "lie",
				     .type = OPTION_U64,
				     .default_value = lie,
				     .max = lie == LIE_VALUES_OUT_OF_ORDER ? 1 : LIES_COUNT - 1,
				     .help = "what is claimed and not done"};
	tables[lie] = (struct engine_ops){
		.magic = ENGINE_MAGIC,
		.abi_major = ENGINE_ABI_MAJOR,
		.abi_minor = ENGINE_ABI_MINOR,
		.struct_size = sizeof(struct engine_ops),
		.name = "liar",
		.summary = "an engine that claims what it does not do",
		.capabilities = ENGINE_PERSISTENT | lies[lie].capabilities,
		.options_count = 1,
		.options = &options[lie],
		.probe = liar_probe,
		.open = liar_open,
		.close = liar_close,
		.size = liar_size,
		.resize = liar_resize,
		.read = liar_read,
		.write = liar_write,
		.sync = liar_sync,
		.map = liar_map,
		.read_batch = liar_read_batch,
		.prefetch = liar_prefetch,
		.advise = liar_advise,
		.drop_cache = liar_drop_cache,
		.stats = liar_stats,
		.health = liar_health,
		.close_counted = liar_close_counted,
		.thread_ids = liar_thread_ids,
	};
	return &tables[lie];
}
