/* Layout and model in lockstep: see graph_player.h. */
#include "graph_playing.h"

#include "recording.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGE_BYTES ((uint64_t)1 << 40)

/* ---- files ---- */

static int looking_write(struct engine *engine, uint64_t offset, const void *buffer,
			 size_t len_bytes)
{
	const struct graph_player *player =
		(const void *)((const char *)engine->ops - offsetof(struct graph_player, looking));
	int err = player->looked_at->write(engine, offset, buffer, len_bytes);

	recording_look();
	return err;
}

/* The size of a file that was loaded is the one that was foretold. */
static bool same_size(struct graph_player *player)
{
	if (player->layout->ops->capabilities & LAYOUT_REFERENCE)
		return true; /* its file_bytes is an estimate */
	uint64_t size_bytes = player->engine->ops->size(player->engine);
	uint64_t foretold_bytes = player->layout->ops->file_bytes(player->states.nodes_count,
								  player->states.edges_count);

	return !player->is_loaded || *player->layout->text || foretold_bytes == UINT64_MAX ||
	       foretold_bytes == size_bytes ||
	       play_differs(&player->play,
			    "file_bytes foretells %" PRIu64 " bytes; the file has %" PRIu64,
			    foretold_bytes, size_bytes);
}

static bool play_open(struct graph_player *player, unsigned flags)
{
	struct why why = {""};
	bool creates = flags & ENGINE_OPEN_CREATE;

	if (!play_same_result(&player->play, "open of the engine",
			      graph_play_open_engine(player, flags), 0, NULL))
		return false;
	struct engine *engine = player->engine;
	if (player->is_recorded && engine && engine->ops->capabilities & ENGINE_ZERO_COPY &&
	    !engine->ops->open_of) {
		player->looked_at = engine->ops;
		player->looking = *player->looked_at;
		player->looking.write = looking_write;
		engine->ops = &player->looking;
	}
	int err = graph_play_open_store(player, flags, &why);
	return play_same_result(&player->play, creates ? "create" : "open", err, 0, &why);
}

/* Which layout is it? */
static bool identify(struct graph_player *player)
{
	const struct layout_ops *found = NULL;
	struct why why = {""};
	bool is_known = false;

	for (size_t i = 0; i < layout_table_count; i++)
		is_known |= layout_table[i] == player->layout->ops;
	if (!is_known)
		return true;
	int err = PLAY_HOOK(player, layout_identify(player->engine, &found, &why));
	return play_same_result(&player->play, "layout_identify", err, 0, &why) &&
	       (found == player->layout->ops ||
		play_differs(&player->play, "layout_identify finds '%s'", found->name));
}

static bool play_reopen(struct graph_player *player, unsigned flags)
{
	return graph_play_close(player) && play_open(player, flags) &&
	       (player->is_recorded ||
		(same_size(player) && identify(player) && graph_play_compare(player, "a walk")));
}

static bool play_rename(struct graph_player *player)
{
	const struct layout_ops *ops = player->layout->ops;
	char moved[4096];

	snprintf(moved, sizeof(moved), "%s" GRAPH_MOVED, player->path);
	return graph_play_close(player) &&
	       play_same_result(&player->play, "layout_replace",
				PLAY_HOOK(player, layout_replace(ops, player->path, moved)), 0,
				NULL) &&
	       play_same_result(&player->play, "layout_rename",
				PLAY_HOOK(player, layout_rename(ops, moved, player->path)), 0,
				NULL) &&
	       play_open(player, ENGINE_OPEN_WRITE);
}

static bool play_compact(struct graph_player *player)
{
	struct why why = {""};

	if (!player->layout->ops->compact)
		return player->states.writable || play_reopen(player, ENGINE_OPEN_WRITE);
	return graph_play_close(player) &&
	       play_same_result(&player->play, "compact", graph_play_compact(player, &why), 0,
				&why) &&
	       play_open(player, ENGINE_OPEN_WRITE);
}

/* ---- changes ---- */

static bool insert_edge(struct graph_player *player, struct edge edge, int expected)
{
	struct store *store = player->store;

	store->why.text[0] = '\0';
	int got = PLAY_HOOK(player, store->ops->insert_edge(store, edge.from, edge.to));
	return play_same_result(&player->play, "insert_edge", got, expected, &store->why) &&
	       (got != -E2BIG || *store->why.text ||
		play_differs(&player->play, "-E2BIG has no reason"));
}

