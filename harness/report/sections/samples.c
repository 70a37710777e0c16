/*
 * A figure: each sample of a time in the order of the run, as its deviation from the median of its cell.
 *
 * How it works: a sample's line has the second in which it was written; samples of one second are spread
 * over it in their order. Of a long run, one sample is kept of each spot of a grid (an engine, some
 * pixels wide and high), so the figure shows where samples are, not how many: the median of all samples
 * in each slice of the time is drawn too, from all of them.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../base/text.h"
#include "../../plot/data.h"
#include "../section.h"

#define SPOTS_MAX   3000 /* dashes in the picture: about 35 bytes each in an SVG */
#define SPOTS_WIDE  512  /* of the grid at first; it gets coarser until SPOTS_MAX is kept */
#define SPOTS_HIGH  128
#define SLICES      48    /* of the time, for medians */
#define SLICE_LEAST 5     /* samples for a median */
#define PAUSE_S     600.0 /* a longer one is cut out of the axis: the run was resumed */
#define EDGE_SHARE  0.02  /* of the samples may lie beyond the axis, at its edge */

struct point {
	double at_s, percent;
	json_int_t engine;
	bool is_kept;
};

struct series {
	struct point *points; /* [count], in the order of time */
	size_t count, kept_count, beyond_count;
	double end_s, low, high, step; /* percent; low is how far the axis goes below 0 */
	json_t *engines;
	double *cuts_s; /* [cuts_count]: where a run or a session begins, but the first */
	size_t cuts_count;
};

static double time_of(const json_t *sample)
{
	struct tm tm = {0};
	const char *text = json_string_value(json_object_get(sample, "time"));
	if (text == NULL || strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm) == NULL)
		return NAN;
	return (double)timegm(&tm);
}

static int order_lines(const void *a, const void *b)
{
	const struct sample_ref *x = a, *y = b;
	return (x->line > y->line) - (x->line < y->line);
}

/* Takes the time samples that may be used; at_s is the wall time then. */
static int take_samples(struct series *series, const struct plot_data *data)
{
	struct sample_ref *refs = NULL;
	size_t refs_count = 0;
	int err = run_sort_samples(data->run, &refs, &refs_count);
	if (err != 0)
		return err;
	qsort(refs, refs_count, sizeof *refs, order_lines);
	series->points = calloc(refs_count + 1, sizeof *series->points);
	series->cuts_s = calloc(refs_count + 1, sizeof *series->cuts_s);
	for (size_t i = 0; series->points != NULL && i < refs_count; i++) {
		const struct cell_summary *summary = &data->summaries[refs[i].cell];
		const json_t *metrics = json_object_get(refs[i].sample, "metrics");
		double ns = json_number_value(json_object_get(metrics, "real_time_ns"));
		double at_s = time_of(refs[i].sample);
		if (refs[i].pass != PASS_TIME || sample_error(refs[i].sample) != NULL ||
		    !(ns > 0) || !(summary->real_time_ns.median > 0) || isnan(at_s))
			continue;
		series->points[series->count++] = (struct point){
			.at_s = at_s,
			.percent = 100 * (ns / summary->real_time_ns.median - 1),
			.engine = plot_number_of(series->engines, plot_engine(summary))};
	}
	free(refs);
	return series->points == NULL || series->cuts_s == NULL ? -ENOMEM : 0;
}

/* Spreads the samples of one second over it, counts from the first sample, and cuts pauses out. */
static void set_times(struct series *series)
{
	struct point *points = series->points;
	double shift_s = series->count == 0 ? 0 : points[0].at_s, last_s = shift_s;
	for (size_t first = 0, end; first < series->count; first = end) {
		double second = points[first].at_s;
		for (end = first + 1; end < series->count && points[end].at_s == second; end++)
			;
		if (second - last_s > PAUSE_S || second < last_s) {
			shift_s += second - last_s - 1;
			series->cuts_s[series->cuts_count++] = second - shift_s;
		}
		last_s = second;
		for (size_t i = first; i < end; i++)
			points[i].at_s =
				second - shift_s + (double)(i - first) / (double)(end - first);
	}
	series->end_s = last_s - shift_s + 1;
}

