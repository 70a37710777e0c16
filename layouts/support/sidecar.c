/* An index in a separate file: see sidecar.h. CRC32 by zlib. */
#include "bytes.h"
#include "sidecar.h"
#include "../../engines/support/choose.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define MAGIC         "IWIX"
#define VERSION       1
#define ENTRY_BYTES   16
#define CHUNK_ENTRIES UINT64_C(65536) /* read or written at once: 1 MiB */

enum { AT_VERSION = 4, AT_COUNT = 8, AT_GRAPH = 16 };

static void head_encode(unsigned char *head, const struct header *header, uint64_t count,
			uint32_t entries_crc)
{
	memset(head, 0, SIDECAR_HEAD_BYTES);
	memcpy(head, MAGIC, 4);
	le_put32(head + AT_VERSION, VERSION);
	le_put64(head + AT_COUNT, count);
	le_put64(head + AT_GRAPH, header->created_us);
	le_put64(head + AT_GRAPH + 8, header->modified_us);
	le_put64(head + AT_GRAPH + 16, header->data_bytes);
	le_put32(head + SIDECAR_AT_ENTRIES_CRC, entries_crc);
	le_put32(head + SIDECAR_AT_HEAD_CRC, (uint32_t)crc32(0, head, SIDECAR_AT_HEAD_CRC));
}

/* ---- writing ---- */

/* Room for the first entries of `count`. The caller frees. */
static unsigned char *new_chunk(uint64_t count)
{
	return malloc((size_t)((count < CHUNK_ENTRIES ? count + 1 : CHUNK_ENTRIES) * ENTRY_BYTES));
}

static int write_entries(FILE *file, const uint64_t *offsets, uint64_t count, uint32_t *crc)
{
	unsigned char *chunk = new_chunk(count);
	int err = chunk ? 0 : -ENOMEM;

	*crc = 0;
	for (uint64_t first = 0; !err && first < count; first += CHUNK_ENTRIES) {
		uint64_t part = count - first < CHUNK_ENTRIES ? count - first : CHUNK_ENTRIES;
		size_t bytes = (size_t)(part * ENTRY_BYTES);

		for (uint64_t i = 0; i < part; i++) {
			le_put64(chunk + i * ENTRY_BYTES, first + i);
			le_put64(chunk + i * ENTRY_BYTES + 8, offsets[first + i]);
		}
		*crc = (uint32_t)crc32(*crc, chunk, (uInt)bytes);
		if (fwrite(chunk, 1, bytes, file) != bytes)
			err = -EIO;
	}
	free(chunk);
	return err;
}

int sidecar_write(const char *path, const struct header *header, const uint64_t *offsets,
		  uint64_t count)
{
	unsigned char head[SIDECAR_HEAD_BYTES] = {0};
	char *aside = NULL;
	uint32_t crc;

	if (asprintf(&aside, "%s.new", path) < 0)
		return -ENOMEM;
	FILE *file = fopen(aside, "we");
	int err = file ? 0 : -errno;
	if (!err && fwrite(head, 1, sizeof(head), file) != sizeof(head))
		err = -EIO;
	if (!err)
		err = write_entries(file, offsets, count, &crc);
	if (!err) {
		head_encode(head, header, count, crc);
		rewind(file);
		if (fwrite(head, 1, sizeof(head), file) != sizeof(head))
			err = -EIO;
	}
	if (file && fclose(file) && !err)
		err = -errno;
	if (!err && rename(aside, path))
		err = -errno;
	if (err && file)
		unlink(aside);
	free(aside);
	return err;
}

/* ---- reading ---- */

static int read_at(const struct sidecar *sidecar, uint64_t offset, void *buffer, size_t len_bytes)
{
	if (sidecar->mapped) {
		memcpy(buffer, sidecar->mapped + offset, len_bytes);
		return 0;
	}
	int err = sidecar->engine->ops->read(sidecar->engine, offset, buffer, len_bytes);
	return err == -ERANGE ? -EBADMSG : err;
}

