/* One cell: its options, its name, its entry in run.json. See cell.h. */
#include "internal.h"
#include "../../engines/support/choose.h"

#include "../base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool cell_walks_anew(const struct cell *cell)
{
	return cell->cold || cell->workload->prepare;
}

void cell_release(struct cell *cell)
{
	free(cell->name);
	free((char *)(uintptr_t)cell->params.path);
	free(cell->skipped);
	free(cell->profile);
	user_command_free(cell->command);
}

/* "cold", "warm"; or "any" of a command without files, whose state is left as it is. */
static const char *cell_cache(const struct cell *cell)
{
	return cell->cold ? "cold" : cell->command && !cell->command->files ? "any" : "warm";
}

/* The engine in a record: a command's name. */
static const char *cell_engine_name(const struct cell *cell)
{
	return cell->command ? cell->command->name : cell->engine->name;
}

static uint64_t *cell_options(struct cell *cell, enum table table)
{
	return table == TABLE_ENGINES   ? cell->engine_options
	       : table == TABLE_LAYOUTS ? cell->layout_options
					: cell->workload_options;
}

static struct table_entry cell_entry(const struct cell *cell, enum table table)
{
	if (table == TABLE_ENGINES)
		return (struct table_entry){cell->engine->name, NULL, cell->engine->options,
					    cell->engine->options_count};
	if (table == TABLE_LAYOUTS)
		return (struct table_entry){cell->layout->name, NULL, cell->layout->options,
					    cell->layout->options_count};
	return (struct table_entry){cell->workload->name, NULL, cell->workload->options,
				    cell->workload->options_count};
}

static const enum table option_owners[] = {TABLE_WORKLOADS, TABLE_LAYOUTS, TABLE_ENGINES};
#define OPTION_OWNERS_COUNT (sizeof(option_owners) / sizeof(option_owners[0]))

static int no_option(const struct table_entry *entry, const char *key, int key_len, struct why *why)
{
	char valid[512] = "";

	for (uint32_t k = 0; k < entry->options_count; k++)
		text_append(valid, sizeof(valid), "%s%s", k ? ", " : "", entry->options[k].name);
	return why_set(why, -EINVAL, "%s has no option '%.*s'; %s%s", entry->name,
		       key_len < 40 ? key_len : 40, key, *valid ? "valid: " : "it has none at all",
		       valid);
}

int cell_apply_options(struct cell *cell, char *const *words, size_t words_count, bool *used,
		       struct why *why)
{
	for (size_t t = 0; t < OPTION_OWNERS_COUNT; t++) {
		struct table_entry entry = cell_entry(cell, option_owners[t]);
		uint64_t *values = cell_options(cell, option_owners[t]);

		option_defaults(entry.options, entry.options_count, values);
		for (size_t i = 0; i < words_count; i++) {
			const char *word = words[i];
			const char *dot = strchr(word, '.'), *equals = strchr(word, '=');

			if (!dot || !equals || dot > equals)
				return why_set(why, -EINVAL,
					       "option '%.60s': not of the form owner.key=value",
					       word);
			if (strncmp(word, entry.name, (size_t)(dot - word)) != 0 ||
			    entry.name[dot - word])
				continue;
			int k = option_find(entry.options, entry.options_count, dot + 1,
					    (size_t)(equals - dot - 1));
			if (k < 0)
				return no_option(&entry, dot + 1, (int)(equals - dot - 1), why);
			int err = option_parse(&entry.options[k], equals + 1, &values[k], why);
			if (err)
				return err;
			used[i] = true;
		}
	}
	return 0;
}

static void append(char *text, size_t size, const char *format, ...)
{
	size_t used = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + used, size - used, format, arguments);
	va_end(arguments);
}

#define LABEL_BYTES_MAX 96 /* of a file's name: a cell's name stays readable */

/* The graph's name; of a path only its last part, because slashes separate the parts of a cell's
 * name. */
