/* iowalk run: from words to a plan, the plan measured, and what is shown of it. */
#include "../plan/cell.h"
#include "commands.h"
#include "../count/counters.h"
#include "../machine/environment.h"
#include "../prepare/memory_group.h"
#include "../prepare/preparer.h"
#include "../export/support/gbench_json.h"
#include "../report/table.h"
#include "../report/whole.h"
#include "../roofline/for_run.h"
#include "../measure/runner.h"
#include "../base/clock.h"
#include "../base/files.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
	"usage: iowalk run [OPTION]...\n"
	"\n"
	"Measures cells: every combination of the lists given, or those of a suite. Lists are "
	"words\n"
	"between commas. Without --suite: bfs over chain,star,random of 1000,10000 nodes, layout\n"
	"slotted, the four file engines, warm.\n"
	"\n"
	"what to measure\n"
	"  --suite FILE         cells of an INI file, or the name of one (quick, standard, "
	"limits);\n"
	"                       what else is given replaces the suite's own\n"
	"  --workload W,..      --graph G,..     --layout L,..     --engine E,..\n"
	"                       `iowalk list` shows them; graph file:PATH is an edge list\n"
	"  --profile P,..       known systems, in place of layout and engine\n"
	"  --nodes N,..         nodes of generated graphs\n"
	"  --degree D           edges a node of random graphs (2)\n"
	"  --undirected         edge lists: each line is an edge both ways\n"
	"  --root ID            where walks start, in the graph's own ids\n"
	"  --cache cold,warm    state of the page cache, proven before each sample (warm)\n"
	"  --opt OWNER.KEY=V    option of an engine, layout or workload; may be given again\n"
	"  --filter REGEX       only cells whose name matches (POSIX extended)\n"
	"  --claim ID           only the cells that this claim of the suite compares\n"
	"\n"
	"how\n"
	"  --repetitions N      samples of the time pass (10)\n"
	"  --min-time S         a warm sample walks as often as fills this (0.02)\n"
	"  --iterations N       walks a sample, in place of --min-time; counts as well\n"
	"  --passes P,..        of time, latency, count (all)\n"
	"  --interleave         go round all cells with each repetition, for ratios\n"
	"  --seed S             of graphs, queries and the order of cells (0x5F3759DF)\n"
	"  --threads N          bfs, lookup: each with an engine of its own on the same file (1)\n"
	"  --memory-limit SIZE  measure in a cgroup of so much memory, page cache included: 192M\n"
	"  --counters C         auto, or none: no perf events, only what needs no rights\n"
	"\n"
	"where\n"
	"  --out DIR            the run's folder (results/runs/<UTC>-<suite>)\n"
	"  --resume DIR         go on with a run that was ended early; no other cells than its "
	"own\n"
	"  --cache-dir DIR      graph files (default: $IOWALK_CACHE_DIR, ~/.cache/iowalk)\n"
	"  --cache-limit BYTES  the least recently used graph files go beyond it (20G)\n"
	"  --dry-run            print the cells and what cannot be run, measure nothing\n"
	"  --no-roofline        do not measure the device before cold cells (iowalk roofline)\n"
	"  --no-plots           no pictures\n"
	"  --json               the table as JSON on stdout\n"
	"  --color WHEN         auto, always, never\n"
	"\n"
	"exit status: 0 all cells measured and verified, 1 some failed or it was interrupted,\n"
	"2 bad usage or input\n";

struct arguments {
	struct selection selection;
	const char *suite, *filter, *claim, *out, *resume, *cache_dir, *color;
	uint64_t cache_limit_bytes, seed;
	bool has_seed, dry_run, json, no_plots, no_roofline, use_color;
	enum counters_mode counters;
};

enum {
	OPT_SELECTION = 1000,
	OPT_SUITE = 2000,
	OPT_FILTER,
	OPT_CLAIM,
	OPT_OUT,
	OPT_RESUME,
	OPT_CACHE_DIR,
	OPT_CACHE_LIMIT,
	OPT_COUNTERS,
	OPT_DRY_RUN,
	OPT_NO_PLOTS,
	OPT_NO_ROOFLINE,
	OPT_JSON,
	OPT_COLOR,
	OPT_HELP
};

