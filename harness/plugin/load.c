/* Loading plug-ins: see load.h. */
#include "load.h"

#include "../../engines/support/plugin.h"
#include "../../references/reference.h"
#include "../../workloads/workload.h"
#include "../base/contained.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOAD_TIMEOUT_S  20 /* relocating a large library on a busy machine takes a second */
#define PLUGINS_MAX     16
#define PARTS_MAX       16 /* engines of a plug-in */
#define TEXT_MAX        63
#define SYMBOL          "iowalk_plugin"
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

/* ---- what the file exports ---- */

/* The constant, if the file has it in full. */
static int find_constant(void *library, const struct iowalk_plugin **out, struct why *why)
{
	const size_t wanted = sizeof(struct iowalk_plugin);
	const struct iowalk_plugin *found = dlsym(library, SYMBOL);
	ElfW(Sym) *symbol = NULL;
	Dl_info info;

	if (!found)
		return why_set(why, -EINVAL,
			       "exports no constant '" SYMBOL "'; wanted: IOWALK_EXPORT const "
			       "struct iowalk_plugin " SYMBOL " (include/iowalk/engine.h)");
	/* A plug-in of another kind may have something else of this name. */
	if (dladdr1(found, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol &&
	    symbol->st_size < wanted)
		return why_set(why, -EINVAL, "its '" SYMBOL "' has %llu bytes; wanted: %zu",
			       (unsigned long long)symbol->st_size, wanted);
	*out = found;
	return 0;
}

static int check_text(const char *what, const char *text, struct why *why)
{
	size_t len = text ? strnlen(text, TEXT_MAX + 1) : 0;

	if (len == 0 || len > TEXT_MAX)
		return why_set(why, -EINVAL, "its %s is %s; wanted: 1 to %d characters", what,
			       !text      ? "NULL"
			       : len == 0 ? "empty"
					  : "longer",
			       TEXT_MAX);
	for (size_t i = 0; i < len; i++) {
		if (text[i] < ' ' || text[i] > '~')
			return why_set(why, -EINVAL, "its %s has a character that is not ASCII",
				       what);
	}
	return 0;
}

static int check_head(const struct iowalk_plugin *head, struct why *why)
{
	if (head->magic != IOWALK_PLUGIN_MAGIC)
		return why_set(why, -EINVAL, "the magic number is 0x%llx; wanted: 0x%llx",
			       (unsigned long long)head->magic,
			       (unsigned long long)IOWALK_PLUGIN_MAGIC);
	if (head->abi_major != IOWALK_ABI_MAJOR)
		return why_set(why, -EINVAL, "it has ABI %u.%u; wanted: %d.x", head->abi_major,
			       head->abi_minor, IOWALK_ABI_MAJOR);
	if (head->struct_size < sizeof(struct iowalk_plugin))
		return why_set(
			why, -EINVAL,
			"struct iowalk_plugin has %u bytes in the plug-in; wanted: at least %zu",
			head->struct_size, sizeof(struct iowalk_plugin));
	int err = check_text("name", head->name, why);
	err = err ? err : check_text("version", head->version, why);
	if (!err && head->stores && head->stores[0])
		err = why_set(why, -EINVAL, "it has stores; wanted: engines only");
	if (!err && (!head->engines || !head->engines[0]))
		err = why_set(why, -EINVAL, "it has no engines");
	return err;
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
	for (size_t i = 0; i < reference_table_count; i++) {
		if (strcmp(reference_table[i]->name, name) == 0)
			return "a built-in store";
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

static int check_name(const struct plugin *plugin, const char *name, struct why *why)
{
	const char *taken = taken_by(name);

	for (size_t i = 0; i < plugin->engines_count; i++) {
		if (strcmp(plugin->engines[i]->name, name) == 0)
			return why_set(why, -EINVAL, "it has two engines called '%s'", name);
	}
	return taken ? why_set(why, -EINVAL, "its engine '%s' has a name that is taken: by %.100s",
			       name, taken)
		     : 0;
}

/* ---- loading ---- */

static void release(struct plugin *plugin)
{
	for (size_t i = 0; i < plugin->engines_count; i++)
		plugin_engine_free(plugin->engines[i]);
	free(plugin->engines);
	plugin->engines = NULL;
	plugin->engines_count = 0;
}

static int add_engines(struct plugin *plugin, const struct iowalk_plugin *head, struct why *why)
{
	int err = 0;

	plugin->engines = calloc(PARTS_MAX, sizeof(*plugin->engines));
	if (!plugin->engines)
		return -ENOMEM;
	for (size_t i = 0; !err && head->engines[i]; i++) {
		const struct engine_ops *ops;

		if (i == PARTS_MAX)
			return why_set(why, -EINVAL, "it has more than %d engines", PARTS_MAX);
		err = plugin_engine_new(head->engines[i], &ops, why);
		if (err)
			break;
		err = check_name(plugin, ops->name, why);
		plugin->engines[plugin->engines_count++] = ops;
	}
	return err;
}

/* Loads the file plugin->path and makes its tables; the caller releases them, also after a failure. The file stays
 * loaded. */
static int make_tables(void *context, struct why *why)
{
	struct plugin *plugin = context;
	const struct iowalk_plugin *head = NULL;
	void *library = dlopen(plugin->path, RTLD_NOW | RTLD_LOCAL);

	if (!library) {
		/* It begins with the path, which the message has already. */
		const char *text = dlerror(), *rest = text;
		size_t len = strlen(plugin->path);

		if (rest && strncmp(rest, plugin->path, len) == 0)
			rest += strncmp(rest + len, ": ", 2) == 0 ? len + 2 : 0;
		return why_set(why, -EINVAL, "%s", rest ? rest : "cannot be loaded");
	}
	int err = find_constant(library, &head, why);
	err = err ? err : check_head(head, why);
	if (err)
		return err;
	plugin->name = head->name;
	plugin->version = head->version;
	plugin->abi_major = head->abi_major;
	plugin->abi_minor = head->abi_minor;
	return add_engines(plugin, head, why);
}

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
	char *absolute = realpath(path, NULL);
	int err = absolute ? 0 : -errno;

	if (!err && with_path(absolute)) {
		free(absolute);
		return 0;
	}
	if (!err && loaded_count == PLUGINS_MAX)
		err = why_set(&reason, -EINVAL, "%d plug-ins are loaded, and no more can be",
			      PLUGINS_MAX);
	if (!err) {
		snprintf(plugin.path, sizeof(plugin.path), "%s", absolute);
		err = sha256_file(plugin.path, plugin.sha256);
	}
	free(absolute);
	if (!err && !is_worker) {
		err = contained_run(make_tables, &plugin, LOAD_TIMEOUT_S, &reason);
		if (err == -ECHILD) {
			struct why ended = reason;
			err = why_set(&reason, -EINVAL, "loading it %.200s", ended.text);
		}
	}
	err = err ? err : make_tables(&plugin, &reason);
	for (size_t i = 0; !err && i < plugin.engines_count; i++)
		err = engines_add(plugin.engines[i]);
	if (err) {
		release(&plugin);
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

json_t *plugins_json(void)
{
	json_t *array = json_array();

	for (size_t i = 0; i < loaded_count; i++) {
		const struct plugin *plugin = &loaded[i];
		json_t *engines = json_array();
		char abi[24];

		for (size_t k = 0; k < plugin->engines_count; k++)
			json_array_append_new(engines, json_string(plugin->engines[k]->name));
		snprintf(abi, sizeof(abi), "%u.%u", plugin->abi_major, plugin->abi_minor);
		json_array_append_new(array, json_pack("{ss ss ss ss ss so}", "name", plugin->name,
						       "version", plugin->version, "path",
						       plugin->path, "sha256", plugin->sha256,
						       "abi", abi, "engines", engines));
	}
	return array;
}

int plugins_restore(const json_t *array, bool is_worker, struct why *why)
{
	const json_t *entry;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)array, i, entry)
	{
		const char *path = json_string_value(json_object_get(entry, "path"));
		const char *hash = json_string_value(json_object_get(entry, "sha256"));

		if (!path || !hash)
			return why_set(why, -EBADMSG, "plug-in %zu has no 'path' and 'sha256'",
				       i + 1);
		int err = load(path, is_worker, why);
		if (err)
			return err;
		char *absolute = realpath(path, NULL);
		const struct plugin *plugin = absolute ? with_path(absolute) : NULL;
		bool same = plugin && strcmp(plugin->sha256, hash) == 0;
		free(absolute);
		if (!same)
			return why_set(why, -EINVAL,
				       "plug-in '%.120s' has changed: its SHA-256 is %.16s…; "
				       "wanted: %.16s…",
				       path, plugin ? plugin->sha256 : "unknown", hash);
	}
	return 0;
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
	return loaded_count ? contained_run(probe, &context, LOAD_TIMEOUT_S, why)
			    : probe(&context, why);
}
