/* See graph_player.h. */
#include "graph_player.h"

#include "../../workloads/support/session.h"
#include "recording.h"

#include <errno.h>
#include <string.h>

struct graph_player {
	const struct conform_subject *subject;
	const struct layout_ops *layout;
	const char *path;
	uint64_t options[OPTIONS_MAX]; /* of the layout */
	struct engine *engine;
	struct store *store;
	/* The engine's table, with a look after each write: a page may reach the device between two writes. */
	struct engine_ops looking;
	const struct engine_ops *looked_at;
	struct why *why;
};

static int looking_write(struct engine *engine, uint64_t offset, const void *buffer,
			 size_t len_bytes)
{
	const struct graph_player *player =
		(const void *)((const char *)engine->ops - offsetof(struct graph_player, looking));
	int err = player->looked_at->write(engine, offset, buffer, len_bytes);

	recording_look();
	return err;
}

static int player_open(struct graph_player *player, unsigned flags)
{
	int err = engine_ops_open(player->subject->ops, player->path, flags,
				  player->subject->options, &player->engine);

	if (err) {
		player->engine = NULL;
		return why_set(player->why, err, "open of the engine");
	}
	if (player->engine->ops->capabilities & ENGINE_ZERO_COPY && !player->engine->ops->open_of) {
		player->looked_at = player->engine->ops;
		player->looking = *player->looked_at;
		player->looking.write = looking_write;
		player->engine->ops = &player->looking;
	}
	struct store_config config = {.engine = player->engine,
				      .path = player->path,
				      .options = player->options,
				      .engine_options = player->subject->options,
				      .writable = true};
	return flags & ENGINE_OPEN_CREATE
		       ? layout_ops_create(player->layout, &config, &player->store, player->why)
		       : layout_ops_open(player->layout, &config, &player->store, player->why);
}

static int player_close(struct graph_player *player)
{
	int err = player->store ? player->layout->close(player->store) : 0;
	int engine_err = player->engine ? player->engine->ops->close(player->engine) : 0;

	player->store = NULL;
	player->engine = NULL;
	return err ? err : engine_err;
}

static int play_edge(struct graph_player *player, const struct power_operation *operation)
{
	uint64_t nodes = player->store->nodes_count;

	return nodes ? player->layout->insert_edge(player->store, operation->from % nodes,
						   operation->to % nodes)
		     : 0;
}

static size_t load_next(void *context, uint64_t *cursor, struct edge *edges, size_t max)
{
	uint32_t nodes_count = *(const uint32_t *)context;
	size_t count = 0;

	for (; count < max && *cursor < 2 * (uint64_t)nodes_count; ++*cursor)
		edges[count++] = power_load_edge(nodes_count, *cursor);
	return count;
}

static int play_load(struct graph_player *player, const struct power_operation *operation)
{
	uint32_t nodes_count = operation->from;
	struct edge_stream stream = {.next = load_next,
				     .context = &nodes_count,
				     .nodes_count = nodes_count,
				     .edges_count = 2 * (uint64_t)nodes_count};

	return nodes_count && !player->store->nodes_count
		       ? player->layout->bulk(player->store, &stream)
		       : 0;
}

static int play_walk(struct graph_player *player)
{
	int err = 0;

	for (uint64_t node = 0; !err && node < player->store->nodes_count; node++) {
		struct neighbors found;

		err = player->layout->neighbors(player->store, node, &found);
	}
	return err;
}

static int play_reopen(struct graph_player *player)
{
	int err = player_close(player);

	return err ? err : player_open(player, ENGINE_OPEN_WRITE);
}

static int play_compact(struct graph_player *player)
{
	struct workload_counts counts = {0};
	const struct workload_env env = {.engine = player->subject->ops,
					 .engine_options = player->subject->options,
					 .layout = player->layout,
					 .layout_options = player->options,
					 .path = player->path};

	if (!player->layout->compact)
		return 0;
	int err = player_close(player);
	if (!err)
		err = session_compact(&env, &counts, player->why);
	return err ? err : player_open(player, ENGINE_OPEN_WRITE);
}

static int play_one(struct graph_player *player, const struct power_operation *operation)
{
	switch (operation->kind) {
	case POWER_NODE:
		return player->layout->insert_node(player->store);
	case POWER_EDGE:
		return play_edge(player, operation);
	case POWER_SYNC:
		return player->layout->sync(player->store);
	case POWER_WALK:
		return play_walk(player);
	case POWER_REOPEN:
		return play_reopen(player);
	case POWER_LOAD:
		return play_load(player, operation);
	default:
		return play_compact(player);
	}
}

int graph_play(const struct conform_subject *subject, const struct layout_ops *layout,
	       const char *path, const struct power_history *history, struct why *why)
{
	struct graph_player player = {
		.subject = subject, .layout = layout, .path = path, .why = why};
	size_t i = 0;

	option_defaults(layout->options, layout->options_count, player.options);
	int err = player_open(&player, ENGINE_OPEN_CREATE);
	for (; !err && i < history->count; i++) {
		recording_mark(RECORDED_BEGIN, i);
		err = play_one(&player, &history->operations[i]);
		recording_mark(RECORDED_END, i);
	}
	if (err) {
		struct why reason = *why;

		if (!*reason.text && player.store)
			reason = player.store->why;
		why_set(why, err, "operation %zu gives %d: %s%s%.100s", i, err, strerror(-err),
			*reason.text ? ": " : "", reason.text);
		(void)player_close(&player);
		return err;
	}
	recording_mark(RECORDED_BEGIN, i);
	err = player_close(&player);
	recording_mark(RECORDED_END, i);
	return err ? why_set(why, err, "close gives %d: %s", err, strerror(-err)) : 0;
}
