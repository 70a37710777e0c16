/*
 * The layout contract: how a graph lies in a file, on top of any engine.
 *
 * Long: the contract is one file, so that the author of a layout reads one file.
 *
 * One layout is one file in layouts/, named as on the command line: layouts/csr.c defines
 * `const struct layout_ops layout_csr`. Of references (whole stores with their own I/O,
 * references/reference.h) such a table is made, too; they get a path and no engine.
 *
 * Node ids are dense, 0 to nodes_count - 1, u64 everywhere. Edges are directed; duplicates and
 * self-loops are kept. A node's neighbours are returned completely and in the order of insertion,
 * whatever was inserted in between.
 *
 * Errors are negative errno. -EBADMSG: the file contradicts itself; store->why (or the `why`
 * argument) then says what and where. No value of a file is used before it is checked against the
 * known sizes. A store is used by one thread at a time.
 */
#ifndef IOWALK_LAYOUT_H
#define IOWALK_LAYOUT_H

#include <sys/types.h>

#include "../engines/engine.h"
#include "edges.h"

/* A node's out-neighbours, borrowed: valid until the next call on the store. */
struct neighbors {
	/* [count] u64, or u32 if store->narrow_ids; read them by neighbor_id(). Any value if the file is damaged:
	 * check before indexing. */
	const void *ids;
	size_t count;
};

/* One level of a walk, for neighbors_batch(). */
struct frontier {
	const uint64_t *nodes; /* [count] ids, the whole level */
	size_t count;
	size_t next; /* index of the first node that is not expanded yet */
	/* Kept by the layout, 0 at first: the number of nodes whose records, and whose edges, were
	 * announced to the engine, or are being read. */
	size_t announced_nodes, announced_edges;
};

struct layout_stats {
	uint64_t logical_read_bytes; /* bytes of the file that the layout read, or accessed in a
					mapping */
};

struct layout_ops;

struct store {
	const struct layout_ops *ops;
	struct engine *engine; /* borrowed; NULL under a reference */
	uint64_t nodes_count, edges_count;
	bool narrow_ids; /* ids in struct neighbors are u32, else u64; changes at most with an insert */
	/* Each edge is in the file in both directions, equally often: a node's out-neighbours are its in-neighbours.
	 * false: it is not so, or the layout does not know. */
	bool both_ways;
	bool in_edges; /* in_neighbors_batch() serves; changes at most with an insert */
	struct layout_stats stats;
	struct why why;  /* set with -EBADMSG */
	struct why note; /* what open() repaired or could not check; usually empty */
	/* The engine of the store's second file, or NULL; the store's own. Its counts and its health
	 * belong to those of `engine`. */
	struct engine *beside;
};

/* The id of a node's kth neighbour. Loops where time matters read ids themselves, each width in a loop of its own. */
static inline uint64_t neighbor_id(const struct store *store, const struct neighbors *found,
				   size_t k)
{
	return store->narrow_ids ? ((const uint32_t *)found->ids)[k]
				 : ((const uint64_t *)found->ids)[k];
}

/* When inserts are durable; the same meaning for every store. */
enum store_durability {
	DURABILITY_NONE, /* never guaranteed */
	DURABILITY_END,  /* once, when the sync() at the end returns */
	DURABILITY_EACH, /* each insert, when the sync() after it returns */
};

struct store_config {
	struct engine *engine; /* open, empty for create; NULL for a reference */
	/* The engine's file, for messages and for the sidecar; NULL: no sidecar. For a reference: the path
	 * of its data. */
	const char *path;
	const uint64_t *options;        /* one value per entry of the option table */
	const uint64_t *engine_options; /* of `engine`, for the sidecar; NULL: its defaults */
	bool writable;                  /* open(): inserts will follow */
	bool checked; /* open(): the same file was opened before, so a reference need not prove that it is whole */
	/* create(): the durability that the caller achieves with sync(). A store that makes each insert
	 * durable itself prepares for it. */
	enum store_durability durability;
};

enum layout_capability {
	LAYOUT_NO_DATA =
		1u << 0, /* holds no data: used only with engines that have ENGINE_NO_DATA */
	LAYOUT_REFERENCE = 1u << 1, /* a whole store with its own I/O: used without an engine */
	/* What was synced is found after a power failure, also while it is being changed. Without it, open() may refuse such
	 * a file. */
	LAYOUT_KEEPS_SYNCED = 1u << 2,
};

struct layout_ops {
	const char *name;
	const char *summary;
	uint32_t capabilities;
	uint32_t version; /* of the format; part of the name of a cached file */
	/* The version of the library whose store it is, constant text. NULL: there is none. */
	const char *(*library_version)(void);
	/* Suffix of the path of a second file that can be rebuilt from the first. NULL: none. */
	const char *sidecar;
	uint64_t
		degree_max; /* most out-edges of a node; 0: any number. More: -E2BIG, nothing is written */
	uint32_t options_count;
	const struct option_spec *options;

	/* Required. Bytes of a bulk-loaded file of that size; UINT64_MAX if unknown. */
	uint64_t (*file_bytes)(uint64_t nodes_count, uint64_t edges_count);

	/* May be NULL: none. Bytes that the file may have beyond file_bytes() with these options. */
	uint64_t (*option_bytes)(const uint64_t *options, uint64_t nodes_count,
				 uint64_t edges_count);

	/* Required. Creates a graph without nodes. The engine stays the caller's. */
	int (*create)(const struct store_config *config, struct store **out, struct why *why);

	/* Required. Opens a file that create() wrote; checks header, checksum and all sizes in
	 * it. */
	int (*open)(const struct store_config *config, struct store **out, struct why *why);

