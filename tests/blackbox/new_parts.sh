#!/bin/bash
# A new part is one new file: in a copy of the sources an export format, a section of the report with a
# figure, and a check of doctor are each added as one file. They must be built, listed, used and covered by
# the tests that go through the tables, without any other edit.
. tests/blackbox/lib.sh
copy_sources
iowalk=$tree/$build/iowalk
cat >"$tree/harness/export/count_lines.c" <<'SOURCE'
/* The number of samples of a run: a format for this test. */
#include "format.h"

static int write_count(const struct run *run, FILE *out)
{
	fprintf(out, "%zu samples\n", json_array_size(run->samples));
	return 0;
}

const struct export_format export_count_lines = {
	.name = "count-lines",
	.summary = "the number of samples",
	.write = write_count,
};
SOURCE

cat >"$tree/harness/report/sections/repetitions.c" <<'SOURCE'
/* A section with a figure, for this test. */
#include "../section.h"

static void put(struct document *document, const struct report_context *context)
{
	(void)context;
	document_heading(document, 2, "A planted section");
	document_text(document, "With a figure of its own.");
}

static int put_table(FILE *out, const struct plot_data *data, const struct history *history)
{
	(void)data;
	(void)history;
	fputs("x\ty\n1\t1\n2\t4\n", out);
	return 0;
}

static const struct figure figures[] = {{
	.name = "planted",
	.alt = "a line through two points",
	.caption = "A planted figure.",
	.data = put_table,
	.script = "load PLOTS.'/style.gp'\nset terminal @TERMINAL\nset output OUTPUT\n"
		  "plot DATA using 1:2 with lines notitle\n",
}};

const struct report_section section_repetitions = {
	.order = 1234,
	.write = put,
	.figures = figures,
	.figures_count = 1,
};
SOURCE

cat >"$tree/harness/machine/checks/planted.c" <<'SOURCE'
/* A check of doctor, for this test. */
#include "../check.h"

static void look(const struct check_context *context, struct check *check)
{
	(void)context;
	why_set(&check->found, 0, "grows well");
}

const struct doctor_check check_planted = {.name = "planted", .order = 1234, .look = look};
SOURCE

# An engine: pread under another name.
sed 's/engine_pread/engine_planted/; s/\.name = "pread",/.name = "planted",/' "$tree/engines/pread.c" >"$tree/engines/planted.c"

check "four files more, and it builds" make_tree "$build/iowalk" \
	"$build/tests/test_export" "$build/tests/test_sections" "$build/tests/test_environment" \
	"$build/tests/test_engines" "$build/tests/test_engine_model" "$build/tests/test_plan" "$build/tests/test_suite"
new_files=$(diff -rq --exclude=build . "$tree" 2>/dev/null | grep -c "^Only in $tree")
is "no other file of the tree was added" "$new_files" 4
is "no file of the tree was changed" "$(diff -rq --exclude=build --exclude=.git . "$tree" | grep -c '^Files')" 0

expect "the new format is in the help" 0 'count-lines +the number of samples' "$iowalk" export --help
run "$iowalk" run --graph chain --nodes 100 --engine mmap --processes 1 --repetitions 2 --iterations 1 --no-roofline \
	--out "$work/run"
exits "a run for them" 0
expect "the new format writes a run" 0 '^[1-9][0-9]* samples$' "$iowalk" export "$work/run" --format count-lines
expect "an unknown format names the new one" 2 'count-lines' "$iowalk" export "$work/run" --format nonesuch

run "$iowalk" report "$work/run" --out "$work/report"
exits "a report" 0
check "the new section is in the report" grep -q '^## A planted section' "$work/report/report.md"
if command -v gnuplot >/dev/null; then
	check "so is its figure" grep -q '(plots/planted.svg)' "$work/report/report.md"
	check "it is drawn from its own table" grep -q '^2	4$' "$work/report/plots/planted.tsv"
	check "and is a picture" grep -q '</svg>' "$work/report/plots/planted.svg"
else
	skip "the figure of the new section" "no gnuplot"
fi
check "the HTML has both" grep -q 'A planted figure' "$work/report/report.html"

run "$iowalk" doctor --cache-dir "$work/cache"
check "the new check is in doctor's list" grep -qE 'planted +grows well' "$work/stdout"

expect "the new engine is among all engines" 0 '/planted/' "$iowalk" run --graph chain --nodes 10 --engine '*' --dry-run
expect "and in the suite of engines" 0 '/planted/cold/' "$iowalk" run --suite engines --dry-run
run "$iowalk" run --graph random --nodes 200 --engine planted,pread,delay --opt delay.engine=planted --processes 1 --repetitions 2 --iterations 1 \
	--no-roofline --out "$work/planted"
exits "the new engine is measured, also by wrappers" 0
is "the new engine: verified walks" "$(samples "$work/planted" time '.*/planted/.*' | grep -c '"verified":true')" 2

expect "iowalk conform tests the new engine" 0 '^pass  model   planted ' "$iowalk" conform planted --budget 0.01

for name in test_export test_sections test_environment test_engines test_engine_model test_plan test_suite; do
	check "$name passes with it" env IOWALK_MODEL_OPERATIONS=6000 "$tree/$build/tests/$name"
done

# ---- the tests of the tables do cover the new files: each fault is found ----

finds_fault() { # NAME FILE SED TEST
	sed -i "$3" "$tree/$2"
	if make_tree "$build/tests/$4" >"$work/make" 2>&1 && ! "$tree/$build/tests/$4" >"$work/faults" 2>&1; then
		ok "$1"
	else
		not_ok "$1" "$(tail -n 5 "$work/make" "$work/faults")"
	fi
}
finds_fault "a format without a summary" harness/export/count_lines.c '/\.summary/d' test_export
finds_fault "a section with the place of another" harness/report/sections/repetitions.c 's/1234/900/' test_sections
finds_fault "a check that finds nothing" harness/machine/checks/planted.c 's/"grows well"/"%s", ""/' test_environment

# ---- faults planted in the engine: conform finds each, and its reproducer fails again ----

conform_finds() { # NAME SED REGEX
	local reproducer
	sed "s/engine_pread/engine_planted/; s/\\.name = \"pread\",/.name = \"planted\",/; $2" engines/pread.c >"$tree/engines/planted.c"
	if ! make_tree "$build/iowalk" >"$work/make" 2>&1; then
		not_ok "$1" "$(tail -n 5 "$work/make")"
		return
	fi
	expect "conform finds $1" 1 "$3" "$iowalk" conform planted --opt planted.fadvise=1 --budget 5
	reproducer=$(sed -n 's/.*reproduce: iowalk //p' "$work/stdout" | head -n 1)
	expect "the reproducer of $1 fails again: $reproducer" 1 "$3" "$iowalk" ${reproducer:-none}
}
conform_finds "an engine that crashes" '/^static int pread_sync/,/^}/s/return .*/(void)engine;\n\t__builtin_trap();/' 'killed by signal 4'
conform_finds "a size that is not checked" '/^static int pread_write/,/^}/s/if (!engine_range_ok.*/if (len_bytes > 99999999)/' 'write gives|bytes, not'
finish
