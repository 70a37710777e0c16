/* Figures of lines in a grid of panels: see lines.h. */
#include "lines.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "../base/text.h"
#include "../base/units.h"

/* px; plots/lines.gp has the same LEFT and TICKS_WIDTH */
#define WIDEST         1120.0
#define TICKS_WIDTH    52.0  /* texts of the y axis */
#define LEFT           64.0  /* with TICKS_WIDTH */
#define NARROWEST      180.0 /* a panel */
#define USUAL_WIDTH    420.0
#define ONE_WIDTH      110.0 /* of a panel whose x axis has one place */
#define USUAL_HEIGHT   190.0
#define LETTER         7.0 /* mean width of a letter of 11 px in DejaVu Sans, rounded up */
#define LEAST_SPAN     1.0 /* of a y axis: 2×, or one decade */
#define PADDING        0.06
#define NAMES_DISTANCE 6.0 /* from the panel's edge to the names */
#define TICKS_MAX      64  /* of an axis; further ones have no text */

void lines_init(struct lines *lines, double base, double x_base)
{
	*lines = (struct lines){.base = base, .x_base = x_base, .shade = NAN};
}

void lines_release(struct lines *lines)
{
	free(lines->panels);
	free(lines->points);
	free(lines->ticks);
}

/* Room for one more of `size` bytes in an array of *count; the new one. */
static void *grow(struct lines *lines, void *array, size_t *count, size_t size)
{
	char **pointer = array;
	if (lines->err != 0)
		return NULL;
	if ((*count & (*count - 1)) == 0) { /* full at each power of two */
		char *larger = realloc(*pointer, (*count == 0 ? 1 : 2 * *count) * size);
		if (larger == NULL) {
			lines->err = -ENOMEM;
			return NULL;
		}
		*pointer = larger;
	}
	return *pointer + (*count)++ * size;
}

void lines_add_tick(struct lines *lines, size_t range, double x, const char *text)
{
	for (size_t i = 0; i < lines->ticks_count; i++) {
		if (lines->ticks[i].x == x && lines->ticks[i].range == range)
			return;
	}
	struct line_tick *tick =
		grow(lines, &lines->ticks, &lines->ticks_count, sizeof *lines->ticks);
	if (tick == NULL)
		return;
	for (; tick > lines->ticks && tick[-1].x > x; tick--)
		*tick = tick[-1];
	tick->range = range;
	tick->x = x;
	snprintf(tick->text, sizeof tick->text, "%s", text);
}

struct line_panel *lines_add_panel(struct lines *lines, size_t row, size_t range)
{
	struct line_panel *panel =
		grow(lines, &lines->panels, &lines->panels_count, sizeof *lines->panels);
	if (panel != NULL)
		*panel = (struct line_panel){.row = row, .range = range};
	return panel;
}

struct line_point *lines_add_point(struct lines *lines, const struct plot_row *row)
{
	struct line_point *point =
		grow(lines, &lines->points, &lines->points_count, sizeof *lines->points);
	if (point != NULL)
		*point = (struct line_point){.panel = lines->panels_count - 1,
					     .series_number = row->series_number,
					     .series = row->series,
					     .cell = row->summary->name,
					     .x = NAN,
					     .y = NAN,
					     .low = NAN,
					     .high = NAN,
					     .interval_low = NAN,
					     .interval_high = NAN,
					     .name_y = NAN};
	return point;
}

/* ---- arranging ---- */

static bool is_last_of_line(const struct lines *lines, size_t i)
{
	const struct line_point *point = &lines->points[i];
	return i + 1 == lines->points_count || point[1].panel != point->panel ||
	       point[1].series_number != point->series_number;
}

static double axis_of(const struct lines *lines, double y)
{
	return log(y) / log(lines->base);
}

static void widen(const struct lines *lines, struct line_panel *panel, double y)
{
	if (!(y > 0))
		return;
	panel->low = fmin(panel->low, axis_of(lines, y));
	panel->high = fmax(panel->high, axis_of(lines, y));
}

/* One range for all panels that share it. */
static void set_ranges(struct lines *lines)
{
	for (size_t i = 0; i < lines->panels_count; i++) {
		lines->panels[i].low = INFINITY;
		lines->panels[i].high = -INFINITY;
	}
	for (size_t i = 0; i < lines->points_count; i++) {
		const struct line_point *point = &lines->points[i];
		const double values[] = {point->y, point->low, point->high, point->interval_low,
					 point->interval_high};
		for (size_t j = 0; j < sizeof values / sizeof *values; j++)
			widen(lines, &lines->panels[point->panel], values[j]);
	}
	for (size_t i = 0; i < lines->panels_count; i++) {
		struct line_panel *panel = &lines->panels[i];
		for (size_t j = 0; j < lines->panels_count; j++) {
			if (lines->panels[j].range != panel->range)
				continue;
			panel->low = fmin(panel->low, lines->panels[j].low);
			panel->high = fmax(panel->high, lines->panels[j].high);
		}
	}
	for (size_t i = 0; i < lines->panels_count; i++) {
		struct line_panel *panel = &lines->panels[i];
		if (!(panel->high >= panel->low))
			panel->low = panel->high = 0;
		if (lines->shade > 0 && axis_of(lines, lines->shade) > panel->low - LEAST_SPAN)
			widen(lines, panel, lines->shade / 1.25);
		double span = panel->high - panel->low;
		double pad = fmax((LEAST_SPAN - span) / 2, PADDING * span);
		panel->low -= pad;
		panel->high += pad;
	}
}

