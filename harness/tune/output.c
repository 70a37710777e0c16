/* The table and the profiles file of a search: see output.h. */
#include "output.h"

#include "../base/clock.h"
#include "../base/files.h"
#include "../base/signals.h"
#include "../base/units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *tune_ended(const struct tuner *tuner)
{
	return signals_caught()              ? "interrupted"
	       : tuner->search.out_of_budget ? "budget"
					     : "complete";
}

/* "bfs, random, cold, 100000 nodes" */
static void condition_text(const struct cell *cell, char *text, size_t size)
{
	json_t *json = cell_json(cell);

	snprintf(text, size, "%s, %s, %s", cell->workload->name,
		 json_string_value(json_object_get(json, "graph")), cell->cold ? "cold" : "warm");
	if (cell->params.nodes_count)
		text_append(text, size, ", %" PRIu64 " nodes", cell->params.nodes_count);
	if (cell->threads_count > 1)
		text_append(text, size, ", %u threads", cell->threads_count);
	if (cell->memory_limit_bytes)
		text_append(text, size, ", %" PRIu64 " bytes of memory", cell->memory_limit_bytes);
	json_decref(json);
}

/* ---- the plan ---- */

void tune_print_plan(FILE *out, const struct tuner *tuner)
{
	for (size_t g = 0; g < tuner->search.groups_count; g++) {
		const struct tune_group *group = &tuner->search.groups[g];

		fprintf(out, "%s%s%s\n", group->space.base->name,
			group->skipped ? "\tskipped: " : "", group->skipped ? group->skipped : "");
		for (size_t i = 0; !group->skipped && i < group->space.options_count; i++) {
			const struct tune_option *option = &group->space.options[i];
			char text[160];

			tune_option_key(option, text, sizeof(text));
			fprintf(out, "  %s=", text);
			for (size_t k = 0; k < option->values_count; k++) {
				tune_option_value(option, k, text, sizeof(text));
				fprintf(out, "%s%s", k ? "," : "", text);
			}
			fputc('\n', out);
		}
	}
}

/* ---- the table ---- */

/* "812 ms [800 ms, 830 ms]"; without an interval "812 ms (2 processes)". */
static void time_text(const struct tuner *tuner, size_t setting, const struct style *style,
		      char *text, size_t size)
{
	const struct tune_setting *of = &tuner->search.settings[setting];
	char time[UNIT_TEXT_MAX], low[UNIT_TEXT_MAX], high[UNIT_TEXT_MAX];
	struct process_figures figures;

	tuner_figures(tuner, setting, &figures);
	if (isnan(figures.medians.median)) {
		if (of->end == TUNE_SLOW)
			snprintf(text, size, "more than %.1f s", of->limit_s);
		else
			snprintf(text, size, "%s",
				 of->end == TUNE_FAILED ? "failed" : "not measured");
		return;
	}
	format_time_ns(time, sizeof(time), figures.medians.median, style->utf8);
	if (isnan(figures.low)) {
		snprintf(text, size, "%s (%zu process%s)", time, figures.medians.count,
			 figures.medians.count == 1 ? "" : "es");
		return;
	}
	format_time_ns(low, sizeof(low), figures.low, style->utf8);
	format_time_ns(high, sizeof(high), figures.high, style->utf8);
	snprintf(text, size, "%s [%s, %s]", time, low, high);
}

/* "2.90x [2.70, 3.10]" */
static void ratio_text(const struct tune_ratio *ratio, const struct style *style, char *text,
		       size_t size)
{
	char value[UNIT_TEXT_MAX];

	format_ratio(value, sizeof(value), ratio->value, style->utf8);
	snprintf(text, size, "%s", value);
	if (!isnan(ratio->low))
		text_append(text, size, " [%.2f, %.2f]", ratio->low, ratio->high);
	else
		text_append(text, size, " (%zu pairs: no interval)", ratio->pairs_count);
}

