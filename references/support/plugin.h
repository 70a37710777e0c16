/*
 * Stores of plug-ins: makes a layout table of the hooks that a plug-in has (include/iowalk/store.h), as
 * engines/support/plugin.h does for engines. It is a reference: a whole store with its own I/O.
 */
#ifndef IOWALK_REFERENCE_PLUGIN_H
#define IOWALK_REFERENCE_PLUGIN_H

#include "../reference.h"

/*
 * Makes the table; plugin_store_free() frees it. `hooks` stays the plug-in's. -EINVAL with what was found
 * and what was wanted, -ENOMEM.
 */
int plugin_store_new(const struct iowalk_store *hooks, const struct layout_ops **out,
		     struct why *why);
void plugin_store_free(const struct layout_ops *ops);

#endif
