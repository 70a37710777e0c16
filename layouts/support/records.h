/*
 * What the files of layout `records` share: records.c (opening, reading), records_log.c (writing),
 * records_scan.c (what is found by reading all); and its records, after motedb's DiskGraph.
 *
 * Behind the header a log: id u64, count u32, crc32 u32 over both and the neighbours, neighbours
 * u64[count], little-endian, at multiples of 8. Every node has at least one record; a newer one
 * stands behind an older one and supersedes it. Nothing in the log is changed once it is written, so
 * what was synced is there whatever happens to the writer afterwards: an unfinished file is read as
 * far as the header says it went.
 *
 * What the original did otherwise: it sorted neighbours, dropped duplicates and self-loops, and cut
 * lists to a length, which is not the graph that was inserted.
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
#define RECORDS_BUFFER_BYTES (1u << 16) /* of the log, kept for one write */
#define OFFSETS_WAYS         4          /* entries of one set of the offset cache */

/* Places in header.fields. */
enum { RECORDS_FIELD_LOG_AT, RECORDS_FIELD_LOG_END };

enum {
	RECORDS_OPTION_CACHE = CHECKSUM_OPTIONS_COUNT,
	RECORDS_OPTION_PINNED,
	RECORDS_OPTION_OFFSETS,
	RECORDS_OPTION_INDEX,
	RECORDS_OPTIONS_COUNT
};

enum { RECORDS_INDEX_MAP, RECORDS_INDEX_READ };

/* Where a node's newest record begins; id UINT64_MAX: free. */
struct known_offset {
	uint64_t id, offset;
};

struct records_store {
	struct store base;
	struct header header;
	struct checksums checksums;
	struct fetch fetch;
	bool writable, dirty;

	/* Where newest records are: all of them in memory where the store is written or the sidecar
	 * could not be used, else from the sidecar, through a bounded cache where that is not mapped. */
	uint64_t *offsets; /* [offsets_capacity] by id, 0: no record yet; or NULL */
	uint64_t offsets_capacity;
	struct sidecar sidecar;
	char *sidecar_path; /* NULL: none is kept */
	bool sidecar_fresh;
	struct known_offset
		*known; /* [known_sets][OFFSETS_WAYS], the newest of a set first; or NULL */
	uint64_t known_sets;

	/* Nodes that were changed, or read where the engine does not map. */
	struct node_cache cache;

	uint64_t log_end;      /* bytes from the file's beginning, buffered records included */
	uint64_t flushed_end;  /* so far it is in the file */
	uint64_t unrecorded;   /* nodes from here on may have no record yet */
	unsigned char *buffer; /* [RECORDS_BUFFER_BYTES] records from flushed_end on */
};

/* CRC32 of a record, its own place left out. */
uint32_t record_crc(uint64_t id, uint64_t count, const void *ids);

int records_begin(struct records_store *store);

/* Appends a record, and makes it the node's newest. */
int records_append(struct records_store *store, uint64_t id, const uint64_t *ids, uint64_t count);

/* Brings what is buffered to the file. */
int records_flush(struct records_store *store);

/* Brings changed and new nodes to the log, and that to the file. Between begin and commit. */
int records_write_changed(struct records_store *store);

/* Removes the oldest nodes until one more has room; changed ones go to the log. */
int records_make_room(struct records_store *store);

/* The engine's mapping and size: after each resize. */
void records_remap(struct records_store *store);

int records_reserve_offsets(struct records_store *store, uint64_t nodes_count);
int records_insert_node(struct store *store);
int records_insert_edge(struct store *store, uint64_t from, uint64_t to);
int records_bulk(struct store *store, const struct edge_stream *stream);

/* A graph of that size will be appended to a store without nodes, node by node; and now it was. */
int records_begin_load(struct records_store *store, uint64_t nodes_count, uint64_t edges_count);
int records_end_load(struct records_store *store, uint64_t nodes_count, uint64_t edges_count);

/*
 * Reads the whole log, each record compared with its checksum, and fills offsets[nodes_count] (and
 * counts[nodes_count], unless NULL) of the newest ones. -EBADMSG with the place.
 */
int records_scan(struct records_store *store, uint64_t *offsets, uint32_t *counts, struct why *why);
int records_check(struct store *store);

/* The newest record of each node, by id, each compared with its checksum. */
int records_compact(struct store *store, struct store *into);

/* Takes the `count` nodes with the most neighbours into the cache, to stay. */
int records_pin(struct records_store *store, uint64_t count);

extern const struct layout_ops layout_records;

#endif
