/*
 * memory: the whole file is read into anonymous memory at open. This is the warm limit that every
 * other engine is compared with.
 *
 * How it works: the memory is populated at open in one call, because single faults while the file is
 * read into it take as long as the reading; huge pages, which are few, are faulted. An access is then a
 * memcpy, or a plain load through map(). Growing first reserves space in the file and then resizes the memory
 * with mremap(). The engine tracks one range of dirty bytes and writes it back at sync and close.
 *
 * Promises: durable after sync; other processes see writes after sync or close, and their writes
 * are not seen before the next open. Nothing raises SIGBUS. It needs as much memory as the file has
 * bytes.
 *
 * Source: mmap(2), mremap(2), madvise(2).
 */
#include "engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern const struct engine_ops engine_memory;

enum { OPTION_HUGEPAGES, OPTIONS_COUNT };

static const struct option_spec memory_options[OPTIONS_COUNT] = {
	[OPTION_HUGEPAGES] = {.name = "hugepages",
			      .type = OPTION_BOOL,
			      .help = "request transparent huge pages (MADV_HUGEPAGE)"},
};

struct memory {
	struct engine engine;
	struct engine_file file;
	unsigned char *base; /* NULL if the file is empty */
	size_t mapped_bytes; /* whole pages */
	size_t page_bytes;
	bool hugepages;
	bool attached;                 /* file and memory belong to another instance */
	uint64_t dirty_from, dirty_to; /* bytes to write back; none if they are equal */
};

static struct memory *memory_of(struct engine *engine)
{
	return (struct memory *)engine;
}

/* Resizes the memory to a file of `size_bytes`; new bytes are zero. `map_flags`: further flags of
 * mmap(). Unchanged after an error. */
static int fit_with(struct memory *self, uint64_t size_bytes, int map_flags)
{
	size_t wanted_bytes =
		((size_t)size_bytes + self->page_bytes - 1) / self->page_bytes * self->page_bytes;
	void *base = NULL;

	if (wanted_bytes == self->mapped_bytes)
		return 0;
	if (wanted_bytes == 0) {
		engine_count(&self->file, ENGINE_SYSCALL_munmap);
		munmap(self->base, self->mapped_bytes);
	} else if (self->base) {
		engine_count(&self->file, ENGINE_SYSCALL_mremap);
		base = mremap(self->base, self->mapped_bytes, wanted_bytes, MREMAP_MAYMOVE);
	} else {
		engine_count(&self->file, ENGINE_SYSCALL_mmap);
		base = mmap(NULL, wanted_bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | map_flags, -1, 0);
		if (base != MAP_FAILED && self->hugepages) {
			engine_count(&self->file, ENGINE_SYSCALL_madvise);
			(void)madvise(base, wanted_bytes, MADV_HUGEPAGE); /* best effort */
		}
	}
	if (base == MAP_FAILED)
		return -errno;
	self->base = base;
	self->mapped_bytes = wanted_bytes;
	return 0;
}

static int fit(struct memory *self, uint64_t size_bytes)
{
	return fit_with(self, size_bytes, 0);
}

static int memory_open(const char *path, unsigned flags, const uint64_t *options,
		       struct engine **out)
{
	struct memory *self = calloc(1, sizeof(*self));
	int err;

	if (!self)
		return -ENOMEM;
	err = engine_file_open(&self->file, path, flags);
	if (err)
		goto out_free;
	self->engine.ops = &engine_memory;
	self->hugepages = options[OPTION_HUGEPAGES] != 0;
	self->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	err = fit_with(self, self->file.size_bytes, self->hugepages ? 0 : MAP_POPULATE);
	if (!err)
		err = engine_file_read(&self->file, 0, self->base, (size_t)self->file.size_bytes);
	if (err)
		goto out_close;
	*out = &self->engine;
	return 0;

out_close:
	(void)fit(self, 0);
	engine_file_close(&self->file);
out_free:
	free(self);
	return err;
}

static int write_back(struct memory *self)
{
	int err;

	if (self->dirty_from >= self->dirty_to)
		return 0;
	err = engine_file_write(&self->file, self->dirty_from, self->base + self->dirty_from,
				(size_t)(self->dirty_to - self->dirty_from));
	if (!err)
		self->dirty_from = self->dirty_to = 0;
	return err;
}

