/* The report of a gate: what it found, and its blocks as they came. */
#ifndef IOWALK_REPORT_GATE_REPORT_H
#define IOWALK_REPORT_GATE_REPORT_H

#include "../base/document.h"
#include "../gate/story.h"

/* The finding, with what a gate without a result needs in front of it. -ENOMEM. */
int gate_title(const struct gate_story *story, char *text, size_t size);

/* Writes the whole report. `command` makes it again. Errors are in document->err. */
void gate_report(struct document *document, const struct gate_story *story, const char *command);

#endif
