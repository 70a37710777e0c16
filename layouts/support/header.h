/*
 * The header that every layout's file begins with, after shardex's (magic, version, sizes, CRC32,
 * times, a reserved part that must be zero), and after it the sizes of the graph. Little-endian.
 *
 *   0 magic "IOWK"   4 version u32   8 header_size u64   16 data_offset u64   24 crc32 u32
 *  28 zero u32      32 created µs u64   40 modified µs u64   48 zero[32]
 *  80 layout name char[16]   96 layout version u32   100 zero u32
 * 104 nodes_count u64   112 edges_count u64   120 file_bytes u64   128 fields u64[16]: the layout's
 * own
 *
 * The CRC (zlib's, polynomial 0xEDB88320) is over all header_size bytes with its own place as zero.
 */
#ifndef IOWALK_LAYOUT_HEADER_H
#define IOWALK_LAYOUT_HEADER_H

#include "../layout.h"

#define HEADER_BYTES       UINT64_C(256)
#define HEADER_DATA_OFFSET UINT64_C(4096) /* a page: what follows starts on one */
#define HEADER_FIELDS      16

struct header {
	uint64_t created_us, modified_us; /* since 1970 */
	uint64_t nodes_count, edges_count;
	uint64_t file_bytes;
	uint64_t fields[HEADER_FIELDS];
};

/* Writes the header with the time of now; created_us is set where it is 0. */
int header_write(struct engine *engine, const struct layout_ops *layout, struct header *header);

/*
 * Reads and checks everything that can be checked without knowing the layout's fields: magic before
 * all else, versions, CRC, reserved bytes, and that the file is as long as it says. -EBADMSG.
 */
int header_read(struct engine *engine, const struct layout_ops *layout, struct header *out,
		struct why *why);

/* a × b + c, or UINT64_MAX where that is more. */
uint64_t saturating_madd(uint64_t a, uint64_t b, uint64_t c);

/* Grows *buffer (of *capacity items) to at least `need` items of item_bytes; contents are not kept.
 */
int buffer_reserve(void **buffer, size_t *capacity, size_t need, size_t item_bytes);

#endif
