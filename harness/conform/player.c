/* Engine and array in lockstep: see player.h. */
#include "player.h"

#include "../../workloads/support/mix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

_Static_assert(HISTORY_BATCH_MAX *HISTORY_LEN_MAX_BYTES >= HISTORY_SIZE_MAX_BYTES,
	       "the buffer holds the whole file");

int player_init(struct player *player, const struct conform_subject *subject, const char *path)
{
	*player = (struct player){.subject = subject, .path = path};
	player->model = malloc(HISTORY_SIZE_MAX_BYTES);
	player->file = malloc(HISTORY_SIZE_MAX_BYTES);
	player->buffer = malloc(HISTORY_BATCH_MAX * HISTORY_LEN_MAX_BYTES);
	if (player->model && player->file && player->buffer)
		return 0;
	player_release(player);
	return -ENOMEM;
}

void player_release(struct player *player)
{
	free(player->model);
	free(player->file);
	free(player->buffer);
}

/* ---- comparing ---- */

/* Records the difference, and returns false. */
static bool differs(struct player *player, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool differs(struct player *player, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(player->error, PLAYER_ERROR_BYTES, format, arguments);
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

/* ---- reading and writing ---- */

static bool in_range(const struct player *player, const struct history_operation *operation)
{
	return engine_range_ok(operation->offset, operation->len_bytes, player->size_bytes);
}

static bool play_read(struct player *player, const struct history_operation *operation)
{
	int expected = in_range(player, operation) ? 0 : -ERANGE;
	int got = player->subject->ops->read(player->engine, operation->offset, player->buffer,
					     operation->len_bytes);

	return same_result(player, "read", got, expected) &&
	       (expected || same_bytes(player, "read", player->buffer, (size_t)operation->offset,
				       operation->len_bytes));
}

static void fill_bytes(unsigned char *bytes, size_t len_bytes, uint64_t seed)
{
	for (size_t i = 0; i < len_bytes; i += 8) {
		uint64_t word = mix_next(&seed);

		memcpy(bytes + i, &word, len_bytes - i < 8 ? len_bytes - i : 8);
	}
}

static bool play_write(struct player *player, const struct history_operation *operation)
{
	const struct engine_ops *ops = player->subject->ops;

	fill_bytes(player->buffer, operation->len_bytes, operation->number);
	int got =
		ops->write(player->engine, operation->offset, player->buffer, operation->len_bytes);
	if (!player->writable && player->copies == PLAYER_UNKNOWN)
		player->copies = ops->capabilities & ENGINE_COPY_ON_WRITE && got != -EBADF
					 ? PLAYER_DOES
					 : PLAYER_DOES_NOT;
	bool refused = !player->writable && player->copies == PLAYER_DOES_NOT;
	int expected = refused ? -EBADF : in_range(player, operation) ? 0 : -ERANGE;
	if (!expected)
		memcpy(player->model + operation->offset, player->buffer, operation->len_bytes);
	return same_result(player, "write", got, expected);
}

static bool play_map(struct player *player, const struct history_operation *operation)
{
	const struct engine_ops *ops = player->subject->ops;
	const void *bytes =
		ops->map ? ops->map(player->engine, operation->offset, operation->len_bytes) : NULL;

	if (!in_range(player, operation))
		return !bytes || differs(player, "map beyond the end is not NULL");
	if (operation->len_bytes == 0)
		return true;
	if (!bytes && player->subject->must_map)
		return differs(player, "map declines a range within size");
	if (player->maps == (bytes ? PLAYER_DOES_NOT : PLAYER_DOES))
		return differs(player, "map gives one range and declines others");
	player->maps = bytes ? PLAYER_DOES : PLAYER_DOES_NOT;
	return !bytes ||
	       same_bytes(player, "map", bytes, (size_t)operation->offset, operation->len_bytes);
}

/* Extents around that of the operation; false if one is beyond the end. */
static bool make_extents(struct player *player, const struct history_operation *operation,
			 struct engine_extent *extents, size_t *count)
{
	uint64_t seed = operation->number;
	bool all_within = true;

	*count = 1 + history_random(&seed, HISTORY_BATCH_MAX);
	for (size_t i = 0; i < *count; i++) {
		extents[i].offset = operation->offset + history_random(&seed, 3) * 4096 * i;
		extents[i].len_bytes = operation->len_bytes;
		extents[i].buffer = player->buffer + i * HISTORY_LEN_MAX_BYTES;
		all_within &= engine_range_ok(extents[i].offset, extents[i].len_bytes,
					      player->size_bytes);
	}
	return all_within;
}

/* Reads the extents as two batches in flight, of which the second may be reaped first. */
static int read_as_two(struct engine *engine, struct engine_extent *extents, size_t count,
		       uint32_t number)
{
	size_t split = number / 4 % (count + 1);
	struct engine_batch batches[2] = {{.extents = extents, .count = split},
					  {.extents = extents + split, .count = count - split}};
	unsigned first = number & 2 ? 1 : 0;

	engine_submit(engine, &batches[0]);
	engine_submit(engine, &batches[1]);
	int err = engine_reap(engine, &batches[first]);
	int other = engine_reap(engine, &batches[1 - first]);

	if (!batches[0].is_read || !batches[1].is_read ||
	    engine_reap(engine, &batches[0]) != batches[0].err)
		return -EPROTO;
	return err ? err : other;
}

static bool play_batch(struct player *player, const struct history_operation *operation)
{
	struct engine_extent extents[HISTORY_BATCH_MAX];
	size_t count;
	int expected = make_extents(player, operation, extents, &count) ? 0 : -ERANGE;
	bool two = operation->number & 1;
	bool same = same_result(player, two ? "submit and reap" : "read_batch",
				two ? read_as_two(player->engine, extents, count, operation->number)
				    : engine_read_batch(player->engine, extents, count),
				expected);

	for (size_t i = 0; same && !expected && i < count; i++)
		same = same_bytes(player, "read_batch", extents[i].buffer,
				  (size_t)extents[i].offset, (size_t)extents[i].len_bytes);
	return same;
}

static bool play_prefetch(struct player *player, const struct history_operation *operation)
{
	struct engine_extent extents[HISTORY_BATCH_MAX];
	size_t count;

	make_extents(player, operation, extents, &count);
	if (player->subject->ops->prefetch)
		player->subject->ops->prefetch(player->engine, extents, count);
	return true;
}

static bool play_advise(struct player *player, const struct history_operation *operation)
{
	static const enum engine_pattern patterns[] = {
		ENGINE_PATTERN_NORMAL, ENGINE_PATTERN_SEQUENTIAL, ENGINE_PATTERN_RANDOM};
	const struct engine_ops *ops = player->subject->ops;
	int got = ops->advise ? ops->advise(player->engine, patterns[operation->number % 3]) : 0;

	return got == -EOPNOTSUPP || same_result(player, "advise", got, 0);
}

/* ---- the whole file ---- */

/* Writes to copies are lost. */
static void forget_copies(struct player *player)
{
	if (player->copies == PLAYER_DOES)
		memcpy(player->model, player->file, player->size_bytes);
}

static bool play_drop(struct player *player)
{
	const struct engine_ops *ops = player->subject->ops;
	bool holds = ops->capabilities & ENGINE_HOLDS_FILE;

	forget_copies(player);
	return !ops->drop_cache ||
	       same_result(player, "drop_cache", ops->drop_cache(player->engine),
			   holds ? -EOPNOTSUPP : 0);
}

static bool play_resize(struct player *player, const struct history_operation *operation)
{
	int expected = player->writable ? 0 : -EBADF;
	size_t size_bytes = (size_t)operation->offset;
	int got = player->subject->ops->resize(player->engine, size_bytes);

	if (!expected) {
		if (size_bytes < player->size_bytes)
			memset(player->model + size_bytes, 0, player->size_bytes - size_bytes);
		player->size_bytes = size_bytes;
	}
	return same_result(player, "resize", got, expected);
}

static bool play_compare(struct player *player, const struct history_operation *operation)
{
	const struct history_operation whole = {.len_bytes = player->size_bytes};
	struct why why = {""};

	if (operation->number & 1)
		engine_begin_walk(player->engine);
	uint64_t size_bytes = player->subject->ops->size(player->engine);
	if (size_bytes != player->size_bytes)
		return differs(player, "size is %" PRIu64 ", not %zu", size_bytes,
			       player->size_bytes);
	int health = engine_health(player->engine, &why);
	if (health)
		return differs(player, "health gives %d: %.100s", health, why.text);
	return play_read(player, &whole) && play_map(player, &whole);
}

/* Reads all of an instance; -EPROTO if its size is another one. */
static int read_whole(struct engine *engine, unsigned char *bytes, size_t size_bytes)
{
	return engine->ops->size(engine) != size_bytes
		       ? -EPROTO
		       : engine->ops->read(engine, 0, bytes, size_bytes);
}

/* What others see in the file. */
static bool same_as_others(struct player *player, const char *what, const unsigned char *bytes)
{
	if (player->copies == PLAYER_DOES)
		return memcmp(bytes, player->file, player->size_bytes) == 0 ||
		       differs(player, "%s: what was written to a copy is in the file", what);
	return same_bytes(player, what, bytes, 0, player->size_bytes);
}

/* The file as it is read without the engine. */
static bool compare_file(struct player *player, const char *what)
{
	int fd = open(player->path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : pread(fd, player->buffer, HISTORY_SIZE_MAX_BYTES, 0);

	if (fd >= 0)
		close(fd);
	if (got != (ssize_t)player->size_bytes)
		return differs(player, "%s: the file has %zd bytes, not %zu", what, got,
			       player->size_bytes);
	return same_as_others(player, what, player->buffer);
}

static bool play_sync(struct player *player)
{
	return same_result(player, "sync", player->subject->ops->sync(player->engine), 0) &&
	       compare_file(player, "after sync");
}

/* ---- sharing ---- */

/* A second instance, opened now, has what was written before. */
static bool compare_second(struct player *player)
{
	const struct engine_ops *ops = player->subject->ops;
	struct engine *second;
	int err = ops->open(player->path, ENGINE_OPEN_READ, player->subject->options, &second);

	if (err)
		return same_result(player, "open of a second instance", err, 0);
	err = read_whole(second, player->buffer, player->size_bytes);
	int close_err = ops->close(second);
	return same_result(player, "read of a second instance", err, 0) &&
	       same_as_others(player, "second instance", player->buffer) &&
	       same_result(player, "close of a second instance", close_err, 0);
}

/* An odd number: the second instance is in another process. */
static bool play_share(struct player *player, const struct history_operation *operation)
{
	int status;

	if (player->writable && !play_sync(player))
		return false;
	if (!(operation->number & 1))
		return compare_second(player);
	pid_t child = fork();
	if (child == 0)
		_exit(compare_second(player) ? 0 : 1); /* player->error is shared memory */
	if (child < 0 || waitpid(child, &status, 0) != child)
		return differs(player, "another process: %s", strerror(errno));
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == 0;
	return differs(player, "another process: killed by signal %d", WTERMSIG(status));
}

struct attached {
	struct engine *engine;
	unsigned char *bytes;
	size_t size_bytes;
	int err;
};

static void *read_attached(void *context)
{
	struct attached *attached = context;

	for (unsigned round = 0; round < 2 && !attached->err; round++)
		attached->err = read_whole(attached->engine, attached->bytes, attached->size_bytes);
	return NULL;
}

/* Another thread reads by a handle of its own while this one reads by the engine. */
static bool play_attach(struct player *player)
{
	struct attached attached = {.size_bytes = player->size_bytes};
	pthread_t thread;

	if (player->writable || player->copies == PLAYER_DOES)
		return true;
	int err = engine_attach(player->engine, &attached.engine);
	if (err)
		return err == -EOPNOTSUPP || same_result(player, "attach", err, 0);
	attached.bytes = calloc(1, HISTORY_SIZE_MAX_BYTES);
	err = attached.bytes ? -pthread_create(&thread, NULL, read_attached, &attached) : -ENOMEM;
	bool same = !err &&
		    play_read(player, &(struct history_operation){.len_bytes = player->size_bytes});
	if (!err)
		pthread_join(thread, NULL);
	same = same && same_result(player, "read of an attached handle", attached.err, 0) &&
	       same_bytes(player, "attached handle", attached.bytes, 0, player->size_bytes);
	free(attached.bytes);
	int close_err = player->subject->ops->close(attached.engine);
	return err ? differs(player, "a thread: %s", strerror(-err))
		   : same && same_result(player, "close of an attached handle", close_err, 0);
}

/* ---- playing ---- */

static bool play_open(struct player *player, unsigned flags)
{
	struct engine *engine = NULL;
	int err =
		player->subject->ops->open(player->path, flags, player->subject->options, &engine);

	player->engine = err ? NULL : engine;
	player->writable = flags != ENGINE_OPEN_READ;
	player->maps = player->copies = PLAYER_UNKNOWN;
	memcpy(player->file, player->model, player->size_bytes);
	return same_result(player, "open", err, 0);
}

static bool play_reopen(struct player *player, unsigned flags)
{
	const struct history_operation compare = {.kind = HISTORY_COMPARE};
	int err = player->subject->ops->close(player->engine);

	player->engine = NULL;
	forget_copies(player);
	return same_result(player, "close", err, 0) && compare_file(player, "after close") &&
	       play_open(player, flags) && play_compare(player, &compare);
}

static bool play_one(struct player *player, const struct history_operation *operation)
{
	switch (operation->kind) {
	case HISTORY_READ:
		return play_read(player, operation);
	case HISTORY_WRITE:
		return play_write(player, operation);
	case HISTORY_MAP:
		return play_map(player, operation);
	case HISTORY_BATCH:
		return play_batch(player, operation);
	case HISTORY_PREFETCH:
		return play_prefetch(player, operation);
	case HISTORY_ADVISE:
		return play_advise(player, operation);
	case HISTORY_RESIZE:
		return play_resize(player, operation);
	case HISTORY_SYNC:
		return play_sync(player);
	case HISTORY_DROP:
		return play_drop(player);
	case HISTORY_REOPEN:
		return play_reopen(player, ENGINE_OPEN_WRITE);
	case HISTORY_REOPEN_READ:
		return play_reopen(player, ENGINE_OPEN_READ);
	case HISTORY_SHARE:
		return play_share(player, operation);
	case HISTORY_ATTACH:
		return play_attach(player);
	case HISTORY_COMPARE:
	default:
		return play_compare(player, operation);
	}
}

/* Descriptors that are open, and mappings of files in the same folder. */
static size_t count_open(const struct player *player)
{
	const char *slash = strrchr(player->path, '/');
	char line[4352];
	size_t count = 0;
	DIR *entries = opendir("/proc/self/fd");
	FILE *maps = fopen("/proc/self/maps", "re");

	while (entries && readdir(entries))
		count++;
	while (slash && maps && fgets(line, sizeof(line), maps)) {
		const char *name = strchr(line, '/');
		size_t folder_len = (size_t)(slash - player->path) + 1;

		count += name && strncmp(name, player->path, folder_len) == 0;
	}
	if (entries)
		closedir(entries);
	if (maps)
		fclose(maps);
	return count;
}

bool player_play(struct player *player, const struct history_operation *operations, size_t count)
{
	size_t open_count = count_open(player), i = 0;

	memset(player->model, 0, HISTORY_SIZE_MAX_BYTES);
	player->size_bytes = 0;
	*player->at = 0;
	bool same = play_open(player, ENGINE_OPEN_CREATE);
	for (; same && i < count; i++) {
		*player->at = i;
		same = play_one(player, &operations[i]);
	}
	same = same && play_reopen(player, ENGINE_OPEN_READ);
	if (player->engine) {
		int err = player->subject->ops->close(player->engine);

		same = same && same_result(player, "close", err, 0);
	}
	player->engine = NULL;
	size_t left_count = count_open(player);
	return same && (left_count == open_count ||
			differs(player, "close leaves %zd descriptors or mappings open",
				(ssize_t)(left_count - open_count)));
}
