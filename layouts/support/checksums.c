/*
 * One checksum per block: see checksums.h. CRC32 by zlib. Most of a slot is zeros, so the CRC of a
 * block's used part is extended over its trailing zeros by crc32_combine_op(), which takes the same
 * time for any number of zeros (its matrix: Mark Adler, zlib 1.2.12).
 */
#include "checksums.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define STEP_BYTES   64u                 /* zeros are counted in steps of this size */
#define CHUNK_BLOCKS UINT64_C(256)       /* read or written at once: 1 MiB of data */
#define WRITE_BYTES  (UINT64_C(8) << 20) /* most bytes per call of the engine */
#define BLOCK        ((size_t)CHECKSUM_BLOCK_BYTES)

const struct option_spec checksum_options[CHECKSUM_OPTIONS_COUNT] = {CHECKSUM_OPTIONS};

static uint64_t blocks_of(uint64_t data_bytes)
{
	return data_bytes / BLOCK + (data_bytes % BLOCK != 0);
}

void checksums_init(struct checksums *checksums, struct engine *engine,
		    const struct layout_ops *layout, struct header *header)
{
	memset(checksums, 0, sizeof(*checksums));
	checksums->engine = engine;
	checksums->layout = layout;
	checksums->header = header;
}

void checksums_release(struct checksums *checksums)
{
	free(checksums->crcs);
	free(checksums->stale);
	checksums->crcs = NULL;
	checksums->stale = NULL;
}

/* The number of steps of zeros at the end of a whole block. */
static unsigned zero_steps(const unsigned char *bytes)
{
	unsigned steps = 0;

	for (const unsigned char *end = bytes + BLOCK; end > bytes; end -= STEP_BYTES, steps++) {
		uint64_t words[STEP_BYTES / 8], any = 0;

		memcpy(words, end - STEP_BYTES, STEP_BYTES);
		for (unsigned i = 0; i < STEP_BYTES / 8; i++)
			any |= words[i];
		if (any)
			break;
	}
	return steps;
}

/* The CRC of the bytes of `crc` followed by this many steps of zeros. */
static uint32_t append_zeros(struct checksums *checksums, uint32_t crc, unsigned steps)
{
	static const unsigned char zeros[BLOCK];
	uint32_t *operator= & checksums->zeros_operators[steps - 1];
	uint32_t *zeros_crc = &checksums->zeros_crcs[steps - 1];

	if (!*zeros_crc) { /* 0: not computed yet; no number of zeros has a CRC of 0 */
		*operator=(uint32_t) crc32_combine_gen((z_off_t)(steps * STEP_BYTES));
		*zeros_crc = (uint32_t)crc32(0, zeros, steps * STEP_BYTES);
	}
	return (uint32_t)crc32_combine_op(crc, *zeros_crc, *operator);
}

/* The CRC of block `number`, of which len_bytes are in use. In the first block, the header is left
 * out. */
static uint32_t block_crc(struct checksums *checksums, uint64_t number, const unsigned char *bytes,
			  size_t len_bytes)
{
	if (number == 0)
		return (uint32_t)crc32(0, bytes + HEADER_BYTES, (uInt)(len_bytes - HEADER_BYTES));
	unsigned steps = len_bytes == BLOCK ? zero_steps(bytes) : 0;
	if (steps < 4)
		return (uint32_t)crc32(0, bytes, (uInt)len_bytes);
	return append_zeros(checksums,
			    (uint32_t)crc32(0, bytes, (uInt)(len_bytes - steps * STEP_BYTES)),
			    steps);
}

static bool is_stale(const struct checksums *checksums, uint64_t number)
{
	return checksums->stale[number / 64] >> (number % 64) & 1;
}

static void set_stale(struct checksums *checksums, uint64_t number, bool stale)
{
	uint64_t bit = UINT64_C(1) << (number % 64);

	if (stale)
		checksums->stale[number / 64] |= bit;
	else
		checksums->stale[number / 64] &= ~bit;
}