static void print_effects(FILE *out, const struct tuner *tuner, const struct tune_group *group,
			  const struct style *style)
{
	const struct tune_setting *leader = &tuner->search.settings[group->leader];
	char key[160], value[64], usual[64], ratio[96];

	for (size_t i = 0; i < group->effects_count; i++) {
		const struct tune_effect *effect = &group->effects[i];
		const struct tune_option *option = &group->space.options[effect->option];
		const struct tune_setting *revert = &tuner->search.settings[effect->setting];

		tune_option_key(option, key, sizeof(key));
		tune_option_value(option, leader->choice.values[effect->option], value,
				  sizeof(value));
		tune_option_value(option, 0, usual, sizeof(usual));
		if (revert->end == TUNE_SLOW)
			snprintf(ratio, sizeof(ratio), "more than %.1f s", revert->limit_s);
		else
			ratio_text(&effect->ratio, style, ratio, sizeof(ratio));
		fprintf(out, "      %s=%s: with %s instead %s%s\n", key, value, usual, ratio,
			!(effect->ratio.low <= 1 && effect->ratio.high >= 1)
				? ""
				: ", within the noise");
	}
}

static void print_group(FILE *out, const struct tuner *tuner, const struct tune_group *group,
			const struct style *style)
{
	const struct cell *base = group->space.base;
	bool differs = group->leader != group->default_setting;
	char text[1024], ratio[96];

	fprintf(out, "  %s, %s\n", base->layout->name, base->engine->name);
	time_text(tuner, group->default_setting, style, text, sizeof(text));
	fprintf(out, "    default  %s\n", text);
	if (!differs) {
		fputs("    the default is kept: no other setting was faster\n", out);
		return;
	}
	time_text(tuner, group->leader, style, text, sizeof(text));
	ratio_text(&group->gain, style, ratio, sizeof(ratio));
	fprintf(out, "    best     %s", text);
	if (tuner->search.settings[group->default_setting].end == TUNE_SLOW)
		fputc('\n', out);
	else
		fprintf(out, ": default / best %s\n", ratio);
	tune_space_text(&group->space, &tuner->search.settings[group->leader].choice, text,
			sizeof(text));
	fprintf(out, "    --opt    %s\n", *text ? text : "(all defaults)");
	if (!group->confirmed)
		fputs(isnan(group->gain.low)
			      ? "    the default is kept: too few processes to tell the difference "
				"from noise\n"
			      : "    the default is kept: the difference is within the noise\n",
		      out);
	print_effects(out, tuner, group, style);
}

void tune_print(FILE *out, const struct tuner *tuner, const struct style *style)
{
	char known[512] = "", text[512];

	for (size_t g = 0; g < tuner->search.groups_count; g++) {
		const struct tune_group *group = &tuner->search.groups[g];

		condition_text(group->space.base, text, sizeof(text));
		if (strcmp(known, text) != 0) {
			fprintf(out, "%s%s", g ? "\n" : "", style->bold);
			print_clean(out, text);
			fprintf(out, "%s\n", style->off);
		}
		snprintf(known, sizeof(known), "%s", text);
		if (group->skipped)
			fprintf(out, "  %s, %s\n    skipped: %s\n", group->space.base->layout->name,
				group->space.base->engine->name, group->skipped);
		else if (tuner->search.settings_count)
			print_group(out, tuner, group, style);
	}
	fprintf(out,
		"%s  [a, b]: 95 %% interval of the median over processes; ratios: of processes of "
		"one round%s\n",
		style->dim, style->off);
}

/* ---- the profiles ---- */

/* Do all groups have the same workload, graph, size and cache state? */
static bool same_condition(const struct tuner *tuner)
{
	char first[512], other[512];

	for (size_t g = 1; g < tuner->search.groups_count; g++) {
		condition_text(tuner->search.groups[0].space.base, first, sizeof(first));
		condition_text(tuner->search.groups[g].space.base, other, sizeof(other));
		if (strcmp(first, other) != 0)
			return false;
	}
	return true;
}

/* Longest name of a profile, with its NUL. */
#define NAME_SIZE 512

/* "csr-pread", or, of several conditions, "csr-pread-bfs-random-cold-100000-nodes". */
static void name_of_group(const struct tuner *tuner, size_t g, bool with_condition, char *name)
{
	const struct cell *base = tuner->search.groups[g].space.base;
	char condition[512];
	size_t used = 0;

	snprintf(name, NAME_SIZE, "%s-%s", base->layout->name, base->engine->name);
	condition_text(base, condition, sizeof(condition));
	if (with_condition)
		text_append(name, NAME_SIZE, "-%s", condition);
	for (const char *at = name; *at; at++) {
		bool plain = isalnum((unsigned char)*at) || strchr("._-", *at);
		if (plain || (used && name[used - 1] != '-'))
			name[used++] = plain ? *at : '-';
	}
	name[used] = '\0';
}

