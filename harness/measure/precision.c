/* Precision of a run: see precision.h. */
#include "precision.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STOPPED_CONFIDENCE 0.96 /* the simulation of tests/test_precision.c finds 96 to 97 % */

int precision_parse(const char *text, double *percent, struct why *why)
{
	char *end;
	double value = strtod(text, &end);
	bool is_number = isdigit((unsigned char)*text) && end > text;

	if (*end == '%')
		end++;
	if (!is_number || *end || !(value > 0) || !(value < 100))
		return why_set(why, -EINVAL,
			       "'%.40s': not a percentage above 0 and below 100, as 2%%", text);
	*percent = value;
	return 0;
}

static bool is_narrow(const double *medians, size_t count, double asked_percent,
		      struct process_figures *figures)
{
	double *sorted = malloc((count + 1) * sizeof(*sorted));

	*figures = (struct process_figures){.low = NAN, .high = NAN};
	if (!sorted)
		return false;
	memcpy(sorted, medians, count * sizeof(*sorted));
	process_figures(sorted, count, STOPPED_CONFIDENCE, figures);
	free(sorted);
	return count >= PRECISION_PROCESSES_MIN &&
	       process_half_width_percent(figures) <= asked_percent;
}

bool precision_reached(const double *medians, size_t count, double asked_percent,
		       struct process_figures *figures)
{
	struct process_figures before;

	return is_narrow(medians, count, asked_percent, figures) &&
	       (count == PRECISION_PROCESSES_MIN ||
		is_narrow(medians, count - 1, asked_percent, &before));
}

/* The middle of its next process, if it did nothing but measure. */
static double next_s(const struct precision_share *share)
{
	return share->process_s * ((double)share->processes_count + 0.5);
}

/* As long as the shortest process: after a round no cell is behind by more than one of its own. */
double precision_round(const struct precision_share *shares, size_t count)
{
	double first_s = NAN, shortest_s = NAN;

	for (size_t i = 0; i < count; i++) {
		if (!shares[i].wants)
			continue;
		first_s = fmin(first_s, next_s(&shares[i]));
		shortest_s = fmin(shortest_s, shares[i].process_s);
	}
	return first_s + shortest_s;
}

bool precision_due(const struct precision_share *share, double round_s)
{
	return share->wants && next_s(share) <= round_s;
}

/* JSON has no NaN. */
static void set_number(json_t *json, const char *key, double value)
{
	if (isfinite(value))
		json_object_set_new(json, key, json_real(value));
}

json_t *precision_cell_json(const struct process_figures *figures, bool reached)
{
	json_t *json = json_pack("{sI sb}", "processes_count", (json_int_t)figures->medians.count,
				 "reached", reached);

	if (!json || !figures->medians.count)
		return json;
	set_number(json, "figure_ns", figures->medians.median);
	set_number(json, "low_ns", figures->low);
	set_number(json, "high_ns", figures->high);
	set_number(json, "half_width_percent", process_half_width_percent(figures));
	return json;
}

json_t *precision_json(const struct precision *precision)
{
	return json_pack("{sf sf}", "asked_percent", precision->asked_percent, "budget_s",
			 precision->budget_s);
}

struct precision precision_of(const json_t *info)
{
	const json_t *json = json_object_get(info, "precision");

	return (struct precision){.asked_percent =
					  json_number_value(json_object_get(json, "asked_percent")),
				  .budget_s = json_number_value(json_object_get(json, "budget_s"))};
}
