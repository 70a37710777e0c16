/*
 * Engines of plug-ins: makes an engine table of the hooks that a plug-in has (include/iowalk/engine.h), so
 * that the rest of the program need not tell the two apart. Nothing of engine.h is passed to a plug-in.
 *
 * The tables are checked here before they are used; they are trusted only as far as memory goes: a pointer that
 * leads nowhere ends the process.
 */
#ifndef IOWALK_ENGINE_PLUGIN_H
#define IOWALK_ENGINE_PLUGIN_H

#include "../../include/iowalk/engine.h"
#include "../engine.h"

#include <errno.h>

#define PLUGIN_NAME_MAX 31

/* Is it a name for the command line: a small letter, then small letters, digits and _? NULL is none. */
bool plugin_name_ok(const char *name);

/* Checks what the tables of engines and stores begin with: struct_size, of which ABI 1.0 wants `wanted` bytes, and the name. `kind`
 * is "an engine" or "a store". 0, or -EINVAL with what was found and what was wanted. */
int plugin_check_head(const char *kind, uint32_t struct_size, size_t wanted, const char *name,
		      struct why *why);

/* -EINVAL: the part `name` lacks a required hook. */
int plugin_lacks(const char *kind, const char *name, const char *hook, struct why *why);

/* The option table of an engine or store called `owner`, from that of its plug-in: *out has *count
 * entries, the caller frees it. -EINVAL with the reason, -ENOMEM. */
int plugin_options(const struct iowalk_option *const *options, const char *owner,
		   struct option_spec **out, uint32_t *count, struct why *why);

/* The count of `name` among engine's counts, added to *into (a struct engine_stats): an iowalk_count. */
void plugin_count(void *into, uint32_t kind, const char *name, uint64_t value);

/* What a hook returned: 0 or a negative errno; anything else is -EPROTO. */
static inline int plugin_result(int err)
{
	return err <= 0 && err >= -4095 ? err : -EPROTO;
}

/*
 * Makes the table; plugin_engine_free() frees it. `hooks` stays the plug-in's. -EINVAL with what was found
 * and what was wanted, -ENOMEM.
 */
int plugin_engine_new(const struct iowalk_engine *hooks, const struct engine_ops **out,
		      struct why *why);
void plugin_engine_free(const struct engine_ops *ops);

#endif
