/* Writers of a comparison: for a terminal, a job summary, a CI's test report, annotations of a pull
 * request, and programs. All begin with the regressions and their size. Names may contain any text.
 * Write errors are left to the owner of the stream (ferror). */
#ifndef IOWALK_JUDGE_WRITERS_H
#define IOWALK_JUDGE_WRITERS_H

#include <stdio.h>

#include "comparison.h"

/* The table on stdout. */
void comparison_write_table(FILE *out, const struct comparison *comparison, bool color);

/* GitHub-flavoured Markdown, for $GITHUB_STEP_SUMMARY and the like. */
void comparison_write_markdown(FILE *out, const struct comparison *comparison);

/* JUnit XML, one test case per cell. Regressions are failures of type PerformanceRegression, and
 * failed cells are errors of type MeasurementFailed. Inconclusive cells and those of only one side
 * are skipped. Values are properties of the case. Source: https://github.com/testmoapp/junitxml */
void comparison_write_junit(FILE *out, const struct comparison *comparison);

/* Workflow commands: one ::error:: per regression or failure, one ::warning:: for all inconclusive
 * cells, one ::notice:: for all improvements. GitHub shows ten of each kind per step.
 * Source: GitHub Docs, Workflow commands; escapes as in actions/toolkit, core/src/command.ts */
void comparison_write_annotations(FILE *out, const struct comparison *comparison);

/* New reference. NULL if out of memory. */
json_t *comparison_json(const struct comparison *comparison);
/* A cell of it. */
json_t *comparison_cell_json(const struct cell_change *cell);

/* The writers by name: "table" (without colour), "markdown", "junit", "github", "json". */
struct comparison_format {
	const char *name;
	void (*write)(FILE *out, const struct comparison *comparison);
};
extern const struct comparison_format comparison_formats[];
extern const size_t comparison_formats_count;

/* ---- shared by the writers ---- */

/* The order of the cells in the output: failed, regressions, inconclusive, improvements, cells of
 * one side, the rest; within these the largest effect first. The caller frees it. NULL if out of
 * memory. */
size_t *comparison_order(const struct comparison *comparison);

/* The values of one cell as texts; empty if there is no value. */
#define CHANGE_TEXT_MAX 80
struct change_texts {
	char a[CHANGE_TEXT_MAX], b[CHANGE_TEXT_MAX]; /* "1.25 ms" */
	char effect[CHANGE_TEXT_MAX];                /* "+5.2%" */
	char interval[CHANGE_TEXT_MAX];              /* "+3.1…+7.4%" */
	char mde[CHANGE_TEXT_MAX];                   /* "2.1%" */
};
void change_texts(const struct cell_change *cell, bool utf8, struct change_texts *out);

/* "syscalls 199 → 200 (+1)". */
void count_change_text(const struct count_change *change, bool utf8, char *text, size_t size);

/* The reason for the cell's verdict, in one line: "time +12.3% (+8.0…+17%); syscalls 199 → 200
 * (+1)". */
void change_reason(const struct cell_change *cell, bool utf8, char *text, size_t size);

/* "2 regressions (worst: bfs/…: time +12.3%), 1 inconclusive, 9 no change in 12 cells". */
void comparison_headline(const struct comparison *comparison, bool utf8, char *text, size_t size);

/* The names of the sides and the threshold; of runs, how many there are and what a time is. */
void comparison_caption(const struct comparison *comparison, char *text, size_t size);

/* How times were judged: "interleaved" (a gate), "runs" or "not_judged". */
const char *comparison_times_key(const struct comparison *comparison);

/* Neither counts nor judged times of the cell changed. */
bool cell_is_unchanged(const struct cell_change *cell);

/* A difference of the environment: "kernel.release: 6.1.0 → 6.18.44". */
void difference_text(const json_t *difference, bool utf8, char *text, size_t size);

#endif
