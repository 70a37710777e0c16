/* Expands selections to the cells of a plan: see cell.h. */
#include "internal.h"
#include "sweep.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../references/reference.h"
#include "../base/text.h"
#include "profiles.h"

#define THREADS_MAX   1024 /* far beyond the processors of most machines */
#define PROCESSES_MAX 1000 /* an interval of 1 % is reached with fewer, or never */
/* If no number is given: a cold sample is a walk that waits for the device. */
#define COLD_REPETITIONS 2

/* ---- one value ---- */

static int parse_count(const char *text, const char *key, uint64_t min, uint64_t max,
		       uint64_t *value, struct why *why)
{
	char *end;

	errno = 0;
	/* Base 16 for seeds, else 10. Base 0 would read 010 as 8. */
	bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	unsigned long long parsed = strtoull(text, &end, hexadecimal ? 16 : 10);
	if (!isdigit((unsigned char)*text) || *end || errno || parsed < min || parsed > max)
		return why_set(why, -EINVAL,
			       "%s '%.40s': not a whole number from %" PRIu64 " to %" PRIu64, key,
			       text, min, max);
	*value = parsed;
	return 0;
}

/* With the suffixes that options take: K, M, G. */
static int parse_bytes(const char *text, const char *key, uint64_t *bytes, struct why *why)
{
	struct option_spec spec = {.name = key, .type = OPTION_U64, .min = 1, .max = INT64_MAX};

	return option_parse(&spec, text, bytes, why);
}

static int parse_passes(const char *text, unsigned *passes, struct why *why)
{
	struct list list = {0};
	int err = list_split(&list, text, "passes", why);

	*passes = 0;
	for (size_t i = 0; !err && i < list.count; i++) {
		unsigned pass = 0;

		while (pass < PASSES_COUNT && strcmp(pass_names[pass], list.words[i]) != 0)
			pass++;
		if (pass == PASSES_COUNT)
			err = why_set(why, -EINVAL,
				      "unknown pass '%.32s'; valid: time, latency, count, profile",
				      list.words[i]);
		else
			*passes |= 1u << pass;
	}
	free(list.text);
	return err;
}

/* ---- one selection ---- */

/* A selection whose lists are split and whose single values are parsed. */
struct request {
	struct list workloads, graphs, nodes, layouts, engines, caches, opts, names, roots;
	struct profiles profiles; /* only if `names` is not empty */
	struct sweep sweep;       /* of `opts` */
	bool opt_used[LIST_MAX];  /* [sweep.options_count]: by at least one cell */
	struct cell base;         /* what all cells have in common */
	bool undirected;
	bool repetitions_given;
};

static void request_release(struct request *request)
{
	struct list *lists[] = {&request->workloads, &request->graphs,  &request->nodes,
				&request->layouts,   &request->engines, &request->caches,
				&request->opts,      &request->names,   &request->roots};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		free(lists[i]->text);
	sweep_release(&request->sweep);
	profiles_release(&request->profiles);
}

static int request_lists(struct request *request, const struct selection *selection,
			 struct why *why)
{
	static const enum selection_key keys[] = {KEY_WORKLOAD, KEY_GRAPH,   KEY_NODES,
						  KEY_LAYOUT,   KEY_ENGINE,  KEY_CACHE,
						  KEY_OPT,      KEY_PROFILE, KEY_ROOT};
	struct list *lists[] = {&request->workloads, &request->graphs,  &request->nodes,
				&request->layouts,   &request->engines, &request->caches,
				&request->opts,      &request->names,   &request->roots};

	if (selection->values[KEY_PROFILE] &&
	    (selection->values[KEY_LAYOUT] || selection->values[KEY_ENGINE]))
		return why_set(why, -EINVAL, "a profile says layout and engine itself");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *text = selected(selection, keys[i]);
		int err = text ? list_of_key(lists[i], keys[i], text, why) : 0;
		if (err)
			return err;
	}
	int err = sweep_init(&request->sweep, &request->opts, why);
	return !err && request->names.count
		       ? profiles_load_for(&request->profiles, &request->names, why)
		       : err;
}

