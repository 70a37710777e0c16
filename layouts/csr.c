/*
 * Compressed sparse rows: offsets u64[nodes + 1], then targets[edges], little-endian. A target is a
 * u32 if the file has at most 2^32 nodes, else a u64; the header says which. Node n's
 * neighbours are targets[offsets[n] .. offsets[n + 1]). This is the most compact layout that needs
 * no decoding, and so the limit for the others. If the engine maps, neighbours are a pointer into
 * the file; otherwise a node takes two reads, 16 bytes of offsets and its targets.
 *
 * The header also says whether each edge is there in both directions (found by a sum of hashes when the file is built): then
 * in-neighbours are out-neighbours, and a walk can go from nodes that it has not reached to those that it has.
 *
 * Where it is not so, option in_edges adds a second set of lists of the same form: a node's list there is the number of its
 * out-edges, then its in-neighbours. The number is there because a walk upwards counts the edges of what it has reached. The
 * file is then about twice as long.
 *
 * The file cannot grow in place. Inserts are collected in memory (16 bytes per edge), and the next
 * read, sync or close rebuilds the file with a counting sort. A store that mixes inserts and reads
 * rewrites the whole file each time. This cost is part of the layout, and measurements include it.
 *
 * Targets can be announced to an engine with look-ahead only after their offsets were read. Offsets
 * are therefore announced two distances ahead and targets one.
 */
#include "support/csr.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER == __LITTLE_ENDIAN, "csr returns the file's words unconverted");

static uint64_t csr_file_bytes(uint64_t nodes_count, uint64_t edges_count)
{
	struct csr_lists out = csr_lists_at(CSR_OFFSETS_AT, nodes_count, edges_count);

	return header_file_bytes(csr_lists_end(&out, csr_id_bytes(nodes_count)), true);
}

/* In-edges are lists as those of out-edges, and a number more for each node. */
static uint64_t csr_option_bytes(const uint64_t *options, uint64_t nodes_count,
				 uint64_t edges_count)
{
	uint64_t ids_count = saturating_madd(nodes_count, 1, edges_count);

	return options[CSR_OPTION_IN_EDGES] ? csr_file_bytes(nodes_count, ids_count) : 0;
}

static void announce_offsets(struct csr_store *store, const struct csr_lists *lists,
			     struct frontier *level, size_t end)
{
	size_t count = 0;

	for (; level->announced_nodes < end && count < CSR_WINDOW_MAX; level->announced_nodes++) {
		uint64_t node = level->nodes[level->announced_nodes];
		if (node < store->base.nodes_count)
			store->extents[count++] =
				(struct engine_extent){.offset = csr_offset_at(lists, node),
						       .len_bytes = 2 * sizeof(uint64_t)};
	}
	store->base.engine->ops->prefetch(store->base.engine, store->extents, count);
}

static void announce_ids(struct csr_store *store, const struct csr_lists *lists,
			 struct frontier *level, size_t end)
{
	size_t count = 0;

	for (; level->announced_edges < end && count < CSR_WINDOW_MAX; level->announced_edges++) {
		uint64_t node = level->nodes[level->announced_edges];
		if (node >= store->base.nodes_count)
			continue;
		uint64_t first = lists->offsets[node], last = lists->offsets[node + 1];
		if (first < last && last <= lists->ids_count)
			store->extents[count++] = (struct engine_extent){
				.offset = csr_id_at(store, lists, first),
				.len_bytes = (last - first) * store->id_bytes};
	}
	store->base.engine->ops->prefetch(store->base.engine, store->extents, count);
}

/*
 * Announces what the nodes beyond the window need, in two steps: see the top of this file. fetch.c does the same through
 * the hooks of fetch_ops, which made cold walks by mmap_advised 4 to 9 % slower here (1 M nodes of 16 edges, three pairs).
 */
static void csr_announce(struct csr_store *store, const struct csr_lists *lists,
			 struct frontier *level, size_t window)
{
	size_t ahead = store->base.engine->prefetch_ahead_count;
	size_t near = level->next + window + ahead, far = near + ahead;

