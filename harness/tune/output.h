/* What a search found: the table, the profiles file and the record. */
#ifndef IOWALK_TUNE_OUTPUT_H
#define IOWALK_TUNE_OUTPUT_H

#include "../base/text.h"
#include "tuner.h"

/* The options that would be searched, and their values; the default first. */
void tune_print_plan(FILE *out, const struct tuner *tuner);

/* The best setting of each group, with its interval, and what each option was worth. */
void tune_print(FILE *out, const struct tuner *tuner, const struct style *style);

/* The record of the search (docs/FORMATS.md, tune.json); `info` is that of its run. New reference. */
json_t *tune_json(const struct tuner *tuner, const struct run *run);

/*
 * Writes the profiles file that `iowalk run --profile PATH` takes: a profile of each group that was measured, in comments
 * when, where and on what. Errors of write_text_file().
 */
int tune_write_profiles(const struct tuner *tuner, const struct run *run, const char *path);

/* "complete", "budget" or "interrupted": what ended the search. */
const char *tune_ended(const struct tuner *tuner);

#endif