/* A key whose value is a number from 1 to `max`; *value is left as it is if there is none. */
static int parse_key(const struct selection *selection, enum selection_key key, uint64_t max,
		     uint64_t *value, struct why *why)
{
	const char *text = selected(selection, key);

	return text ? parse_count(text, selection_keys[key].name, 1, max, value, why) : 0;
}

/* What all cells of the selection have in common. */
static int parse_values(struct cell *base, const struct plan *plan,
			const struct selection *selection, struct why *why)
{
	uint64_t processes = 0, repetitions = 0;
	const char *text;
	char *end;
	int err = parse_key(selection, KEY_PROCESSES, PROCESSES_MAX, &processes, why);

	err = err ? err : parse_key(selection, KEY_REPETITIONS, 100000, &repetitions, why);
	if (err)
		return err;
	base->processes = (unsigned)processes;
	base->repetitions = (unsigned)repetitions;
	text = selected(selection, KEY_MIN_TIME);
	base->min_time_s = strtod(text, &end);
	if (end == text || *end || !(base->min_time_s >= 0) || base->min_time_s > 3600)
		return why_set(why, -EINVAL, "min_time '%.40s': not seconds from 0 to 3600", text);
	if ((err = parse_key(selection, KEY_ITERATIONS, 1000000000, &base->iterations, why)))
		return err;
	if ((err = parse_passes(selected(selection, KEY_PASSES), &base->passes, why)))
		return err;
	if (selection->values[KEY_INTERLEAVE] &&
	    (err = parse_flag(selection->values[KEY_INTERLEAVE],
			      selection_keys[KEY_INTERLEAVE].name, &base->interleave, why)))
		return err;
	if (selection->values[KEY_UNDIRECTED] &&
	    (err = parse_flag(selection->values[KEY_UNDIRECTED],
			      selection_keys[KEY_UNDIRECTED].name, &base->params.undirected, why)))
		return err;
	text = selection->values[KEY_THRESHOLD];
	base->threshold_percent = text ? strtod(text, &end) : 0;
	if (text && (end == text || *end || !(base->threshold_percent > 0) ||
		     base->threshold_percent > 1000))
		return why_set(why, -EINVAL, "threshold '%.40s': not a per cent above 0", text);
	uint64_t threads = 1;
	if ((err = parse_key(selection, KEY_THREADS, THREADS_MAX, &threads, why)))
		return err;
	base->threads_count = (unsigned)threads;
	if (selection->values[KEY_MEMORY_LIMIT] &&
	    (err = parse_bytes(selection->values[KEY_MEMORY_LIMIT],
			       selection_keys[KEY_MEMORY_LIMIT].name, &base->memory_limit_bytes,
			       why)))
		return err;
	base->params.degree = GRAPH_DEFAULT_DEGREE;
	if ((err = parse_key(selection, KEY_DEGREE, 1000000, &base->params.degree, why)))
		return err;
	base->params.seed = plan->seed;
	if (selection->values[KEY_SEED] &&
	    (err = parse_count(selection->values[KEY_SEED], selection_keys[KEY_SEED].name, 0,
			       UINT64_MAX, &base->params.seed, why)))
		return err;
	return 0;
}

/* The word for a graph, followed by a colon and a path if it takes one. */
static int cell_set_graph(struct cell *cell, const char *word, struct why *why)
{
	char name[64];
	const char *colon = strchr(word, ':');
	size_t len = colon ? (size_t)(colon - word) : strlen(word);

	snprintf(name, sizeof(name), "%.*s", (int)(len < 63 ? len : 63), word);
	int found = table_find(TABLE_GRAPHS, name, why);
	if (found < 0)
		return -EINVAL;
	cell->graph = graph_table[found];
	bool takes_path = cell->graph->capabilities & GRAPH_FROM_FILE;
	if (takes_path != (colon && colon[1]))
		return why_set(why, -EINVAL,
			       takes_path ? "graph %s needs a path: %s:PATH"
					  : "graph %s takes no path ('%s')",
			       name, takes_path ? name : colon);
	cell->params.path = takes_path ? colon + 1 : NULL;
	return 0;
}

/* An engine without data is combined with a layout without data, whichever of the two was selected. A
 * reference is its own engine. */