	far = far < level->count ? far : level->count;
	near = near < level->count ? near : level->count;
	while (level->announced_nodes < far)
		announce_offsets(store, lists, level, far);
	if (level->announced_edges < level->next)
		level->announced_edges = level->next;
	while (level->announced_edges < near)
		announce_ids(store, lists, level, near);
}

/* Inlined: with its lists known, a walk over a small graph is 3 % faster. */
static inline __attribute__((always_inline)) ssize_t
batch_mapped(struct csr_store *store, const struct csr_lists *lists, struct frontier *level,
	     struct neighbors *out, size_t count)
{
	const uint64_t *offsets = lists->offsets;
	const unsigned char *ids = lists->ids;
	uint64_t id_bytes = store->id_bytes;
	const uint64_t *nodes = level->nodes + level->next;
	uint64_t nodes_count = store->base.nodes_count, ids_count = lists->ids_count;
	uint64_t read_count = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t node = nodes[i];

		if (node >= nodes_count)
			return -ERANGE;
		uint64_t begin = offsets[node], end = offsets[node + 1];
		if (begin > end || end > ids_count)
			return csr_bad_range(store, lists, node, begin, end);
		out[i].ids = ids + begin * id_bytes;
		out[i].count = end - begin;
		read_count += end - begin;
	}
	store->base.stats.logical_read_bytes +=
		2 * count * sizeof(uint64_t) + read_count * id_bytes;
	level->next += count;
	return (ssize_t)count;
}

/* ---- a file that is read: see fetch.h ---- */

static int csr_head_at(struct store *base, uint64_t node, uint64_t *offset)
{
	*offset = csr_offset_at(&((struct csr_store *)base)->out, node);
	return 0;
}

static int csr_in_head_at(struct store *base, uint64_t node, uint64_t *offset)
{
	*offset = csr_offset_at(&((struct csr_store *)base)->in, node);
	return 0;
}

static int body_of(struct csr_store *store, const struct csr_lists *lists, uint64_t node,
		   const unsigned char *head, struct fetch_body *body)
{
	uint64_t pair[2];

	memcpy(pair, head, sizeof(pair));
	if (pair[0] > pair[1] || pair[1] > lists->ids_count)
		return csr_bad_range(store, lists, node, pair[0], pair[1]);
	*body = (struct fetch_body){csr_id_at(store, lists, pair[0]),
				    (pair[1] - pair[0]) * store->id_bytes, pair[1] - pair[0]};
	return 0;
}

static int csr_body_at(struct store *base, uint64_t node, uint64_t offset,
		       const unsigned char *head, struct fetch_body *body)
{
	struct csr_store *store = (struct csr_store *)base;

	(void)offset;
	return body_of(store, &store->out, node, head, body);
}

static int csr_in_body_at(struct store *base, uint64_t node, uint64_t offset,
			  const unsigned char *head, struct fetch_body *body)
{
	struct csr_store *store = (struct csr_store *)base;

	(void)offset;
	return body_of(store, &store->in, node, head, body);
}

static const struct fetch_ops csr_fetch = {
	.head_bytes = 2 * sizeof(uint64_t),
	.head_at = csr_head_at,
	.body_at = csr_body_at,
};

static const struct fetch_ops csr_in_fetch = {
	.head_bytes = 2 * sizeof(uint64_t),
	.head_at = csr_in_head_at,
	.body_at = csr_in_body_at,
};

static inline __attribute__((always_inline)) ssize_t batch_of(struct csr_store *store,
							      struct csr_lists *lists,
							      struct frontier *level,
							      struct neighbors *out, size_t out_max)
{
	struct store *base = &store->base;
	size_t left = level->count - level->next;
	size_t count = left < out_max ? left : out_max;

