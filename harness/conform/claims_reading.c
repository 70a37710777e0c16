/* Claims on reading: batches, mappings, and hints, which may change nothing. */
#include "claim.h"

#include "../prepare/cache_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define EXTENTS      16
#define EXTENT_BYTES 512
#define APART_BYTES  ((size_t)128 << 10) /* farther than any engine joins two extents */
#define BATCH_BYTES  (EXTENTS * APART_BYTES)
#define MAPPED_BYTES ((size_t)256 << 10)
#define MAPS         64
#define PAGE_BYTES   ((size_t)4096)
#define GROWN_BYTES  ((size_t)64 << 20) /* no mapping has so much room behind it by chance */

/* ---- batches ---- */

/* What the calls of a batch show. */
static enum claim_verdict judge_batch(struct claim_test *test)
{
	const struct claim_calls *calls = &test->calls;

	if (calls->submitted_max > 1)
		return claim_says(test, CLAIM_SHOWN, "%u of %d reads are submitted by one call",
				  calls->submitted_max, EXTENTS);
	if (calls->readers_count > 1)
		return claim_says(test, CLAIM_SHOWN, "several threads read");
	if (calls->announced_count > 1)
		return claim_says(test, CLAIM_SHOWN,
				  "%u of %d reads are announced to the kernel before",
				  calls->announced_count, EXTENTS);
	if (calls->has_ring && calls->reads_count == 0 && calls->submitted_max == 0)
		return claim_says(test, CLAIM_CANNOT,
				  "a thread of the kernel takes the reads from an io_uring, which "
				  "no call shows");
	return claim_says(test, CLAIM_NOT_SHOWN, "%d reads far apart are made one after the other",
			  EXTENTS);
}

/* A plug-in does not say it: what has read_batch() may keep several in flight. */
static bool says_batch(const struct conform_subject *subject)
{
	return !subject->ops->open_of;
}

static enum claim_verdict prove_batch(struct claim_test *test)
{
	static unsigned char bytes[EXTENTS * EXTENT_BYTES];
	struct engine_extent extents[EXTENTS];
	struct residency residency;

	if (!claim_write_file(test, test->path, 1, BATCH_BYTES))
		return test->verdict;
	if (cache_drop(test->path) ||
	    (cache_residency(test->path, &residency) == 0 && residency.resident_count > 0))
		return claim_says(test, CLAIM_CANNOT,
				  "the file cannot be dropped from the page cache here");
	struct engine *engine = claim_open(test, test->path, ENGINE_OPEN_READ);
	if (!engine)
		return test->verdict;
	for (size_t i = 0; i < EXTENTS; i++)
		extents[i] = (struct engine_extent){i * APART_BYTES + 8, EXTENT_BYTES,
						    bytes + i * EXTENT_BYTES};
	intercept_arm(&test->intercept);
	int err = engine_read_batch(engine, extents, EXTENTS);
	intercept_unarm(&test->intercept);
	CLAIM_HOLDS(test, err == 0, "read_batch gives %d (%s)", err, strerror(-err));
	for (size_t i = 0; i < EXTENTS; i++)
		CLAIM_HOLDS(test, claim_has(extents[i].buffer, 1, extents[i].offset, EXTENT_BYTES),
			    "read_batch gives other bytes than the file has");
	return judge_batch(test);
}

/* ---- mappings ---- */

static enum claim_verdict prove_zero_copy(struct claim_test *test)
{
	struct engine *engine = claim_open_written(test, 1, MAPPED_BYTES);
	if (!engine)
		return test->verdict;
	const unsigned char *whole = claim_map(test, engine, MAPPED_BYTES);
	if (!whole)
		return test->verdict;
	CLAIM_HOLDS(test, claim_has(whole, 1, 0, MAPPED_BYTES), "map gives other bytes");
	bool same = true;

	intercept_arm(&test->intercept);
	for (size_t i = 0; same && i < MAPS; i++) {
		size_t offset = i * 4001 % (MAPPED_BYTES - 100);
		const unsigned char *part = engine->ops->map(engine, offset, 100);

		same = part == whole + offset;
	}
	intercept_unarm(&test->intercept);
	if (!same)
		return claim_says(test, CLAIM_NOT_SHOWN,
				  "a part of the file is at another address each time: a copy");
	if (test->calls.all_count > 0)
		return claim_says(test, CLAIM_NOT_SHOWN, "%d reads through map make %u calls", MAPS,
				  test->calls.all_count);
	return claim_says(test, CLAIM_SHOWN, "%d reads through map make no system call", MAPS);
}

