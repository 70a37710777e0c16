/* Shared by the files of layout `csr`: csr.c (opening, reading), csr_build.c (loading, inserting)
 * and csr_check.c. */
#ifndef IOWALK_CSR_H
#define IOWALK_CSR_H

#include "checksums.h"
#include "fetch.h"

#define CSR_OFFSETS_AT HEADER_DATA_OFFSET
#define CSR_WINDOW_MAX 1024 /* nodes in one batch at most */

/* Indices into header.fields. */
enum { CSR_FIELD_OFFSETS_AT, CSR_FIELD_TARGETS_AT, CSR_FIELD_ID_BYTES, CSR_FIELD_BOTH_WAYS };

struct csr_store {
	struct store base;
	struct header header;
	struct checksums checksums;
	const uint64_t *offsets;      /* into the engine's mapping, or NULL; */
	const unsigned char *targets; /* so is this: u32 or u64 each */
	uint64_t targets_at;          /* bytes from the file's beginning */
	unsigned id_bytes;            /* of a target: 4 or 8 */
	bool writable;

	/* Inserted edges, after those that the file had before the first insert. */
	struct edge *gathered;
	size_t gathered_count, gathered_capacity;
	bool pending;

	struct engine_extent extents[CSR_WINDOW_MAX]; /* to announce, of a mapped file */
	struct fetch fetch;                           /* of a file that is read */
};

static inline uint64_t csr_offset_at(uint64_t node)
{
	return CSR_OFFSETS_AT + node * sizeof(uint64_t);
}

/* Bytes of a target in a new file: the ids of at most 2^32 nodes fit into 4. */
static inline unsigned csr_id_bytes(uint64_t nodes_count)
{
	return nodes_count <= UINT64_C(1) << 32 ? 4 : 8;
}

/* Bytes of the file without checksums; UINT64_MAX on overflow. */
static inline uint64_t csr_data_bytes(uint64_t nodes_count, uint64_t edges_count, unsigned id_bytes)
{
	uint64_t offsets_count = saturating_madd(nodes_count, 1, 1);
	uint64_t offsets_bytes = saturating_madd(offsets_count, sizeof(uint64_t), CSR_OFFSETS_AT);

	return saturating_madd(edges_count, id_bytes, offsets_bytes);
}

static inline uint64_t csr_target_at(const struct csr_store *store, uint64_t index)
{
	return store->targets_at + index * store->id_bytes;
}

/* The sum of this over all edges is 0 if each edge is there in both directions, equally often; else it is 0 by chance, once
 * in 2^64 graphs. Finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). */
uint64_t csr_direction_hash(uint64_t from, uint64_t to);

/* Gets the engine's mapping again: call after each resize. */
void csr_map(struct csr_store *store);

/* Says that the targets of `node` are no range of the file's: -EBADMSG. */
int csr_bad_range(struct csr_store *store, uint64_t node, uint64_t begin, uint64_t end);

/* layout_ops.check */
int csr_check(struct store *store);

/* Rebuilds the file if inserts are pending. */
int csr_build_pending(struct csr_store *store);

int csr_insert_node(struct store *store);
int csr_insert_edge(struct store *store, uint64_t from, uint64_t to);
int csr_bulk(struct store *store, const struct edge_stream *stream);

extern const struct layout_ops layout_csr;

#endif
