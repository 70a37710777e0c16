/*
 * buffered: read-ahead and write-behind in user space.
 *
 * How it works, reads: they are served from a few windows of the file. Each window is filled by one
 * pread(); the least recently used one is replaced. A request longer than its window is read
 * directly into the caller's buffer.
 *   - fixed: all windows have the same length and begin at multiples of it. Each byte belongs to
 *     one window only, so reading forward, backward or around a point finds what was read before.
 *   - adaptive: a window is little longer than the request and begins at its offset, because
 *     aligned windows of such a small length would often end before the request does. With
 *     detect=1, if reading continues behind a window, the next one is twice as long.
 *
 * A window of 64 KiB that serves one read costs fifteen times as much as the read. With detect=1 the engine therefore measures
 * whether windows pay: the first TRIAL_COUNT windows that are replaced show whether they served as many reads as their length
 * costs. If not, from then on only the requested bytes are read, in batches that are sorted, joined, announced, and read by
 * threads if there are any (support/joined_reads.c), so that a random walk costs the same as without windows. A new trial begins
 * after drop_cache and after advise(). Advice is followed without a trial: sequential means windows, random means none.
 * Otherwise a decision is final, so that each walk makes the same calls. detect=0 always uses the windows of the policy.
 *
 * How it works, writes: small writes are buffered (support/pending.c) and written sorted and joined
 * at sync, close, drop_cache, when the file is truncated, or when the buffer is full. Longer writes
 * go directly to the file, after a flush of the buffered writes that they overlap.
 *
 * Coherence: a write updates every window that holds its bytes, and pending writes are copied over
 * whatever is read from the file. So a read is never stale and never needs a flush.
 *
 * Promises: other processes see a write after sync or close; their writes may not be seen before
 * drop_cache. A failed flush returns the error and keeps the pending writes; after close they are
 * lost.
 *
 * Source: the buffers of an embedded graph store. The corrections of its faults are our own.
 */
#include "support/joined_reads.h"
#include "support/pending.h"
#include "support/windows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

extern const struct engine_ops engine_buffered;

enum {
	OPTION_POLICY,
	OPTION_WINDOW_BYTES,
	OPTION_WINDOWS,
	OPTION_WRITE_BEHIND,
	OPTION_WRITE_MAX_BYTES,
	OPTION_FADVISE,
	OPTION_DETECT,
	OPTION_GAP,
	OPTION_ANNOUNCE,
	OPTION_THREADS,
	OPTIONS_COUNT
};

enum { POLICY_FIXED, POLICY_ADAPTIVE };
#define ADAPTIVE_MAX_BYTES ((size_t)16384)

static const char *const policies[] = {"fixed", "adaptive", NULL};

static const struct option_spec buffered_options[OPTIONS_COUNT] = {
	[OPTION_POLICY] =
		{.name = "policy",
		 .type = OPTION_CHOICE,
		 .default_value = POLICY_FIXED,
		 .choices = policies,
		 .tunable = OPTION_TRY("fixed", "adaptive"),
		 .help = "window length: fixed at window_bytes, or adapted to the request"},
	[OPTION_WINDOW_BYTES] = {.name = "window_bytes",
				 .type = OPTION_U64,
				 .default_value = 65536,
				 .min = 4096,
				 .max = 1 << 26,
				 .tunable = OPTION_TRY("16K", "64K", "256K", "1M", "4M"),
				 .help = "window length with policy=fixed"},
	[OPTION_WINDOWS] =
		{.name = "windows",
		 .type = OPTION_U64,
		 .default_value = 4,
		 .min = 1,
		 .max = WINDOWS_MAX,
		 .tunable = OPTION_TRY("1", "4", "16"),
		 .help = "number of windows; 1, as in the original, thrashes between node and "
			 "edge slots"},
	[OPTION_WRITE_BEHIND] = {.name = "write_behind",
				 .type = OPTION_U64,
				 .default_value = 32,
				 .max = 1024,
				 .help = "writes buffered before they are written sorted; 0: none"},
	[OPTION_WRITE_MAX_BYTES] = {.name = "write_max_bytes",
				    .type = OPTION_U64,
				    .default_value = 256,
				    .min = 1,
				    .max = 65536,
				    .help = "longest write that is buffered"},
	[OPTION_FADVISE] = {.name = "fadvise",
			    .type = OPTION_BOOL,
			    .default_value = 1,
			    .tunable = OPTION_TRY("0", "1"),
			    .help = "advise the kernel of the access pattern (posix_fadvise)"},
	[OPTION_DETECT] = {.name = "detect",
			   .type = OPTION_BOOL,
			   .default_value = 1,
			   .tunable = OPTION_TRY("0", "1"),
			   .help = "stop using windows if they do not pay"},
	[OPTION_GAP] = {.name = "gap",
			.type = OPTION_U64,
			.default_value = EXTENTS_COLD_GAP_BYTES,
			.max = EXTENTS_JOINED_BYTES,
			.help = "gap that is read too: cold, without windows"},
	[OPTION_ANNOUNCE] = {.name = "announce",
			     .type = OPTION_BOOL,
			     .default_value = 1,
			     .tunable = OPTION_TRY("0", "1"),
			     .help = "announce batches ahead: cold, without windows"},
	[OPTION_THREADS] = READ_THREADS_OPTION(
		"reader threads, without windows; need detect=1 and a file opened read-only"),
};

