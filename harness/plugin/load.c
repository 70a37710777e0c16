/* Loading plug-ins: see load.h. */
#include "tables.h"

#include "../../workloads/workload.h"
#include "../base/contained.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LOAD_TIMEOUT_S 20 /* relocating a large library on a busy machine takes a second */
#define PROBE_TIMEOUT_S                                                                            \
	3 /* a cell whose probe is late is measured all the same: see plan_probe() */
#define PLUGINS_MAX     16
#define PATH_TEXT_BYTES 120 /* of a path in a message: the reason follows it */

static struct plugin loaded[PLUGINS_MAX];
static size_t loaded_count;

size_t plugins_count(void)
{
	return loaded_count;
}

const struct plugin *plugin_at(size_t i)
{
	return &loaded[i];
}

const struct plugin *plugin_of_engine(const struct engine_ops *ops)
{
	for (size_t i = 0; i < loaded_count; i++) {
		for (size_t k = 0; k < loaded[i].engines_count; k++) {
			if (loaded[i].engines[k] == ops)
				return &loaded[i];
		}
	}
	return NULL;
}

const struct plugin *plugin_of_store(const struct layout_ops *ops)
{
	for (size_t i = 0; i < loaded_count; i++) {
		for (size_t k = 0; k < loaded[i].stores_count; k++) {
			if (loaded[i].stores[k] == ops)
				return &loaded[i];
		}
	}
	return NULL;
}

/* ---- names ---- */

/* What has this name already, or NULL. Engines, layouts and workloads own options, so no two of them can have
 * one name. */
static const char *taken_by(const char *name)
{
	static const char *const words[] = {"all", "own"}; /* of the command line and cell names */

	for (size_t i = 0; i < engines_count(); i++) {
		const struct plugin *plugin = plugin_of_engine(engine_at(i));
		if (strcmp(engine_at(i)->name, name) == 0)
			return plugin ? plugin->path : "a built-in engine";
	}
	for (size_t i = 0; i < layout_table_count; i++) {
		if (strcmp(layout_table[i]->name, name) == 0)
			return "a built-in layout";
	}
	for (size_t i = 0; i < references_count(); i++) {
		const struct plugin *plugin = plugin_of_store(reference_at(i));
		if (strcmp(reference_at(i)->name, name) == 0)
			return plugin ? plugin->path : "a built-in store";
	}
	for (size_t i = 0; i < workload_table_count; i++) {
		if (strcmp(workload_table[i]->name, name) == 0)
			return "a workload";
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], name) == 0)
			return "a word of the command line";
	}
	return NULL;
}

static int check_name(const char *kind, const char *name, struct why *why)
{
	const char *taken = taken_by(name);

	return taken ? why_set(why, -EINVAL, "its %s '%s' has a name that is taken: by %.100s",
			       kind, name, taken)
		     : 0;
}

/* Makes the tables of a plug-in that is to be used here. */
static int make(void *context, struct why *why)
{
	struct plugin *plugin = context;
	int err = plugin_make_tables(plugin, why);

	for (size_t i = 0; !err && i < plugin->engines_count; i++)
		err = check_name("engine", plugin->engines[i]->name, why);
	for (size_t i = 0; !err && i < plugin->stores_count; i++)
		err = check_name("store", plugin->stores[i]->name, why);
	return err;
}

/* ---- loading ---- */

static int refused(const char *path, int err, const struct why *reason, struct why *why)
{
	size_t len = strlen(path);
	const char *end = len > PATH_TEXT_BYTES ? path + len - PATH_TEXT_BYTES : path;

	return why_set(why, err, "plug-in '%s%s': %s", end > path ? "…" : "", end,
		       *reason->text ? reason->text : strerror(-err));
}

static const struct plugin *with_path(const char *path)
{
	for (size_t i = 0; i < loaded_count; i++) {
		if (strcmp(loaded[i].path, path) == 0)
			return &loaded[i];
	}
	return NULL;
}

static int load(const char *path, bool is_worker, struct why *why)
{
	struct plugin plugin = {0};
	struct why reason = {0};
	int err = plugin_find_file(path, &plugin);

	if (!err && with_path(plugin.path))
		return 0;
	if (!err && loaded_count == PLUGINS_MAX)
		err = why_set(&reason, -EINVAL, "%d plug-ins are loaded, and no more can be",
			      PLUGINS_MAX);
	if (!err && !is_worker) {
		err = contained_run(make, &plugin, LOAD_TIMEOUT_S, &reason);
		if (err == -ECHILD) {
			struct why ended = reason;
			err = why_set(&reason, -EINVAL, "loading it %.200s", ended.text);
		}
	}
	err = err ? err : make(&plugin, &reason);
	for (size_t i = 0; !err && i < plugin.engines_count; i++)
		err = engines_add(plugin.engines[i]);
	for (size_t i = 0; !err && i < plugin.stores_count; i++)
		err = references_add(plugin.stores[i]);
	if (err) {
		plugin_release(&plugin);
		return refused(path, err, &reason, why);
	}
	loaded[loaded_count++] = plugin;
	return 0;
}

int plugin_load(const char *path, struct why *why)
{
	return load(path, false, why);
}

int plugins_load_environment(struct why *why)
{
	const char *paths = getenv(PLUGIN_VARIABLE);
	char *copy = paths ? strdup(paths) : NULL, *rest = NULL;
	int err = paths && !copy ? -ENOMEM : 0;

	for (char *path = copy ? strtok_r(copy, ":", &rest) : NULL; !err && path;
	     path = strtok_r(NULL, ":", &rest)) {
		struct why reason = {0};

		err = load(path, false, &reason);
		if (err)
			why_set(why, err, PLUGIN_VARIABLE ": %s", reason.text);
	}
	free(copy);
	return err;
}