static int check(const struct sidecar *sidecar, const struct header *header)
{
	unsigned char head[SIDECAR_HEAD_BYTES], expected[SIDECAR_HEAD_BYTES];
	uint32_t crc = 0;
	int err = read_at(sidecar, 0, head, sizeof(head));

	if (err)
		return err;
	head_encode(expected, header, sidecar->count, 0);
	le_put32(expected + SIDECAR_AT_HEAD_CRC, (uint32_t)crc32(0, head, SIDECAR_AT_HEAD_CRC));
	if (memcmp(head + SIDECAR_AT_HEAD_CRC, expected + SIDECAR_AT_HEAD_CRC, 4) != 0)
		return -EBADMSG;
	if (memcmp(head, expected, SIDECAR_AT_ENTRIES_CRC) != 0)
		return memcmp(head, MAGIC, 4) == 0 ? -ESTALE : -EBADMSG;
	unsigned char *chunk = new_chunk(sidecar->count);
	if (!chunk)
		return -ENOMEM;
	for (uint64_t first = 0; !err && first < sidecar->count; first += CHUNK_ENTRIES) {
		uint64_t left = sidecar->count - first;
		size_t bytes =
			(size_t)((left < CHUNK_ENTRIES ? left : CHUNK_ENTRIES) * ENTRY_BYTES);

		err = read_at(sidecar, SIDECAR_HEAD_BYTES + first * ENTRY_BYTES, chunk, bytes);
		if (!err)
			crc = (uint32_t)crc32(crc, chunk, (uInt)bytes);
	}
	free(chunk);
	le_put32(expected, crc);
	if (!err && memcmp(head + SIDECAR_AT_ENTRIES_CRC, expected, 4) != 0)
		err = -EBADMSG;
	return err;
}

static int open_with(struct sidecar *sidecar, const struct engine_ops *ops, const uint64_t *options,
		     const char *path, bool mapped)
{
	uint64_t defaults[OPTIONS_MAX];

	if (!options) {
		option_defaults(ops->options, ops->options_count, defaults);
		options = defaults;
	}
	int err = engine_ops_open(ops, path, ENGINE_OPEN_READ, options, &sidecar->engine);
	if (err) {
		sidecar->engine = NULL;
		return err;
	}
	sidecar->file_bytes = ops->size(sidecar->engine);
	if (mapped && ops->map)
		sidecar->mapped = ops->map(sidecar->engine, 0, (size_t)sidecar->file_bytes);
	return 0;
}

int sidecar_open(struct sidecar *sidecar, const char *path, const struct header *header,
		 const struct engine *like, const uint64_t *options, bool mapped)
{
	const struct engine_ops *mapper = engine_mapper();

	*sidecar = (struct sidecar){0};
	/* An engine that is no file's, as tests have, cannot open another. */
	const struct engine_ops *ops =
		engine_ops_can_open(like->ops) ? like->ops : engine_builder();
	int err = open_with(sidecar, ops, ops == like->ops ? options : NULL, path, mapped);
	if (!err && mapped && !sidecar->mapped && mapper && sidecar->file_bytes) {
		sidecar_close(sidecar);
		err = open_with(sidecar, mapper, NULL, path, true);
	}
	if (err)
		return err;
	if (sidecar->file_bytes < SIDECAR_HEAD_BYTES ||
	    (sidecar->file_bytes - SIDECAR_HEAD_BYTES) % ENTRY_BYTES)
		err = -EBADMSG;
	if (!err) {
		sidecar->count = (sidecar->file_bytes - SIDECAR_HEAD_BYTES) / ENTRY_BYTES;
		err = check(sidecar, header);
	}
	if (err)
		sidecar_close(sidecar);
	return err;
}

void sidecar_close(struct sidecar *sidecar)
{
	if (sidecar->engine)
		sidecar->engine->ops->close(sidecar->engine);
	*sidecar = (struct sidecar){0};
}

/*
 * If no id is missing, the entry with number `id` is the right one. Otherwise the right one is
 * before it, because ids ascend, and is found by binary search.
 */
int sidecar_find(const struct sidecar *sidecar, uint64_t id, uint64_t *offset)
{
	uint64_t low = 0, high = sidecar->count, probe = id < high ? id : high - 1;

	while (low < high) {
		unsigned char copy[ENTRY_BYTES];
		const unsigned char *entry = copy;
		uint64_t at = SIDECAR_HEAD_BYTES + probe * ENTRY_BYTES;

		if (sidecar->mapped) {
			entry = sidecar->mapped + at;
		} else {
			int err = read_at(sidecar, at, copy, sizeof(copy));
			if (err)
				return err;
		}
		uint64_t found = le_get64(entry);
		if (found == id) {
			*offset = le_get64(entry + 8);
			return 0;
		}
		if (found < id)
			low = probe + 1;
		else
			high = probe;
		probe = low + (high - low) / 2;
	}
	return -ENOENT;
}

int sidecar_drop(const struct sidecar *sidecar)
{
	struct engine *engine = sidecar->engine;
	int err = engine && engine->ops->drop_cache ? engine->ops->drop_cache(engine) : 0;

	return err == -EOPNOTSUPP ? 0 : err; /* an engine that holds the file */
}
