/* Reads, checks and writes the shared file header: see header.h. CRC32 by zlib. */
#include "header.h"

#include "buffer.h"
#include "bytes.h"
#include "checksums.h"
#include "../../engines/support/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <zlib.h>

#define MAGIC          "IOWK"
#define FORMAT_VERSION 2

static uint32_t header_crc(const unsigned char *bytes)
{
	static const unsigned char zero[4];
	uLong crc = crc32(0, bytes, HEADER_AT_CRC);

	crc = crc32(crc, zero, sizeof(zero));
	return (uint32_t)crc32(crc, bytes + HEADER_AT_ZERO, HEADER_BYTES - HEADER_AT_ZERO);
}

uint64_t header_file_bytes(uint64_t data_bytes, bool checksums)
{
	uint64_t blocks =
		data_bytes / CHECKSUM_BLOCK_BYTES + (data_bytes % CHECKSUM_BLOCK_BYTES != 0);

	return saturating_madd(checksums ? blocks : 0, CHECKSUM_BYTES, data_bytes);
}

int header_write(struct engine *engine, const struct layout_ops *layout, struct header *header)
{
	unsigned char bytes[HEADER_BYTES] = {0};

	header->modified_us = clock_read_ns(CLOCK_REALTIME) / 1000;
	if (header->created_us == 0)
		header->created_us = header->modified_us;
	header->file_bytes = header_file_bytes(header->data_bytes, header->checksums);
	memcpy(bytes + HEADER_AT_MAGIC, MAGIC, 4);
	le_put32(bytes + HEADER_AT_VERSION, FORMAT_VERSION);
	le_put64(bytes + HEADER_AT_HEADER_SIZE, HEADER_BYTES);
	le_put64(bytes + HEADER_AT_DATA_OFFSET, HEADER_DATA_OFFSET);
	le_put64(bytes + HEADER_AT_CREATED, header->created_us);
	le_put64(bytes + HEADER_AT_MODIFIED, header->modified_us);
	memcpy(bytes + HEADER_AT_LAYOUT, layout->name, strnlen(layout->name, LAYOUT_NAME_BYTES));
	le_put32(bytes + HEADER_AT_LAYOUT_VERSION, layout->version);
	le_put64(bytes + HEADER_AT_NODES, header->nodes_count);
	le_put64(bytes + HEADER_AT_EDGES, header->edges_count);
	le_put64(bytes + HEADER_AT_FILE_BYTES, header->file_bytes);
	for (unsigned i = 0; i < HEADER_FIELDS; i++)
		le_put64(bytes + HEADER_AT_FIELDS + 8 * i, header->fields[i]);
	le_put64(bytes + HEADER_AT_DATA_BYTES, header->data_bytes);
	le_put32(bytes + HEADER_AT_CHECKSUMS, header->checksums);
	le_put32(bytes + HEADER_AT_STATE, header->unfinished);
	le_put32(bytes + HEADER_AT_CRC, header_crc(bytes));
	return engine->ops->write(engine, 0, bytes, sizeof(bytes));
}

/* Magic first, so that a file of another kind is not reported as damaged. */
static int check_bytes(const unsigned char *bytes, struct why *why)
{
	if (memcmp(bytes + HEADER_AT_MAGIC, MAGIC, 4) != 0)
		return why_set(why, -EBADMSG, "not a graph file of iowalk (wrong magic)");
	if (le_get32(bytes + HEADER_AT_VERSION) != FORMAT_VERSION)
		return why_set(why, -EBADMSG,
			       "file format version %" PRIu32 "; this program reads version %d",
			       le_get32(bytes + HEADER_AT_VERSION), FORMAT_VERSION);
	if (le_get64(bytes + HEADER_AT_HEADER_SIZE) != HEADER_BYTES)
		return why_set(why, -EBADMSG, "header size %" PRIu64 " (expected %" PRIu64 ")",
			       le_get64(bytes + HEADER_AT_HEADER_SIZE), HEADER_BYTES);
	if (le_get32(bytes + HEADER_AT_CRC) != header_crc(bytes))
		return why_set(why, -EBADMSG,
			       "header checksum %08" PRIx32 " does not match its bytes (%08" PRIx32
			       ")",
			       le_get32(bytes + HEADER_AT_CRC), header_crc(bytes));
	if (le_get64(bytes + HEADER_AT_DATA_OFFSET) != HEADER_DATA_OFFSET)
		return why_set(why, -EBADMSG, "data offset %" PRIu64 " (expected %" PRIu64 ")",
			       le_get64(bytes + HEADER_AT_DATA_OFFSET), HEADER_DATA_OFFSET);
	for (unsigned i = HEADER_AT_RESERVED; i < HEADER_AT_LAYOUT; i++) {
		if (bytes[i] != 0)
			return why_set(why, -EBADMSG, "reserved header byte %u is not zero", i);
	}
	if (le_get32(bytes + HEADER_AT_ZERO) != 0 || le_get32(bytes + HEADER_AT_ZERO2) != 0)
		return why_set(why, -EBADMSG, "reserved header bytes are not zero");
	return 0;
}

