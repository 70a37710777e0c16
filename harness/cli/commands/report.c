/* iowalk report: writes a run, phases side by side, or a gate as report.md and report.html with
 * figures, or as JSON. */
#include "../command.h"
#include "../../report/gate_report.h"
#include "../../report/report_json.h"
#include "../../report/whole.h"
#include "../../base/files.h"
#include "../../base/text.h"
#include "../../record/labels.h"
#include "../../judge/finding.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct arguments {
	char *words[PHASES_MAX];
	size_t words_count;
	char *phases; /* owns the words */
	const char *gate, *out, *targets;
	double threshold_percent;
	bool no_plots, json;
};

static int is_run(const struct dirent *entry)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s/run.json", RUNS_FOLDER, entry->d_name);
	return entry->d_name[0] != '.' && access(path, R_OK) == 0;
}

/* The latest run: names begin with the time, so it sorts last. NULL if there is none. */
static char *latest_run(void)
{
	struct dirent **runs = NULL;
	char *path = NULL;
	int count = scandir(RUNS_FOLDER, &runs, is_run, alphasort);

	if (count > 0 && asprintf(&path, "%s/%s", RUNS_FOLDER, runs[count - 1]->d_name) < 0)
		path = NULL;
	for (int i = 0; i < count; i++)
		free(runs[i]);
	free(runs);
	return path;
}

/* What is written of a document, in this order. */
enum form { FORM_MARKDOWN, FORM_PULL_REQUEST, FORM_HTML, FORMS_COUNT };
static const char *const form_files[FORMS_COUNT] = {"report.md", "pull-request.md", "report.html"};

static int write_document(const struct document *document, enum form form, const char *folder,
			  const char *title, const char *plots)
{
	char path[4096 + 32], *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return -errno;
	if (form == FORM_HTML)
		document_write_html(document, title, plots, out);
	else if (form == FORM_MARKDOWN)
		document_write_markdown(document, out);
	else
		document_write_short(document, out);
	int err = ferror(out) ? -ENOMEM : 0;
	if (fclose(out))
		err = -ENOMEM;
	snprintf(path, sizeof(path), "%s/%s", folder, form_files[form]);
	if (!err)
		err = write_text_file(path, text, len);
	free(text);
	return err;
}

/* The document in all forms, and its pictures. An exit status. */
static int write_forms(const struct document *document, const char *folder, const char *title)
{
	char plots[4096 + 8];
	int status = STATUS_OK;

	snprintf(plots, sizeof(plots), "%s/plots", folder);
	int err = document->err ? document->err : make_folders(plots);
	err = err ? err : document_write_pictures(document, plots);
	if (err) {
		message("cannot write to '%s': %s", plots, strerror(-err));
		status = STATUS_FAILURE;
	}
	for (enum form form = 0; form < FORMS_COUNT && !document->err; form++) {
		err = write_document(document, form, folder, title, plots);
		if (err) {
			message("cannot write '%s/%s': %s", folder, form_files[form],
				strerror(-err));
			status = STATUS_FAILURE;
		}
	}
	if (status == STATUS_OK)
		printf("report: %s/report.html\n", folder);
	return status;
}

static int write_report(const struct history *history, const char *folder, const char *no_plots,
			const char *command)
{
	struct document document;
	char plots[4096 + 8], title[256];

	snprintf(plots, sizeof(plots), "%s/plots", folder);
	document_init(&document);
	struct report_context context = {history, plots, no_plots, command};

	report_document(&document, &context);
	snprintf(title, sizeof(title), "iowalk: %s%s%s", history->phases[0].name,
		 history->phases_count > 1 ? " to " : "",
		 history->phases_count > 1 ? history_last(history)->name : "");
	int status = write_forms(&document, folder, title);
	document_release(&document);
	return status;
}

/* Takes over the value. An exit status. */
static int print_json(json_t *json)
{
	int err = json ? json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) : -1;

	putchar('\n');
	json_decref(json);
	if (fflush(stdout) || err) {
		message("cannot write the JSON: %s", json ? strerror(errno) : "out of memory");
		return STATUS_FAILURE;
	}
	return STATUS_OK;
}

/* The words as a shell takes them; takes over the reference. */
static void put_command(json_t *words, char *text, size_t size)
{
	command_words_text(words, text, size);
	json_decref(words);
}

