/*
 * Ids and counts beyond 2^32, on a sparse file: an engine defined here keeps written pages in a
 * hash table and gives zeros elsewhere. The layouts work on it as on any other engine, which also
 * shows that the contract does not depend on the rest of engines/.
 *
 * The test writes the records at the offsets given by the descriptions of the formats (csr.c,
 * slot_format.h), so a layout that computed other offsets would find zeros.
 */
#include "support/stores.h"

#include <sys/mman.h>

#include "../layouts/support/header.h"
#include "../layouts/support/slot_format.h"

#define PAGE_BYTES  4096
#define TABLE_SLOTS 4096 /* maximum number of pages; a power of two */
#define BIG         (UINT64_C(1) << 32)

/* ---- the engine ---- */

struct sparse {
	struct engine engine; /* first, so that an engine pointer can be cast to this */
	uint64_t size_bytes;
	uint64_t numbers[TABLE_SLOTS]; /* page number + 1, or 0 if free */
	unsigned char (*pages)[PAGE_BYTES];
	unsigned char *mapped; /* if mapped: the whole file, and pages are not used */
	/* The reads and prefetches since the last clear. */
	uint64_t read_offsets[4096], read_lens[4096];
	size_t reads_count, prefetched_count;
};

static unsigned char *sparse_page(struct sparse *sparse, uint64_t number, bool make)
{
	for (size_t i = mix64(number) % TABLE_SLOTS;; i = (i + 1) % TABLE_SLOTS) {
		if (sparse->numbers[i] == number + 1)
			return sparse->pages[i];
		if (sparse->numbers[i])
			continue;
		if (!make)
			return NULL;
		sparse->numbers[i] = number + 1;
		return sparse->pages[i];
	}
}

static bool in_range(const struct sparse *sparse, uint64_t offset, uint64_t len_bytes)
{
	return offset <= sparse->size_bytes && len_bytes <= sparse->size_bytes - offset;
}

static uint64_t sparse_size(const struct engine *engine)
{
	return ((const struct sparse *)engine)->size_bytes;
}

static int sparse_resize(struct engine *engine, uint64_t size_bytes)
{
	if (size_bytes > INT64_MAX)
		return -EFBIG;
	((struct sparse *)engine)->size_bytes = size_bytes; /* no test reads beyond the new end */
	return 0;
}

static int sparse_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct sparse *sparse = (struct sparse *)engine;
	unsigned char *to = buffer;

	if (!in_range(sparse, offset, len_bytes))
		return -ERANGE;
	if (sparse->reads_count < 4096) {
		sparse->read_offsets[sparse->reads_count] = offset;
		sparse->read_lens[sparse->reads_count++] = len_bytes;
	}
	while (len_bytes) {
		size_t skip = (size_t)(offset % PAGE_BYTES);
		size_t part = PAGE_BYTES - skip < len_bytes ? PAGE_BYTES - skip : len_bytes;
		unsigned char *page = sparse_page(sparse, offset / PAGE_BYTES, false);

		if (sparse->mapped)
			memcpy(to, sparse->mapped + offset, part);
		else if (page)
			memcpy(to, page + skip, part);
		else
			memset(to, 0, part);
		offset += part;
		to += part;
		len_bytes -= part;
	}
	return 0;
}

static int sparse_write(struct engine *engine, uint64_t offset, const void *buffer,
			size_t len_bytes)
{
	struct sparse *sparse = (struct sparse *)engine;
	const unsigned char *from = buffer;

	if (!in_range(sparse, offset, len_bytes))
		return -ERANGE;
	while (len_bytes) {
		size_t skip = (size_t)(offset % PAGE_BYTES);
		size_t part = PAGE_BYTES - skip < len_bytes ? PAGE_BYTES - skip : len_bytes;
		unsigned char *page = sparse->mapped
					      ? sparse->mapped + (offset - skip)
					      : sparse_page(sparse, offset / PAGE_BYTES, true);

		memcpy(page + skip, from, part);
		offset += part;
		from += part;
		len_bytes -= part;
	}
	return 0;
}

static int sparse_sync(struct engine *engine)
{
	(void)engine;
	return 0;
}

/* In reverse: the engine may choose the order. */
static int sparse_read_batch(struct engine *engine, struct engine_extent *extents, size_t count)
{
	int err = 0;

	while (count-- && !err)
		err = sparse_read(engine, extents[count].offset, extents[count].buffer,
				  (size_t)extents[count].len_bytes);
	return err;
}

static void sparse_prefetch(struct engine *engine, const struct engine_extent *extents,
			    size_t count)
{
	struct sparse *sparse = (struct sparse *)engine;

	for (size_t i = 0; i < count; i++)
		assert_true(in_range(sparse, extents[i].offset, extents[i].len_bytes));
	sparse->prefetched_count += count;
}

