/*
 * Every engine compared with a plain array of bytes, operation by operation.
 *
 * A seeded stream of operations is played on the engine and on the array, and each result is
 * compared; at intervals the whole file, too, through the engine and directly. A stream on which
 * they differ is shrunk by leaving out chunks of it as long as it still fails (delta debugging),
 * and printed. An operation makes no assumption about the state before it, so any part of a stream
 * is a valid stream: an access beyond the end must give -ERANGE, a write to a read-only file
 * -EBADF.
 *
 * IOWALK_MODEL_OPERATIONS and IOWALK_MODEL_SEED override the number of operations and the seed.
 *
 * Source: Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002.
 *
 * Long: the model, its operations, the player and the shrinking depend on each other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../engines/engine.h"

#define SIZE_MAX_BYTES   ((size_t)320 << 10)
#define LEN_MAX_BYTES    ((size_t)80 << 10) /* longer than the default window */
#define BATCH_MAX        8
#define WEIGHTS_SUM      9600
#define OPERATIONS_COUNT 100000
#define SHRINK_BUDGET    UINT64_C(20000000) /* total operations played while shrinking */

enum kind {
	KIND_READ,
	KIND_WRITE,
	KIND_MAP,
	KIND_BATCH,
	KIND_PREFETCH,
	KIND_ADVISE,
	KIND_RESIZE,
	KIND_SYNC,
	KIND_DROP,
	KIND_REOPEN,
	KIND_REOPEN_READ_ONLY,
	KIND_COMPARE,
	KINDS_COUNT
};

static const char *const kind_names[KINDS_COUNT] = {
	"read",   "write", "map",  "read_batch", "prefetch",         "advise",
	"resize", "sync",  "drop", "reopen",     "reopen read-only", "compare"};

/*
 * Frequencies, of WEIGHTS_SUM. Operations that wait for a device are rare, to keep the test short.
 */
static const unsigned kind_weights[KINDS_COUNT] = {3600, 3600, 900, 500, 600, 100,
						   240,  4,    4,   20,  12,  20};

struct operation {
	enum kind kind;
	uint32_t fill; /* seed of the bytes written, or of a batch's extents */
	uint64_t offset;
	size_t len_bytes;
};

/* One engine with options. */
struct config {
	const struct engine_ops *ops;
	const char *options_text; /* "key=value key=value" */
	uint64_t options[OPTIONS_MAX];
	bool declines; /* map() must decline with these options */
	bool copies;   /* opened for reading, writes go into copies */
};

struct player {
	const struct config *config;
	struct engine *engine;
	bool writable;
	size_t size_bytes;
	unsigned char *model;  /* [SIZE_MAX_BYTES], zero beyond size_bytes */
	unsigned char *file;   /* the same shape: the file's content while writes go into copies */
	unsigned char *buffer; /* [BATCH_MAX * LEN_MAX_BYTES] or [SIZE_MAX_BYTES] */
	char error[160];
};

static char folder[256], path[300];

static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static size_t random_below(uint64_t *state, size_t bound)
{
	return (size_t)(random_next(state) % bound);
}

/* Near the edge of a page or a window, most of the time. */
static size_t random_offset(uint64_t *state, size_t size_bytes)
{
	static const size_t edges[] = {256, 4096, 4096, 16384, 65536};
	size_t edge = edges[random_below(state, 5)];
	size_t offset = random_below(state, size_bytes + 1);

	if (random_below(state, 4) == 0)
		return random_below(state, 2) ? offset : offset % 2048; /* a hot range */
	offset = (offset + edge / 2) / edge * edge + random_below(state, 97);
	return offset > 48 ? offset - 48 : offset;
}

static size_t random_len(uint64_t *state)
{
	switch (random_below(state, 16)) {
	case 0:
		return 0;
	case 1:
		return random_below(state, random_below(state, 8) ? 5000 : LEN_MAX_BYTES);
	case 2:
	case 3:
		return random_below(state, 1200);
	default:
		return 1 + random_below(state, 260);
	}
}

