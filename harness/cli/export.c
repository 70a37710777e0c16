/* iowalk export: a run in another tool's format, on standard output. */
#include "commands.h"
#include "../export/formats.h"
#include "../base/text.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

static const char help[] =
	"usage: iowalk export RUN --format FORMAT\n"
	"\n"
	"Writes the run in folder RUN to standard output. FORMAT:\n"
	"  gbench             Google Benchmark's JSON, for its compare.py and whatever reads it\n"
	"  csv                one row a sample, all metrics as columns\n"
	"  bmf                Bencher Metric Format: {CELL: {MEASURE: {value}}}; latency is the "
	"median\n"
	"                     time of a walk in ns, lower_value and upper_value its quartiles\n"
	"  smaller-is-better  github-action-benchmark's customSmallerIsBetter: [{name, unit, "
	"value}], the\n"
	"                     time with range (half the distance of the quartiles) and extra\n"
	"  otava              CSV for Apache Otava: a header and one row; columns time, suite, "
	"version,\n"
	"                     commit, then `CELL METRIC`; append further runs' rows without the "
	"header\n"
	"  junit              JUnit XML: a test case a cell (error: failed; skipped) and a limit "
	"(failure\n"
	"                     LimitMissed), metrics as properties\n"
	"  claims             what the suite claims of systems beside what was measured, as "
	"Markdown\n"
	"bmf, smaller-is-better and otava have, of each cell that was measured: the time, "
	"syscalls,\n"
	"faults_minor, device_read_bytes, lat_ns_p99; what could not be counted is left out.\n";

static int write_json(json_t *json)
{
	int err = json && json_dumpf(json, stdout, JSON_INDENT(2)) == 0 ? 0 : -EIO;

	putchar('\n');
	json_decref(json);
	return err;
}

static int write_gbench(const struct run *run)
{
	return write_json(export_gbench(run));
}

static int write_bmf(const struct run *run)
{
	return write_json(export_bmf(run));
}

static int write_smaller(const struct run *run)
{
	return write_json(export_smaller(run));
}

static int write_otava(const struct run *run)
{
	return export_otava(run, stdout);
}

static int write_junit(const struct run *run)
{
	return export_junit(run, stdout);
}

static int write_csv(const struct run *run)
{
	return export_csv(run, stdout);
}

static int write_claims(const struct run *run)
{
	return export_claims(run, stdout);
}

static const struct {
	const char *name;
	int (*write)(const struct run *run);
} formats[] = {{"gbench", write_gbench}, {"csv", write_csv},
	       {"bmf", write_bmf},       {"smaller-is-better", write_smaller},
	       {"otava", write_otava},   {"junit", write_junit},
	       {"claims", write_claims}};
#define FORMATS_COUNT (sizeof(formats) / sizeof(formats[0]))

static int export_run(const char *path, const char *format)
{
	struct why why = {0};
	struct run run = {0};
	size_t i = 0;

	while (i < FORMATS_COUNT && strcmp(formats[i].name, format) != 0)
		i++;
	if (i == FORMATS_COUNT) {
		char valid[128] = "";
		for (i = 0; i < FORMATS_COUNT; i++)
			text_append(valid, sizeof(valid), "%s%s", i ? ", " : "", formats[i].name);
		message("unknown format '%s'; valid: %s", format, valid);
		return STATUS_USAGE;
	}
	int err = run_load(path, false, &run, &why);
	if (err) {
		message("%s", *why.text ? why.text : strerror(-err));
		return status_of(err);
	}
	if (run.damaged_count)
		message("%s", why.text);
	err = formats[i].write(&run);
	if (err && !ferror(stdout)) /* that is told at the end of the program */
		message("cannot export '%s': %s", path, strerror(-err));
	run_release(&run);
	return err ? STATUS_FAILURE : STATUS_OK;
}

int command_export(int argc, char **argv)
{
	static const struct option options[] = {
		{"format", required_argument, NULL, 'f'}, {"help", no_argument, NULL, 'h'}, {0}};
	const char *format = NULL;
	int option;

	optind = 1;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return STATUS_OK;
		}
		if (option != 'f')
			return usage_error("export");
		format = optarg;
	}
	if (optind + 1 != argc || !format) {
		message("export needs a RUN and a --format");
		return usage_error("export");
	}
	return export_run(argv[optind], format);
}
