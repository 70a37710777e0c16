/*
 * A file's bytes in memory behind an engine defined here, so that hundreds of thousands of damaged
 * files can be tested, and an access beyond the end is one beyond an allocation, which
 * AddressSanitizer reports. With and without map().
 *
 * Long: helpers of two tests, inline.
 */
#ifndef IOWALK_TEST_IMAGE_H
#define IOWALK_TEST_IMAGE_H

#include "stores.h"

#include <zlib.h>

#include "../../layouts/support/checksums.h"

struct image {
	struct engine engine; /* first, so that an engine pointer can be cast to this */
	unsigned char *bytes; /* [size_bytes] */
	uint64_t size_bytes;
};

static inline uint64_t image_size(const struct engine *engine)
{
	return ((const struct image *)engine)->size_bytes;
}

static inline int image_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	const struct image *image = (struct image *)engine;

	if (offset > image->size_bytes || len_bytes > image->size_bytes - offset)
		return -ERANGE;
	if (len_bytes)
		memcpy(buffer, image->bytes + offset, len_bytes);
	return 0;
}

static inline const void *image_map(struct engine *engine, uint64_t offset, size_t len_bytes)
{
	const struct image *image = (struct image *)engine;

	if (offset > image->size_bytes || len_bytes > image->size_bytes - offset)
		return NULL;
	return image->bytes + offset;
}

static inline int image_write(struct engine *engine, uint64_t offset, const void *buffer,
			      size_t len_bytes)
{
	const struct image *image = (struct image *)engine;

	if (offset > image->size_bytes || len_bytes > image->size_bytes - offset)
		return -ERANGE;
	if (len_bytes)
		memcpy(image->bytes + offset, buffer, len_bytes);
	return 0;
}

static inline int image_resize(struct engine *engine, uint64_t size_bytes)
{
	struct image *image = (struct image *)engine;
	unsigned char *bytes = calloc(1, size_bytes + !size_bytes);

	if (!bytes)
		return -ENOSPC;
	memcpy(bytes, image->bytes,
	       size_bytes < image->size_bytes ? size_bytes : image->size_bytes);
	free(image->bytes);
	image->bytes = bytes;
	image->size_bytes = size_bytes;
	return 0;
}

static inline int image_sync(struct engine *engine)
{
	(void)engine;
	return 0;
}

static const struct engine_ops image_engines[2] = {
	{
		.name = "image",
		.size = image_size,
		.resize = image_resize,
		.read = image_read,
		.write = image_write,
		.sync = image_sync,
	},
	{
		.name = "image mapped",
		.capabilities = ENGINE_ZERO_COPY,
		.size = image_size,
		.resize = image_resize,
		.read = image_read,
		.write = image_write,
		.sync = image_sync,
		.map = image_map,
	},
};

/* Loads the file `name` into an allocation of its length. */
static inline void image_load(struct image *image, const char *name)
{
	FILE *file = fopen(name, "rb");

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	image->size_bytes = (uint64_t)ftell(file);
	image->bytes = malloc(image->size_bytes + !image->size_bytes);
	assert_non_null(image->bytes);
	rewind(file);
	assert_int_equal(fread(image->bytes, 1, image->size_bytes, file), image->size_bytes);
	fclose(file);
}

static inline void image_release(struct image *image)
{
	free(image->bytes);
	image->bytes = NULL;
}

/* Opens it as `layout`, with or without map(). */
static inline int image_open_as(struct image *image, const struct layout_ops *layout,
				unsigned mapped, bool writable, struct store **out, struct why *why)
{
	uint64_t options[OPTIONS_MAX];
	struct store_config config = {.engine = &image->engine,
				      .path = NULL, /* no file may be stored beside it */
				      .options = options,
				      .writable = writable};

	option_defaults(layout->options, layout->options_count, options);
	image->engine = (struct engine){.ops = &image_engines[mapped]};
	*why = (struct why){""};
	return layout->open(&config, out, why);
}

