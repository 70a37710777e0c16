/*
 * One worker started, asked and listened to: the gate's side of worker.h.
 *
 * Both builds are given the same path, arguments, environment and addresses: each is copied into
 * memory anew with each call of worker_binary_load() (so that no side keeps one lucky placement of
 * its code in the processor's cache) and executed by the same file descriptor number; address
 * randomisation is switched off where personality(2) is allowed.
 */
#ifndef IOWALK_GATE_WORKER_PROCESS_H
#define IOWALK_GATE_WORKER_PROCESS_H

#include <jansson.h>
#include <stdbool.h>

#include "../../engines/option.h"

struct worker_settings {
	int cpu;          /* that it is pinned to, or -1 */
	double timeout_s; /* of a step, and of all that is done without one */
};

/* A build as it is executed; fd is -1 where none is loaded. */
struct worker_binary {
	const char *path;  /* borrowed */
	const char *label; /* "baseline", "candidate": what messages begin with; borrowed */
	int fd;
};

/* Makes a fresh copy, in place of the one there was. Errors as open(2) and read(2), with `why`. */
int worker_binary_load(struct worker_binary *binary, struct why *why);
void worker_binary_release(struct worker_binary *binary);

struct worker; /* one that is started */

/*
 * Starts one on `request` (worker.h). A paced one takes a step with each worker_step(). *out is set
 * also where that fails, to be abandoned. Errors as pipe(2) and fork(2), with `why`.
 */
int worker_start(const struct worker_binary *binary, const struct worker_settings *settings,
		 const json_t *request, bool paced, struct worker **out, struct why *why);

enum worker_reply {
	WORKER_STEPPED,  /* the step is done */
	WORKER_ANSWERED, /* so is the cell: it said its answer, which may be an error */
	WORKER_ENDS,     /* neither: worker_finish() says why */
};

/* Lets it take a step, and waits for what it says. */
enum worker_reply worker_step(struct worker *worker);

/*
 * Listens to it until its end, and releases it. *answers is an array with an answer (or null) for each
 * of `cells_count` cells, also where the worker failed: what it had said until then is kept; new
 * reference. `hello`, which may be NULL, gets the first line. 0; or -EPROTO (another protocol),
 * -EBADMSG (rubbish, or an end too early), -ETIMEDOUT, -ECHILD (it crashed), -EINTR (a signal to us,
 * base/signals.h), with label, path and reason in `why`.
 */
int worker_finish(struct worker *worker, size_t cells_count, json_t **answers, json_t **hello,
		  struct why *why);

/* Ends it at once, and releases it. */
void worker_abandon(struct worker *worker);

/* Waits for workers that have said all but still close their counters, which slows system calls. */
void worker_wait_all(void);

/* A CPU to pin workers to: the last of several; -1 where this process may use one alone. */
int worker_choose_cpu(void);

/* Whether personality(2) lets address randomisation be switched off; else the reason in `why`. */
bool worker_fixed_addresses(struct why *why);

#endif