/* The axis holds all but EDGE_SHARE of the samples on each side, in steps of 1, 2 or 5. */
static int set_axis(struct series *series)
{
	double *values = calloc(series->count + 1, sizeof *values);
	if (values == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < series->count; i++)
		values[i] = series->points[i].percent;
	double low = -quantile(values, series->count, EDGE_SHARE);
	double high = quantile(values, series->count, 1 - EDGE_SHARE);
	free(values);
	double span = fmax(low, 0) + fmax(high, 0),
	       power = pow(10, floor(log10(fmax(span, 1) / 5)));
	double steps = fmax(span, 1) / 5 / power;
	series->step = power * (steps <= 1 ? 1 : steps <= 2 ? 2 : steps <= 5 ? 5 : 10);
	series->low = series->step * fmax(1, ceil(low / series->step));
	series->high = series->step * fmax(1, ceil(high / series->step));
	for (size_t i = 0; i < series->count; i++) {
		double *percent = &series->points[i].percent;
		series->beyond_count += *percent < -series->low || *percent > series->high;
	}
	return 0;
}

static double clipped(const struct series *series, double percent)
{
	return fmax(-series->low, fmin(series->high, percent));
}

/* Keeps the first sample of each spot. */
static size_t keep_spots(struct series *series, size_t wide, size_t high, bool *taken)
{
	size_t engines = json_object_size(series->engines), kept = 0;
	memset(taken, 0, (engines + 1) * wide * high * sizeof *taken);
	for (size_t i = 0; i < series->count; i++) {
		struct point *point = &series->points[i];
		double share = (clipped(series, point->percent) + series->low) /
			       (series->low + series->high);
		size_t x = (size_t)(point->at_s / series->end_s * (double)(wide - 1));
		size_t y = (size_t)(share * (double)(high - 1));
		bool *spot = &taken[((size_t)point->engine * high + y) * wide + x];
		point->is_kept = !*spot;
		kept += point->is_kept;
		*spot = true;
	}
	return kept;
}

static int thin_out(struct series *series)
{
	size_t engines = json_object_size(series->engines);
	bool *taken = calloc((engines + 1) * SPOTS_WIDE * SPOTS_HIGH, sizeof *taken);
	if (taken == NULL)
		return -ENOMEM;
	size_t wide = SPOTS_WIDE, high = SPOTS_HIGH;
	do {
		series->kept_count = keep_spots(series, wide, high, taken);
		wide = wide * 4 / 5;
		high = high * 4 / 5;
	} while (series->kept_count > SPOTS_MAX && wide > 8 && high > 8);
	free(taken);
	return 0;
}

static void release(struct series *series)
{
	json_decref(series->engines);
	free(series->points);
	free(series->cuts_s);
}

static int collect(struct series *series, const struct plot_data *data)
{
	*series = (struct series){.engines = json_object(), .low = 1, .high = 1, .step = 1};
	int err = series->engines == NULL ? -ENOMEM : take_samples(series, data);
	if (err == 0)
		set_times(series);
	if (err == 0 && series->count > 0)
		err = set_axis(series);
	if (err == 0 && series->count > 0)
		err = thin_out(series);
	return err;
}

/* ---- the yardsticks ---- */

static const json_t *sessions_of(const struct plot_data *data)
{
	return json_object_get(data->run->info, "noise");
}

/* A session's place on the axis; NaN if it is not known which part of the axis is its own. */
static double session_at_s(const struct series *series, const struct plot_data *data, size_t i)
{
	if (i == 0)
		return 0;
	return json_array_size(sessions_of(data)) == series->cuts_count + 1 ? series->cuts_s[i - 1]
									    : (double)NAN;
}

enum yardstick { JITTER, LOOP, CORE, MEMORY, YARDSTICKS };

static const char *const yardstick_names[YARDSTICKS] = {"jitter", "loop", "core", "memory"};

