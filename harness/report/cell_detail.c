/* Details of cells: see cell_detail.h. */
#include "cell_detail.h"

#include "../base/pattern.h"
#include "../base/text.h"
#include "../base/units.h"
#include "../plot/flames.h"
#include "../plot/sample_strip.h"
#include "../record/cell_profile.h"
#include "../record/profile_stacks.h"
#include "parts.h"
#include "profile_columns.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TEXT_SIZE         2048
#define FLAMES_MOST_BYTES (2 * 1024 * 1024) /* a page is to be passed on */

struct details {
	struct document *document;
	const struct run *run;
	struct sample_ref *refs;
	size_t refs_count;
	size_t *first;                 /* [cells + 1]: of the refs of each cell of run.json */
	struct cell_profile *profiles; /* of each cell */
	size_t profiles_count;
	json_t *stacks,
		*stacks_before; /* of the last and of the first phase: cell → line of stacks.jsonl.gz */
	const char *plots;   /* folder */
	size_t flames_bytes; /* of the flame graphs in the page so far */
};

static void put_samples(const struct details *details, const struct cell_summary *summary,
			size_t index)
{
	const struct spread *time_ns = &summary->real_time_ns;
	const struct process_figures *figures = &summary->processes;
	char text[TEXT_SIZE] = "", low[UNIT_TEXT_MAX], high[UNIT_TEXT_MAX], *strip = NULL;
	size_t len = 0, first = details->first[index];
	FILE *out = open_memstream(&strip, &len);

	format_time_ns(low, sizeof(low), time_ns->min, true);
	format_time_ns(high, sizeof(high), time_ns->max, true);
	text_append(text, sizeof(text), "%zu sample%s of %zu process%s, %s to %s", time_ns->count,
		    time_ns->count == 1 ? "" : "s", figures->medians.count,
		    figures->medians.count == 1 ? "" : "es", low, high);
	format_time_ns(low, sizeof(low), time_ns->low, true);
	format_time_ns(high, sizeof(high), time_ns->high, true);
	text_append(text, sizeof(text), "; quartiles %s, %s", low, high);
	if (figures->low > 0) {
		format_time_ns(low, sizeof(low), figures->low, true);
		format_time_ns(high, sizeof(high), figures->high, true);
		text_append(text, sizeof(text),
			    "; 95 %% interval of the median over processes %s to %s", low, high);
	}
	if (figures->slow_count > 0)
		text_append(text, sizeof(text), "; %zu of %zu processes are slow",
			    figures->slow_count, figures->medians.count);
	document_text(details->document, "%s.", text);
	if (!out)
		return;
	int err = sample_strip(out, details->refs + first, details->first[index + 1] - first);
	fclose(out);
	if (!err)
		document_svg(details->document, NULL, "the samples of each process", "", strip);
	free(strip);
}

/* "pread64 1999, fcntl 2": the metrics that begin with `prefix`. */
static void append_metrics(const struct cell_summary *summary, const char *prefix, char *text,
			   size_t size)
{
	const char *name;
	json_t *value;
	bool first = true;

	json_object_foreach(summary->metrics, name, value)
	{
		char number[UNIT_TEXT_MAX];

		if (strncmp(name, prefix, strlen(prefix)) != 0 ||
		    strcmp(name, "syscalls_self") == 0)
			continue;
		report_metric_text(name, json_number_value(value), number, sizeof(number));
		text_append(text, size, "%s%s %s", first ? "" : ", ", name + strlen(prefix),
			    number);
		first = false;
	}
}

static void put_counts(const struct details *details, const struct cell_summary *summary)
{
	static const struct {
		const char *metric, *word;
	} counts[] = {{"faults_minor", "minor faults"},
		      {"faults_major", "major faults"},
		      {"context_switches", "context switches"},
		      {"logical_read_bytes", "requested"},
		      {"device_read_bytes", "read from the device"},
		      {"roofline_percent", "of what the device can do"}};
	char calls[TEXT_SIZE] = "", text[TEXT_SIZE] = "";

	append_metrics(summary, "syscalls_", calls, sizeof(calls));
	if (calls[0])
		document_text(details->document, "System calls a walk: %s.", calls);
	else if (!isnan(summary_metric(summary, "syscalls")))
		document_text(details->document, "No system calls.");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		double value = summary_metric(summary, counts[i].metric);
		char number[UNIT_TEXT_MAX];

		if (isnan(value))
			continue;
		report_metric_text(counts[i].metric, value, number, sizeof(number));
		text_append(text, sizeof(text), "%s%s %s", *text ? ", " : "", number,
			    counts[i].word);
	}
	if (text[0])
		document_text(details->document, "Counts a walk: %s.", text);
}

