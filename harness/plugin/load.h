/*
 * Plug-ins: shared objects with engines of somebody else (include/iowalk/engine.h). A plug-in that is
 * loaded adds its engines to those that there are; it stays loaded until the program ends.
 *
 * A plug-in is first loaded and read in a child process, so that one that crashes, hangs or exits then is an error and
 * not the end of the program. Its hooks are called in workers only, and its probe hook in a child.
 */
#ifndef IOWALK_PLUGIN_LOAD_H
#define IOWALK_PLUGIN_LOAD_H

#include <jansson.h>
#include <limits.h>

#include "../../engines/engine.h"
#include "../base/sha256.h"

#define PLUGIN_VARIABLE "IOWALK_PLUGINS" /* paths, separated by colons */

struct plugin {
	const char *name, *version;   /* of the plug-in itself */
	char path[PATH_MAX];          /* absolute */
	char sha256[SHA256_TEXT_MAX]; /* of the file */
	unsigned abi_major, abi_minor;
	const struct engine_ops **engines; /* [engines_count], in engine_at() as well */
	size_t engines_count;
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

/* All of them for a record, or for the request of a worker: an array of {"name", "version", "path", "sha256", "abi",
 * "engines"}. New reference. */
json_t *plugins_json(void);

/*
 * Loads the plug-ins of plugins_json(); `array` may be NULL. -EINVAL if one has changed since, with its path.
 * `is_worker`: this process may end by a plug-in.
 */
int plugins_restore(const json_t *array, bool is_worker, struct why *why);

/* engine_ops_probe(), but in a child if there is a plug-in. -ECHILD if the hook crashed, hung or exited. */
int plugin_probe(const struct engine_ops *ops, const char *folder, const uint64_t *options,
		 struct why *why);

#endif
