/*
 * Changes settings of the machine for a while, so that it is hard to leave them changed:
 *   - before the first change, all old values are in a file under /run, which a reboot empties as it
 *     resets the settings;
 *   - another process, in a session of its own, waits for the end of this one, whatever ends it
 *     (kill -9 included), and restores;
 *   - if that one is killed as well, the file is left, and the next fix_open() restores from it.
 * A setting that somebody else has changed meanwhile is left as it is. One process at a time: the
 * file is locked.
 */
#ifndef IOWALK_MACHINE_FIX_H
#define IOWALK_MACHINE_FIX_H

#include <jansson.h>
#include <stddef.h>
#include <sys/types.h>

#include "../../engines/why.h"

struct fix {
	int fd;          /* of the locked file */
	int alive_fd;    /* the end of it tells the other process that this one has ended */
	pid_t restorer;  /* 0: none was started */
	json_t *changes; /* owned */
};

/*
 * Locks the file, and restores first what an earlier process left; *restored_count is how many
 * settings that file named. -EBUSY if another process holds it; -EIO if a setting could not be
 * restored, which is printed on stderr; -EACCES and others of open(2), with the reason in `why`.
 */
int fix_open(struct fix *fix, size_t *restored_count, struct why *why);

/*
 * Makes the changes, an array as that of settings_to_change() (settings.h), and prints each on
 * stderr, with the reason where one fails. Returns how many were made, or negative errno with the
 * reason in `why` if none was tried. Once after fix_open().
 */
int fix_apply(struct fix *fix, const json_t *changes, struct why *why);

/* Restores and removes the file. -EIO if a setting could not be restored (the file stays then).
 * Always after a successful fix_open(). */
int fix_close(struct fix *fix, struct why *why);

enum fix_state {
	FIX_NONE,   /* nothing is changed */
	FIX_ACTIVE, /* a process holds changed settings */
	FIX_LEFT    /* a process ended without restoring, or its file cannot be read */
};

/* Looks, without changing anything. */
enum fix_state fix_look(void);

#endif
