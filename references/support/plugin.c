/* Stores of plug-ins: see plugin.h. */
#include "plugin.h"

#include "../../engines/support/plugin.h"
#include "../../layouts/support/buffer.h"
#include "expand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIND "a store"

/* What ABI 1.0 has of the table; hooks after it are there only if struct_size says so. */
#define ABI_1_0_BYTES (offsetof(struct iowalk_store, library_version) + sizeof(void *))

#define NODE_BYTES 64 /* a guess, for the room that a file needs; of an edge: */
#define EDGE_BYTES 64

/* The structs that both sides pass as they are. */
_Static_assert(sizeof(struct iowalk_edge) == sizeof(struct edge), "one edge");
_Static_assert(offsetof(struct iowalk_edge, to) == offsetof(struct edge, to), "one edge");
_Static_assert(IOWALK_DURABLE_NONE == (int)DURABILITY_NONE &&
		       IOWALK_DURABLE_END == (int)DURABILITY_END &&
		       IOWALK_DURABLE_EACH == (int)DURABILITY_EACH,
	       "the same durabilities");

/* The table of one store of a plug-in. */
struct plugin_table {
	struct layout_ops ops; /* the first member, so that a hook can cast its argument */
	const struct iowalk_store *hooks;
	struct option_spec *options;
};

struct plugin_store {
	struct store base; /* the first member, too */
	const struct iowalk_store *hooks;
	struct iowalk_store_instance instance;
	struct iowalk_neighbors *found; /* [found_max], of a batch */
	size_t found_max;
};

static const struct plugin_table *table_of(const struct layout_ops *ops)
{
	return (const struct plugin_table *)ops;
}

static struct plugin_store *self_of(const struct store *store)
{
	return (struct plugin_store *)(uintptr_t)store;
}

/* What a hook returned, with the store's reason. */
static int result_of(struct plugin_store *self, int err)
{
	err = plugin_result(err);
	const char *text =
		err && self->hooks->reason ? self->hooks->reason(self->instance.handle) : NULL;

	return text && *text ? why_set(&self->base.why, err, "%s", text) : err;
}

/* ---- opening ---- */

static struct plugin_store *store_new(const struct layout_ops *ops)
{
	struct plugin_store *self = calloc(1, sizeof(*self));

	if (!self)
		return NULL;
	self->base.ops = ops;
	self->hooks = table_of(ops)->hooks;
	return self;
}

/* The end of create, open and attach: *out, or the reason. */
static int opened(struct plugin_store *self, int err, struct why *reason, struct store **out,
		  struct why *why)
{
	reason->text[sizeof(reason->text) - 1] = '\0';
	if (err) {
		const char *name = self->hooks->name;

		free(self);
		return *reason->text ? why_set(why, err, "%s", reason->text)
				     : why_set(why, err, "%s: %s", name, strerror(-err));
	}
	self->base.nodes_count = self->instance.nodes_count;
	self->base.edges_count = self->instance.edges_count;
	*out = &self->base;
	return 0;
}

static int create_of(const struct layout_ops *ops, const struct store_config *config,
		     struct store **out, struct why *why)
{
	struct plugin_store *self = store_new(ops);
	struct why reason = {0};

	if (!self)
		return -ENOMEM;
	int err = config->durability != DURABILITY_NONE && !self->hooks->sync
			  ? why_set(&reason, -EOPNOTSUPP, "the store is never durable")
			  : plugin_result(self->hooks->create(
				    config->path, (uint32_t)config->durability, config->options,
				    &self->instance, reason.text, sizeof(reason.text)));
	err = opened(self, err, &reason, out, why);
	if (!err)
		(*out)->nodes_count = (*out)->edges_count = 0;
	return err;
}

static int open_of(const struct layout_ops *ops, const struct store_config *config,
		   struct store **out, struct why *why)
{
	struct plugin_store *self = store_new(ops);
	struct why reason = {0};

	if (!self)
		return -ENOMEM;
	uint32_t flags = (config->writable ? IOWALK_STORE_WRITE : IOWALK_STORE_READ) |
			 (config->durability == DURABILITY_EACH ? IOWALK_STORE_EACH : 0) |
			 (config->checked ? IOWALK_STORE_CHECKED : 0);
	int err =
		plugin_result(self->hooks->open(config->path, flags, config->options,
						&self->instance, reason.text, sizeof(reason.text)));
	return opened(self, err, &reason, out, why);
}