static void graph_label(const struct cell *cell, char *text, size_t size)
{
	snprintf(text, size, "%s", cell->graph->name);
	if (cell->params.path) {
		const char *slash = strrchr(cell->params.path, '/');
		char *clean = strdup_utf8(slash ? slash + 1 : cell->params.path);
		char *cut = clean ? strndup(clean, LABEL_BYTES_MAX) : NULL;
		char *label = cut ? strdup_utf8(cut) : NULL; /* it may end within a character */
		append(text, size, ":%s", label ? label : "?");
		free(clean);
		free(cut);
		free(label);
	}
}

/* Called for each option that does not have its default value. The owner of a graph's option is
 * the graph. */
typedef void option_report(void *context, const char *owner, const char *key, const char *value);

static void each_graph_option(const struct cell *cell, option_report *report, void *context)
{
	const struct graph_params *params = &cell->params;
	uint32_t uses = cell->graph->capabilities;
	const struct {
		const char *key;
		bool given;
		uint64_t value;
	} all[] = {
		{"degree", (uses & GRAPH_USES_DEGREE) && params->degree != GRAPH_DEFAULT_DEGREE,
		 params->degree},
		{"seed", (uses & GRAPH_USES_SEED) && params->seed != GRAPH_DEFAULT_SEED,
		 params->seed},
		{"undirected", params->undirected, 1},
		{"root", params->has_root || cell->drawn_root,
		 cell->drawn_root ? cell->drawn_root : params->root},
	};
	char graph[160], value[32];

	graph_label(cell, graph, sizeof(graph));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		bool drawn = cell->drawn_root && strcmp(all[i].key, "root") == 0;
		snprintf(value, sizeof(value), "%s%" PRIu64, drawn ? DRAWN_ROOT : "", all[i].value);
		if (all[i].given)
			report(context, graph, all[i].key, value);
	}
}

/* The value that is omitted from a name. */
static uint64_t implied_value(const struct cell *cell, enum table table, uint32_t k)
{
	return table == TABLE_ENGINES   ? cell->engine_implied[k]
	       : table == TABLE_LAYOUTS ? cell->layout_implied[k]
					: cell->workload->options[k].default_value;
}

/* With `implied`, the options that the name of a profile implies are included. */
static void each_option(const struct cell *cell, bool implied, option_report *report, void *context)
{
	for (size_t t = 0; t < OPTION_OWNERS_COUNT; t++) {
		struct table_entry entry = cell_entry(cell, option_owners[t]);
		const uint64_t *values =
			cell_options((struct cell *)(uintptr_t)cell, option_owners[t]);

		for (uint32_t k = 0; k < entry.options_count; k++) {
			char value[64];

			uint64_t usual = implied ? entry.options[k].default_value
						 : implied_value(cell, option_owners[t], k);
			if (values[k] == usual && !entry.options[k].always_named)
				continue;
			option_format(&entry.options[k], values[k], value, sizeof(value));
			report(context, entry.name, entry.options[k].name, value);
		}
	}
	each_graph_option(cell, report, context);
}

struct name_text {
	FILE *out;
	char graph[160];
};

/* "/buffered.policy:adaptive"; a graph's option has no owner, "/degree:8", because a name has one
 * graph. */
static void report_to_name(void *context, const char *owner, const char *key, const char *value)
{
	struct name_text *name = context;

	if (strcmp(owner, name->graph) == 0)
		fprintf(name->out, "/%s:%s", key, value);
	else
		fprintf(name->out, "/%s.%s:%s", owner, key, value);
}

/* "192M" if it is a whole number of that unit. The same form is accepted as input. */
static void format_size(uint64_t bytes, char *text, size_t size)
{
	static const char *const units[] = {"", "K", "M", "G"};
	unsigned unit = 0;

	for (; unit < 3 && bytes % 1024 == 0; unit++)
		bytes /= 1024;
	snprintf(text, size, "%" PRIu64 "%s", bytes, units[unit]);
}

