/* What a file exports, as tables: see tables.h. */
#include "tables.h"

#include "../../engines/support/plugin.h"
#include "../../references/support/plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 16 /* engines, and stores, of a plug-in */
#define TEXT_MAX  63
/* What ABI 1.0 has of the constant; later members are there only if struct_size says so. */
#define ABI_1_0_BYTES (offsetof(struct iowalk_plugin, stores) + sizeof(void *))

#define SYMBOL "iowalk_plugin"

/* ---- the constant ---- */

/* The constant, if the file has it in full. */
static int find_constant(void *library, const struct iowalk_plugin **out, struct why *why)
{
	const size_t wanted = ABI_1_0_BYTES;
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
	if (head->struct_size < ABI_1_0_BYTES)
		return why_set(
			why, -EINVAL,
			"struct iowalk_plugin has %u bytes in the plug-in; wanted: at least %zu",
			head->struct_size, ABI_1_0_BYTES);
	int err = check_text("name", head->name, why);
	err = err ? err : check_text("version", head->version, why);
	if (!err && (!head->engines || !head->engines[0]) && (!head->stores || !head->stores[0]))
		err = why_set(why, -EINVAL, "it has neither engines nor stores");
	return err;
}

/* ---- tables ---- */

static int check_twice(const struct plugin *plugin, const char *name, struct why *why)
{
	bool twice = false;

	for (size_t i = 0; i < plugin->engines_count; i++)
		twice |= strcmp(plugin->engines[i]->name, name) == 0;
	for (size_t i = 0; i < plugin->stores_count; i++)
		twice |= strcmp(plugin->stores[i]->name, name) == 0;
	return twice ? why_set(why, -EINVAL, "it has two parts called '%s'", name) : 0;
}

int plugin_find_file(const char *path, struct plugin *plugin)
{
	char *absolute = realpath(path, NULL);
	int err = absolute ? 0 : -errno;

	if (!err) {
		snprintf(plugin->path, sizeof(plugin->path), "%s", absolute);
		err = sha256_file(plugin->path, plugin->sha256);
	}
	free(absolute);
	return err;
}

void plugin_release(struct plugin *plugin)
{
	for (size_t i = 0; i < plugin->engines_count; i++)
		plugin_engine_free(plugin->engines[i]);
	for (size_t i = 0; i < plugin->stores_count; i++)
		plugin_store_free(plugin->stores[i]);
	free(plugin->engines);
	free(plugin->stores);
	*plugin = (struct plugin){0};
}

static int add_engines(struct plugin *plugin, const struct iowalk_plugin *head, struct why *why)
{
	int err = 0;

	plugin->engines = calloc(PARTS_MAX, sizeof(void *));
	if (!plugin->engines)
		return -ENOMEM;
	for (size_t i = 0; !err && head->engines && head->engines[i]; i++) {
		const struct engine_ops *ops;

		if (i == PARTS_MAX)
			return why_set(why, -EINVAL, "it has more than %d engines", PARTS_MAX);
		err = plugin_engine_new(head->engines[i], &ops, why);
		if (err)
			break;
		err = check_twice(plugin, ops->name, why);
		plugin->engines[plugin->engines_count++] = ops;
	}
	return err;
}

static int add_stores(struct plugin *plugin, const struct iowalk_plugin *head, struct why *why)
{
	int err = 0;

	plugin->stores = calloc(PARTS_MAX, sizeof(void *));
	if (!plugin->stores)
		return -ENOMEM;
	for (size_t i = 0; !err && head->stores && head->stores[i]; i++) {
		const struct layout_ops *ops;

		if (i == PARTS_MAX)
			return why_set(why, -EINVAL, "it has more than %d stores", PARTS_MAX);
		err = plugin_store_new(head->stores[i], &ops, why);
		if (err)
			break;
		err = check_twice(plugin, ops->name, why);
		plugin->stores[plugin->stores_count++] = ops;
	}
	return err;
}

int plugin_make_tables(struct plugin *plugin, struct why *why)
{
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
	err = add_engines(plugin, head, why);
	return err ? err : add_stores(plugin, head, why);
}