	if (!lists->offsets)
		return pipeline_batch_of_hook(&lists->fetch.pipeline, base, level, out, out_max);
	if (count > CSR_WINDOW_MAX)
		count = CSR_WINDOW_MAX;
	/* In a level of one node nothing can overlap: an announcement would only cost a call. */
	if (base->engine->prefetch_ahead_count && base->engine->ops->prefetch && level->count > 1)
		csr_announce(store, lists, level, count);
	return batch_mapped(store, lists, level, out, count);
}

static ssize_t csr_neighbors_batch(struct store *base, struct frontier *level,
				   struct neighbors *out, size_t out_max)
{
	struct csr_store *store = (struct csr_store *)base;

	if (store->pending) {
		int err = csr_build_pending(store);
		if (err)
			return err;
	}
	ssize_t count = batch_of(store, &store->out, level, out, out_max);

	__asm__ volatile("" : "+r"(count)); /* as in pipeline_batch_of_hook() */
	return count;
}

static ssize_t csr_in_neighbors_batch(struct store *base, struct frontier *level,
				      struct neighbors *out, size_t out_max)
{
	struct csr_store *store = (struct csr_store *)base;
	ssize_t count = batch_of(store, &store->in, level, out, out_max);

	for (ssize_t i = 0; i < count; i++) {
		if (out[i].count == 0)
			return why_set(
				&base->why, -EBADMSG,
				"csr: a node's list of in-edges is empty; it begins with the "
				"number of its out-edges");
	}
	return count;
}

static int csr_neighbors(struct store *base, uint64_t node, struct neighbors *out)
{
	struct csr_store *store = (struct csr_store *)base;
	const struct csr_lists *lists = &store->out;

	if (lists->offsets && !store->pending) {
		if (node >= base->nodes_count)
			return -ERANGE;
		uint64_t begin = lists->offsets[node], end = lists->offsets[node + 1];
		if (begin > end || end > lists->ids_count)
			return csr_bad_range(store, lists, node, begin, end);
		out->ids = lists->ids + begin * store->id_bytes;
		out->count = end - begin;
		base->stats.logical_read_bytes +=
			2 * sizeof(uint64_t) + out->count * store->id_bytes;
		return 0;
	}
	struct frontier level = {.nodes = &node, .count = 1};
	ssize_t count = csr_neighbors_batch(base, &level, out, 1);
	return count < 0 ? (int)count : 0;
}

/* ---- opening and closing ---- */

static const struct option_spec csr_options[CSR_OPTIONS_COUNT] = {
	CHECKSUM_OPTIONS,
	{
		.name = "in_edges",
		.type = OPTION_BOOL,
		.help = "the file has each node's in-edges, too: a walk can go up (bfs.direction)",
		.role = OPTION_ROLE_IN_EDGES,
	},
};

static void fetch_begin(struct csr_lists *lists, const struct fetch_ops *ops)
{
	lists->fetch =
		(struct fetch){.ops = ops,
			       .data_bytes = UINT64_MAX, /* every node has a whole head */
			       .pipeline = {.ops = &fetch_read_ops, .context = &lists->fetch}};
}

static struct csr_store *csr_new(const struct store_config *config, bool writable)
{
	struct csr_store *store = calloc(1, sizeof(*store));

	if (store) {
		store->base.ops = &layout_csr;
		store->base.engine = config->engine;
		store->writable = writable;
		store->header.checksums = config->options[OPTION_CHECKSUMS];
		store->wants_in_edges = config->options[CSR_OPTION_IN_EDGES];
		fetch_begin(&store->out, &csr_fetch);
		fetch_begin(&store->in, &csr_in_fetch);
	}
	return store;
}

static int csr_create(const struct store_config *config, struct store **out, struct why *why)
{
	struct csr_store *store = csr_new(config, true);

	if (!store)
		return -ENOMEM;
	store->pending = true; /* a graph without nodes is valid: close writes it */
	checksums_init(&store->checksums, config->engine, &layout_csr, &store->header);
	*out = &store->base;
	(void)why;
	return 0;
}

