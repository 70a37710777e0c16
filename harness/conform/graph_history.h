/*
 * A history of a layout: operations on one graph. Any part of a history is a valid history: an operation that the graph
 * does not allow changes nothing, or gives the error that the contract has for it.
 *
 * As text: NAME[:A[+B]], with commas between them; docs/CONFORMANCE.md has the list.
 */
#ifndef IOWALK_CONFORM_GRAPH_HISTORY_H
#define IOWALK_CONFORM_GRAPH_HISTORY_H

#include "../../layouts/layout.h"

#define GRAPH_OPERATIONS_MAX 64
#define GRAPH_LOAD_MAX       64    /* nodes of one load */
#define GRAPH_BULK_MAX       20000 /* nodes of one bulk */
#define GRAPH_MANY_MAX       20000 /* edges of one many */
#define GRAPH_TEXT_BYTES     (GRAPH_OPERATIONS_MAX * 32)

enum graph_kind {
	GRAPH_NODE,
	GRAPH_EDGE, /* from, to: modulo the nodes that there are */
	GRAPH_SYNC,
	GRAPH_WALK,   /* reads all neighbours, node by node, which makes some layouts write */
	GRAPH_REOPEN, /* close, without a sync, and open for writing */
	GRAPH_LOAD,   /* bulk load of `from` nodes, into a graph without nodes */
	GRAPH_COMPACT, /* close, session_compact() and open again; nothing where the layout has no compact() */
	/* From here on: not of the group power. */
	GRAPH_BULK,        /* bulk load of `from` nodes of the shape `to` (graph_states.h) */
	GRAPH_MANY,        /* `to` edges from node `from`, to nodes in turn */
	GRAPH_FAR,         /* an edge from node `from`, or to it, and a node that does not exist */
	GRAPH_FIND,        /* the neighbours of node `from`, which may not exist */
	GRAPH_LEVEL,       /* a level that the seed `from` chooses, at most `to` nodes at once */
	GRAPH_CHECK,       /* check() */
	GRAPH_DROP,        /* drop_cache() of the layout and of the engine */
	GRAPH_REOPEN_READ, /* close and open for reading */
	GRAPH_RENAME,      /* close, layout_replace() and back, and open for writing */
	GRAPH_SHARE,       /* sync; `from` % 3 + 1 threads read by stores of their own */
	GRAPH_DAMAGE, /* close; the files as they then were, with one change (damage.h); read, check, and open for writing */
	GRAPH_KINDS_COUNT
};

struct graph_operation {
	enum graph_kind kind;
	uint32_t from, to;
};

struct graph_history {
	struct graph_operation operations[GRAPH_OPERATIONS_MAX]; /* [count] */
	size_t count;
};

/*
 * The history of a seed for the groups model and faults: the same on every machine. `is_small`: graphs of a few nodes, for
 * histories that are played many times.
 */
void graph_generate(struct graph_history *history, size_t count, uint64_t seed, bool is_small);

/* The same of the group damage: a graph of a few nodes, then damages, with operations between them. */
void graph_generate_damage(struct graph_history *history, uint64_t seed);

/* Writes the text; GRAPH_TEXT_BYTES are enough. */
void graph_format(const struct graph_history *history, char *text, size_t size);

/* -EINVAL with the reason in `why`. */
int graph_parse(const char *text, struct graph_history *history, struct why *why);

#endif