#define TRIAL_COUNT  32   /* windows in the trial */
#define READ_BYTES   8192 /* of window per served read: reading so much costs one system call */
#define BEHIND_BYTES 4096 /* a read this close behind a window continues it: a node slot's length */

enum use { USE_ON_TRIAL, USE_WINDOWS, USE_NONE };

struct buffered {
	struct engine engine;
	struct engine_file file;
	bool adaptive, fadvise, detect;
	enum use use;         /* whether windows are used */
	unsigned trial_count; /* windows replaced during the trial, */
	uint64_t trial_bytes,
		trial_reads_count; /* their total length, and the reads that they served */
	struct windows windows;
	struct joined_reads reads; /* of batches without windows, only open if `detect` */
	size_t write_max_bytes;
	struct pending pending;
};

static struct buffered *buffered_of(struct engine *engine)
{
	return (struct buffered *)engine;
}

/*
 * The length of the window for `len_bytes` at `offset`, and its *start. If it is shorter than the
 * request, read directly.
 */
static size_t window_for(const struct buffered *self, uint64_t offset, size_t len_bytes,
			 uint64_t *start)
{
	size_t wanted;

	*start = offset;
	if (!self->adaptive) {
		*start -= offset % self->windows.capacity_bytes;
		return self->windows.capacity_bytes;
	}
	wanted = len_bytes < 128    ? 256
		 : len_bytes < 1024 ? 512
		 : len_bytes < 4096 ? 4096
				    : 2 * len_bytes;
	for (size_t i = 0; self->detect && i < self->windows.count; i++) {
		const struct window *window = &self->windows.list[i];
		uint64_t end = window->offset + window->len_bytes;

		if (window->len_bytes && offset >= end && offset - end < BEHIND_BYTES &&
		    2 * window->len_bytes > wanted)
			wanted = 2 * window->len_bytes;
	}
	return wanted < ADAPTIVE_MAX_BYTES ? wanted : ADAPTIVE_MAX_BYTES;
}

/* Called when a window is replaced: adds it to the trial, and decides after TRIAL_COUNT windows. */
static void judge(struct windows *windows, const struct window *window)
{
	struct buffered *self =
		(struct buffered *)((char *)windows - offsetof(struct buffered, windows));

	if (self->use != USE_ON_TRIAL)
		return;
	self->trial_bytes += window->len_bytes;
	self->trial_reads_count += window->hits_count + 1;
	if (++self->trial_count == TRIAL_COUNT)
		self->use = self->trial_reads_count > self->trial_bytes / READ_BYTES ? USE_WINDOWS
										     : USE_NONE;
}

static void begin_trial(struct buffered *self, enum use use)
{
	self->use = self->detect ? use : USE_WINDOWS;
	self->trial_count = 0;
	self->trial_bytes = self->trial_reads_count = 0;
}

/* Reads from the file, and copies the pending writes over it. */
static int read_through(struct buffered *self, uint64_t offset, void *buffer, size_t len_bytes)
{
	int err = engine_file_read(&self->file, offset, buffer, len_bytes);

	if (!err)
		pending_overlay(&self->pending, offset, buffer, len_bytes);
	return err;
}

static int window_fill(struct buffered *self, uint64_t start, size_t len_bytes, struct window **out)
{
	struct window *window = windows_take(&self->windows, start);
	int err = window ? 0 : -ENOMEM;

	if (len_bytes > self->file.size_bytes - start)
		len_bytes = (size_t)(self->file.size_bytes - start);
	if (!err)
		err = read_through(self, start, window->data, len_bytes);
	if (err)
		return err;
	self->file.stats.buffer_misses++;
	window->len_bytes = len_bytes;
	*out = window;
	return 0;
}

static void buffered_free(struct buffered *self)
{
	windows_release(&self->windows);
	pending_release(&self->pending);
	free(self);
}

