/* iowalk calibrate: measures how often the gate is right, with builds whose difference is known. */
#include "../../machine/anonymize.h"
#include "../../gate/calibration.h"
#include "../../gate/calibration_gate.h"
#include "../../gate/calibration_power.h"
#include "../../gate/calibration_trial.h"
#include "../../plot/power_chart.h"
#include "../../plan/cell.h"
#include "../command.h"
#include "../../machine/environment.h"
#include "../../gate/result.h"
#include "../../gate/stages.h"
#include "../../prepare/preparer.h"
#include "../../prepare/room.h"
#include "../../record/run.h"
#include "../../base/files.h"
#include "../../base/signals.h"
#include "../../base/cache_folder.h"
#include "../../base/proc.h"
#include "../../base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

struct arguments {
	const char *out, *suite, *layout, *cache_dir;
	double hours, threshold_percent, budget_s;
	uint64_t resamples;
	size_t wanted[CALIBRATION_KINDS_COUNT];
	bool report, has_counts, together;
};

#define NUMBER_MAX 1e9 /* the limit of all numbers on the command line */

static void refuse_kind(const char *word)
{
	char kinds[512] = "";

	for (size_t k = 0; k < CALIBRATION_KINDS_COUNT; k++)
		text_append(kinds, sizeof(kinds), "%s%s", k ? ", " : "", calibration_kinds[k].name);
	message("--count '%s': not KIND=N; valid kinds: %s", word, kinds);
}

static bool parse_counts(struct arguments *arguments, const char *text)
{
	char *copy = strdup(text), *rest, *word;
	bool good = copy != NULL;

	if (!arguments->has_counts) /* only the kinds that are named */
		memset(arguments->wanted, 0, sizeof(arguments->wanted));
	arguments->has_counts = true;

	for (word = good ? strtok_r(copy, ",", &rest) : NULL; good && word;
	     word = strtok_r(NULL, ",", &rest)) {
		size_t len = strcspn(word, "="), k = 0;
		char *end = word + len;
		unsigned long count = *end ? strtoul(end + 1, &end, 10) : 0;

		while (k < CALIBRATION_KINDS_COUNT &&
		       (strncmp(calibration_kinds[k].name, word, len) != 0 ||
			calibration_kinds[k].name[len]))
			k++;
		good = k < CALIBRATION_KINDS_COUNT && word[len] == '=' && word[len + 1] && !*end &&
		       count <= 1000000;
		if (good)
			arguments->wanted[k] = count;
		else
			refuse_kind(word);
	}
	free(copy);
	return good;
}

static int take(void *context, enum cli_option option, const char *value)
{
	struct arguments *arguments = context;
	double number = 0;
	int status;

	switch (option) {
	case CLI_OUT:
		arguments->out = value;
		return STATUS_OK;
	case CLI_SUITE:
		arguments->suite = value;
		return STATUS_OK;
	case CLI_COUNT:
		return parse_counts(arguments, value) ? STATUS_OK : STATUS_USAGE;
	case CLI_LAYOUT_BINARY:
		arguments->layout = value;
		return STATUS_OK;
	case CLI_HOURS:
		return number_parse("hours", value, NUMBER_MAX, &arguments->hours);
	case CLI_THRESHOLD:
		return number_parse("threshold", value, NUMBER_MAX, &arguments->threshold_percent);
	case CLI_BUDGET:
		return number_parse("budget", value, NUMBER_MAX, &arguments->budget_s);
	case CLI_RESAMPLES:
		status = number_parse("resamples", value, NUMBER_MAX, &number);
		arguments->resamples = (uint64_t)number;
		return status;
	case CLI_CACHE_DIR:
		arguments->cache_dir = value;
		return STATUS_OK;
	case CLI_PLUGIN:
		return plugin_take(value);
	case CLI_TOGETHER:
		arguments->together = true;
		return STATUS_OK;
	default:
		arguments->report = true;
		return STATUS_OK;
	}
}

extern const struct command command_calibrate;

