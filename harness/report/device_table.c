/* The device's side of profiles: see device_table.h. */
#include "device_table.h"

#include "../base/units.h"
#include "../roofline/rates.h"

#include <math.h>
#include <string.h>

#define COLUMNS_COUNT 7
#define TEXT_MAX      40

static const char *const titles[COLUMNS_COUNT] = {"reads", "size",    "in flight",    "p50",
						  "p99",   "reads/s", "of the device"};

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static void row_texts(const struct cell_profile *profile, const struct roofline *roofline,
		      bool utf8, char texts[COLUMNS_COUNT][TEXT_MAX])
{
	const json_t *device = json_object_get(profile->sample, "device");
	double reads = number(device, "reads_count"), depth = number(device, "depth_mean");
	double rate = reads / (profile->wall_ns * 1e-9);
	double possible = roofline ? roofline_reads_per_second(roofline, fmax(depth, 1)) : NAN;
	char text[UNIT_TEXT_MAX];

	format_count(texts[0], TEXT_MAX, reads);
	format_bytes(texts[1], TEXT_MAX, reads > 0 ? number(device, "read_bytes") / reads : 0);
	snprintf(texts[2], TEXT_MAX, "%.1f, max %.0f", depth, number(device, "depth_max"));
	format_time_ns(texts[3], TEXT_MAX, number(device, "lat_ns_p50"), utf8);
	format_time_ns(texts[4], TEXT_MAX, number(device, "lat_ns_p99"), utf8);
	format_count(texts[5], TEXT_MAX, rate);
	format_count(text, sizeof(text), possible);
	snprintf(texts[6], TEXT_MAX, isnan(possible) ? "-" : "%s at %.1f", text, fmax(depth, 1));
}

void device_table_print(FILE *out, const struct run *run, const struct cell_profile *profiles,
			size_t count, const struct style *style)
{
	struct roofline measured;
	const struct roofline *roofline =
		roofline_parse(json_object_get(run->info, "roofline"), &measured) == 0 ? &measured
										       : NULL;
	size_t widths[COLUMNS_COUNT], cell_width = strlen("cell"), rows = 0;
	char texts[COLUMNS_COUNT][TEXT_MAX];

	for (size_t c = 0; c < COLUMNS_COUNT; c++)
		widths[c] = text_width(titles[c]);
	for (size_t i = 0; i < count; i++) {
		if (!json_object_get(profiles[i].sample, "device"))
			continue;
		rows++;
		row_texts(&profiles[i], roofline, style->utf8, texts);
		for (size_t c = 0; c < COLUMNS_COUNT; c++)
			widths[c] =
				text_width(texts[c]) > widths[c] ? text_width(texts[c]) : widths[c];
		size_t width =
			text_width(json_string_value(json_object_get(profiles[i].sample, "cell")));
		cell_width = width > cell_width ? width : cell_width;
	}
	if (!rows)
		return;
	fprintf(out, "\n%swhat the device saw%s, of a cold walk\n  %s", style->bold, style->off,
		style->dim);
	print_padded(out, "cell", cell_width, true);
	for (size_t c = 0; c < COLUMNS_COUNT; c++) {
		fputs("  ", out);
		print_padded(out, titles[c], widths[c], false);
	}
	fprintf(out, "%s\n", style->off);
	for (size_t i = 0; i < count; i++) {
		if (!json_object_get(profiles[i].sample, "device"))
			continue;
		row_texts(&profiles[i], roofline, style->utf8, texts);
		fputs("  ", out);
		print_padded(out, json_string_value(json_object_get(profiles[i].sample, "cell")),
			     cell_width, true);
		for (size_t c = 0; c < COLUMNS_COUNT; c++) {
			fputs("  ", out);
			print_padded(out, texts[c], widths[c], false);
		}
		fputc('\n', out);
	}
}
