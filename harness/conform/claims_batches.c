/* Claims on batches: more reads than any queue has room for, in every order, at every alignment, by one thread after another. */
#include "claim.h"

#include "../../workloads/support/mix.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES   (((size_t)4 << 20) + 1234) /* no whole number of blocks */
#define ALIGN_BYTES  ((size_t)65536)
#define EXTENTS      400 /* more than the queue has by default */
#define SLOT_BYTES   ((size_t)9000)
#define LONG_BYTES   ((size_t)1 << 20)
#define AHEAD_STRIDE ((size_t)20480) /* more than the gap that is read with its neighbours */
#define BATCHES      3

/* One shape of a batch. */
enum shape { IN_ORDER, BACKWARDS, ANY_ORDER, EQUAL, SHORT_GAPS, AT_END, NOTHING, LONG, SHAPES };
static const char *const shape_names[SHAPES] = {"in order",    "backwards",    "in any order",
						"equal",       "side by side", "at the end",
						"of length 0", "long"};

static size_t make(enum shape shape, struct engine_extent *extents, unsigned char *memory)
{
	uint64_t seed = shape;
	size_t count = shape == LONG ? FILE_BYTES / LONG_BYTES : EXTENTS;

	for (size_t i = 0; i < count; i++) {
		size_t at = shape == BACKWARDS ? count - 1 - i : i;
		size_t len_bytes = 1 + mix_next(&seed) % SLOT_BYTES, offset = at * 10007 + at % 7;

		if (shape == ANY_ORDER)
			offset = mix_next(&seed) % (FILE_BYTES - len_bytes);
		if (shape == EQUAL)
			offset = 12345, len_bytes = 6000;
		if (shape == SHORT_GAPS)
			offset = at * 5000, len_bytes = at % 3 ? 4990 : 5000;
		if (shape == AT_END)
			len_bytes = 1 + at, offset = FILE_BYTES - len_bytes;
		if (shape == NOTHING)
			len_bytes = 0, offset = FILE_BYTES - at % 2;
		if (shape == LONG)
			len_bytes = LONG_BYTES, offset = at * LONG_BYTES;
		extents[i] = (struct engine_extent){
			offset, len_bytes, memory + i * (shape == LONG ? LONG_BYTES : SLOT_BYTES)};
	}
	return count;
}

static bool are_right(const struct engine_extent *extents, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!claim_has(extents[i].buffer, 1, extents[i].offset,
			       (size_t)extents[i].len_bytes))
			return false;
	}
	return true;
}

struct batches {
	struct engine *engine;
	struct engine_extent extents[EXTENTS];
	unsigned char *memory; /* for the extents, or the whole file */
};

static enum claim_verdict prove_shape(struct claim_test *test, struct batches *batches,
				      enum shape shape)
{
	struct engine_extent *extents = batches->extents;
	size_t count = make(shape, extents, batches->memory);
	int err = engine_read_batch(batches->engine, extents, count);

	CLAIM_HOLDS(test, err == 0 && are_right(extents, count),
		    "%zu extents %s: %d, or other bytes", count, shape_names[shape], err);
	return CLAIM_SHOWN;
}

/* In flight together, reaped in each order, with a read and a batch that is refused in between. */
static enum claim_verdict prove_order(struct claim_test *test, struct batches *batches,
				      const unsigned *order)
{
	size_t count = make(ANY_ORDER, batches->extents, batches->memory), each = count / BATCHES;
	struct engine_extent outside = {FILE_BYTES - 1, 2, NULL};
	struct engine_batch all[BATCHES], refused = {.extents = &outside, .count = 1};
	unsigned char bytes[100];

	for (unsigned i = 0; i < BATCHES; i++) {
		all[i] = (struct engine_batch){.extents = batches->extents + i * each,
					       .count = each};
		engine_submit(batches->engine, &all[i]);
	}
	int err = batches->engine->ops->read(batches->engine, 5000, bytes, sizeof(bytes));
	CLAIM_HOLDS(test, err == 0 && claim_has(bytes, 1, 5000, sizeof(bytes)),
		    "a read while batches are in flight gives %d, or other bytes", err);
	engine_submit(batches->engine, &refused);
	for (unsigned i = 0; i < BATCHES; i++) {
		err = engine_reap(batches->engine, &all[order[i]]);
		CLAIM_HOLDS(test, err == 0 && all[order[i]].is_read,
			    "batch %u of %d, reaped as number %u, gives %d", order[i] + 1, BATCHES,
			    i + 1, err);
	}
	err = engine_reap(batches->engine, &refused);
	CLAIM_HOLDS(test, err == -ERANGE, "a batch beyond the end gives %d", err);
	CLAIM_HOLDS(test, are_right(batches->extents, each * BATCHES),
		    "batches in flight together read other bytes");
	return CLAIM_SHOWN;
}

static enum claim_verdict prove_orders(struct claim_test *test, struct batches *batches)
{
	static const unsigned orders[][BATCHES] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
						   {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (prove_order(test, batches, orders[i]) != CLAIM_SHOWN)
			return test->verdict;
	}
	return CLAIM_SHOWN;
}

/* What is only announced, more of it than is collected at once, and then read in one long read. */
static enum claim_verdict prove_ahead(struct claim_test *test, struct batches *batches)
{
	struct engine *engine = batches->engine;
	size_t count = FILE_BYTES / AHEAD_STRIDE;

