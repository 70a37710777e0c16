/*
 * Shared by the files of layout `records`: records.c (opening, reading), records_log.c (writing),
 * records_scan.c (reading all records). Its records, after motedb's DiskGraph:
 *
 * The log follows the header. Record: id u64, count u32, crc32 u32 over both and the neighbours,
 * neighbours u64[count], little-endian, at multiples of 8. Every node has at least one record; a
 * newer record comes later in the log and supersedes the older one. Written records are never
 * changed, so what was synced survives whatever happens to the writer later: an unfinished file is
 * read up to the end of the log that the header gives.
 *
 * The original sorted neighbours, dropped duplicates and self-loops, and truncated lists; the
 * result is not the graph that was inserted. This layout does none of that.
 */
#ifndef IOWALK_RECORDS_H
#define IOWALK_RECORDS_H

#include "checksums.h"
#include "fetch.h"
#include "node_cache.h"
#include "sidecar.h"

#define RECORD_HEAD_BYTES    UINT64_C(16)
#define RECORD_ID_AT         0
#define RECORD_COUNT_AT      8
#define RECORD_CRC_AT        12
#define RECORDS_LOG_AT       HEADER_DATA_OFFSET
#define RECORDS_SIDECAR      ".idx"
#define RECORDS_BUFFER_BYTES (1u << 16) /* of the log, buffered for one write */
#define OFFSETS_WAYS         4          /* entries per set of the offset cache */

/* Indices into header.fields. */
enum { RECORDS_FIELD_LOG_AT, RECORDS_FIELD_LOG_END };

enum {
	RECORDS_OPTION_CACHE = CHECKSUM_OPTIONS_COUNT,
	RECORDS_OPTION_PINNED,
	RECORDS_OPTION_OFFSETS,
	RECORDS_OPTION_INDEX,
	RECORDS_OPTIONS_COUNT
};

enum { RECORDS_INDEX_MAP, RECORDS_INDEX_READ };

/* The offset of a node's newest record; id UINT64_MAX: unused. */
struct known_offset {
	uint64_t id, offset;
};

struct records_store {
	struct store base;
	struct header header;
	struct checksums checksums;
	struct fetch fetch;
	bool writable, dirty;

	/*
	 * Offsets of the newest records. All are in memory if the store is writable or the sidecar
	 * could not be used. Otherwise they come from the sidecar, through a bounded cache if it is
	 * not mapped.
	 */
	uint64_t *offsets; /* [offsets_capacity] by id, 0: no record yet; or NULL */
	uint64_t offsets_capacity;
	struct sidecar sidecar;
	char *sidecar_path; /* NULL: no sidecar */
	bool sidecar_fresh;
	struct known_offset
		*known; /* [known_sets][OFFSETS_WAYS], the last used of a set first; or NULL */
	uint64_t known_sets;

	/* Nodes that were changed, or that were read if the engine does not map. */
	struct node_cache cache;

	uint64_t log_end;      /* bytes from the file's beginning, buffered records included */
	uint64_t flushed_end;  /* the log is in the file up to here */
	uint64_t unrecorded;   /* nodes from here on may have no record yet */
	unsigned char *buffer; /* [RECORDS_BUFFER_BYTES] records from flushed_end on */
};

/* CRC32 of a record without its CRC field. */
uint32_t record_crc(uint64_t id, uint64_t count, const void *ids);

int records_begin(struct records_store *store);

/* Appends a record, and makes it the node's newest. */
int records_append(struct records_store *store, uint64_t id, const uint64_t *ids, uint64_t count);

/* Writes the buffer to the file. */
int records_flush(struct records_store *store);

/* Appends the records of changed and new nodes and writes them to the file. Only between begin and
 * commit. */
int records_write_changed(struct records_store *store);

/* Evicts the oldest nodes until one more fits; changed nodes are appended to the log. */
int records_make_room(struct records_store *store);

/* Gets the engine's mapping again: call after each resize. */
void records_remap(struct records_store *store);

int records_reserve_offsets(struct records_store *store, uint64_t nodes_count);
int records_insert_node(struct store *store);
int records_insert_edge(struct store *store, uint64_t from, uint64_t to);
int records_bulk(struct store *store, const struct edge_stream *stream);

/* Before and after all nodes of a graph of this size are appended, in order, to a store without
 * nodes. */
int records_begin_load(struct records_store *store, uint64_t nodes_count, uint64_t edges_count);
int records_end_load(struct records_store *store, uint64_t nodes_count, uint64_t edges_count);

/*
 * Reads the whole log and compares each record with its checksum. Fills offsets[nodes_count] and
 * counts[nodes_count] (unless NULL) from the newest records. -EBADMSG with the place.
 */
int records_scan(struct records_store *store, uint64_t *offsets, uint32_t *counts, struct why *why);
int records_check(struct store *store);

/* Copies the newest record of each node, by id, after comparing it with its checksum. */
int records_compact(struct store *store, struct store *into);

/* Pins the `count` nodes with the most neighbours in the cache. */
int records_pin(struct records_store *store, uint64_t count);

extern const struct layout_ops layout_records;

#endif
