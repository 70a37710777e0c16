/*
 * Published claims of known systems, compared with what a run measured, as Markdown. docs/CLAIMS.md
 * is this export of suite `claims`.
 *
 * How it works: a claim is a limit with texts, and judge/limits.c measures both in the same way.
 * One claim may have several cases. If all cases agree, their result is the result of the claim.
 * Otherwise it "depends" on what the suite names, and each case shows its own result. A case whose
 * value is better than the far end of the claimed range is exceeded, not confirmed. A case whose interval
 * contains one of its bounds is undecided, because another run could be on the other side.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../record/machines.h"
#include "../judge/rows.h"
#include "format.h"
#include "../base/document.h"

enum claim_state { CONFIRMED, EXCEEDED, REFUTED, UNDECIDED, UNMEASURED };

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

static enum claim_state state_of(const struct limit_result *claim)
{
	if (claim->state == LIMIT_UNMEASURED)
		return UNMEASURED;
	if (holds(claim, claim->at_most) || (claim->at_least > 0 && holds(claim, claim->at_least)))
		return UNDECIDED;
	if (claim->state != LIMIT_MET)
		return REFUTED;
	const json_t *beyond = json_object_get(claim->json, "beyond");
	double far = json_number_value(beyond);
	bool is_beyond = isfinite(claim->at_most) ? claim->value < far : claim->value > far;
	return beyond != NULL && is_beyond && !holds(claim, far) ? EXCEEDED : CONFIRMED;
}

/* Are some cases of the same claim confirmed and others refuted? */
static bool is_mixed(const struct claims *claims, const struct limit_result *claim)
{
	bool seen[UNMEASURED + 1] = {false};
	for (size_t i = 0; i < claims->count; i++) {
		const struct limit_result *other = &claims->items[i];
		if (strcmp(other->name, claim->name) == 0 &&
		    strcmp(text_of(other, "system"), text_of(claim, "system")) == 0)
			seen[state_of(other)] = true;
	}
	return (seen[CONFIRMED] || seen[EXCEEDED]) && seen[REFUTED];
}

static void put_state(struct document *document, const struct claims *claims,
		      const struct limit_result *claim)
{
	static const char *const words[] = {
		"confirmed", "exceeded: outside the claimed range", "refuted",
		"depends: on the run, because the interval contains the bound", "not measured"};
	enum claim_state state = state_of(claim);
	const char *depends = text_of(claim, "depends");
	const char *reason = claim->reason == NULL ? "" : claim->reason;
	bool mixed = state < UNDECIDED && is_mixed(claims, claim);
	document_cell(document, TONE_PLAIN, "%s%s%s%s%s%s", mixed ? "depends: on " : "",
		      !mixed               ? ""
		      : depends[0] == '\0' ? "the case"
					   : depends,
		      mixed ? "; here " : "", words[state], reason[0] == '\0' ? "" : ": ", reason);
}

static void put_row(struct document *document, const struct claims *claims,
		    const struct limit_result *claim)
{
	const char *suite = json_string_value(json_object_get(claims->run->info, "suite"));
	bool measured = claim->state != LIMIT_UNMEASURED;
	struct limit_texts texts;
	limit_texts(claim, true, &texts);
	document_cell(document, TONE_PLAIN, "%s", claim->name);
	document_cell(document, TONE_PLAIN, "%s", text_of(claim, "case"));
	document_cell(document, TONE_PLAIN, "%s", text_of(claim, "expected"));
	document_cell(document, TONE_PLAIN, "%s", measured ? texts.value : "-");
	document_cell(document, TONE_PLAIN, "%s", measured ? texts.interval : "-");
	put_state(document, claims, claim);
	document_cell(document, TONE_CODE, "iowalk run --suite %s --claim %s",
		      suite == NULL ? "?" : suite, text_of(claim, "id"));
}

static void put_system(struct document *document, const struct claims *claims, const char *system)
{
	static const char *const titles[] = {"claim",         "case",    "expected", "measured",
					     "95 % interval", "verdict", "command"};
	document_heading(document, 2, "%s", system);
	document_table(document, system, 7, 0x67);
	document_cells(document, TONE_PLAIN, 7, titles);
	for (size_t i = 0; i < claims->count; i++) {
		if (strcmp(text_of(&claims->items[i], "system"), system) == 0)
			put_row(document, claims, &claims->items[i]);
	}
}

static void put_claims(struct document *document, const struct claims *claims)
{
	char heading[256], machine[MACHINES_TEXT_MAX] = "", build[256] = "";
	run_heading(claims->run, heading, sizeof heading);
	machines_caption(claims->run, machine, sizeof machine, build, sizeof build);
	document_heading(document, 1, "Claims, measured");
	document_text(document, "Written by make claims; do not edit. %s", heading);
	document_line(document, "%s", machine);
	document_line(document, "%s", build);
	document_text(document,
		      "A ratio (×) is the first of the two cells that the case names, "
		      "divided by the second: 0.9× is 10 %% less. Each value is the ratio "
		      "of the medians of one run. The interval is the middle 95 %% of the "
		      "ratios that resampling its repetitions gives. All walks were "
		      "verified.");
	for (size_t i = 0; i < claims->count; i++) {
		const char *system = text_of(&claims->items[i], "system");
		bool known = false;
		for (size_t k = 0; k < i; k++)
			known |= strcmp(text_of(&claims->items[k], "system"), system) == 0;
		if (!known)
			put_system(document, claims, system);
	}
}

static int write_claims(const struct run *run, FILE *out)
{
	struct claims claims = {.run = run};
	struct document document;
	struct cell_summary *summaries = NULL;
	size_t summaries_count = 0;
	int err = run_summarize(run, &summaries, &summaries_count);
	if (err == 0)
		err = limits_evaluate(json_object_get(run->info, "claims"),
				      &(struct limit_side){NULL, run, summaries, summaries_count},
				      NULL, 0, &claims.items, &claims.count);
	document_init(&document);
	if (err == 0)
		put_claims(&document, &claims);
	if (err == 0)
		err = document.err;
	if (err == 0)
		document_write_markdown(&document, out);
	document_release(&document);
	free(claims.items);
	summaries_free(summaries, summaries_count);
	return err != 0 ? err : ferror(out) ? -EIO : 0;
}

const struct export_format export_claims = {
	.name = "claims",
	.summary = "published claims of the suite and what was measured, as Markdown",
	.needs = "claims",
	.write = write_claims,
};
