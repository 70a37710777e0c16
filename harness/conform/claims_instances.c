/* Claims on instances: each has its own data and counts, and errors, also of arguments, leave nothing behind. */
#include "claim.h"

#include "leaks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES ((size_t)100 << 10)
#define PART_BYTES ((size_t)3000)
#define CANARY     0x5a

/* ---- two instances ---- */

/* One part of the file, into both in turn. */
static int write_both(struct engine *one, struct engine *two, size_t offset)
{
	unsigned char bytes[PART_BYTES];
	size_t len_bytes = FILE_BYTES - offset < PART_BYTES ? FILE_BYTES - offset : PART_BYTES;

	claim_fill(bytes, 1, offset, len_bytes);
	int err = one->ops->write(one, offset, bytes, len_bytes);
	claim_fill(bytes, 2, offset, len_bytes);
	return err ? err : two->ops->write(two, offset, bytes, len_bytes);
}

static bool same_counts(const struct engine_stats *one, const struct engine_stats *two)
{
	return memcmp(one, two, sizeof(*one)) == 0;
}

/* Everything that the second does leaves the counts of the first as they are. */
static enum claim_verdict prove_own_counts(struct claim_test *test, struct engine *one,
					   struct engine *two)
{
	struct engine_stats before, after, own;

	one->ops->stats(one, &before);
	two->ops->stats(two, &own);
	CLAIM_HOLDS(test, claim_reads(two, 2, FILE_BYTES), "the second instance has other bytes");
	int err = two->ops->write(two, 50, "x", 1);
	if (!err)
		err = two->ops->sync(two);
	CLAIM_HOLDS(test, err == 0, "write and sync give %d (%s)", err, strerror(-err));
	one->ops->stats(one, &after);
	CLAIM_HOLDS(test, same_counts(&before, &after),
		    "the counts of one instance change by what another does");
	two->ops->stats(two, &after);
	CLAIM_HOLDS(test,
		    test->subject->ops->capabilities & ENGINE_UNCOUNTED ||
			    !same_counts(&own, &after),
		    "an instance does not count its own reads and syncs");
	return CLAIM_SHOWN;
}

static enum claim_verdict prove_instances(struct claim_test *test)
{
	struct engine *one = claim_open(test, test->path, ENGINE_OPEN_CREATE);
	struct engine *two = claim_open(test, test->other, ENGINE_OPEN_CREATE);

	if (!one || !two)
		return test->verdict;
	int err = one->ops->resize(one, FILE_BYTES);
	if (!err)
		err = two->ops->resize(two, FILE_BYTES);
	for (size_t offset = 0; !err && offset < FILE_BYTES; offset += PART_BYTES)
		err = write_both(one, two, offset);
	CLAIM_HOLDS(test, err == 0, "resize and write give %d (%s)", err, strerror(-err));
	err = one->ops->sync(one);
	if (!err && two->ops->drop_cache)
		err = two->ops->drop_cache(two);
	CLAIM_HOLDS(test, err == 0 || err == -EOPNOTSUPP, "sync and drop_cache give %d (%s)", err,
		    strerror(-err));
	CLAIM_HOLDS(test, claim_reads(one, 1, FILE_BYTES) && claim_reads(two, 2, FILE_BYTES),
		    "an instance reads what another has written");
	if (prove_own_counts(test, one, two) != CLAIM_SHOWN)
		return test->verdict;
	err = two->ops->close(two);
	CLAIM_HOLDS(test, err == 0 && claim_reads(one, 1, FILE_BYTES),
		    "an instance is wrong after another was closed");
	err = one->ops->close(one);
	CLAIM_HOLDS(test, err == 0 && claim_file_has(test->path, 1, FILE_BYTES),
		    "the file has what another instance has written");
	return claim_says(test, CLAIM_SHOWN,
			  "two, interleaved, have each its own bytes and counts");
}

/* One that was open before reads what the writer has not changed; one that is opened after its sync, all. */
static enum claim_verdict prove_shared(struct claim_test *test)
{
	unsigned char bytes[PART_BYTES];

