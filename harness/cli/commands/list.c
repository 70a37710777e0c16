/* iowalk list: lists the parts of the program, and why this machine cannot use some of them. */
#include "../../plan/cell.h"
#include "../command.h"
#include "../../count/counters.h"
#include "../../base/data_folder.h"
#include "../../base/text.h"
#include "../../plan/profiles.h"
#include "../../plugin/load.h"
#include "../../base/cache_folder.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One entry of any list. Empty or NULL: the entry has no such thing. */
struct entry {
	char name[64];
	char summary[256];
	char unavailable[256];
	const struct option_spec *options;
	uint32_t options_count;
	const struct plugin *plugin;
};

static void option_range(const struct option_spec *spec, char *text, size_t size)
{
	text[0] = '\0';
	if (spec->type == OPTION_BOOL)
		snprintf(text, size, "0|1");
	else if (spec->type == OPTION_U64)
		snprintf(text, size, "%" PRIu64 "..%" PRIu64, spec->min, spec->max);
	for (size_t i = 0; option_choice(spec, i); i++)
		snprintf(text + strlen(text), size - strlen(text), "%s%s", i ? "|" : "",
			 option_choice(spec, i));
}

static void print_entry(const struct entry *entry)
{
	printf("%-15s %s%s%s\n", entry->name, entry->summary,
	       *entry->unavailable ? "; unavailable here: " : "", entry->unavailable);
	if (entry->plugin)
		printf("    of %s\n", entry->plugin->path);
	for (uint32_t i = 0; i < entry->options_count; i++) {
		const struct option_spec *spec = &entry->options[i];
		char value[64], range[128], key[192];

		option_format(spec, spec->default_value, value, sizeof(value));
		option_range(spec, range, sizeof(range));
		snprintf(key, sizeof(key), "%s.%s=%s", entry->name, spec->name, value);
		printf("    %-36s %s  [%s]\n", key, spec->help, range);
	}
}

static json_t *entry_json(const struct entry *entry)
{
	json_t *json = json_pack("{ss ss sb}", "name", entry->name, "summary", entry->summary,
				 "available", *entry->unavailable == '\0');
	json_t *options = json_array();

	if (*entry->unavailable)
		json_object_set_new(json, "why", json_string(entry->unavailable));
	for (uint32_t i = 0; i < entry->options_count; i++) {
		const struct option_spec *spec = &entry->options[i];
		char value[64], range[128];

		option_format(spec, spec->default_value, value, sizeof(value));
		option_range(spec, range, sizeof(range));
		json_array_append_new(options,
				      json_pack("{ss ss ss ss}", "name", spec->name, "default",
						value, "range", range, "help", spec->help));
	}
	json_object_set_new(json, "options", options);
	if (entry->plugin)
		json_object_set_new(json, "plugin",
				    json_pack("{ss ss ss ss}", "name", entry->plugin->name,
					      "version", entry->plugin->version, "path",
					      entry->plugin->path, "sha256",
					      entry->plugin->sha256));
	return json;
}

/* Fills entry `i` of a list; false if there are no more. */
typedef bool list_fill(size_t i, struct entry *entry);

static bool fill_table(enum table table, size_t i, struct entry *entry)
{
	if (i >= table_count(table))
		return false;
	struct table_entry known = table_entry(table, i);
	snprintf(entry->name, sizeof(entry->name), "%s", known.name);
	snprintf(entry->summary, sizeof(entry->summary), "%s", known.summary);
	entry->options = known.options;
	entry->options_count = known.options_count;
	return true;
}

static bool fill_engine(size_t i, struct entry *entry)
{
	char folder[2048];
	struct why why = {0};

	if (!fill_table(TABLE_ENGINES, i, entry))
		return false;
	cache_folder_path(NULL, folder, sizeof(folder));
	if (plugin_probe(engine_at(i), folder, NULL, &why))
		snprintf(entry->unavailable, sizeof(entry->unavailable), "%s", why.text);
	entry->plugin = plugin_of_engine(engine_at(i));
	return true;
}

static bool fill_plugin(size_t i, struct entry *entry)
{
	if (i >= plugins_count())
		return false;
	const struct plugin *plugin = plugin_at(i);
	snprintf(entry->name, sizeof(entry->name), "%s", plugin->name);
	snprintf(entry->summary, sizeof(entry->summary), "version %s, ABI %u.%u:", plugin->version,
		 plugin->abi_major, plugin->abi_minor);
	for (size_t k = 0; k < plugin->engines_count; k++)
		text_append(entry->summary, sizeof(entry->summary), "%s engine %s", k ? "," : "",
			    plugin->engines[k]->name);
	for (size_t k = 0; k < plugin->stores_count; k++)
		text_append(entry->summary, sizeof(entry->summary), "%s store %s",
			    k || plugin->engines_count ? "," : "", plugin->stores[k]->name);
	entry->plugin = plugin;
	return true;
}

static bool fill_layout(size_t i, struct entry *entry)
{
	if (!fill_table(TABLE_LAYOUTS, i, entry))
		return false;
	entry->plugin = plugin_of_store(layout_at(i));
	return true;
}

static bool fill_graph(size_t i, struct entry *entry)
{
	if (!fill_table(TABLE_GRAPHS, i, entry))
		return false;
	if (graph_table[i]->capabilities & GRAPH_FROM_FILE)
		strcat(entry->name, ":PATH");
	return true;
}

