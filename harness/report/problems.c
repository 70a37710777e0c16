/* Cells without a result, grouped by their reasons: see problems.h. */
#include "problems.h"

#include <string.h>

#define SKIPPED_NAMES_MAX 3 /* cells that are named with one reason; run.json has all */

static bool same_problem(const struct report_problem *a, const struct report_problem *b)
{
	return a->skipped == b->skipped && strcmp(a->reason, b->reason) == 0;
}

/* The reason, once, and the cells that have it; `first` is the first of them. */
static void print_problem(FILE *out, const struct report *report, size_t first)
{
	const struct report_problem *problem = &report->problems[first];
	size_t count = 0;

	for (size_t i = first; i < report->problems_count; i++)
		count += same_problem(problem, &report->problems[i]);
	fputs("  ", out);
	if (count == 1) {
		print_clean(out, problem->name);
		fputs(": ", out);
	}
	print_clean(out, problem->reason);
	fputc('\n', out);
	size_t shown =
		!problem->skipped || count <= SKIPPED_NAMES_MAX + 1 ? count : SKIPPED_NAMES_MAX;
	size_t left = count == 1 ? 0 : shown;
	for (size_t i = first; left; i++) {
		if (!same_problem(problem, &report->problems[i]))
			continue;
		fputs("    ", out);
		print_clean(out, report->problems[i].name);
		fputc('\n', out);
		left--;
	}
	if (shown < count)
		fprintf(out, "    and %zu more cells\n", count - shown);
}

void problems_print(FILE *out, const struct report *report, const struct style *style)
{
	for (int skipped = 0; skipped < 2; skipped++) {
		bool titled = false;
		for (size_t i = 0; i < report->problems_count; i++) {
			bool seen = report->problems[i].skipped != (skipped != 0);
			for (size_t k = 0; k < i && !seen; k++)
				seen = same_problem(&report->problems[k], &report->problems[i]);
			if (seen)
				continue;
			if (!titled)
				fprintf(out, "\n%s%s%s\n", skipped ? style->bold : style->red,
					skipped ? "skipped" : "failed", style->off);
			titled = true;
			print_problem(out, report, i);
		}
	}
	if (report->run->damaged_count > 0)
		fprintf(out, "\n%s%zu damaged lines of samples.jsonl were left out%s\n", style->red,
			report->run->damaged_count, style->off);
}
