/*
 * A comparison as its readers take it: a terminal, a job summary, a CI's test report, annotations of
 * a pull request, a program. All lead with what regressed and by how much. Any text may stand in a
 * name. Errors of writing are left for the stream's owner to see (ferror).
 */
#ifndef IOWALK_JUDGE_WRITERS_H
#define IOWALK_JUDGE_WRITERS_H

#include <stdio.h>

#include "comparison.h"

/* The table on stdout. */
void comparison_write_table(FILE *out, const struct comparison *comparison, bool color);

/* GitHub-flavoured Markdown, for $GITHUB_STEP_SUMMARY and the like. */
void comparison_write_markdown(FILE *out, const struct comparison *comparison);

/*
 * JUnit XML, a test case a cell: regressions are failures of type PerformanceRegression, failed
 * cells errors of type MeasurementFailed, inconclusive ones and those of one side skipped; figures
 * are properties of the case. Source: https://github.com/testmoapp/junitxml
 */
void comparison_write_junit(FILE *out, const struct comparison *comparison);

/*
 * Workflow commands: an ::error:: a regression or failure, one ::warning:: for what is
 * inconclusive, one ::notice:: for what improved. GitHub shows ten of a kind a step.
 * Source: GitHub Docs, Workflow commands; escapes as in actions/toolkit, core/src/command.ts
 */
void comparison_write_annotations(FILE *out, const struct comparison *comparison);

/* New reference, or NULL without memory. */
json_t *comparison_json(const struct comparison *comparison);

/* The writers by name: "table" (without colour), "markdown", "junit", "github", "json". */
struct comparison_format {
	const char *name;
	void (*write)(FILE *out, const struct comparison *comparison);
};
extern const struct comparison_format comparison_formats[];
extern const size_t comparison_formats_count;

/* ---- what they share ---- */

/* The cells as they are told: failed, regressions, inconclusive, improvements, those of one side,
 * the rest; the greatest effect first. Caller frees; NULL without memory. */
size_t *comparison_order(const struct comparison *comparison);

/* Whole texts of one cell; empty where there is nothing to say. */
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

/* Why the cell has its verdict, in one line: "time +12.3% (+8.0…+17%); syscalls 199 → 200 (+1)". */
void change_reason(const struct cell_change *cell, bool utf8, char *text, size_t size);

/* "2 regressions (worst: bfs/…: time +12.3%), 1 inconclusive, 9 no change in 12 cells". */
void comparison_headline(const struct comparison *comparison, bool utf8, char *text, size_t size);

/* What the sides and the threshold are, and that the times are of the weaker kind where so. */
void comparison_caption(const struct comparison *comparison, char *text, size_t size);

/* A difference of the environment: "kernel.release: 6.1.0 → 6.18.44". */
void difference_text(const json_t *difference, bool utf8, char *text, size_t size);

#endif
