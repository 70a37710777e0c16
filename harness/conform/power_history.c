/* Histories of a layout and their text: see power_history.h. */
#include "power_history.h"

#include "../../workloads/support/mix.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_MIN 4 /* of the histories of the seed: shorter ones are all played */
#define LENGTH_MAX 12

static const struct {
	const char *name;
	unsigned numbers_count;
	unsigned weight; /* of WEIGHTS_SUM, in the histories of a seed */
} kinds[POWER_KINDS_COUNT] = {
	[POWER_NODE] = {"node", 0, 18},      [POWER_EDGE] = {"edge", 2, 40},
	[POWER_SYNC] = {"sync", 0, 20},      [POWER_WALK] = {"walk", 0, 6},
	[POWER_REOPEN] = {"reopen", 0, 8},   [POWER_LOAD] = {"load", 1, 4},
	[POWER_COMPACT] = {"compact", 0, 4},
};
#define WEIGHTS_SUM 100

/* What each operation of an exhaustive history may be: edges from and to the first and another node. */
static const struct power_operation choices[] = {
	{POWER_NODE, 0, 0},   {POWER_EDGE, 0, 0}, {POWER_EDGE, 0, 1},
	{POWER_EDGE, 1, 0},   {POWER_SYNC, 0, 0}, {POWER_WALK, 0, 0},
	{POWER_REOPEN, 0, 0}, {POWER_LOAD, 3, 0}, {POWER_COMPACT, 0, 0},
};
#define CHOICES_COUNT (sizeof(choices) / sizeof(choices[0]))

static const char first_history[] = "load:3,sync,edge:0+1,edge:1+0,sync,node,edge:3+3,reopen,edge:"
				    "2+0,sync,compact,edge:0+0,walk";

/* ---- generating ---- */

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
static void make_exhaustive(struct power_history *history, uint64_t i)
{
	uint64_t of_length = CHOICES_COUNT, number = i / 2;
	size_t length = 1;

	history->count = 0;
	if (i % 2) {
		history->operations[history->count++] = (struct power_operation){POWER_LOAD, 3, 0};
		history->operations[history->count++] = (struct power_operation){POWER_SYNC, 0, 0};
	}
	for (; number >= of_length; length++) {
		number -= of_length;
		of_length *= CHOICES_COUNT;
	}
	for (size_t k = 0; k < length; k++, number /= CHOICES_COUNT)
		history->operations[history->count++] = choices[number % CHOICES_COUNT];
}

static void make_random(struct power_history *history, uint64_t seed)
{
	history->count = LENGTH_MIN + mix_next(&seed) % (LENGTH_MAX - LENGTH_MIN + 1);
	for (size_t k = 0; k < history->count; k++) {
		struct power_operation *operation = &history->operations[k];
		unsigned ticket = (unsigned)(mix_next(&seed) % WEIGHTS_SUM), kind = 0;

		while (kind < POWER_KINDS_COUNT - 1 && ticket >= kinds[kind].weight)
			ticket -= kinds[kind++].weight;
		/* Most begin with a graph: a file of single inserts is long, and so slow to look at. */
		if (k == 0 && mix_next(&seed) % 8)
			kind = POWER_LOAD;
		*operation = (struct power_operation){.kind = (enum power_kind)kind};
		if (kind == POWER_LOAD)
			operation->from = 1 + (uint32_t)(mix_next(&seed) % 12);
		if (kind == POWER_EDGE) {
			operation->from = (uint32_t)(mix_next(&seed) % 6);
			operation->to = (uint32_t)(mix_next(&seed) % 6);
		}
	}
}

void power_generate(struct power_history *history, uint64_t seed, uint64_t i, bool *is_exhaustive)
{
	*is_exhaustive = false;
	if (i == 0) {
		(void)power_parse(first_history, history, NULL);
	} else if (i % 2 == 0 && i / 2 - 1 < power_exhaustive_count()) {
		*is_exhaustive = true;
		make_exhaustive(history, i / 2 - 1);
	} else {
		make_random(history, mix_at(mix64(seed + 11), i));
	}
}

/* ---- text ---- */

