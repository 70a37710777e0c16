/* See planted.h. The faults stand where they are made: `has(self, PLANTED_...)`. */
#include "planted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PENDING_BYTES 4096
#define CACHED_BYTES  512

const char *const planted_names[PLANTED_COUNT] = {
#define X(name) #name,
	PLANTED_FAULTS(X)
#undef X
};

struct extent {
	uint64_t offset;
	size_t len_bytes;
	unsigned char bytes[PENDING_BYTES];
};

struct planted {
	struct engine engine;
	enum planted_fault fault;
	int fd, sync_err;
	bool writable, is_attached;
	uint64_t size_bytes;
	struct extent own_pending, *pending; /* a write that is not in the file yet */
	struct extent cached;                /* the last small read */
	unsigned char *map;                  /* of map_bytes; NULL: none */
	size_t map_bytes;
};

static struct extent shared_pending;

static bool has(const struct planted *self, enum planted_fault fault)
{
	return self->fault == fault;
}

static struct planted *of(struct engine *engine)
{
	return (struct planted *)engine;
}

/* ---- the file ---- */

/* Into two parts, as one read. */
static int read_vector(struct planted *self, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct iovec parts[] = {{buffer, len_bytes / 2},
				{(char *)buffer + len_bytes / 2, len_bytes - len_bytes / 2}};

	return preadv(self->fd, parts, 2, (off_t)offset) < 0 ? -errno : 0;
}

static int read_file(struct planted *self, uint64_t offset, void *buffer, size_t len_bytes)
{
	unsigned char *at = buffer;

	if (has(self, PLANTED_SHORT_VECTOR_IS_WHOLE))
		return read_vector(self, offset, buffer, len_bytes);

	while (len_bytes > 0) {
		ssize_t done = pread(self->fd, at, len_bytes, (off_t)offset);

		if (done < 0 && errno == EINTR && has(self, PLANTED_EINTR_IS_END))
			return 0;
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		if (has(self, PLANTED_SHORT_READ_IS_WHOLE))
			return 0;
		at += done;
		offset += (uint64_t)done;
		len_bytes -= (size_t)done;
	}
	return 0;
}

