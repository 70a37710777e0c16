/*
 * The gate against stored runs: see output.h. It is weaker than a gate of two builds, because the sides
 * are measured at different times. Counts always decide; times have the limits of comparison_of_runs().
 */
#include "../count/counters.h"
#include "../machine/environment.h"
#include "output.h"
#include "../judge/accept.h"
#include "record.h"
#include "../prepare/preparer.h"
#include "../prepare/room.h"
#include "../measure/runner.h"
#include "../base/cache_folder.h"
#include "../base/clock.h"
#include "../base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static json_t *info_of(const struct plan *plan, const struct run *baselines, size_t count)
{
	json_t *paths = json_array();

	json_t *cells = json_array();
	char started[UTC_STAMP_MAX];

	utc_stamp(started);
	for (size_t i = 0; i < plan->cells_count; i++)
		json_array_append_new(cells, cell_json(&plan->cells[i]));
	json_t *info =
		json_pack("{si ss s[sss] ss sI sO sO so ss}", "format", GATE_FORMAT, "suite",
			  plan->suite, "command", "iowalk", "gate", "--baseline", "started",
			  started, "seed", (json_int_t)plan->seed, "selections", plan->selections,
			  "limits", plan->limits, "cells", cells, "baseline", baselines[0].path);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(paths, json_text(baselines[i].path));
	if (info && count > 1)
		json_object_set(info, "baselines", paths);
	json_decref(paths);
	return info;
}

static int new_run(const struct plan *plan, const struct run *baselines, size_t count,
		   const char *out, const char *cache_folder, struct run *run, struct why *why)
{
	json_t *info = info_of(plan, baselines, count),
	       *environment = environment_probe(cache_folder);
	char path[4096], stamp[UTC_STAMP_MAX];

	utc_folder_stamp(stamp);
	snprintf(path, sizeof(path), "results/gates/%s-%s", stamp, plan->suite);
	if (out)
		snprintf(path, sizeof(path), "%s", out);
	int err = info && environment ? run_create(path, info, environment, run, why) : -ENOMEM;
	if (err && !*why->text)
		why_set(why, err, "cannot make '%s': %s", path, strerror(-err));
	json_decref(info);
	json_decref(environment);
	return err;
}

static bool has_processes(const struct run *run)
{
	return json_object_get(json_array_get(run->samples, 0), "process") != NULL;
}

static int measure(struct plan *plan, const struct run *baselines,
		   const struct gate_baseline_request *request, struct run *run, struct why *why)
{
	struct preparer *preparer = NULL;
	struct run_outcome outcome;
	char folder[2048];

	cache_folder_path(request->cache_dir, folder, sizeof(folder));
	int err = preparer_new(folder, CACHE_LIMIT_BYTES, 0, &preparer, why);
	err = err ? err
		  : room_check(folder, plan, 0, request->out ? request->out : RUNS_FOLDER, why);
	if (!err) {
		plan_probe(plan, folder);
		for (size_t i = 0; i < plan->cells_count; i++) {
			if (plan->cells[i].memory_limit_bytes && !plan->cells[i].skipped)
				plan->cells[i].skipped =
					strdup("a gate does not apply memory limits");
		}
		err = new_run(plan, baselines, request->runs_count, request->out, folder, run, why);
	}
	struct run_settings settings = {.timeout_s = RUN_TIMEOUT_S};
	if (!err &&
	    counters_mode_parse(json_string_value(json_object_get(baselines[0].info, "counters")),
				&settings.counters))
		err = why_set(why, -EBADMSG, "the baseline's `counters` is unknown");
	/* Records of one process were made before runs had several. */
	for (size_t i = 0; i < plan->cells_count && !has_processes(&baselines[0]); i++)
		plan->cells[i].processes = 1;
	err = err ? err : run_plan(plan, run, preparer, &settings, &outcome, why);
	if (!err && outcome.interrupted)
		err = why_set(why, -EINTR, "interrupted; the samples taken so far are in '%s'",
			      run->path);
	preparer_free(preparer);
	return err;
}

static int compare(const struct gate_baseline_request *request, const struct run *baselines,
		   const struct run *run, const json_t *accepts, int *status, struct why *why)
{
	struct comparison comparison;
	int err = comparison_of_runs(baselines, request->runs_count, run, 1,
				     request->threshold_percent, true, &comparison, why);

	if (err)
		return err;
	comparison.command = "gate";
	comparison.allow_lost = request->allow_lost;
	if (comparison_common_count(&comparison) == 0) {
		err = why_set(why, -EINVAL, "'%s' has no cell of this suite", baselines[0].path);
	} else {
		if (request->counts_only || !comparison.same_machine)
			comparison_leave_times_out(&comparison);
		err = accept_known(&comparison, accepts);
		*status = comparison_status(&comparison);
		err = err ? err : gate_show(&request->output, &comparison);
		if (!request->output.json)
			printf("\nrecord: %s\n", run->path);
	}
	comparison_release(&comparison);
	return err;
}

int gate_against_run(const struct gate_baseline_request *request, struct plan *plan, int *status,
		     struct why *why)
{
	struct run *baselines = calloc(request->runs_count, sizeof(*baselines)), run = {0};
	int err = baselines ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < request->runs_count; i++)
		err = run_load(request->runs[i], false, &baselines[i], why);
	if (!err && !plan->cells_count) {
		/* A plug-in that was named, or whose file has changed since, is the candidate. */
		err = plugins_restore(json_object_get(baselines[0].info, "plugins"), PLUGINS_NAMED,
				      why);
		err = err ? err : plan_restore(plan, baselines[0].info, request->runs[0], why);
		err = err ? err : plan_select(plan, request->filter, request->exclude, why);
	}
	err = err ? err : measure(plan, baselines, request, &run, why);
	err = err ? err : compare(request, baselines, &run, plan->accepts, status, why);
	for (size_t i = 0; baselines && i < request->runs_count; i++)
		run_release(&baselines[i]);
	run_release(&run);
	free(baselines);
	return err;
}
