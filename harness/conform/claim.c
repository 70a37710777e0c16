/* Files and engines for those who prove claims: see claim.h. */
#include "claim.h"

#include "../../workloads/support/mix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum claim_verdict claim_says(struct claim_test *test, enum claim_verdict verdict,
			      const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(test->why.text, sizeof(test->why.text), format, arguments);
	va_end(arguments);
	return test->verdict = verdict;
}

void claim_fill(unsigned char *bytes, unsigned number, uint64_t offset, size_t len_bytes)
{
	uint64_t key = mix64(number);

	for (size_t i = 0; i < len_bytes;) {
		uint64_t word = mix64(key + ((offset + i) >> 3)) >> 8 * ((offset + i) & 7);

		/* The rest of the word that this byte is in. */
		do {
			bytes[i++] = (unsigned char)word;
			word >>= 8;
		} while (i < len_bytes && (offset + i) & 7);
	}
}

bool claim_has(const unsigned char *bytes, unsigned number, uint64_t offset, size_t len_bytes)
{
	unsigned char *expected = malloc(len_bytes + 1);

	if (!expected)
		return false;
	claim_fill(expected, number, offset, len_bytes);
	bool same = memcmp(bytes, expected, len_bytes) == 0;
	free(expected);
	return same;
}

bool claim_write_file(struct claim_test *test, const char *path, unsigned number, size_t size_bytes)
{
	unsigned char *bytes = malloc(size_bytes + 1);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (bytes)
		claim_fill(bytes, number, 0, size_bytes);
	bool is_written = bytes && fd >= 0 &&
			  pwrite(fd, bytes, size_bytes, 0) == (ssize_t)size_bytes &&
			  ftruncate(fd, (off_t)size_bytes) == 0;
	if (!is_written)
		claim_says(test, CLAIM_CANNOT, "cannot write '%.150s': %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(bytes);
	return is_written;
}

bool claim_file_has(const char *path, unsigned number, size_t size_bytes)
{
	unsigned char *bytes = malloc(size_bytes + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool has = bytes && fd >= 0 && pread(fd, bytes, size_bytes + 1, 0) == (ssize_t)size_bytes &&
		   claim_has(bytes, number, 0, size_bytes);

	if (fd >= 0)
		close(fd);
	free(bytes);
	return has;
}

struct engine *claim_open(struct claim_test *test, const char *path, unsigned flags)
{
	struct engine *engine = NULL;
	int err = engine_ops_open(test->subject->ops, path, flags, test->subject->options, &engine);

	if (err == -EOPNOTSUPP)
		claim_says(test, CLAIM_CANNOT, "open gives %d (%s)", err, strerror(-err));
	else if (err)
		claim_says(test, CLAIM_WRONG, "open gives %d (%s)", err, strerror(-err));
	return err ? NULL : engine;
}

struct engine *claim_open_written(struct claim_test *test, unsigned number, size_t size_bytes)
{
	return claim_write_file(test, test->path, number, size_bytes)
		       ? claim_open(test, test->path, ENGINE_OPEN_READ)
		       : NULL;
}

const unsigned char *claim_map(struct claim_test *test, struct engine *engine, size_t size_bytes)
{
	const unsigned char *whole =
		engine->ops->map ? engine->ops->map(engine, 0, size_bytes) : NULL;

	if (!whole)
		claim_says(test, CLAIM_NOT_SHOWN, "map declines");
	return whole;
}

struct engine *claim_create(struct claim_test *test, const char *path, unsigned number,
			    size_t size_bytes)
{
	struct engine *engine = claim_open(test, path, ENGINE_OPEN_CREATE);
	unsigned char *bytes = malloc(size_bytes + 1);

	if (!engine || !bytes)
		return free(bytes), NULL;
	claim_fill(bytes, number, 0, size_bytes);
	int err = engine->ops->resize(engine, size_bytes);
	if (!err)
		err = engine->ops->write(engine, 0, bytes, size_bytes);
	free(bytes);
	if (!err)
		return engine;
	claim_says(test, CLAIM_WRONG, "a new file cannot be written: %d (%s)", err, strerror(-err));
	return NULL;
}

bool claim_reads(struct engine *engine, unsigned number, size_t size_bytes)
{
	unsigned char *bytes = calloc(1, size_bytes + 1);
	bool same = bytes && engine->ops->size(engine) == size_bytes &&
		    engine->ops->read(engine, 0, bytes, size_bytes) == 0 &&
		    claim_has(bytes, number, 0, size_bytes);

	free(bytes);
	return same;
}