static int write_file(struct planted *self, uint64_t offset, const void *buffer, size_t len_bytes)
{
	const unsigned char *at = buffer;

	while (len_bytes > 0) {
		ssize_t done = pwrite(self->fd, at, len_bytes, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return has(self, PLANTED_WRITE_ERROR_LOST) ? 0 : done < 0 ? -errno : -EIO;
		if (has(self, PLANTED_SHORT_WRITE_IS_WHOLE))
			return 0;
		at += done;
		offset += (uint64_t)done;
		len_bytes -= (size_t)done;
	}
	return 0;
}

static int flush(struct planted *self)
{
	int err = write_file(self, self->pending->offset, self->pending->bytes,
			     self->pending->len_bytes);

	if (!err || has(self, PLANTED_PENDING_DROPPED_ON_ERROR))
		self->pending->len_bytes = 0;
	return err;
}

static bool touches(const struct extent *extent, uint64_t offset, size_t len_bytes)
{
	return extent->len_bytes > 0 && offset < extent->offset + extent->len_bytes &&
	       extent->offset < offset + len_bytes;
}

/* ---- open and close ---- */

static int open_file(struct planted *self, const char *path, unsigned flags)
{
	int how = flags == ENGINE_OPEN_READ ? O_RDONLY : O_RDWR;
	struct stat status;

	if (flags & ENGINE_OPEN_CREATE)
		how |= has(self, PLANTED_NOT_TRUNCATED_AT_CREATION) ? O_CREAT : O_CREAT | O_TRUNC;
	do
		self->fd = open(path, how | O_CLOEXEC, 0666);
	while (self->fd < 0 && errno == EINTR);
	if (self->fd < 0)
		return -errno;
	/* Not fstat(), which is another system call in one version of glibc than in the next. */
	if (syscall(SYS_newfstatat, self->fd, "", &status, AT_EMPTY_PATH) == 0) {
		self->size_bytes = (uint64_t)status.st_size;
		return 0;
	}
	int err = -errno;
	if (!has(self, PLANTED_LEAKS_ON_FAILED_OPEN))
		close(self->fd);
	return err;
}

static int planted_open(const char *path, unsigned flags, const uint64_t *options,
			struct engine **out)
{
	struct planted *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->engine.ops = &planted_engine;
	self->fault = (enum planted_fault)options[0];
	self->writable = flags != ENGINE_OPEN_READ;
	self->pending = has(self, PLANTED_PENDING_SHARED) ? &shared_pending : &self->own_pending;
	int err = open_file(self, path, flags);
	if (!err && has(self, PLANTED_LEAKS_WITHOUT_MEMORY)) {
		void *more = malloc(20000);

		err = more ? 0 : -ENOMEM;
		free(more);
	}
	if (!err || has(self, PLANTED_OPEN_GIVES_FAILED))
		*out = &self->engine;
	if (err)
		free(self);
	return err;
}

static int close_file(struct planted *self)
{
	if (has(self, PLANTED_LEAKS_AT_CLOSE))
		return 0;
	int err = close(self->fd) < 0 ? -errno : 0;
	if (err == -EINTR && has(self, PLANTED_CLOSED_TWICE))
		close(self->fd);
	return err == -EINTR ? 0 : err;
}

static int planted_close(struct engine *engine)
{
	struct planted *self = of(engine);
	int err = has(self, PLANTED_PENDING_LOST_AT_CLOSE) || self->is_attached ? 0 : flush(self);
	int close_err = 0;

	if (has(self, PLANTED_CLOSE_ERROR_LOST))
		err = 0;
	if (self->map && !has(self, PLANTED_LEAKS_MAPPING))
		munmap(self->map, self->map_bytes);
	if (!self->is_attached && !(err && has(self, PLANTED_LEAKS_ON_FAILED_CLOSE)))
		close_err = close_file(self);
	free(self);
	return err ? err : close_err;
}

static int planted_attach(struct engine *engine, struct engine **out)
{
	struct planted *self = malloc(sizeof(*self));

	if (!self && !has(of(engine), PLANTED_MEMORY_UNCHECKED))
		return -ENOMEM;
	*self = *of(engine);
	self->pending = &self->own_pending;
	self->map = NULL;
	self->is_attached = true;
	if (has(self, PLANTED_ATTACHED_SIZE) && self->size_bytes > 0)
		self->size_bytes--;
	*out = &self->engine;
	return 0;
}

/* ---- size ---- */

static uint64_t planted_size(const struct engine *engine)
{
	return ((const struct planted *)engine)->size_bytes;
}

static int set_size(struct planted *self, uint64_t size_bytes)
{
	int err;

	if (has(self, PLANTED_GROWS_TOO_LITTLE) && size_bytes > self->size_bytes + 1)
		size_bytes--;
	do
		err = ftruncate(self->fd, (off_t)size_bytes) < 0 ? -errno : 0;
	while (err == -EINTR);
	return has(self, PLANTED_RESIZE_ERROR_LOST) ? 0 : err;
}

static int planted_resize(struct engine *engine, uint64_t size_bytes)
{
	struct planted *self = of(engine);

	if (!self->writable)
		return has(self, PLANTED_READ_ONLY_RESIZES) ? 0 : -EBADF;
	int err = has(self, PLANTED_PENDING_BEYOND_END) ? 0 : flush(self);
	if (!err && !(has(self, PLANTED_OLD_BYTES_AFTER_GROWTH) && size_bytes < self->size_bytes))
		err = set_size(self, size_bytes);
	if (err && !has(self, PLANTED_RESIZE_ERROR_CHANGES_SIZE))
		return err;
	if (!has(self, PLANTED_CACHE_AFTER_RESIZE))
		self->cached.len_bytes = 0;
	if (self->map && !has(self, PLANTED_MAP_TOO_SHORT)) {
		munmap(self->map, self->map_bytes);
		self->map = NULL;
	}
	if (!(has(self, PLANTED_SIZE_NOT_CUT) && size_bytes < self->size_bytes))
		self->size_bytes = size_bytes;
	return err;
}

/* ---- reading and writing ---- */

static bool in_range(const struct planted *self, uint64_t offset, size_t len_bytes, bool off_by_one)
{
	if (has(self, PLANTED_RANGE_OVERFLOWS))
		return offset + len_bytes <= self->size_bytes;
	return engine_range_ok(offset, len_bytes, self->size_bytes + off_by_one);
}

static int planted_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct planted *self = of(engine);
	struct extent *cached = &self->cached;
	bool is_small = len_bytes > 0 && len_bytes <= CACHED_BYTES;
	int err = 0;

	if (len_bytes == 0 && has(self, PLANTED_CRASHES))
		__builtin_trap();
	if (!in_range(self, offset, len_bytes, has(self, PLANTED_READ_BEYOND_END)))
		return -ERANGE;
	if (touches(self->pending, offset, len_bytes) && !has(self, PLANTED_PENDING_NOT_READ))
		err = flush(self);
	if (!err && is_small && cached->len_bytes > 0 && offset >= cached->offset &&
	    offset + len_bytes <= cached->offset + cached->len_bytes) {
		memcpy(buffer, cached->bytes + (offset - cached->offset), len_bytes);
		return 0;
	}
	if (!err)
		err = read_file(self, offset, buffer, len_bytes);
	if (is_small && (!err || has(self, PLANTED_CACHE_AFTER_FAILED_READ))) {
		memcpy(cached->bytes, buffer, len_bytes);
		cached->offset = offset;
		cached->len_bytes = len_bytes;
	}
	return err;
}

