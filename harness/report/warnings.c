/* Conditions that make the numbers of a report doubtful, each with its remedy: see parts.h. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/units.h"
#include "../machine/noise.h"
#include "parts.h"
#include "roofline_notes.h"

#define NOISE_PERCENT 10.0 /* half the interquartile range; medians of noisier cells vary */
#define LOAD_MOST     0.5  /* per CPU; the same value as in doctor */
#define SHOWN_MOST    12   /* at most so many cells are listed */

/* The destination of the warnings. With a NULL document they are only counted. */
struct notes {
	struct document *document;
	size_t count;
};

static void __attribute__((format(printf, 2, 3))) warn(struct notes *notes, const char *format, ...)
{
	char text[1024];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	notes->count++;
	if (notes->document != NULL)
		document_item(notes->document, TONE_PLAIN, "%s", text);
}

static double spread_percent(const struct cell_summary *summary)
{
	const struct spread *time_ns = &summary->real_time_ns;
	return time_ns->count > 1 && time_ns->median > 0
		       ? 50 * (time_ns->high - time_ns->low) / time_ns->median
		       : 0;
}

static void note_noise(struct notes *notes, const struct history_phase *phase)
{
	const struct cell_summary *worst = NULL;
	size_t noisy = 0, timed = 0;
	for (size_t i = 0; i < phase->report.summaries_count; i++) {
		const struct cell_summary *summary = &phase->report.summaries[i];
		timed += summary->real_time_ns.count > 0;
		noisy += spread_percent(summary) > NOISE_PERCENT;
		if (worst == NULL || spread_percent(summary) > spread_percent(worst))
			worst = summary;
	}
	if (noisy > 0)
		warn(notes,
		     "Noise in %s: %zu of %zu cells have a spread above ±%.0f %%; the "
		     "largest is that of %s (±%.0f %%). Remedy: an idle machine, more "
		     "--repetitions, a longer --min-time; iowalk doctor finds sources of "
		     "noise.",
		     phase->name, noisy, timed, NOISE_PERCENT, worst->name, spread_percent(worst));
}

static void note_partial(struct notes *notes, const struct history_phase *phase)
{
	char text[128];
	if (partial_text(&phase->run, text, sizeof text))
		warn(notes,
		     "Partial: of %s, %s. Remedy: measure them (iowalk run --shard, --resume), and "
		     "merge again.",
		     phase->name, text);
}

static bool is_about_cache(const char *reason)
{
	return strstr(reason, "resident") != NULL || strstr(reason, "cold") != NULL;
}

static void note_problems(struct notes *notes, const struct history_phase *phase)
{
	const struct report *report = &phase->report;
	size_t failed = 0, not_cold = 0, skipped = 0;
	for (size_t i = 0; i < report->problems_count; i++) {
		const struct report_problem *problem = &report->problems[i];
		skipped += problem->skipped;
		failed += !problem->skipped;
		not_cold += !problem->skipped && is_about_cache(problem->reason);
	}
	if (failed > 0)
		warn(notes,
		     "Failed in %s: %zu cells have samples with errors, listed below. "
		     "Remedy: fix what the reasons name, then iowalk run --resume.",
		     phase->name, failed);
	if (not_cold > 0)
		warn(notes,
		     "Not cold (or not warm) in %s: in %zu cells the cache state could not "
		     "be proven, and the samples were refused. Remedy: keep graph files on "
		     "a disk file system (--cache-dir), and stop other programs that read "
		     "them.",
		     phase->name, not_cold);
	if (skipped > 0)
		warn(notes, "Skipped in %s: %zu cells cannot run on that machine, listed below.",
		     phase->name, skipped);
	if (report->missing_count > 0)
		warn(notes,
		     "Unfinished: %zu of %zu cells of %s have no times. Remedy: iowalk run "
		     "--resume.",
		     report->missing_count, report->summaries_count, phase->name);
}

