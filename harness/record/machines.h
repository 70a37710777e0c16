/*
 * The machines of a merged run (merge.h). A run that was made on several kinds of machine has, in run.json, "machines":
 * [{"name":"machine 1", "environment":{…}, "roofline":{…}}…], and each cell the name of its own as `machine`. All other runs
 * have neither, and environment.json describes their machine.
 */
#ifndef IOWALK_RECORD_MACHINES_H
#define IOWALK_RECORD_MACHINES_H

#include "run.h"

#define MACHINES_TEXT_MAX 2048 /* of the captions of several machines; more are cut off */

/*
 * Sorts runs[count] by kinds of machine, in their order: names[count] becomes the name of each run's, and *kinds the array
 * `machines`, which owns the names. One kind: NULL and NULL. -ENOMEM.
 */
int machines_of_runs(const struct run *runs, size_t count,
		     bool (*same_machine)(const json_t *a, const json_t *b), const char **names,
		     json_t **kinds);

/* The environment of the machine that measured a cell (an entry of `cells`). Borrowed. */
const json_t *machine_of_cell(const struct run *run, const json_t *cell);

/* Machine number `i` of a run, from 0: its environment, and its name or NULL if it is the only one. False after the last one.
 * All borrowed. */
bool machine_at(const struct run *run, size_t i, const char **name, json_t **environment);

/* As environment_caption(); of several machines "machine 1: AMD EPYC, …; machine 2: …". */
void machines_caption(const struct run *run, char *machine, size_t machine_size, char *build,
		      size_t build_size);

#endif