	if (!claim_write_file(test, test->path, 1, FILE_BYTES))
		return test->verdict;
	struct engine *before = claim_open(test, test->path, ENGINE_OPEN_READ);
	struct engine *writer = claim_open(test, test->path, ENGINE_OPEN_WRITE);
	if (!before || !writer)
		return test->verdict;
	claim_fill(bytes, 2, 50000, PART_BYTES);
	int err = before->ops->read(before, 50000, bytes, 10);
	claim_fill(bytes, 2, 50000, PART_BYTES);
	if (!err)
		err = writer->ops->write(writer, 50000, bytes, PART_BYTES);
	if (!err)
		err = writer->ops->sync(writer);
	CLAIM_HOLDS(test, err == 0, "read, write and sync give %d (%s)", err, strerror(-err));
	static unsigned char found[FILE_BYTES];
	err = before->ops->read(before, 0, found, FILE_BYTES);
	CLAIM_HOLDS(test,
		    err == 0 && claim_has(found, 1, 0, 50000) &&
			    claim_has(found + 50000 + PART_BYTES, 1, 50000 + PART_BYTES,
				      FILE_BYTES - 50000 - PART_BYTES),
		    "an instance that was open reads other bytes than before, where nothing was "
		    "written");
	struct engine *after = claim_open(test, test->path, ENGINE_OPEN_READ);
	if (!after)
		return test->verdict;
	err = after->ops->read(after, 50000, found, PART_BYTES);
	CLAIM_HOLDS(
		test, err == 0 && claim_has(found, 2, 50000, PART_BYTES),
		"an instance that is opened after a sync does not read what was written before");
	return claim_says(test, CLAIM_SHOWN,
			  "what is not written reads the same, what is synced is read");
}

/* ---- what fails ---- */

/* A failed open gives nothing, makes nothing and leaves nothing open. */
static enum claim_verdict prove_open(struct claim_test *test)
{
	const struct engine_ops *ops = test->subject->ops;
	struct engine unchanged, *out = &unchanged;
	size_t open_count = leaks_count(test->path);
	struct stat status;
	char path[4200];
	int err = 0;

	for (unsigned flags = ENGINE_OPEN_READ; flags <= ENGINE_OPEN_WRITE; flags++) {
		err = engine_ops_open(ops, test->path, flags, test->subject->options, &out);
		CLAIM_HOLDS(test, err < 0, "a file that does not exist is opened: %d", err);
		CLAIM_HOLDS(test, stat(test->path, &status) != 0,
			    "a file that is opened, but not to be created, is created");
		err = engine_ops_open(ops, test->folder, flags, test->subject->options, &out);
		CLAIM_HOLDS(test, err < 0, "a folder is opened: %d", err);
	}
	snprintf(path, sizeof(path), "%s/none/file", test->path);
	err = engine_ops_open(ops, path, ENGINE_OPEN_CREATE, test->subject->options, &out);
	CLAIM_HOLDS(test, err < 0, "a file in a folder that does not exist is created: %d", err);
	CLAIM_HOLDS(test, out == &unchanged, "a failed open gives an instance");
	CLAIM_HOLDS(test, leaks_count(test->path) == open_count,
		    "a failed open leaves descriptors or mappings open");
	return claim_says(test, CLAIM_SHOWN, "what cannot be opened leaves nothing behind");
}

struct range {
	uint64_t offset;
	size_t len_bytes;
};

/* Beyond the end, by a byte and by overflow. */
static const struct range outside[] = {
	{FILE_BYTES, 1},        {FILE_BYTES - 1, 2},    {0, FILE_BYTES + 1}, {UINT64_MAX, 1},
	{UINT64_MAX - 1, 2},    {UINT64_MAX, 2},        {1, SIZE_MAX},       {FILE_BYTES, SIZE_MAX},
	{UINT64_C(1) << 63, 1}, {UINT64_C(1) << 32, 1},
};

static bool is_untouched(const unsigned char *bytes)
{
	for (size_t i = 0; i < PART_BYTES; i++) {
		if (bytes[i] != CANARY)
			return false;
	}
	return true;
}