static bool play_edges(struct graph_player *player, const struct graph_operation *operation)
{
	uint64_t nodes = player->states.nodes_count, asked = graph_edges_count(operation);
	uint64_t adds = graph_states_adds(&player->states, operation);
	bool same = true;

	for (uint64_t i = 0; same && nodes && i < adds; i++)
		same = insert_edge(player, graph_edge(operation, nodes, i), 0);
	if (same && nodes && adds < asked)
		same = insert_edge(player, graph_edge(operation, nodes, adds),
				   graph_states_expect(&player->states, operation));
	return same;
}

static size_t next_edges(void *context, uint64_t *cursor, struct edge *edges, size_t max)
{
	const struct graph_operation *operation = context;
	uint64_t nodes_count = operation->from,
		 count = nodes_count ? graph_edges_count(operation) : 0;
	unsigned wrong = operation->kind == GRAPH_BULK && count ? GRAPH_SHAPE_WRONG(operation->to)
								: GRAPH_RIGHT;
	uint64_t last = wrong == GRAPH_TOO_FEW    ? count - 1
			: wrong == GRAPH_TOO_MANY ? count + 1
						  : count;
	size_t given = 0;

	for (; given < max && *cursor < last; ++*cursor) {
		edges[given] = graph_edge(operation, nodes_count, *cursor);
		if (wrong == GRAPH_UNKNOWN_NODE && *cursor == count / 2)
			edges[given].to = nodes_count;
		given++;
	}
	return given;
}

static void report_nothing(void *context, uint64_t done, uint64_t total)
{
	(void)context;
	(void)done;
	(void)total;
}

/* May a bulk with this budget be refused for want of memory? */
static bool is_refused(struct graph_player *player, const struct edge_budget *budget, int got)
{
	return got == -ENOMEM && budget && budget->limit_bytes == 1 &&
	       !play_has_fault(&player->play) && *player->store->why.text;
}

static bool play_bulk(struct graph_player *player, const struct graph_operation *operation)
{
	struct graph_operation copy = *operation;
	unsigned kind = operation->kind == GRAPH_BULK ? GRAPH_SHAPE_BUDGET(operation->to)
						      : GRAPH_BUDGET_NONE;
	bool limit = kind == GRAPH_BUDGET_LIMIT, large = kind == GRAPH_BUDGET_LARGE;
	char folder[4096];
	struct edge_budget budget = {.memory_bytes = large ? LARGE_BYTES : 1,
				     .limit_bytes = limit ? 1 : LARGE_BYTES,
				     .folder = folder,
				     .report = report_nothing};
	struct edge_stream stream = {.next = next_edges,
				     .context = &copy,
				     .nodes_count = operation->from,
				     .edges_count = graph_edges_count(operation),
				     .budget = kind ? &budget : NULL};
	struct store *store = player->store;

	if (operation->kind == GRAPH_LOAD && (!operation->from || player->states.nodes_count))
		return true;
	snprintf(folder, sizeof(folder), "%s", player->path);
	if (strrchr(folder, '/'))
		*strrchr(folder, '/') = '\0';
	store->why.text[0] = '\0';
	int got = PLAY_HOOK(player, store->ops->bulk(store, &stream));
	int expected = graph_states_expect(&player->states, operation);
	if (is_refused(player, stream.budget, got))
		return player->play.is_excused = false, true;
	player->is_loaded = got == 0;
	return play_same_result(&player->play, "bulk", got, expected, &store->why);
}

/* ---- playing ---- */

static bool play_hook(struct graph_player *player, const struct graph_operation *operation)
{
	int expected = graph_states_expect(&player->states, operation);

	/* What a store with its own I/O does then is its own affair (include/iowalk/store.h). */
	if (expected == -EBADF && player->layout->ops->capabilities & LAYOUT_REFERENCE)
		return true;
	switch (operation->kind) {
	case GRAPH_NODE:
		return play_same_result(
			&player->play, "insert_node",
			PLAY_HOOK(player, player->layout->ops->insert_node(player->store)),
			expected, &player->store->why);
	case GRAPH_EDGE:
	case GRAPH_MANY:
		return play_edges(player, operation);
	case GRAPH_FAR:
		return insert_edge(player, graph_far_edge(operation, player->states.nodes_count),
				   expected);
	case GRAPH_LOAD:
	case GRAPH_BULK:
		return play_bulk(player, operation);
	case GRAPH_SYNC:
		return graph_play_sync(player);
	case GRAPH_REOPEN:
		return play_reopen(player, ENGINE_OPEN_WRITE);
	case GRAPH_REOPEN_READ:
		return play_reopen(player, ENGINE_OPEN_READ);
	case GRAPH_COMPACT:
		return play_compact(player);
	case GRAPH_RENAME:
		return play_rename(player);
	default:
		return graph_play_reading(player, operation);
	}
}

