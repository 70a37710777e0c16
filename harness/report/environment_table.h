/* The machine and the build of a record, as a table. */
#ifndef IOWALK_REPORT_ENVIRONMENT_TABLE_H
#define IOWALK_REPORT_ENVIRONMENT_TABLE_H

#include <jansson.h>

#include "../base/document.h"

/* A row for each value of environment.json. */
void report_environment(struct document *document, json_t *environment);

/* A cell with a value of any kind; "-" if there is none. */
void report_environment_value(struct document *document, const json_t *value, enum tone tone);

#endif
