/*
 * Histories with damaged files: see graph_playing.h. What a damaged file has is not known: each hook either does what it does, or
 * gives an error that says what is broken. But what check() accepts can be walked.
 */
#include "graph_playing.h"

#include "../../layouts/support/checksums.h"
#include "graph_compare.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define EDGES_MAX 64        /* that one operation inserts into a damaged graph */
#define NODES_MAX (1 << 24) /* no file of a history has as many */
#define AT_ONCE   64        /* nodes expanded */

static bool differs(struct graph_player *player, const char *what, const char *text)
{
	return play_differs(&player->play, "%s: %s %s", player->damage.text, what, text);
}

/* Is it what a hook may give of a damaged file? */
static bool may_give(struct graph_player *player, const char *what, int got, const struct why *why)
{
	const char *reason = why ? why->text : "";

	switch (got) {
	case 0:
	case -ERANGE:
	case -EBADF:
	case -EBUSY:
		return true;
	case -EBADMSG:
	case -E2BIG:
		return *reason || differs(player, what, "gives an error without a reason");
	default:
		player->play.is_excused = got < 0 && play_has_fault(&player->play);
		return !player->play.is_excused &&
		       play_differs(&player->play, "%s: %s gives %d (%s) '%.60s'",
				    player->damage.text, what, got, strerror(got < 0 ? -got : 0),
				    reason);
	}
}

bool graph_play_close_damaged(struct graph_player *player)
{
	int err, engine_err;
	struct why why = {"close has no other way to tell"};

	graph_play_close_both(player, &err, &engine_err);
	return may_give(player, "close", err, &why) &&
	       may_give(player, "close of the engine", engine_err, NULL);
}

/* Where open gives an error there is no store afterwards. */
static bool open_damaged(struct graph_player *player, unsigned flags)
{
	struct why why = {""};
	int err = graph_play_open_engine(player, flags);

	if (!err)
		err = graph_play_open_store(player, flags, &why);
	return may_give(player, flags == ENGINE_OPEN_READ ? "open" : "open for writing", err, &why);
}

/* ---- reading ---- */

/* What a walk has found. */
struct found {
	uint64_t edges_count, unknown_count; /* unknown: to a node that does not exist */
	bool is_other;                       /* node by node it is another graph than in windows */
	struct why why;                      /* of its error */
};

static void take(const struct store *store, const struct neighbors *neighbors, struct found *found)
{
	for (size_t k = 0; k < neighbors->count; k++)
		found->unknown_count += neighbor_id(store, neighbors, k) >= store->nodes_count;
	found->edges_count += neighbors->count;
}

/* All nodes of the level, in windows; `in`: the in-neighbours. 0, an error, or GRAPH_DIFFERS. */
static int read_level(struct store *store, struct frontier *level, bool in, struct found *found,
		      struct why *why)
{
	struct neighbors neighbors[AT_ONCE];
	int err = 0;

	while (!err && level->next < level->count) {
		size_t got;

		err = graph_expand(store, level, in, neighbors, AT_ONCE, &got, why);
		for (size_t i = 0; i < got; i++)
			take(store, &neighbors[i], found);
	}
	return err;
}