/* Makes room for blocks_count blocks. New blocks are stale. */
static int reserve(struct checksums *checksums, uint64_t blocks_count)
{
	if (blocks_count <= checksums->blocks_count)
		return 0;
	uint64_t count = checksums->blocks_count * 3 / 2 > blocks_count
				 ? checksums->blocks_count * 3 / 2
				 : blocks_count;
	count = (count + 63) / 64 * 64;
	uint32_t *crcs = realloc(checksums->crcs, count * sizeof(*crcs));
	if (!crcs)
		return -ENOMEM;
	checksums->crcs = crcs;
	uint64_t *stale = realloc(checksums->stale, count / 8);
	if (!stale)
		return -ENOMEM;
	checksums->stale = stale;
	memset(stale + checksums->blocks_count / 64, 0xff, (count - checksums->blocks_count) / 8);
	checksums->blocks_count = count;
	return 0;
}

static int write_all(struct engine *engine, uint64_t offset, const void *from, uint64_t len_bytes)
{
	const unsigned char *bytes = from;

	while (len_bytes) {
		size_t part = (size_t)(len_bytes < WRITE_BYTES ? len_bytes : WRITE_BYTES);
		int err = engine->ops->write(engine, offset, bytes, part);

		if (err)
			return err;
		offset += part;
		bytes += part;
		len_bytes -= part;
	}
	return 0;
}

/* If the engine may reorder writes, earlier writes must reach the file before later ones. */
static int barrier(struct engine *engine)
{
	if (engine->ops->capabilities & (ENGINE_HOLDS_FILE | ENGINE_DIRECT))
		return engine->ops->sync(engine);
	return 0;
}

int checksums_sync(struct checksums *checksums, struct store *store,
		   int (*commit)(struct store *store))
{
	checksums->is_sync = true;
	int err = commit(store);

	checksums->is_sync = false;
	if (!err)
		err = checksums->engine->ops->sync(checksums->engine);
	if (!err)
		checksums->is_unsynced = false;
	return err;
}

/* ---- writing ---- */

static int load(struct checksums *checksums)
{
	const struct header *header = checksums->header;
	struct engine *engine = checksums->engine;
	uint64_t count = blocks_of(header->data_bytes);
	int err = reserve(checksums, count);

	for (uint64_t i = 0; !err && i < count; i += WRITE_BYTES / CHECKSUM_BYTES) {
		uint64_t part = count - i;

		if (part > WRITE_BYTES / CHECKSUM_BYTES)
			part = WRITE_BYTES / CHECKSUM_BYTES;
		err = engine->ops->read(engine, header->data_bytes + i * CHECKSUM_BYTES,
					checksums->crcs + i, (size_t)(part * CHECKSUM_BYTES));
	}
	for (uint64_t i = 0; !err && i < count; i++) {
		checksums->crcs[i] = le32toh(checksums->crcs[i]);
		set_stale(checksums, i, false);
	}
	return err;
}

int checksums_begin(struct checksums *checksums)
{
	struct header *header = checksums->header;
	struct engine *engine = checksums->engine;
	int err = 0;

	if (checksums->begun)
		return 0;
	if (header->created_us) {
		if (header->checksums && !checksums->crcs)
			err = load(checksums);
		header->unfinished = true;
		if (!err)
			err = header_write(engine, checksums->layout, header);
		/* The mark is on the device before anything else is: a device writes in any order. */
		if (!err)
			err = checksums->is_unsynced ? barrier(engine) : engine->ops->sync(engine);
		/* Truncated to its data, so that new bytes are zeros when the file grows. */
		if (!err)
			err = engine->ops->resize(engine, header->data_bytes);
	}
	checksums->begun = !err;
	return err;
}

static int note(struct checksums *checksums, uint64_t offset, const unsigned char *bytes,
		uint64_t len_bytes)
{
	uint64_t first = offset / BLOCK, end = offset + len_bytes;
	int err = reserve(checksums, blocks_of(end));

	for (uint64_t number = first; !err && number * BLOCK < end; number++) {
		uint64_t at = number * BLOCK;
		bool whole = number > 0 && offset <= at && at + BLOCK <= end;

		if (whole)
			checksums->crcs[number] =
				block_crc(checksums, number, bytes + (at - offset), BLOCK);
		set_stale(checksums, number, !whole);
	}
	return err;
}

int checksums_write(struct checksums *checksums, uint64_t offset, const void *bytes,
		    uint64_t len_bytes)
{
	int err = checksums->header->checksums ? note(checksums, offset, bytes, len_bytes) : 0;

	return err ? err
		   : checksums_fail(checksums,
				    write_all(checksums->engine, offset, bytes, len_bytes));
}

