/*
 * The header that every layout's file begins with, after shardex's (magic, version, sizes, CRC32,
 * times, a reserved part that must be zero), and after it the sizes of the graph. Little-endian.
 *
 *   0 magic "IOWK"   4 version u32   8 header_size u64   16 data_offset u64   24 crc32 u32
 *  28 zero u32      32 created µs u64   40 modified µs u64   48 zero[32]
 *  80 layout name char[16]   96 layout version u32   100 zero u32
 * 104 nodes_count u64   112 edges_count u64   120 file_bytes u64   128 fields u64[14]: the layout's
 * own   240 data_bytes u64: checksums.h begins there   248 checksums u32: 0 none, 1 CRC32 a block
 * 252 state u32: 0 whole, 1 being written since it was last synced or closed
 *
 * The CRC (zlib's, polynomial 0xEDB88320) is over all header_size bytes with its own place as zero.
 */
#ifndef IOWALK_LAYOUT_HEADER_H
#define IOWALK_LAYOUT_HEADER_H

#include "../layout.h"
#include "buffer.h"
#include "buffer.h"

#define HEADER_BYTES       UINT64_C(256)
#define HEADER_DATA_OFFSET UINT64_C(4096) /* a page: what follows starts on one */
#define HEADER_FIELDS      14

struct header {
	uint64_t created_us, modified_us; /* since 1970 */
	uint64_t nodes_count, edges_count;
	uint64_t data_bytes; /* header included, checksums not */
	uint64_t file_bytes; /* by header_write(): what data_bytes and checksums come to */
	bool checksums;
	bool unfinished; /* its writer ended between a change and the next sync or close */
	uint64_t fields[HEADER_FIELDS];
};

/* Bytes of a file with so many bytes of data; UINT64_MAX where that is more. */
uint64_t header_file_bytes(uint64_t data_bytes, bool checksums);

/* Writes the header with the time of now; created_us is set where it is 0. */
int header_write(struct engine *engine, const struct layout_ops *layout, struct header *header);

/*
 * Reads and checks everything that can be checked without knowing the layout's fields: magic before
 * all else, versions, CRC, reserved bytes, and that the file is as long as it says. -EBADMSG, also
 * for a file that was left unfinished.
 */
int header_read(struct engine *engine, const struct layout_ops *layout, struct header *out,
		struct why *why);

/*
 * The same for a layout that finds what was synced in an unfinished file, too: then out->unfinished
 * is set, and the file holds at least data_bytes.
 */
int header_read_unfinished(struct engine *engine, const struct layout_ops *layout,
			   struct header *out, struct why *why);

#define LAYOUT_NAME_BYTES 16

/* The name of the layout in a file's header, of any layout. -EBADMSG if it is no header of ours. */
int header_layout_name(struct engine *engine, char name[LAYOUT_NAME_BYTES + 1], struct why *why);

#endif
