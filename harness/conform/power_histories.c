/* See power_histories.h. */
#include "power_histories.h"

#include "../../workloads/support/mix.h"

#include <errno.h>

#define LENGTH_MIN 4 /* of the histories of the seed: shorter ones are all played */
#define LENGTH_MAX 12

/* Of WEIGHTS_SUM, in the histories of a seed. */
static const unsigned weights[] = {
	[GRAPH_NODE] = 18,  [GRAPH_EDGE] = 40, [GRAPH_SYNC] = 20,   [GRAPH_WALK] = 6,
	[GRAPH_REOPEN] = 8, [GRAPH_LOAD] = 4,  [GRAPH_COMPACT] = 4,
};
#define WEIGHTS_SUM 100
#define KINDS_COUNT (sizeof(weights) / sizeof(weights[0]))

/* What each operation of an exhaustive history may be: edges from and to the first and another node. */
static const struct graph_operation choices[] = {
	{GRAPH_NODE, 0, 0},   {GRAPH_EDGE, 0, 0}, {GRAPH_EDGE, 0, 1},
	{GRAPH_EDGE, 1, 0},   {GRAPH_SYNC, 0, 0}, {GRAPH_WALK, 0, 0},
	{GRAPH_REOPEN, 0, 0}, {GRAPH_LOAD, 3, 0}, {GRAPH_COMPACT, 0, 0},
};
#define CHOICES_COUNT (sizeof(choices) / sizeof(choices[0]))

static const char first_history[] = "load:3,sync,edge:0+1,edge:1+0,sync,node,edge:3+3,reopen,edge:"
				    "2+0,sync,compact,edge:0+0,walk";

uint64_t power_exhaustive_count(void)
{
	uint64_t count = 0, of_length = 1;

	for (unsigned length = 1; length <= POWER_EXHAUSTIVE_MAX; length++) {
		of_length *= CHOICES_COUNT;
		count += of_length;
	}
	return 2 * count; /* on both beginnings */
}

uint64_t power_exhaustive_number(uint64_t k)
{
	return 2 * (k + 1);
}

/* Number i of the exhaustive ones: by length, as numbers of base CHOICES_COUNT. */
static void make_exhaustive(struct graph_history *history, uint64_t i)
{
	uint64_t of_length = CHOICES_COUNT, number = i / 2;
	size_t length = 1;

	history->count = 0;
	if (i % 2) {
		history->operations[history->count++] = (struct graph_operation){GRAPH_LOAD, 3, 0};
		history->operations[history->count++] = (struct graph_operation){GRAPH_SYNC, 0, 0};
	}
	for (; number >= of_length; length++) {
		number -= of_length;
		of_length *= CHOICES_COUNT;
	}
	for (size_t k = 0; k < length; k++, number /= CHOICES_COUNT)
		history->operations[history->count++] = choices[number % CHOICES_COUNT];
}

static void make_random(struct graph_history *history, uint64_t seed)
{
	history->count = LENGTH_MIN + mix_next(&seed) % (LENGTH_MAX - LENGTH_MIN + 1);
	for (size_t k = 0; k < history->count; k++) {
		struct graph_operation *operation = &history->operations[k];
		unsigned ticket = (unsigned)(mix_next(&seed) % WEIGHTS_SUM), kind = 0;

		while (kind < KINDS_COUNT - 1 && ticket >= weights[kind])
			ticket -= weights[kind++];
		/* Most begin with a graph: a file of single inserts is long, and so slow to look at. */
		if (k == 0 && mix_next(&seed) % 8)
			kind = GRAPH_LOAD;
		*operation = (struct graph_operation){.kind = (enum graph_kind)kind};
		if (kind == GRAPH_LOAD)
			operation->from = 1 + (uint32_t)(mix_next(&seed) % 12);
		if (kind == GRAPH_EDGE) {
			operation->from = (uint32_t)(mix_next(&seed) % 6);
			operation->to = (uint32_t)(mix_next(&seed) % 6);
		}
	}
}

void power_generate(struct graph_history *history, uint64_t seed, uint64_t i, bool *is_exhaustive)
{
	*is_exhaustive = false;
	if (i == 0) {
		(void)graph_parse(first_history, history, NULL);
	} else if (i % 2 == 0 && i / 2 - 1 < power_exhaustive_count()) {
		*is_exhaustive = true;
		make_exhaustive(history, i / 2 - 1);
	} else {
		make_random(history, mix_at(mix64(seed + 11), i));
	}
}

int power_refuses(const struct graph_history *history, struct why *why)
{
	char text[GRAPH_TEXT_BYTES];

	for (size_t i = 0; i < history->count; i++) {
		const struct graph_history one = {{history->operations[i]}, 1};

		if (history->operations[i].kind < KINDS_COUNT)
			continue;
		graph_format(&one, text, sizeof(text));
		return why_set(why, -EINVAL, "history: '%.60s' is not of the group power", text);
	}
	return 0;
}
