/*
 * A layout that holds no data (LAYOUT_NO_DATA): a chain that is computed. It has no file that a history could close and open again;
 * so one list of calls is all of its test. See graph_groups.h.
 */
#include "graph_groups.h"

#include "graph_compare.h"
#include "trial.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LIMIT_S 60
#define AT_ONCE 3

struct chain {
	const struct conform_subject *subject;
	const struct conform_layout *layout;
	const char *path;
};

/* Nodes of the chains: none, one, two, and more than any window has. */
static const uint64_t sizes[] = {0, 1, 2, 2500};

static bool differs(struct trial_shared *shared, const char *what, uint64_t nodes_count, int got)
{
	if (!*shared->error)
		snprintf(shared->error, sizeof(shared->error),
			 "a chain of %" PRIu64 " nodes: %s, %d", nodes_count, what, got);
	return false;
}

/* A chain of which one edge may lead elsewhere. */
struct links {
	uint64_t count; /* edges */
	uint64_t wrong; /* the id in whose place there is a 0; UINT64_MAX: none */
};

static size_t next_edges(void *context, uint64_t *cursor, struct edge *edges, size_t max)
{
	const struct links *links = context;
	size_t given = 0;

	for (; given < max && *cursor < links->count; ++*cursor)
		edges[given++] =
			(struct edge){*cursor, *cursor + 1 == links->wrong ? 0 : *cursor + 1};
	return given;
}

/* `wrong`: of struct links. */
static int load(struct store *store, uint64_t nodes_count, uint64_t wrong)
{
	struct links links = {nodes_count ? nodes_count - 1 : 0, wrong};
	struct edge_stream stream = {.next = next_edges,
				     .context = &links,
				     .nodes_count = nodes_count,
				     .edges_count = links.count};

	return store->ops->bulk(store, &stream);
}

static bool is_neighbor(const struct store *store, const struct neighbors *found, uint64_t node)
{
	bool is_last = node + 1 == store->nodes_count;

	return found->count == (size_t)!is_last &&
	       (is_last || neighbor_id(store, found, 0) == node + 1);
}

/* All nodes, one by one and in windows. */
static bool walk(struct store *store, struct trial_shared *shared)
{
	uint64_t count = store->nodes_count;
	uint64_t *nodes = calloc(count + 1, sizeof(*nodes));
	struct frontier level = {.nodes = nodes, .count = count};
	struct neighbors found[AT_ONCE];
	bool same = nodes != NULL;

	for (uint64_t node = 0; same && node < count; node++) {
		nodes[node] = node;
		same = store->ops->neighbors(store, node, &found[0]) == 0 &&
		       is_neighbor(store, &found[0], node);
	}
	while (same && level.next < count) {
		size_t first = level.next, got;
		struct why why;

		same = graph_expand(store, &level, false, found, AT_ONCE, &got, &why) == 0;
		for (size_t i = 0; same && i < got; i++)
			same = is_neighbor(store, &found[i], nodes[first + i]);
	}
	free(nodes);
	return same || differs(shared, "a walk finds other neighbours", count, 0);
}

/* A node that does not exist. */
static bool find_unknown(struct store *store, struct trial_shared *shared)
{
	const uint64_t unknown = store->nodes_count;
	struct frontier level = {.nodes = &unknown, .count = 1};
	struct neighbors found;
	int single = store->ops->neighbors(store, unknown, &found);
	int batch = (int)store->ops->neighbors_batch(store, &level, &found, 1);

	return (single == -ERANGE && batch == -ERANGE) ||
	       differs(shared, "an unknown node is found", unknown, single ? single : batch);
}

/* One node more, and what is no chain. */
static bool insert(struct store *store, struct trial_shared *shared)
{
	uint64_t count = store->nodes_count, edges_count = store->edges_count;
	int got = store->ops->insert_edge(store, count, 0);

	if (got != -ERANGE)
		return differs(shared, "an edge of an unknown node gives", count, got);
	got = store->ops->insert_node(store);
	if (got)
		return differs(shared, "insert_node gives", count, got);
	got = store->ops->insert_edge(store, count, count);
	if (got != -EOPNOTSUPP || !*store->why.text)
		return differs(shared, "what is no chain gives, perhaps without a reason", count,
			       got);
	got = count ? store->ops->insert_edge(store, count - 1, count) : 0;
	if (got || store->nodes_count != count + 1 ||
	    store->edges_count != edges_count + (count ? 1 : 0))
		return differs(shared, "a chain does not grow by insert_edge", count, got);
	got = load(store, 2, UINT64_MAX);
	return got == -EBUSY || differs(shared, "a second bulk gives", count, got);
}

static bool use(struct store *store, uint64_t nodes_count, struct trial_shared *shared)
{
	int got = nodes_count > 1 ? load(store, nodes_count, nodes_count - 1) : -EOPNOTSUPP;

	if (got != -EOPNOTSUPP || store->nodes_count || store->edges_count)
		return differs(shared, "a bulk of what is no chain gives, or changes something",
			       nodes_count, got);
	got = load(store, nodes_count, UINT64_MAX);
	if (got || store->nodes_count != nodes_count)
		return differs(shared, "bulk gives", nodes_count, got);
	if (!walk(store, shared) || !find_unknown(store, shared) || !insert(store, shared) ||
	    !walk(store, shared))
		return false;
	got = store->ops->check(store);
	if (!got)
		got = store->ops->sync(store);
	return !got || differs(shared, "check or sync gives", nodes_count, got);
}

static bool play(void *context, struct trial_shared *shared)
{
	const struct chain *chain = context;
	const struct layout_ops *ops = chain->layout->ops;
	struct store_config config = {.path = chain->path,
				      .options = chain->layout->options,
				      .engine_options = chain->subject->options,
				      .writable = true};
	bool same = true;

	for (size_t i = 0; same && i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct store *store;
		struct why why = {""};
		int err = engine_ops_open(chain->subject->ops, chain->path,
					  ENGINE_OPEN_WRITE | ENGINE_OPEN_CREATE,
					  chain->subject->options, &config.engine);

		if (err)
			return differs(shared, "the engine gives", sizes[i], err);
		err = layout_ops_create(ops, &config, &store, &why);
		if (err)
			return differs(shared, "create gives", sizes[i], err);
		same = use(store, sizes[i], shared);
		err = ops->close(store);
		if (same && err)
			same = differs(shared, "close gives", sizes[i], err);
		err = layout_ops_open(ops, &config, &store, &why);
		if (same && (err != -EOPNOTSUPP || !*why.text))
			same = differs(shared, "open gives, perhaps without a reason", sizes[i],
				       err);
		if (same && ops->file_bytes(sizes[i], sizes[i]) != 0)
			same = differs(shared, "file_bytes is not 0", sizes[i], 0);
		(void)config.engine->ops->close(config.engine);
	}
	return same;
}

int conform_graph_chain(const struct conform_subject *subject, const struct conform_setup *setup,
			struct outcome *outcome)
{
	char path[4096];
	struct chain chain = {subject, setup->graph, path};
	struct trial trial;

	conform_path(setup, path, sizeof(path));
	int err = trial_watch(play, &chain, NULL, LIMIT_S, &trial);
	outcome->histories_count = sizeof(sizes) / sizeof(sizes[0]);
	if (!err && trial.failed) {
		outcome->state = OUTCOME_FAILED;
		why_set(&outcome->why, 0, "%s", trial.error);
	}
	return err;
}
