/* Operations that read a graph: see graph_playing.h. */
#include "graph_playing.h"

#include "../../workloads/support/mix.h"
#include "graph_compare.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MAX 3

static bool make_lists(struct graph_player *player)
{
	return graph_states_lists(&player->states, player->states.nodes_count,
				  player->states.edges_count) == 0 ||
	       play_differs(&player->play, "no memory for the model");
}

/* What graph_compare.h has found. */
static bool same_graph(struct graph_player *player, const char *what, int found,
		       const struct why *why)
{
	return found == GRAPH_DIFFERS ? play_differs(&player->play, "%s: %.150s", what, why->text)
				      : play_same_result(&player->play, what, found, 0, why);
}

bool graph_play_compare(struct graph_player *player, const char *what)
{
	struct why why = {""};

	return make_lists(player) &&
	       same_graph(
		       player, what,
		       PLAY_HOOK(player, graph_compare_all(player->store, &player->states, &why)),
		       &why);
}

static bool find(struct graph_player *player, uint64_t node, int expected)
{
	struct store *store = player->store;
	struct neighbors found = {0};
	struct why why = {""};

	store->why.text[0] = '\0';
	int got = PLAY_HOOK(player, store->ops->neighbors(store, node, &found));
	if (!play_same_result(&player->play, "neighbors", got, expected, &store->why))
		return false;
	return got ||
	       same_graph(player, "neighbors",
			  graph_compare_node(store, &player->states, node, &found, &why), &why);
}

static bool play_walk(struct graph_player *player)
{
	bool same = make_lists(player);

	for (uint64_t node = 0; same && node < player->states.nodes_count; node++)
		same = find(player, node, 0);
	return same;
}

/* Nodes in any order, some of them more than once; with some seeds one that does not exist. */
static size_t choose_level(const struct graph_player *player, uint64_t seed, uint64_t *nodes,
			   size_t count)
{
	uint64_t nodes_count = player->states.nodes_count;
	size_t wrong = seed % 7 == 6 ? 1 + (size_t)(mix_next(&seed) % count) : 0;

	for (size_t i = 0; i < count; i++)
		nodes[i] = seed % 3 ? mix_next(&seed) % nodes_count : i % nodes_count;
	if (wrong)
		nodes[wrong - 1] = seed % 2 ? nodes_count : UINT64_MAX - seed % 3;
	return wrong;
}

static bool play_level(struct graph_player *player, const struct graph_operation *operation)
{
	uint64_t nodes_count = player->states.nodes_count, seed = operation->from;
	size_t count = (size_t)(1 + mix64(seed) % (nodes_count * 3 / 2 + 1));
	struct why why = {""};

	if (!nodes_count || !operation->to || !make_lists(player))
		return !*player->play.error;
	uint64_t *nodes = malloc(count * sizeof(*nodes));
	if (!nodes)
		return play_differs(&player->play, "no memory for a level");
	size_t wrong = choose_level(player, seed, nodes, count);
	int found = PLAY_HOOK(player, graph_compare_level(player->store, &player->states, nodes,
							  count, operation->to, &why));
	free(nodes);
	if (wrong && found != GRAPH_DIFFERS)
		return play_same_result(&player->play, "neighbors_batch", found, -ERANGE, &why);
	return same_graph(player, "neighbors_batch", found, &why);
}

static bool play_check(struct graph_player *player)
{
	struct store *store = player->store;

	store->why.text[0] = '\0';
	int got = PLAY_HOOK(player, store->ops->check(store));
	return play_same_result(&player->play, "check", got, 0, &store->why);
}

static bool play_drop(struct graph_player *player)
{
	const struct layout_ops *ops = player->layout->ops;
	const struct engine_ops *engine_ops = player->subject->ops;
	bool holds = engine_ops->capabilities & ENGINE_HOLDS_FILE;

	int got = ops->drop_cache ? PLAY_HOOK(player, ops->drop_cache(player->store)) : 0;

	/* A store with its own I/O may have no such hook. */
	if (got == -EOPNOTSUPP && ops->capabilities & LAYOUT_REFERENCE)
		got = 0;
	if (!play_same_result(&player->play, "drop_cache", got, 0, &player->store->why))
		return false;
	return !engine_ops->drop_cache ||
	       play_same_result(&player->play, "drop_cache of the engine",
				PLAY_HOOK(player, engine_ops->drop_cache(player->engine)),
				holds ? -EOPNOTSUPP : 0, NULL);
}

/* ---- sharing ---- */

