/* Removes the names of machines and folders from records, so that they can be published. */
#ifndef IOWALK_MACHINE_ANONYMIZE_H
#define IOWALK_MACHINE_ANONYMIZE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * Removes the name of the machine and the path of the storage from an environment, and reduces each
 * absolute path in any of its texts to the last part. Paths under /dev, /proc and /sys are kept.
 * -ENOMEM.
 */
int anonymize_environment(json_t *environment);

/* Reduces the paths in run.json in the same way, those of the command included. -ENOMEM. */
int anonymize_info(json_t *info);

/* Copies samples.jsonl line by line. Only the texts of errors can contain paths; all other lines are
 * copied unchanged. 0 or negative errno. */
int anonymize_samples(FILE *from, FILE *to);

/* The same into the new file PATH, compressed. keep_part: what is before a place that cannot be read is kept, and is
 * no error. */
int anonymize_to_gzip(FILE *from, const char *path, bool keep_part);

#endif