static int parse_arguments(struct arguments *arguments, int argc, char **argv)
{
	int words, status;

	*arguments = (struct arguments){0};
	command_defaults(&command_calibrate, arguments, take);
	for (size_t k = 0; k < CALIBRATION_KINDS_COUNT; k++)
		arguments->wanted[k] = calibration_kinds[k].wanted_count;
	status = command_parse(&command_calibrate, argc, argv, arguments, take, &words);
	if (status)
		return status;
	if (words < argc) {
		message("calibrate takes no argument '%s'", argv[words]);
		return usage_error("calibrate") + 1;
	}
	if ((status = plugin_take_environment()))
		return status + 1;
	if (!arguments->layout)
		for (size_t k = 0; k < CALIBRATION_KINDS_COUNT; k++)
			if (calibration_kinds[k].other_layout)
				arguments->wanted[k] = 0;
	return 0;
}

/* ---- one gate ---- */

struct calibrating {
	const struct arguments *arguments;
	const struct plan *plan;
	struct preparer *preparer;
	char program[4096];
	json_t *gates;
	size_t done[CALIBRATION_KINDS_COUNT];
	unsigned too_slow_count; /* gates in a row that could not screen one cell */
};

#define TOO_SLOW_MAX 3 /* in a row: then it is the budget, and not a busy minute */

/* No comparison: the gate could not begin within its budget, which `iowalk gate` refuses. */
static json_t *gate_json(const struct gate *gate, const struct comparison *comparison,
			 const struct calibration_trial *trial)
{
	json_t *verdicts = json_array(), *also = trial->count > 1 ? json_array() : NULL;

	for (size_t i = 0; comparison && i < comparison->cells_count; i++)
		json_array_append_new(verdicts,
				      json_string(verdict_key(comparison->cells[i].verdict)));
	for (size_t i = 1; i < trial->count; i++)
		json_array_append_new(also, json_pack("{ss sI}", "kind",
						      calibration_kinds[trial->kinds[i]].name,
						      "cell", trial->cells[i]));
	return json_pack("{ss si sf sI sI so* so sO}", "kind",
			 calibration_kinds[trial->kinds[0]].name, "exit_status",
			 comparison ? comparison_status(comparison) : STATUS_USAGE, "elapsed_s",
			 gate_elapsed_s(gate), "order_seed", (json_int_t)gate->settings->order_seed,
			 "cell", trial->cells[0], "also", also, "verdicts", verdicts, "lines",
			 gate->record->lines);
}

/* Appends a gate to the record, and says how it ended. */
static int keep_gate(struct calibrating *self, const struct calibration_trial *trial, json_t *line,
		     struct why *why)
{
	int err = line ? calibration_gate_condense(line, self->plan->cells_count) : -ENOMEM;

	err = err ? err : calibration_append(self->arguments->out, line, why);
	for (size_t i = 0; i < trial->count; i++) {
		size_t k = trial->kinds[i];

		printf("%-10s %3zu  exit status %d  %5.1f s\n", calibration_kinds[k].name,
		       self->done[k] + 1,
		       line ? (int)json_integer_value(json_object_get(line, "exit_status")) : -1,
		       json_number_value(json_object_get(line, "elapsed_s")));
		self->done[k] += !err;
	}
	fflush(stdout);
	json_array_append_new(self->gates, line);
	return err;
}

