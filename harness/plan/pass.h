/* The passes of a cell: what is measured, one thing at a time. */
#ifndef IOWALK_PLAN_PASS_H
#define IOWALK_PLAN_PASS_H

/* Passes that another version wrote may appear in samples.jsonl: they are PASS_OTHER. */
enum sample_pass { PASS_TIME, PASS_LATENCY, PASS_COUNT, PASS_PROFILE, PASS_OTHER };

#define PASSES_COUNT PASS_OTHER
extern const char *const pass_names[PASSES_COUNT]; /* as in samples.jsonl */

#endif