/* Columns and lines of the grid, and the sizes of a panel. */
static void set_grid(struct lines *lines)
{
	size_t longest = 0, in_row = 0, most_in_row = 1, names = 0, most_names = 0;
	for (size_t i = 0; i < lines->points_count; i++) {
		size_t width = text_width(lines->points[i].series);
		longest = width > longest ? width : longest;
		names = i > 0 && lines->points[i - 1].panel != lines->points[i].panel ? 0 : names;
		names += is_last_of_line(lines, i);
		most_names = names > most_names ? names : most_names;
	}
	for (size_t i = 0; i < lines->panels_count; i++) {
		in_row = i > 0 && lines->panels[i].row == lines->panels[i - 1].row ? in_row + 1 : 1;
		most_in_row = in_row > most_in_row ? in_row : most_in_row;
	}
	lines->names_width = LETTER * (double)longest + NAMES_DISTANCE + 8 + TICKS_WIDTH;
	bool one_place = true;
	for (size_t i = 0; i + 1 < lines->ticks_count; i++)
		one_place = one_place && lines->ticks[i].x == lines->ticks[i + 1].x;
	double narrowest = one_place ? ONE_WIDTH : NARROWEST;
	double room = WIDEST - LEFT + TICKS_WIDTH; /* the last column has no ticks after it */
	double columns = floor(room / (narrowest + lines->names_width));
	lines->columns = columns < 1 ? 1 : (size_t)columns;
	lines->columns = lines->columns > most_in_row ? most_in_row : lines->columns;
	lines->panel_width =
		fmin(USUAL_WIDTH, floor(room / (double)lines->columns - lines->names_width));
	lines->panel_width = fmax(one_place ? ONE_WIDTH : lines->panel_width, narrowest);
	lines->panel_height = fmax(USUAL_HEIGHT, (LINES_NAME_GAP + 1) * (double)(most_names + 1));
	for (size_t i = 0; i < lines->panels_count; i++) {
		struct line_panel *panel = &lines->panels[i];
		panel->line = panel->column = 0;
		if (i == 0)
			continue;
		bool same_line =
			panel->row == panel[-1].row && panel[-1].column + 1 < lines->columns;
		panel->line = panel[-1].line + !same_line;
		panel->column = same_line ? panel[-1].column + 1 : 0;
	}
	lines->grid_lines =
		lines->panels_count == 0 ? 0 : lines->panels[lines->panels_count - 1].line + 1;
}

void lines_spread(double *places, size_t count, double gap, double low, double high)
{
	if (count > 1 && gap * (double)(count - 1) > high - low)
		gap = (high - low) / (double)(count - 1);
	/* Neighbours that are too near give way to each other by half. */
	for (size_t round = 0; round < 200; round++) {
		for (size_t i = 0; i + 1 < count; i++) {
			double lacking = gap - (places[i + 1] - places[i]);
			if (lacking > 0) {
				places[i] -= lacking / 2;
				places[i + 1] += lacking / 2;
			}
		}
	}
	for (size_t i = 0; i < count; i++)
		places[i] = fmax(places[i], i == 0 ? low : places[i - 1] + gap);
	for (size_t i = count; i-- > 0;)
		places[i] = fmin(places[i], i + 1 == count ? high : places[i + 1] - gap);
}

static int order_ends(const void *a, const void *b)
{
	const struct line_point *x = *(struct line_point *const *)a;
	const struct line_point *y = *(struct line_point *const *)b;
	if (x->y != y->y)
		return x->y < y->y ? -1 : 1;
	return x->series_number > y->series_number ? -1 : 1;
}

static void place_names(struct lines *lines, size_t panel)
{
	const struct line_panel *in = &lines->panels[panel];
	size_t count = 0;
	struct line_point **ends = calloc(lines->points_count + 1, sizeof(void *));
	double *places = calloc(lines->points_count + 1, sizeof *places);
	for (size_t i = 0; ends != NULL && places != NULL && i < lines->points_count; i++) {
		if (lines->points[i].panel == panel && is_last_of_line(lines, i))
			ends[count++] = &lines->points[i];
	}
	if (ends == NULL || places == NULL) {
		lines->err = -ENOMEM;
	} else {
		double pixel = (in->high - in->low) / lines->panel_height;
		qsort(ends, count, sizeof(void *), order_ends);
		for (size_t i = 0; i < count; i++)
			places[i] = axis_of(lines, ends[i]->y);
		lines_spread(places, count, LINES_NAME_GAP * pixel, in->low + 5 * pixel,
			     in->high - 5 * pixel);
		for (size_t i = 0; i < count; i++)
			ends[i]->name_y = pow(lines->base, places[i]);
	}
	free(ends);
	free(places);
}