static int plugin_attach(struct store *store, struct store **out)
{
	struct plugin_store *first = self_of(store), *self = store_new(store->ops);
	struct why reason = {0};

	if (!self)
		return -ENOMEM;
	int err = plugin_result(first->hooks->attach(first->instance.handle, &self->instance));
	return opened(self, err, &reason, out, NULL);
}

static int plugin_close(struct store *store)
{
	struct plugin_store *self = self_of(store);
	int err = plugin_result(self->hooks->close(self->instance.handle));

	free(self->found);
	free(self);
	return err;
}

/* ---- writing ---- */

static int plugin_insert_node(struct store *store)
{
	struct plugin_store *self = self_of(store);

	if (!self->hooks->insert_node)
		return -EOPNOTSUPP;
	int err = result_of(self, self->hooks->insert_node(self->instance.handle));
	store->nodes_count += err == 0;
	return err;
}

static int plugin_insert_edge(struct store *store, uint64_t from, uint64_t to)
{
	struct plugin_store *self = self_of(store);

	if (!self->hooks->insert_edge)
		return -EOPNOTSUPP;
	int err = result_of(self, self->hooks->insert_edge(self->instance.handle, from, to));
	store->edges_count += err == 0;
	return err;
}

static size_t next_edges(void *context, uint64_t *cursor, struct iowalk_edge *edges,
			 size_t edges_max)
{
	const struct edge_stream *stream = context;

	return stream->next(stream->context, cursor, (struct edge *)edges, edges_max);
}

static int plugin_bulk(struct store *store, const struct edge_stream *stream)
{
	struct plugin_store *self = self_of(store);
	const struct iowalk_edges edges = {
		.nodes_count = stream->nodes_count,
		.edges_count = stream->edges_count,
		.next = next_edges,
		.context = (void *)(uintptr_t)stream,
		.memory_bytes = stream->budget ? stream->budget->memory_bytes : 0,
		.memory_limit_bytes = stream->budget ? stream->budget->limit_bytes : 0,
		.folder = stream->budget ? stream->budget->folder : NULL,
	};

	int err;

	if (store->nodes_count)
		return -EBUSY;
	if (!self->hooks->bulk)
		err = insert_edges(self->instance.handle, &edges, self->hooks->insert_node,
				   self->hooks->insert_edge);
	else
		err = self->hooks->bulk(self->instance.handle, &edges);
	err = result_of(self, err);
	if (!err) {
		store->nodes_count = stream->nodes_count;
		store->edges_count = stream->edges_count;
	}
	return err;
}

/* Without the hook nothing is durable, which create() has refused where it was asked for. */
static int plugin_sync(struct store *store)
{
	struct plugin_store *self = self_of(store);

	return self->hooks->sync ? result_of(self, self->hooks->sync(self->instance.handle)) : 0;
}

/* ---- reading ---- */

static int plugin_neighbors(struct store *store, uint64_t node, struct neighbors *out)
{
	struct plugin_store *self = self_of(store);
	struct iowalk_neighbors found = {0};

	if (node >= store->nodes_count)
		return -ERANGE;
	int err = result_of(self, self->hooks->neighbors(self->instance.handle, node, &found));
	if (err)
		return err;
	*out = (struct neighbors){.ids = found.ids, .count = (size_t)found.count};
	store->stats.logical_read_bytes += found.count * sizeof(*found.ids);
	return 0;
}

/* One node: what neighbors() has found is valid until its next call. */
static ssize_t one_by_one(struct store *store, struct frontier *level, struct neighbors *out,
			  size_t out_max)
{
	if (!out_max || level->next == level->count)
		return 0;
	int err = plugin_neighbors(store, level->nodes[level->next], out);
	if (err)
		return err;
	level->next++;
	return 1;
}

static ssize_t plugin_neighbors_batch(struct store *store, struct frontier *level,
				      struct neighbors *out, size_t out_max)
{
	struct plugin_store *self = self_of(store);
	size_t left = level->count - level->next, wanted = left < out_max ? left : out_max;

