/* Claims on what is cached, and where. */
#include "claim.h"

#include "../prepare/cache_state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES ((size_t)256 << 10) /* whole blocks: the last one of a file may be cached */
#define LONG_BYTES ((size_t)128 << 10)
#define SHORTS     32

/*
 * A file that is on the device and not in the page cache; false, with a verdict, if that cannot be had or not be seen here.
 */
static bool write_cold_file(struct claim_test *test)
{
	struct residency before, after;

	if (!claim_write_file(test, test->path, 1, FILE_BYTES))
		return false;
	int err = cache_residency(test->path, &before);
	if (!err)
		err = cache_drop(test->path);
	if (!err)
		err = cache_residency(test->path, &after);
	if (!err && before.resident_count > 0 && after.resident_count == 0)
		return true;
	claim_says(test, CLAIM_CANNOT, "which pages are cached %s",
		   err ? "cannot be seen here" : "cannot be changed here");
	return false;
}

/* Pages of the file in the page cache. */
static uint64_t resident_count(struct claim_test *test)
{
	struct residency residency = {.resident_count = 0};

	return cache_residency(test->path, &residency) ? UINT64_MAX : residency.resident_count;
}

/* Short reads, far apart and in a batch, then a long one. */
static int read_much(struct engine *engine)
{
	static unsigned char bytes[LONG_BYTES];
	struct engine_extent extents[SHORTS];
	int err = 0;

	for (size_t i = 0; i < SHORTS; i++)
		extents[i] = (struct engine_extent){i * 7919, 300, bytes + i * 300};
	for (size_t i = 0; !err && i < SHORTS; i += 5)
		err = engine->ops->read(engine, extents[i].offset, bytes, 300);
	if (!err)
		err = engine_read_batch(engine, extents, SHORTS);
	if (!err)
		err = engine->ops->read(engine, 4096, bytes, LONG_BYTES);
	return !err && !claim_has(bytes, 1, 4096, LONG_BYTES) ? -EBADMSG : err;
}

static enum claim_verdict prove_direct(struct claim_test *test)
{
	if (!write_cold_file(test))
		return test->verdict;
	struct engine *engine = claim_open(test, test->path, ENGINE_OPEN_READ);
	if (!engine)
		return test->verdict;
	int err = read_much(engine);
	CLAIM_HOLDS(test, err == 0, "reading gives %d (%s)", err, strerror(-err));
	uint64_t cached_count = resident_count(test);
	if (cached_count > 0)
		return claim_says(test, CLAIM_NOT_SHOWN, "reads leave %" PRIu64 " pages cached",
				  cached_count);
	err = engine->ops->close(engine);
	CLAIM_HOLDS(test, err == 0, "close gives %d (%s)", err, strerror(-err));
	return claim_says(test, CLAIM_SHOWN, "no page of a cold file is cached after reads");
}

/* Overwritten without the engine: what its own buffers still have is seen. */
static bool overwrite(struct claim_test *test, unsigned number)
{
	return claim_write_file(test, test->path, number, FILE_BYTES);
}

static bool can_drop(const struct conform_subject *subject)
{
	return subject->ops->drop_cache != NULL;
}

static enum claim_verdict prove_drop_after_write(struct claim_test *test)
{
	struct engine *engine = claim_open(test, test->path, ENGINE_OPEN_WRITE);

	if (!engine)
		return test->verdict;
	CLAIM_HOLDS(test, claim_reads(engine, 2, FILE_BYTES), "reading gives other bytes");
	int err = engine->ops->write(engine, 70000, "changed", 7);
	CLAIM_HOLDS(test, err == 0, "write gives %d (%s)", err, strerror(-err));
	err = engine->ops->drop_cache(engine);
	CLAIM_HOLDS(test, err == 0, "drop_cache gives %d (%s)", err, strerror(-err));
	uint64_t cached_count = resident_count(test);
	CLAIM_HOLDS(test, cached_count == 0,
		    "drop_cache after a write leaves %" PRIu64 " pages cached", cached_count);
	char found[8] = "";
	err = engine->ops->read(engine, 70000, found, 7);
	CLAIM_HOLDS(test, err == 0 && strcmp(found, "changed") == 0,
		    "drop_cache has lost what was written");
	return claim_says(test, CLAIM_SHOWN,
			  "nothing is cached after it, neither by the kernel nor by the engine");
}

static enum claim_verdict prove_drop_cache(struct claim_test *test)
{
	if (!write_cold_file(test))
		return test->verdict;
	struct engine *engine = claim_open(test, test->path, ENGINE_OPEN_READ);
	if (!engine)
		return test->verdict;
	CLAIM_HOLDS(test, claim_reads(engine, 1, FILE_BYTES), "reading gives other bytes");
	const unsigned char *whole =
		engine->ops->map ? engine->ops->map(engine, 0, FILE_BYTES) : NULL;
	CLAIM_HOLDS(test, !whole || claim_has(whole, 1, 0, FILE_BYTES), "map gives other bytes");
	int err = engine->ops->drop_cache(engine);
	CLAIM_HOLDS(test, err == 0, "drop_cache gives %d (%s)", err, strerror(-err));
	uint64_t cached_count = resident_count(test);
	CLAIM_HOLDS(test, cached_count == 0, "drop_cache leaves %" PRIu64 " pages cached",
		    cached_count);
	if (!overwrite(test, 2))
		return test->verdict;
	CLAIM_HOLDS(test, claim_reads(engine, 2, FILE_BYTES),
		    "after drop_cache, reads come from the engine's own buffers");
	err = engine->ops->close(engine);
	CLAIM_HOLDS(test, err == 0, "close gives %d (%s)", err, strerror(-err));
	return test->subject->ops->capabilities & ENGINE_READ_ONLY
		       ? claim_says(test, CLAIM_SHOWN, "nothing is cached after it")
		       : prove_drop_after_write(test);
}

