/*
 * Delta debugging: chunks of the history are left out, from half of it down to single operations, as long as what is
 * left still fails. Then each operation that is left gets smaller numbers in the same way.
 *
 * Source: Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002.
 */
#include "shrink.h"

#include "../base/signals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUDGET_OPERATIONS UINT64_C(4000000) /* played in all */
#define BUDGET_TRIALS     5000
#define LIMIT_S           10 /* of one trial: a history that hangs has to hang again */
#define BUDGET_HUNG       20

struct shrinking {
	const struct conform_subject *subject;
	const char *path;
	struct history_operation *operations; /* [count]: the shortest that fails */
	struct history_operation *candidate;  /* the same shape */
	size_t count;
	struct trial *trial; /* of `operations` */
	struct fault *fault; /* with which they fail, or NULL */
	uint64_t operations_played;
	unsigned trials_count, hung_count;
	int err;
};

static bool is_over(const struct shrinking *shrinking)
{
	return shrinking->err || signals_caught() ||
	       shrinking->operations_played >= BUDGET_OPERATIONS ||
	       shrinking->trials_count >= BUDGET_TRIALS || shrinking->hung_count >= BUDGET_HUNG;
}

/* Plays the candidate with a fault, or without (NULL). Returns whether it fails. */
static bool try_one(struct shrinking *shrinking, size_t count, const struct fault *fault,
		    struct trial *trial)
{
	shrinking->err = trial_run(shrinking->subject, shrinking->path, shrinking->candidate, count,
				   fault, LIMIT_S, trial);
	if (shrinking->err)
		return false;
	shrinking->trials_count++;
	shrinking->operations_played += count;
	shrinking->hung_count += strncmp(trial->error, "not done", 8) == 0;
	return trial->failed;
}

/*
 * Does the candidate fail? With a fault: at the same call, or at one before it, because operations before it may
 * have been left out. If so, it replaces the operations, without those behind the failure.
 */
static bool still_fails(struct shrinking *shrinking, size_t count)
{
	struct fault fault = shrinking->fault ? *shrinking->fault : (struct fault){0};
	struct trial trial = {.failed = false};

	if (count == 0)
		return false;
	bool fails = try_one(shrinking, count, shrinking->fault ? &fault : NULL, &trial);
	while (!fails && shrinking->fault && fault.ordinal > 1 && !is_over(shrinking)) {
		fault.ordinal--;
		fails = try_one(shrinking, count, &fault, &trial);
	}
	if (!fails)
		return false;
	if (shrinking->fault)
		*shrinking->fault = fault;
	shrinking->count = trial.at + 1 < count ? trial.at + 1 : count;
	memcpy(shrinking->operations, shrinking->candidate,
	       shrinking->count * sizeof(*shrinking->operations));
	*shrinking->trial = trial;
	return true;
}

/* Leaves out chunks of this many operations. Returns whether any could be left out. */
static bool leave_out(struct shrinking *shrinking, size_t chunk)
{
	struct history_operation *candidate = shrinking->candidate;
	bool shrunk = false;

	for (size_t from = 0; from < shrinking->count && !is_over(shrinking);) {
		size_t rest = shrinking->count - from;
		size_t without = rest < chunk ? rest : chunk;

		memcpy(candidate, shrinking->operations, from * sizeof(*candidate));
		memcpy(candidate + from, shrinking->operations + from + without,
		       (rest - without) * sizeof(*candidate));
		if (still_fails(shrinking, shrinking->count - without))
			shrunk = true;
		else
			from += chunk;
	}
	return shrunk;
}

/* The n-th way to make an operation simpler; false after the last. */
static bool simplify(struct history_operation *operation, unsigned n)
{
	switch (n) {
	case 0:
		operation->number = 0;
		return true;
	case 1:
		operation->number = 1;
		return true;
	case 2:
		operation->offset = 0;
		return true;
	case 3:
		operation->offset /= 2;
		return true;
	case 4:
		operation->offset = operation->offset / 4096 * 4096;
		return true;
	case 5:
		operation->len_bytes = 1;
		return true;
	case 6:
		operation->len_bytes /= 2;
		return true;
	default:
		return false;
	}
}

static bool is_simpler(const struct history_operation *a, const struct history_operation *b)
{
	return a->number < b->number || a->offset < b->offset || a->len_bytes < b->len_bytes;
}

static void simplify_all(struct shrinking *shrinking)
{
	for (size_t i = 0; i < shrinking->count; i++) {
		struct history_operation simple = shrinking->operations[i];

		for (unsigned n = 0; simplify(&simple, n) && !is_over(shrinking);) {
			bool kept = false;

			if (is_simpler(&simple, &shrinking->operations[i])) {
				memcpy(shrinking->candidate, shrinking->operations,
				       shrinking->count * sizeof(simple));
				shrinking->candidate[i] = simple;
				kept = still_fails(shrinking, shrinking->count);
			}
			if (i >= shrinking->count)
				return;
			simple = shrinking->operations[i];
			n += !kept; /* what has helped may help again */
		}
	}
}

int history_shrink(const struct conform_subject *subject, const char *path,
		   struct history_operation *operations, size_t *count, struct fault *fault,
		   struct trial *trial)
{
	struct shrinking shrinking = {
		.subject = subject,
		.path = path,
		.operations = operations,
		.candidate = malloc(*count * sizeof(*operations)),
		.count = trial->at + 1 < *count ? trial->at + 1 : *count,
		.trial = trial,
		.fault = fault,
	};

	if (!shrinking.candidate)
		return -ENOMEM;
	for (size_t chunk = shrinking.count / 2 + 1; chunk > 0 && !is_over(&shrinking);) {
		bool shrunk = leave_out(&shrinking, chunk);

		if (chunk == 1 && !shrunk)
			break;
		chunk = (chunk + 1) / 2;
	}
	simplify_all(&shrinking);
	free(shrinking.candidate);
	*count = shrinking.count;
	return shrinking.err;
}
