/*
 * What was claimed of systems, held against a run: docs/CLAIMS.md is this of suite `claims`.
 *
 * How it works: a claim is a limit with words (judge/limits.c measures both alike). One text may have
 * several cases; where all say the same that is the verdict, else it depends, on what the suite says
 * it does, and each case says which way. A case whose interval holds one of its bounds decides
 * nothing: another run might fall on the other side.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../machine/environment.h"
#include "../judge/rows.h"
#include "format.h"
#include "../base/text.h"

enum verdict { CONFIRMED, REFUTED, UNDECIDED, UNMEASURED };

struct claims {
	const struct run *run;
	struct limit_result *items;
	size_t count;
};

static const char *text_of(const struct limit_result *claim, const char *key)
{
	const char *text = json_string_value(json_object_get(claim->json, key));
	return text == NULL ? "" : text;
}

static bool holds(const struct limit_result *claim, double bound)
{
	return !isnan(claim->low) && isfinite(bound) && claim->low < bound && bound < claim->high;
}

static enum verdict verdict_of(const struct limit_result *claim)
{
	if (claim->state == LIMIT_UNMEASURED)
		return UNMEASURED;
	if (holds(claim, claim->at_most) || (claim->at_least > 0 && holds(claim, claim->at_least)))
		return UNDECIDED;
	return claim->state == LIMIT_MET ? CONFIRMED : REFUTED;
}

/* Are there cases of the same claim that were confirmed, and others that were refuted? */
static bool is_mixed(const struct claims *claims, const struct limit_result *claim)
{
	bool seen[UNMEASURED + 1] = {false};
	for (size_t i = 0; i < claims->count; i++) {
		const struct limit_result *other = &claims->items[i];
		if (strcmp(other->name, claim->name) == 0 &&
		    strcmp(text_of(other, "system"), text_of(claim, "system")) == 0)
			seen[verdict_of(other)] = true;
	}
	return seen[CONFIRMED] && seen[REFUTED];
}

static void put_verdict(FILE *out, const struct claims *claims, const struct limit_result *claim)
{
	static const char *const words[] = {"confirmed", "refuted",
					    "depends: on the run, the interval holds the bound",
					    "not measured"};
	enum verdict verdict = verdict_of(claim);
	const char *depends = text_of(claim, "depends");
	if (verdict < UNDECIDED && is_mixed(claims, claim)) {
		fputs("depends: on ", out);
		put_markdown(out, depends[0] == '\0' ? "the case" : depends);
		fprintf(out, "; here %s", words[verdict]);
	} else {
		fputs(words[verdict], out);
	}
	if (claim->reason != NULL) {
		fputs(": ", out);
		put_markdown(out, claim->reason);
	}
}

static void put_row(FILE *out, const struct claims *claims, const struct limit_result *claim)
{
	const char *suite = json_string_value(json_object_get(claims->run->info, "suite"));
	bool measured = claim->state != LIMIT_UNMEASURED;
	struct limit_texts texts;
	limit_texts(claim, true, &texts);
	fputs("| ", out);
	put_markdown(out, claim->name);
	fputs(" | ", out);
	put_markdown(out, text_of(claim, "case"));
	fputs(" | ", out);
	put_markdown(out, text_of(claim, "expected"));
	fprintf(out, " | %s | %s | ", measured ? texts.value : "-",
		measured ? texts.interval : "-");
	put_verdict(out, claims, claim);
	fprintf(out, " | `iowalk run --suite %s --claim %s` |\n", suite == NULL ? "?" : suite,
		text_of(claim, "id"));
}

static void put_system(FILE *out, const struct claims *claims, const char *system)
{
	fputs("\n## ", out);
	put_markdown(out, system);
	fputs("\n\n| claim | case | expected | measured | 95 % interval | verdict | to measure it "
	      "|\n"
	      "|:--|:--|:--|--:|--:|:--|:--|\n",
	      out);
	for (size_t i = 0; i < claims->count; i++) {
		if (strcmp(text_of(&claims->items[i], "system"), system) == 0)
			put_row(out, claims, &claims->items[i]);
	}
}

static void put_claims(FILE *out, const struct claims *claims)
{
	char heading[256], machine[256] = "", build[256] = "";
	run_heading(claims->run, heading, sizeof heading);
	environment_caption(claims->run->environment, machine, sizeof machine, build, sizeof build);
	fputs("# Claims, measured\n\nWritten by `make claims`; do not edit. ", out);
	put_markdown(out, heading);
	fputs("  \n", out); /* two blanks: the line ends here */
	put_markdown(out, machine);
	fputs("  \n", out);
	put_markdown(out, build);
	fputs("\n\nWith a ratio (×) the first of the two named in the case is measured, divided by "
	      "the second:\n0.9× is 10 % less. Each is the ratio of the medians of one run, with "
	      "the "
	      "middle 95 % of what\nresampling its repetitions gives. Every walk behind a figure "
	      "was "
	      "verified.\n",
	      out);
	for (size_t i = 0; i < claims->count; i++) {
		const char *system = text_of(&claims->items[i], "system");
		bool known = false;
		for (size_t k = 0; k < i; k++)
			known |= strcmp(text_of(&claims->items[k], "system"), system) == 0;
		if (!known)
			put_system(out, claims, system);
	}
}

static int export_claims(const struct run *run, FILE *out)
{
	struct claims claims = {.run = run};
	struct cell_summary *summaries = NULL;
	size_t summaries_count = 0;
	int err = run_summarize(run, &summaries, &summaries_count);
	if (err == 0)
		err = limits_evaluate(json_object_get(run->info, "claims"),
				      &(struct limit_side){NULL, run, summaries, summaries_count},
				      NULL, 0, &claims.items, &claims.count);
	if (err == 0)
		put_claims(out, &claims);
	free(claims.items);
	summaries_free(summaries, summaries_count);
	return err != 0 ? err : ferror(out) ? -EIO : 0;
}

const struct export_format format_claims = {
	.name = "claims",
	.summary = "what the suite's claims say of other systems beside what was measured, as "
		   "Markdown",
	.write = export_claims,
};
