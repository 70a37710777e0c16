/* Google Benchmark's JSON: see support/gbench_json.c. */
#include "format.h"
#include "support/gbench_json.h"
#include "support/json_out.h"

static int write_gbench(const struct run *run, FILE *out)
{
	return export_write_json(export_gbench_json(run), out);
}

const struct export_format export_gbench = {
	.name = "gbench",
	.summary = "Google Benchmark's JSON, for its compare.py and other readers",
	.write = write_gbench,
};