static int run_one(struct calibrating *self, size_t k, struct why *why)
{
	struct calibration_trial trial = calibration_choose(
		self->plan, self->done, self->arguments->wanted, k, self->arguments->together);
	struct gate_settings settings = {.baseline = self->program,
					 .candidate = calibration_kinds[k].other_layout
							      ? self->arguments->layout
							      : self->program,
					 .threshold_percent = self->arguments->threshold_percent,
					 .budget_s = self->arguments->budget_s,
					 .timeout_s = 60};
	struct gate_record record = {.lines = json_array()};
	struct comparison comparison;
	struct gate gate;

	if (calibration_trial_inject(&trial, self->plan, settings.injections)) {
		calibration_trial_release(&trial);
		gate_record_release(&record);
		return -ENOMEM;
	}
	if (getrandom(&settings.order_seed, sizeof(settings.order_seed), 0) < 0)
		settings.order_seed = (uint64_t)time(NULL);
	settings.order_seed &= INT64_MAX;
	int err = gate_open(&gate, self->plan, &settings, &record, self->preparer);
	err = err ? err : gate_measure(&gate);
	self->too_slow_count = err == -EDQUOT ? self->too_slow_count + 1 : 0;
	if (err == -EDQUOT && self->too_slow_count < TOO_SLOW_MAX) {
		/* It counts: left out, the record would have the gates of quiet minutes only. */
		message("%s", gate.why.text);
		err = keep_gate(self, &trial, gate_json(&gate, NULL, &trial), why);
	} else if (err) {
		*why = gate.why;
	} else if (!(err = gate_compare(&gate, &comparison))) {
		err = keep_gate(self, &trial, gate_json(&gate, &comparison, &trial), why);
		comparison_release(&comparison);
	}
	gate_close(&gate);
	gate_record_release(&record);
	calibration_trial_release(&trial);
	return err;
}

/* The kind with the smallest share of its gates done, so that an interrupted calibration has some
 * of each. */
static int next_kind(const struct calibrating *self)
{
	double least = 1;
	int next = -1;

	for (int k = 0; k < CALIBRATION_KINDS_COUNT; k++) {
		size_t wanted = self->arguments->wanted[k];
		double share = wanted ? (double)self->done[k] / (double)wanted : 1;
		if (share < least) {
			least = share;
			next = k;
		}
	}
	return next;
}

static int run_all(struct calibrating *self, struct why *why)
{
	time_t until = self->arguments->hours > 0
			       ? time(NULL) + (time_t)(self->arguments->hours * 3600)
			       : 0;
	int k, err = 0;

	while (!err && (k = next_kind(self)) >= 0 && (!until || time(NULL) < until))
		err = run_one(self, (size_t)k, why);
	return err;
}

/* ---- the record ---- */

static json_t *new_info(const struct calibrating *self, const char *cache_folder)
{
	json_t *cells = json_array(), *environment = environment_probe(cache_folder);

	for (size_t i = 0; i < self->plan->cells_count; i++)
		json_array_append_new(cells, cell_json(&self->plan->cells[i]));
	if (anonymize_environment(environment))
		json_object_clear(environment);
	return json_pack("{si ss sf sO so so}", "format", CALIBRATION_FORMAT, "suite",
			 self->plan->suite, "threshold_percent", self->arguments->threshold_percent,
			 "selections", self->plan->selections, "cells", cells, "environment",
			 environment);
}

/* Reads the gates of earlier calls, and warns about a damaged line. */
static int load_record(struct calibrating *self, json_t **info, struct why *why)
{
	int err = calibration_load(self->arguments->out, info, &self->gates, why);

	if (!err && *why->text)
		message("%s", why->text);
	why->text[0] = err ? why->text[0] : '\0';
	return err;
}

/* Continues the calibration in `out` if it has the same cells. */
static int open_record(struct calibrating *self, const char *cache_folder, json_t **info,
		       struct why *why)
{
	const char *out = self->arguments->out;
	char path[4096];

	snprintf(path, sizeof(path), "%s/calibration.json", out);
	if (access(path, F_OK) != 0) {
		self->gates = json_array();
		*info = new_info(self, cache_folder);
		int err = make_folders(out);
		err = err ? err : write_json_file(path, *info);
		return err ? why_set(why, err, "cannot write '%s': %s", path, strerror(-err)) : 0;
	}
	int err = load_record(self, info, why);
	json_t *fresh = new_info(self, cache_folder);
	bool same = json_equal(json_object_get(*info, "cells"), json_object_get(fresh, "cells")) &&
		    json_number_value(json_object_get(*info, "threshold_percent")) ==
			    self->arguments->threshold_percent;
	json_decref(fresh);
	if (!err && !same)
		err = why_set(why, -EEXIST,
			      "'%s' has other cells or another threshold: choose another --out",
			      out);
	for (size_t i = 0; !err && i < json_array_size(self->gates); i++)
		for (size_t k = 0; k < CALIBRATION_KINDS_COUNT; k++)
			self->done[k] += calibration_gate_is(json_array_get(self->gates, i),
							     calibration_kinds[k].name, NULL);
	return err;
}