static void generate(struct operation *operations, size_t count, uint64_t seed)
{
	size_t size_bytes = 0;
	bool writable = true;

	for (size_t i = 0; i < count; i++) {
		struct operation *operation = &operations[i];
		size_t ticket = random_below(&seed, WEIGHTS_SUM);
		unsigned kind = 0;

		while (kind < KINDS_COUNT - 1 && ticket >= kind_weights[kind])
			ticket -= kind_weights[kind++];
		if (!writable && random_below(&seed, 32) == 0)
			kind = KIND_REOPEN; /* other operations on a read-only file test little */
		else if (writable && size_bytes == 0 && random_below(&seed, 4) > 0)
			kind = KIND_RESIZE;
		operation->kind = (enum kind)kind;
		operation->fill = (uint32_t)random_next(&seed);
		operation->len_bytes = random_len(&seed);
		operation->offset = random_offset(&seed, size_bytes);
		if (operation->offset + operation->len_bytes > size_bytes &&
		    random_below(&seed, 16) != 0)
			operation->offset = size_bytes > operation->len_bytes
						    ? size_bytes - operation->len_bytes
						    : 0;
		if (random_below(&seed, 1000) == 0)
			operation->offset = UINT64_MAX - random_below(&seed, 300);
		if (operation->kind == KIND_RESIZE) {
			operation->offset =
				random_offset(&seed, random_below(&seed, SIZE_MAX_BYTES));
			if (operation->offset > SIZE_MAX_BYTES)
				operation->offset = SIZE_MAX_BYTES;
			if (writable)
				size_bytes = (size_t)operation->offset;
		}
		if (operation->kind == KIND_REOPEN || operation->kind == KIND_REOPEN_READ_ONLY)
			writable = operation->kind == KIND_REOPEN;
	}
}

static void fill_bytes(unsigned char *bytes, size_t len_bytes, uint64_t seed)
{
	for (size_t i = 0; i < len_bytes; i += 8) {
		uint64_t word = random_next(&seed);

		memcpy(bytes + i, &word, len_bytes - i < 8 ? len_bytes - i : 8);
	}
}

