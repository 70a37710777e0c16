/* The claim that a file may be longer than 4 GiB. */
#include "claim.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES (UINT64_C(0x100000000) + ((uint64_t)1 << 20))
#define PART_BYTES ((size_t)1000)

/* Where 31 and 32 bits end, and the end of the file: each in the middle of a part. */
static const uint64_t centers[] = {PART_BYTES, UINT64_C(1) << 31, UINT64_C(1) << 32,
				   (UINT64_C(1) << 32) + 40000, FILE_BYTES - PART_BYTES};
#define PARTS (sizeof(centers) / sizeof(centers[0]))

static uint64_t offset_of(size_t part)
{
	return centers[part] - PART_BYTES / 2;
}

/* A file with holes, but for the parts. */
static bool write_parts(struct claim_test *test)
{
	unsigned char bytes[PART_BYTES];
	int fd = open(test->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	bool is_written = fd >= 0 && ftruncate(fd, (off_t)FILE_BYTES) == 0;

	for (size_t i = 0; is_written && i < PARTS; i++) {
		claim_fill(bytes, 1, offset_of(i), PART_BYTES);
		is_written =
			pwrite(fd, bytes, PART_BYTES, (off_t)offset_of(i)) == (ssize_t)PART_BYTES;
	}
	if (!is_written)
		claim_says(test, CLAIM_CANNOT, "no file of 4 GiB can be made here: %s",
			   strerror(errno));
	if (fd >= 0)
		close(fd);
	return is_written;
}

/* Are the parts as they were written, by number `number`, without the engine? */
static bool file_has_parts(const char *path, unsigned number)
{
	unsigned char bytes[PART_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool same = fd >= 0;

	for (size_t i = 0; same && i < PARTS; i++)
		same = pread(fd, bytes, PART_BYTES, (off_t)offset_of(i)) == (ssize_t)PART_BYTES &&
		       claim_has(bytes, number, offset_of(i), PART_BYTES);
	if (fd >= 0)
		close(fd);
	return same;
}

/* Each part alone, all in a batch, and by map, after hints. */
static bool reads_parts(struct engine *engine, unsigned number)
{
	static unsigned char bytes[PARTS][PART_BYTES];
	struct engine_extent extents[PARTS];
	bool same = engine->ops->size(engine) == FILE_BYTES;

	for (size_t i = 0; i < PARTS; i++)
		extents[i] = (struct engine_extent){offset_of(i), PART_BYTES, bytes[i]};
	if (engine->ops->prefetch)
		engine->ops->prefetch(engine, extents, PARTS);
	for (size_t i = 0; same && i < PARTS; i++) {
		const unsigned char *part =
			engine->ops->map ? engine->ops->map(engine, offset_of(i), PART_BYTES)
					 : NULL;

		same = engine->ops->read(engine, offset_of(i), bytes[i], PART_BYTES) == 0 &&
		       claim_has(bytes[i], number, offset_of(i), PART_BYTES) &&
		       (!part || claim_has(part, number, offset_of(i), PART_BYTES));
	}
	memset(bytes, 0, sizeof(bytes));
	same = same && engine_read_batch(engine, extents, PARTS) == 0;
	for (size_t i = 0; same && i < PARTS; i++)
		same = claim_has(extents[i].buffer, number, extents[i].offset, PART_BYTES);
	return same;
}

static int write_by_engine(struct engine *engine)
{
	unsigned char bytes[PART_BYTES];
	int err = 0;

	for (size_t i = 0; !err && i < PARTS; i++) {
		claim_fill(bytes, 2, offset_of(i), PART_BYTES);
		err = engine->ops->write(engine, offset_of(i), bytes, PART_BYTES);
	}
	return err ? err : engine->ops->sync(engine);
}

static enum claim_verdict prove_long_file(struct claim_test *test)
{
	if (!write_parts(test))
		return test->verdict;
	struct engine *engine = claim_open(test, test->path, ENGINE_OPEN_READ);
	if (!engine)
		return test->verdict;
	CLAIM_HOLDS(test, reads_parts(engine, 1),
		    "around an offset of 2^31 or 2^32, or behind it, "
		    "other bytes are read than the file has");
	int err = engine->ops->close(engine);
	CLAIM_HOLDS(test, err == 0, "close gives %d (%s)", err, strerror(-err));
	if (test->subject->ops->capabilities & ENGINE_READ_ONLY)
		return claim_says(test, CLAIM_SHOWN, "offsets beyond 2^32 are read");
	engine = claim_open(test, test->path, ENGINE_OPEN_WRITE);
	if (!engine)
		return test->verdict;
	err = write_by_engine(engine);
	CLAIM_HOLDS(test, err == 0, "write and sync give %d (%s)", err, strerror(-err));
	CLAIM_HOLDS(test, reads_parts(engine, 2),
		    "what was written around an offset of 2^31 or "
		    "2^32, or behind it, is not read");
	err = engine->ops->resize(engine, FILE_BYTES - 1);
	CLAIM_HOLDS(test, err == 0 && engine->ops->size(engine) == FILE_BYTES - 1,
		    "a file of more than 2^32 bytes cannot be cut off: %d", err);
	err = engine->ops->close(engine);
	CLAIM_HOLDS(
		test, err == 0 && file_has_parts(test->path, 2),
		"what was written around an offset of 2^31 or 2^32, or behind it, is not in the "
		"file");
	return claim_says(test, CLAIM_SHOWN, "offsets beyond 2^32 are read and written");
}

/* With the defaults only: an option may read the whole file. */
static bool has_defaults(const struct conform_subject *subject)
{
	return !*subject->text;
}

const struct claim claims_of_length[] = {
	{.name = "long-file",
	 .excluded = ENGINE_HOLDS_FILE,
	 .is_made = has_defaults,
	 .prove = prove_long_file},
	{.name = NULL},
};
