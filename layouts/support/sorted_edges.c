/*
 * Edges sorted within a budget: see sorted_edges.h. A graph that fits is sorted by the counting sort
 * of adjacency.c. Of a larger one, the edges are divided into parts (partitions.c), and each part is
 * sorted by a counting sort of its own when its turn comes. Both are stable.
 *
 * If few nodes have most of the edges, the arrays of one part can exceed the budget. That part is sorted in a mapped temporary file, whose pages the kernel can write back and drop.
 */
#include "sorted_edges.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "adjacency.h"
#include "partitions.h"
#include "scratch.h"

/* An array of u64 that is kept from part to part. */
struct words {
	uint64_t *at;
	size_t capacity;
	bool mapped;
};

struct sorted_edges {
	uint64_t nodes_count;
	uint64_t memory_bytes;            /* of the arrays of a part */
	const struct edge_budget *budget; /* may be NULL */
	struct adjacency whole;           /* if it is sorted in memory */
	bool in_memory, with_orders;
	struct partitions parts;
	struct words offsets, ids, orders;
	uint64_t next_part;
	struct sorted_part current; /* of sorted_edges_node() */
};

static uint64_t memory_need_bytes(uint64_t nodes_count, uint64_t edges_count, bool with_orders)
{
	if (nodes_count > UINT64_MAX / 64 || edges_count > UINT64_MAX / 64)
		return UINT64_MAX;
	return sizeof(uint64_t) * (nodes_count + 2 + (1 + with_orders) * (edges_count + 1));
}

static void words_release(struct words *words)
{
	if (words->mapped)
		scratch_unmap(words->at, words->capacity * sizeof(uint64_t));
	else
		free(words->at);
	*words = (struct words){0};
}

/* Room for `count` words whose content does not matter. */
static int words_room(struct words *words, size_t count, bool mapped, const char *folder)
{
	int err = 0;

	if (count <= words->capacity && (mapped || !words->mapped))
		return 0;
	words_release(words);
	*words = (struct words){
		.at = mapped ? scratch_map(folder, count * sizeof(uint64_t), &err)
			     : malloc(count * sizeof(uint64_t)),
		.capacity = count,
		.mapped = mapped,
	};
	if (!words->at) {
		*words = (struct words){0};
		err = err ? err : -ENOMEM;
	}
	return err;
}

int sorted_edges_open(const struct edge_stream *stream, bool incoming, bool with_orders,
		      unsigned share, struct sorted_edges **out)
{
	const struct edge_budget *budget = stream->budget;
	uint64_t memory_bytes = budget ? budget->memory_bytes / share : UINT64_MAX;
	uint64_t need_bytes =
		memory_need_bytes(stream->nodes_count, stream->edges_count, with_orders);
	struct sorted_edges *sorted = calloc(1, sizeof(*sorted));
	int err;

	if (!sorted)
		return -ENOMEM;
	sorted->nodes_count = stream->nodes_count;
	sorted->with_orders = with_orders;
	sorted->in_memory = !budget || need_bytes <= memory_bytes;
	sorted->memory_bytes = memory_bytes;
	sorted->budget = budget;
	sorted->parts = (struct partitions){.fd = -1};
	if (sorted->in_memory) {
		err = adjacency_build(stream, incoming, with_orders, &sorted->whole);
	} else {
		partitions_plan(&sorted->parts, stream->nodes_count, stream->edges_count,
				with_orders, memory_bytes);
		err = partitions_write(&sorted->parts, stream, incoming);
	}
	if (err) {
		sorted_edges_close(sorted);
		return err;
	}
	*out = sorted;
	return 0;
}

/* ---- sorting a part ---- */

static inline uint64_t record_value(const struct partitions *parts, const unsigned char *record)
{
	uint64_t value;

	memcpy(&value, record, sizeof(value));
	value = le64toh(value);
	return parts->value_bytes == sizeof(value)
		       ? value
		       : value & ((UINT64_C(1) << 8 * parts->value_bytes) - 1);
}

static inline uint64_t record_order(const struct partitions *parts, const unsigned char *record)
{
	uint64_t order;

	memcpy(&order, record + parts->value_bytes, sizeof(order));
	order = le64toh(order);
	return parts->order_bytes == sizeof(order)
		       ? order
		       : order & ((UINT64_C(1) << 8 * parts->order_bytes) - 1);
}

/* As in adjacency.c: counts into offsets[node + 2]; after the sums, offsets[node + 1] is where the
 * node's next edge goes. */