/* ---- records and requests ---- */

static json_t *entry_json(const struct plugin *plugin)
{
	json_t *engines = json_array(), *stores = json_array();
	char abi[24];

	for (size_t k = 0; k < plugin->engines_count; k++)
		json_array_append_new(engines, json_string(plugin->engines[k]->name));
	for (size_t k = 0; k < plugin->stores_count; k++)
		json_array_append_new(stores, json_string(plugin->stores[k]->name));
	snprintf(abi, sizeof(abi), "%u.%u", plugin->abi_major, plugin->abi_minor);
	return json_pack("{ss ss ss ss ss so so}", "name", plugin->name, "version", plugin->version,
			 "path", plugin->path, "sha256", plugin->sha256, "abi", abi, "engines",
			 engines, "stores", stores);
}

json_t *plugins_json(void)
{
	json_t *array = json_array();

	for (size_t i = 0; i < loaded_count; i++)
		json_array_append_new(array, entry_json(&loaded[i]));
	return array;
}

static bool is_loaded_as(const char *name)
{
	for (size_t i = 0; name && i < loaded_count; i++) {
		if (strcmp(loaded[i].name, name) == 0)
			return true;
	}
	return false;
}

static int restore(const json_t *entry, enum plugins_restore_mode mode, struct why *why)
{
	const char *path = json_string_value(json_object_get(entry, "path"));
	const char *hash = json_string_value(json_object_get(entry, "sha256"));

	if (!path || !hash)
		return why_set(why, -EBADMSG, "a plug-in of the record has no 'path' and 'sha256'");
	if (mode == PLUGINS_NAMED &&
	    is_loaded_as(json_string_value(json_object_get(entry, "name"))))
		return 0;
	int err = load(path, mode == PLUGINS_WORKER, why);
	if (err || mode == PLUGINS_NAMED)
		return err;
	char *absolute = realpath(path, NULL);
	const struct plugin *plugin = absolute ? with_path(absolute) : NULL;
	bool same = plugin && strcmp(plugin->sha256, hash) == 0;
	free(absolute);
	if (same)
		return 0;
	return why_set(why, -EINVAL,
		       "plug-in '%.120s' has changed: its SHA-256 is %.16s…; wanted: %.16s…", path,
		       plugin ? plugin->sha256 : "unknown", hash);
}

int plugins_restore(const json_t *array, enum plugins_restore_mode mode, struct why *why)
{
	const json_t *entry;
	size_t i;
	int err = 0;

	json_array_foreach((json_t *)(uintptr_t)array, i, entry)
	{
		err = err ? err : restore(entry, mode, why);
	}
	return err;
}

/* ---- another side ---- */

#define ENTRY_BYTES 16384 /* of an entry as text: its path is the longest part */

/* In memory that is shared with a child. */
struct description {
	struct plugin plugin;
	char text[ENTRY_BYTES];
};

/* In a child. Its names are those of the plug-in that it is compared with. */
static int describe(void *context, struct why *why)
{
	struct description *description = context;

	int err = plugin_make_tables(&description->plugin, why);
	json_t *entry = err ? NULL : entry_json(&description->plugin);
	size_t len =
		entry ? json_dumpb(entry, description->text, ENTRY_BYTES - 1, JSON_COMPACT) : 0;
	return err ? err : len == 0 || len >= ENTRY_BYTES ? -ENOMEM : 0;
}

static int read_entry(const char *path, json_t **out, struct why *why)
{
	struct description *description = mmap(NULL, sizeof(*description), PROT_READ | PROT_WRITE,
					       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct why reason = {0};

	if (description == MAP_FAILED)
		return -ENOMEM;
	int err = plugin_find_file(path, &description->plugin);
	err = err ? err : contained_run(describe, description, LOAD_TIMEOUT_S, &reason);
	*out = err ? NULL : json_loads(description->text, 0, NULL);
	munmap(description, sizeof(*description));
	if (!err && !*out)
		err = -ENOMEM;
	return err ? refused(path, err == -ECHILD ? -EINVAL : err, &reason, why) : 0;
}

/* Puts the entry into the place of that of its name. Takes over the reference. */
static int replace(json_t *array, const char *path, json_t *entry, struct why *why)
{
	const char *name = json_string_value(json_object_get(entry, "name"));
	struct why reason = {0};

	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *old = json_array_get(array, i);

		if (strcmp(json_string_value(json_object_get(old, "name")), name) == 0)
			return json_array_set_new(array, i, entry) ? -ENOMEM : 0;
	}
	why_set(&reason, 0, "no plug-in called '%.63s' is loaded that it could be compared with",
		name);
	json_decref(entry);
	return refused(path, -EINVAL, &reason, why);
}

int plugins_against(const char *const *paths, size_t count, json_t **out, struct why *why)
{
	json_t *array = plugins_json(), *entry;
	int err = array ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < count; i++) {
		err = read_entry(paths[i], &entry, why);
		err = err ? err : replace(array, paths[i], entry, why);
	}
	if (err)
		json_decref(array);
	else
		*out = array;
	return err;
}

/* ---- probing ---- */

struct probe {
	const struct engine_ops *ops;
	const char *folder;
	const uint64_t *options;
};

static int probe(void *context, struct why *why)
{
	const struct probe *probe = context;

	return engine_ops_probe(probe->ops, probe->folder, probe->options, why);
}

int plugin_probe(const struct engine_ops *ops, const char *folder, const uint64_t *options,
		 struct why *why)
{
	struct probe context = {ops, folder, options};

	/* A built-in engine may wrap one of a plug-in. */
	return loaded_count ? contained_run(probe, &context, PROBE_TIMEOUT_S, why)
			    : probe(&context, why);
}