/* Makes it impossible that the mapping grows in place. */
static void block(const unsigned char *bytes, size_t len_bytes)
{
	unsigned char *end =
		(unsigned char *)bytes + (len_bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;

	(void)mmap(end, PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
		   -1, 0);
}

static enum claim_verdict prove_stable_pointer(struct claim_test *test)
{
	struct engine *engine = claim_create(test, test->path, 1, MAPPED_BYTES);
	unsigned char bytes[100];

	if (!engine)
		return test->verdict;
	const unsigned char *whole = claim_map(test, engine, MAPPED_BYTES);
	if (!whole)
		return test->verdict;
	block(whole, MAPPED_BYTES);
	int err = engine->ops->resize(engine, GROWN_BYTES);
	CLAIM_HOLDS(test, err == 0, "resize gives %d (%s)", err, strerror(-err));
	CLAIM_HOLDS(test, claim_has(whole, 1, 0, MAPPED_BYTES),
		    "after the file has grown, other bytes are at the pointer");
	claim_fill(bytes, 2, 0, sizeof(bytes));
	err = engine->ops->write(engine, 5000, bytes, sizeof(bytes));
	CLAIM_HOLDS(test, err == 0, "write gives %d (%s)", err, strerror(-err));
	CLAIM_HOLDS(test, memcmp(whole + 5000, bytes, sizeof(bytes)) == 0,
		    "after the file has grown, a write does not show at the pointer");
	return claim_says(test, CLAIM_SHOWN,
			  "a pointer is right after the file has grown from %zu KiB to %zu MiB",
			  MAPPED_BYTES >> 10, GROWN_BYTES >> 20);
}

static bool has_map(const struct conform_subject *subject)
{
	return subject->ops->map != NULL;
}

/* Is every pointer aligned as its offset is? */
static bool is_aligned(struct engine *engine)
{
	bool same = true;

	for (size_t offset = 1; same && offset <= PAGE_BYTES; offset *= 2)
		same = (uintptr_t)engine->ops->map(engine, offset, 1) % offset == 0;
	return same;
}

/* A pointer is valid, and at the same place, until resize or close, whatever is called. */
static enum claim_verdict prove_map(struct claim_test *test)
{
	struct engine *engine = claim_create(test, test->path, 1, MAPPED_BYTES);
	struct engine_extent extents[] = {{100, 100, NULL}};
	unsigned char bytes[100];

	if (!engine)
		return test->verdict;
	const struct engine_ops *ops = engine->ops;
	const unsigned char *whole = ops->map(engine, 0, MAPPED_BYTES);
	if (!whole)
		return claim_says(test, CLAIM_CANNOT, "map declines with these options");
	CLAIM_HOLDS(test, is_aligned(engine), "a pointer has another alignment than its offset");
	CLAIM_HOLDS(test, claim_has(whole, 1, 0, MAPPED_BYTES), "map gives other bytes");
	if (ops->drop_cache)
		(void)ops->drop_cache(engine);
	if (ops->prefetch)
		ops->prefetch(engine, extents, 1);
	if (ops->advise)
		(void)ops->advise(engine, ENGINE_PATTERN_RANDOM);
	engine_begin_walk(engine);
	CLAIM_HOLDS(test, claim_has(whole, 1, 0, MAPPED_BYTES),
		    "a pointer has other bytes after drop_cache, prefetch and advise");
	claim_fill(bytes, 2, 0, sizeof(bytes));
	int err = ops->write(engine, 5000, bytes, sizeof(bytes));
	CLAIM_HOLDS(test, err == 0, "write gives %d (%s)", err, strerror(-err));
	CLAIM_HOLDS(test, memcmp(whole + 5000, bytes, sizeof(bytes)) == 0,
		    "a write does not show through a pointer");
	err = ops->sync(engine);
	CLAIM_HOLDS(test, err == 0, "sync gives %d (%s)", err, strerror(-err));
	CLAIM_HOLDS(test, memcmp(whole + 5000, bytes, sizeof(bytes)) == 0,
		    "a pointer has other bytes after sync");
	return claim_says(test, CLAIM_SHOWN,
			  "a pointer is valid after drop_cache, prefetch, advise, write and sync");
}

/* ---- hints ---- */

static bool has_hints(const struct conform_subject *subject)
{
	return subject->ops->prefetch || subject->ops->advise;
}

/* All that may be announced, also what is not there. False if advise() gives an error that it may not give. */
static bool give_hints(struct engine *engine)
{
	static const enum engine_pattern patterns[] = {
		ENGINE_PATTERN_RANDOM,     ENGINE_PATTERN_NORMAL, ENGINE_PATTERN_SEQUENTIAL,
		ENGINE_PATTERN_SEQUENTIAL, ENGINE_PATTERN_RANDOM, ENGINE_PATTERN_NORMAL};
	uint64_t size_bytes = engine->ops->size(engine);
	const struct engine_extent extents[] = {
		{0, 0, NULL},
		{0, 1, NULL},
		{size_bytes, 0, NULL},
		{size_bytes, 1, NULL},
		{size_bytes / 2, size_bytes, NULL},
		{0, size_bytes, NULL},
		{0, UINT64_MAX, NULL},
		{UINT64_MAX, 1, NULL},
		{UINT64_MAX - 10, 100, NULL},
		{UINT64_MAX, UINT64_MAX, NULL},
		{size_bytes > 0 ? size_bytes - 1 : 0, 1, NULL},
		{1, size_bytes / 3, NULL},
	};
	size_t count = sizeof(extents) / sizeof(extents[0]);

	if (engine->ops->prefetch) {
		engine->ops->prefetch(engine, NULL, 0);
		engine->ops->prefetch(engine, extents, count);
		for (size_t i = count; i-- > 0;)
			engine->ops->prefetch(engine, &extents[i], 1);
	}
	for (size_t i = 0; engine->ops->advise && i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		int err = engine->ops->advise(engine, patterns[i]);

		if (err && err != -EOPNOTSUPP)
			return false;
	}
	return true;
}

/* Hints, then the whole content. */
static bool same_after_hints(struct engine *engine, unsigned number, size_t size_bytes)
{
	return give_hints(engine) && claim_reads(engine, number, size_bytes) &&
	       engine_health(engine, NULL) == 0;
}

/* Also between submit() and reap(). */
static bool same_in_flight(struct engine *engine)
{
	unsigned char bytes[2][100];
	struct engine_extent extents[] = {{100, 100, bytes[0]}, {90000, 100, bytes[1]}};
	struct engine_batch batch = {.extents = extents, .count = 2};

	engine_submit(engine, &batch);
	bool same = give_hints(engine);
	return engine_reap(engine, &batch) == 0 && same &&
	       claim_has(extents[0].buffer, 1, extents[0].offset, 100) &&
	       claim_has(extents[1].buffer, 1, extents[1].offset, 100);
}

static enum claim_verdict prove_hints_reading(struct claim_test *test, size_t size_bytes)
{
	struct engine *engine = claim_open(test, test->path, ENGINE_OPEN_READ);

	if (!engine)
		return test->verdict;
	CLAIM_HOLDS(test, same_after_hints(engine, 1, size_bytes),
		    "other contents, or an error, by hints before the first read");
	CLAIM_HOLDS(test, same_in_flight(engine),
		    "other contents, or an error, by hints while a batch is in flight");
	if (engine->ops->drop_cache)
		(void)engine->ops->drop_cache(engine);
	CLAIM_HOLDS(test, same_after_hints(engine, 1, size_bytes),
		    "other contents, or an error, by hints after drop_cache");
	engine_begin_walk(engine);
	CLAIM_HOLDS(test, same_after_hints(engine, 1, size_bytes),
		    "other contents, or an error, by hints after begin_walk");
	int err = engine->ops->close(engine);
	CLAIM_HOLDS(test, err == 0, "close after hints gives %d", err);
	CLAIM_HOLDS(test, claim_file_has(test->path, 1, size_bytes), "hints have changed the file");
	return claim_says(test, CLAIM_SHOWN, "hints in any order, of any range, change nothing");
}

static enum claim_verdict prove_hints(struct claim_test *test)
{
	size_t size_bytes = 100000;

	if (test->subject->ops->capabilities & ENGINE_READ_ONLY)
		return claim_write_file(test, test->path, 1, size_bytes)
			       ? prove_hints_reading(test, size_bytes)
			       : test->verdict;
	struct engine *engine = claim_open(test, test->path, ENGINE_OPEN_CREATE);
	if (!engine)
		return test->verdict;
	CLAIM_HOLDS(test, same_after_hints(engine, 1, 0),
		    "other contents, or an error, by hints in an empty file");
	engine->ops->close(engine);
	engine = claim_create(test, test->path, 1, size_bytes);
	if (!engine)
		return test->verdict;
	CLAIM_HOLDS(test, same_after_hints(engine, 1, size_bytes),
		    "other contents, or an error, by hints after a write");
	CLAIM_HOLDS(test,
		    engine->ops->resize(engine, 5000) == 0 && same_after_hints(engine, 1, 5000),
		    "other contents, or an error, by hints after the file was cut off");
	engine->ops->close(engine);
	engine = claim_create(test, test->path, 1, size_bytes);
	if (!engine)
		return test->verdict;
	int err = engine->ops->close(engine);
	CLAIM_HOLDS(test, err == 0, "close gives %d", err);
	return prove_hints_reading(test, size_bytes);
}

const struct claim claims_of_reading[] = {
	{.name = "batch",
	 .capabilities = ENGINE_BATCH,
	 .is_capability = true,
	 .means = CLAIM_BY_ALL_CALLS,
	 .is_made = says_batch,
	 .prove = prove_batch},
	{.name = "zero-copy",
	 .capabilities = ENGINE_ZERO_COPY,
	 .is_capability = true,
	 .means = CLAIM_BY_ALL_CALLS,
	 .prove = prove_zero_copy},
	{.name = "stable-pointer",
	 .capabilities = ENGINE_STABLE_POINTER,
	 .excluded = ENGINE_READ_ONLY,
	 .is_capability = true,
	 .prove = prove_stable_pointer},
	{.name = "map", .excluded = ENGINE_READ_ONLY, .is_made = has_map, .prove = prove_map},
	{.name = "hints", .is_made = has_hints, .prove = prove_hints},
	{.name = NULL},
};
