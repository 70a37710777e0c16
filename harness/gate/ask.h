/* Asking a worker of one side to measure some cells, and checking its replies. */
#ifndef IOWALK_GATE_ASK_H
#define IOWALK_GATE_ASK_H

#include "state.h"

/* Names the plug-ins that this side's worker loads in its request. */
void gate_set_plugins(const struct gate *gate, unsigned side, json_t *request);

/* A cell as this side measures it: a command may have another program there. Borrows what the plan's cell has. */
struct cell gate_cell(unsigned side, const struct cell *planned);

/* How the cells are to be measured. */
struct gate_request {
	enum sample_pass pass;
	bool paced;        /* in turns with other workers, one step at a time */
	unsigned position; /* of this worker among them */
};

/* Starts a worker of one side on the cells with these numbers. After a failure the caller must still
 * pass a non-NULL *out to worker_abandon(). Errors are in gate->why. */
int gate_start(struct gate *gate, unsigned side, const struct gate_request *request,
	       const size_t *chosen, size_t chosen_count, struct worker **out);

/*
 * Waits for the worker to end, releases it and checks its replies: (*replies)[i] belongs to
 * chosen[i], new reference. Returns 1 if a cell failed, which is excluded then; negative errno if
 * the side failed as a whole, with the reason in gate->why.
 */
int gate_finish(struct gate *gate, unsigned side, const struct gate_request *request,
		const size_t *chosen, size_t chosen_count, struct worker *worker, json_t **replies);

/* gate_start() and gate_finish() in one call, not paced. */
int gate_ask(struct gate *gate, unsigned side, enum sample_pass pass, const size_t *chosen,
	     size_t chosen_count, json_t **replies);

#endif