static int buffered_open(const char *path, unsigned flags, const uint64_t *options,
			 struct engine **out)
{
	struct buffered *self = calloc(1, sizeof(*self));
	int err;

	if (!self)
		return -ENOMEM;
	self->engine.ops = &engine_buffered;
	self->adaptive = options[OPTION_POLICY] == POLICY_ADAPTIVE;
	self->fadvise = options[OPTION_FADVISE] != 0;
	self->detect = options[OPTION_DETECT] != 0;
	self->reads = (struct joined_reads){.file = &self->file,
					    .announce = options[OPTION_ANNOUNCE] != 0,
					    .cold_gap_bytes = options[OPTION_GAP]};
	begin_trial(self, USE_ON_TRIAL);
	self->windows.replaced = judge;
	self->windows.capacity_bytes =
		self->adaptive ? ADAPTIVE_MAX_BYTES : (size_t)options[OPTION_WINDOW_BYTES];
	self->windows.count = (size_t)options[OPTION_WINDOWS];
	self->write_max_bytes = (size_t)options[OPTION_WRITE_MAX_BYTES];
	err = pending_init(&self->pending, (size_t)options[OPTION_WRITE_BEHIND],
			   self->write_max_bytes);
	if (!err)
		err = engine_file_open(&self->file, path, flags);
	if (!err && self->detect) {
		err = joined_reads_open(&self->reads, &self->file, flags, options[OPTION_THREADS]);
		if (err)
			(void)engine_file_close(&self->file);
	}
	if (err) {
		buffered_free(self);
		return err;
	}
	*out = &self->engine;
	return 0;
}

static int buffered_close(struct engine *engine)
{
	struct buffered *self = buffered_of(engine);
	int err = pending_flush(&self->pending, &self->file), close_err;

	joined_reads_close(&self->reads);
	close_err = engine_file_close(&self->file);

	buffered_free(self);
	return err ? err : close_err;
}

static uint64_t buffered_size(const struct engine *engine)
{
	return ((const struct buffered *)engine)->file.size_bytes;
}

static int buffered_resize(struct engine *engine, uint64_t size_bytes)
{
	struct buffered *self = buffered_of(engine);
	int err =
		size_bytes < self->file.size_bytes ? pending_flush(&self->pending, &self->file) : 0;

	if (!err)
		err = engine_file_resize(&self->file, size_bytes);
	if (!err)
		windows_cut(&self->windows, size_bytes);
	return err;
}

static int buffered_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct buffered *self = buffered_of(engine);
	uint64_t misses = self->file.stats.buffer_misses;
	unsigned char *to = buffer;
	size_t part_bytes;

	if (!engine_range_ok(offset, len_bytes, self->file.size_bytes))
		return -ERANGE;
	for (; len_bytes > 0; to += part_bytes, offset += part_bytes, len_bytes -= part_bytes) {
		struct window *window = windows_find(&self->windows, offset, len_bytes);

		part_bytes = len_bytes;
		if (!window) {
			uint64_t start;
			size_t want_bytes = window_for(self, offset, len_bytes, &start);
			size_t rest_bytes = want_bytes - (size_t)(offset - start);
			int err;

			if (want_bytes < len_bytes || self->use == USE_NONE) {
				self->file.stats.buffer_misses++;
				return read_through(self, offset, to, len_bytes);
			}
			if (part_bytes > rest_bytes)
				part_bytes = rest_bytes;
			window = windows_find(&self->windows, offset, part_bytes);
			err = window ? 0 : window_fill(self, start, want_bytes, &window);
			if (err)
				return err;
		}
		memcpy(to, window->data + (offset - window->offset), part_bytes);
	}
	self->file.stats.buffer_hits += self->file.stats.buffer_misses == misses;
	return 0;
}

/*
 * A batch bypasses the windows, sorted and joined, if windows are not used, or if they are adaptive and
 * so no longer than one read anyway.
 */
static bool bypasses(const struct buffered *self)
{
	return self->reads.joined && (self->use == USE_NONE || self->adaptive) &&
	       self->pending.count == 0;
}

static int buffered_read_batch(struct engine *engine, struct engine_extent *extents, size_t count)
{
	struct buffered *self = buffered_of(engine);

	if (bypasses(self) && count > 1) {
		self->file.stats.buffer_misses += count;
		return joined_reads_batch(&self->reads, extents, count);
	}
	if (self->reads.joined)
		extents_sort(extents, count);
	for (size_t i = 0; i < count; i++) {
		int err = buffered_read(engine, extents[i].offset, extents[i].buffer,
					(size_t)extents[i].len_bytes);

		if (err)
			return err;
	}
	return 0;
}

