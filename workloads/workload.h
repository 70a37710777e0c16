/*
 * The workload contract: what is done to a graph, and how its answer is checked. One file in
 * workloads/: bfs.c defines `const struct workload_ops workload_bfs`.
 *
 * The harness owns repetition, timing, cache state and counting; a workload owns one iteration of
 * the work. Order of calls: begin, then for each iteration prepare (untimed), run (timed) and
 * answer (untimed), at last end.
 */
#ifndef IOWALK_WORKLOAD_H
#define IOWALK_WORKLOAD_H

#include "verify.h"

/* Where the latency of each single operation goes. */
struct latency_sink {
	void (*record)(struct latency_sink *sink, uint64_t lat_ns);
	struct latency_sink
		*next; /* the next thread's, of env.threads_count; NULL behind the last */
};

/* What the harness hands to one cell's workload; borrowed until end. */
struct workload_env {
	const struct engine_ops *engine;
	const uint64_t *engine_options;
	const struct layout_ops *layout;
	const uint64_t *layout_options;
	const uint64_t *options; /* the workload's own */
	/* WORKLOAD_BUILDS: where to make a file; else the graph's file, complete. */
	const char *path;
	/* Only where the workload or the engine needs the edges (see needs_stream), else NULL. */
	const struct graph *graph;
	uint64_t nodes_count, edges_count, root, seed;
	unsigned threads_count;           /* of WORKLOAD_THREADS; 0 is 1 */
	enum store_durability durability; /* of a file that is made */
};

/* What was found; which fields are used is the workload's choice, the same in expect and answer. */
struct answer {
	struct walk_summary walk;
	uint64_t fold;             /* of lookups or of bytes read */
	uint64_t operations_count; /* of one iteration: nodes expanded, queries, reads, inserts */
};

/* An iteration's counts from below, since begin. */
struct workload_counts {
	struct engine_stats engine;
	struct layout_stats layout;
	bool has_huge;                     /* the engine was asked for huge pages: these two are */
	uint64_t huge_bytes, mapped_bytes; /* at this moment, not since begin */
};

enum workload_capability {
	WORKLOAD_BUILDS = 1u << 0,       /* makes a new file each iteration: there is no cold */
	WORKLOAD_WALKS = 1u << 1,        /* the answer is a walk_summary */
	WORKLOAD_NEEDS_STREAM = 1u << 2, /* env.graph is wanted */
	WORKLOAD_BARE = 1u << 3,    /* does without engine and layout: a yardstick for others */
	WORKLOAD_BYTES = 1u << 4,   /* reads the file's bytes, not the graph */
	WORKLOAD_THREADS = 1u << 5, /* can share an iteration between env.threads_count threads */
	WORKLOAD_CREATES = 1u << 6, /* inserts every node: a time per node counts all of them, not
				     * only those that a walk reaches */
};

struct workload_ops {
	const char *name;
	const char *summary;
	uint32_t capabilities;
	uint32_t options_count;
	const struct option_spec *options;

	/*
	 * Required. The right answer, worked out from the graph without engine or layout; for
	 * workloads on bytes, from the file itself. Memory as verify_expect() says.
	 */
	int (*expect)(const struct workload_env *env, struct answer *out, struct why *why);

	/* Required. Opens and allocates; a failed begin leaves nothing. */
	int (*begin)(const struct workload_env *env, void **state, struct why *why);

	/* May be NULL. Untimed, before each run. */
	int (*prepare)(void *state);

	/* Required. One iteration. On -EBADMSG and the like the reason is in why(). */
	int (*run)(void *state);

	/* May be NULL: no latencies. One iteration with a timestamp around each operation. */
	int (*run_latency)(void *state, struct latency_sink *sink);

	/* Required. What the last iteration found. */
	int (*answer)(void *state, struct answer *out);

	/* May be NULL: no cold. Everything forgotten, the page cache's part included. */
	int (*drop_cache)(void *state);

	/* Required. The self-counts of engine and layout since begin. */
	void (*counts)(const void *state, struct workload_counts *out);

	/* May be NULL: none. The kernel's ids of the *count threads that run() has beside its caller. */
	const pid_t *(*thread_ids)(const void *state, size_t *count);

	/* Required. Why the last call failed, where it said; else an empty text. */
	const char *(*why)(const void *state);

	/* Required. */
	int (*end)(void *state);
};

extern const struct workload_ops *const workload_table[];
extern const size_t workload_table_count;

/* 0 where the answer is the expected one, else -EBADMSG with the difference in words. */
int answer_compare(const struct workload_ops *workload, const struct answer *expected,
		   const struct answer *found, struct why *why);

#endif