static const struct option options[] = {
	{"workload", required_argument, NULL, OPT_SELECTION + KEY_WORKLOAD},
	{"graph", required_argument, NULL, OPT_SELECTION + KEY_GRAPH},
	{"nodes", required_argument, NULL, OPT_SELECTION + KEY_NODES},
	{"degree", required_argument, NULL, OPT_SELECTION + KEY_DEGREE},
	{"undirected", no_argument, NULL, OPT_SELECTION + KEY_UNDIRECTED},
	{"root", required_argument, NULL, OPT_SELECTION + KEY_ROOT},
	{"layout", required_argument, NULL, OPT_SELECTION + KEY_LAYOUT},
	{"engine", required_argument, NULL, OPT_SELECTION + KEY_ENGINE},
	{"profile", required_argument, NULL, OPT_SELECTION + KEY_PROFILE},
	{"cache", required_argument, NULL, OPT_SELECTION + KEY_CACHE},
	{"opt", required_argument, NULL, OPT_SELECTION + KEY_OPT},
	{"repetitions", required_argument, NULL, OPT_SELECTION + KEY_REPETITIONS},
	{"min-time", required_argument, NULL, OPT_SELECTION + KEY_MIN_TIME},
	{"iterations", required_argument, NULL, OPT_SELECTION + KEY_ITERATIONS},
	{"passes", required_argument, NULL, OPT_SELECTION + KEY_PASSES},
	{"interleave", no_argument, NULL, OPT_SELECTION + KEY_INTERLEAVE},
	{"seed", required_argument, NULL, OPT_SELECTION + KEY_SEED},
	{"memory-limit", required_argument, NULL, OPT_SELECTION + KEY_MEMORY_LIMIT},
	{"threads", required_argument, NULL, OPT_SELECTION + KEY_THREADS},
	{"suite", required_argument, NULL, OPT_SUITE},
	{"claim", required_argument, NULL, OPT_CLAIM},
	{"filter", required_argument, NULL, OPT_FILTER},
	{"out", required_argument, NULL, OPT_OUT},
	{"resume", required_argument, NULL, OPT_RESUME},
	{"cache-dir", required_argument, NULL, OPT_CACHE_DIR},
	{"cache-limit", required_argument, NULL, OPT_CACHE_LIMIT},
	{"counters", required_argument, NULL, OPT_COUNTERS},
	{"dry-run", no_argument, NULL, OPT_DRY_RUN},
	{"no-plots", no_argument, NULL, OPT_NO_PLOTS},
	{"no-roofline", no_argument, NULL, OPT_NO_ROOFLINE},
	{"json", no_argument, NULL, OPT_JSON},
	{"color", required_argument, NULL, OPT_COLOR},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

/* A number with what option_parse() takes: suffixes K, M, G. */
static bool parse_u64(const char *name, const char *text, uint64_t min, uint64_t *value)
{
	struct option_spec spec = {.name = name, .type = OPTION_U64, .min = min, .max = UINT64_MAX};
	struct why why = {0};

	if (option_parse(&spec, text, value, &why) == 0)
		return true;
	message("--%s: %s", name, why.text);
	return false;
}

/* 0, or the exit status plus one. */
static int parse_one(struct arguments *arguments, int option, const char *value)
{
	struct why why = {0};

	if (option >= OPT_SELECTION && option < OPT_SELECTION + SELECTION_KEYS_COUNT) {
		const char *key = selection_key_names[option - OPT_SELECTION];
		if (selection_set(&arguments->selection, key, value ? value : "1", &why))
			message("%s", why.text);
		else
			return 0;
		return STATUS_USAGE + 1;
	}
	switch (option) {
	case OPT_SUITE:
		arguments->suite = value;
		return 0;
	case OPT_FILTER:
		arguments->filter = value;
		return 0;
	case OPT_CLAIM:
		arguments->claim = value;
		return 0;
	case OPT_OUT:
		arguments->out = value;
		return 0;
	case OPT_RESUME:
		arguments->resume = value;
		return 0;
	case OPT_CACHE_DIR:
		arguments->cache_dir = value;
		return 0;
	case OPT_CACHE_LIMIT:
		return parse_u64("cache-limit", value, 0, &arguments->cache_limit_bytes)
			       ? 0
			       : STATUS_USAGE + 1;
	case OPT_COUNTERS:
		arguments->counters = strcmp(value, "none") == 0 ? COUNTERS_NONE : COUNTERS_AUTO;
		if (strcmp(value, "auto") == 0 || strcmp(value, "none") == 0)
			return 0;
		message("--counters '%s': valid: auto, none", value);
		return STATUS_USAGE + 1;
	case OPT_DRY_RUN:
		arguments->dry_run = true;
		return 0;
	case OPT_NO_PLOTS:
		arguments->no_plots = true;
		return 0;
	case OPT_NO_ROOFLINE:
		arguments->no_roofline = true;
		return 0;
	case OPT_JSON:
		arguments->json = true;
		return 0;
	case OPT_COLOR:
		arguments->color = value;
		return 0;
	case OPT_HELP:
		fputs(help, stdout);
		return STATUS_OK + 1;
	default:
		return usage_error("run") + 1;
	}
}

/* A run that is gone on with knows its cells: what would choose others is refused, not ignored. */
static int refuse_other_cells(const struct arguments *arguments)
{
	const char *given = arguments->suite    ? "suite"
			    : arguments->filter ? "filter"
			    : arguments->claim  ? "claim"
			    : arguments->out    ? "out"
						: NULL;

	for (int i = 0; i < OPT_SUITE - OPT_SELECTION; i++) {
		if (options[i].val >= OPT_SUITE)
			break;
		if (arguments->selection.values[options[i].val - OPT_SELECTION])
			given = options[i].name;
	}
	if (!given)
		return 0;
	message("--resume goes on with the run's own cells; --%s cannot be given with it", given);
	return STATUS_USAGE + 1;
}

static int parse_arguments(struct arguments *arguments, int argc, char **argv)
{
	int option, status;

	*arguments = (struct arguments){.color = "auto", .cache_limit_bytes = UINT64_C(20) << 30};
	optind = 1;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		status = parse_one(arguments, option == 'h' ? OPT_HELP : option, optarg);
		if (status)
			return status;
	}
	if (optind < argc) {
		message("run takes no argument '%s'", argv[optind]);
		return usage_error("run") + 1;
	}
	if (!color_parse(arguments->color, stdout, &arguments->use_color)) {
		message("--color '%s': valid: auto, always, never", arguments->color);
		return STATUS_USAGE + 1;
	}
	if (arguments->resume && (status = refuse_other_cells(arguments)))
		return status;
	const char *seed = arguments->selection.values[KEY_SEED];
	if (seed) {
		char *end;
		arguments->has_seed = true;
		bool hex = strncmp(seed, "0x", 2) == 0 || strncmp(seed, "0X", 2) == 0;
		arguments->seed =
			strtoull(seed, &end, hex ? 16 : 10); /* checked again with the selection */
	}
	return 0;
}