/* Records the difference, and returns false. */
static bool differs(struct player *player, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool differs(struct player *player, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(player->error, sizeof(player->error), format, arguments);
	va_end(arguments);
	return false;
}

static bool same_result(struct player *player, const char *what, int got, int expected)
{
	return got == expected || differs(player, "%s gives %d (%s), not %d", what, got,
					  strerror(got < 0 ? -got : got), expected);
}

static bool same_bytes(struct player *player, const char *what, const unsigned char *got,
		       size_t offset, size_t len_bytes)
{
	size_t i = 0;

	if (len_bytes == 0 || memcmp(got, player->model + offset, len_bytes) == 0)
		return true;
	while (got[i] == player->model[offset + i])
		i++;
	return differs(player, "%s: byte %zu is 0x%02x, not 0x%02x", what, offset + i, got[i],
		       player->model[offset + i]);
}

static bool in_range(const struct player *player, const struct operation *operation)
{
	return engine_range_ok(operation->offset, operation->len_bytes, player->size_bytes);
}

static bool play_read(struct player *player, const struct operation *operation)
{
	int expected = in_range(player, operation) ? 0 : -ERANGE;
	int got = player->config->ops->read(player->engine, operation->offset, player->buffer,
					    operation->len_bytes);

	return same_result(player, "read", got, expected) &&
	       (expected || same_bytes(player, "read", player->buffer, (size_t)operation->offset,
				       operation->len_bytes));
}

/* Do writes go into copies, so that `file` has the content that others see? */
static bool is_copying(const struct player *player)
{
	return player->config->copies && !player->writable;
}

static bool play_write(struct player *player, const struct operation *operation)
{
	bool refused = !player->writable && !is_copying(player);
	int expected = refused ? -EBADF : in_range(player, operation) ? 0 : -ERANGE;
	int got;

	fill_bytes(player->buffer, operation->len_bytes, operation->fill);
	got = player->config->ops->write(player->engine, operation->offset, player->buffer,
					 operation->len_bytes);
	if (!expected)
		memcpy(player->model + operation->offset, player->buffer, operation->len_bytes);
	return same_result(player, "write", got, expected);
}

static bool play_map(struct player *player, const struct operation *operation)
{
	const struct engine_ops *ops = player->config->ops;
	const void *bytes =
		ops->map ? ops->map(player->engine, operation->offset, operation->len_bytes) : NULL;

	if (!in_range(player, operation))
		return !bytes || differs(player, "map beyond the end is not NULL");
	if (!bytes)
		return !(ops->capabilities & ENGINE_ZERO_COPY) || player->config->declines ||
		       operation->len_bytes == 0 ||
		       differs(player, "map declines a range within size");
	if (player->config->declines)
		return differs(player, "map gives one range and declines others");
	return same_bytes(player, "map", bytes, (size_t)operation->offset, operation->len_bytes);
}

/* Extents around that of the operation; false if one is beyond the end. */
static bool make_extents(struct player *player, const struct operation *operation,
			 struct engine_extent *extents, size_t *count)
{
	uint64_t seed = operation->fill;
	bool all_within = true;

	*count = 1 + random_below(&seed, BATCH_MAX);
	for (size_t i = 0; i < *count; i++) {
		extents[i].offset = operation->offset + random_below(&seed, 3) * 4096 * i;
		extents[i].len_bytes = operation->len_bytes;
		extents[i].buffer = player->buffer + i * LEN_MAX_BYTES;
		all_within &= engine_range_ok(extents[i].offset, extents[i].len_bytes,
					      player->size_bytes);
	}
	return all_within;
}

/* Reads the extents as two batches in flight, of which the second may be reaped first. */
static int read_as_two(struct engine *engine, struct engine_extent *extents, size_t count,
		       uint32_t fill)
{
	size_t split = fill / 4 % (count + 1);
	struct engine_batch batches[2] = {{.extents = extents, .count = split},
					  {.extents = extents + split, .count = count - split}};
	unsigned first = fill & 2 ? 1 : 0;

	engine_submit(engine, &batches[0]);
	engine_submit(engine, &batches[1]);
	int err = engine_reap(engine, &batches[first]);
	int other = engine_reap(engine, &batches[1 - first]);

	if (!batches[0].is_read || !batches[1].is_read ||
	    engine_reap(engine, &batches[0]) != batches[0].err)
		return -EPROTO;
	return err ? err : other;
}

static bool play_batch(struct player *player, const struct operation *operation)
{
	struct engine_extent extents[BATCH_MAX];
	size_t count;
	int expected = make_extents(player, operation, extents, &count) ? 0 : -ERANGE;
	bool two = operation->fill & 1;
	bool same = same_result(player, two ? "submit and reap" : "read_batch",
				two ? read_as_two(player->engine, extents, count, operation->fill)
				    : engine_read_batch(player->engine, extents, count),
				expected);

	for (size_t i = 0; same && !expected && i < count; i++)
		same = same_bytes(player, "read_batch", extents[i].buffer,
				  (size_t)extents[i].offset, (size_t)extents[i].len_bytes);
	return same;
}

static bool play_hint(struct player *player, const struct operation *operation)
{
	static const enum engine_pattern patterns[] = {
		ENGINE_PATTERN_NORMAL, ENGINE_PATTERN_SEQUENTIAL, ENGINE_PATTERN_RANDOM};
	const struct engine_ops *ops = player->config->ops;
	struct engine_extent extents[BATCH_MAX];
	size_t count;
	int got;

	if (operation->kind == KIND_PREFETCH) {
		make_extents(player, operation, extents, &count);
		if (ops->prefetch)
			ops->prefetch(player->engine, extents, count);
		return true;
	}
	got = ops->advise ? ops->advise(player->engine, patterns[operation->fill % 3]) : 0;
	return got == -EOPNOTSUPP || same_result(player, "advise", got, 0);
}

static bool play_drop(struct player *player)
{
	const struct engine_ops *ops = player->config->ops;
	bool holds = ops->capabilities & ENGINE_HOLDS_FILE;

	if (is_copying(player))
		memcpy(player->model, player->file, SIZE_MAX_BYTES);
	return !ops->drop_cache ||
	       same_result(player, "drop_cache", ops->drop_cache(player->engine),
			   holds ? -EOPNOTSUPP : 0);
}

static bool play_resize(struct player *player, const struct operation *operation)
{
	int expected = player->writable ? 0 : -EBADF;
	size_t size_bytes = (size_t)operation->offset;
	int got = player->config->ops->resize(player->engine, size_bytes);

	if (!expected) {
		if (size_bytes < player->size_bytes)
			memset(player->model + size_bytes, 0, player->size_bytes - size_bytes);
		player->size_bytes = size_bytes;
	}
	return same_result(player, "resize", got, expected);
}

static bool play_compare(struct player *player)
{
	const struct operation whole = {.kind = KIND_READ, .len_bytes = player->size_bytes};
	uint64_t size_bytes = player->config->ops->size(player->engine);

	if (size_bytes != player->size_bytes)
		return differs(player, "size is %" PRIu64 ", not %zu", size_bytes,
			       player->size_bytes);
	return play_read(player, &whole) && play_map(player, &whole);
}

/* The file as other processes see it. */
static bool compare_file(struct player *player, const char *what)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : pread(fd, player->buffer, SIZE_MAX_BYTES, 0);

	if (fd >= 0)
		close(fd);
	if (got != (ssize_t)player->size_bytes)
		return differs(player, "%s: the file has %zd bytes, not %zu", what, got,
			       player->size_bytes);
	if (is_copying(player))
		return memcmp(player->buffer, player->file, player->size_bytes) == 0 ||
		       differs(player, "%s: what was written to a copy is in the file", what);
	return same_bytes(player, what, player->buffer, 0, player->size_bytes);
}