static void note_reach(struct notes *notes, const struct history_phase *phase)
{
	char text[512], last[512] = "";
	for (size_t i = 0; i < phase->report.summaries_count; i++) {
		report_reach_text(&phase->report.summaries[i], text, sizeof text);
		if (text[0] != '\0' && strcmp(text, last) != 0)
			warn(notes, "Short walks in %s: %s.", phase->name, text);
		snprintf(last, sizeof last, "%s", text);
	}
}

static void note_counters(struct notes *notes, const struct history_phase *phase)
{
	static const struct {
		const char *metric, *best, *what;
	} wanted[] = {{"syscalls", "perf:", "system calls"},
		      {"faults_minor", "perf:", "page faults"}};
	for (size_t i = 0; i < 2; i++) {
		size_t absent = 0, weaker = 0;
		const char *source = NULL;
		for (size_t j = 0; j < phase->report.summaries_count; j++) {
			const struct cell_summary *summary = &phase->report.summaries[j];
			const char *from = json_string_value(
				json_object_get(summary->sources, wanted[i].metric));
			if (summary->real_time_ns.count == 0)
				continue;
			absent += isnan(summary_metric(summary, wanted[i].metric)) ? 1 : 0;
			if (from != NULL && strncmp(from, wanted[i].best, 5) != 0 &&
			    strcmp(from, "ptrace") != 0) { /* which is as exact */
				weaker++;
				source = from;
			}
		}
		if (absent > 0)
			warn(notes,
			     "Missing counters: %s are not counted in %zu cells of %s. "
			     "Remedy: run as root or with CAP_PERFMON and a readable tracefs; "
			     "iowalk list counters shows why not.",
			     wanted[i].what, absent, phase->name);
		if (weaker > 0)
			warn(notes,
			     "Weaker counters: %s in %zu cells of %s come from %s, not from perf. "
			     "Remedy: run as root, or with CAP_PERFMON and a readable tracefs.",
			     wanted[i].what, weaker, phase->name, source);
	}
}

static void note_machine(struct notes *notes, const struct history_phase *phase)
{
	const json_t *build = json_object_get(phase->run.environment, "build");
	const json_t *machine = json_object_get(phase->run.environment, "machine");
	const char *type = json_string_value(json_object_get(build, "build_type"));
	const char *governor = json_string_value(json_object_get(machine, "governor"));
	char noise[NOISE_TEXT_MAX];
	double cpus = (double)json_integer_value(json_object_get(machine, "cpus_online"));
	double load = json_number_value(json_array_get(json_object_get(machine, "load_avg"), 0));
	if (json_is_true(json_object_get(build, "dirty")))
		warn(notes,
		     "%s was built from a tree with uncommitted changes. Remedy: commit, "
		     "build and measure again.",
		     phase->name);
	if (type != NULL && strcmp(type, "release") != 0)
		warn(notes, "%s was measured with a %s build. Remedy: make, without SANITIZE.",
		     phase->name, type);
	if (cpus > 0 && load > LOAD_MOST * cpus)
		warn(notes,
		     "Load when %s began: %.2f on %.0f CPUs. Remedy: wait until it is below "
		     "%.1f.",
		     phase->name, load, cpus, LOAD_MOST * cpus);
	noise_text(json_object_get(phase->run.info, "noise"), noise, sizeof noise);
	if (noise[0] != '\0')
		warn(notes,
		     "While %s was measured, %s. Remedy: measure on a machine that does nothing "
		     "else.",
		     phase->name, noise);
	if (governor != NULL && strcmp(governor, "performance") != 0)
		warn(notes,
		     "The CPU governor of %s is %s. Remedy: cpupower frequency-set -g "
		     "performance.",
		     phase->name, governor);
	if (json_object_size(phase->run.environment) == 0)
		warn(notes, "%s has no environment.json, so its machine is unknown.", phase->name);
	if (phase->run.damaged_count > 0)
		warn(notes,
		     "Damaged samples in %s: line %zu%s; %zu left out, the rest is used. "
		     "Remedy: iowalk run --resume measures what is missing.",
		     phase->name, phase->run.damaged_line,
		     phase->run.damaged_count > 1 ? " is the first" : "", phase->run.damaged_count);
}