static int count_part(struct sorted_edges *sorted, size_t part, uint64_t nodes_count)
{
	struct partitions *parts = &sorted->parts;
	uint64_t *offsets = sorted->offsets.at;
	unsigned shift = parts->other_bits;
	const unsigned char *records;

	memset(offsets, 0, (nodes_count + 2) * sizeof(*offsets));
	for (size_t c = 0; c < parts->parts[part].chunks_count; c++) {
		ssize_t count = partitions_read(parts, part, c, &records);
		if (count < 0)
			return (int)count;
		for (ssize_t i = 0; i < count; i++, records += parts->record_bytes)
			offsets[(record_value(parts, records) >> shift) + 2]++;
	}
	for (uint64_t n = 2; n < nodes_count + 2; n++)
		offsets[n] += offsets[n - 1];
	return 0;
}

static int place_part(struct sorted_edges *sorted, size_t part)
{
	struct partitions *parts = &sorted->parts;
	uint64_t *offsets = sorted->offsets.at, *ids = sorted->ids.at, *orders = sorted->orders.at;
	unsigned shift = parts->other_bits;
	uint64_t other = (UINT64_C(1) << shift) - 1;
	const unsigned char *records;

	for (size_t c = 0; c < parts->parts[part].chunks_count; c++) {
		ssize_t count = partitions_read(parts, part, c, &records);
		if (count < 0)
			return (int)count;
		for (ssize_t i = 0; i < count; i++, records += parts->record_bytes) {
			uint64_t value = record_value(parts, records);
			uint64_t at = offsets[(value >> shift) + 1]++;

			ids[at] = value & other;
			if (sorted->with_orders)
				orders[at] = record_order(parts, records);
		}
	}
	return 0;
}

static int load_part(struct sorted_edges *sorted, size_t part, struct sorted_part *out)
{
	struct partitions *parts = &sorted->parts;
	uint64_t first = (uint64_t)part << parts->shift;
	uint64_t nodes_count = sorted->nodes_count - first;
	uint64_t edges_count = parts->parts[part].edges_count;

	if (nodes_count > UINT64_C(1) << parts->shift)
		nodes_count = UINT64_C(1) << parts->shift;
	bool mapped = memory_need_bytes(nodes_count, edges_count, sorted->with_orders) >
		      sorted->memory_bytes;
	int err = words_room(&sorted->offsets, nodes_count + 2, false, NULL);
	if (!err)
		err = words_room(&sorted->ids, edges_count + 1, mapped, sorted->budget->folder);
	if (!err && sorted->with_orders)
		err = words_room(&sorted->orders, edges_count + 1, mapped, sorted->budget->folder);
	if (!err)
		err = count_part(sorted, part, nodes_count);
	if (!err)
		err = place_part(sorted, part);
	*out = (struct sorted_part){first, nodes_count, sorted->offsets.at, sorted->ids.at,
				    sorted->orders.at};
	return err;
}

int sorted_edges_next(struct sorted_edges *sorted, struct sorted_part *out)
{
	uint64_t part = sorted->next_part;

	if (sorted->in_memory) {
		if (part || !sorted->nodes_count)
			return 0;
		*out = (struct sorted_part){0, sorted->nodes_count, sorted->whole.offsets,
					    sorted->whole.ids, sorted->whole.orders};
	} else {
		if (part << sorted->parts.shift >= sorted->nodes_count)
			return 0;
		if (sorted->budget->report)
			sorted->budget->report(sorted->budget->report_context,
					       part << sorted->parts.shift, sorted->nodes_count);
		int err = load_part(sorted, (size_t)part, out);
		if (err)
			return err;
	}
	sorted->next_part++;
	return 1;
}

void sorted_edges_rewind(struct sorted_edges *sorted)
{
	sorted->next_part = 0;
	sorted->current = (struct sorted_part){0};
}

int sorted_edges_node(struct sorted_edges *sorted, uint64_t node, struct sorted_list *out)
{
	struct sorted_part *part = &sorted->current;

	while (node >= part->first_node + part->nodes_count) {
		int more = sorted_edges_next(sorted, part);
		if (more <= 0)
			return more ? more : -ERANGE;
	}
	uint64_t first = part->offsets[node - part->first_node];
	out->count = part->offsets[node - part->first_node + 1] - first;
	out->ids = part->ids + first;
	out->orders = part->orders ? part->orders + first : NULL;
	return 0;
}

void sorted_edges_close(struct sorted_edges *sorted)
{
	if (!sorted)
		return;
	adjacency_release(&sorted->whole);
	partitions_release(&sorted->parts);
	words_release(&sorted->offsets);
	words_release(&sorted->ids);
	words_release(&sorted->orders);
	free(sorted);
}

uint64_t sorted_edges_file_bytes(uint64_t nodes_count, uint64_t edges_count, bool with_orders,
				 uint64_t memory_bytes)
{
	struct partitions plan;

	if (memory_need_bytes(nodes_count, edges_count, with_orders) <= memory_bytes)
		return 0;
	partitions_plan(&plan, nodes_count, edges_count, with_orders, memory_bytes);
	return partitions_file_bytes(&plan, edges_count);
}
