/* A history as a document: what report.md and report.html are written from. */
#ifndef IOWALK_REPORT_PARTS_H
#define IOWALK_REPORT_PARTS_H

#include "../base/document.h"
#include "history.h"

/*
 * The whole report. `plots` is the folder of its figures: one that is not there is left out; no_plots
 * says why there are none, or is NULL. `command` is the one that makes the report again.
 */
void report_document(struct document *document, const struct history *history, const char *plots,
		     const char *no_plots, const char *command);

/* ---- its parts, in their order ---- */

/* The first screen: what changed, the largest wins and losses, targets. */
void report_first_screen(struct document *document, const struct history *history,
			 const char *plots);

/* What the phases were measured on, and what differs between them. */
void report_environment(struct document *document, const struct history *history);

/* A table a graph: cells as rows, phases as columns. */
void report_times(struct document *document, const struct history *history, const char *plots);

/* Latency, system calls by name, faults, bytes and files, of the last phase. */
void report_latency(struct document *document, const struct history *history, const char *plots);
void report_syscalls(struct document *document, const struct history *history, const char *plots);
void report_faults(struct document *document, const struct history *history, const char *plots);
void report_bytes(struct document *document, const struct history *history, const char *plots);

/* What makes the numbers doubtful, each with its remedy; returns how many. With a NULL document they
 * are only counted. */
size_t report_warnings(struct document *document, const struct history *history,
		       const char *no_plots);

/* The commands that make the phases and the report again. */
void report_commands(struct document *document, const struct history *history, const char *command);

/* ---- shared ---- */

/* A figure, where it was drawn. */
void report_figure(struct document *document, const char *plots, const char *name, const char *alt,
		   const char *caption);

/* Three cells of a table: change, interval, verdict, as `iowalk compare` has them; NULL: none. */
void report_change(struct document *document, const struct cell_change *change);

/* How a verdict looks. */
enum tone verdict_tone(enum verdict verdict);

#endif