static void put_latency(const struct details *details, const struct cell_summary *summary)
{
	static const struct {
		const char *metric, *word;
	} points[] = {{"lat_ns_p50", "p50"},
		      {"lat_ns_p90", "p90"},
		      {"lat_ns_p99", "p99"},
		      {"lat_ns_p999", "p99.9"},
		      {"lat_ns_max", "largest"}};
	char text[TEXT_SIZE] = "";

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		double value = report_metric(summary, points[i].metric);
		char number[UNIT_TEXT_MAX];

		if (isnan(value))
			continue;
		format_time_ns(number, sizeof(number), value, true);
		text_append(text, sizeof(text), "%s%s %s", *text ? ", " : "", points[i].word,
			    number);
	}
	if (text[0])
		document_text(details->document, "Latency of one node: %s.", text);
}

/* The command, without the part that names a folder, and with a filter for this cell alone. */
static void repeat_command(const struct run *run, const char *cell, char *text, size_t size)
{
	static const char *const dropped[] = {"--out", "--resume", "--filter", "--exclude"};
	json_t *words = json_array(), *word;
	char *filter = pattern_of_text(cell);
	size_t i;
	bool skip = false;

	json_array_foreach(json_object_get(run->info, "command"), i, word)
	{
		const char *argument = json_string_value(word);
		bool drop = skip;

		skip = false;
		for (size_t d = 0; argument && d < sizeof(dropped) / sizeof(dropped[0]); d++) {
			size_t len = strlen(dropped[d]);
			if (strncmp(argument, dropped[d], len) != 0)
				continue;
			drop |= argument[len] == '=' || !argument[len];
			skip |= !argument[len];
		}
		if (!drop && argument)
			json_array_append_new(words, json_string(argument));
	}
	json_array_append_new(words, json_string("--filter"));
	json_array_append_new(words, json_text(filter ? filter : ""));
	free(filter);
	json_t *info = json_pack("{s:o}", "command", words);
	struct run repeated = {.info = info};
	run_command_text(&repeated, text, size);
	json_decref(info);
}

static void put_command(const struct details *details, const char *cell)
{
	char command[16384];

	repeat_command(details->run, cell, command, sizeof(command));
	if (strlen(command) + 8 < sizeof(command)) /* one that was cut would do something else */
		document_command(details->document, "%s", command);
}

/* The flame graph; if the first phase was profiled, too, its colours show what grew. */
static void put_flame(struct details *details, const char *cell)
{
	const json_t *stacks = json_object_get(details->stacks, cell);
	const json_t *before = json_object_get(details->stacks_before, cell);
	char path[4096 + 512];
	struct stat info;

	if (!stacks)
		return;
	if (details->flames_bytes > FLAMES_MOST_BYTES) {
		document_text(
			details->document,
			"The page has no room for its flame graph: `iowalk export RUN --format "
			"flame` draws it.");
		return;
	}
	if (flames_draw(details->plots, cell, stacks, before, path, sizeof(path)) ||
	    stat(path, &info))
		return;
	details->flames_bytes += (size_t)info.st_size * 4 / 3; /* in base64 */
	document_picture(
		details->document, path, "flame graph of the cell",
		before ? "On a processor and waiting, by function; red: a larger share than in the "
			 "first phase, blue: a smaller one."
		       : "On a processor and waiting, by function. `iowalk export RUN --format "
			 "flame` "
			 "draws it with names and a search.");
}