/* The file is overwritten and cut off, and everything is still read, without a call. */
static enum claim_verdict prove_holds_file(struct claim_test *test)
{
	struct engine *engine = claim_open_written(test, 1, FILE_BYTES);
	if (!engine)
		return test->verdict;
	if (!overwrite(test, 2) || truncate(test->path, 10))
		return claim_says(test, CLAIM_CANNOT, "the file cannot be changed: %s",
				  strerror(errno));
	static unsigned char bytes[LONG_BYTES];
	int err = 0;
	bool same = true;

	for (size_t at = 0; !err && same && at < FILE_BYTES; at += LONG_BYTES) {
		intercept_arm(&test->intercept);
		err = engine->ops->read(engine, at, bytes, LONG_BYTES);
		intercept_unarm(&test->intercept);
		same = claim_has(bytes, 1, at, LONG_BYTES);
	}
	if (err || !same)
		return claim_says(test, CLAIM_NOT_SHOWN,
				  "what was read at open is gone once the file is overwritten");
	if (test->calls.all_count > 0)
		return claim_says(test, CLAIM_NOT_SHOWN, "reading makes %u calls",
				  test->calls.all_count);
	err = engine->ops->drop_cache ? engine->ops->drop_cache(engine) : -EOPNOTSUPP;
	CLAIM_HOLDS(test, err == -EOPNOTSUPP, "drop_cache gives %d, though it cannot be cold", err);
	return claim_says(
		test, CLAIM_SHOWN,
		"it reads the whole file without a call after it was overwritten and cut off");
}

/* Is this what everybody else sees, in the file and by another instance? */
static bool others_see(struct claim_test *test, unsigned number)
{
	struct engine *second = claim_open(test, test->path, ENGINE_OPEN_READ);
	bool same = second && claim_reads(second, number, FILE_BYTES) &&
		    second->ops->close(second) == 0;

	return same && claim_file_has(test->path, number, FILE_BYTES);
}

static enum claim_verdict prove_copy_on_write(struct claim_test *test)
{
	static unsigned char bytes[FILE_BYTES];

	struct engine *engine = claim_open_written(test, 1, FILE_BYTES);
	if (!engine)
		return test->verdict;
	claim_fill(bytes, 2, 0, FILE_BYTES);
	int err = engine->ops->write(engine, 0, bytes, FILE_BYTES);
	if (err == -EBADF)
		return claim_says(test, CLAIM_NOT_SHOWN,
				  "a file that is opened for reading cannot be written");
	CLAIM_HOLDS(test, err == 0, "write gives %d (%s)", err, strerror(-err));
	CLAIM_HOLDS(test, claim_reads(engine, 2, FILE_BYTES), "a copy has other bytes");
	CLAIM_HOLDS(test, others_see(test, 1), "what was written to a copy is seen by others");
	err = engine->ops->sync(engine);
	CLAIM_HOLDS(test, err == 0 && others_see(test, 1),
		    "what was written to a copy is in the file after sync");
	err = engine->ops->drop_cache ? engine->ops->drop_cache(engine) : 0;
	CLAIM_HOLDS(test, err == 0 && claim_reads(engine, 1, FILE_BYTES),
		    "copies are there after drop_cache");
	err = engine->ops->write(engine, 0, bytes, FILE_BYTES);
	CLAIM_HOLDS(test, err == 0, "a second write gives %d (%s)", err, strerror(-err));
	err = engine->ops->close(engine);
	CLAIM_HOLDS(test, err == 0 && others_see(test, 1), "copies are in the file after close");
	return claim_says(test, CLAIM_SHOWN,
			  "writes are seen by the instance alone, until drop_cache");
}

const struct claim claims_of_caching[] = {
	{.name = "direct",
	 .capabilities = ENGINE_DIRECT,
	 .is_capability = true,
	 .prove = prove_direct},
	{.name = "holds-file",
	 .capabilities = ENGINE_HOLDS_FILE,
	 .is_capability = true,
	 .means = CLAIM_BY_ALL_CALLS,
	 .prove = prove_holds_file},
	{.name = "copy-on-write",
	 .capabilities = ENGINE_COPY_ON_WRITE,
	 .is_capability = true,
	 .prove = prove_copy_on_write},
	{.name = "drop-cache",
	 .excluded = ENGINE_HOLDS_FILE,
	 .is_made = can_drop,
	 .prove = prove_drop_cache},
	{.name = NULL},
};
