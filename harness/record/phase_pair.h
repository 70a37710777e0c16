/*
 * Two phases whose builds a gate has measured in turns: results/phases/compare-A,B/, next to the phases
 * has gate.json, with `phases` in addition, and blocks.jsonl.gz of the gate, without the names of
 * the machine and its folders. A phase's name has no comma, so the folder is never taken for a phase.
 */
#ifndef IOWALK_RECORD_PHASE_PAIR_H
#define IOWALK_RECORD_PHASE_PAIR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "../../engines/why.h"

/* The folder of the pair; `folder` is that of either phase. */
void phase_pair_path(const char *folder, const char *a_name, const char *b_name, char *path,
		     size_t size);

/*
 * Keeps the gate in the folder `gate` as `path`, whole or not at all. a and b are phase.json of the
 * two. -EEXIST if there is one and `replace` is false; -ENODATA if the gate has no result.
 */
int phase_pair_keep(const char *gate, const char *path, const json_t *a, const json_t *b,
		    bool replace, struct why *why);

/* gate.json of the pair; NULL if there is none. New reference. */
json_t *phase_pair_load(const char *folder, const char *a_name, const char *b_name);

#endif