/* Percent: of the time that was lost, or above the least of the session. NaN if the probe lacks it. */
static double probe_value(const json_t *session, const json_t *probe, enum yardstick yardstick)
{
	static const char *const keys[YARDSTICKS] = {"jitter_percent", "loop_ns", "core_ns",
						     "memory_ns"};
	const json_t *value = json_object_get(probe, keys[yardstick]);
	double least = json_number_value(json_object_get(session, keys[yardstick]));
	if (value == NULL || (yardstick != JITTER && !(least > 0)))
		return NAN;
	return yardstick == JITTER ? json_number_value(value)
				   : fmax(0, 100 * (json_number_value(value) / least - 1));
}

/* Calls a function for each value of a yardstick; returns how many there are. */
static size_t each_probe(const struct series *series, const struct plot_data *data,
			 enum yardstick yardstick,
			 void (*visit)(void *, enum yardstick, double, double), void *context)
{
	size_t i, j, count = 0;
	const json_t *session, *probe;
	json_array_foreach(sessions_of(data), i, session)
	{
		double begin_s = session_at_s(series, data, i);
		json_array_foreach(json_object_get(session, "probes"), j, probe)
		{
			double at_s = begin_s + json_number_value(json_object_get(probe, "at_s"));
			double value = probe_value(session, probe, yardstick);
			if (isnan(at_s) || isnan(value))
				continue;
			count++;
			visit(context, yardstick, at_s, value);
		}
	}
	return count;
}

static void put_probe(void *out, enum yardstick yardstick, double at_s, double value)
{
	fprintf(out, "%s\t0\t%.3f\t%.4g\n", yardstick_names[yardstick], at_s, value);
}

static void note_highest(void *highest, enum yardstick yardstick, double at_s, double value)
{
	(void)yardstick;
	(void)at_s;
	*(double *)highest = fmax(*(double *)highest, value);
}

/* ---- writing ---- */

static int put_medians(FILE *out, const struct series *series)
{
	double *values = calloc(series->count + 1, sizeof *values);
	if (values == NULL)
		return -ENOMEM;
	size_t i = 0;
	fputc('\n', out);
	for (size_t slice = 1; slice <= SLICES; slice++) {
		size_t count = 0;
		double end_s = series->end_s * (double)slice / SLICES;
		for (; i < series->count && series->points[i].at_s < end_s; i++)
			values[count++] = series->points[i].percent;
		if (count >= SLICE_LEAST)
			fprintf(out, "median\t0\t%.3f\t%.4g\n", end_s - series->end_s / SLICES / 2,
				clipped(series, quantile(values, count, 0.5)));
	}
	free(values);
	return 0;
}

static int put_table(FILE *out, const struct plot_data *data, const struct history *history)
{
	struct series series;
	int err = collect(&series, data);
	(void)history;
	fputs("kind\tengine_number\tat_s\tpercent\n", out);
	for (size_t i = 0; err == 0 && i < series.count; i++) {
		const struct point *point = &series.points[i];
		if (point->is_kept)
			fprintf(out, "sample\t%lld\t%.2f\t%.4g\n", (long long)point->engine,
				point->at_s, clipped(&series, point->percent));
	}
	if (err == 0)
		err = put_medians(out, &series);
	for (enum yardstick i = JITTER; err == 0 && i < YARDSTICKS; i++) {
		fputc('\n', out);
		each_probe(&series, data, i, put_probe, out);
	}
	release(&series);
	return err;
}

/* Of the first session, where there are several. Older records have no core_ns, the oldest no memory_ns. */
static void yardsticks_line(const struct plot_data *data, char *text, size_t size)
{
	const json_t *session = json_array_get(sessions_of(data), 0);
	snprintf(text, size,
		 "Yardsticks: time that a busy loop lost (line); slower than at best: arithmetic "
		 "(dashed)%s%s.",
		 json_object_get(session, "memory_ns") == NULL
			 ? ""
			 : "; right axis: loads from memory (squares)",
		 json_object_get(session, "core_ns") == NULL
			 ? ""
			 : ", independent instructions (triangles)");
}

