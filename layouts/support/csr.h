/* Shared by the files of layout `csr`: csr.c (opening, reading), csr_build.c (loading, inserting),
 * csr_in_edges.c, csr_lists.c and csr_check.c. */
#ifndef IOWALK_CSR_H
#define IOWALK_CSR_H

#include "checksums.h"
#include "fetch.h"

#define CSR_OFFSETS_AT HEADER_DATA_OFFSET
#define CSR_WINDOW_MAX 1024 /* nodes in one batch at most */

/* Indices into header.fields. */
enum {
	CSR_FIELD_OFFSETS_AT,
	CSR_FIELD_TARGETS_AT,
	CSR_FIELD_ID_BYTES,
	CSR_FIELD_BOTH_WAYS,
	CSR_FIELD_IN_OFFSETS_AT, /* 0: no in-edges */
};

enum { CSR_OPTION_IN_EDGES = CHECKSUM_OPTIONS_COUNT, CSR_OPTIONS_COUNT };

/* A list of ids for each node. */
struct csr_lists {
	uint64_t offsets_at, ids_at; /* bytes from the file's beginning */
	uint64_t ids_count;
	const uint64_t *offsets;  /* into the engine's mapping, or NULL; */
	const unsigned char *ids; /* so is this: u32 or u64 each */
	struct fetch fetch;       /* of a file that is read */
};

struct csr_store {
	struct store base;
	struct header header;
	struct checksums checksums;
	struct csr_lists out, in; /* `in` only with base.in_edges */
	unsigned id_bytes;        /* 4 or 8 */
	bool writable;
	bool wants_in_edges; /* of a file that is built */

	/* Inserted edges, after those that the file had before the first insert. */
	struct edge *gathered;
	size_t gathered_count, gathered_capacity;
	bool pending;

	struct engine_extent extents[CSR_WINDOW_MAX]; /* to announce, of a mapped file */
};

static inline uint64_t csr_offset_at(const struct csr_lists *lists, uint64_t node)
{
	return lists->offsets_at + node * sizeof(uint64_t);
}

/* Bytes of a target in a new file: the ids of at most 2^32 nodes fit into 4. */
static inline unsigned csr_id_bytes(uint64_t nodes_count)
{
	return nodes_count <= UINT64_C(1) << 32 ? 4 : 8;
}

/* Lists whose offsets are at offsets_at, with ids_count ids behind them. */
struct csr_lists csr_lists_at(uint64_t offsets_at, uint64_t nodes_count, uint64_t ids_count);

/* The end of the lists; UINT64_MAX on overflow. */
uint64_t csr_lists_end(const struct csr_lists *lists, unsigned id_bytes);

/* Takes the places of lists, and what follows from them; the file's mapping stays what it is. */
void csr_set_lists(struct csr_store *store, const struct csr_lists *out, const struct csr_lists *in,
		   unsigned id_bytes);

/* Where in-edges begin behind such lists: their offsets are aligned. UINT64_MAX on overflow. */
uint64_t csr_in_offsets_at(const struct csr_lists *out, unsigned id_bytes);

static inline uint64_t csr_id_at(const struct csr_store *store, const struct csr_lists *lists,
				 uint64_t index)
{
	return lists->ids_at + index * store->id_bytes;
}

/* A hash of an edge: the finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). */
static inline uint64_t csr_edge_hash(uint64_t from, uint64_t to)
{
	uint64_t x = from * UINT64_C(0x9E3779B97F4A7C15) + (to << 32 | to >> 32);

	x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
	return x ^ x >> 31;
}

/* The sum of this over all edges is 0 if each edge is there in both directions, equally often; else it is 0 by chance, once
 * in 2^64 graphs. */
static inline uint64_t csr_direction_hash(uint64_t from, uint64_t to)
{
	return csr_edge_hash(from, to) - csr_edge_hash(to, from);
}

/* Gets the engine's mapping again: call after each resize. */
void csr_map(struct csr_store *store);

/* Forgets the mapping, and what is being read: before the file changes. */
void csr_unmap(struct csr_store *store);

/* Says that the list of `node` is no range of the file's: -EBADMSG. */
int csr_bad_range(struct csr_store *store, const struct csr_lists *lists, uint64_t node,
		  uint64_t begin, uint64_t end);

/* layout_ops.check */
int csr_check(struct store *store);

/* Rebuilds the file if inserts are pending. */
int csr_build_pending(struct csr_store *store);

int csr_insert_node(struct store *store);
int csr_insert_edge(struct store *store, uint64_t from, uint64_t to);
int csr_bulk(struct store *store, const struct edge_stream *stream);

/* Writes the in-edges of the stream behind the lists `out`, which are in the file, and gives their place. Between begin and
 * commit. -E2BIG with base.why: a node's number of out-edges does not fit into id_bytes. */
int csr_build_in_edges(struct csr_store *store, const struct edge_stream *stream,
		       const struct csr_lists *out, unsigned id_bytes, struct csr_lists *in);

/* Makes u32 of u64, in place. */
void csr_narrow_ids(uint64_t *ids, uint64_t count);

extern const struct layout_ops layout_csr;

#endif
