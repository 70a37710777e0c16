/* Records: run.json and samples.jsonl, separated by a line "---", through everything that reads them. */
#include "fuzz.h"

#include <errno.h>
#include <math.h>

#include "../../harness/export/format.h"
#include "../../harness/judge/comparison.h"
#include "../../harness/judge/writers.h"
#include "../../harness/record/joined.h"
#include "../../harness/report/table.h"

static void compare_with_itself(const struct run *run, FILE *out)
{
	struct comparison comparison;
	struct why why = {""};

	if (comparison_of_runs(run, 1, run, 1, NAN, false, &comparison, &why) != 0)
		return;
	comparison_write_table(out, &comparison, false);
	if (comparison_count(&comparison, VERDICT_REGRESSION) > 0)
		abort();
	comparison_release(&comparison);
}

static void read_record(const struct run *run, FILE *out)
{
	struct run joined, four[] = {*run, *run, *run, *run};
	struct why why = {""};

	table_print(out, run, false);
	for (size_t i = 0; i < export_table_count; i++)
		export_table[i]->write(run, out);
	compare_with_itself(run, out);
	if (runs_join(four, 4, &joined, &why) == 0) {
		compare_with_itself(&joined, out);
		run_release(&joined);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static FILE *nowhere;
	static const char mark[] = "\n---\n";
	const uint8_t *split = memmem(data, len, mark, sizeof(mark) - 1);
	size_t first = split ? (size_t)(split - data) : len;
	struct run run;
	struct why why = {""};

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	fuzz_file("run.json", data, first);
	fuzz_file("environment.json", "{}", 2);
	fuzz_file("samples.jsonl", split ? split + sizeof(mark) - 1 : data,
		  split ? len - first - (sizeof(mark) - 1) : 0);
	int err = run_load(fuzz_folder(), false, &run, &why);
	if (err == 0) {
		read_record(&run, nowhere);
		run_release(&run);
	} else if (!*why.text) {
		abort();
	}
	return 0;
}