static int read_bytes(struct engine *engine, unsigned char *bytes, struct why *why)
{
	uint64_t size_bytes = engine->ops->size(engine);

	if (size_bytes < HEADER_BYTES)
		return why_set(why, -EBADMSG,
			       "%" PRIu64 " bytes: too short for a graph file's header",
			       size_bytes);
	int err = engine->ops->read(engine, 0, bytes, HEADER_BYTES);
	if (err)
		return why_set(why, err, "cannot read the header: %s", strerror(-err));
	return check_bytes(bytes, why);
}

/* Compares the header's sizes with each other and with the file's size. */
static int check_sizes(const struct header *header, uint64_t size_bytes, struct why *why)
{
	if (header->data_bytes < HEADER_DATA_OFFSET ||
	    header->file_bytes != header_file_bytes(header->data_bytes, header->checksums))
		return why_set(why, -EBADMSG,
			       "the header's sizes contradict each other (%" PRIu64
			       " bytes of data, %" PRIu64 " in all)",
			       header->data_bytes, header->file_bytes);
	if (header->unfinished ? size_bytes < header->data_bytes : size_bytes != header->file_bytes)
		return why_set(why, -EBADMSG,
			       "the file has %" PRIu64 " bytes, its header says %" PRIu64,
			       size_bytes, header->file_bytes);
	return 0;
}

int header_read_unfinished(struct engine *engine, const struct layout_ops *layout,
			   struct header *out, struct why *why)
{
	unsigned char bytes[HEADER_BYTES];
	char name[LAYOUT_NAME_BYTES + 1] = "";
	int err = read_bytes(engine, bytes, why);

	if (err)
		return err;
	memcpy(name, bytes + HEADER_AT_LAYOUT, LAYOUT_NAME_BYTES);
	if (strcmp(name, layout->name) != 0)
		return why_set(why, -EBADMSG, "its layout is '%s', not '%s'", name, layout->name);
	if (le_get32(bytes + HEADER_AT_LAYOUT_VERSION) != layout->version)
		return why_set(why, -EBADMSG,
			       "layout %s version %" PRIu32 "; this program reads version %" PRIu32,
			       name, le_get32(bytes + HEADER_AT_LAYOUT_VERSION), layout->version);
	if (le_get32(bytes + HEADER_AT_CHECKSUMS) > 1 || le_get32(bytes + HEADER_AT_STATE) > 1)
		return why_set(why, -EBADMSG,
			       "unknown kind of checksums or unknown state in the header");
	out->created_us = le_get64(bytes + HEADER_AT_CREATED);
	out->modified_us = le_get64(bytes + HEADER_AT_MODIFIED);
	out->nodes_count = le_get64(bytes + HEADER_AT_NODES);
	out->edges_count = le_get64(bytes + HEADER_AT_EDGES);
	out->file_bytes = le_get64(bytes + HEADER_AT_FILE_BYTES);
	for (unsigned i = 0; i < HEADER_FIELDS; i++)
		out->fields[i] = le_get64(bytes + HEADER_AT_FIELDS + 8 * i);
	out->data_bytes = le_get64(bytes + HEADER_AT_DATA_BYTES);
	out->checksums = le_get32(bytes + HEADER_AT_CHECKSUMS) != 0;
	out->unfinished = le_get32(bytes + HEADER_AT_STATE) != 0;
	return check_sizes(out, engine->ops->size(engine), why);
}

int header_read(struct engine *engine, const struct layout_ops *layout, struct header *out,
		struct why *why)
{
	int err = header_read_unfinished(engine, layout, out, why);

	if (!err && out->unfinished)
		err = why_set(why, -EBADMSG,
			      "%s: changed after the last sync and not closed; at that sync it had "
			      "%" PRIu64 " nodes and %" PRIu64 " edges",
			      layout->name, out->nodes_count, out->edges_count);
	return err;
}

int header_layout_name(struct engine *engine, char name[LAYOUT_NAME_BYTES + 1], struct why *why)
{
	unsigned char bytes[HEADER_BYTES];
	int err = read_bytes(engine, bytes, why);

	if (err)
		return err;
	memcpy(name, bytes + HEADER_AT_LAYOUT, LAYOUT_NAME_BYTES);
	name[LAYOUT_NAME_BYTES] = '\0';
	return 0;
}
