/*
 * What nodes and edges carry beside their ids: kind, name and JSON data, as the benchmarks of
 * sqlitegraph write them (node i: kind "Node", name "node_<i>", data {"id":<i>}; edge i: type
 * "chain", data {"order":<i>}), so that stores of several kinds are loaded with the same bytes.
 * Larger data is the same JSON with spaces before its closing brace.
 *
 * Ids count from 0: a node's is its id, an edge's its place in the order of insertion. Nothing here
 * ends a text with a zero byte; lengths are returned.
 */
#ifndef IOWALK_PAYLOAD_H
#define IOWALK_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../engines/option.h"

#define PAYLOAD_NODE_KIND "Node"
#define PAYLOAD_EDGE_TYPE "chain"

/* Room that a name, and data of the seed's own length, needs: 20 digits and what is round them. */
#define PAYLOAD_NAME_MAX 25
#define PAYLOAD_DATA_MAX 30

/* What a store's nodes and edges carry. */
struct payload {
	bool on;                  /* off: ids alone */
	uint32_t node_data_bytes; /* of a node's data at least; 0: as long as the seed's */
	uint32_t edge_data_bytes;
};

/* Writes "node_<node>" to text[PAYLOAD_NAME_MAX]; returns its length. */
size_t payload_node_name(uint64_t node, char *text);

/*
 * Write {"id":<node>} or {"order":<edge>} to text, which has room for data_bytes and for
 * PAYLOAD_DATA_MAX; return the length: data_bytes, or more where the number needs it.
 */
size_t payload_node_data(uint64_t node, size_t data_bytes, char *text);
size_t payload_edge_data(uint64_t edge, size_t data_bytes, char *text);

/* Length that payload_edge_data() will return. */
size_t payload_edge_data_len(uint64_t edge, size_t data_bytes);

/* The three options of a layout that carries payloads, in this order, from index `first` on. */
enum { PAYLOAD_OPTION_ON, PAYLOAD_OPTION_NODE, PAYLOAD_OPTION_EDGE, PAYLOAD_OPTIONS_COUNT };

extern const char *const payload_choices[];

#define PAYLOAD_OPTIONS(node_max, edge_max)                                                        \
	{                                                                                          \
		.name = "payload",                                                                 \
		.type = OPTION_CHOICE,                                                             \
		.default_value = 1,                                                                \
		.choices = payload_choices,                                                        \
		.help = "what nodes and edges carry: nothing, or kind, name and JSON",             \
	},                                                                                         \
		{                                                                                  \
			.name = "node_data_bytes",                                                 \
			.type = OPTION_U64,                                                        \
			.max = (node_max),                                                         \
			.help = "bytes of a node's JSON at least; 0: as long as it is",            \
		},                                                                                 \
	{                                                                                          \
		.name = "edge_data_bytes", .type = OPTION_U64, .max = (edge_max),                  \
		.help = "bytes of an edge's JSON at least; 0: as long as it is",                   \
	}

/* From `values` of the three options. */
static inline struct payload payload_from_options(const uint64_t *values)
{
	return (struct payload){.on = values[PAYLOAD_OPTION_ON] != 0,
				.node_data_bytes = (uint32_t)values[PAYLOAD_OPTION_NODE],
				.edge_data_bytes = (uint32_t)values[PAYLOAD_OPTION_EDGE]};
}

/* As one word in a file's header, and back. -EINVAL where one is larger than its limit. */
uint64_t payload_pack(const struct payload *payload);
int payload_unpack(uint64_t word, uint32_t node_max, uint32_t edge_max, struct payload *out);

#endif