void lines_arrange(struct lines *lines)
{
	set_ranges(lines);
	set_grid(lines);
	for (size_t i = 0; lines->err == 0 && i < lines->panels_count; i++)
		place_names(lines, i);
}

void lines_nodes_text(uint64_t nodes_count, char *text, size_t size)
{
	static const char *const units[] = {"", "k", "M", "G"};
	double value = (double)nodes_count;
	size_t unit = 0;
	for (; value >= 1000 && unit < 3; unit++)
		value /= 1000;
	snprintf(text, size, "%.4g%s", value, units[unit]);
}

/* ---- writing ---- */

int lines_put_table(FILE *out, const struct lines *lines)
{
	fputs("panel\tseries_number\tcell\tseries\tx\ty\tlow\thigh\tinterval_low\tinterval_high\t"
	      "marked\tname_y\n",
	      out);
	for (size_t i = 0; i < lines->points_count; i++) {
		const struct line_point *point = &lines->points[i];
		if (i > 0 && is_last_of_line(lines, i - 1))
			fputc('\n', out); /* ends the line that joins the points before */
		fprintf(out, "%zu\t%lld\t", point->panel + 1, (long long)point->series_number);
		plot_put_field(out, point->cell);
		plot_put_field(out, point->series);
		plot_put_number(out, point->x, '\t');
		plot_put_number(out, point->y, '\t');
		plot_put_number(out, point->low, '\t');
		plot_put_number(out, point->high, '\t');
		plot_put_number(out, point->interval_low, '\t');
		plot_put_number(out, point->interval_high, '\t');
		fprintf(out, "%d\t", point->is_marked);
		plot_put_number(out, point->name_y, '\n');
	}
	return lines->err;
}

/* "1 4 7": the numbers of the panel's series, for a loop of gnuplot. */
static void put_series_of(FILE *out, const struct lines *lines, size_t panel, bool is_under)
{
	for (size_t i = 0; i < lines->points_count; i++) {
		if (lines->points[i].panel == panel && is_last_of_line(lines, i) &&
		    lines->points[i].is_under == is_under)
			fprintf(out, "%lld ", (long long)lines->points[i].series_number);
	}
}

/* The places of the x axis as words, and their texts as words in double quotes. */
static void put_ticks(FILE *out, const struct lines *lines, size_t range, const char *prefix,
		      size_t panel)
{
	char texts[TICKS_MAX * (LABEL_MAX + 4)] = "";
	size_t used = 0;
	fprintf(out, "%s_XS_%zu = '", prefix, panel);
	for (size_t i = 0; i < lines->ticks_count; i++) {
		const struct line_tick *tick = &lines->ticks[i];
		if (tick->range != range || used++ >= TICKS_MAX)
			continue;
		fprintf(out, "%.10g ", tick->x);
		text_append(texts, sizeof texts, "\"");
		for (const char *c = tick->text; *c != '\0'; c++)
			text_append(texts, sizeof texts, "%c", *c == '"' ? '\'' : *c);
		text_append(texts, sizeof texts, "\" ");
	}
	fprintf(out, "'\n%s_X_TEXTS_%zu = ", prefix, panel);
	plot_put_quoted(out, texts);
	fputc('\n', out);
}

int lines_put_variables(FILE *out, const struct lines *lines, const char *prefix)
{
	const char *const names[] = {"TITLE", "ABOUT", "NOTE"};
	const char *const texts[] = {lines->title, lines->about, lines->note};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		fprintf(out, "%s_%s = ", prefix, names[i]);
		plot_put_quoted(out, texts[i]);
		fputc('\n', out);
	}
	fprintf(out, "%s_BASE = %g\n%s_X_BASE = %g\n%s_SHADE = ", prefix, lines->base, prefix,
		lines->x_base, prefix);
	plot_put_number(out, lines->shade, '\n');
	fprintf(out,
		"%s_WIDTH = %g\n%s_HEIGHT = %g\n%s_NAMES_WIDTH = %g\n%s_COLUMNS = %zu\n"
		"%s_LINES = %zu\n",
		prefix, lines->panel_width, prefix, lines->panel_height, prefix, lines->names_width,
		prefix, lines->columns, prefix, lines->grid_lines);
	fprintf(out, "%s_PANELS = %zu\n", prefix, lines->panels_count);
	for (size_t i = 0; i < lines->panels_count; i++) {
		const struct line_panel *panel = &lines->panels[i];
		fprintf(out, "%s_PANEL_%zu = ", prefix, i + 1);
		plot_put_quoted(out, panel->title);
		fprintf(out, "\n%s_SERIES_%zu = '", prefix, i + 1);
		put_series_of(out, lines, i, true);
		put_series_of(out, lines, i, false);
		fprintf(out, "'\n%s_PLACE_%zu = '%zu %zu %.10g %.10g'\n", prefix, i + 1,
			panel->column, panel->line, panel->low, panel->high);
		put_ticks(out, lines, panel->range, prefix, i + 1);
	}
	return lines->err;
}