/* Of the first session, too. */
static void append_load(const struct plot_data *data, char *text, size_t size)
{
	const json_t *session = json_array_get(sessions_of(data), 0);
	const json_t *steal = json_object_get(session, "steal_percent");
	const json_t *others = json_object_get(session, "others_percent");
	const json_t *load = json_array_get(
		json_object_get(json_object_get(data->run->environment, "machine"), "load_avg"), 0);
	if (steal != NULL && others != NULL)
		text_append(text, size, " Other processes %.2g %%, steal %.2g %%.",
			    json_number_value(others), json_number_value(steal));
	if (load != NULL)
		text_append(text, size, " Load at the start: %.2f.", json_number_value(load));
}

/* Where the time goes beyond what half of the samples show, in one true sentence. */
static void put_title(FILE *out, const struct series *series)
{
	char text[256];
	double *values = calloc(series->count + 1, sizeof *values);
	snprintf(text, sizeof text, "Samples in the order of the run");
	if (values != NULL && series->count > 0) {
		size_t slow = 0;
		for (size_t i = 0; i < series->count; i++) {
			values[i] = fabs(series->points[i].percent);
			slow += series->points[i].percent > 50;
		}
		snprintf(text, sizeof text,
			 "Half of %zu samples lie within ±%.2g %% of their cell's median; %.2g %% "
			 "are more than 50 %% slower",
			 series->count, quantile(values, series->count, 0.5),
			 100 * (double)slow / (double)series->count);
	}
	free(values);
	plot_put_text(out, "SAMPLES_TITLE", text);
}

static int put_variables(FILE *out, const struct plot_data *data, const struct history *history)
{
	struct series series;
	char text[512];
	double highest = 0, right_highest = 0;
	(void)history;
	int err = collect(&series, data);
	if (err == 0) {
		size_t probes = each_probe(&series, data, JITTER, note_highest, &highest);
		each_probe(&series, data, LOOP, note_highest, &highest);
		each_probe(&series, data, CORE, note_highest, &right_highest);
		each_probe(&series, data, MEMORY, note_highest, &right_highest);
		fprintf(out,
			"SAMPLES_COUNT = %zu\nSAMPLES_PROBES = %zu\nSAMPLES_NOISE_HIGH = %g\n"
			"SAMPLES_RIGHT_HIGH = %g\n",
			series.count, probes, fmax(2, 2 * ceil(highest / 2)),
			20 * ceil(right_highest / 20));
		fprintf(out,
			"SAMPLES_END = %.3f\nSAMPLES_LOW = %g\nSAMPLES_HIGH = %g\n"
			"SAMPLES_STEP = %g\n",
			series.end_s, series.low, series.high, series.step);
		put_title(out, &series);
		plot_put_text(out, "SAMPLES_ABOUT",
			      "deviation of each time sample from the median of its cell, against "
			      "wall time since the first sample; line: median of all");
		snprintf(text, sizeof text,
			 "%zu of %zu samples drawn%s; %zu lie beyond the axis, "
			 "at its edge.%s",
			 series.kept_count, series.count,
			 series.kept_count < series.count ? ", one of each spot and engine" : "",
			 series.beyond_count,
			 series.cuts_count > 0 ? " Dashed: a pause was cut out." : "");
		append_load(data, text, sizeof text);
		plot_put_text(out, "SAMPLES_NOTE", text);
		yardsticks_line(data, text, sizeof text);
		plot_put_text(out, "SAMPLES_NOISE", text);
		fputs("SAMPLES_CUTS = '", out);
		for (size_t i = 0; i < series.cuts_count; i++)
			fprintf(out, "%.3f ", series.cuts_s[i]);
		fputs("'\n", out);
		plot_put_engines(out, "SAMPLES", series.engines);
	}
	release(&series);
	return err;
}

static const struct figure figures[] = {
	{.name = "samples",
	 .alt = "Deviation of each time sample from the median of its cell, against wall time, "
		"coloured by engine; beneath, what the noise yardsticks saw.",
	 .caption = "Samples in the order of the run: noise of the machine shows in all engines at "
		    "the same time.",
	 .data = put_table,
	 .variables = put_variables},
};

const struct report_section section_samples = {
	.order = 880,
	.heading = "Samples in order",
	.figures = figures,
	.figures_count = sizeof figures / sizeof *figures,
};
