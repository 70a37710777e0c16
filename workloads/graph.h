/*
 * The graph contract: a generator, or an edge list read from a file. One file in workloads/graphs/:
 * graphs/chain.c defines `const struct graph_ops graph_chain`.
 *
 * An open graph can be streamed any number of times and gives the same edges each time; the same
 * parameters give the same graph on every machine.
 */
#ifndef IOWALK_GRAPH_H
#define IOWALK_GRAPH_H

#include "../layouts/layout.h"

/* The values of the seed system, so that its graphs stay comparable: E = 2N. */
#define GRAPH_DEFAULT_SEED   UINT64_C(0x5F3759DF)
#define GRAPH_DEFAULT_DEGREE 2

struct graph_params {
	uint64_t nodes_count; /* 1 or more; ignored by graphs from a file */
	uint64_t degree;      /* average out-edges per node; 0: GRAPH_DEFAULT_DEGREE */
	uint64_t seed;
	const char *path; /* graphs from a file, else NULL */
	bool undirected;  /* from a file: each line is two directed edges, a to b then b to a */
	bool has_root;
	uint64_t root; /* if has_root: an id of the graph */
};

struct graph {
	const struct graph_ops *ops;
	struct edge_stream stream; /* sizes included */
	uint64_t root;             /* dense id of the node where walks start */
	uint64_t content_hash;     /* of a file's bytes; 0 for generators */
	struct why note; /* for a person: what of a file was ignored or looks odd; or empty */
};

enum graph_capability {
	GRAPH_FROM_FILE = 1u << 0, /* takes a path: `NAME:PATH` on the command line */
	GRAPH_USES_DEGREE = 1u << 1,
	GRAPH_USES_SEED = 1u << 2,
	GRAPH_IS_CHAIN = 1u << 3, /* node i has the one edge to i + 1, so no file is needed */
};

struct graph_ops {
	const char *name;
	const char *summary;
	uint32_t capabilities;
	uint32_t version; /* of the generator; part of the name of a cached file */

	/* Required. The number of edges for these parameters, without generating them; UINT64_MAX: unknown
	 * before open. */
	uint64_t (*edges_count)(const struct graph_params *params);
	/* Required. -EINVAL, -EBADMSG or another error, with the reason (file and line) in `why`.
	 */
	int (*open)(const struct graph_params *params, struct graph **out, struct why *why);
	void (*close)(struct graph *graph);

	/*
	 * May be NULL: only the verifier's BFS is used. Writes the level of each node into
	 * levels[nodes_count], from the definition of the graph and not from its edges.
	 */
	void (*levels)(const struct graph *graph, uint32_t *levels);

	/* May be NULL: a node has the same id everywhere. The id that the graph's file gives to the
	 * node with this dense id, for messages; reads the file again. */
	uint64_t (*name_of)(const struct graph *graph, uint64_t node);
};

extern const struct graph_ops *const graph_table[];
extern const size_t graph_table_count;

#endif