static const void *sparse_map(struct engine *engine, uint64_t offset, size_t len_bytes)
{
	const struct sparse *sparse = (struct sparse *)engine;

	return in_range(sparse, offset, len_bytes) ? sparse->mapped + offset : NULL;
}

#define SPARSE_HOOKS                                                                               \
	.magic = ENGINE_MAGIC, .abi_major = ENGINE_ABI_MAJOR,                                      \
	.struct_size = sizeof(struct engine_ops), .size = sparse_size, .resize = sparse_resize,    \
	.read = sparse_read, .write = sparse_write, .sync = sparse_sync

enum { SPARSE_PLAIN, SPARSE_BATCH, SPARSE_MAPPED, SPARSE_KINDS };
static const struct engine_ops sparse_engines[SPARSE_KINDS] = {
	{.name = "sparse", SPARSE_HOOKS},
	{.name = "sparse batch",
	 SPARSE_HOOKS,
	 .read_batch = sparse_read_batch,
	 .prefetch = sparse_prefetch},
	{.name = "sparse mapped", SPARSE_HOOKS, .map = sparse_map, .prefetch = sparse_prefetch},
};

/* False, with a message, if this machine lacks the address space. */
static bool sparse_init(struct sparse *sparse, unsigned kind, uint64_t size_bytes)
{
	memset(sparse, 0, sizeof(*sparse));
	sparse->engine.ops = &sparse_engines[kind];
	sparse->engine.prefetch_ahead_count = kind == SPARSE_PLAIN ? 0 : 4;
	sparse->size_bytes = size_bytes;
	if (kind == SPARSE_MAPPED) {
		void *mapped = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (mapped != MAP_FAILED) {
			sparse->mapped = mapped;
			return true;
		}
		print_message("skipped: no %llu bytes of address space: %s\n",
			      (unsigned long long)size_bytes, strerror(errno));
		return false;
	}
	sparse->pages = calloc(TABLE_SLOTS, PAGE_BYTES);
	assert_non_null(sparse->pages);
	return true;
}

static void sparse_release(struct sparse *sparse)
{
	if (sparse->mapped)
		munmap(sparse->mapped, sparse->size_bytes);
	free(sparse->pages);
}

static void must_write(struct sparse *sparse, uint64_t offset, const void *bytes, size_t len_bytes)
{
	assert_int_equal(sparse_write(&sparse->engine, offset, bytes, len_bytes), 0);
}

/* Whether exactly these bytes were read since the count was set to 0. */
static void assert_asked(const struct sparse *sparse, uint64_t offset, uint64_t len_bytes)
{
	for (size_t i = 0; i < sparse->reads_count; i++) {
		if (sparse->read_offsets[i] == offset && sparse->read_lens[i] == len_bytes)
			return;
	}
	fail_msg("no read of %llu bytes at %llu", (unsigned long long)len_bytes,
		 (unsigned long long)offset);
}

static const struct layout_ops *find_layout(const char *name)
{
	for (size_t l = 0; l < layout_table_count; l++) {
		if (strcmp(layout_table[l]->name, name) == 0)
			return layout_table[l];
	}
	return NULL;
}

static struct store *must_open(struct sparse *sparse, const struct layout_ops *layout,
			       bool writable)
{
	uint64_t options[OPTIONS_MAX];
	struct store_config config = {.engine = &sparse->engine,
				      .path = "sparse",
				      .options = options,
				      .writable = writable};
	struct store *store = NULL;
	struct why why = {""};

	option_defaults(layout->options, layout->options_count, options);
	if (layout->open(&config, &store, &why) != 0)
		fail_msg("%s: %s", layout->name, why.text);
	return store;
}

/* ---- the graph ---- */

/* Three nodes with edges, all beyond 2^32 in id, and their neighbours' ids. */
struct big_node {
	uint64_t id, first; /* index of its first edge among all */
	size_t count;
	uint64_t ids[5];
};

#define BIG_NODES (BIG + 10)
#define BIG_EDGES (BIG + 100)
static const struct big_node big_nodes[] = {
	{BIG - 1, BIG - 2, 4, {BIG, 7, BIG + 9, BIG - 1}}, /* its edge indexes cross 2^32 */
	{BIG + 3, BIG + 40, 5, {BIG + 4, BIG + 9, 3, BIG + 3, 0}},
	{BIG + 9, BIG + 97, 3, {UINT32_MAX, BIG + 1, BIG + 1}}, /* last node, last edges */
};
#define BIG_COUNT (sizeof(big_nodes) / sizeof(big_nodes[0]))

static void assert_ids(const struct big_node *node, const struct neighbors *found)
{
	assert_int_equal(found->count, node->count);
	assert_memory_equal(found->ids, node->ids, node->count * sizeof(uint64_t));
}