static bool play_open(struct player *player, unsigned flags)
{
	struct engine *engine = NULL;
	int err = player->config->ops->open(path, flags, player->config->options, &engine);

	player->engine = err ? NULL : engine;
	player->writable = flags != ENGINE_OPEN_READ;
	memcpy(player->file, player->model, SIZE_MAX_BYTES);
	return same_result(player, "open", err, 0);
}

static bool play_reopen(struct player *player, unsigned flags)
{
	int err = player->config->ops->close(player->engine);

	player->engine = NULL;
	if (is_copying(player))
		memcpy(player->model, player->file, SIZE_MAX_BYTES);
	return same_result(player, "close", err, 0) && compare_file(player, "after close") &&
	       play_open(player, flags) && play_compare(player);
}

static bool play_one(struct player *player, const struct operation *operation)
{
	switch (operation->kind) {
	case KIND_READ:
		return play_read(player, operation);
	case KIND_WRITE:
		return play_write(player, operation);
	case KIND_MAP:
		return play_map(player, operation);
	case KIND_BATCH:
		return play_batch(player, operation);
	case KIND_PREFETCH:
	case KIND_ADVISE:
		return play_hint(player, operation);
	case KIND_RESIZE:
		return play_resize(player, operation);
	case KIND_SYNC:
		return same_result(player, "sync", player->config->ops->sync(player->engine), 0) &&
		       compare_file(player, "after sync");
	case KIND_DROP:
		return play_drop(player);
	case KIND_REOPEN:
		return play_reopen(player, ENGINE_OPEN_WRITE);
	case KIND_REOPEN_READ_ONLY:
		return play_reopen(player, ENGINE_OPEN_READ);
	case KIND_COMPARE:
	default:
		return play_compare(player);
	}
}

