/*
 * A section of a report: its text and tables, and its figures. One section is one file in
 * harness/report/sections/: sections/latency.c defines `const struct report_section
 * section_latency`. The sections and figures of all files are found by a generated table.
 */
#ifndef IOWALK_REPORT_SECTION_H
#define IOWALK_REPORT_SECTION_H

#include "../base/document.h"
#include "../judge/history.h"
#include "../plot/figures.h"

struct report_context {
	const struct history *history;
	const char *plots;    /* folder of the drawn figures */
	const char *no_plots; /* why there are none, or NULL */
	const char *command;  /* the command that makes the report again */
};

struct report_section {
	unsigned order; /* sections are sorted by this number: 100, 200, … */
	/* Writes heading, text and tables; the figures that were drawn are added after them. NULL: the
	 * section has only figures, which follow those of the section before it. */
	void (*write)(struct document *document, const struct report_context *context);
	const char *heading;          /* of the figures, if any of them was drawn; or NULL */
	const struct figure *figures; /* [figures_count], or NULL */
	size_t figures_count;
};

extern const struct report_section *const section_table[];
extern const size_t section_table_count;

#endif
