/*
 * iowalk plug-ins, ABI 1.0: stores. A store keeps a whole directed graph, with its own I/O, in one file. The plug-in
 * itself, options, counts and the rules for hooks are in engine.h.
 *
 *     c++ -shared -fPIC -I include my_store.cc -o my_store.so
 *     iowalk list layouts --plugin ./my_store.so
 *
 * iowalk makes the file by create() and bulk() (or single inserts) and close(), may rename it, and opens it again in
 * other processes. While it is open, a store may keep other files in the same folder; close() removes them.
 *
 * Node ids are dense, 0 to nodes_count - 1. Edges are directed; duplicates and self-loops are kept. A node's neighbours
 * are returned completely and in the order of insertion.
 */
#ifndef IOWALK_PLUGIN_STORE_H
#define IOWALK_PLUGIN_STORE_H

#include "engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* When inserts are durable. */
#define IOWALK_DURABLE_NONE 0u /* never guaranteed */
#define IOWALK_DURABLE_END  1u /* once, when the sync() at the end returns */
#define IOWALK_DURABLE_EACH 2u /* each insert, when the sync() after it returns */

#define IOWALK_STORE_READ  0u
#define IOWALK_STORE_WRITE 1u /* inserts will follow; -EOPNOTSUPP: the store cannot */
/* The same file was opened before: open() need not read all of it to prove it whole. */
#define IOWALK_STORE_CHECKED 2u
#define IOWALK_STORE_EACH    4u /* with WRITE: IOWALK_DURABLE_EACH, else NONE or END */

struct iowalk_edge {
	uint64_t from, to;
};

/* All edges of a graph, in the order of insertion. */
struct iowalk_edges {
	uint64_t nodes_count, edges_count;
	/* Writes up to edges_max edges from *cursor on, advances the cursor and returns how many; 0 at the end. A cursor of 0 is
	 * the beginning; the edges can be read any number of times. */
	size_t (*next)(void *context, uint64_t *cursor, struct iowalk_edge *edges,
		       size_t edges_max);
	void *context;
	/* What a bulk load may use: memory for sorting, beyond which it sorts in parts, through files in `folder`; and memory for
	 * what cannot be sorted in parts, beyond which it fails with -ENOMEM. 0 and NULL: as much as it takes. */
	uint64_t memory_bytes, memory_limit_bytes;
	const char *folder;
	uint64_t reserved[3];
};

/* A node's out-neighbours, the store's own: valid until the next call on the handle. */
struct iowalk_neighbors {
	const uint64_t *ids; /* [count] */
	uint64_t count;
};

/* What create(), open() and attach() fill. It is zeroed before, belongs to iowalk and lives until close(). */
struct iowalk_store_instance {
	void *handle;                      /* the store's own; the other hooks get it */
	uint64_t nodes_count, edges_count; /* in the file, by open() and attach() */
	uint64_t reserved[5];
};

struct iowalk_store {
	uint32_t struct_size; /* sizeof(struct iowalk_store) */
	uint32_t format;  /* of the file: another number is another file, which iowalk makes anew */
	const char *name; /* as on the command line, as an engine's */
	const char *summary;                        /* half a line for `iowalk list layouts` */
	const struct iowalk_option *const *options; /* ended by NULL; NULL: none */

	/*
	 * Required. Makes a new, empty graph at `path`; what is there is replaced. `options` has a value for each entry of the
	 * table. After a failure there is nothing to close, and why[why_size] may have the reason.
	 */
	int (*create)(const char *path, uint32_t durability, const uint64_t *options,
		      struct iowalk_store_instance *out, char *why, size_t why_size);

	/*
	 * Required. Opens what create() made, with flags of IOWALK_STORE_…. -EBADMSG: the file is damaged. After a failure there is
	 * nothing to close, and why[why_size] may have the reason.
	 */
	int (*open)(const char *path, uint32_t flags, const uint64_t *options,
		    struct iowalk_store_instance *out, char *why, size_t why_size);

	/* Required. Writes what is pending (not durably) and frees the handle, also on failure. */
	int (*close)(void *handle);

	/* Required. -ERANGE if there is no such node. */
	int (*neighbors)(void *handle, uint64_t node, struct iowalk_neighbors *out);

	/*
	 * The neighbours of the first of nodes[count]: as many as the store likes, at least one. Fills out[0..n) and returns
	 * n, or a negative errno. All n are valid until the next call. May be NULL: neighbors() is called for each.
	 */
	int64_t (*neighbors_batch)(void *handle, const uint64_t *nodes, uint64_t count,
				   struct iowalk_neighbors *out);

	/*
	 * Writing needs bulk() or the two inserts; both is best. bulk() fills an empty graph. insert_node() gives the id that
	 * is the number of nodes before; insert_edge() needs both nodes, else -ERANGE. Without them, cells that insert are
	 * skipped; without bulk() the edges are inserted one by one.
	 */
	int (*bulk)(void *handle, const struct iowalk_edges *edges);
	int (*insert_node)(void *handle);
	int (*insert_edge)(void *handle, uint64_t from, uint64_t to);

	/* On return all inserts are on the device. NULL: the store is never durable, and cells that ask for it are skipped. */
	int (*sync)(void *handle);

	/* Reads the whole structure: 0, or -EBADMSG with the place. May be NULL: open() has found all there is to find. */
	int (*check)(void *handle, char *why, size_t why_size);

	/* Drops the store's own caches and the pages of its file from memory. NULL: there are no cold cells. */
	int (*drop_cache)(void *handle);

	/*
	 * A second handle on what this one has open for reading, for another thread: it shares the store's caches and pools.
	 * Both may be used at the same time. It is closed by close(), before the first one. NULL: one thread only.
	 */
	int (*attach)(void *handle, struct iowalk_store_instance *out);

	/* A walk begins. May be NULL. */
	void (*begin_walk)(void *handle);

	/* The counts since it was opened. May be NULL: only the kernel's counts are known. */
	void (*stats)(void *handle, iowalk_count *count, void *context);

	/* Why the last hook of this handle failed; the store's own text, or NULL. May be NULL: only the errno is shown. */
	const char *(*reason)(void *handle);

	/* Bytes that a file of that size needs, about. May be NULL: 64 a node and 64 an edge. */
	uint64_t (*file_bytes)(uint64_t nodes_count, uint64_t edges_count);

	/* The version of the library under the store, a constant text that is recorded. May be NULL. */
	const char *(*library_version)(void);
};

#ifdef __cplusplus
}
#endif

#endif