static void put_profile(struct details *details, const char *cell, size_t index)
{
	char text[PROFILE_MOST_MAX];

	if (index < details->profiles_count && details->profiles[index].sample) {
		const struct cell_profile *profile = &details->profiles[index];
		char parts[TEXT_SIZE] = "";

		for (size_t c = 0; c < PROFILE_COLUMNS_COUNT; c++) {
			double share = profile_share(profile, c);
			if (!(share > .0005))
				continue;
			profile_share_text(share, text, sizeof(text));
			text_append(parts, sizeof(parts), "%s%s %s", *parts ? ", " : "", text,
				    profile_column_titles[c]);
		}
		profile_most_text(profile, text, sizeof(text));
		document_text(details->document, "Where the time went: %s%s%s.", parts,
			      text[0] ? "; most: " : "", text);
		put_flame(details, cell);
		return;
	}
}

static void put_detail(struct details *details, const struct history_cell *cell,
		       const struct cell_summary *summary, size_t index)
{
	char time[UNIT_TEXT_MAX];

	format_time_ns(time, sizeof(time), summary->real_time_ns.median, true);
	document_fold_about(details->document, summary->name, "%s: %s%s", summary->name, time,
			    summary->verified ? ", answers verified" : "");
	if (summary->error)
		document_note(details->document, TONE_BAD, "A sample failed: %s.", summary->error);
	put_samples(details, summary, index);
	put_latency(details, summary);
	put_counts(details, summary);
	put_command(details, summary->name);
	put_profile(details, summary->name, index);
	document_fold_end(details->document);
	(void)cell;
}

static bool any_profile(const struct details *details)
{
	for (size_t i = 0; i < details->profiles_count; i++)
		if (details->profiles[i].sample)
			return true;
	return false;
}

/* A cell that was profiled and not timed. */
static void put_profiled(struct details *details, const struct cell_summary *summary, size_t index)
{
	char time[UNIT_TEXT_MAX];

	format_time_ns(time, sizeof(time), details->profiles[index].wall_ns, true);
	document_fold_about(details->document, summary->name, "%s: %s, profiled", summary->name,
			    time);
	put_command(details, summary->name);
	put_profile(details, summary->name, index);
	document_fold_end(details->document);
}

/* Where the samples of each cell begin. -ENOMEM. */
static int index_refs(struct details *details, size_t cells_count)
{
	int err = run_sort_samples(details->run, &details->refs, &details->refs_count);
	size_t at = 0;

	details->first = calloc(cells_count + 2, sizeof(*details->first));
	if (err || !details->first)
		return err ? err : -ENOMEM;
	for (size_t cell = 0; cell <= cells_count; cell++) {
		while (at < details->refs_count && details->refs[at].cell < cell)
			at++;
		details->first[cell] = at;
	}
	return 0;
}

static void load_stacks(struct details *details, const struct history *history)
{
	struct why why = {""};

	/* A damaged file leaves the flame graphs out; the profile's figures are in the samples. */
	if (profile_stacks_load(history_last(history)->run.path, &details->stacks, &why))
		details->stacks = NULL;
	if (history->phases_count > 1 &&
	    profile_stacks_load(history->phases[0].run.path, &details->stacks_before, &why))
		details->stacks_before = NULL;
}

void report_cell_details(struct document *document, const struct history *history,
			 const char *plots)
{
	const struct history_phase *last = history_last(history);
	struct details details = {.document = document, .run = &last->run, .plots = plots};
	int err = index_refs(&details, last->report.summaries_count);

	err = err ? err
		  : cell_profiles_find(&last->run, &details.profiles, &details.profiles_count);
	load_stacks(&details, history);
	if (!err) {
		document_heading(document, 2, "Each cell");
		if (!any_profile(&details))
			document_text(document,
				      "Where the time went was not recorded: of each cell, its "
				      "command with `profile` in place of `run` shows it.");
		for (size_t i = 0; i < history->cells_count; i++) {
			const struct cell_summary *summary =
				history->cells[i].times[history->phases_count - 1];

			if (summary)
				put_detail(&details, &history->cells[i], summary,
					   (size_t)(summary - last->report.summaries));
		}
		for (size_t i = 0; i < last->report.summaries_count; i++) {
			const struct cell_summary *summary = &last->report.summaries[i];

			if (summary->real_time_ns.count == 0 && i < details.profiles_count &&
			    details.profiles[i].sample)
				put_profiled(&details, summary, i);
		}
	} else {
		document->err = err;
	}
	json_decref(details.stacks);
	json_decref(details.stacks_before);
	free(details.refs);
	free(details.first);
	free(details.profiles);
}
