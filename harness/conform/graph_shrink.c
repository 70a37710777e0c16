/* See graph_shrink.h. */
#include "graph_shrink.h"

#include "../base/signals.h"

#include <string.h>

#define TRIALS_MAX 2000

struct shrinking {
	struct graph_history *history; /* the shortest that fails */
	int (*fails)(void *context, const struct graph_history *candidate);
	void *context;
	unsigned trials_count;
	int err;
};

static bool is_over(const struct shrinking *shrinking)
{
	return shrinking->err || signals_caught() || shrinking->trials_count >= TRIALS_MAX;
}

/* Does it fail as well? Then it is the shortest. */
static bool take(struct shrinking *shrinking, const struct graph_history *candidate)
{
	int fails = shrinking->fails(shrinking->context, candidate);

	shrinking->trials_count++;
	if (fails < 0)
		shrinking->err = fails;
	if (fails <= 0)
		return false;
	*shrinking->history = *candidate;
	return true;
}

/* Once through all operations, from the last to the first. Returns whether any could be left out. */
static bool leave_out(struct shrinking *shrinking)
{
	bool shrunk = false;

	for (size_t i = shrinking->history->count;
	     i-- > 0 && shrinking->history->count > 1 && !is_over(shrinking);) {
		struct graph_history shorter = *shrinking->history;

		shorter.count--;
		memmove(&shorter.operations[i], &shorter.operations[i + 1],
			(shorter.count - i) * sizeof(shorter.operations[0]));
		shrunk |= take(shrinking, &shorter);
	}
	return shrunk;
}

static void simplify(struct shrinking *shrinking, size_t i, bool second)
{
	for (unsigned n = 0; n < 3 && !is_over(shrinking);) {
		struct graph_history simpler = *shrinking->history;
		uint32_t *number = second ? &simpler.operations[i].to : &simpler.operations[i].from;
		uint32_t before = *number;

		*number = n == 0 ? 0 : n == 1 ? before / 2 : before - 1;
		/* What has helped may help again. */
		if (before == 0 || (n == 1 && before < 4) || !take(shrinking, &simpler))
			n++;
	}
}

int graph_shrink(struct graph_history *history,
		 int (*fails)(void *context, const struct graph_history *candidate), void *context)
{
	struct shrinking shrinking = {.history = history, .fails = fails, .context = context};

	while (leave_out(&shrinking))
		;
	for (size_t i = 0; i < history->count && !is_over(&shrinking); i++) {
		simplify(&shrinking, i, false);
		simplify(&shrinking, i, true);
	}
	return shrinking.err;
}
