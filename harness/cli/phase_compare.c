/*
 * Two phases measured in turns: see phase_compare.h.
 *
 * How it works: scripts/build-revision.sh of the work tree builds each commit, as it does for
 * scripts/gate-revision.sh. A build that speaks another version of the workers' protocol is
 * recognised by the first line that its worker prints, before anything is measured. Then an ordinary
 * gate runs, and its record is stored next to the phases.
 */
#include "phase_compare.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/shell.h"
#include "../measure/worker/protocol.h"
#include "../record/phase.h"
#include "../record/phase_name.h"
#include "../record/phase_pair.h"
#include "command.h"

struct side {
	char folder[PATH_MAX];
	char program[2 * PATH_MAX];
	json_t *about; /* phase.json */
	const char *name, *commit;
};

/* Finds the phase, and refuses one whose source is not known. An exit status. */
static int find_side(const char *word, struct side *side)
{
	run_find_folder(word, side->folder, sizeof(side->folder));
	side->about = phase_about(side->folder);
	if (!side->about) {
		message("'%s' is no phase: iowalk phase list", word);
		return STATUS_USAGE;
	}
	side->name = json_string_value(json_object_get(side->about, "name"));
	side->commit = json_string_value(json_object_get(side->about, "commit"));
	if (!side->commit)
		message("phase '%s' does not name the commit of its build: it cannot be built "
			"again",
			side->name);
	else if (json_is_true(json_object_get(side->about, "dirty")))
		message("phase '%s' was built with uncommitted changes: its commit %s is not what "
			"was measured",
			side->name, side->commit);
	else
		return STATUS_OK;
	return STATUS_USAGE;
}

/* The suite of both phases; NULL after a message. */
static const char *common_suite(const struct side sides[2])
{
	const char *suites[2];

	for (int i = 0; i < 2; i++)
		suites[i] = json_string_value(json_object_get(sides[i].about, "suite"));
	if (suites[0] && suites[1] && strcmp(suites[0], suites[1]) == 0 &&
	    strcmp(suites[0], "run") != 0) /* a run without a suite */
		return suites[0];
	message("the phases have no suite in common ('%s' and '%s'): name one with --suite",
		suites[0] ? suites[0] : "-", suites[1] ? suites[1] : "-");
	return NULL;
}

/* The top of the work tree that has the script. An exit status. */
static int find_tree(char *top, size_t size)
{
	static char *const git[] = {"git", "rev-parse", "--show-toplevel", NULL};
	struct why why = {0};
	char script[PATH_MAX + 32];
	int status = 1;
	int err = program_read(git, true, top, size, &status, &why);

	if (err) {
		message("%s", why.text);
		return STATUS_FAILURE;
	}
	if (status) {
		message("phase compare builds the commits of the phases: it works only in a git "
			"work tree of iowalk");
		return STATUS_USAGE;
	}
	snprintf(script, sizeof(script), "%s/scripts/build-revision.sh", top);
	if (access(script, X_OK) == 0)
		return STATUS_OK;
	message("phase compare builds the commits of the phases: '%s' is no work tree of iowalk, "
		"or an older one: it has no scripts/build-revision.sh",
		top);
	return STATUS_USAGE;
}

/* Does the build speak the protocol of this gate? An exit status. */
static int check_protocol(struct side *side)
{
	char *argv[] = {side->program, "worker", NULL}, line[512];
	struct why why = {0};
	int status;
	int err = program_read(argv, true, line, sizeof(line), &status, &why);
	json_t *hello = err ? NULL : json_loads(line, 0, NULL);
	json_int_t protocol = json_integer_value(json_object_get(hello, "protocol"));

	json_decref(hello);
	if (err) {
		message("%s", why.text);
		return STATUS_FAILURE;
	}
	if (protocol == WORKER_PROTOCOL)
		return STATUS_OK;
	if (protocol)
		message("the build of phase '%s' (%s) cannot be measured in turns: its workers "
			"speak version %lld of the protocol, those of this build version %d",
			side->name, side->commit, (long long)protocol, WORKER_PROTOCOL);
	else
		message("the build of phase '%s' (%s) cannot be measured in turns: it is older "
			"than the gate and has no workers",
			side->name, side->commit);
	return STATUS_USAGE;
}