/* ---- the plan ---- */

static int make_plan(const struct arguments *arguments, struct plan *plan, struct why *why)
{
	char path[4096];
	int err;

	if (arguments->has_seed)
		plan->seed = arguments->seed;
	if (arguments->suite) {
		plan_suite_path(arguments->suite, path, sizeof(path));
		err = plan_add_suite(plan, path, &arguments->selection, why);
	} else {
		err = plan_add(plan, &arguments->selection, why);
		plan->suite = strdup("run");
	}
	if (!err && arguments->claim)
		err = plan_keep_claim(plan, arguments->claim, why);
	if (!err && arguments->filter) {
		int left = plan_filter(plan, arguments->filter, why);
		err = left < 0 ? left
		      : left   ? 0
			       : why_set(why, -EINVAL, "no cell matches the filter '%.100s'",
					 arguments->filter);
	}
	return err;
}

/* Where a cell has a limit, whether it can be kept is known before anything is written. */
static int find_memory_groups(const struct plan *plan, struct memory_groups **out, struct why *why)
{
	for (size_t i = 0; i < plan->cells_count; i++) {
		if (plan->cells[i].memory_limit_bytes && !plan->cells[i].skipped)
			return memory_groups_new(out, why);
	}
	return 0;
}

/* ---- the record ---- */

static json_t *run_info(const struct plan *plan, const struct arguments *arguments, int argc,
			char **argv)
{
	json_t *info = json_object(), *command = json_array(), *cells = json_array();
	char started[UTC_STAMP_MAX];

	utc_stamp(started);
	json_array_append_new(command, json_string("iowalk"));
	json_array_append_new(command, json_string("run"));
	for (int i = 1; i < argc; i++)
		json_array_append_new(command, json_string(argv[i]));
	for (size_t i = 0; i < plan->cells_count; i++)
		json_array_append_new(cells, cell_json(&plan->cells[i]));
	json_object_set_new(info, "format", json_integer(1));
	json_object_set_new(info, "suite", json_string(plan->suite));
	if (plan->summary)
		json_object_set_new(info, "summary", json_string(plan->summary));
	json_object_set_new(info, "command", command);
	json_object_set_new(info, "started", json_string(started));
	json_object_set_new(info, "seed", json_integer((json_int_t)plan->seed));
	json_object_set(info, "selections", plan->selections);
	if (plan->filter)
		json_object_set_new(info, "filter", json_string(plan->filter));
	if (arguments->counters == COUNTERS_NONE)
		json_object_set_new(info, "counters", json_string("none"));
	json_object_set(info, "limits", plan->limits);
	json_object_set(info, "claims", plan->claims);
	json_object_set_new(info, "cells", cells);
	return info;
}

static int new_run(const struct arguments *arguments, const struct plan *plan,
		   const char *cache_folder, int argc, char **argv, struct run *run,
		   struct why *why)
{
	char path[4096], stamp[UTC_STAMP_MAX];