/* Bytes of a chunk for `len_bytes`: the data of a small graph are shorter than a whole one. */
static size_t chunk_for(uint64_t len_bytes)
{
	return len_bytes < CHUNK_BLOCKS * BLOCK ? (size_t)len_bytes : CHUNK_BLOCKS * BLOCK;
}

int checksums_move_up(struct checksums *checksums, uint64_t from, uint64_t to, uint64_t len_bytes)
{
	struct engine *engine = checksums->engine;
	uint64_t left = len_bytes, zeros_end = from + len_bytes < to ? from + len_bytes : to;
	const uint64_t chunk_bytes = chunk_for(to + len_bytes - from);
	unsigned char *chunk = malloc((size_t)chunk_bytes);
	int err = chunk ? 0 : -ENOMEM;

	/* From the last part to the first, because the ranges may overlap. */
	while (!err && left) {
		uint64_t part = left < chunk_bytes ? left : chunk_bytes;

		left -= part;
		err = engine->ops->read(engine, from + left, chunk, (size_t)part);
		if (!err)
			err = checksums_write(checksums, to + left, chunk, part);
	}
	if (!err)
		memset(chunk, 0, (size_t)chunk_bytes);
	while (!err && from < zeros_end) {
		uint64_t part = zeros_end - from < chunk_bytes ? zeros_end - from : chunk_bytes;

		err = checksums_write(checksums, from, chunk, part);
		from += part;
	}
	free(chunk);
	return checksums_fail(checksums, err);
}

/* ---- computing and comparing ---- */

struct reader {
	struct engine *engine;
	uint64_t data_bytes;
	unsigned char *chunk;        /* [chunk_for(data_bytes)], if the engine does not map */
	const unsigned char *mapped; /* the data, or NULL */
};

static int reader_init(struct reader *reader, struct engine *engine, uint64_t data_bytes)
{
	*reader = (struct reader){.engine = engine, .data_bytes = data_bytes};
	if (engine->ops->map)
		reader->mapped = engine->ops->map(engine, 0, data_bytes);
	if (!reader->mapped)
		reader->chunk = malloc(chunk_for(data_bytes));
	return reader->mapped || reader->chunk ? 0 : -ENOMEM;
}

/* Reads blocks [first, end), at most CHUNK_BLOCKS. */
static int reader_get(struct reader *reader, uint64_t first, uint64_t end,
		      const unsigned char **bytes)
{
	uint64_t from = first * BLOCK, to = end * BLOCK;

	if (to > reader->data_bytes)
		to = reader->data_bytes;
	*bytes = reader->mapped ? reader->mapped + from : reader->chunk;
	return reader->mapped ? 0
			      : reader->engine->ops->read(reader->engine, from, reader->chunk,
							  (size_t)(to - from));
}

static size_t block_len(uint64_t number, uint64_t data_bytes)
{
	uint64_t left = data_bytes - number * BLOCK;

	return left < BLOCK ? (size_t)left : BLOCK;
}

/* Computes the checksums of stale blocks. Adjacent stale blocks are read together. */
static int refresh(struct checksums *checksums, uint64_t data_bytes)
{
	uint64_t count = blocks_of(data_bytes);
	struct reader reader;
	int err = reserve(checksums, count);

	if (!err)
		err = reader_init(&reader, checksums->engine, data_bytes);
	if (err)
		return err;
	for (uint64_t first = 0, end; !err && first < count; first = end) {
		const unsigned char *bytes;

		end = first + 1;
		if (!checksums->stale[first / 64])
			end = (first / 64 + 1) * 64;
		if (end > first + 1 || !is_stale(checksums, first))
			continue;
		while (end < count && end - first < CHUNK_BLOCKS && is_stale(checksums, end))
			end++;
		err = reader_get(&reader, first, end, &bytes);
		for (uint64_t i = first; !err && i < end; i++) {
			checksums->crcs[i] = block_crc(checksums, i, bytes + (i - first) * BLOCK,
						       block_len(i, data_bytes));
			set_stale(checksums, i, false);
		}
	}
	free(reader.chunk);
	return err;
}