/* An exit status. */
static int build_side(const char *top, struct side *side)
{
	char script[PATH_MAX + 32], line[PATH_MAX], commit[128];
	char *argv[] = {script, commit, NULL};
	struct why why = {0};
	int status;

	snprintf(script, sizeof(script), "%s/scripts/build-revision.sh", top);
	snprintf(commit, sizeof(commit), "%s", side->commit);
	message("building phase '%s' (%s)", side->name, side->commit);
	int err = program_read(argv, false, line, sizeof(line), &status, &why);
	if (err) {
		message("%s", why.text);
		return STATUS_FAILURE;
	}
	if (status == 2) {
		message("commit %s of phase '%s' is not in this repository (in a shallow clone: "
			"git fetch --unshallow)",
			side->commit, side->name);
		return STATUS_USAGE;
	}
	if (status || !*line) {
		message("cannot build commit %s of phase '%s'", side->commit, side->name);
		return STATUS_FAILURE;
	}
	snprintf(side->program, sizeof(side->program), "%s/%s", top, line);
	return check_protocol(side);
}

extern const struct command command_gate;

static int run_gate(const struct phase_compare *wanted, struct side sides[2], const char *suite,
		    char *out)
{
	char *argv[PHASE_COMPARE_WORDS_MAX + 16] = {"iowalk",
						    "--against",
						    sides[0].program,
						    "--candidate",
						    sides[1].program,
						    "--suite",
						    (char *)(uintptr_t)suite,
						    "--out",
						    out};
	int argc = 9;

	for (size_t i = 0; i < wanted->options_count; i++)
		argv[argc++] = wanted->options[i];
	return command_gate.main(argc, argv);
}

/* Is the gate in the folder `from` one of these two commits? Its programs are named by them. */
static int check_from(const char *from, const struct side sides[2])
{
	static const char *const keys[] = {"baseline", "candidate"};
	char path[PATH_MAX], part[160];
	int status = STATUS_OK;

	snprintf(path, sizeof(path), "%.4000s/gate.json", from);
	json_t *info = json_load_file(path, 0, NULL);
	for (int i = 0; status == STATUS_OK && i < 2; i++) {
		const char *program = json_string_value(
			json_object_get(json_object_get(info, "settings"), keys[i]));
		snprintf(part, sizeof(part), "/revisions/%.12s/", sides[i].commit);
		if (program && strstr(program, part))
			continue;
		message("'%s' is no gate of phase '%s': its %s is '%s'", from, sides[i].name,
			keys[i], program ? program : "-");
		status = STATUS_USAGE;
	}
	json_decref(info);
	return status;
}

static int compare_sides(const struct phase_compare *wanted, struct side sides[2])
{
	char top[PATH_MAX], path[PATH_MAX], out[PATH_MAX], stamp[UTC_STAMP_MAX];
	const char *suite = wanted->suite || wanted->from ? wanted->suite : common_suite(sides);
	struct why why = {0};
	int gate_status = STATUS_OK;

	if (!suite && !wanted->from)
		return STATUS_USAGE;
	phase_pair_path(sides[0].folder, sides[0].name, sides[1].name, path, sizeof(path));
	if (!wanted->replace && access(path, F_OK) == 0) {
		message("there is '%s' already: --replace measures again", path);
		return STATUS_USAGE;
	}
	int status = wanted->from ? check_from(wanted->from, sides) : find_tree(top, sizeof(top));
	for (int i = 0; !wanted->from && status == STATUS_OK && i < 2; i++)
		status = build_side(top, &sides[i]);
	if (status != STATUS_OK)
		return status;
	if (wanted->from) {
		snprintf(out, sizeof(out), "%.4000s", wanted->from);
	} else {
		utc_folder_stamp(stamp);
		snprintf(out, sizeof(out), "results/gates/%s-%s,%s", stamp, sides[0].name,
			 sides[1].name);
		gate_status = run_gate(wanted, sides, suite, out);
	}
	int err = phase_pair_keep(out, path, sides[0].about, sides[1].about, wanted->replace, &why);
	if (err) {
		message("%s", why.text);
		if (err == -ENODATA && access(out, F_OK) == 0)
			message("after `iowalk gate --resume '%s'` has ended: iowalk phase compare "
				"%s %s --from '%s'",
				out, sides[0].name, sides[1].name, out);
		return gate_status != STATUS_OK ? gate_status : STATUS_FAILURE;
	}
	fprintf(stderr, "kept as %s\n", path);
	return gate_status;
}

int phase_compare(const struct phase_compare *wanted)
{
	struct side sides[2] = {0};
	int status = find_side(wanted->a, &sides[0]);

	if (status == STATUS_OK)
		status = find_side(wanted->b, &sides[1]);
	if (status == STATUS_OK)
		status = compare_sides(wanted, sides);
	json_decref(sides[0].about);
	json_decref(sides[1].about);
	return status;
}
