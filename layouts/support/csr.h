/* Shared by the files of layout `csr`: csr.c (opening, reading) and csr_build.c (loading,
 * inserting). */
#ifndef IOWALK_CSR_H
#define IOWALK_CSR_H

#include "checksums.h"
#include "fetch.h"

#define CSR_OFFSETS_AT HEADER_DATA_OFFSET
#define CSR_WINDOW_MAX 1024 /* nodes in one batch at most */

/* Indices into header.fields. */
enum { CSR_FIELD_OFFSETS_AT, CSR_FIELD_TARGETS_AT };

struct csr_store {
	struct store base;
	struct header header;
	struct checksums checksums;
	const uint64_t *offsets, *targets; /* into the engine's mapping, or both NULL */
	uint64_t targets_at;               /* bytes from the file's beginning */
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

/* Bytes of the file without checksums; UINT64_MAX on overflow. */
static inline uint64_t csr_data_bytes(uint64_t nodes_count, uint64_t edges_count)
{
	uint64_t words = saturating_madd(nodes_count, 1, saturating_madd(edges_count, 1, 1));

	return saturating_madd(words, sizeof(uint64_t), CSR_OFFSETS_AT);
}

static inline uint64_t csr_target_at(const struct csr_store *store, uint64_t index)
{
	return store->targets_at + index * sizeof(uint64_t);
}

/* Gets the engine's mapping again: call after each resize. */
void csr_map(struct csr_store *store);

/* Rebuilds the file if inserts are pending. */
int csr_build_pending(struct csr_store *store);

int csr_insert_node(struct store *store);
int csr_insert_edge(struct store *store, uint64_t from, uint64_t to);
int csr_bulk(struct store *store, const struct edge_stream *stream);

extern const struct layout_ops layout_csr;

#endif