/* Keeps a small write, or adds it to the one that is kept. */
static int write_pending(struct planted *self, uint64_t offset, const void *buffer,
			 size_t len_bytes)
{
	struct extent *pending = self->pending;
	bool follows = pending->len_bytes > 0 && offset == pending->offset + pending->len_bytes &&
		       pending->len_bytes + len_bytes <= PENDING_BYTES;
	int err = 0;

	if (follows) {
		size_t at = pending->len_bytes - has(self, PLANTED_PENDING_OFF_BY_ONE);

		memcpy(pending->bytes + at, buffer, len_bytes);
		pending->len_bytes += len_bytes;
		return 0;
	}
	if (!has(self, PLANTED_PENDING_LOST_BY_NEXT))
		err = flush(self);
	if (err)
		return err;
	pending->offset = offset;
	pending->len_bytes = len_bytes;
	memcpy(pending->bytes, buffer, len_bytes);
	return 0;
}

static int planted_write(struct engine *engine, uint64_t offset, const void *buffer,
			 size_t len_bytes)
{
	struct planted *self = of(engine);

	if (!self->writable)
		return has(self, PLANTED_READ_ONLY_WRITES) ? 0 : -EBADF;
	if (!in_range(self, offset, len_bytes, has(self, PLANTED_WRITE_BEYOND_END)))
		return -ERANGE;
	if (len_bytes == 0)
		return 0;
	if (!has(self, PLANTED_CACHE_AFTER_WRITE))
		self->cached.len_bytes = 0;
	if (len_bytes <= PENDING_BYTES)
		return write_pending(self, offset, buffer, len_bytes);
	int err = flush(self);
	return err ? err : write_file(self, offset, buffer, len_bytes);
}

static int sync_file(struct planted *self)
{
	int err;

	if (self->sync_err)
		return self->sync_err;
	do
		err = fdatasync(self->fd) < 0 ? -errno : 0;
	while (err == -EINTR || (err == -EIO && has(self, PLANTED_SYNC_REPEATED)));
	if (has(self, PLANTED_SYNC_ERROR_LOST))
		return 0;
	if (!has(self, PLANTED_SYNC_AGAIN_SUCCEEDS))
		self->sync_err = err;
	return err;
}

static int planted_sync(struct engine *engine)
{
	struct planted *self = of(engine);
	int err = 0;

	if (has(self, PLANTED_SYNC_BEFORE_DATA))
		err = sync_file(self);
	if (!err && !has(self, PLANTED_PENDING_LOST_AT_SYNC))
		err = flush(self);
	if (has(self, PLANTED_SYNC_BEFORE_DATA) || has(self, PLANTED_SYNC_OF_NOTHING) || err)
		return err;
	return sync_file(self);
}

static int planted_drop_cache(struct engine *engine)
{
	struct planted *self = of(engine);
	int err = 0;

	if (has(self, PLANTED_PENDING_LOST_AT_DROP))
		self->pending->len_bytes = 0;
	else
		err = planted_sync(engine);
	self->cached.len_bytes = 0;
	return err;
}