	for (size_t i = 0; i < count; i++)
		batches->extents[i] = (struct engine_extent){i * AHEAD_STRIDE, 100, NULL};
	if (engine->ops->drop_cache)
		(void)engine->ops->drop_cache(engine);
	if (engine->ops->prefetch)
		engine->ops->prefetch(engine, batches->extents, count);
	engine_begin_walk(engine);
	int err = engine->ops->read(engine, 0, batches->memory, FILE_BYTES);
	CLAIM_HOLDS(test, err == 0 && claim_has(batches->memory, 1, 0, FILE_BYTES),
		    "a read of the whole file gives %d, or other bytes", err);
	return CLAIM_SHOWN;
}

struct handed {
	struct claim_test *test;
	struct batches *batches;
	enum claim_verdict verdict;
};

static void *by_another(void *context)
{
	struct handed *handed = context;

	handed->verdict = prove_shape(handed->test, handed->batches, ANY_ORDER);
	return NULL;
}

/* An instance is used by one thread at a time, but not always by the same one. */
static enum claim_verdict prove_handed(struct claim_test *test, struct batches *batches)
{
	struct handed handed = {test, batches, CLAIM_NOT_DONE};
	pthread_t thread;

	if (pthread_create(&thread, NULL, by_another, &handed))
		return claim_says(test, CLAIM_CANNOT, "no thread");
	pthread_join(thread, NULL);
	return handed.verdict == CLAIM_SHOWN ? prove_shape(test, batches, BACKWARDS)
					     : handed.verdict;
}

static enum claim_verdict prove_batches(struct claim_test *test)
{
	static struct batches all;
	struct batches *batches = &all;
	size_t bytes = FILE_BYTES > EXTENTS * SLOT_BYTES ? FILE_BYTES : EXTENTS * SLOT_BYTES;

	batches->memory = aligned_alloc(ALIGN_BYTES, (bytes / ALIGN_BYTES + 1) * ALIGN_BYTES);
	if (!batches->memory)
		return claim_says(test, CLAIM_CANNOT, "no memory");
	batches->engine = claim_open_written(test, 1, FILE_BYTES);
	if (!batches->engine)
		return test->verdict;
	for (unsigned shape = 0; shape < SHAPES; shape++) {
		/* Half of them cold. */
		if (shape % 2 && batches->engine->ops->drop_cache)
			(void)batches->engine->ops->drop_cache(batches->engine);
		if (prove_shape(test, batches, (enum shape)shape) != CLAIM_SHOWN)
			return test->verdict;
	}
	if (prove_orders(test, batches) != CLAIM_SHOWN ||
	    prove_ahead(test, batches) != CLAIM_SHOWN || prove_handed(test, batches) != CLAIM_SHOWN)
		return test->verdict;
	bool has_submit = engine_has_submit(batches->engine);
	int err = batches->engine->ops->close(batches->engine);
	CLAIM_HOLDS(test, err == 0, "close gives %d (%s)", err, strerror(-err));
	return claim_says(test, CLAIM_SHOWN, "%d extents of %d shapes, %d batches %s in each order",
			  EXTENTS, SHAPES, BATCHES, has_submit ? "in flight" : "read at once,");
}

/* ---- batches of a file that another process cuts off ---- */

static enum claim_verdict prove_cut_at(struct claim_test *test, off_t left_bytes)
{
	static unsigned char memory[4 * SLOT_BYTES];
	struct engine_extent extents[4];
	struct why why = {""};
	size_t half = FILE_BYTES / 2;

	struct engine *engine = claim_open_written(test, 1, FILE_BYTES);
	if (!engine)
		return test->verdict;
	if (truncate(test->path, left_bytes))
		return claim_says(test, CLAIM_CANNOT, "the file cannot be cut off: %s",
				  strerror(errno));
	for (size_t i = 0; i < 4; i++)
		extents[i] = (struct engine_extent){half + i * 100000 - 300, SLOT_BYTES,
						    memory + i * SLOT_BYTES};
	int err = engine_read_batch(engine, extents, 4);
	/* The file is long again, but has other bytes. */
	CLAIM_HOLDS(test, truncate(test->path, (off_t)FILE_BYTES) == 0, "the file cannot grow: %s",
		    strerror(errno));
	int health = engine_health(engine, &why);
	CLAIM_HOLDS(test, err || health || are_right(extents, 4),
		    "a batch where the file was cut off gives bytes that it never had");
	CLAIM_HOLDS(test, !health || (health == -EIO && *why.text), "health gives %d: '%s'", health,
		    why.text);
	(void)engine->ops->close(engine);
	unlink(test->path);
	return CLAIM_SHOWN;
}

static enum claim_verdict prove_batches_cut(struct claim_test *test)
{
	off_t half = (off_t)(FILE_BYTES / 2);

	/* Before the batch, within its first extent and its first block, at the end of a block. */
	if (prove_cut_at(test, 0) != CLAIM_SHOWN || prove_cut_at(test, half) != CLAIM_SHOWN ||
	    prove_cut_at(test, half - half % 4096 + 4096) != CLAIM_SHOWN)
		return test->verdict;
	return claim_says(test, CLAIM_SHOWN, "an error, or what the engine had read before");
}

const struct claim claims_of_batches[] = {
	{.name = "batches", .prove = prove_batches},
	{.name = "truncated-batch", .prove = prove_batches_cut},
	{.name = NULL},
};
