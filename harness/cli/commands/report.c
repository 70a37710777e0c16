/* iowalk report: writes a run, or phases side by side, as report.md and report.html with
 * figures. */
#include "../command.h"
#include "../../report/whole.h"
#include "../../base/files.h"

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
	const char *out, *targets;
	double threshold_percent;
	bool no_plots;
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

static int write_document(const struct document *document, const char *path, const char *title,
			  const char *plots)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return -errno;
	if (title)
		document_write_html(document, title, plots, out);
	else
		document_write_markdown(document, out);
	int err = ferror(out) ? -ENOMEM : 0;
	if (fclose(out))
		err = -ENOMEM;
	if (!err)
		err = write_text_file(path, text, len);
	free(text);
	return err;
}

static int write_report(const struct history *history, const char *folder, const char *no_plots,
			const char *command)
{
	static const char *const files[] = {"report.md", "report.html"};
	struct document document;
	char plots[4096 + 8], path[4096 + 16], title[256];
	int status = STATUS_OK;

	snprintf(plots, sizeof(plots), "%s/plots", folder);
	document_init(&document);
	struct report_context context = {history, plots, no_plots, command};

	report_document(&document, &context);
	snprintf(title, sizeof(title), "iowalk: %s%s%s", history->phases[0].name,
		 history->phases_count > 1 ? " to " : "",
		 history->phases_count > 1 ? history_last(history)->name : "");
	int pictures_err = document.err ? 0 : document_write_pictures(&document, plots);
	if (pictures_err)
		message("cannot write to '%s': %s", plots, strerror(-pictures_err));
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		int err = document.err ? document.err
				       : write_document(&document, path, i ? title : NULL, plots);
		if (err) {
			message("cannot write '%s': %s", path, strerror(-err));
			status = STATUS_FAILURE;
		}
	}
	document_release(&document);
	if (status == STATUS_OK)
		printf("report: %s/report.html\n", folder);
	return status;
}

static void command_line(const struct arguments *arguments, const char *folder, char *text,
			 size_t size)
{
	size_t len = (size_t)snprintf(text, size, "iowalk report %s",
				      arguments->words_count > 1 ? "--phases " : "");
	for (size_t i = 0; i < arguments->words_count && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s", i ? "," : "",
					arguments->words[i]);
	if (arguments->targets && len < size)
		len += (size_t)snprintf(text + len, size - len, " --targets %s",
					arguments->targets);
	if (len < size)
		snprintf(text + len, size - len, " --out %s", folder);
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

/* 0, or the exit status plus 1. */
static int parse(struct arguments *arguments, int argc, char **argv)
{
	int words, status = command_parse(&command_report, argc, argv, arguments, take, &words);

	if (status)
		return status == STATUS_USAGE + 1 ? usage_error("report") + 1 : status;
	if (argc - words > 1 || (argc > words && arguments->words_count)) {
		message("report takes one RUN, or --phases");
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

	if (status == 0 && !arguments.words_count) {
		latest = latest_run();
		arguments.words[0] = latest;
		arguments.words_count = latest != NULL;
		if (!latest) {
			message("no run under %s: name a run, or make one with `iowalk run`",
				RUNS_FOLDER);
			status = STATUS_USAGE + 1;
		}
	}
	status = status ? status - 1 : report(&arguments);
	free(arguments.phases);
	free(latest);
	return status;
}

const struct command command_report = {
	.name = "report",
	.order = 800,
	.summary = "write a run, or phases side by side, as one HTML file with figures",
	.usage = "report [RUN | --phases A,B,...] [OPTION]...",
	.description =
		"Writes report.md, report.html (one file without scripts that needs no network) "
		"and plots/ into DIR.\n"
		"RUN is a folder or a phase; the default is the latest run under results/runs/.",
	.epilogue = "exit status: 0 written, 1 failure of the program or the machine, 2 bad usage "
		    "or input",
	.main = report_main,
};