/* One by one, then all in a frontier, between nodes without edges. */
static void assert_big_nodes(struct sparse *sparse, struct store *store)
{
	const uint64_t nodes[] = {0, BIG + 3, 5, BIG + 9, BIG - 1, BIG + 5, BIG + 3, 1};
	struct frontier level = {.nodes = nodes, .count = 8};
	struct neighbors found[8];
	size_t next = 0;

	for (size_t i = 0; i < BIG_COUNT; i++) {
		assert_int_equal(store->ops->neighbors(store, big_nodes[i].id, found), 0);
		assert_ids(&big_nodes[i], found);
	}
	assert_int_equal(store->ops->neighbors(store, BIG_NODES, found), -ERANGE);
	while (level.next < level.count) {
		ssize_t count = store->ops->neighbors_batch(store, &level, found, 3);

		assert_in_range(count, 1, 3);
		for (size_t i = 0; i < (size_t)count; i++, next++) {
			size_t k = 0;

			while (k < BIG_COUNT && big_nodes[k].id != nodes[next])
				k++;
			if (k < BIG_COUNT)
				assert_ids(&big_nodes[k], &found[i]);
			else
				assert_int_equal(found[i].count, 0);
		}
	}
	assert_int_equal(next, 8);
	/* What is read is read ahead by batches in flight; a mapping has announcements only. */
	assert_int_equal(sparse->prefetched_count > 0, sparse->engine.ops->map != NULL);
}

/* ---- csr ---- */

static void write_csr(struct sparse *sparse, const struct layout_ops *layout)
{
	const uint64_t targets_at = 4096 + 8 * (BIG_NODES + 1);
	struct header header = {.nodes_count = BIG_NODES,
				.edges_count = BIG_EDGES,
				.data_bytes = targets_at + 8 * BIG_EDGES,
				.fields = {4096, targets_at, 8}};

	assert_int_equal(header_write(&sparse->engine, layout, &header), 0);
	for (size_t i = 0; i < BIG_COUNT; i++) {
		const struct big_node *node = &big_nodes[i];
		const uint64_t offsets[] = {node->first, node->first + node->count};

		must_write(sparse, 4096 + 8 * node->id, offsets, sizeof(offsets));
		must_write(sparse, targets_at + 8 * node->first, node->ids, 8 * node->count);
	}
	/* BIG + 5 is read, too: no edges, at an index beyond 2^32. */
	const uint64_t nothing[] = {BIG + 60, BIG + 60};
	must_write(sparse, 4096 + 8 * (BIG + 5), nothing, sizeof(nothing));
}

static void test_csr(void **state)
{
	const struct layout_ops *layout = find_layout("csr");
	const uint64_t targets_at = 4096 + 8 * (BIG_NODES + 1);
	struct sparse *sparse = malloc(sizeof(*sparse));

	(void)state;
	if (!layout)
		skip();
	assert_non_null(sparse);
	for (unsigned kind = 0; kind < SPARSE_KINDS; kind++) {
		struct store *store;

		if (!sparse_init(sparse, kind, targets_at + 8 * BIG_EDGES))
			continue;
		assert_true(layout->file_bytes(BIG_NODES, BIG_EDGES) > sparse->size_bytes);
		write_csr(sparse, layout);
		store = must_open(sparse, layout, false);
		assert_int_equal(store->nodes_count, BIG_NODES);
		assert_int_equal(store->edges_count, BIG_EDGES);
		sparse->reads_count = 0;
		assert_big_nodes(sparse, store);
		for (size_t i = 0; kind != SPARSE_MAPPED && i < BIG_COUNT; i++) {
			assert_asked(sparse, 4096 + 8 * big_nodes[i].id, 16);
			assert_asked(sparse, targets_at + 8 * big_nodes[i].first,
				     8 * big_nodes[i].count);
		}
		assert_int_equal(layout->close(store), 0);
		sparse_release(sparse);
	}
	free(sparse);
}

/* ---- slotted ---- */

static const struct payload payload = {.on = true};
static const uint64_t edges_at = 4096 + BIG_NODES * 4096;

static uint64_t slot_of_edge(uint64_t place)
{
	return edges_at + 256 * place;
}

/*
 * A node's `count` edges from `first` on; the last one is not in the run, but linked and farther
 * on.
 */