	if (!self->hooks->neighbors_batch)
		return one_by_one(store, level, out, out_max);
	if (!wanted)
		return 0;
	if (wanted > self->found_max) {
		struct iowalk_neighbors *grown = reallocarray(self->found, wanted, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		self->found = grown;
		self->found_max = wanted;
	}
	int64_t done = self->hooks->neighbors_batch(
		self->instance.handle, level->nodes + level->next, wanted, self->found);
	if (done <= 0 || (uint64_t)done > wanted)
		return result_of(self, done < 0 && done >= -4095 ? (int)done : -EPROTO);
	for (int64_t i = 0; i < done; i++) {
		out[i] = (struct neighbors){.ids = self->found[i].ids,
					    .count = (size_t)self->found[i].count};
		store->stats.logical_read_bytes += out[i].count * sizeof(uint64_t);
	}
	level->next += (size_t)done;
	return (ssize_t)done;
}

static int plugin_check(struct store *store)
{
	struct plugin_store *self = self_of(store);
	struct why reason = {0};

	if (!self->hooks->check)
		return 0;
	int err = plugin_result(
		self->hooks->check(self->instance.handle, reason.text, sizeof(reason.text)));
	reason.text[sizeof(reason.text) - 1] = '\0';
	return err ? why_set(&store->why, err, "%s", *reason.text ? reason.text : strerror(-err))
		   : 0;
}

static int plugin_drop_cache(struct store *store)
{
	struct plugin_store *self = self_of(store);

	return self->hooks->drop_cache
		       ? result_of(self, self->hooks->drop_cache(self->instance.handle))
		       : -EOPNOTSUPP;
}

static void plugin_begin_walk(struct store *store)
{
	struct plugin_store *self = self_of(store);

	self->hooks->begin_walk(self->instance.handle);
}

static void plugin_counts(const struct store *store, struct engine_stats *out)
{
	struct plugin_store *self = self_of(store);

	memset(out, 0, sizeof(*out));
	self->hooks->stats(self->instance.handle, plugin_count, out);
}

static uint64_t plugin_file_bytes(uint64_t nodes_count, uint64_t edges_count)
{
	return saturating_madd(edges_count, EDGE_BYTES,
			       saturating_madd(nodes_count, NODE_BYTES, 4096));
}

/* ---- the table ---- */

static int check_hooks(const struct iowalk_store *hooks, struct why *why)
{
	const char *name = hooks->name;
	int err = plugin_check_head(KIND, hooks->struct_size, ABI_1_0_BYTES, name, why);

	if (err)
		return err;
	if (!hooks->create)
		return plugin_lacks(KIND, name, "create", why);
	if (!hooks->open)
		return plugin_lacks(KIND, name, "open", why);
	if (!hooks->close)
		return plugin_lacks(KIND, name, "close", why);
	if (!hooks->neighbors)
		return plugin_lacks(KIND, name, "neighbors", why);
	if (!hooks->insert_node != !hooks->insert_edge)
		return why_set(
			why, -EINVAL,
			"store '%s': insert_node and insert_edge come together, or none of them",
			name);
	if (!hooks->bulk && !hooks->insert_node)
		return why_set(why, -EINVAL,
			       "store '%s' has neither 'bulk' nor 'insert_node' and 'insert_edge'",
			       name);
	return 0;
}

int plugin_store_new(const struct iowalk_store *hooks, const struct layout_ops **out,
		     struct why *why)
{
	struct option_spec *options = NULL;
	uint32_t options_count = 0;
	int err = check_hooks(hooks, why);

	err = err ? err
		  : plugin_options(hooks->options, hooks->name, &options, &options_count, why);
	if (err)
		return err;
	struct plugin_table *table = calloc(1, sizeof(*table));
	if (!table) {
		free(options);
		return -ENOMEM;
	}
	table->hooks = hooks;
	table->options = options;
	table->ops = (struct layout_ops){
		.name = hooks->name,
		.summary = hooks->summary ? hooks->summary : "",
		.capabilities = LAYOUT_REFERENCE,
		.version = hooks->format,
		.options_count = options_count,
		.options = options,
		.library_version = hooks->library_version,
		.file_bytes = hooks->file_bytes ? hooks->file_bytes : plugin_file_bytes,
		.create_of = create_of,
		.open_of = open_of,
		.insert_node = plugin_insert_node,
		.insert_edge = plugin_insert_edge,
		.bulk = plugin_bulk,
		.neighbors = plugin_neighbors,
		.neighbors_batch = plugin_neighbors_batch,
		.check = plugin_check,
		.drop_cache = plugin_drop_cache,
		.sync = plugin_sync,
		.close = plugin_close,
		.attach = hooks->attach ? plugin_attach : NULL,
		.begin_walk = hooks->begin_walk ? plugin_begin_walk : NULL,
		.counts = hooks->stats ? plugin_counts : NULL,
	};
	*out = &table->ops;
	return 0;
}

void plugin_store_free(const struct layout_ops *ops)
{
	struct plugin_table *table = (struct plugin_table *)(uintptr_t)ops;

	if (!table)
		return;
	free(table->options);
	free(table);
}
