/*
 * Shared by tests of layouts: a folder for files, a plain model of a graph to compare a store with,
 * and stores opened on every valid pair of engine and layout.
 *
 * Long: helpers of the tests of layouts, inline.
 */
#ifndef IOWALK_TEST_STORES_H
#define IOWALK_TEST_STORES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../references/reference.h"
#include "../../workloads/support/mix.h"

static char test_folder[256];

static inline int folder_setup(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(test_folder, sizeof(test_folder), "%s/iowalk-test.XXXXXX", base ? base : "/tmp");
	return mkdtemp(test_folder) ? 0 : -1;
}

/* Tests remove their files; if one is left, the folder cannot be removed and the group fails. */
static inline int folder_teardown(void **state)
{
	(void)state;
	return rmdir(test_folder);
}

/* The path of `file` in the folder of the test; the second call after this overwrites it. */
static inline const char *test_path(const char *file)
{
	static char texts[2][320];
	static unsigned turn;
	char *text = texts[turn++ % 2];

	snprintf(text, sizeof(texts[0]), "%s/%s", test_folder, file);
	return text;
}

/* Removes a graph's file and its sidecar. */
static inline void remove_graph(const char *path)
{
	char beside[512];

	assert_int_equal(unlink(path), 0);
	for (size_t l = 0; l < layout_table_count; l++) {
		if (!layout_table[l]->sidecar)
			continue;
		snprintf(beside, sizeof(beside), "%s%s", path, layout_table[l]->sidecar);
		assert_true(unlink(beside) == 0 || errno == ENOENT);
	}
}

/* ---- the model ---- */

struct model {
	struct edge *edges; /* [edges_count] in the order of insertion */
	uint64_t edges_count, edges_capacity, nodes_count;
	/* Made by model_sort(): targets of node n are [begins[n], begins[n + 1]). */
	uint64_t *begins, *targets;
	uint64_t *degrees; /* [degrees_capacity] out-edges of a node */
	uint64_t degrees_capacity;
};

static inline void model_release(struct model *model)
{
	free(model->edges);
	free(model->begins);
	free(model->targets);
	free(model->degrees);
	memset(model, 0, sizeof(*model));
}

static inline void model_add(struct model *model, uint64_t from, uint64_t to)
{
	if (model->edges_count == model->edges_capacity) {
		model->edges_capacity = model->edges_capacity ? model->edges_capacity * 2 : 256;
		model->edges = realloc(model->edges, model->edges_capacity * sizeof(*model->edges));
		assert_non_null(model->edges);
	}
	model->edges[model->edges_count++] = (struct edge){from, to};
	if (from >= model->degrees_capacity) {
		uint64_t capacity = from * 2 + 64;

		model->degrees = realloc(model->degrees, capacity * sizeof(*model->degrees));
		assert_non_null(model->degrees);
		memset(model->degrees + model->degrees_capacity, 0,
		       (capacity - model->degrees_capacity) * sizeof(*model->degrees));
		model->degrees_capacity = capacity;
	}
	model->degrees[from]++;
}

/* Whether the layout cannot hold another edge from there. */
static inline bool model_full(const struct model *model, const struct layout_ops *layout,
			      uint64_t from)
{
	return layout->degree_max && from < model->degrees_capacity &&
	       model->degrees[from] >= layout->degree_max;
}

/* Whether the layout can hold all of it. */
static inline bool model_fits(const struct model *model, const struct layout_ops *layout)
{
	for (uint64_t n = 0; layout->degree_max && n < model->degrees_capacity; n++) {
		if (model->degrees[n] > layout->degree_max)
			return false;
	}
	return true;
}

static inline void model_sort(struct model *model)
{
	free(model->begins);
	free(model->targets);
	model->begins = calloc(model->nodes_count + 2, sizeof(*model->begins));
	model->targets = calloc(model->edges_count + 1, sizeof(*model->targets));
	assert_true(model->begins && model->targets);
	/*
	 * Counts are stored at index n + 2, so that after the sum index n + 1 has the position of
	 * node n's next target.
	 */
	for (uint64_t i = 0; i < model->edges_count; i++)
		model->begins[model->edges[i].from + 2]++;
	for (uint64_t n = 2; n < model->nodes_count + 2; n++)
		model->begins[n] += model->begins[n - 1];
	for (uint64_t i = 0; i < model->edges_count; i++)
		model->targets[model->begins[model->edges[i].from + 1]++] = model->edges[i].to;
}