static void write_slotted_node(struct sparse *sparse, const struct big_node *node)
{
	struct slot_tail tail = {.out_first = node->first + 1,
				 .out_last = node->first + node->count,
				 .out_count = (uint32_t)node->count,
				 .out_run = (uint32_t)node->count};
	unsigned char slot[4096] = {0};

	if (node->id == BIG + 3) {
		tail.out_last = BIG + 71;
		tail.out_run--;
	}
	slot_node_encode(slot, node->id + 1, &payload, &tail);
	must_write(sparse, 4096 + 4096 * node->id, slot, sizeof(slot));
	for (size_t k = 0; k < node->count; k++) {
		struct slot_edge edge = {
			.id = node->first + k + 1, .from = node->id + 1, .to = node->ids[k] + 1};

		if (k + 1 == node->count)
			edge.id = tail.out_last;
		if (k + 1 == tail.out_run && tail.out_run < tail.out_count)
			edge.next_out = tail.out_last;
		memset(slot, 0, 256);
		slot_edge_encode(slot, &payload, &edge);
		must_write(sparse, slot_of_edge(edge.id - 1), slot, 256);
	}
}

static void write_slotted(struct sparse *sparse, const struct layout_ops *layout)
{
	static const uint64_t alone[] = {0, 1, 5, BIG + 5};
	struct header header = {.nodes_count = BIG_NODES,
				.edges_count = BIG_EDGES,
				.data_bytes = edges_at + 256 * BIG_EDGES,
				.fields = {4096, edges_at, BIG_NODES, payload_pack(&payload)}};

	assert_int_equal(header_write(&sparse->engine, layout, &header), 0);
	for (size_t i = 0; i < BIG_COUNT; i++)
		write_slotted_node(sparse, &big_nodes[i]);
	for (size_t i = 0; i < 4; i++)
		write_slotted_node(sparse,
				   &(struct big_node){.id = alone[i], .first = (uint64_t)-1});
}

/* Edges are added after the last one, and the nodes are read again. */
static void insert_big(struct sparse *sparse, const struct layout_ops *layout, struct store *store)
{
	static const uint64_t to[] = {BIG + 9, 5, BIG + 5};
	struct neighbors found;

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(layout->insert_edge(store, BIG + 5, to[i]), 0);
		assert_int_equal(layout->insert_edge(store, BIG + 3, to[i]), 0);
	}
	assert_int_equal(layout->insert_edge(store, BIG_NODES, 0), -ERANGE);
	assert_int_equal(layout->close(store), 0);
	assert_int_equal(sparse->size_bytes, edges_at + 256 * (BIG_EDGES + 6));
	store = must_open(sparse, layout, false);
	assert_int_equal(store->edges_count, BIG_EDGES + 6);
	sparse->reads_count = 0;
	assert_int_equal(layout->neighbors(store, BIG + 5, &found), 0);
	assert_int_equal(found.count, 3);
	assert_memory_equal(found.ids, to, sizeof(to));
	if (!sparse->mapped)
		assert_asked(sparse, slot_of_edge(BIG_EDGES), EDGE_HEAD_BYTES);
	assert_int_equal(layout->neighbors(store, BIG + 3, &found), 0);
	assert_int_equal(found.count, 8);
	assert_memory_equal(found.ids, big_nodes[1].ids, 5 * sizeof(uint64_t));
	assert_memory_equal((const uint64_t *)found.ids + 5, to, sizeof(to));
	assert_int_equal(layout->close(store), 0);
}

static void test_slotted(void **state)
{
	const struct layout_ops *layout = find_layout("slotted");
	struct sparse *sparse = malloc(sizeof(*sparse));

	(void)state;
	if (!layout)
		skip();
	assert_non_null(sparse);
	for (unsigned kind = 0; kind < SPARSE_KINDS; kind++) {
		struct store *store;

		if (!sparse_init(sparse, kind, edges_at + 256 * BIG_EDGES))
			continue;
		assert_true(layout->file_bytes(BIG_NODES, BIG_EDGES) > sparse->size_bytes);
		write_slotted(sparse, layout);
		store = must_open(sparse, layout, kind != SPARSE_MAPPED);
		assert_int_equal(store->nodes_count, BIG_NODES);
		assert_int_equal(store->edges_count, BIG_EDGES);
		sparse->reads_count = 0;
		assert_big_nodes(sparse, store);
		if (kind == SPARSE_MAPPED) { /* cannot grow */
			assert_int_equal(layout->close(store), 0);
		} else {
			for (size_t i = 0; i < BIG_COUNT; i++)
				assert_asked(sparse, 4096 + 4096 * big_nodes[i].id,
					     NODE_HEAD_BYTES);
			/* A run is read with one call, a linked edge with a separate one. */
			assert_asked(sparse, slot_of_edge(BIG - 2), 3 * 256 + EDGE_HEAD_BYTES);
			assert_asked(sparse, slot_of_edge(BIG + 40), 3 * 256 + EDGE_HEAD_BYTES);
			assert_asked(sparse, slot_of_edge(BIG + 70), EDGE_HEAD_BYTES);
			insert_big(sparse, layout, store);
		}
		sparse_release(sparse);
	}
	free(sparse);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csr),
		cmocka_unit_test(test_slotted),
	};

	return cmocka_run_group_tests_name("ids beyond 2^32", tests, NULL, NULL);
}