struct reader {
	struct graph_player *player;
	struct why why;
	int found;           /* of graph_compare.h */
	struct store *store; /* attached */
};

/* Through an attached handle, in a thread of its own. */
static void *read_attached(void *context)
{
	struct reader *reader = context;

	reader->found = graph_compare_all(reader->store, &reader->player->states, &reader->why);
	int err = reader->store->ops->close(reader->store);
	reader->found = reader->found ? reader->found : err;
	return NULL;
}

/* Another store on the same file, in a thread of its own. */
static void *read_beside(void *context)
{
	struct reader *reader = context;
	const struct graph_player *player = reader->player;
	const struct layout_ops *ops = player->layout->ops;
	struct store_config config = {.path = player->path,
				      .options = player->layout->options,
				      .engine_options = player->subject->options};
	struct store *store;

	reader->found = engine_ops_open(player->subject->ops, player->path, ENGINE_OPEN_READ,
					player->subject->options, &config.engine);
	if (reader->found)
		return NULL;
	reader->found = layout_ops_open(ops, &config, &store, &reader->why);
	if (!reader->found) {
		bool same = store->nodes_count == player->states.nodes_count &&
			    store->edges_count == player->states.edges_count;

		reader->found =
			same ? graph_compare_all(store, &reader->player->states, &reader->why)
			     : why_set(&reader->why, GRAPH_DIFFERS,
				       "%" PRIu64 " nodes and %" PRIu64 " edges",
				       store->nodes_count, store->edges_count);
		int err = ops->close(store);
		reader->found = reader->found ? reader->found : err;
	}
	(void)config.engine->ops->close(config.engine);
	return NULL;
}

/* A store with its own I/O: handles that are attached to one that is open for reading. */
static bool share_store(struct graph_player *player, size_t count)
{
	const struct layout_ops *ops = player->layout->ops;
	struct reader readers[THREADS_MAX];
	pthread_t threads[THREADS_MAX];
	size_t begun = 0;
	bool same = make_lists(player);

	for (; same && begun < count; begun++) {
		struct store *store;

		readers[begun] = (struct reader){.player = player};
		same = play_same_result(&player->play, "attach",
					PLAY_HOOK(player, ops->attach(player->store, &store)), 0,
					&player->store->why);
		if (!same)
			break;
		readers[begun].store = store;
		if (pthread_create(&threads[begun], NULL, read_attached, &readers[begun])) {
			(void)ops->close(store);
			same = play_differs(&player->play, "no threads");
			break;
		}
	}
	for (size_t i = 0; i < begun; i++) {
		pthread_join(threads[i], NULL);
		same = same_graph(player, "an attached handle", readers[i].found,
				  &readers[i].why) &&
		       same;
	}
	return same && graph_play_compare(player, "a walk after others");
}

static bool play_share(struct graph_player *player, const struct graph_operation *operation)
{
	const struct layout_ops *ops = player->layout->ops;
	size_t count = operation->from % THREADS_MAX + 1, begun = 0;
	struct reader readers[THREADS_MAX];
	pthread_t threads[THREADS_MAX];

	if (ops->capabilities & LAYOUT_REFERENCE && ops->attach && !player->states.writable)
		return share_store(player, count);
	if (!graph_play_sync(player) || !make_lists(player))
		return false;
	if (ops->capabilities & LAYOUT_REFERENCE)
		return graph_play_compare(player, "a walk after a sync");
	for (; begun < count; begun++) {
		readers[begun] = (struct reader){.player = player};
		if (pthread_create(&threads[begun], NULL, read_beside, &readers[begun]))
			break;
	}
	bool same = graph_play_compare(player, "a walk beside others");
	for (size_t i = 0; i < begun; i++) {
		pthread_join(threads[i], NULL);
		same = same && same_graph(player, "a store of another thread", readers[i].found,
					  &readers[i].why);
	}
	return same && (begun == count || play_differs(&player->play, "no threads"));
}

bool graph_play_reading(struct graph_player *player, const struct graph_operation *operation)
{
	switch (operation->kind) {
	case GRAPH_WALK:
		return play_walk(player);
	case GRAPH_FIND:
		return make_lists(player) &&
		       find(player, operation->from,
			    operation->from < player->states.nodes_count ? 0 : -ERANGE);
	case GRAPH_LEVEL:
		return play_level(player, operation);
	case GRAPH_CHECK:
		return play_check(player);
	case GRAPH_DROP:
		return play_drop(player);
	default:
		return play_share(player, operation);
	}
}