/* Plays a stream on a new file. Returns the index of the failed operation, or `count`. */
static size_t play(struct player *player, const struct operation *operations, size_t count)
{
	size_t i = 0;

	memset(player->model, 0, SIZE_MAX_BYTES);
	player->size_bytes = 0;
	player->error[0] = '\0';
	if (!play_open(player, ENGINE_OPEN_CREATE))
		return 0;
	while (i < count && play_one(player, &operations[i]))
		i++;
	if (i == count && !play_reopen(player, ENGINE_OPEN_READ) && count > 0)
		i = count - 1; /* the file is wrong after the stream */
	if (player->engine)
		player->config->ops->close(player->engine);
	player->engine = NULL;
	return i;
}

/* Leaves out chunks, from half the stream down to single operations, while it still fails. */
static size_t shrink(struct player *player, struct operation *operations, size_t count)
{
	struct operation *trial = malloc((count + 1) * sizeof(*trial));
	uint64_t played_count = 0;

	assert_non_null(trial);
	for (size_t chunk = count / 2 + 1; chunk > 0;) {
		bool shrunk = false;

		for (size_t from = 0; from < count && played_count < SHRINK_BUDGET;) {
			size_t without = count - from < chunk ? count - from : chunk;
			size_t failed;

			memcpy(trial, operations, from * sizeof(*trial));
			memcpy(trial + from, operations + from + without,
			       (count - from - without) * sizeof(*trial));
			played_count += count;
			failed = play(player, trial, count - without);
			if (failed < count - without) {
				count = failed + 1;
				memcpy(operations, trial, count * sizeof(*trial));
				shrunk = true;
			} else {
				from += chunk;
			}
		}
		if (!shrunk || chunk > 1)
			chunk = chunk == 1 ? 0 : (chunk + 1) / 2;
		if (played_count >= SHRINK_BUDGET)
			break;
	}
	free(trial);
	return count;
}

static void print_stream(const struct operation *operations, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct operation *operation = &operations[i];

		print_error("  %2zu. %s", i + 1, kind_names[operation->kind]);
		if (operation->kind == KIND_RESIZE)
			print_error(" to %" PRIu64, operation->offset);
		else if (operation->kind <= KIND_PREFETCH)
			print_error(" %zu bytes at %" PRIu64, operation->len_bytes,
				    operation->offset);
		if (operation->kind == KIND_WRITE || operation->kind == KIND_BATCH)
			print_error(" (seed %" PRIu32 ")", operation->fill);
		print_error("\n");
	}
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

/* The length of the shortest stream on which engine and model differ; 0: they agree. */
static size_t run_model(const struct config *config, size_t count, uint64_t seed)
{
	struct player player = {.config = config};
	struct operation *operations = calloc(count + 1, sizeof(*operations));
	size_t failed;

	player.model = malloc(SIZE_MAX_BYTES);
	player.file = malloc(SIZE_MAX_BYTES);
	player.buffer = malloc(BATCH_MAX * LEN_MAX_BYTES);
	assert_true(operations && player.model && player.file && player.buffer);
	generate(operations, count, seed);
	failed = play(&player, operations, count);
	if (failed < count) {
		size_t left_count = shrink(&player, operations, failed + 1);

		(void)play(&player, operations, left_count);
		print_error("engine %s, options '%s', seed %" PRIu64
			    ", operation %zu, shrunk to:\n",
			    config->ops->name, config->options_text, seed, failed);
		print_stream(operations, left_count);
		print_error("  %s\n", player.error);
		failed = left_count;
	} else {
		failed = 0;
	}
	free(operations);
	free(player.model);
	free(player.file);
	free(player.buffer);
	unlink(path);
	return failed;
}

static void test_config(void **state)
{
	const struct config *config = *state;
	struct why why = {""};

	if (config->ops->probe &&
	    config->ops->probe(folder, config->options, &why) == -EOPNOTSUPP) {
		print_message("skipped: %s\n", why.text);
		skip();
	}
	assert_int_equal(run_model(config, setting("IOWALK_MODEL_OPERATIONS", OPERATIONS_COUNT),
				   setting("IOWALK_MODEL_SEED", 1)),
			 0);
}