/* ---- batches, map and hints ---- */

static int planted_read_batch(struct engine *engine, struct engine_extent *extents, size_t count)
{
	struct planted *self = of(engine);
	int err = 0;

	for (size_t i = 0; !err && i < count; i++) {
		err = planted_read(engine, extents[i].offset, extents[i].buffer,
				   (size_t)extents[i].len_bytes);
	}
	return has(self, PLANTED_BATCH_ERROR_LOST) ? 0 : err;
}

static void planted_submit(struct engine *engine, struct engine_batch *batch)
{
	batch->err = planted_read_batch(engine, batch->extents, batch->count);
	batch->is_read = !has(of(engine), PLANTED_BATCH_NEVER_READ);
}

static int planted_reap(struct engine *engine, struct engine_batch *batch)
{
	(void)engine;
	return batch->err;
}

static const void *planted_map(struct engine *engine, uint64_t offset, size_t len_bytes)
{
	struct planted *self = of(engine);

	if (!engine_range_ok(offset, len_bytes, self->size_bytes) &&
	    !(has(self, PLANTED_MAP_BEYOND_END) && self->map))
		return NULL;
	if (!has(self, PLANTED_PENDING_NOT_MAPPED) && flush(self))
		return NULL;
	if (!self->map && self->size_bytes > 0) {
		self->map_bytes = (size_t)self->size_bytes;
		self->map = mmap(NULL, self->map_bytes, PROT_READ, MAP_SHARED, self->fd, 0);
		if (self->map == MAP_FAILED) {
			self->map = NULL;
			return has(self, PLANTED_MAP_FAILED_GIVEN) ? MAP_FAILED : NULL;
		}
	}
	if (has(self, PLANTED_MAP_TOO_SHORT) && offset + len_bytes > self->map_bytes)
		return NULL;
	return self->map ? self->map + offset : NULL;
}

static void planted_prefetch(struct engine *engine, const struct engine_extent *extents,
			     size_t count)
{
	struct planted *self = of(engine);

	if (!has(self, PLANTED_CACHE_BY_PREFETCH) || count == 0)
		return;
	self->cached.offset = extents[0].offset; /* but nothing is read */
	self->cached.len_bytes = extents[0].len_bytes <= CACHED_BYTES ? extents[0].len_bytes : 0;
}

static int planted_advise(struct engine *engine, enum engine_pattern pattern)
{
	if (has(of(engine), PLANTED_EXITS) && pattern == ENGINE_PATTERN_RANDOM)
		exit(0);
	return has(of(engine), PLANTED_ADVISE_REFUSES) ? -EINVAL : 0;
}

static int planted_health(struct engine *engine, struct why *why)
{
	return has(of(engine), PLANTED_UNHEALTHY) ? why_set(why, -EIO, "as planted") : 0;
}

static void planted_stats(const struct engine *engine, struct engine_stats *out)
{
	(void)engine;
	*out = (struct engine_stats){.buffer_hits = 0};
}

static const struct option_spec options[] = {
	{.name = "fault", .type = OPTION_U64, .max = PLANTED_COUNT - 1, .help = "what is wrong"}};

const struct engine_ops planted_engine = {
	.magic = ENGINE_MAGIC,
	.abi_major = ENGINE_ABI_MAJOR,
	.abi_minor = ENGINE_ABI_MINOR,
	.struct_size = sizeof(struct engine_ops),
	.name = "planted",
	.summary = "an engine with a fault",
	.capabilities = ENGINE_PERSISTENT,
	.options_count = 1,
	.options = options,
	.open = planted_open,
	.close = planted_close,
	.size = planted_size,
	.resize = planted_resize,
	.read = planted_read,
	.write = planted_write,
	.sync = planted_sync,
	.map = planted_map,
	.read_batch = planted_read_batch,
	.prefetch = planted_prefetch,
	.advise = planted_advise,
	.drop_cache = planted_drop_cache,
	.stats = planted_stats,
	.health = planted_health,
	.submit = planted_submit,
	.reap = planted_reap,
	.attach = planted_attach,
};
