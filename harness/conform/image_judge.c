/* See image_judge.h. */
#include "image_judge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WALK_MAX 64 /* nodes expanded at once */

/* What an error means. Only -EBADMSG says that the file is broken. */
static enum image_verdict refused(const struct image_demand *demand, const char *what, int err,
				  struct why *why)
{
	char reason[sizeof(why->text)];

	snprintf(reason, sizeof(reason), "%s", why->text);
	if (err != -EBADMSG || !*reason) {
		why_set(why, 0, "%s gives %d (%s) '%.100s'", what, err, strerror(-err), reason);
		return IMAGE_WRONG;
	}
	if (!demand->must_be_found)
		return IMAGE_REFUSED;
	why_set(why, 0, "everything was synced, but %s says: %.150s", what, reason);
	return IMAGE_WRONG;
}

static bool is_allowed(const struct store *store, const struct image_demand *demand)
{
	for (size_t i = demand->first_state; i <= demand->last_state; i++) {
		if (demand->graph->states_nodes[i] == store->nodes_count &&
		    demand->graph->states_edges[i] == store->edges_count)
			return true;
	}
	return false;
}

/* Are these the neighbours of the node in the graph of the store's edges? */
static bool same_neighbors(const struct store *store, const struct power_graph *graph,
			   uint64_t node, const struct neighbors *found, struct why *why)
{
	size_t k = 0;

	for (uint64_t i = 0; i < store->edges_count; i++) {
		if (graph->edges[i].from != node)
			continue;
		if (k >= found->count) {
			why_set(why, 0,
				"a walk misses edge %" PRIu64 " from %" PRIu64 " to %" PRIu64, i,
				node, graph->edges[i].to);
			return false;
		}
		if (neighbor_id(store, found, k++) != graph->edges[i].to) {
			why_set(why, 0,
				"a walk finds neighbour %" PRIu64 " of node %" PRIu64
				", not %" PRIu64,
				neighbor_id(store, found, k - 1), node, graph->edges[i].to);
			return false;
		}
	}
	if (k < found->count)
		why_set(why, 0, "a walk finds %zu neighbours of node %" PRIu64 ", not %zu",
			found->count, node, k);
	return k == found->count;
}

/* All nodes as one level. Returns 0, an error, or 1 if a neighbour is wrong. */
static int walk(struct store *store, const struct power_graph *graph, struct why *why)
{
	uint64_t nodes[2 * POWER_OPERATIONS_MAX];
	struct neighbors found[WALK_MAX];
	struct frontier level = {.nodes = nodes, .count = (size_t)store->nodes_count};

	for (size_t i = 0; i < level.count; i++)
		nodes[i] = i;
	while (level.next < level.count) {
		uint64_t first = level.next;
		ssize_t count = store->ops->neighbors_batch(store, &level, found, WALK_MAX);

		if (count <= 0) {
			*why = store->why;
			return count ? (int)count : -EPROTO;
		}
		for (ssize_t i = 0; i < count; i++) {
			if (!same_neighbors(store, graph, first + (uint64_t)i, &found[i], why))
				return 1;
		}
	}
	return 0;
}

static int check(struct store *store, struct why *why)
{
	int err = store->ops->check(store);

	if (err)
		*why = store->why;
	return err;
}

static enum image_verdict judge_open(struct store *store, const struct image_demand *demand,
				     struct why *why)
{
	int err = demand->is_checked ? check(store, why) : 0;

	if (err)
		return refused(demand, "check", err, why);
	if (!is_allowed(store, demand)) {
		size_t first = demand->first_state;

		why_set(why, 0,
			"it opens with %" PRIu64 " nodes and %" PRIu64
			" edges; synced were %" PRIu64 " and %" PRIu64,
			store->nodes_count, store->edges_count, demand->graph->states_nodes[first],
			demand->graph->states_edges[first]);
		return IMAGE_WRONG;
	}
	err = walk(store, demand->graph, why);
	if (err > 0)
		return IMAGE_WRONG;
	if (err)
		return refused(demand, "a walk", err, why);
	err = check(store, why);
	return err ? refused(demand, "check", err, why) : IMAGE_FOUND;
}

enum image_verdict image_judge(struct image_engine *engine, const struct image *image,
			       const struct image_demand *demand, struct why *why)
{
	uint64_t options[OPTIONS_MAX];
	struct store_config config = {.path = "file", .options = options};
	struct store *store;

	why->text[0] = '\0';
	engine->image = image;
	int err = engine_ops_open(&engine->ops, "file", ENGINE_OPEN_READ, NULL, &config.engine);
	if (err == -ENOENT) {
		why_set(why, -EBADMSG, "there is no file");
		return refused(demand, "open", -EBADMSG, why);
	}
	if (err) {
		why_set(why, err, "no memory for an image");
		return IMAGE_WRONG;
	}
	option_defaults(demand->layout->options, demand->layout->options_count, options);
	err = layout_ops_open(demand->layout, &config, &store, why);
	enum image_verdict verdict;
	if (err) {
		verdict = refused(demand, "open", err, why);
	} else {
		verdict = judge_open(store, demand, why);
		(void)demand->layout->close(store);
	}
	(void)config.engine->ops->close(config.engine);
	return verdict;
}