static void command_line(const struct arguments *arguments, const char *folder, char *text,
			 size_t size)
{
	char phases[4096] = "";
	json_t *words = json_pack("[ss]", "iowalk", "report");

	for (size_t i = 0; i < arguments->words_count; i++)
		text_append(phases, sizeof(phases), "%s%s", i ? "," : "", arguments->words[i]);
	if (arguments->words_count > 1)
		json_array_append_new(words, json_string("--phases"));
	json_array_append_new(words, json_text(phases));
	if (arguments->targets) {
		json_array_append_new(words, json_string("--targets"));
		json_array_append_new(words, json_text(arguments->targets));
	}
	json_array_append_new(words, json_string("--out"));
	json_array_append_new(words, json_text(folder));
	put_command(words, text, size);
}

static int report(const struct arguments *arguments)
{
	struct history history;
	struct why why = {0}, plots_why = {0};
	char folder[4096], command[8192], plots[4096 + 8];
	const char *targets = arguments->targets;

	/* Those of a project are goals of its phases: they are not shown beside a single run of somebody
	 * else's. */
	if (!targets && arguments->phases && access(TARGETS_FILE, F_OK) == 0)
		targets = TARGETS_FILE;
	int err = history_init(&history, arguments->words, arguments->words_count,
			       arguments->threshold_percent, targets, &why);
	if (err) {
		message("%s", *why.text ? why.text : strerror(-err));
		return err == -ENODATA ? STATUS_USAGE : status_of(err);
	}
	for (size_t i = 0; i < history.phases_count; i++) {
		const struct run *run = &history.phases[i].run;
		if (run->damaged_count)
			message("'%s': line %zu of its samples is damaged; %zu lines left out",
				run->path, run->damaged_line, run->damaged_count);
	}
	if (arguments->json) {
		char finding[FINDING_MAX];
		err = finding_of_history(&history, finding, sizeof(finding));
		int status = print_json(err ? NULL : report_json_of_history(&history, finding));

		history_release(&history);
		return status;
	}
	if (arguments->out)
		snprintf(folder, sizeof(folder), "%s", arguments->out);
	else if (history.phases_count > 1)
		snprintf(folder, sizeof(folder), "results/report");
	else
		snprintf(folder, sizeof(folder), "%.4000s/report", history.phases[0].run.path);
	command_line(arguments, folder, command, sizeof(command));
	snprintf(plots, sizeof(plots), "%s/plots", folder);
	err = make_folders(plots);
	if (err) {
		message("cannot make '%s': %s", plots, strerror(-err));
		history_release(&history);
		return status_of(err);
	}
	if (arguments->no_plots)
		why_set(&plots_why, 0, "not asked for");
	else if (report_draw_history(&history, plots, &plots_why))
		message("no plots: %s", plots_why.text);
	int status =
		write_report(&history, folder, *plots_why.text ? plots_why.text : NULL, command);
	history_release(&history);
	return status;
}

/* ---- a gate ---- */

static int write_gate(const struct arguments *arguments, const struct gate_story *story)
{
	struct document document;
	char folder[4096], command[8192], title[2048];

	if (arguments->out)
		snprintf(folder, sizeof(folder), "%s", arguments->out);
	else
		snprintf(folder, sizeof(folder), "%.4000s/report", arguments->gate);
	json_t *words = json_pack("[sss]", "iowalk", "report", "--gate");
	json_array_append_new(words, json_text(arguments->gate));
	json_array_append_new(words, json_string("--out"));
	json_array_append_new(words, json_text(folder));
	put_command(words, command, sizeof(command));
	int err = make_folders(folder);
	if (err) {
		message("cannot make '%s': %s", folder, strerror(-err));
		return status_of(err);
	}
	document_init(&document);
	gate_report(&document, story, command);
	if (!document.err && gate_title(story, title, sizeof(title)))
		document.err = -ENOMEM;
	int status = write_forms(&document, folder, title);
	document_release(&document);
	return status;
}

static int report_gate(const struct arguments *arguments)
{
	struct gate_story story;
	struct why why = {""};
	char run[4200];
	int status;
	int err = gate_story_init(&story, arguments->gate, &why);

	snprintf(run, sizeof(run), "%.4000s/run.json", arguments->gate);
	if (err == -ENOENT && access(run, F_OK) == 0)
		message("'%s' is a run, not a gate: iowalk report %s", arguments->gate,
			arguments->gate);
	else if (err)
		message("%s", *why.text ? why.text : strerror(-err));
	if (err)
		status = status_of(err);
	else if (arguments->json)
		status = print_json(report_json_of_gate(&story));
	else
		status = write_gate(arguments, &story);
	gate_story_release(&story);
	return status;
}

/* ---- the command ---- */

