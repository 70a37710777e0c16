/* Histories of a layout and their text: see graph_history.h. */
#include "graph_history.h"

#include "../../workloads/support/mix.h"
#include "damage.h"
#include "graph_states.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *form; /* as it is written */
	unsigned numbers_count;
	unsigned weight;               /* of WEIGHTS_SUM, in the histories of a seed */
	uint32_t from_below, to_below; /* the numbers of these */
	uint32_t from_max, to_max;
} kinds[GRAPH_KINDS_COUNT] = {
	[GRAPH_NODE] = {"node", "node", 0, 12, 0, 0, 0, 0},
	[GRAPH_EDGE] = {"edge", "edge:FROM+TO", 2, 18, 40, 40, UINT32_MAX, UINT32_MAX},
	[GRAPH_SYNC] = {"sync", "sync", 0, 6, 0, 0, 0, 0},
	[GRAPH_WALK] = {"walk", "walk", 0, 4, 0, 0, 0, 0},
	[GRAPH_REOPEN] = {"reopen", "reopen", 0, 8, 0, 0, 0, 0},
	[GRAPH_LOAD] = {"load", "load:NODES", 1, 1, 24, 0, GRAPH_LOAD_MAX, 0},
	[GRAPH_COMPACT] = {"compact", "compact", 0, 3, 0, 0, 0, 0},
	[GRAPH_BULK] = {"bulk", "bulk:NODES+SHAPE", 2, 2, 700, GRAPH_SHAPE_MAX + 1, GRAPH_BULK_MAX,
			GRAPH_SHAPE_MAX},
	[GRAPH_MANY] = {"many", "many:FROM+EDGES", 2, 5, 40, 90, UINT32_MAX, GRAPH_MANY_MAX},
	[GRAPH_FAR] = {"far", "far:NODE+BITS", 2, 3, 40, 64, UINT32_MAX, 63},
	[GRAPH_FIND] = {"find", "find:NODE", 1, 10, 40, 0, UINT32_MAX, 0},
	[GRAPH_LEVEL] = {"level", "level:SEED+MAX", 2, 10, 1000, 80, UINT32_MAX, UINT32_MAX},
	[GRAPH_CHECK] = {"check", "check", 0, 5, 0, 0, 0, 0},
	[GRAPH_DROP] = {"drop", "drop", 0, 3, 0, 0, 0, 0},
	[GRAPH_REOPEN_READ] = {"reopen-read", "reopen-read", 0, 5, 0, 0, 0, 0},
	[GRAPH_RENAME] = {"rename", "rename", 0, 2, 0, 0, 0, 0},
	[GRAPH_SHARE] = {"share", "share:THREADS", 1, 3, 3, 0, UINT32_MAX, 0},
	[GRAPH_DAMAGE] = {"damage", "damage:PLACE+CHANGE", 2, 0, UINT32_MAX, DAMAGE_CHANGE_MAX + 1,
			  UINT32_MAX, DAMAGE_CHANGE_MAX},
};
#define WEIGHTS_SUM 100

#define LARGE_ONE_IN 8 /* histories with a graph that has several windows of nodes */
#define LARGE_NODES  2500
#define BUILT_MAX    8 /* operations before the first damage */

/* ---- generating ---- */

static uint32_t below(uint64_t *seed, uint32_t bound)
{
	return bound ? (uint32_t)(mix_next(seed) % bound) : 0;
}

static void generate_one(struct graph_operation *operation, uint64_t *seed, bool is_first,
			 bool is_small)
{
	unsigned ticket = (unsigned)(mix_next(seed) % WEIGHTS_SUM), kind = 0;

	while (kind < GRAPH_KINDS_COUNT - 1 && ticket >= kinds[kind].weight)
		ticket -= kinds[kind++].weight;
	/* Most begin with a graph. */
	if (is_first && below(seed, 8))
		kind = GRAPH_BULK;
	*operation = (struct graph_operation){.kind = (enum graph_kind)kind,
					      .from = below(seed, kinds[kind].from_below),
					      .to = below(seed, kinds[kind].to_below)};
	if (kind == GRAPH_BULK && is_small)
		operation->from %= 12;
	else if (kind == GRAPH_BULK && !below(seed, LARGE_ONE_IN))
		operation->from = LARGE_NODES;
	/* Most streams are as they should be. */
	if (kind == GRAPH_BULK && below(seed, 4))
		operation->to &= 255;
	if (kind == GRAPH_MANY && is_small)
		operation->to %= 4;
}

void graph_generate(struct graph_history *history, size_t count, uint64_t seed, bool is_small)
{
	history->count = count < GRAPH_OPERATIONS_MAX ? count : GRAPH_OPERATIONS_MAX;
	for (size_t k = 0; k < history->count; k++)
		generate_one(&history->operations[k], &seed, k == 0, is_small);
}

void graph_generate_damage(struct graph_history *history, uint64_t seed)
{
	size_t built_count = 1 + below(&seed, BUILT_MAX);

	graph_generate(history, GRAPH_OPERATIONS_MAX, mix_next(&seed), true);
	for (size_t k = built_count; k < history->count; k++) {
		struct graph_operation *operation = &history->operations[k];

		if (k > built_count && !below(&seed, 3))
			continue;
		*operation = (struct graph_operation){
			.kind = GRAPH_DAMAGE,
			.from = below(&seed, kinds[GRAPH_DAMAGE].from_below),
			.to = DAMAGE_CHANGE(below(&seed, 64), below(&seed, DAMAGE_KINDS_COUNT),
					    below(&seed, 2))};
	}
}

/* ---- text ---- */

void graph_format(const struct graph_history *history, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < history->count && used < size; i++) {
		const struct graph_operation *operation = &history->operations[i];
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

static bool parse_one(const char **at, struct graph_operation *operation)
{
	size_t name_len = strcspn(*at, ":,");

	for (unsigned kind = 0; kind < GRAPH_KINDS_COUNT; kind++) {
		if (strlen(kinds[kind].name) != name_len ||
		    strncmp(kinds[kind].name, *at, name_len) != 0)
			continue;
		*operation = (struct graph_operation){.kind = (enum graph_kind)kind};
		*at += name_len;
		return (kinds[kind].numbers_count < 1 ||
			number_after(at, ':', kinds[kind].from_max, &operation->from)) &&
		       (kinds[kind].numbers_count < 2 ||
			number_after(at, '+', kinds[kind].to_max, &operation->to)) &&
		       (**at == ',' || **at == '\0');
	}
	return false;
}

static int refuse(const char *word, struct why *why)
{
	char forms[400] = "";

	for (unsigned kind = 0; kind < GRAPH_KINDS_COUNT; kind++)
		strcat(strcat(forms, kind ? ", " : ""), kinds[kind].form);
	return why_set(why, -EINVAL, "history: '%.*s' is none of %s", (int)strcspn(word, ","), word,
		       forms);
}

int graph_parse(const char *text, struct graph_history *history, struct why *why)
{
	history->count = 0;
	for (const char *at = text;; at++) {
		const char *begin = at;

		if (history->count == GRAPH_OPERATIONS_MAX)
			return why_set(why, -EINVAL, "history: more than %d operations",
				       GRAPH_OPERATIONS_MAX);
		if (!parse_one(&at, &history->operations[history->count++]))
			return refuse(begin, why);
		if (!*at)
			return 0;
	}
}
