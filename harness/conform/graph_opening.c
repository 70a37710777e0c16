/* Opens, closes and compacts the file and the graph of a player: see graph_playing.h. */
#include "graph_playing.h"

#include "../../workloads/support/session.h"

#include <errno.h>

int graph_play_open_engine(struct graph_player *player, unsigned flags)
{
	struct engine *engine = NULL;
	int err = PLAY_HOOK(player, conform_open_engine(player->subject->ops, player->path, flags,
							player->subject->options, &engine));

	player->engine = err ? NULL : engine;
	return err;
}

static int open_or_create(struct graph_player *player, unsigned flags,
			  const struct store_config *config, struct why *why)
{
	const struct layout_ops *ops = player->layout->ops;

	return PLAY_HOOK(player, flags & ENGINE_OPEN_CREATE
					 ? layout_ops_create(ops, config, &player->store, why)
					 : layout_ops_open(ops, config, &player->store, why));
}

int graph_play_open_store(struct graph_player *player, unsigned flags, struct why *why)
{
	struct store_config config = {.engine = player->engine,
				      .path = player->path,
				      .options = player->layout->options,
				      .engine_options = player->subject->options,
				      .writable = flags != ENGINE_OPEN_READ,
				      .durability = DURABILITY_END};
	bool creates = flags & ENGINE_OPEN_CREATE;
	int err = open_or_create(player, flags, &config, why);
	/* A store with its own I/O need be able neither to change what it has made, nor to make it durable. */
	bool is_less = err == -EOPNOTSUPP && flags != ENGINE_OPEN_READ &&
		       player->layout->ops->capabilities & LAYOUT_REFERENCE;

	if (is_less) {
		config.durability = DURABILITY_NONE;
		config.writable = creates;
		err = open_or_create(player, flags, &config, why);
	}
	if (err)
		player->store = NULL;
	player->is_read_only = is_less && !creates;
	player->is_never_durable |= is_less && creates;
	return err;
}

void graph_play_close_both(struct graph_player *player, int *err, int *engine_err)
{
	*err = player->store ? PLAY_HOOK(player, player->layout->ops->close(player->store)) : 0;
	*engine_err =
		player->engine ? PLAY_HOOK(player, player->engine->ops->close(player->engine)) : 0;
	player->store = NULL;
	player->engine = NULL;
}

bool graph_play_close(struct graph_player *player)
{
	int err, engine_err;

	graph_play_close_both(player, &err, &engine_err);
	/* An engine that has kept writes back may have written the header and not the data: only check() can tell. */
	if (engine_err && player->demand.is_dirty) {
		player->demand.is_checked = true;
		player->demand.must_be_found = false;
	}
	return play_same_result(&player->play, "close", err, 0, NULL) &&
	       play_same_result(&player->play, "close of the engine", engine_err, 0, NULL);
}

int graph_play_compact(struct graph_player *player, struct why *why)
{
	struct workload_counts counts = {0};
	const struct workload_env env = {.engine = player->subject->ops,
					 .engine_options = player->subject->options,
					 .layout = player->layout->ops,
					 .layout_options = player->layout->options,
					 .path = player->path};

	return PLAY_HOOK(player, session_compact(&env, &counts, why));
}