/* names[groups_count][NAME_SIZE]; one that is taken gets the number of its group. The caller frees. NULL: out of memory. */
static char (*name_groups(const struct tuner *tuner))[NAME_SIZE]
{
	size_t count = tuner->search.groups_count;
	char(*names)[NAME_SIZE] = calloc(count + 1, sizeof(*names));
	bool with_condition = !same_condition(tuner);

	for (size_t g = 0; names && g < count; g++) {
		name_of_group(tuner, g, with_condition, names[g]);
		for (size_t i = 0; i < g; i++) {
			if (strcmp(names[i], names[g]) == 0) {
				text_append(names[g], NAME_SIZE, "-%zu", g + 1);
				break;
			}
		}
	}
	return names;
}

static void write_head(FILE *out, const struct tuner *tuner, const struct run *run)
{
	const json_t *environment = run->environment;
	char stamp[UTC_STAMP_MAX];
	static const char *const keys[][2] = {{"machine", "cpu_model"},
					      {"kernel", "release"},
					      {"storage", "file_system"},
					      {"storage", "device"}};

	utc_stamp(stamp);
	fprintf(out,
		"# Settings found by iowalk tune, %s; the search %s after %.0f s.\n"
		"# iowalk run --profile PATH-OF-THIS-FILE walks with them; PATH:NAME is one of "
		"them.\n",
		stamp,
		strcmp(tune_ended(tuner), "complete") == 0 ? "was complete"
		: strcmp(tune_ended(tuner), "budget") == 0 ? "ran out of its budget"
							   : "was interrupted",
		clock_now_s() - tuner->began_s);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_t *part = json_object_get(environment, keys[i][0]);
		const char *text = json_string_value(json_object_get(part, keys[i][1]));

		if (text)
			fprintf(out, "# %s: %.200s\n", keys[i][1], text);
	}
}

static void write_profile(FILE *out, const struct tuner *tuner, size_t g, const char *name)
{
	const struct tune_group *group = &tuner->search.groups[g];
	const struct cell *base = group->space.base;
	struct process_figures start, best;
	char condition[512], text[1024], times[2][UNIT_TEXT_MAX];
	size_t pick = tune_group_pick(group);

	tuner_figures(tuner, pick, &best);
	tuner_figures(tuner, group->default_setting, &start);
	if (isnan(best.medians.median))
		return;
	condition_text(base, condition, sizeof(condition));
	format_time_ns(times[0], UNIT_TEXT_MAX, best.medians.median, false);
	format_time_ns(times[1], UNIT_TEXT_MAX, start.medians.median, false);
	fprintf(out, "\n[%s]\nsummary = tuned for %s: %s", name, condition, times[0]);
	if (pick == group->default_setting)
		fputs(", the default: no other setting is faster by more than the noise", out);
	else if (isnan(start.medians.median))
		fputs(", where the default was too slow to be measured", out);
	else
		fprintf(out, " where the default takes %s", times[1]);
	fprintf(out, "\nlayout = %s\n", base->layout->name);
	if (!(base->layout->capabilities & LAYOUT_REFERENCE))
		fprintf(out, "engine = %s\n", base->engine->name);
	tune_space_text(&group->space, &tuner->search.settings[pick].choice, text, sizeof(text));
	if (*text)
		fprintf(out, "opt = %s\n", text);
}

int tune_write_profiles(const struct tuner *tuner, const struct run *run, const char *path)
{
	char *text = NULL;
	size_t len;
	char(*names)[NAME_SIZE] = name_groups(tuner);
	FILE *out = names ? open_memstream(&text, &len) : NULL;

	if (!out) {
		free(names);
		return -ENOMEM;
	}
	write_head(out, tuner, run);
	for (size_t g = 0; g < tuner->search.groups_count; g++) {
		if (!tuner->search.groups[g].skipped && tuner->search.settings_count)
			write_profile(out, tuner, g, names[g]);
	}
	free(names);
	int err = fclose(out) == 0 ? write_text_file(path, text, len) : -ENOMEM;
	free(text);
	return err;
}