/* Splits "A,B,C". 0 or -EINVAL. */
static int set_phases(struct arguments *arguments, const char *list)
{
	char *state = NULL;

	free(arguments->phases);
	arguments->phases = strdup(list);
	arguments->words_count = 0;
	for (char *word = arguments->phases ? strtok_r(arguments->phases, ",", &state) : NULL; word;
	     word = strtok_r(NULL, ",", &state)) {
		if (arguments->words_count == PHASES_MAX) {
			message("--phases: at most %d", PHASES_MAX);
			return -EINVAL;
		}
		arguments->words[arguments->words_count++] = word;
	}
	if (arguments->words_count)
		return 0;
	message("--phases '%s': contains no name", list);
	return -EINVAL;
}

static int set_threshold(struct arguments *arguments, const char *text)
{
	char *end;

	arguments->threshold_percent = strtod(text, &end);
	if (end != text && !*end && arguments->threshold_percent > 0 &&
	    arguments->threshold_percent <= 1000)
		return 0;
	message("--threshold '%s': not a percentage above 0 and up to 1000", text);
	return -EINVAL;
}

static int take(void *context, enum cli_option option, const char *value)
{
	struct arguments *arguments = context;

	switch (option) {
	case CLI_PHASES:
		return set_phases(arguments, value) ? STATUS_USAGE : STATUS_OK;
	case CLI_GATE:
		arguments->gate = value;
		return STATUS_OK;
	case CLI_JSON:
		arguments->json = true;
		return STATUS_OK;
	case CLI_OUT:
		arguments->out = value;
		return STATUS_OK;
	case CLI_TARGETS:
		arguments->targets = value;
		return STATUS_OK;
	case CLI_THRESHOLD:
		return set_threshold(arguments, value) ? STATUS_USAGE : STATUS_OK;
	default:
		arguments->no_plots = true;
		return STATUS_OK;
	}
}

extern const struct command command_report;

/* NULL, or what is wrong with options that each are valid. */
static const char *contradiction(const struct arguments *arguments, int words_count)
{
	if (arguments->gate && (arguments->words_count || words_count))
		return "--gate stands alone: without RUN and --phases";
	if (words_count > 1 || (words_count && arguments->words_count))
		return "report takes one RUN, or --phases, or --gate";
	if (arguments->gate && !isnan(arguments->threshold_percent))
		return "--gate: a gate has decided by its own threshold; --threshold is for "
		       "phases";
	if (arguments->gate && arguments->targets)
		return "--gate: --targets are for runs and phases";
	if (arguments->json && arguments->out)
		return "--json writes no files: --out is not for it";
	return NULL;
}

/* 0, or the exit status plus 1. */
static int parse(struct arguments *arguments, int argc, char **argv)
{
	int words, status = command_parse(&command_report, argc, argv, arguments, take, &words);

	if (status)
		return status == STATUS_USAGE + 1 ? usage_error("report") + 1 : status;
	const char *wrong = contradiction(arguments, argc - words);
	if (wrong) {
		message("%s", wrong);
		return usage_error("report") + 1;
	}
	if (argc > words)
		arguments->words[arguments->words_count++] = argv[words];
	return 0;
}

static int report_main(int argc, char **argv)
{
	struct arguments arguments = {.threshold_percent = NAN};
	char *latest = NULL;
	int status = parse(&arguments, argc, argv);

	if (status == 0 && !arguments.words_count && !arguments.gate) {
		latest = latest_run();
		arguments.words[0] = latest;
		arguments.words_count = latest != NULL;
		if (!latest) {
			message("no run under %s: name a run, or make one with `iowalk run`",
				RUNS_FOLDER);
			status = STATUS_USAGE + 1;
		}
	}
	status = status           ? status - 1
		 : arguments.gate ? report_gate(&arguments)
				  : report(&arguments);
	free(arguments.phases);
	free(latest);
	return status;
}

const struct command command_report = {
	.name = "report",
	.order = 800,
	.summary = "write a run, phases side by side, or a gate as one HTML file with figures",
	.usage = "report [RUN | --phases A,B,... | --gate DIR] [OPTION]...",
	.description =
		"Writes report.html, report.md, pull-request.md (short, for a comment) and plots/ "
		"into DIR.\n"
		"report.html is one file that needs no network; it has one script and is complete "
		"without it.\n"
		"RUN is a folder or a phase; the default is the latest run under results/runs/.\n"
		"With --gate the title is what the gate found; the verdicts are those in its "
		"record, "
		"and the page shows\n"
		"each block of the cells that were suspect or are undecided.",
	.epilogue = "exit status: 0 written, 1 failure of the program or the machine, 2 bad usage "
		    "or input",
	.main = report_main,
};
