/*
 * What nodes and edges store besides their ids: kind, name and JSON data, as written by the
 * benchmarks of sqlitegraph (node i: kind "Node", name "node_<i>", data {"id":<i>}; edge i: type
 * "chain", data {"order":<i>}). All kinds of stores are therefore loaded with the same bytes.
 * Larger data is the same JSON with spaces before its closing brace.
 *
 * Nodes and edges count from 0; the number of an edge is its index in the order of insertion. Texts
 * have no terminating zero; the functions return their lengths.
 */
#ifndef IOWALK_PAYLOAD_H
#define IOWALK_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../engines/option.h"

#define PAYLOAD_NODE_KIND "Node"
#define PAYLOAD_EDGE_TYPE "chain"

/* Bytes for a name, and for data of the seed's length: 20 digits and the text around them. */
#define PAYLOAD_NAME_MAX 25
#define PAYLOAD_DATA_MAX 30

/* What the nodes and edges of a store have besides ids. */
struct payload {
	bool on;                  /* off: only ids */
	uint32_t node_data_bytes; /* minimum length of a node's data; 0: the seed's length */
	uint32_t edge_data_bytes;
};

/* Writes "node_<node>" to text[PAYLOAD_NAME_MAX]; returns its length. */
size_t payload_node_name(uint64_t node, char *text);

/*
 * Write {"id":<node>} or {"order":<edge>} to text, which has room for the larger of data_bytes and
 * PAYLOAD_DATA_MAX. Return the length: data_bytes, or more if the number needs it.
 */
size_t payload_node_data(uint64_t node, size_t data_bytes, char *text);
size_t payload_edge_data(uint64_t edge, size_t data_bytes, char *text);

/* The length that payload_edge_data() returns. */
size_t payload_edge_data_len(uint64_t edge, size_t data_bytes);

/* The three options of a layout with payloads, in this order. */
enum { PAYLOAD_OPTION_ON, PAYLOAD_OPTION_NODE, PAYLOAD_OPTION_EDGE, PAYLOAD_OPTIONS_COUNT };

extern const char *const payload_choices[];

#define PAYLOAD_OPTIONS(node_max, edge_max)                                                        \
	{                                                                                          \
		.name = "payload",                                                                 \
		.type = OPTION_CHOICE,                                                             \
		.default_value = 1,                                                                \
		.choices = payload_choices,                                                        \
		.help = "what nodes and edges store: only ids, or also kind, name and JSON",       \
	},                                                                                         \
		{                                                                                  \
			.name = "node_data_bytes",                                                 \
			.type = OPTION_U64,                                                        \
			.max = (node_max),                                                         \
			.help = "minimum bytes of a node's JSON; 0: not padded",                   \
		},                                                                                 \
	{                                                                                          \
		.name = "edge_data_bytes", .type = OPTION_U64, .max = (edge_max),                  \
		.help = "minimum bytes of an edge's JSON; 0: not padded",                          \
	}

/* From values[PAYLOAD_OPTIONS_COUNT]. */
static inline struct payload payload_from_options(const uint64_t *values)
{
	return (struct payload){.on = values[PAYLOAD_OPTION_ON] != 0,
				.node_data_bytes = (uint32_t)values[PAYLOAD_OPTION_NODE],
				.edge_data_bytes = (uint32_t)values[PAYLOAD_OPTION_EDGE]};
}

/* Convert to and from one word in a file's header. -EINVAL if a length exceeds its limit. */
uint64_t payload_pack(const struct payload *payload);
int payload_unpack(uint64_t word, uint32_t node_max, uint32_t edge_max, struct payload *out);

#endif