char *cell_make_name(const struct cell *cell)
{
	char *text = NULL;
	size_t len;
	struct name_text name = {.out = open_memstream(&text, &len)};

	if (!name.out)
		return NULL;
	if (cell->command) {
		fprintf(name.out, "%s/%s/%s", cell->workload->name, cell->command->name,
			cell_cache(cell));
		return fclose(name.out) == 0 ? text : NULL;
	}
	graph_label(cell, name.graph, sizeof(name.graph));
	fprintf(name.out, "%s/%s/%s/%s/%s", cell->workload->name, name.graph, cell->layout->name,
		cell->engine->name, cell_cache(cell));
	if (!cell->params.path)
		fprintf(name.out, "/nodes:%" PRIu64, cell->params.nodes_count);
	each_option(cell, false, report_to_name, &name);
	if (cell->threads_count > 1)
		fprintf(name.out, "/threads:%u", cell->threads_count);
	if (cell->memory_limit_bytes) {
		char limit[32];
		format_size(cell->memory_limit_bytes, limit, sizeof(limit));
		fprintf(name.out, "/memory_limit:%s", limit);
	}
	if (cell->profile)
		fprintf(name.out, "/profile:%s", cell->profile);
	return fclose(name.out) == 0 ? text : NULL;
}

static void report_to_json(void *context, const char *owner, const char *key, const char *value)
{
	char full[256];

	snprintf(full, sizeof(full), "%s.%s", owner, key);
	json_object_set_new(context, full, json_string(value));
}

/* The keys of a selection that determine the command. */
static json_t *command_json(const struct user_command *command)
{
	json_t *json = json_pack("{ss ss}", selection_keys[KEY_COMMAND].name, command->text,
				 selection_keys[KEY_NAME].name, command->name);

	if (json && command->files)
		json_object_set_new(json, selection_keys[KEY_FILES].name,
				    json_string(command->files));
	if (json && command->prepare)
		json_object_set_new(json, selection_keys[KEY_COMMAND_PREPARE].name,
				    json_string(command->prepare));
	if (json && command->hash_stdout)
		json_object_set_new(json, selection_keys[KEY_STDOUT_HASH].name, json_string("1"));
	return json;
}

json_t *cell_json(const struct cell *cell)
{
	json_t *options = json_object();
	char graph[160];

	graph_label(cell, graph, sizeof(graph));
	each_option(cell, true, report_to_json, options);
	json_t *json =
		json_pack("{ss ss ss ss ss ss sI so}", "name", cell->name, "workload",
			  cell->workload->name, "graph", graph, "layout", cell->layout->name,
			  "engine", cell_engine_name(cell), "cache", cell_cache(cell),
			  "nodes_count", (json_int_t)cell->params.nodes_count, "options", options);
	if (json && cell->threads_count > 1)
		json_object_set_new(json, "threads_count",
				    json_integer((json_int_t)cell->threads_count));
	if (json && cell->memory_limit_bytes)
		json_object_set_new(json, "memory_limit_bytes",
				    json_integer((json_int_t)cell->memory_limit_bytes));
	if (json && cell->threshold_percent > 0)
		json_object_set_new(json, "threshold_percent", json_real(cell->threshold_percent));
	if (json && cell->profile)
		json_object_set_new(json, "profile", json_string(cell->profile));
	if (json && cell->command)
		json_object_set_new(json, "command", command_json(cell->command));
	if (json && cell->skipped)
		json_object_set_new(json, "skipped", json_string(cell->skipped));
	return json;
}

/* "owner.key=value,…"; the settings of the graph are keys of the selection. */
struct options_text {
	FILE *out;
	unsigned count;
	char graph[160];
};

static void report_to_options(void *context, const char *owner, const char *key, const char *value)
{
	struct options_text *options = context;

	if (strcmp(owner, options->graph) != 0)
		fprintf(options->out, "%s%s.%s=%s", options->count++ ? "," : "", owner, key, value);
}

static void set_number(json_t *selection, enum selection_key key, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	json_object_set_new(selection, selection_keys[key].name, json_string(text));
}