static int write_region(struct checksums *checksums, uint64_t data_bytes)
{
	uint64_t count = blocks_of(data_bytes);

	_Static_assert(__BYTE_ORDER == __LITTLE_ENDIAN, "checksums are written unconverted");
	return write_all(checksums->engine, data_bytes, checksums->crcs, count * CHECKSUM_BYTES);
}

int checksums_commit(struct checksums *checksums, uint64_t data_bytes)
{
	struct header *header = checksums->header;
	struct engine *engine = checksums->engine;
	uint64_t file_bytes = header_file_bytes(data_bytes, header->checksums);
	uint64_t old_bytes = header->created_us ? header->data_bytes : 0;
	int err = checksums->failed;

	if (!err && engine->ops->size(engine) != file_bytes)
		err = engine->ops->resize(engine, file_bytes);
	if (!err && header->checksums) {
		/* If the length changed, the partial last block is stale, old or new. Blocks after
		 * the data are stale too: they may become data again. */
		err = reserve(checksums,
			      blocks_of(old_bytes > data_bytes ? old_bytes : data_bytes));
		if (!err && old_bytes != data_bytes) {
			if (old_bytes % BLOCK)
				set_stale(checksums, old_bytes / BLOCK, true);
			if (data_bytes % BLOCK)
				set_stale(checksums, data_bytes / BLOCK, true);
		}
		if (!err)
			err = refresh(checksums, data_bytes);
		for (uint64_t i = blocks_of(data_bytes); !err && i < checksums->blocks_count; i++)
			set_stale(checksums, i, true);
		if (!err)
			err = write_region(checksums, data_bytes);
	}
	if (!err)
		err = checksums->is_sync ? engine->ops->sync(engine) : barrier(engine);
	if (err)
		return err;
	header->data_bytes = data_bytes;
	header->unfinished = false;
	err = header_write(engine, checksums->layout, header);
	checksums->begun = err != 0;
	checksums->is_unsynced = !checksums->is_sync;
	return err;
}

int checksums_forget(struct checksums *checksums, uint64_t data_bytes)
{
	uint64_t count = blocks_of(data_bytes);
	int err = checksums->header->checksums ? reserve(checksums, count) : 0;

	for (uint64_t i = 0; !err && checksums->header->checksums && i < count; i++)
		set_stale(checksums, i, true);
	return err;
}

static int compare_chunk(struct checksums *checksums, struct reader *reader, uint64_t first,
			 uint64_t end, struct why *why)
{
	const struct header *header = checksums->header;
	uint32_t expected[CHUNK_BLOCKS];
	const unsigned char *bytes;
	int err = reader_get(reader, first, end, &bytes);

	if (!err)
		err = reader->engine->ops->read(reader->engine,
						header->data_bytes + first * CHECKSUM_BYTES,
						expected, (size_t)((end - first) * CHECKSUM_BYTES));
	for (uint64_t i = first; !err && i < end; i++) {
		size_t len_bytes = block_len(i, header->data_bytes);
		uint32_t found = block_crc(checksums, i, bytes + (i - first) * BLOCK, len_bytes);
		uint64_t from = i ? i * BLOCK : HEADER_BYTES;

		if (found != le32toh(expected[i - first]))
			err = why_set(why, -EBADMSG,
				      "%s: bytes %" PRIu64 " to %" PRIu64
				      " do not match their checksum (computed %08" PRIx32
				      "; stored at byte %" PRIu64 ": %08" PRIx32 ")",
				      checksums->layout->name, from, i * BLOCK + len_bytes - 1,
				      found, header->data_bytes + i * CHECKSUM_BYTES,
				      le32toh(expected[i - first]));
	}
	return err;
}

int checksums_check(struct checksums *checksums, struct why *why)
{
	const struct header *header = checksums->header;
	struct reader reader;

	if (!header->checksums || !header->created_us || header->unfinished || checksums->begun)
		return 0;
	uint64_t count = blocks_of(header->data_bytes);
	int err = reader_init(&reader, checksums->engine, header->data_bytes);
	for (uint64_t first = 0; !err && first < count; first += CHUNK_BLOCKS) {
		uint64_t end = first + CHUNK_BLOCKS < count ? first + CHUNK_BLOCKS : count;

		err = compare_chunk(checksums, &reader, first, end, why);
	}
	free(reader.chunk);
	return err;
}