static void note_changes(struct notes *notes, const struct history *history)
{
	const struct comparison *changes = &history->changes;
	size_t inconclusive = comparison_count(changes, VERDICT_INCONCLUSIVE);
	size_t only_a = comparison_count(changes, VERDICT_ONLY_A);
	size_t only_b = comparison_count(changes, VERDICT_ONLY_B);
	if (!changes->same_machine)
		warn(notes, "The first and the last phase are from different machines or settings: "
			    "see Environment. Remedy: measure both on one machine with the same "
			    "settings.");
	if (inconclusive > 0)
		warn(notes,
		     "Inconclusive: %zu of %zu cells. Runs of one program differ too much there. "
		     "Remedy: more runs and more processes, or iowalk gate, which runs both "
		     "programs alternately in fresh processes.",
		     inconclusive, changes->cells_count);
	if (only_a + only_b > 0)
		warn(notes,
		     "Different cells: %zu are only in %s, %zu only in %s. Remedy: run the "
		     "same suite for both.",
		     only_a, history->phases[0].name, only_b, history_last(history)->name);
}

static void put_problems(struct document *document, const struct history *history)
{
	bool titled = false;
	for (size_t i = 0; i < history->phases_count; i++) {
		const struct report *report = &history->phases[i].report;
		for (size_t j = 0; j < report->problems_count; j++) {
			const struct report_problem *problem = &report->problems[j];
			if (!titled) {
				document_heading(document, 3, "Failed or skipped");
				document_table(document, "failed or skipped cells", 4, 0xF);
				document_cell(document, TONE_PLAIN, "phase");
				document_cell(document, TONE_PLAIN, "cell");
				document_cell(document, TONE_PLAIN, "state");
				document_cell(document, TONE_PLAIN, "reason");
			}
			titled = true;
			document_cell(document, TONE_PLAIN, "%s", history->phases[i].name);
			document_cell(document, TONE_PLAIN, "%s", problem->name);
			document_cell(document, problem->skipped ? TONE_DIM : TONE_BAD, "%s",
				      problem->skipped ? "skipped" : "failed");
			document_cell(document, TONE_PLAIN, "%s", problem->reason);
		}
	}
}

static void put_notes_of_cells(struct document *document, const struct history *history)
{
	size_t shown = 0;
	for (size_t i = 0; i < history->changes.cells_count && shown < SHOWN_MOST; i++) {
		const struct cell_change *change = &history->changes.cells[i];
		if (change->note == NULL || change->verdict == VERDICT_FAILED)
			continue;
		if (shown++ == 0)
			document_heading(document, 3, "Notes of the comparison");
		document_item(document, TONE_PLAIN, "%s: %s", change->name, change->note);
	}
}

static void note_roofline(struct notes *notes, const struct history_phase *phase)
{
	char texts[ROOFLINE_NOTES_MAX][512];
	size_t count = report_roofline_notes(&phase->report, texts);
	for (size_t i = 0; i < count; i++)
		warn(notes, "Roofline of %s: %s.", phase->name, texts[i]);
}

size_t report_warnings(struct document *document, const struct history *history,
		       const char *no_plots)
{
	struct notes notes = {.document = document};
	if (document != NULL)
		document_heading(document, 2, "Warnings");
	if (history->has_changes)
		note_changes(&notes, history);
	for (size_t i = 0; i < history->phases_count; i++) {
		note_machine(&notes, &history->phases[i]);
		note_problems(&notes, &history->phases[i]);
		note_partial(&notes, &history->phases[i]);
		note_noise(&notes, &history->phases[i]);
		note_reach(&notes, &history->phases[i]);
		note_counters(&notes, &history->phases[i]);
		note_roofline(&notes, &history->phases[i]);
	}
	if (no_plots != NULL)
		warn(&notes, "No figures of gnuplot (scaling, latency, samples, trend): %s",
		     no_plots);
	if (document != NULL && notes.count == 0)
		document_text(document, "None.");
	if (document != NULL) {
		put_problems(document, history);
		if (history->has_changes)
			put_notes_of_cells(document, history);
	}
	return notes.count;
}
