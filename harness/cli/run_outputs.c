/* The files of a run that are made from its samples: see run_outputs.h. */
#include "run_outputs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../base/files.h"
#include "../base/message.h"
#include "../export/format.h"
#include "../export/support/gbench_json.h"
#include "../plot/flames.h"
#include "../report/table.h"
#include "../report/whole.h"

static int write_files(const struct run *run, bool drawn)
{
	char path[4096];
	struct why why = {0};
	int failures = 0;

	snprintf(path, sizeof(path), "%s/benchmark.json", run->path);
	json_t *gbench = export_gbench_json(run);
	int err = gbench ? write_json_file(path, gbench) : -ENOMEM;
	json_decref(gbench);
	if (err) {
		message("cannot write '%s': %s", path, strerror(-err));
		failures++;
	}
	snprintf(path, sizeof(path), "%s/summary.md", run->path);
	err = summary_write(run, path);
	if (err) {
		message("cannot write '%s': %s", path, strerror(-err));
		failures++;
	}
	if (drawn && (err = report_draw_run(run, &why))) {
		/* Not a failure: the numbers are recorded, and the message names the remedy. */
		message("no plots: %s", *why.text ? why.text : strerror(-err));
	}
	return failures;
}

static int draw_flames(const struct run *run)
{
	struct why why = {0};
	size_t count;

	if (!flames_draw_run(run, &count, &why))
		return 0;
	message("%s", why.text);
	return 1;
}

int run_outputs_write(const struct run *run, bool drawn)
{
	int failures = write_files(run, drawn);

	return drawn ? failures + draw_flames(run) : failures;
}

extern const struct export_format export_fom;

int run_print_fom(const struct run *run)
{
	int err = export_fom.write(run, stdout);

	if (err)
		message("cannot print the figures of merit: %s", strerror(-err));
	return err != 0;
}