static enum claim_verdict prove_outside(struct claim_test *test, struct engine *engine,
					const struct range *range)
{
	static unsigned char bytes[PART_BYTES];
	struct engine_extent extent = {range->offset, range->len_bytes, bytes};
	unsigned long long offset = range->offset, len_bytes = range->len_bytes;

	memset(bytes, CANARY, sizeof(bytes));
	int err = engine->ops->read(engine, range->offset, bytes, range->len_bytes);
	CLAIM_HOLDS(test, err == -ERANGE, "read %llu+%llu gives %d", offset, len_bytes, err);
	err = engine_read_batch(engine, &extent, 1);
	CLAIM_HOLDS(test, err == -ERANGE, "read_batch %llu+%llu gives %d", offset, len_bytes, err);
	CLAIM_HOLDS(test, is_untouched(bytes), "read %llu+%llu changes the buffer", offset,
		    len_bytes);
	CLAIM_HOLDS(test,
		    !engine->ops->map || !engine->ops->map(engine, range->offset, range->len_bytes),
		    "map %llu+%llu gives a pointer", offset, len_bytes);
	if (test->subject->ops->capabilities & ENGINE_READ_ONLY)
		return CLAIM_SHOWN;
	err = engine->ops->write(engine, range->offset, bytes, range->len_bytes);
	CLAIM_HOLDS(test, err == -ERANGE, "write %llu+%llu gives %d", offset, len_bytes, err);
	return CLAIM_SHOWN;
}

static enum claim_verdict prove_range(struct claim_test *test)
{
	bool read_only = test->subject->ops->capabilities & ENGINE_READ_ONLY;

	if (!claim_write_file(test, test->path, 1, FILE_BYTES))
		return test->verdict;
	struct engine *engine =
		claim_open(test, test->path, read_only ? ENGINE_OPEN_READ : ENGINE_OPEN_WRITE);
	if (!engine)
		return test->verdict;
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		if (prove_outside(test, engine, &outside[i]) != CLAIM_SHOWN)
			return test->verdict;
	}
	int err = engine->ops->read(engine, FILE_BYTES, NULL, 0);
	if (!err && !read_only)
		err = engine->ops->write(engine, FILE_BYTES, NULL, 0);
	if (!err)
		err = engine_read_batch(engine, NULL, 0);
	CLAIM_HOLDS(test, err == 0, "a length of 0 gives %d", err);
	CLAIM_HOLDS(test, claim_reads(engine, 1, FILE_BYTES),
		    "what is refused changes size or bytes");
	err = engine->ops->close(engine);
	CLAIM_HOLDS(test, err == 0 && claim_file_has(test->path, 1, FILE_BYTES),
		    "what is refused changes the file");
	return claim_says(test, CLAIM_SHOWN, "%zu ranges beyond the end are refused, by every hook",
			  sizeof(outside) / sizeof(outside[0]));
}

/* Nothing is printed, whatever fails. */
static enum claim_verdict prove_quiet(struct claim_test *test)
{
	const struct engine_ops *ops = test->subject->ops;
	int printed = memfd_create("printed", 0);
	struct engine *engine = NULL;
	unsigned char bytes[100];
	struct stat status;

	if (printed < 0 || !claim_write_file(test, test->path, 1, FILE_BYTES))
		return claim_says(test, CLAIM_CANNOT, "no file for what is printed");
	dup2(printed, STDOUT_FILENO);
	dup2(printed, STDERR_FILENO);
	(void)engine_ops_open(ops, test->folder, ENGINE_OPEN_READ, test->subject->options, &engine);
	(void)engine_ops_open(ops, test->other, ENGINE_OPEN_WRITE, test->subject->options, &engine);
	engine = claim_open(test, test->path, ENGINE_OPEN_READ);
	if (!engine)
		return test->verdict;
	(void)ops->read(engine, FILE_BYTES, bytes, 1);
	(void)ops->write(engine, 0, bytes, 1);
	(void)ops->resize(engine, 1);
	if (truncate(test->path, 100))
		return claim_says(test, CLAIM_CANNOT, "the file cannot be cut off");
	(void)ops->read(engine, FILE_BYTES - 100, bytes, 100);
	(void)engine_health(engine, NULL);
	(void)ops->close(engine);
	fflush(NULL);
	CLAIM_HOLDS(test, fstat(printed, &status) == 0 && status.st_size == 0,
		    "the engine prints %lld bytes", (long long)status.st_size);
	return claim_says(test, CLAIM_SHOWN, "errors print nothing");
}

const struct claim claims_of_instances[] = {
	{.name = "instances", .excluded = ENGINE_READ_ONLY, .prove = prove_instances},
	{.name = "shared", .excluded = ENGINE_READ_ONLY, .prove = prove_shared},
	{.name = "open", .prove = prove_open},
	{.name = "range", .prove = prove_range},
	{.name = "quiet", .prove = prove_quiet},
	{.name = NULL},
};
