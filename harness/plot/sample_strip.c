/* Samples as dots: see sample_strip.h. */
#include "sample_strip.h"

#include "../base/units.h"

#include <errno.h>
#include <math.h>

#define WIDTH      340.0 /* fits on a phone */
#define LEFT       68.0  /* room for the least time's text */
#define ROW_HEIGHT 8.0

static double time_of(const struct sample_ref *ref)
{
	const json_t *metrics = json_object_get(ref->sample, "metrics");

	return ref->pass == PASS_TIME && !sample_error(ref->sample)
		       ? json_number_value(json_object_get(metrics, "real_time_ns"))
		       : 0;
}

int sample_strip(FILE *out, const struct sample_ref *refs, size_t count)
{
	double least = INFINITY, most = 0, y = -ROW_HEIGHT / 2;
	json_int_t process = -1;
	size_t rows = 0;
	char text[UNIT_TEXT_MAX];

	for (size_t i = 0; i < count; i++) {
		double time_ns = time_of(&refs[i]);

		if (!(time_ns > 0))
			continue;
		least = fmin(least, time_ns);
		most = fmax(most, time_ns);
		rows += !rows || refs[i].process != process;
		process = refs[i].process;
	}
	if (!rows)
		return -ENODATA;
	double height = fmax((double)rows * ROW_HEIGHT, 16);
	fprintf(out,
		"<svg class=\"samples\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
		"role=\"img\" aria-label=\"samples by process\">",
		WIDTH, height, WIDTH, height);
	double scale = most > least ? (WIDTH - 2 * LEFT) / (most - least) : 0;
	process = -1;
	for (size_t i = 0; i < count; i++) {
		double time_ns = time_of(&refs[i]);

		if (!(time_ns > 0))
			continue;
		if (y < 0 || refs[i].process != process) {
			fputs(y < 0 ? "" : "\"/>", out);
			y += ROW_HEIGHT;
			process = refs[i].process;
			fputs("<path d=\"", out);
		}
		fprintf(out, "M%.0f %.0fh0", LEFT + (time_ns - least) * scale, y);
	}
	fputs("\"/>", out);
	format_time_ns(text, sizeof(text), least, true);
	fprintf(out, "<text x=\"%.0f\" y=\"12\" text-anchor=\"end\">%s</text>", LEFT - 8, text);
	format_time_ns(text, sizeof(text), most, true);
	fprintf(out, "<text x=\"%.0f\" y=\"12\">%s</text></svg>", WIDTH - LEFT + 8, text);
	return 0;
}
