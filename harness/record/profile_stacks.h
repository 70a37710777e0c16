/*
 * The stacks of a run's profiles, stacks.jsonl.gz: one gzip member per line.
 *
 *   {"cell":NAME, "process":0, "repetition":0,
 *    "frames":["bfs_run", "slotted_neighbors", …],
 *    "stacks":[{"frames":[0,1], "user_ns":…, "syscall_ns":…, "blocked_ns":…}…],
 *    "timeline":{"wall_ns":…, "names":[…], "events":[[thread, at_ns, ns, kind, label]…]}}
 * A stack's frames are indices in the line's `frames`, outermost first; names of the kernel's functions end
 * in "_[k]". Times are per walk, by the kinds of profile/stacks.h. The timeline is of the last recorded slice,
 * some walks or one: waits with their length, and samples without one.
 */
#ifndef IOWALK_RECORD_PROFILE_STACKS_H
#define IOWALK_RECORD_PROFILE_STACKS_H

#include <jansson.h>

#include "../base/json_lines.h"

#define PROFILE_STACKS_FILE "stacks.jsonl.gz"

/* Opens the file of a run's folder for more lines. Errors of json_lines_open(). */
int profile_stacks_open(const char *folder, struct json_lines **out, struct why *why);

/* Appends the frames and stacks of `profile`; `line` is that of samples.jsonl with its metrics. */
int profile_stacks_append(struct json_lines *lines, const json_t *line, const json_t *profile);

/*
 * The lines of a run, by the names of their cells; of several with the same name the last. An empty object if
 * the run has no profiles. New reference; NULL and an error if the file cannot be read.
 */
int profile_stacks_load(const char *folder, json_t **out, struct why *why);

#endif