static bool is_reading(enum graph_kind kind)
{
	return kind == GRAPH_WALK || kind == GRAPH_FIND || kind == GRAPH_LEVEL ||
	       kind == GRAPH_CHECK || kind == GRAPH_DROP;
}

static bool same_counts(struct graph_player *player)
{
	const struct store *store = player->store;

	return (store->nodes_count == player->states.nodes_count &&
		store->edges_count == player->states.edges_count) ||
	       play_differs(&player->play,
			    "the store has %" PRIu64 " nodes and %" PRIu64 " edges, not %" PRIu64
			    " and %" PRIu64,
			    store->nodes_count, store->edges_count, player->states.nodes_count,
			    player->states.edges_count);
}

/* Is it the error that a bulk may give where the budget is small? */
static bool is_done(const struct graph_player *player, const struct graph_operation *operation)
{
	int expected = graph_states_expect(&player->states, operation);

	return expected == 0 &&
	       !(operation->kind == GRAPH_BULK && !player->is_loaded && !player->play.is_excused);
}

/* Inserts into a store with its own I/O that has only bulk(): it is checked instead. */
static const struct graph_operation *possible(const struct graph_player *player,
					      const struct graph_operation *operation)
{
	static const struct graph_operation instead = {.kind = GRAPH_CHECK};
	bool inserts = operation->kind == GRAPH_NODE || operation->kind == GRAPH_EDGE ||
		       operation->kind == GRAPH_MANY || operation->kind == GRAPH_FAR;

	return inserts && player->has_no_inserts ? &instead : operation;
}

static bool play_one(struct graph_player *player, const struct graph_operation *operation)
{
	operation = possible(player, operation);
	if (operation->kind == GRAPH_DAMAGE || player->damage.is_saved)
		return graph_play_damaged(player, operation);
	size_t i = player->states.count;
	int expected = graph_states_expect(&player->states, operation);
	bool changes = operation->kind == GRAPH_NODE || graph_edges_count(operation) > 0 ||
		       operation->kind == GRAPH_BULK;

	graph_demand_begin(&player->demand, i, operation->kind,
			   changes && (expected == 0 || operation->kind == GRAPH_MANY) &&
				   player->states.writable);
	bool same = play_hook(player, operation);
	/* A fault that reading has met does not end the history. */
	if (!same && player->play.is_excused && is_reading(operation->kind) &&
	    !player->demand.is_dirty) {
		player->play.is_excused = false;
		same = true;
	}
	if (graph_states_apply(&player->states, operation, is_done(player, operation)))
		return play_differs(&player->play, "no memory for the model");
	player->states.writable = player->states.writable && !player->is_read_only;
	if (changes && player->states.count &&
	    graph_changes(&player->states, player->states.count - 1) &&
	    operation->kind != GRAPH_BULK && operation->kind != GRAPH_LOAD)
		player->is_loaded = false;
	if (same && same_counts(player) && graph_play_promises(player))
		(void)graph_demand_end(&player->demand, i, operation->kind);
	return same && !*player->play.error;
}

bool graph_play_begin(struct graph_player *player)
{
	graph_states_begin(&player->states, player->layout->ops->degree_max);
	player->demand = (struct graph_demand){.layout = player->layout->ops,
					       .options = player->layout->options,
					       .states = &player->states,
					       .in_order = true};
	*player->at = 0;
	if (!play_open(player, ENGINE_OPEN_CREATE))
		return false;
	if (player->layout->ops->capabilities & LAYOUT_REFERENCE)
		player->has_no_inserts =
			player->store->ops->insert_edge(player->store, 0, 0) == -EOPNOTSUPP;
	return true;
}

bool graph_play(struct graph_player *player, const struct graph_history *history)
{
	bool same = true;

	for (size_t i = 0; same && i < history->count; i++) {
		*player->at = i;
		recording_mark(RECORDED_BEGIN, i);
		same = play_one(player, &history->operations[i]);
		recording_mark(RECORDED_END, i);
	}
	return same;
}

bool graph_play_end(struct graph_player *player)
{
	bool was_excused = player->play.is_excused;

	recording_mark(RECORDED_BEGIN, player->states.count);
	bool same = player->damage.is_saved ? graph_play_close_damaged(player)
					    : graph_play_close(player);
	recording_mark(RECORDED_END, player->states.count);
	return same || (was_excused && !*player->play.error);
}

void graph_player_release(struct graph_player *player)
{
	graph_states_release(&player->states);
	damage_release(&player->damage);
}