static inline int image_open(struct image *image, const struct layout_ops *layout, unsigned mapped,
			     struct store **out, struct why *why)
{
	return image_open_as(image, layout, mapped, false, out, why);
}

/* Recomputes the checksum of the header. */
static inline void image_fix_crc(struct image *image)
{
	unsigned char *at = image->bytes + HEADER_AT_CRC;
	unsigned long crc;

	memset(at, 0, 4);
	crc = crc32(0, image->bytes, 256);
	for (unsigned i = 0; i < 4; i++)
		at[i] = (unsigned char)(crc >> (8 * i));
}

static inline uint64_t image_get(const struct image *image, uint64_t at)
{
	uint64_t value = 0;

	for (unsigned i = 8; i-- > 0;)
		value = value << 8 | image->bytes[at + i];
	return value;
}

static inline void image_put(struct image *image, uint64_t at, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		image->bytes[at + i] = (unsigned char)(value >> (8 * i));
}

/* ---- the graph that is damaged ---- */

#define GRAPH_NODES 20
#define GRAPH_EDGES 60

static struct model model;         /* graph of the last file written */
static volatile uint64_t ids_seen; /* a sum, so that every id is read */

static inline bool keeps_data(const struct layout_ops *layout)
{
	return !(layout->capabilities & LAYOUT_NO_DATA);
}

/*
 * A small graph with runs, links, duplicates, a self-loop and an isolated node; in bulk, which
 * leaves no room for more nodes, or by inserts.
 */
static inline void write_graph(const struct layout_ops *layout, const char *path, bool bulk)
{
	struct pair pair = {0};
	struct opened opened;

	do
		assert_true(pair_next(&pair));
	while (pair.layout != layout);
	model_release(&model);
	model.nodes_count = GRAPH_NODES;
	for (uint64_t i = 0; i < GRAPH_EDGES; i++) {
		uint64_t from = i < 20 ? i / 5 : mix_at(2, i) % 19, to = mix_at(3, i) % 19;

		model_add(&model, from, i == 33 ? from : to);
	}
	opened_must(&opened, &pair, path, ENGINE_OPEN_CREATE);
	if (bulk) {
		struct edge_stream stream = model_stream(&model);
		assert_int_equal(layout->bulk(opened.store, &stream), 0);
	}
	for (uint64_t i = 0; !bulk && i < GRAPH_NODES; i++)
		assert_int_equal(layout->insert_node(opened.store), 0);
	for (uint64_t i = 0; !bulk && i < GRAPH_EDGES; i++)
		assert_int_equal(
			layout->insert_edge(opened.store, model.edges[i].from, model.edges[i].to),
			0);
	assert_store(opened.store, &model);
	opened_check(&opened);
	opened_close(&opened);
}

static inline void load_graph(struct image *image, const struct layout_ops *layout, bool bulk)
{
	const char *path = test_path("graph");

	write_graph(layout, path, bulk);
	image_load(image, path);
	remove_graph(path);
}

/*
 * Reads all of a store: true if every node has the neighbours of the model. Nodes without
 * neighbours at the end may be missing: nothing else in a file refers to them.
 */
static inline bool walk_whole(struct store *store, int *error)
{
	bool same = true;
	uint64_t sum = 0;

	*error = 0;
	for (uint64_t node = 0; node < store->nodes_count && node < 2 * GRAPH_NODES; node++) {
		struct neighbors found = {NULL, 0};
		int err = store->ops->neighbors(store, node, &found);

		if (err) {
			*error = err;
			return false;
		}
		for (size_t i = 0; i < found.count; i++)
			sum += neighbor_id(store, &found, i);
		if (node >= model.nodes_count) { /* if zeros are a node without edges */
			same = same && store->ops->degree_max && found.count == 0;
			continue;
		}
		same = same && found.count == model.begins[node + 1] - model.begins[node] &&
		       ids_are(store, &found, model.targets + model.begins[node], found.count);
	}
	ids_seen = sum;
	for (uint64_t node = store->nodes_count; node < model.nodes_count; node++)
		same = same && model.begins[node] == model.begins[node + 1];
	return same;
}

#endif