static void buffered_submit(struct engine *engine, struct engine_batch *batch)
{
	struct buffered *self = buffered_of(engine);

	if (bypasses(self)) {
		self->file.stats.buffer_misses += self->reads.threads ? batch->count : 0;
		joined_reads_submit(&self->reads, batch);
	} else if (self->reads.threads) { /* reap() is for what they read */
		batch->err = buffered_read_batch(engine, batch->extents, batch->count);
		batch->is_read = true;
	}
}

static int buffered_reap(struct engine *engine, struct engine_batch *batch)
{
	return joined_reads_reap(&buffered_of(engine)->reads, engine, batch);
}

static const pid_t *buffered_thread_ids(const struct engine *engine, size_t *count)
{
	return read_threads_ids(((const struct buffered *)engine)->reads.threads, count);
}

static void buffered_begin_walk(struct engine *engine)
{
	joined_reads_begin_walk(&buffered_of(engine)->reads);
}

static int buffered_write(struct engine *engine, uint64_t offset, const void *buffer,
			  size_t len_bytes)
{
	struct buffered *self = buffered_of(engine);
	struct pending *pending = &self->pending;
	bool keep = pending->max_count > 0 && len_bytes <= self->write_max_bytes;
	int err = 0;

	if (!self->file.writable)
		return -EBADF;
	if (!engine_range_ok(offset, len_bytes, self->file.size_bytes))
		return -ERANGE;
	if (len_bytes == 0)
		return 0;
	if (keep ? pending->count == pending->max_count
		 : pending_touches(pending, offset, len_bytes))
		err = pending_flush(pending, &self->file);
	if (err)
		return err;
	if (keep)
		pending_add(pending, offset, buffer, len_bytes);
	else
		err = engine_file_write(&self->file, offset, buffer, len_bytes);
	if (err)
		windows_drop(&self->windows); /* part of the write may be in the file */
	else
		windows_write(&self->windows, offset, buffer, len_bytes);
	return err;
}

static int buffered_sync(struct engine *engine)
{
	struct buffered *self = buffered_of(engine);
	int err = pending_flush(&self->pending, &self->file);

	return err ? err : engine_file_sync(&self->file);
}

static int buffered_advise(struct engine *engine, enum engine_pattern pattern)
{
	static const enum use uses[] = {
		[ENGINE_PATTERN_NORMAL] = USE_ON_TRIAL,
		[ENGINE_PATTERN_SEQUENTIAL] = USE_WINDOWS,
		[ENGINE_PATTERN_RANDOM] = USE_NONE,
	};
	struct buffered *self = buffered_of(engine);

	begin_trial(self, uses[pattern]);
	return self->fadvise ? engine_file_advise(&self->file, pattern) : 0;
}

static int buffered_drop_cache(struct engine *engine)
{
	struct buffered *self = buffered_of(engine);
	int err = pending_flush(&self->pending, &self->file);

	self->reads.warmth = WARMTH_COLD;
	windows_drop(&self->windows);
	if (self->trial_count >
	    0) /* else nothing was decided, or advice decided, and stays valid */
		begin_trial(self, USE_ON_TRIAL);
	return err ? err : engine_file_drop(&self->file);
}

static void buffered_stats(const struct engine *engine, struct engine_stats *out)
{
	joined_reads_stats(&((const struct buffered *)engine)->reads, out);
}

static int buffered_health(struct engine *engine, struct why *why)
{
	return engine_file_health(&((struct buffered *)engine)->file, why);
}

static int buffered_close_counted(struct engine *engine, struct engine_stats *last)
{
	((struct buffered *)engine)->file.last = last;
	return buffered_close(engine);
}

const struct engine_ops engine_buffered = {
	.magic = ENGINE_MAGIC,
	.abi_major = ENGINE_ABI_MAJOR,
	.abi_minor = ENGINE_ABI_MINOR,
	.struct_size = sizeof(struct engine_ops),
	.name = "buffered",
	.summary = "read-ahead windows and write-behind in user space",
	.capabilities = ENGINE_PERSISTENT,
	.options_count = OPTIONS_COUNT,
	.options = buffered_options,
	.open = buffered_open,
	.close = buffered_close,
	.size = buffered_size,
	.resize = buffered_resize,
	.read = buffered_read,
	.write = buffered_write,
	.sync = buffered_sync,
	.read_batch = buffered_read_batch,
	.advise = buffered_advise,
	.drop_cache = buffered_drop_cache,
	.stats = buffered_stats,
	.health = buffered_health,
	.close_counted = buffered_close_counted,
	.begin_walk = buffered_begin_walk,
	.submit = buffered_submit,
	.reap = buffered_reap,
	.thread_ids = buffered_thread_ids,
};
