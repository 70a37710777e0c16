/*
 * The header of every layout's file, after shardex's (magic, version, sizes, CRC32, times, a
 * reserved part that must be zero), followed by the sizes of the graph. Little-endian.
 *
 *   0 magic "IOWK"   4 version u32   8 header_size u64   16 data_offset u64   24 crc32 u32
 *  28 zero u32      32 created µs u64   40 modified µs u64   48 zero[32]
 *  80 layout name char[16]   96 layout version u32   100 zero u32
 * 104 nodes_count u64   112 edges_count u64   120 file_bytes u64
 * 128 fields u64[14], defined by the layout   240 data_bytes u64, where the checksums begin
 * 248 checksums u32: 0 none, 1 CRC32 per block
 * 252 state u32: 0 complete, 1 changed since the last sync or close
 *
 * The CRC (zlib's, polynomial 0xEDB88320) covers all header_size bytes, with its own field as zero.
 */
#ifndef IOWALK_LAYOUT_HEADER_H
#define IOWALK_LAYOUT_HEADER_H

#include "../layout.h"
#include "buffer.h"

#define HEADER_BYTES       UINT64_C(256)
#define HEADER_DATA_OFFSET UINT64_C(4096) /* one page, so that the data is page-aligned */
#define HEADER_FIELDS      14

enum header_offset {
	HEADER_AT_MAGIC = 0,
	HEADER_AT_VERSION = 4,
	HEADER_AT_HEADER_SIZE = 8,
	HEADER_AT_DATA_OFFSET = 16,
	HEADER_AT_CRC = 24,
	HEADER_AT_ZERO = 28,
	HEADER_AT_CREATED = 32,
	HEADER_AT_MODIFIED = 40,
	HEADER_AT_RESERVED = 48,
	HEADER_AT_LAYOUT = 80,
	HEADER_AT_LAYOUT_VERSION = 96,
	HEADER_AT_ZERO2 = 100,
	HEADER_AT_NODES = 104,
	HEADER_AT_EDGES = 112,
	HEADER_AT_FILE_BYTES = 120,
	HEADER_AT_FIELDS = 128,
	HEADER_AT_DATA_BYTES = 240,
	HEADER_AT_CHECKSUMS = 248,
	HEADER_AT_STATE = 252,
};

struct header {
	uint64_t created_us, modified_us; /* since 1970 */
	uint64_t nodes_count, edges_count;
	uint64_t data_bytes; /* header included, checksums not */
	uint64_t file_bytes; /* set by header_write(): data_bytes and the checksums */
	bool checksums;
	bool unfinished; /* changed, and then neither synced nor closed */
	uint64_t fields[HEADER_FIELDS];
};

/* The size of a file with data_bytes of data; UINT64_MAX on overflow. */
uint64_t header_file_bytes(uint64_t data_bytes, bool checksums);

/* Writes the header with the current time; sets created_us if it is 0. */
int header_write(struct engine *engine, const struct layout_ops *layout, struct header *header);

/*
 * Reads and checks everything that does not depend on the layout's fields: first the magic, then
 * versions, CRC, reserved bytes, and that the file has the length that the header says. -EBADMSG,
 * also for an unfinished file.
 */
int header_read(struct engine *engine, const struct layout_ops *layout, struct header *out,
		struct why *why);

/*
 * The same for a layout that can use the synced part of an unfinished file: then out->unfinished is
 * set, and the file has at least data_bytes.
 */
int header_read_unfinished(struct engine *engine, const struct layout_ops *layout,
			   struct header *out, struct why *why);

#define LAYOUT_NAME_BYTES 16

/* Reads the name of the layout from the header of a file of any layout. -EBADMSG if it is not a
 * header of iowalk. */
int header_layout_name(struct engine *engine, char name[LAYOUT_NAME_BYTES + 1], struct why *why);

#endif
