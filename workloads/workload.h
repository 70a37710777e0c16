/*
 * The workload contract: what is done with a graph, and how the answer is checked. One workload is
 * one file in workloads/: bfs.c defines `const struct workload_ops workload_bfs`.
 *
 * The harness owns repetition, timing, cache state and counting; a workload owns one iteration of
 * the work. Order of calls: begin, then for each iteration prepare (untimed), run (timed) and
 * answer (untimed), at last end.
 */
#ifndef IOWALK_WORKLOAD_H
#define IOWALK_WORKLOAD_H

#include "verify.h"

/* Receives the latency of each operation. */
struct latency_sink {
	void (*record)(struct latency_sink *sink, uint64_t lat_ns);
	struct latency_sink *next; /* of the next of env.threads_count threads; NULL for the last */
};

/* Receives the end of each level of a walk: its nodes, and the edges that were looked at. */
struct level_sink {
	void (*record)(struct level_sink *sink, uint64_t nodes_count, uint64_t edges_count);
};

struct user_command; /* support/command.h */

/* The input of a cell's workload; borrowed until end. */
struct workload_env {
	const struct engine_ops *engine;
	const uint64_t *engine_options;
	const struct layout_ops *layout;
	const uint64_t *layout_options;
	const uint64_t *options; /* of the workload */
	/* WORKLOAD_BUILDS: the file to create; else the complete graph file. */
	const char *path;
	/* NULL unless the workload or the engine needs the edges (see needs_stream). */
	const struct graph *graph;
	uint64_t nodes_count, edges_count, root, seed;
	unsigned threads_count;             /* of WORKLOAD_THREADS; 0 is 1 */
	enum store_durability durability;   /* of a file that is created */
	bool checked;                       /* see struct store_config */
	const struct user_command *command; /* of WORKLOAD_PROCESSES, else NULL */
};

/* The result of an iteration. The workload chooses the fields; expect and answer use the same. */
struct answer {
	struct walk_summary walk;
	uint64_t fold;             /* of lookups or of bytes read */
	uint64_t operations_count; /* of one iteration: nodes expanded, queries, reads, inserts */
};

/* The counts of engine and layout since begin. */
struct workload_counts {
	struct engine_stats engine;
	struct layout_stats layout;
	bool has_huge;                     /* huge pages were requested: the next two are set */
	uint64_t huge_bytes, mapped_bytes; /* now, not since begin */
	uint64_t user_ns, system_ns;       /* WORKLOAD_PROCESSES: processor time of the processes */
};

enum workload_capability {
	WORKLOAD_BUILDS = 1u << 0,       /* makes a new file in each iteration: it cannot be cold */
	WORKLOAD_WALKS = 1u << 1,        /* the answer is a walk_summary */
	WORKLOAD_NEEDS_STREAM = 1u << 2, /* needs env.graph */
	WORKLOAD_BARE = 1u << 3,         /* uses neither engine nor layout: a yardstick */
	WORKLOAD_BYTES = 1u << 4,        /* reads bytes of the file, not the graph */
	WORKLOAD_THREADS = 1u << 5,      /* can split an iteration over env.threads_count threads */
	WORKLOAD_CREATES = 1u << 6, /* inserts every node: a time per node counts all of them, not
				     * only those that a walk reaches */
	WORKLOAD_PROCESSES =
		1u << 7, /* an iteration is a program that is started and waited for: what is
				       * counted is its processes */
};

struct workload_ops {
	const char *name;
	const char *summary;
	const char *operation; /* what an iteration has many of: "query"; NULL: nodes */
	uint32_t capabilities;
	uint32_t options_count;
	const struct option_spec *options;

	/*
	 * Required. Computes the expected answer from the graph, without engine or layout; for
	 * workloads on bytes, from the file. Memory: see verify_expect().
	 */
	int (*expect)(const struct workload_env *env, struct answer *out, struct why *why);

	/* Required. Opens and allocates; a failed begin leaves nothing. */
	int (*begin)(const struct workload_env *env, void **state, struct why *why);

	/* May be NULL. Untimed, before each run. */
	int (*prepare)(void *state);

	/* Required. One iteration. After an error such as -EBADMSG, why() has the reason. */
	int (*run)(void *state);

	/* May be NULL: no latency pass. One iteration with a timestamp around each operation. */
	int (*run_latency)(void *state, struct latency_sink *sink);

	/* May be NULL: no. Does run_latency() read other parts of the file than run()? */
	bool (*latency_reads_else)(const void *state);

	/* May be NULL: it has no levels. One iteration as by run(), with a call after each level. -EOPNOTSUPP:
	 * not with this number of threads. */
	int (*run_levels)(void *state, struct level_sink *sink);

	/* Required. The answer of the last iteration. */
	int (*answer)(void *state, struct answer *out);

	/* May be NULL: there are no cold cells. Drops all caches, the page cache included. */
	int (*drop_cache)(void *state);

	/* Required. The counts of engine and layout since begin. */
	void (*counts)(const void *state, struct workload_counts *out);

	/* May be NULL: none. Kernel ids of the *count threads of run() beside its caller. */
	const pid_t *(*thread_ids)(const void *state, size_t *count);

	/* Required. The reason why the last call failed, or an empty text. */
	const char *(*why)(const void *state);

	/* Required. */
	int (*end)(void *state);
};

extern const struct workload_ops *const workload_table[];
extern const size_t workload_table_count;

/* 0 if the answer is the expected one, else -EBADMSG with the difference in `why`. */
int answer_compare(const struct workload_ops *workload, const struct answer *expected,
		   const struct answer *found, struct why *why);

#endif
