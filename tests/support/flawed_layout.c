/* See flawed_layout.h. Each hook is that of the scratch layout, with something before it or after it. */
#include "flawed_layout.h"

#include "scratch_layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define EDGES_MAX 1024 /* of the scratch layout */

const char *const flaw_names[FLAWS_COUNT] = {
#define X(name) #name,
	FLAWS(X)
#undef X
};

enum flaw flaw;

static uint64_t ids[EDGES_MAX];
static uint64_t created_count; /* of all stores of this process */

static uint64_t flawed_file_bytes(uint64_t nodes_count, uint64_t edges_count)
{
	return scratch_layout.file_bytes(nodes_count, edges_count) +
	       (flaw == FLAW_FILE_BYTES_WRONG);
}

static int take_over(int err, struct store **out)
{
	if (!err)
		(*out)->ops = &flawed_layout;
	if (!err && flaw == FLAW_BOTH_WAYS_LIES)
		(*out)->both_ways = true;
	return err;
}

static int flawed_create(const struct store_config *config, struct store **out, struct why *why)
{
	void *volatile unchecked = flaw == FLAW_MEMORY_UNCHECKED ? malloc(sizeof(int)) : NULL;

	if (flaw == FLAW_MEMORY_UNCHECKED)
		*(volatile int *)unchecked = 1;
	free(unchecked);
	created_count++;
	return take_over(scratch_layout.create(config, out, why), out);
}

static int flawed_open(const struct store_config *config, struct store **out, struct why *why)
{
	struct store_config changed = *config;

	if (flaw == FLAW_READ_ONLY_INSERTS)
		changed.writable = true;
	int err = scratch_layout.open(&changed, out, why);
	if (err && flaw == FLAW_LEAKS_ON_FAILED_OPEN)
		(void)!open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (err == -EBADMSG && flaw == FLAW_OPEN_CRASHES_ON_DAMAGE)
		abort();
	if (err == -EBADMSG && flaw == FLAW_DAMAGE_HAS_NO_REASON)
		why->text[0] = '\0';
	if (err == -EBADMSG && flaw == FLAW_DAMAGE_IS_ANOTHER_ERROR)
		err = -EIO;
	if (err == -EIO && flaw == FLAW_OPEN_ERROR_LOST)
		err = scratch_layout.create(config, out, why);
	return take_over(err, out);
}

static int flawed_insert_node(struct store *store)
{
	return scratch_layout.insert_node(store);
}

static int flawed_insert_edge(struct store *store, uint64_t from, uint64_t to)
{
	if (flaw == FLAW_INSERT_CRASHES_ON_DAMAGE && scratch_layout.check(store))
		abort();
	if (flaw == FLAW_SELF_LOOP_LOST && from == to && from < store->nodes_count)
		return 0;
	int err = scratch_layout.insert_edge(store, from, to);
	if (err == -ERANGE && flaw == FLAW_UNKNOWN_NODE_TAKEN)
		return 0;
	if (err == -ERANGE && flaw == FLAW_REFUSED_EDGE_COUNTS)
		store->edges_count++;
	return err;
}

static int flawed_bulk(struct store *store, const struct edge_stream *stream)
{
	int err = scratch_layout.bulk(store, stream);

	if ((err == -EBUSY && flaw == FLAW_BULK_TWICE) ||
	    (err == -ERANGE && flaw == FLAW_BULK_ERROR_LOST) ||
	    (err == -EINVAL && flaw == FLAW_FEW_EDGES_TAKEN))
		return 0;
	return err;
}

static void reverse(struct neighbors *out)
{
	const uint64_t *found = out->ids;

	for (size_t i = 0; i < out->count; i++)
		ids[i] = found[out->count - 1 - i];
	out->ids = ids;
}

static int flawed_neighbors(struct store *store, uint64_t node, struct neighbors *out)
{
	int err = scratch_layout.neighbors(store, node, out);

	if (err == -ERANGE && flaw == FLAW_FINDS_BEYOND_END) {
		*out = (struct neighbors){.ids = ids};
		return 0;
	}
	if (!err && flaw == FLAW_ORDER_REVERSED)
		reverse(out);
	if (!err && flaw == FLAW_LAST_NEIGHBOR_LOST && out->count > 2)
		out->count--;
	if (!err && flaw == FLAW_SHARED_BY_ALL && created_count > 1)
		out->count = 0;
	return err;
}

static ssize_t flawed_neighbors_batch(struct store *store, struct frontier *level,
				      struct neighbors *out, size_t out_max)
{
	ssize_t count = scratch_layout.neighbors_batch(store, level, out, out_max);

	if (count > 0 && flaw == FLAW_BATCH_SKIPS && level->next < level->count)
		level->next++;
	if (count > 0 && flaw == FLAW_BATCH_FOR_ONE_NODE && level->count > 1)
		out[0].count = 0;
	if (count > 0 && flaw == FLAW_BATCH_NEVER_ENDS) {
		level->next--;
		return 0;
	}
	return count;
}

static int flawed_check(struct store *store)
{
	if (flaw == FLAW_CHECK_REFUSES && store->edges_count > 1)
		return why_set(&store->why, -EBADMSG, "flawed: more than one edge");
	if (flaw == FLAW_CHECK_IS_BLIND)
		return 0;
	if (flaw == FLAW_CHECK_CRASHES)
		abort();
	if (flaw == FLAW_CHECK_EXITS)
		_exit(0);
	return scratch_layout.check(store);
}

static int flawed_drop_cache(struct store *store)
{
	if (flaw == FLAW_DROP_LOSES_CHANGES)
		store->edges_count = 0;
	return 0;
}

static int flawed_sync(struct store *store)
{
	const struct engine_ops *ops = store->engine->ops;
	unsigned char byte;

	int err = scratch_layout.sync(store);
	if (flaw == FLAW_SYNC_BEFORE_DATA && !err)
		err = ops->read(store->engine, 0, &byte, 1) ||
		      ops->write(store->engine, 0, &byte, 1);
	return flaw == FLAW_SYNC_ERROR_LOST ? 0 : err;
}

static int flawed_close(struct store *store)
{
	if (flaw == FLAW_LEAKS_AT_CLOSE)
		(void)!open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (flaw == FLAW_LOST_AT_CLOSE) {
		free(store);
		return 0;
	}
	int err = scratch_layout.close(store);
	return flaw == FLAW_CLOSE_ERROR_LOST ? 0 : err;
}

const struct layout_ops flawed_layout = {
	.name = "flawed",
	.summary = "a layout of tests",
	.version = 1,
	.file_bytes = flawed_file_bytes,
	.create = flawed_create,
	.open = flawed_open,
	.insert_node = flawed_insert_node,
	.insert_edge = flawed_insert_edge,
	.bulk = flawed_bulk,
	.neighbors = flawed_neighbors,
	.neighbors_batch = flawed_neighbors_batch,
	.check = flawed_check,
	.drop_cache = flawed_drop_cache,
	.sync = flawed_sync,
	.close = flawed_close,
};