/* power.svg: how often a slowdown was found. */
static int write_power(const struct arguments *arguments, const json_t *gates)
{
	struct calibration_power points[CALIBRATION_KINDS_COUNT];
	size_t count = calibration_power(gates, points, CALIBRATION_KINDS_COUNT), len = 0;
	char path[4096], *text = NULL;
	FILE *memory = open_memstream(&text, &len);

	if (!memory)
		return -ENOMEM;
	power_chart(memory, points, count);
	int err = fclose(memory) ? -ENOMEM : 0;
	snprintf(path, sizeof(path), "%s/power.svg", arguments->out);
	if (!err)
		err = write_text_file(path, text, len);
	free(text);
	return err;
}

static int write_report(const struct arguments *arguments, const json_t *info, const json_t *gates)
{
	char path[4096], *text = NULL;
	size_t len = 0;
	FILE *memory = open_memstream(&text, &len);

	if (!memory)
		return -ENOMEM;
	int err = calibration_report(memory, info, gates, arguments->resamples);
	if (fclose(memory) && !err)
		err = -errno;
	snprintf(path, sizeof(path), "%s/summary.md", arguments->out);
	if (!err)
		err = write_text_file(path, text, len);
	if (!err)
		err = write_power(arguments, gates);
	if (!err)
		printf("\n%s\nrecord: %s\n", text, arguments->out);
	free(text);
	return err;
}

static int calibrate(struct calibrating *self, struct plan *plan, json_t **info, struct why *why)
{
	const struct arguments *arguments = self->arguments;
	char path[4096], folder[2048];

	if (arguments->report)
		return load_record(self, info, why);
	int err = proc_program(self->program, sizeof(self->program));
	if (err)
		return err;
	plan_suite_path(arguments->suite, path, sizeof(path));
	cache_folder_path(arguments->cache_dir, folder, sizeof(folder));
	err = plan_add_suite(plan, path, NULL, why);
	err = err ? err : preparer_new(folder, CACHE_LIMIT_BYTES, 0, &self->preparer, why);
	err = err ? err : room_check(folder, plan, 0, NULL, why);
	if (err)
		return err;
	plan_probe(plan, folder);
	err = open_record(self, folder, info, why);
	if (err)
		return err;
	signals_catch();
	return run_all(self, why);
}

static int calibrate_main(int argc, char **argv)
{
	struct arguments arguments;
	struct calibrating self = {.arguments = &arguments};
	struct why why = {""};
	json_t *info = NULL;
	struct plan plan;
	int status = parse_arguments(&arguments, argc, argv);

	if (status)
		return status - 1;
	plan_init(&plan);
	self.plan = &plan;
	int err = calibrate(&self, &plan, &info, &why);
	if (err)
		message("%s", *why.text ? why.text : strerror(-err));
	if (info && json_array_size(self.gates) && (!err || err == -EINTR)) {
		int report_err = write_report(&arguments, info, self.gates);
		if (report_err)
			message("cannot write to '%s': %s", arguments.out, strerror(-report_err));
		err = err ? err : report_err;
	}
	if (err == -EINTR)
		message("interrupted; the same command continues the calibration");
	preparer_free(self.preparer);
	json_decref(self.gates);
	json_decref(info);
	plan_release(&plan);
	return err ? status_of(err) : STATUS_OK;
}

const struct command command_calibrate = {
	.name = "calibrate",
	.order = 1100,
	.summary = "measure how often the gate is right, by many gates of known builds",
	.usage = "calibrate [OPTION]...",
	.description = "Runs many gates of this build against itself, unchanged and made slower on "
		       "purpose, and prints how\n"
		       "often each was called a regression, beside the rank test that is commonly "
		       "used on the same samples.\n"
		       "Takes an hour. The record is appended after each gate, and the same "
		       "command continues it.",
	.epilogue = "exit status: 0 all gates were run, 1 some could not be run, 2 bad "
		    "usage or\n"
		    "input, 130 or 143 interrupted",
	.main = calibrate_main,
};