static bool fill_workload(size_t i, struct entry *entry)
{
	return fill_table(TABLE_WORKLOADS, i, entry);
}

static bool fill_counter(size_t i, struct entry *entry)
{
	static struct counter_info infos[COUNTERS_MAX];
	static size_t count;

	if (i == 0) {
		struct counters *counters;
		if (counters_new(COUNTERS_AUTO, &counters))
			return false;
		count = counters_describe(counters, infos, COUNTERS_MAX);
		counters_free(counters);
	}
	if (i >= count)
		return false;
	snprintf(entry->name, sizeof(entry->name), "%s", infos[i].name);
	snprintf(entry->summary, sizeof(entry->summary), "%s%s%s%s", infos[i].help,
		 infos[i].available ? " (" : "", infos[i].available ? infos[i].source : "",
		 infos[i].available ? ")" : "");
	if (!infos[i].available)
		snprintf(entry->unavailable, sizeof(entry->unavailable), "%s", infos[i].why.text);
	return true;
}

static bool fill_profile(size_t i, struct entry *entry)
{
	struct profiles profiles;
	struct why why = {0};

	if (profiles_load(&profiles, &why)) {
		message("%s", why.text);
		return false;
	}
	bool found = i < profiles.count;
	if (found) {
		const struct profile *profile = &profiles.items[i];
		snprintf(entry->name, sizeof(entry->name), "%s", profile->name);
		snprintf(entry->summary, sizeof(entry->summary), "%s (%s%s%s%s%s)",
			 profile->summary, profile->layout, profile->engine ? " on " : "",
			 profile->engine ? profile->engine : "", profile->opt ? ", " : "",
			 profile->opt ? profile->opt : "");
		if (table_find(TABLE_LAYOUTS, profile->layout, &why) < 0)
			snprintf(entry->unavailable, sizeof(entry->unavailable), "%s", why.text);
	}
	profiles_release(&profiles);
	return found;
}

static int is_suite(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && strcmp(entry->d_name + len - 4, ".ini") == 0;
}

static bool fill_suite(size_t i, struct entry *entry)
{
	struct dirent **files;
	char folder[2048], path[4096];
	struct why why = {0};

	if (data_path("suites", folder, sizeof(folder), &why)) {
		message("%s", why.text);
		return false;
	}
	int count = scandir(folder, &files, is_suite, alphasort);
	bool found = count > 0 && i < (size_t)count;
	if (found) {
		struct selection none = {0};
		struct plan plan;
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]->d_name);
		snprintf(entry->name, sizeof(entry->name), "%.*s",
			 (int)strlen(files[i]->d_name) - 4, files[i]->d_name);
		plan_init(&plan);
		if (plan_add_suite(&plan, path, &none, &why))
			snprintf(entry->unavailable, sizeof(entry->unavailable), "%s", why.text);
		snprintf(entry->summary, sizeof(entry->summary), "%s (%zu cells)",
			 plan.summary ? plan.summary : "", plan.cells_count);
		plan_release(&plan);
	}
	for (int k = 0; k < count; k++)
		free(files[k]);
	if (count >= 0)
		free(files);
	return found;
}

static const struct {
	const char *name;
	list_fill *fill;
} lists[] = {
	{"engines", fill_engine},     {"layouts", fill_layout},   {"graphs", fill_graph},
	{"workloads", fill_workload}, {"profiles", fill_profile}, {"suites", fill_suite},
	{"counters", fill_counter},   {"plugins", fill_plugin},
};

static void print_list(list_fill *fill, bool json)
{
	json_t *all = json_array();
	struct entry entry;

	for (size_t i = 0; memset(&entry, 0, sizeof(entry)), fill(i, &entry); i++) {
		if (json)
			json_array_append_new(all, entry_json(&entry));
		else
			print_entry(&entry);
	}
	if (json) {
		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(all);
}

static int take(void *json, enum cli_option option, const char *value)
{
	if (option == CLI_PLUGIN)
		return plugin_take(value);
	*(bool *)json = true;
	return STATUS_OK;
}

extern const struct command command_list;

static int list_main(int argc, char **argv)
{
	bool json = false;
	int words, status = command_parse(&command_list, argc, argv, &json, take, &words);

	if (status)
		return status - 1;
	if (plugin_take_environment())
		return STATUS_USAGE;
	const char *what = words < argc ? argv[words] : "";
	if (words + 1 < argc) {
		message("list takes one word, not '%s' as well", argv[words + 1]);
		return usage_error("list");
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (strcmp(lists[i].name, what) == 0) {
			print_list(lists[i].fill, json);
			return STATUS_OK;
		}
	}
	message("list '%s': valid: engines, layouts, graphs, workloads, profiles, suites, "
		"counters, "
		"plugins",
		what);
	return STATUS_USAGE;
}

const struct command command_list = {
	.name = "list",
	.order = 200,
	.summary =
		"list engines, layouts, graphs, workloads, profiles, suites, counters or plug-ins",
	.usage = "list engines|layouts|graphs|workloads|profiles|suites|counters|plugins [--plugin "
		 "PATH.so]... "
		 "[--json]",
	.description = "Prints names, summaries, options with default and range, and why this "
		       "machine cannot use an entry.\n"
		       "Engines are probed in the default folder of graph files.",
	.epilogue = NULL,
	.main = list_main,
};