/*
 * Shows that the test can fail: an engine around pread that caches the last small read and returns
 * it again, whatever was written in between.
 */
struct stale {
	struct engine engine;
	struct engine *inner;
	uint64_t offset;
	size_t len_bytes;
	unsigned char bytes[512];
};

extern const struct engine_ops engine_pread;
static struct engine_ops stale_ops;

static int stale_open(const char *file, unsigned flags, const uint64_t *options,
		      struct engine **out)
{
	struct stale *stale = calloc(1, sizeof(*stale));
	int err = stale ? engine_pread.open(file, flags, options, &stale->inner) : -ENOMEM;

	if (err) {
		free(stale);
		return err;
	}
	stale->engine.ops = &stale_ops;
	*out = &stale->engine;
	return 0;
}

static int stale_close(struct engine *engine)
{
	int err = engine_pread.close(((struct stale *)engine)->inner);

	free(engine);
	return err;
}

static uint64_t stale_size(const struct engine *engine)
{
	return engine_pread.size(((const struct stale *)engine)->inner);
}

static int stale_resize(struct engine *engine, uint64_t size_bytes)
{
	((struct stale *)engine)->len_bytes = 0;
	return engine_pread.resize(((struct stale *)engine)->inner, size_bytes);
}

static int stale_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct stale *stale = (struct stale *)engine;
	int err;

	if (len_bytes > 0 && offset >= stale->offset &&
	    engine_range_ok(offset - stale->offset, len_bytes, stale->len_bytes)) {
		memcpy(buffer, stale->bytes + (offset - stale->offset), len_bytes);
		return 0;
	}
	err = engine_pread.read(stale->inner, offset, buffer, len_bytes);
	if (!err && len_bytes > 0 && len_bytes <= sizeof(stale->bytes)) {
		memcpy(stale->bytes, buffer, len_bytes);
		stale->offset = offset;
		stale->len_bytes = len_bytes;
	}
	return err;
}

static int stale_write(struct engine *engine, uint64_t offset, const void *buffer, size_t len_bytes)
{
	return engine_pread.write(((struct stale *)engine)->inner, offset, buffer, len_bytes);
}

static int stale_sync(struct engine *engine)
{
	return engine_pread.sync(((struct stale *)engine)->inner);
}

static void test_finds_and_shrinks(void **state)
{
	struct config config = {.ops = &stale_ops, .options_text = "(broken on purpose)"};
	size_t shrunk_count;

	(void)state;
	stale_ops = (struct engine_ops){
		.name = "stale",
		.capabilities = ENGINE_PERSISTENT,
		.open = stale_open,
		.close = stale_close,
		.size = stale_size,
		.resize = stale_resize,
		.read = stale_read,
		.write = stale_write,
		.sync = stale_sync,
	};
	config.options[0] = 1;
	print_message("a failure that must be found:\n");
	shrunk_count = run_model(&config, 20000, 7);
	assert_in_range(shrunk_count, 1, 10);
}