json_t *cell_selection(const struct cell *cell)
{
	const struct graph_params *params = &cell->params;
	char *text = NULL;
	size_t len;
	struct options_text options = {0};
	char graph[4096];

	if (cell->command) {
		json_t *selection = command_json(cell->command);
		if (selection && cell->command->files)
			json_object_set_new(selection, selection_keys[KEY_CACHE].name,
					    json_string(cell_cache(cell)));
		return selection;
	}
	options.out = open_memstream(&text, &len);
	if (!options.out)
		return NULL;
	graph_label(cell, options.graph, sizeof(options.graph));
	each_option(cell, true, report_to_options, &options);
	fclose(options.out);
	snprintf(graph, sizeof(graph), "%s%s%s", cell->graph->name, params->path ? ":" : "",
		 params->path ? params->path : "");
	json_t *selection = json_pack(
		"{ss so ss ss}", selection_keys[KEY_WORKLOAD].name, cell->workload->name,
		selection_keys[KEY_GRAPH].name, json_text(graph), selection_keys[KEY_CACHE].name,
		cell_cache(cell), selection_keys[KEY_LAYOUT].name, cell->layout->name);
	if (selection &&
	    !(cell->layout->capabilities & LAYOUT_REFERENCE)) /* it is its own engine */
		json_object_set_new(selection, selection_keys[KEY_ENGINE].name,
				    json_string(cell->engine->name));
	if (selection && !params->path)
		set_number(selection, KEY_NODES, params->nodes_count);
	if (selection) {
		set_number(selection, KEY_DEGREE, params->degree);
		set_number(selection, KEY_SEED, params->seed);
	}
	if (selection && params->undirected)
		set_number(selection, KEY_UNDIRECTED, 1);
	if (selection && params->has_root)
		set_number(selection, KEY_ROOT, params->root);
	if (selection && cell->drawn_root) {
		char root[32];
		snprintf(root, sizeof(root), DRAWN_ROOT "%u", cell->drawn_root);
		json_object_set_new(selection, selection_keys[KEY_ROOT].name, json_string(root));
	}
	if (selection && cell->threads_count > 1)
		set_number(selection, KEY_THREADS, cell->threads_count);
	if (selection && text && *text)
		json_object_set_new(selection, selection_keys[KEY_OPT].name, json_string(text));
	free(text);
	return selection;
}

const char *cell_obstacle(const struct cell *cell)
{
	if (cell->command && !cell->passes)
		return "a command has only the passes time and count";
	if (cell->cold && (cell->engine->capabilities & ENGINE_HOLDS_FILE))
		return "the engine holds the file in its own memory: cold means nothing";
	if ((cell->engine->capabilities & ENGINE_READ_ONLY) &&
	    (cell->workload->capabilities & WORKLOAD_BUILDS))
		return "the engine only reads, and the workload writes a file";
	if (cell->cold && (cell->engine->capabilities & ENGINE_NO_DATA))
		return "there is no file that could be cold";
	if ((cell->layout->capabilities & LAYOUT_REFERENCE) &&
	    (cell->workload->capabilities & WORKLOAD_BYTES))
		return "a reference has no engine to read bytes through";
	if (cell->threads_count > 1 && !(cell->workload->capabilities & WORKLOAD_THREADS))
		return "the workload is one thread's: bfs and lookup can be shared";
	if (cell->threads_count > 1 && (cell->layout->capabilities & LAYOUT_REFERENCE) &&
	    !cell->layout->attach)
		return "a reference is opened once in a process: threads would share it";
	if (cell->cold && !cell->workload->drop_cache && !cell->command)
		return "the workload makes a new file or has none: cold means nothing";
	if ((cell->layout->capabilities & LAYOUT_NO_DATA) &&
	    !(cell->workload->capabilities & WORKLOAD_BARE) &&
	    !(cell->graph->capabilities & GRAPH_IS_CHAIN))
		return "layout none can only be a chain";
	return NULL;
}

const struct plugin *cell_plugin(const struct cell *cell)
{
	const struct plugin *plugin = plugin_of_engine(cell->engine);

	plugin = plugin ? plugin : plugin_of_store(cell->layout);
	for (uint32_t i = 0; !plugin && i < cell->engine->options_count; i++) {
		if (cell->engine->options[i].type == OPTION_ENGINE)
			plugin = plugin_of_engine(engine_of_option(cell->engine_options[i]));
	}
	return plugin;
}

void cell_reason(const struct cell *cell, const char *text, char *named, size_t named_size)
{
	const struct plugin *plugin = cell_plugin(cell);

	snprintf(named, named_size, "%s%s%s%s", plugin ? "plug-in '" : "",
		 plugin ? plugin->name : "", plugin ? "': " : "", text);
}