/* Has the node these neighbours, in this order? */
static inline bool ids_are(const struct store *store, const struct neighbors *found,
			   const uint64_t *ids, size_t count)
{
	bool same = found->count == count;

	for (size_t i = 0; same && i < count; i++)
		same = neighbor_id(store, found, i) == ids[i];
	return same;
}

/* After model_sort(). */
static inline void assert_node(const struct store *store, const struct model *model, uint64_t node,
			       const struct neighbors *found)
{
	uint64_t count = model->begins[node + 1] - model->begins[node];

	if (!ids_are(store, found, model->targets + model->begins[node], count)) {
		print_error("node %llu: %zu neighbours found, %llu expected\n",
			    (unsigned long long)node, found->count, (unsigned long long)count);
		for (uint64_t i = 0; i < count && i < found->count; i++) {
			uint64_t expected = model->targets[model->begins[node] + i];
			if (neighbor_id(store, found, i) == expected)
				continue;
			print_error("neighbour %llu is %llu, not %llu\n", (unsigned long long)i,
				    (unsigned long long)neighbor_id(store, found, i),
				    (unsigned long long)expected);
			break;
		}
		fail();
	}
}

static inline void assert_store(struct store *store, struct model *model)
{
	model_sort(model);
	assert_int_equal(store->nodes_count, model->nodes_count);
	assert_int_equal(store->edges_count, model->edges_count);
	for (uint64_t node = 0; node < model->nodes_count; node++) {
		struct neighbors found = {NULL, 99};

		assert_int_equal(store->ops->neighbors(store, node, &found), 0);
		assert_node(store, model, node, &found);
	}
}

static inline size_t model_next(void *context, uint64_t *cursor, struct edge *edges, size_t max)
{
	const struct model *model = context;
	uint64_t left = model->edges_count - *cursor;
	size_t count = left < max ? (size_t)left : max;

	/* A stream may return fewer edges than requested. */
	if (count > 5)
		count -= (size_t)(mix_at(7, *cursor) % 5);
	if (count)
		memcpy(edges, model->edges + *cursor, count * sizeof(*edges));
	*cursor += count;
	return count;
}

static inline struct edge_stream model_stream(struct model *model)
{
	return (struct edge_stream){.next = model_next,
				    .context = model,
				    .nodes_count = model->nodes_count,
				    .edges_count = model->edges_count};
}

/*
 * Few nodes get most of the edges, as in RMAT: each bit of an id is drawn with unequal
 * probabilities.
 */
static inline void model_skewed(struct model *model, uint64_t seed, unsigned bits, uint64_t edges)
{
	uint64_t draw = 0;

	model->nodes_count = UINT64_C(1) << bits;
	for (uint64_t i = 0; i < edges; i++) {
		uint64_t ids[2] = {0, 0};

		for (unsigned bit = 0; bit < bits; bit++) {
			uint64_t chance = mix_at(seed, draw++) % 100;
			unsigned corner = chance < 57 ? 0 : chance < 76 ? 1 : chance < 95 ? 2 : 3;

			ids[0] |= (uint64_t)(corner >> 1) << bit;
			ids[1] |= (uint64_t)(corner & 1) << bit;
		}
		model_add(model, ids[0], ids[1]);
	}
}

/* ---- stores ---- */

struct pair {
	size_t place; /* index in the product of the tables, then references */
	const struct engine_ops *engine;
	const struct layout_ops *layout;
};

/* A sanitizer takes ten times as long: there wrappers, which are no code of their own, and whole stores, whose libraries it does
 * not see into, are left out, and most pairs. */
#ifdef __SANITIZE_ADDRESS__
#define PAIRS_ALL false
#else
#define PAIRS_ALL true
#endif

/* Every layout on an engine that reads and one that maps, and every engine under a layout of one file and one of two: what
 * fails does so by its layout or by its engine, and seldom by both. */
static inline bool pair_is_one_of_few(const struct pair *pair)
{
	const char *engine = pair->engine->name, *layout = pair->layout->name;

	return strcmp(engine, "pread") == 0 || strcmp(engine, "mmap") == 0 ||
	       strcmp(layout, "csr") == 0 || strcmp(layout, "records") == 0;
}

