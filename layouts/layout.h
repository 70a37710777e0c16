/*
 * The layout contract: how a graph lies in a file, on top of any engine.
 *
 * One layout is one file in layouts/, named as on the command line: layouts/csr.c defines
 * `const struct layout_ops layout_csr`. The same table is what a reference (a whole store with I/O
 * of its own, references/reference.h) implements: it gets a path and no engine.
 *
 * Node ids are dense, 0 to nodes_count - 1, u64 everywhere. Edges are directed; duplicates and
 * self-loops are kept. A node's neighbours come back complete and in the order of insertion,
 * whatever was inserted in between.
 *
 * Errors are negative errno. -EBADMSG: what the file says cannot be true; store->why (or the `why`
 * that was handed in) then names what and where. Nothing that a file says is used before it was
 * checked against the sizes known by then. A store is used by one thread at a time.
 */
#ifndef IOWALK_LAYOUT_H
#define IOWALK_LAYOUT_H

#include <sys/types.h>

#include "../engines/engine.h"

struct edge {
	uint64_t from, to;
};

/*
 * Edges in the order of their insertion. next() fills up to `max` of them from *cursor on and moves
 * it; 0 at the end. A cursor of 0 is the beginning, and the stream can be played any number of
 * times.
 */
struct edge_stream {
	size_t (*next)(void *context, uint64_t *cursor, struct edge *edges, size_t max);
	void *context;
	uint64_t nodes_count, edges_count;
};

/* A node's out-neighbours, borrowed: valid until the next call on the store. */
struct neighbors {
	const uint64_t *ids; /* [count]; any u64 where the file is damaged: check before indexing */
	size_t count;
};

/* One level of a walk, as the walk hands it to neighbors_batch(). */
struct frontier {
	const uint64_t *nodes; /* [count] ids, the whole level */
	size_t count;
	size_t next; /* the first that was not expanded yet */
	/* Kept by the layout, both start as 0: so many nodes' own records, and so many nodes'
	 * edges, were announced to the engine. */
	size_t announced_nodes, announced_edges;
};

struct layout_stats {
	uint64_t logical_read_bytes; /* bytes of the file the layout asked its engine for, or looked
					at */
};

struct layout_ops;

struct store {
	const struct layout_ops *ops;
	struct engine *engine; /* borrowed; NULL under a reference */
	uint64_t nodes_count, edges_count;
	struct layout_stats stats;
	struct why why;  /* set with -EBADMSG */
	struct why note; /* what open() put right or could not check, for a person; mostly empty */
};

/* What of a store is on the device by when; the same for every store. */
enum store_durability {
	DURABILITY_NONE, /* when the kernel likes */
	DURABILITY_END,  /* when sync() returns, which is called once, at the end */
	DURABILITY_EACH, /* each insert, when sync() behind it returns */
};

struct store_config {
	struct engine *engine; /* open, empty for create; NULL for a reference */
	/* The engine's file, for messages and for what a layout keeps beside it (see sidecar), which it
	 * does without where this is NULL; where a reference keeps its data. */
	const char *path;
	const uint64_t *options; /* one value an entry of the option table */
	bool writable;           /* open(): inserts will follow */
	/* create(): what the caller asks for by sync(); a store that makes each insert durable by
	 * itself sets itself up for it. */
	enum store_durability durability;
};

enum layout_capability {
	LAYOUT_NO_DATA =
		1u << 0, /* holds no data: pairs with engines that have ENGINE_NO_DATA, only */
	LAYOUT_REFERENCE = 1u << 1, /* a whole store with I/O of its own: pairs with no engine */
};

struct layout_ops {
	const char *name;
	const char *summary;
	uint32_t capabilities;
	uint32_t version; /* of the format; part of a cached file's address */
	/* Added to the file's path: a second file that can be made anew from the first. NULL: none. */
	const char *sidecar;
	uint64_t
		degree_max; /* out-edges a node can have; 0: any number. More: -E2BIG, nothing written */
	uint32_t options_count;
	const struct option_spec *options;

	/* Required. Bytes of a bulk-loaded file of that size; UINT64_MAX where it cannot be said.
	 */
	uint64_t (*file_bytes)(uint64_t nodes_count, uint64_t edges_count);

	/* Required. A new graph without nodes. The engine stays the caller's. */
	int (*create)(const struct store_config *config, struct store **out, struct why *why);

	/* Required. Opens what create wrote; checks header, checksum and every size in it. */
	int (*open)(const struct store_config *config, struct store **out, struct why *why);

	/* Required. Adds a node; its id is the count of nodes before. */
	int (*insert_node)(struct store *store);

	/* Required. Both nodes must exist: else -ERANGE. -E2BIG with store->why: see degree_max. */
	int (*insert_edge)(struct store *store, uint64_t from, uint64_t to);

	/* Required. The same graph as inserts would make, into a store that has no nodes: else
	 * -EBUSY. */
	int (*bulk)(struct store *store, const struct edge_stream *stream);

	/* Required. -ERANGE where there is no such node. Sees all earlier inserts. */
	int (*neighbors)(struct store *store, uint64_t node, struct neighbors *out);

	/*
	 * Required. Expands the next nodes of the level, at most `out_max`, at least one where any
	 * is left: fills out[0..n), moves level->next by n and returns n. The layout may read for
	 * all n at once, and announces engine->prefetch_ahead_count nodes beyond them to the
	 * engine. All n results are valid together, until the next call on the store.
	 */
	ssize_t (*neighbors_batch)(struct store *store, struct frontier *level,
				   struct neighbors *out, size_t out_max);

	/* Required. Reads the whole structure: 0, or -EBADMSG with the place in store->why. */
	int (*check)(struct store *store);

	/* May be NULL. Forgets what the layout keeps of the file in its own memory, and the kernel's
	 * pages of the sidecar: what the engine's drop_cache does for the file itself. A reference
	 * has one, and drops its file's pages too. */
	int (*drop_cache)(struct store *store);

	/* Required. Everything inserted is durable on return. */
	int (*sync)(struct store *store);

	/* Required. Writes what is pending (not durable), frees the store also where that fails. */
	int (*close)(struct store *store);

	/* May be NULL: nothing is ever superseded. Puts the graph without what is superseded into
	 * `into`, a new store of this layout without nodes on another file (else -EBUSY). -EBADMSG
	 * where what is copied does not match its checksum. How a file is replaced by its compacted
	 * one: workloads/support/session.h. */
	int (*compact)(struct store *store, struct store *into);
};

extern const struct layout_ops *const layout_table[];
extern const size_t layout_table_count;

/* Whether the two can be put together: both hold data, or neither does. */
static inline bool layout_pairs_with(const struct layout_ops *layout,
				     const struct engine_ops *engine)
{
	return !(layout->capabilities & LAYOUT_REFERENCE) &&
	       !(layout->capabilities & LAYOUT_NO_DATA) == !(engine->capabilities & ENGINE_NO_DATA);
}

/* Renames a graph's file with what its layout keeps beside it; the file itself last. -errno. */
int layout_rename(const struct layout_ops *layout, const char *from, const char *to);

/* layout_rename(), durable on return: who is killed leaves the old file or the new one, and beside
 * it a sidecar that is its own or is seen to be stale. */
int layout_replace(const struct layout_ops *layout, const char *from, const char *to);

/* Removes both, and whatever any other layout may have left beside a file of that name. -errno of
 * the file itself. */
int layout_unlink(const char *path);

/* Opens a file of any layout of the table: reads its header to find which. -EBADMSG: not a graph.
 */
int layout_identify(struct engine *engine, const struct layout_ops **out, struct why *why);

#endif