	utc_folder_stamp(stamp);
	snprintf(path, sizeof(path), "results/runs/%s-%s", stamp, plan->suite);
	if (arguments->out)
		snprintf(path, sizeof(path), "%s", arguments->out);
	json_t *environment = environment_probe(cache_folder);
	json_t *info = run_info(plan, arguments, argc, argv);
	if (!arguments->no_roofline)
		roofline_for_run(plan, cache_folder, info);
	int err = run_create(path, info, environment, run, why);
	if (err && !*why->text)
		why_set(why, err, "cannot make '%s': %s", path, strerror(-err));
	json_decref(environment);
	json_decref(info);
	return err;
}

/* ---- the end ---- */

static int write_outputs(const struct run *run, const struct arguments *arguments)
{
	char path[4096];
	struct why why = {0};
	int failures = 0;

	snprintf(path, sizeof(path), "%s/benchmark.json", run->path);
	json_t *gbench = export_gbench(run);
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
	if (!arguments->no_plots && (err = report_draw_run(run, &why))) {
		/* Pictures are a comfort: the numbers are there, and the message says the remedy. */
		message("no plots: %s", *why.text ? why.text : strerror(-err));
	}
	return failures;
}

static int finish(const struct run *run, const struct arguments *arguments, const struct plan *plan,
		  const struct run_outcome *outcome)
{
	int failures = write_outputs(run, arguments);

	if (arguments->json) {
		json_t *table = table_json(run);
		json_dumpf(table, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(table);
	} else {
		table_print(stdout, run, arguments->use_color);
		printf("\nrecord: %s\n", run->path);
	}
	if (outcome->interrupted)
		message("interrupted; go on with: iowalk run --resume '%s'", run->path);
	if (outcome->failed_count)
		message("%zu of %zu cells failed", outcome->failed_count, plan->cells_count);
	return failures || outcome->interrupted || outcome->failed_count ? STATUS_FAILURE
									 : STATUS_OK;
}

static void print_plan(const struct plan *plan)
{
	for (size_t i = 0; i < plan->cells_count; i++)
		printf("%s%s%s\n", plan->cells[i].name, plan->cells[i].skipped ? "\tskipped: " : "",
		       plan->cells[i].skipped ? plan->cells[i].skipped : "");
}

static int run_with(const struct arguments *arguments, struct plan *plan, int argc, char **argv)
{
	struct preparer *preparer = NULL;
	struct counters *counters = NULL;
	struct memory_groups *groups = NULL;
	struct run_outcome outcome;
	struct run run = {0};
	struct why why = {0};
	char folder[2048];
	bool resuming = arguments->resume != NULL;
	int status = STATUS_FAILURE;
	int err = resuming ? run_load(arguments->resume, true, &run, &why) : 0;

	if (!err)
		err = resuming ? plan_restore(plan, run.info, arguments->resume, &why)
			       : make_plan(arguments, plan, &why);
	if (err)
		goto out;
	snprintf(folder, sizeof(folder), "%s", arguments->cache_dir ? arguments->cache_dir : "");
	if (!*folder)
		default_cache_folder(folder, sizeof(folder));
	if (arguments->dry_run) {
		print_plan(plan);
		status = STATUS_OK;
		goto out;
	}
	err = preparer_new(folder, arguments->cache_limit_bytes, &preparer, &why);
	if (!err && preparer_check_room(preparer, plan, &why)) {
		/* Asked for more than there is, or for what is none: nothing was written. */
		message("%s", why.text);
		status = STATUS_USAGE;
		goto out;
	}
	if (!err)
		err = find_memory_groups(plan, &groups, &why);
	if (!err) {
		plan_probe(plan, folder);
		if (!resuming)
			err = new_run(arguments, plan, folder, argc, argv, &run, &why);
	}
	if (!err)
		err = counters_new(json_object_get(run.info, "counters") ? COUNTERS_NONE
									 : arguments->counters,
				   &counters);
	if (!err)
		err = run_plan(plan, &run, preparer, counters, groups, &outcome, &why);
	if (!err)
		status = finish(&run, arguments, plan, &outcome);
out:
	if (err) {
		message("%s", *why.text ? why.text : strerror(-err));
		status = status_of(err);
	}
	memory_groups_free(groups);
	counters_free(counters);
	preparer_free(preparer);
	if (run.path)
		run_release(&run);
	return status;
}

int command_run(int argc, char **argv)
{
	struct arguments arguments;
	struct plan plan;
	int status = parse_arguments(&arguments, argc, argv);

	if (status) {
		selection_release(&arguments.selection);
		return status - 1;
	}
	plan_init(&plan);
	status = run_with(&arguments, &plan, argc, argv);
	plan_release(&plan);
	selection_release(&arguments.selection);
	return status;
}
