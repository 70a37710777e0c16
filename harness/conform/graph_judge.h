/* Opens a graph's file by its layout and decides whether it is right: after a loss of power, or after a fault. */
#ifndef IOWALK_CONFORM_GRAPH_JUDGE_H
#define IOWALK_CONFORM_GRAPH_JUDGE_H

#include "graph_states.h"
#include "subject.h"

enum graph_verdict {
	GRAPH_FOUND,   /* it is a graph that it may be: a walk gives that, and check() passes */
	GRAPH_REFUSED, /* an error says what is broken */
	GRAPH_WRONG,
};

/* What a file may be. */
struct graph_demand {
	const struct layout_ops *layout;
	const uint64_t *options; /* of the layout */
	struct graph_states *states;
	size_t first_state, last_state; /* the graph is one of these states */
	bool must_be_found; /* everything was synced, and nothing has changed the graph since: an error is wrong */
	bool is_checked; /* check() comes first: a state was written without a sync */
	bool is_dirty;   /* the graph has changed since the last sync */
	bool has_synced; /* at all */
	bool in_order; /* no power failure: what was written is there, so that check() has nothing to say first */
};

/* Operation i begins, of `kind`; the last state is the one after it. `changes`: it changes the graph. */
void graph_demand_begin(struct graph_demand *demand, size_t i, enum graph_kind kind, bool changes);

/* It is done. Returns whether it was a sync: everything is durable now. */
bool graph_demand_end(struct graph_demand *demand, size_t i, enum graph_kind kind);

/*
 * Opens the file at `path` for reading, by an engine with these options (NULL: none). The reason of the last two verdicts is in
 * `why`.
 */
enum graph_verdict graph_judge(const struct engine_ops *engine, const char *path,
			       const uint64_t *engine_options, const struct graph_demand *demand,
			       struct why *why);

#endif
