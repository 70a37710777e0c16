/*
 * The folder of a merged run, written whole or not at all.
 *
 * The record is written to a folder aside, `.NAME.merging` beside DIR/NAME, which is renamed at the end. A merge that was killed
 * leaves it behind, and the next one begins it anew. An existing DIR stays as it is if its record is the same, byte by byte; it
 * is replaced only by a merge of the same suite and options that has all of its shards.
 */
#ifndef IOWALK_RECORD_MERGE_FOLDER_H
#define IOWALK_RECORD_MERGE_FOLDER_H

#include "run.h"

/*
 * Writes run.json, environment.json and samples.jsonl of `merged`, with suite.ini and the stacks of profiles from the folders of
 * runs[count], to the folder `path`, which becomes merged->path. -EEXIST if it is something else than an earlier merge of these
 * shards, -EBUSY if another merge writes it, -EINVAL if the copies of the suite differ; with the reason in `why`.
 */
int merge_folder_write(struct run *merged, const struct run *runs, size_t count, const char *path,
		       struct why *why);

#endif
