/*
 * What a plug-in has to leave as it found it: checked in a worker, from before a cell is opened until after it is closed.
 * A crash, a hang and an exit end the worker and need no check.
 */
#ifndef IOWALK_PLUGIN_GUARD_H
#define IOWALK_PLUGIN_GUARD_H

#include "../../engines/why.h"

struct plugin_guard; /* what there was before */

/* -ENOMEM, or the error of a system call. Standard output is caught until plugin_guard_end(). */
int plugin_guard_begin(struct plugin_guard **out);

/*
 * Releases the guard; it may be NULL. -EPROTO with the reason if the plug-in has changed a signal handler, left a
 * thread behind or written to standard output.
 */
int plugin_guard_end(struct plugin_guard *guard, struct why *why);

#endif