static int memory_close(struct engine *engine)
{
	struct memory *self = memory_of(engine);
	int err = write_back(self);
	int close_err;

	if (self->attached) {
		engine_file_leave(&self->file);
		free(self);
		return 0;
	}
	(void)fit(self, 0);
	close_err = engine_file_close(&self->file);
	free(self);
	return err ? err : close_err;
}

static uint64_t memory_size(const struct engine *engine)
{
	return ((const struct memory *)engine)->file.size_bytes;
}

static int memory_resize(struct engine *engine, uint64_t size_bytes)
{
	struct memory *self = memory_of(engine);
	uint64_t before_bytes = self->file.size_bytes;
	int err = engine_file_resize(&self->file, size_bytes);

	if (err)
		return err;
	err = fit(self, size_bytes);
	if (size_bytes > before_bytes) {
		if (err)
			(void)engine_file_resize(&self->file, before_bytes);
		return err;
	}
	/*
	 * Truncated bytes must read as zero if the file grows again; the memory may have kept some
	 * or all of them.
	 */
	if (self->base)
		memset(self->base + size_bytes, 0, self->mapped_bytes - (size_t)size_bytes);
	if (self->dirty_to > size_bytes)
		self->dirty_to = size_bytes;
	if (self->dirty_from >= self->dirty_to)
		self->dirty_from = self->dirty_to = 0;
	return 0;
}

static int memory_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct memory *self = memory_of(engine);

	if (!engine_range_ok(offset, len_bytes, self->file.size_bytes))
		return -ERANGE;
	if (len_bytes > 0)
		memcpy(buffer, self->base + offset, len_bytes);
	return 0;
}

static int memory_write(struct engine *engine, uint64_t offset, const void *buffer,
			size_t len_bytes)
{
	struct memory *self = memory_of(engine);
	bool clean = self->dirty_from == self->dirty_to;

	if (!self->file.writable)
		return -EBADF;
	if (!engine_range_ok(offset, len_bytes, self->file.size_bytes))
		return -ERANGE;
	if (len_bytes == 0)
		return 0;
	memcpy(self->base + offset, buffer, len_bytes);
	if (clean || offset < self->dirty_from)
		self->dirty_from = offset;
	if (clean || offset + len_bytes > self->dirty_to)
		self->dirty_to = offset + len_bytes;
	return 0;
}

static int memory_sync(struct engine *engine)
{
	int err = write_back(memory_of(engine));

	return err ? err : engine_file_sync(&memory_of(engine)->file);
}

static const void *memory_map(struct engine *engine, uint64_t offset, size_t len_bytes)
{
	struct memory *self = memory_of(engine);

	if (!self->base || !engine_range_ok(offset, len_bytes, self->file.size_bytes))
		return NULL;
	return self->base + offset;
}

/* Not NULL, which would mean that there is nothing to drop: this engine cannot be cold. */
static int memory_drop_cache(struct engine *engine)
{
	(void)engine;
	return -EOPNOTSUPP;
}

/* Another handle on the same memory. */
static int memory_attach(struct engine *engine, struct engine **out)
{
	struct memory *self = malloc(sizeof(*self));

	if (!self)
		return -ENOMEM;
	*self = *memory_of(engine);
	self->attached = true;
	engine_file_attach(&self->file, &memory_of(engine)->file);
	*out = &self->engine;
	return 0;
}

static void memory_stats(const struct engine *engine, struct engine_stats *out)
{
	*out = ((const struct memory *)engine)->file.stats;
}

static int memory_close_counted(struct engine *engine, struct engine_stats *last)
{
	((struct memory *)engine)->file.last = last;
	return memory_close(engine);
}

const struct engine_ops engine_memory = {
	.magic = ENGINE_MAGIC,
	.abi_major = ENGINE_ABI_MAJOR,
	.abi_minor = ENGINE_ABI_MINOR,
	.struct_size = sizeof(struct engine_ops),
	.name = "memory",
	.summary = "the whole file read into memory at open: the warm limit",
	.capabilities = ENGINE_ZERO_COPY | ENGINE_PERSISTENT | ENGINE_HOLDS_FILE,
	.options_count = OPTIONS_COUNT,
	.options = memory_options,
	.open = memory_open,
	.close = memory_close,
	.size = memory_size,
	.resize = memory_resize,
	.read = memory_read,
	.write = memory_write,
	.sync = memory_sync,
	.map = memory_map,
	.drop_cache = memory_drop_cache,
	.stats = memory_stats,
	.close_counted = memory_close_counted,
	.attach = memory_attach,
};
