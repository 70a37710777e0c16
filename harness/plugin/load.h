/*
 * Plug-ins: shared objects with engines and stores of somebody else (include/iowalk/). A plug-in that is
 * loaded adds them to those that there are; it stays loaded until the program ends.
 *
 * A plug-in is first loaded and read in a child process, so that one that crashes, hangs or exits then is an error and
 * not the end of the program. Its hooks are called in workers only, and its probe hook in a child.
 */
#ifndef IOWALK_PLUGIN_LOAD_H
#define IOWALK_PLUGIN_LOAD_H

#include <jansson.h>
#include <limits.h>

#include "../../references/reference.h"
#include "../base/sha256.h"

#define PLUGIN_VARIABLE "IOWALK_PLUGINS" /* paths, separated by colons */

struct plugin {
	const char *name, *version;   /* of the plug-in itself */
	char path[PATH_MAX];          /* absolute */
	char sha256[SHA256_TEXT_MAX]; /* of the file */
	unsigned abi_major, abi_minor;
	const struct engine_ops **engines; /* [engines_count], in engine_at() as well */
	size_t engines_count;
	const struct layout_ops **stores; /* [stores_count], in reference_at() as well */
	size_t stores_count;
};

/* Loads a plug-in; nothing if its file is loaded already. -EINVAL (or the error of a system call) with the path, and with
 * what was found and wanted. */
int plugin_load(const char *path, struct why *why);

/* Loads those that the environment names. */
int plugins_load_environment(struct why *why);

size_t plugins_count(void);
const struct plugin *plugin_at(size_t i);

/* The plug-in that an engine is of; NULL: it is built in. */
const struct plugin *plugin_of_engine(const struct engine_ops *ops);

/* The plug-in that a store is of; NULL: it is built in. */
const struct plugin *plugin_of_store(const struct layout_ops *ops);

/* All of them for a record, or for the request of a worker: an array of {"name", "version", "path", "sha256", "abi",
 * "engines", "stores"}. New reference. */
json_t *plugins_json(void);

enum plugins_restore_mode {
	PLUGINS_SAME,   /* -EINVAL if a file has changed since, with its path */
	PLUGINS_WORKER, /* the same, in a process that a plug-in may end */
	PLUGINS_NAMED, /* whatever the files are now; one that is loaded stands for another of its name */
};

/* Loads the plug-ins of plugins_json(); `array` may be NULL. */
int plugins_restore(const json_t *array, enum plugins_restore_mode mode, struct why *why);

/*
 * The list of another side of a gate: plugins_json() with each of the files paths[count] in the place of the plug-in of its
 * name. -EINVAL if there is none of that name, or if a file cannot be loaded. They are not loaded here. New reference.
 */
int plugins_against(const char *const *paths, size_t count, json_t **out, struct why *why);

/* engine_ops_probe(), but in a child if there is a plug-in. -ECHILD if the hook crashed, hung or exited. */
int plugin_probe(const struct engine_ops *ops, const char *folder, const uint64_t *options,
		 struct why *why);

#endif