static void pair_up(struct cell *cell)
{
	if ((cell->workload->capabilities & WORKLOAD_BARE) ||
	    (cell->layout->capabilities & LAYOUT_NO_DATA))
		cell->engine = engine_with(ENGINE_NO_DATA);
	else if (cell->layout->capabilities & LAYOUT_REFERENCE)
		cell->engine = &reference_engine;
	if (cell->engine->capabilities & ENGINE_NO_DATA)
		cell->layout = layout_with(LAYOUT_NO_DATA);
}

/* One combination. */
struct combination {
	const char *workload, *layout, *engine, *cache;
	const struct profile *profile; /* or NULL */
	size_t choice;                 /* of options with several values */
};

/*
 * The options of the profile, followed by the selected ones in their combination number `choice`. 1 if an
 * earlier combination gives the same cell, because they differ in options that are not for it.
 */
static int apply_options(struct cell *cell, struct request *request, const struct profile *profile,
			 size_t choice, struct why *why)
{
	const struct sweep *sweep = &request->sweep;
	char *words[2 * LIST_MAX];
	bool used[2 * LIST_MAX] = {false};
	struct list own = {0};
	int err = profile && profile->opt ? list_split(&own, profile->opt, "opt", why) : 0;

	if (err)
		return err;
	memcpy(words, own.words, own.count * sizeof(*words));
	sweep_choose(sweep, choice, words + own.count);
	err = cell_apply_options(cell, words, own.count, used, why);
	memcpy(cell->layout_implied, cell->layout_options, sizeof(cell->layout_implied));
	memcpy(cell->engine_implied, cell->engine_options, sizeof(cell->engine_implied));
	if (!err)
		err = cell_apply_options(cell, words, own.count + sweep->options_count, used, why);
	for (size_t i = 0; i < sweep->options_count; i++)
		request->opt_used[i] |= used[own.count + i];
	for (size_t i = 0; !err && i < own.count; i++) {
		if (!used[i])
			err = why_set(why, -EINVAL, "profile %s: option '%.60s' is not for it",
				      profile->name, words[i]);
	}
	free(own.text);
	return err ? err : !sweep_is_first(sweep, choice, used + own.count);
}

static int add_one(struct plan *plan, struct request *request, const struct cell *base,
		   const struct combination *words, struct why *why)
{
	struct cell cell = *base;
	int workload = table_find(TABLE_WORKLOADS, words->workload, why);
	int layout = workload < 0 ? -1 : table_find(TABLE_LAYOUTS, words->layout, why);
	int engine = layout < 0 ? -1 : table_find(TABLE_ENGINES, words->engine, why);

	if (engine < 0)
		return -EINVAL;
	cell.workload = workload_table[workload];
	cell.layout = layout_at((size_t)layout);
	cell.engine = engine_at((size_t)engine);
	pair_up(&cell);
	cell.cold = strcmp(words->cache, "cold") == 0;
	if (!cell.cold && strcmp(words->cache, "warm") != 0)
		return why_set(why, -EINVAL, "unknown cache state '%.32s'; valid: cold, warm",
			       words->cache);
	if (cell.cold && !request->repetitions_given)
		cell.repetitions = COLD_REPETITIONS;
	int err = apply_options(&cell, request, words->profile, words->choice, why);
	if (err)
		return err < 0 ? err : 0;
	if (words->profile && !(cell.profile = strdup(words->profile->name)))
		return -ENOMEM;
	return plan_push(plan, &cell, why);
}

/* Layout and engine number i: of all combinations, or of the profiles. */
static int choose_store(const struct request *request, size_t i, struct combination *words,
			struct why *why)
{
	if (!request->names.count) {
		words->engine = request->engines.words[i % request->engines.count];
		words->layout = request->layouts.words[i / request->engines.count];
		return 0;
	}
	words->profile = profiles_find(&request->profiles, request->names.words[i], why);
	if (!words->profile)
		return -EINVAL;
	words->layout = words->profile->layout;
	words->engine = words->profile->engine ? words->profile->engine : "null";
	return 0;
}

/* All workloads × layouts × engines × caches × values of options of one graph, or workloads ×
 * profiles × caches × values. */
