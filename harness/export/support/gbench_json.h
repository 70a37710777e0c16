/* A run in Google Benchmark's JSON. Every run also stores it as benchmark.json. */
#ifndef IOWALK_EXPORT_SUPPORT_GBENCH_JSON_H
#define IOWALK_EXPORT_SUPPORT_GBENCH_JSON_H

#include "../../record/run.h"

/* Iteration rows, and aggregates mean, median, stddev and cv. New reference; NULL if out of
 * memory. */
json_t *export_gbench_json(const struct run *run);

#endif
