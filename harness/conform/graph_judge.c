/* See graph_judge.h. */
#include "graph_judge.h"

#include "graph_compare.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- what a file may be ---- */

/* These may write a state that counts as complete, without a sync. */
static bool writes_without_sync(enum graph_kind kind)
{
	return kind != GRAPH_NODE && kind != GRAPH_EDGE && kind != GRAPH_SYNC &&
	       kind != GRAPH_MANY && kind != GRAPH_FAR;
}

void graph_demand_begin(struct graph_demand *demand, size_t i, enum graph_kind kind, bool changes)
{
	demand->last_state = i + 1;
	demand->is_dirty |= changes;
	if (demand->is_dirty && !demand->in_order && writes_without_sync(kind))
		demand->is_checked = true;
	demand->must_be_found =
		demand->has_synced &&
		(!demand->is_dirty ||
		 (demand->layout->capabilities & LAYOUT_KEEPS_SYNCED && !demand->is_checked));
}

bool graph_demand_end(struct graph_demand *demand, size_t i, enum graph_kind kind)
{
	if (kind != GRAPH_SYNC && kind != GRAPH_SHARE &&
	    (kind != GRAPH_COMPACT || !demand->layout->compact))
		return false;
	demand->first_state = i + 1;
	demand->is_dirty = demand->is_checked = false;
	demand->has_synced = demand->must_be_found = true;
	return true;
}

static bool is_allowed(const struct store *store, const struct graph_demand *demand)
{
	const struct graph_states *states = demand->states;

	for (size_t i = demand->first_state; i <= demand->last_state; i++) {
		if (states->states_nodes[i] != store->nodes_count)
			continue;
		/* Also between two states: an operation may insert many edges, one by one. */
		if (store->edges_count == states->states_edges[i] ||
		    (i < demand->last_state && states->states_nodes[i + 1] == store->nodes_count &&
		     store->edges_count > states->states_edges[i] &&
		     store->edges_count < states->states_edges[i + 1]))
			return true;
	}
	return false;
}

/* ---- opening it ---- */

/* What an error means. Only -EBADMSG says that the file is broken. */
static enum graph_verdict refused(const struct graph_demand *demand, const char *what, int err,
				  struct why *why)
{
	char reason[sizeof(why->text)];

	snprintf(reason, sizeof(reason), "%s", why->text);
	if (err != -EBADMSG || !*reason) {
		why_set(why, 0, "%s gives %d (%s) '%.100s'", what, err, strerror(-err), reason);
		return GRAPH_WRONG;
	}
	if (!demand->must_be_found)
		return GRAPH_REFUSED;
	why_set(why, 0, "everything was synced, but %s says: %.150s", what, reason);
	return GRAPH_WRONG;
}

static int check(struct store *store, struct why *why)
{
	int err = store->ops->check(store);

	if (err)
		*why = store->why;
	return err;
}

static enum graph_verdict judge_open(struct store *store, const struct graph_demand *demand,
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
			store->nodes_count, store->edges_count, demand->states->states_nodes[first],
			demand->states->states_edges[first]);
		return GRAPH_WRONG;
	}
	err = graph_compare_all(store, demand->states, why);
	if (err == GRAPH_DIFFERS)
		return GRAPH_WRONG;
	if (err)
		return refused(demand, "a walk", err, why);
	err = check(store, why);
	return err ? refused(demand, "check", err, why) : GRAPH_FOUND;
}

enum graph_verdict graph_judge(const struct engine_ops *engine, const char *path,
			       const uint64_t *engine_options, const struct graph_demand *demand,
			       struct why *why)
{
	struct store_config config = {
		.path = path, .options = demand->options, .engine_options = engine_options};
	struct store *store;

	why->text[0] = '\0';
	int err =
		conform_open_engine(engine, path, ENGINE_OPEN_READ, engine_options, &config.engine);
	if (err == -ENOENT) {
		why_set(why, -EBADMSG, "there is no file");
		return refused(demand, "open", -EBADMSG, why);
	}
	if (err) {
		why_set(why, err, "open of the engine gives %d (%s)", err, strerror(-err));
		return GRAPH_WRONG;
	}
	err = layout_ops_open(demand->layout, &config, &store, why);
	enum graph_verdict verdict;
	if (err) {
		verdict = refused(demand, "open", err, why);
	} else {
		verdict = judge_open(store, demand, why);
		(void)demand->layout->close(store);
	}
	if (config.engine)
		(void)config.engine->ops->close(config.engine);
	return verdict;
}
