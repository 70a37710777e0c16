/* Warnings about the roofline of a run. */
#ifndef IOWALK_REPORT_ROOFLINE_NOTES_H
#define IOWALK_REPORT_ROOFLINE_NOTES_H

#include "../judge/rows.h"

/* Conditions that make roofline_percent doubtful, each with its remedy and without a final full
 * stop: slices that lie far apart, and cells that were faster than the roofline. Returns how many
 * there are. */
#define ROOFLINE_NOTES_MAX 2
size_t report_roofline_notes(const struct report *report, char notes[ROOFLINE_NOTES_MAX][512]);

#endif
