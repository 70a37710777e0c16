/* Records that are handed on do not tell whose machine they come from. */
#ifndef IOWALK_MACHINE_ANONYMIZE_H
#define IOWALK_MACHINE_ANONYMIZE_H

#include <jansson.h>
#include <stdio.h>

/*
 * Takes the machine's name and the storage's path out of an environment, and of each absolute path in
 * any text of it all but the last part. Paths of the system (/dev, /proc, /sys) stay. -ENOMEM.
 */
int anonymize_environment(json_t *environment);

/* The same paths in run.json, its command among them. -ENOMEM. */
int anonymize_info(json_t *info);

/* samples.jsonl copied line by line; only the errors' texts can hold paths, other lines stay byte for
 * byte. Negative errno. */
int anonymize_samples(FILE *from, FILE *to);

#endif