/* All of the graph, by every hook that reads. As graph_expand(). */
static int read_graph(struct store *store, struct found *found, struct why *why)
{
	uint64_t count = store->nodes_count;
	struct found single = {.edges_count = 0}, incoming = single;
	int err = 0;

	if (count > NODES_MAX)
		return why_set(why, GRAPH_DIFFERS, "it opens with %" PRIu64 " nodes", count);
	uint64_t *nodes = malloc((count + 1) * sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	for (uint64_t i = 0; i < count; i++)
		nodes[i] = i;
	struct frontier level = {.nodes = nodes, .count = count}, back = level;
	err = read_level(store, &level, false, found, why);
	for (uint64_t i = 0; !err && i < count; i++) {
		struct neighbors neighbors = {0};

		err = store->ops->neighbors(store, i, &neighbors);
		if (err)
			*why = store->why;
		else
			take(store, &neighbors, &single);
	}
	found->is_other = !err && (single.edges_count != found->edges_count ||
				   single.unknown_count != found->unknown_count);
	if (!err && store->in_edges)
		err = read_level(store, &back, true, &incoming, why);
	free(nodes);
	return err;
}

static bool read_damaged(struct graph_player *player, int *err, struct found *found)
{
	struct store *store = player->store;

	store->why.text[0] = '\0';
	*found = (struct found){.edges_count = 0};
	*err = PLAY_HOOK(player, read_graph(store, found, &found->why));
	return *err == GRAPH_DIFFERS ? differs(player, "a walk:", found->why.text)
				     : may_give(player, "a walk", *err, &found->why);
}

/* Are there checksums, which the damage has made wrong? Then nothing may get past check(). */
static bool is_protected(const struct graph_player *player, uint32_t change)
{
	const struct layout_ops *ops = player->layout->ops;
	int i = option_find(ops->options, ops->options_count, checksum_options[0].name,
			    strlen(checksum_options[0].name));

	return i >= 0 && player->layout->options[i] && !DAMAGE_IS_REPAIRED(change);
}

/* What check() accepts can be walked, and is the graph that there was, if there are checksums. */
static bool judge_accepted(struct graph_player *player, uint32_t change, int walk_err,
			   const struct found *found)
{
	struct store *store = player->store;
	struct why why = {""};

	if (walk_err)
		return differs(player, "check finds nothing, but a walk says:", found->why.text);
	if (found->is_other)
		return differs(player, "check finds nothing,",
			       "but node by node it is another graph");
	if (found->unknown_count > 0)
		return differs(player, "check finds nothing,", "but there are unknown nodes");
	if (found->edges_count != store->edges_count)
		return differs(player, "check finds nothing,",
			       "but a walk finds another number of edges");
	if (!is_protected(player, change))
		return true;
	if (store->nodes_count != player->states.nodes_count ||
	    store->edges_count != player->states.edges_count)
		return differs(player, "check finds nothing,", "but nodes or edges are missing");
	return graph_compare_all(store, &player->states, &why) == 0 ||
	       differs(player, "check finds nothing, but", why.text);
}

static bool check_damaged(struct graph_player *player, int *err)
{
	struct store *store = player->store;

	store->why.text[0] = '\0';
	*err = PLAY_HOOK(player, store->ops->check(store));
	return may_give(player, "check", *err, &store->why);
}

/* Opened for reading, walked and checked. */
static bool judge_damaged(struct graph_player *player, uint32_t change)
{
	int walk_err = 0, check_err = 0;
	struct found found;

	if (!open_damaged(player, ENGINE_OPEN_READ))
		return false;
	bool same = !player->store ||
		    (read_damaged(player, &walk_err, &found) && check_damaged(player, &check_err));
	if (same && player->store && !check_err)
		same = judge_accepted(player, change, walk_err, &found);
	return graph_play_close_damaged(player) && same;
}

static bool play_damage(struct graph_player *player, const struct graph_operation *operation)
{
	struct damage *damage = &player->damage;
	const struct layout_ops *layout = player->layout->ops;

	if (damage->is_saved ? !graph_play_close_damaged(player) : !graph_play_close(player))
		return false;
	int err = damage->is_saved ? 0 : damage_save(damage, layout, player->path);
	if (!err)
		err = damage_apply(damage, layout, player->path, operation->from, operation->to);
	if (err)
		return play_differs(&player->play, "the files cannot be damaged: %s",
				    strerror(-err));
	return judge_damaged(player, operation->to) && open_damaged(player, ENGINE_OPEN_WRITE);
}

/* ---- other operations ---- */

static bool insert_edges(struct graph_player *player, const struct graph_operation *operation)
{
	struct store *store = player->store;
	uint64_t nodes_count = store->nodes_count, count = graph_edges_count(operation);
	int err = 0;

	store->why.text[0] = '\0';
	count = count < EDGES_MAX ? count : EDGES_MAX;
	for (uint64_t i = 0; !err && nodes_count && i < count; i++) {
		struct edge edge = graph_edge(operation, nodes_count, i);

		err = PLAY_HOOK(player, store->ops->insert_edge(store, edge.from, edge.to));
	}
	return may_give(player, "insert_edge", err, &store->why);
}

static bool compact_damaged(struct graph_player *player)
{
	struct why why = {""};

	return !player->layout->ops->compact ||
	       may_give(player, "compact", graph_play_compact(player, &why), &why);
}

static bool find_damaged(struct graph_player *player, uint64_t node)
{
	struct store *store = player->store;
	struct neighbors found = {0};
	struct found sum = {.edges_count = 0};

	store->why.text[0] = '\0';
	int err = PLAY_HOOK(player, store->ops->neighbors(store, node, &found));
	if (!err)
		take(store, &found, &sum);
	return may_give(player, "neighbors", err, &store->why);
}

/* One that needs a store. */
static bool use_damaged(struct graph_player *player, const struct graph_operation *operation)
{
	struct store *store = player->store;
	struct found found;
	int err;

	store->why.text[0] = '\0';
	switch (operation->kind) {
	case GRAPH_NODE:
		err = PLAY_HOOK(player, store->ops->insert_node(store));
		return may_give(player, "insert_node", err, &store->why);
	case GRAPH_EDGE:
	case GRAPH_MANY:
		return insert_edges(player, operation);
	case GRAPH_SYNC:
		err = PLAY_HOOK(player, store->ops->sync(store));
		return may_give(player, "sync", err, &store->why);
	case GRAPH_CHECK:
		return check_damaged(player, &err);
	case GRAPH_DROP:
		err = store->ops->drop_cache ? PLAY_HOOK(player, store->ops->drop_cache(store)) : 0;
		return err == -EOPNOTSUPP || may_give(player, "drop_cache", err, &store->why);
	case GRAPH_FIND:
		return find_damaged(player, operation->from);
	default:
		return read_damaged(player, &err, &found);
	}
}

bool graph_play_damaged(struct graph_player *player, const struct graph_operation *operation)
{
	switch (operation->kind) {
	case GRAPH_DAMAGE:
		return play_damage(player, operation);
	case GRAPH_COMPACT:
		return graph_play_close_damaged(player) && compact_damaged(player) &&
		       open_damaged(player, ENGINE_OPEN_WRITE);
	case GRAPH_REOPEN:
	case GRAPH_RENAME:
		return graph_play_close_damaged(player) && open_damaged(player, ENGINE_OPEN_WRITE);
	case GRAPH_REOPEN_READ:
		return graph_play_close_damaged(player) && open_damaged(player, ENGINE_OPEN_READ);
	case GRAPH_BULK:
	case GRAPH_LOAD:
		return true; /* into a graph without nodes only, which this one may be or not */
	default:
		return !player->store || use_damaged(player, operation);
	}
}
