/*
 * Starting workers and reading their replies: the other side of the protocol in protocol.h. A run
 * measures each cell in workers of its own build, a gate in workers of two builds.
 *
 * Both builds of a gate run with the same path, arguments, environment and addresses: each is copied into
 * memory and executed by the same file descriptor number; address randomisation is disabled if
 * personality(2) is allowed. Each call of worker_binary_load() makes a new copy, so that no side
 * keeps one favourable placement of its code in the processor's cache.
 */
#ifndef IOWALK_MEASURE_WORKER_PROCESS_H
#define IOWALK_MEASURE_WORKER_PROCESS_H

#include <jansson.h>
#include <stdbool.h>

#include "../../../engines/option.h"

struct worker_settings {
	int cpu;          /* to pin the worker to, or -1 */
	double timeout_s; /* of a step, or of the whole request if it is not paced */
	/* A run varies what should not matter, so that no cell is measured with one favourable
	 * placement only: addresses stay randomised, and the environment is this much longer. A
	 * gate keeps both equal. */
	bool vary;
	unsigned padding_bytes;
	const char *group_folder; /* cgroup that it enters before it is executed; NULL: none */
};

/* A build to be executed; fd is -1 if none is loaded. */
struct worker_binary {
	const char *path;  /* borrowed */
	const char *label; /* "baseline" or "candidate", for messages; borrowed */
	int fd;
	char library_path[4096]; /* see library_path.h */
};

/* Loads a new copy and releases the previous one. Errors of open(2) and read(2), with the
 * reason. */
int worker_binary_load(struct worker_binary *binary, struct why *why);
void worker_binary_release(struct worker_binary *binary);

struct worker; /* a worker that was started */

/*
 * Starts a worker on `request` (protocol.h). A paced worker takes a step with each worker_step().
 * After a failure the caller passes a non-NULL *out to worker_abandon(). Errors of pipe(2) and
 * fork(2), with the reason.
 */
int worker_start(const struct worker_binary *binary, const struct worker_settings *settings,
		 const json_t *request, bool paced, struct worker **out, struct why *why);

enum worker_step_result {
	WORKER_STEP_DONE, /* the step is done */
	WORKER_CELL_DONE, /* the cell is done; its reply may be an error */
	WORKER_ENDED,     /* the worker has ended or failed: worker_finish() returns the reason */
};

/* Lets the worker take a step and waits for its reply. */
enum worker_step_result worker_step(struct worker *worker);

/* The reply to the last step that was done. New reference; NULL if it is not JSON. */
json_t *worker_step_reply(const struct worker *worker);

/* What it has written to its standard error so far, cut to text_size - 1 bytes. */
void worker_words(const struct worker *worker, char *text, size_t text_size);

/*
 * Reads the output of the worker until it ends, and releases it. *replies is an array with a reply
 * or null for each of `cells_count` cells, also after a failure; new reference. `hello`, which may
 * be NULL, gets the first line. 0; or -EPROTO (another protocol version), -EBADMSG (invalid or
 * incomplete output), -ETIMEDOUT, -ECHILD (it crashed), -EINTR (this process was signalled,
 * base/signals.h), with label, path and reason in `why`.
 */
int worker_finish(struct worker *worker, size_t cells_count, json_t **replies, json_t **hello,
		  struct why *why);

/* Kills the worker, waits for its end and releases it. */
void worker_abandon(struct worker *worker);

/* Waits for workers that have sent all replies but still close their counters, which slows down
 * system calls. */
void worker_wait_all(void);

/* All CPUs that this process may use, as an array of numbers. New reference. */
json_t *worker_cpus(void);

/* The CPU to pin workers to: the last one that this process may use; -1 if it may use only one. */
int worker_choose_cpu(void);

/* Can address randomisation be disabled by personality(2)? If not, the reason is in `why`. */
bool worker_fixed_addresses(struct why *why);

#endif