/* The next pair that stores data and can run here: of all, or of few. A pair begins as zeros. */
static inline bool pair_next_of(struct pair *pair, bool all)
{
	while (pair->place < engine_table_count * layout_table_count) {
		size_t place = pair->place++;
		struct why why = {""};

		pair->engine = engine_table[place / layout_table_count];
		pair->layout = layout_table[place % layout_table_count];
		if (!layout_pairs_with(pair->layout, pair->engine) ||
		    (pair->layout->capabilities & LAYOUT_NO_DATA))
			continue;
		if (!PAIRS_ALL && (pair->engine->capabilities & ENGINE_WRAPS))
			continue;
		if (!all && !pair_is_one_of_few(pair))
			continue;
		if (!pair->engine->probe ||
		    pair->engine->probe(test_folder, NULL, &why) != -EOPNOTSUPP)
			return true;
		if (place % layout_table_count == 0)
			print_message("skipped: %s: %s\n", pair->engine->name, why.text);
	}
	size_t reference = pair->place++ - engine_table_count * layout_table_count;
	if (!PAIRS_ALL || reference >= references_count())
		return false;
	pair->engine = &reference_engine;
	pair->layout = reference_at(reference);
	return true;
}

static inline bool pair_next(struct pair *pair)
{
	return pair_next_of(pair, PAIRS_ALL);
}

/* The defaults of an engine, but a smaller cache: tests open files by the hundred, and AddressSanitizer marks each byte of what
 * is allocated. The largest files that change fit the larger one. */
#define CACHE_BYTES (PAIRS_ALL ? UINT64_C(16) << 20 : UINT64_C(4) << 20)

static inline void small_options(const struct engine_ops *engine, uint64_t *values)
{
	option_defaults(engine->options, engine->options_count, values);
	for (uint32_t i = 0; i < engine->options_count; i++) {
		if (strcmp(engine->options[i].name, "cache_bytes") == 0)
			values[i] = CACHE_BYTES;
	}
}

struct opened {
	struct engine *engine; /* NULL for a reference */
	struct store *store;
};

static inline int opened_open(struct opened *opened, const struct pair *pair, const char *path,
			      unsigned flags, struct why *why)
{
	uint64_t engine_options[OPTIONS_MAX], layout_options[OPTIONS_MAX];
	struct store_config config = {
		.path = path, .options = layout_options, .writable = flags != ENGINE_OPEN_READ};

	small_options(pair->engine, engine_options);
	option_defaults(pair->layout->options, pair->layout->options_count, layout_options);
	int err = 0;
	opened->engine = NULL;
	if (pair->engine->open)
		err = pair->engine->open(path, flags, engine_options, &opened->engine);
	assert_int_equal(err, 0);
	config.engine = opened->engine;
	opened->store = NULL;
	err = flags & ENGINE_OPEN_CREATE
		      ? layout_ops_create(pair->layout, &config, &opened->store, why)
		      : layout_ops_open(pair->layout, &config, &opened->store, why);
	if (err && opened->engine)
		assert_int_equal(pair->engine->close(opened->engine), 0);
	return err;
}

/* The same, and it must succeed. */
static inline void opened_must(struct opened *opened, const struct pair *pair, const char *path,
			       unsigned flags)
{
	struct why why = {""};

	if (opened_open(opened, pair, path, flags, &why) != 0)
		fail_msg("%s on %s: %s", pair->layout->name, pair->engine->name, why.text);
	assert_ptr_equal(opened->store->ops, pair->layout);
}

static inline void opened_check(struct opened *opened)
{
	int err = opened->store->ops->check(opened->store);

	if (err)
		fail_msg("check: %d %s", err, opened->store->why.text);
}

static inline void opened_close(struct opened *opened)
{
	assert_int_equal(opened->store->ops->close(opened->store), 0);
	if (opened->engine)
		assert_int_equal(opened->engine->ops->close(opened->engine), 0);
	memset(opened, 0, sizeof(*opened));
}

/* A graph with too many edges at a node is refused with a reason, and nothing is written. */
static inline void assert_bulk_refused(const struct pair *pair, const struct edge_stream *stream,
				       const char *path)
{
	struct opened opened;

	opened_must(&opened, pair, path, ENGINE_OPEN_CREATE);
	assert_int_equal(opened.store->ops->bulk(opened.store, stream), -E2BIG);
	assert_true(*opened.store->why.text);
	assert_int_equal(opened.engine->ops->size(opened.engine), 0);
	assert_int_equal(opened.store->nodes_count, 0);
	opened_close(&opened);
	remove_graph(path);
}

#endif