/* Where the lists are, by the header. False: its fields and sizes contradict each other. */
static bool take_sizes(struct csr_store *store, unsigned id_bytes)
{
	const struct header *header = &store->header;
	uint64_t nodes_count = header->nodes_count;
	struct csr_lists out = csr_lists_at(CSR_OFFSETS_AT, nodes_count, header->edges_count);
	struct csr_lists in = {.offsets_at = header->fields[CSR_FIELD_IN_OFFSETS_AT]};
	uint64_t end = csr_lists_end(&out, id_bytes);

	if (in.offsets_at) {
		if (in.offsets_at != csr_in_offsets_at(&out, id_bytes))
			return false;
		in = csr_lists_at(in.offsets_at, nodes_count,
				  saturating_madd(nodes_count, 1, header->edges_count));
		end = csr_lists_end(&in, id_bytes);
	}
	store->base.nodes_count = nodes_count;
	store->base.edges_count = header->edges_count;
	csr_set_lists(store, &out, &in, id_bytes);
	return header->data_bytes == end &&
	       header->fields[CSR_FIELD_OFFSETS_AT] == out.offsets_at &&
	       header->fields[CSR_FIELD_TARGETS_AT] == out.ids_at;
}

static int csr_open(const struct store_config *config, struct store **out, struct why *why)
{
	struct csr_store *store = csr_new(config, config->writable);

	if (!store)
		return -ENOMEM;
	struct header *header = &store->header;
	int err = header_read(config->engine, &layout_csr, header, why);
	uint64_t id_bytes = header->fields[CSR_FIELD_ID_BYTES];
	if (!err && id_bytes != csr_id_bytes(header->nodes_count))
		err = why_set(why, -EBADMSG,
			      "csr: ids of %" PRIu64 " bytes in a file of %" PRIu64 " nodes",
			      id_bytes, header->nodes_count);
	if (!err && !take_sizes(store, (unsigned)id_bytes))
		err = why_set(why, -EBADMSG,
			      "csr: the header's sizes contradict each other (%" PRIu64
			      " nodes, %" PRIu64 " edges, %" PRIu64 " bytes)",
			      header->nodes_count, header->edges_count, header->data_bytes);
	if (!err && header->fields[CSR_FIELD_BOTH_WAYS] > 1)
		err = why_set(why, -EBADMSG, "csr: unknown kind of edges in the header");
	checksums_init(&store->checksums, config->engine, &layout_csr, header);
	if (!err)
		err = checksums_verify_open(&store->checksums, config->options, why);
	if (err) {
		checksums_release(&store->checksums);
		free(store);
		return err;
	}
	store->wants_in_edges |= store->base.in_edges;
	store->base.both_ways = header->fields[CSR_FIELD_BOTH_WAYS] != 0;
	csr_map(store);
	*out = &store->base;
	return 0;
}

static int csr_commit(struct store *base)
{
	return csr_build_pending((struct csr_store *)base);
}

static int csr_sync(struct store *base)
{
	return checksums_sync(&((struct csr_store *)base)->checksums, base, csr_commit);
}

static int csr_close(struct store *base)
{
	struct csr_store *store = (struct csr_store *)base;
	int err = csr_build_pending(store);

	pipeline_release(&store->out.fetch.pipeline);
	pipeline_release(&store->in.fetch.pipeline);
	checksums_release(&store->checksums);
	free(store->gathered);
	free(store);
	return err;
}

const struct layout_ops layout_csr = {
	.name = "csr",
	.summary = "offsets of 8 B, targets of 4 B (8 B from 2^32 nodes on): the most compact; "
		   "inserts rebuild the file",
	.version = 3,
	.options_count = CSR_OPTIONS_COUNT,
	.options = csr_options,
	.file_bytes = csr_file_bytes,
	.option_bytes = csr_option_bytes,
	.create = csr_create,
	.open = csr_open,
	.insert_node = csr_insert_node,
	.insert_edge = csr_insert_edge,
	.bulk = csr_bulk,
	.neighbors = csr_neighbors,
	.neighbors_batch = csr_neighbors_batch,
	.in_neighbors_batch = csr_in_neighbors_batch,
	.check = csr_check,
	.sync = csr_sync,
	.close = csr_close,
};
