/* Reading a plug-in's file: what it exports, checked, as tables of engines and stores. */
#ifndef IOWALK_PLUGIN_TABLES_H
#define IOWALK_PLUGIN_TABLES_H

#include "load.h"

/* Sets path and hash. The error of realpath(3), open(2) or read(2). */
int plugin_find_file(const char *path, struct plugin *plugin);

/*
 * Loads the file plugin->path and fills in the rest; plugin_release() frees it, also after a failure. -EINVAL with what was
 * found and wanted, -ENOMEM. The file stays loaded.
 */
int plugin_make_tables(struct plugin *plugin, struct why *why);
void plugin_release(struct plugin *plugin);

#endif
