/* What a report says, for programs: `iowalk report --json`. docs/FORMATS.md has the fields. */
#ifndef IOWALK_REPORT_REPORT_JSON_H
#define IOWALK_REPORT_REPORT_JSON_H

#include <jansson.h>

#include "../gate/story.h"
#include "../judge/history.h"

/* Of a run, or of phases. finding: the sentence that is the title of the report, or NULL. New reference; NULL if
 * out of memory. */
json_t *report_json_of_history(const struct history *history, const char *finding);

/* Of a gate. New reference; NULL if out of memory. */
json_t *report_json_of_gate(const struct gate_story *story);

#endif
