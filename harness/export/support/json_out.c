/* Writing JSON to a stream: see json_out.h. */
#include "json_out.h"

#include <errno.h>

int export_write_json(json_t *json, FILE *out)
{
	int err = json == NULL ? -ENOMEM : json_dumpf(json, out, JSON_INDENT(2)) == 0 ? 0 : -EIO;

	fputc('\n', out);
	json_decref(json);
	return err;
}