static int add_products(struct plan *plan, struct request *request, const struct cell *base,
			struct why *why)
{
	const struct request *r = request;
	size_t stores = r->names.count ? r->names.count : r->layouts.count * r->engines.count;
	size_t total = r->workloads.count * stores * r->caches.count;
	int err = 0;

	for (size_t i = 0; !err && i < total; i++) {
		size_t rest = i / r->caches.count;
		struct combination words = {.cache = r->caches.words[i % r->caches.count],
					    .workload = r->workloads.words[rest / stores]};

		err = choose_store(r, rest % stores, &words, why);
		for (; !err && words.choice < r->sweep.choices_count; words.choice++)
			err = add_one(plan, request, base, &words, why);
	}
	return err;
}

/* One graph of one size, from each of the roots. */
static int add_roots(struct plan *plan, struct request *request, struct cell *cell, struct why *why)
{
	int err = request->roots.count ? 0 : add_products(plan, request, cell, why);

	for (size_t i = 0; !err && i < request->roots.count; i++) {
		const char *word = request->roots.words[i];
		size_t len = strlen(DRAWN_ROOT);
		uint64_t number = 0;

		cell->params.has_root = strncmp(word, DRAWN_ROOT, len) != 0;
		cell->params.root = 0;
		if (cell->params.has_root)
			err = parse_count(word, selection_keys[KEY_ROOT].name, 0, UINT64_MAX,
					  &cell->params.root, why);
		else
			err = parse_count(word + len, "root drawn", 1, UINT32_MAX, &number, why);
		cell->drawn_root = (unsigned)number;
		if (!err)
			err = add_products(plan, request, cell, why);
	}
	return err;
}

static int request_expand(struct plan *plan, struct request *request, struct why *why)
{
	for (size_t g = 0; g < request->graphs.count; g++) {
		struct cell cell = request->base;
		int err = cell_set_graph(&cell, request->graphs.words[g], why);

		if (err)
			return err;
		if (cell.params.undirected && !cell.params.path)
			cell.params.undirected =
				false; /* a generator determines the direction itself */
		size_t sizes = cell.params.path ? 1 : request->nodes.count;
		for (size_t n = 0; n < sizes; n++) {
			if (!cell.params.path &&
			    (err = parse_count(request->nodes.words[n], "nodes", 1,
					       UINT64_C(1) << 56, &cell.params.nodes_count, why)))
				return err;
			if ((err = add_roots(plan, request, &cell, why)))
				return err;
		}
	}
	char *words[LIST_MAX];
	sweep_choose(&request->sweep, 0, words);
	for (size_t i = 0; i < request->sweep.options_count; i++) {
		if (!request->opt_used[i])
			return why_set(why, -EINVAL,
				       "option '%.60s' is for none of the cells: its owner is not "
				       "among the engines, layouts and workloads chosen",
				       words[i]);
	}
	return 0;
}

static int add_graphs(struct plan *plan, const struct selection *selection, struct request *request,
		      struct why *why)
{
	for (enum selection_key i = 0; i < SELECTION_KEYS_COUNT; i++) {
		if (selection->values[i] && !selection_key_is_of_graphs(i))
			return why_set(why, -EINVAL, "'%s' is only for commands",
				       selection_keys[i].name);
	}
	request->repetitions_given = selection->values[KEY_REPETITIONS] != NULL;
	int err = request_lists(request, selection, why);
	return err ? err : request_expand(plan, request, why);
}

int plan_add(struct plan *plan, const struct selection *selection, struct why *why)
{
	struct request *request = calloc(1, sizeof(*request));
	json_t *given = json_object();
	int err = request && given ? 0 : -ENOMEM;

	if (!err)
		err = parse_values(&request->base, plan, selection, why);
	if (!err)
		request->base.section = (unsigned)json_array_size(plan->selections);
	if (!err && selection->values[KEY_COMMAND])
		err = plan_add_command(plan, selection, &request->base, why);
	else if (!err)
		err = add_graphs(plan, selection, request, why);
	for (size_t i = 0; i < SELECTION_KEYS_COUNT; i++) {
		if (selection->values[i])
			json_object_set_new(given, selection_keys[i].name,
					    json_text(selection->values[i]));
	}
	json_array_append_new(plan->selections, given);
	if (request)
		request_release(request);
	free(request);
	return err;
}
