/* Writing JSON to a stream. */
#ifndef IOWALK_EXPORT_SUPPORT_JSON_OUT_H
#define IOWALK_EXPORT_SUPPORT_JSON_OUT_H

#include <jansson.h>
#include <stdio.h>

/* Writes `json` indented, with a newline; takes over the reference. -ENOMEM for NULL, else -EIO on
 * failure. */
int export_write_json(json_t *json, FILE *out);

#endif
