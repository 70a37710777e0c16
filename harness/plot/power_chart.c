/* The power of the gate as a picture: see power_chart.h. */
#include "power_chart.h"

#include "../judge/statistics.h"
#include "chart.h"

#include <math.h>

#define WIDTH        640.0
#define HEIGHT       330.0
#define LEFT         52.0
#define RIGHT        20.0
#define TOP          44.0
#define BOTTOM       46.0
#define CONFIDENCE   .95
#define STEP_PERCENT 2.5 /* between values of the axis */
#define BESIDE       4.0 /* the two tests stand beside each other */

struct power {
	FILE *out;
	double most_percent; /* end of the axis */
};

static double x_of(const struct power *power, double percent)
{
	return LEFT + (WIDTH - LEFT - RIGHT) * percent / power->most_percent;
}

static double y_of(double share)
{
	return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share;
}

static void put_grid(const struct power *power)
{
	for (int i = 0; i <= 4; i++) {
		chart_line(power->out, LEFT, y_of(i / 4.0), WIDTH - RIGHT, y_of(i / 4.0), "grid");
		chart_text(power->out, LEFT - 8, y_of(i / 4.0) + 4, CHART_END, "dim", "%d %%",
			   25 * i);
	}
	for (int i = 0; STEP_PERCENT * i < power->most_percent; i++)
		chart_text(power->out, x_of(power, STEP_PERCENT * i), HEIGHT - BOTTOM + 16,
			   CHART_MIDDLE, "dim", "%g %%", STEP_PERCENT * i);
	chart_text(power->out, WIDTH - RIGHT, HEIGHT - 10, CHART_END, "dim",
		   "slowdown of one cell (0: the same build twice)");
}

/* The share with its interval. */
static void put_share(const struct power *power, double x, size_t found, size_t gates,
		      const char *engine, const char *what)
{
	struct interval interval = clopper_pearson(found, gates, CONFIDENCE);
	double share = (double)found / (double)gates;

	fprintf(power->out,
		"<g class=\"m\" style=\"%s\"><title>%s: %zu of %zu, 95 %% interval %.0f to %.0f "
		"%%</title><path class=\"thin\" d=\"M%.1f %.1fV%.1f\"/><circle cx=\"%.1f\" "
		"cy=\"%.1f\" "
		"r=\"4\"/></g>\n",
		engine, what, found, gates, 100 * interval.low, 100 * interval.high, x,
		y_of(interval.low), y_of(interval.high), x, y_of(share));
}

void power_chart(FILE *out, const struct calibration_power *points, size_t count)
{
	static const char gate[] = "--l:#234BF2;--d:#6F98FF", rank[] = "--l:#737374;--d:#8F949D";
	struct power power = {out, 5};

	for (size_t i = 0; i < count; i++)
		power.most_percent = fmax(power.most_percent, points[i].slower_percent);
	power.most_percent *= 1.06;
	chart_begin(out, WIDTH, HEIGHT, "Share of gates that found a slowdown, against its size");
	chart_text(out, LEFT, 14, CHART_START, "strong", "Gates that found a slowdown");
	chart_text(out, LEFT, 32, CHART_START, "dim",
		   "blue: iowalk gate; grey: a two-sided rank test at .05 on one process of each; "
		   "at 0: in any cell; "
		   "lines: 95 %% intervals");
	put_grid(&power);
	for (size_t i = 0; i < count; i++) {
		double x = x_of(&power, points[i].slower_percent) + 2 * BESIDE;

		put_share(&power, x - BESIDE, points[i].found, points[i].gates, gate, "the gate");
		if (points[i].rank_gates)
			put_share(&power, x + BESIDE, points[i].rank_found, points[i].rank_gates,
				  rank, "the rank test");
	}
	chart_end(out);
}