void power_format(const struct power_history *history, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < history->count && used < size; i++) {
		const struct power_operation *operation = &history->operations[i];
		const char *comma = i ? "," : "", *name = kinds[operation->kind].name;

		switch (kinds[operation->kind].numbers_count) {
		case 2:
			used += (size_t)snprintf(text + used, size - used,
						 "%s%s:%" PRIu32 "+%" PRIu32, comma, name,
						 operation->from, operation->to);
			break;
		case 1:
			used += (size_t)snprintf(text + used, size - used, "%s%s:%" PRIu32, comma,
						 name, operation->from);
			break;
		default:
			used += (size_t)snprintf(text + used, size - used, "%s%s", comma, name);
		}
	}
}

/* Reads `mark` and a number, and moves *at behind it. */
static bool number_after(const char **at, char mark, unsigned long max, uint32_t *value)
{
	char *end;

	if (**at != mark || (*at)[1] < '0' || (*at)[1] > '9')
		return false;
	unsigned long number = strtoul(*at + 1, &end, 10);

	*at = end;
	*value = (uint32_t)number;
	return number <= max;
}

static bool parse_one(const char **at, struct power_operation *operation)
{
	size_t name_len = strcspn(*at, ":,");

	for (unsigned kind = 0; kind < POWER_KINDS_COUNT; kind++) {
		if (strlen(kinds[kind].name) != name_len ||
		    strncmp(kinds[kind].name, *at, name_len) != 0)
			continue;
		*operation = (struct power_operation){.kind = (enum power_kind)kind};
		*at += name_len;
		return (kinds[kind].numbers_count < 1 ||
			number_after(at, ':', kind == POWER_LOAD ? POWER_NODES_MAX : UINT32_MAX,
				     &operation->from)) &&
		       (kinds[kind].numbers_count < 2 ||
			number_after(at, '+', UINT32_MAX, &operation->to)) &&
		       (**at == ',' || **at == '\0');
	}
	return false;
}

int power_parse(const char *text, struct power_history *history, struct why *why)
{
	history->count = 0;
	for (const char *at = text;; at++) {
		const char *begin = at;

		if (history->count == POWER_OPERATIONS_MAX)
			return why_set(why, -EINVAL, "history: more than %d operations",
				       POWER_OPERATIONS_MAX);
		if (!parse_one(&at, &history->operations[history->count++]))
			return why_set(why, -EINVAL,
				       "history: '%.*s' is none of node, edge:FROM+TO, sync, walk, "
				       "reopen, "
				       "load:NODES (at most %d), compact",
				       (int)strcspn(begin, ","), begin, POWER_NODES_MAX);
		if (!*at)
			return 0;
	}
}

/* ---- the graph ---- */

struct edge power_load_edge(uint32_t nodes_count, uint64_t i)
{
	return (struct edge){mix_at(41, i) % nodes_count, mix_at(42, i) % nodes_count};
}

int power_graph_init(struct power_graph *graph, const struct power_history *history)
{
	*graph = (struct power_graph){
		.edges = calloc(POWER_OPERATIONS_MAX + 2 * POWER_NODES_MAX, sizeof(*graph->edges))};
	if (!graph->edges)
		return -ENOMEM;
	for (size_t i = 0; i < history->count; i++) {
		const struct power_operation *operation = &history->operations[i];
		uint64_t nodes = graph->nodes_count;

		graph->states_nodes[i] = nodes;
		graph->states_edges[i] = graph->edges_count;
		if (operation->kind == POWER_NODE)
			graph->nodes_count++;
		if (operation->kind == POWER_EDGE && nodes)
			graph->edges[graph->edges_count++] =
				(struct edge){operation->from % nodes, operation->to % nodes};
		if (operation->kind == POWER_LOAD && !nodes) {
			graph->nodes_count = operation->from;
			for (uint64_t k = 0; k < 2 * (uint64_t)operation->from; k++)
				graph->edges[graph->edges_count++] =
					power_load_edge(operation->from, k);
		}
	}
	for (size_t i = history->count; i < history->count + 2; i++) {
		graph->states_nodes[i] = graph->nodes_count;
		graph->states_edges[i] = graph->edges_count;
	}
	return 0;
}

void power_graph_release(struct power_graph *graph)
{
	free(graph->edges);
	graph->edges = NULL;
}

bool power_changes(const struct power_graph *graph, size_t i)
{
	return graph->states_nodes[i] != graph->states_nodes[i + 1] ||
	       graph->states_edges[i] != graph->states_edges[i + 1];
}