	/* Required. Adds a node; its id is the number of nodes before. */
	int (*insert_node)(struct store *store);

	/* Required. Both nodes must exist: else -ERANGE. -E2BIG with store->why: see degree_max. */
	int (*insert_edge)(struct store *store, uint64_t from, uint64_t to);

	/* Required. Writes the graph that single inserts would make, within stream->budget. -EBUSY if the
	 * store has nodes; -ENOMEM, with the bytes it needs in store->why, if it needs more. */
	int (*bulk)(struct store *store, const struct edge_stream *stream);

	/* Required. -ERANGE if there is no such node. Sees all earlier inserts. */
	int (*neighbors)(struct store *store, uint64_t node, struct neighbors *out);

	/*
	 * Required. Expands the next nodes of the level: at most `out_max`, at least one if any is
	 * left. Fills out[0..n), advances level->next by n and returns n. The layout may read for
	 * all n at once, and for later nodes of the level (level->nodes must stay as it is); in a
	 * mapped file it announces engine->prefetch_ahead_count nodes beyond them to the engine. All n
	 * results are valid until the next call on the store.
	 */
	ssize_t (*neighbors_batch)(struct store *store, struct frontier *level,
				   struct neighbors *out, size_t out_max);

	/*
	 * May be NULL. The same of in-neighbours, for a store with in_edges, opened for reading. A node's first number
	 * is that of its out-edges; its in-neighbours follow, so no list is empty.
	 */
	ssize_t (*in_neighbors_batch)(struct store *store, struct frontier *level,
				      struct neighbors *out, size_t out_max);

	/* Required. Reads the whole structure: 0, or -EBADMSG with the place in store->why. */
	int (*check)(struct store *store);

	/* May be NULL. Drops what the layout caches of the file in its own memory, and the pages of
	 * the sidecar; the engine's drop_cache does that for the file itself. A reference has
	 * this hook, which also drops the pages of its file. */
	int (*drop_cache)(struct store *store);

	/* Required. Everything inserted is durable on return. */
	int (*sync)(struct store *store);

	/* Required. Writes pending changes (not durably) and frees the store, also on failure. */
	int (*close)(struct store *store);

	/* May be NULL: the layout never has superseded data. Copies the graph without superseded data into
	 * `into`, a store of this layout on another file; -EBUSY if that has nodes. -EBADMSG if
	 * copied data does not match its checksum. workloads/support/session.h replaces the file
	 * by the compacted one. */
	int (*compact)(struct store *store, struct store *into);

	/* ---- of references only; each may be NULL ---- */

	/*
	 * create() and open() of a table that was made at run time, as for a plug-in: they get the table. It has these two
	 * instead of the others. Call layout_ops_create() and layout_ops_open().
	 */
	int (*create_of)(const struct layout_ops *ops, const struct store_config *config,
			 struct store **out, struct why *why);
	int (*open_of)(const struct layout_ops *ops, const struct store_config *config,
		       struct store **out, struct why *why);

	/* A second handle, for another thread, on a store that is open for reading; both may be used at the same
	 * time. It is closed before the first. */
	int (*attach)(struct store *store, struct store **out);

	/* A walk over the whole graph begins. */
	void (*begin_walk)(struct store *store);

	/* The system calls and other counts since it was opened. NULL: they are not known. */
	void (*counts)(const struct store *store, struct engine_stats *out);
};

/* create() and open(), or what replaces them. */
static inline int layout_ops_create(const struct layout_ops *ops, const struct store_config *config,
				    struct store **out, struct why *why)
{
	return ops->create_of ? ops->create_of(ops, config, out, why)
			      : ops->create(config, out, why);
}

static inline int layout_ops_open(const struct layout_ops *ops, const struct store_config *config,
				  struct store **out, struct why *why)
{
	return ops->open_of ? ops->open_of(ops, config, out, why) : ops->open(config, out, why);
}

/* Bytes of a bulk-loaded file with these options, at most; UINT64_MAX if unknown. */
static inline uint64_t layout_file_bytes(const struct layout_ops *ops, const uint64_t *options,
					 uint64_t nodes_count, uint64_t edges_count)
{
	uint64_t bytes = ops->file_bytes(nodes_count, edges_count);
	uint64_t more =
		ops->option_bytes ? ops->option_bytes(options, nodes_count, edges_count) : 0;

	return more < UINT64_MAX - bytes ? bytes + more : UINT64_MAX;
}

extern const struct layout_ops *const layout_table[];
extern const size_t layout_table_count;

/* Can the two be combined? Both must hold data, or neither. */
static inline bool layout_pairs_with(const struct layout_ops *layout,
				     const struct engine_ops *engine)
{
	return !(layout->capabilities & LAYOUT_REFERENCE) &&
	       !(layout->capabilities & LAYOUT_NO_DATA) == !(engine->capabilities & ENGINE_NO_DATA);
}

/* Renames a graph's file and its sidecar; the file itself last. 0 or negative errno. */
int layout_rename(const struct layout_ops *layout, const char *from, const char *to);

/* layout_rename(), durable on return. A process that is killed leaves the old file or the new one, and a
 * sidecar that belongs to it or is recognised as stale. */
int layout_replace(const struct layout_ops *layout, const char *from, const char *to);

/* Removes the file and the sidecars of all layouts. 0 or negative errno for the file itself. */
int layout_unlink(const char *path);

/* Finds the layout of a file by its header. -EBADMSG: no graph file. */
int layout_identify(struct engine *engine, const struct layout_ops **out, struct why *why);

#endif