/* In addition to the defaults of every engine in the table. */
static const struct {
	const char *engine, *options_text;
} more_configs[] = {
	{"buffered", "policy=adaptive"},
	{"buffered", "windows=1 window_bytes=4096"},
	{"buffered", "windows=3 window_bytes=5000 write_behind=4"},
	{"buffered", "write_behind=0"},
	{"buffered", "write_behind=0 windows=1"},
	{"buffered", "detect=0"},
	{"buffered", "policy=adaptive detect=0"},
	{"buffered", "policy=adaptive windows=64 write_behind=1024 write_max_bytes=8192"},
	{"mmap_advised", "populate=1"},
	{"mmap_advised", "populate=1 hugepages=1"},
	{"mmap_advised", "populate_read=1"},
	{"mmap_advised", "copy_on_write=1"},
	{"mmap_advised", "copy_on_write=1 populate=1"},
	{"mmap_advised", "window_bytes=4096 windows=2"},
	{"mmap_advised", "window_bytes=16384 windows=3 populate_read=1 advice=random"},
	{"mmap_advised", "window_bytes=65536 windows=64 willneed_ahead=0"},
	{"mmap_advised", "willneed_ahead=0"},
	{"mmap_advised", "advice=random"},
	{"memory", "hugepages=1"},
	{"pread", "batch=each"},
	{"uring", "depth=1"},
	{"uring", "depth=8 fixed=0"},
	{"uring", "direct=1"},
	{"uring", "direct=1 depth=1"},
	{"uring", "direct=1 depth=8 fixed=0"},
	{"uring", "direct=1 depth=4 gap=0"},
	{"uring", "gap=32768"},
	{"pread", "gap=65536 announce=0"},
	{"pread", "threads=1"},
	{"pread", "threads=5"},
	{"buffered", "policy=adaptive threads=3"},
	{"direct", "cache_bytes=65536 threads=2"},
	{"uring", "poll=1 depth=8"},
	{"uring", "poll=1 direct=1"},
	{"buffered", "gap=0"},
	{"direct", "cache_bytes=65536"},
	{"direct", "cache_bytes=65536 page_bytes=16384"},
};

/* Sets "key=value key=value" over the defaults. False if the engine is missing. */
static bool make_config(struct config *config, const char *name, const char *text)
{
	const struct engine_ops *ops = NULL;
	char word[64];
	int used;

	for (size_t i = 0; i < engine_table_count; i++) {
		if (strcmp(engine_table[i]->name, name) == 0)
			ops = engine_table[i];
	}
	if (!ops || ops->capabilities & ENGINE_NO_DATA)
		return false;
	*config = (struct config){.ops = ops, .options_text = text};
	config->declines = strstr(text, "window_bytes=") && ops->capabilities & ENGINE_ZERO_COPY;
	config->copies = strstr(text, "copy_on_write=1") != NULL;
	option_defaults(ops->options, ops->options_count, config->options);
	for (; sscanf(text, " %63s%n", word, &used) == 1; text += used) {
		struct why why = {""};
		size_t name_len = strcspn(word, "=");
		int i = option_find(ops->options, ops->options_count, word, name_len);

		if (i < 0 || option_parse(&ops->options[i], word + name_len + 1,
					  &config->options[i], &why)) {
			print_error("bad option '%s' of %s: %s\n", word, name, why.text);
			exit(1);
		}
	}
	return true;
}

int main(void)
{
	size_t more_count = sizeof(more_configs) / sizeof(more_configs[0]), count = 0;
	struct config *configs = calloc(engine_table_count + more_count, sizeof(*configs));
	struct CMUnitTest *tests = calloc(engine_table_count + more_count + 1, sizeof(*tests));
	char(*names)[128] = calloc(engine_table_count + more_count, sizeof(*names));
	const char *temporary = getenv("TMPDIR");
	int failed;

	if (!configs || !tests || !names)
		return 1;
	snprintf(folder, sizeof(folder), "%s/iowalk-model-XXXXXX", temporary ? temporary : "/tmp");
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/file", folder);
	for (size_t i = 0; i < engine_table_count + more_count; i++) {
		size_t more = i - engine_table_count;

		if (!make_config(&configs[count],
				 i < engine_table_count ? engine_table[i]->name
							: more_configs[more].engine,
				 i < engine_table_count ? "" : more_configs[more].options_text))
			continue;
		snprintf(names[count], sizeof(names[count]), "model %s %s",
			 configs[count].ops->name, configs[count].options_text);
		tests[count] = (struct CMUnitTest){.name = names[count],
						   .test_func = test_config,
						   .initial_state = &configs[count]};
		count++;
	}
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_finds_and_shrinks);
	failed = _cmocka_run_group_tests("engine_model", tests, count, NULL, NULL);
	unlink(path);
	rmdir(folder);
	free(configs);
	free(tests);
	free(names);
	return failed > 0;
}
