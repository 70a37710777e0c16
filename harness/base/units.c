/*
 * Formatting of numbers: see units.h.
 *
 * How it works: a value is divided by the unit's step until rounding to three digits cannot reach
 * the next unit, and then written with three digits.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

/* Three digits; a value that rounds to 10.0 or 100 has one decimal fewer. */
static int digits_after_point(double value)
{
	double size = fabs(value);
	return size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
}

static void format_scaled(char *text, size_t size, double value, double base,
			  const char *const *units, size_t units_count)
{
	size_t unit = 0;
	/* 999.5 would be written 1000 */
	while (unit + 1 < units_count && fabs(value) >= base * 0.9995) {
		value /= base;
		unit++;
	}
	snprintf(text, size, "%.*f%s", digits_after_point(value), value, units[unit]);
}

void format_time_ns(char *text, size_t size, double time_ns, bool utf8)
{
	static const char *const units_utf8[] = {" ns", " µs", " ms", " s"};
	static const char *const units_ascii[] = {" ns", " us", " ms", " s"};
	if (isnan(time_ns))
		snprintf(text, size, "-");
	else if (time_ns == 0)
		snprintf(text, size, "0 ns");
	else
		format_scaled(text, size, time_ns, 1000, utf8 ? units_utf8 : units_ascii, 4);
}

void format_count(char *text, size_t size, double count)
{
	static const char *const units[] = {"", "k", "M", "G", "T"};
	if (isnan(count))
		snprintf(text, size, "-");
	else if (fabs(count) < 10000 && count == floor(count))
		snprintf(text, size, "%.0f", count);
	else if (fabs(count) < 1)
		snprintf(text, size, "%.2g", count);
	else
		format_scaled(text, size, count, 1000, units, 5);
}

void format_whole(char *text, size_t size, double count)
{
	char digits[UNIT_TEXT_MAX];
	size_t len, used = 0;

	if (isnan(count) || count != floor(count) || fabs(count) >= 1e15) {
		format_count(text, size, count);
		return;
	}
	len = (size_t)snprintf(digits, sizeof digits, "%.0f", fabs(count));
	text[0] = '\0';
	if (count < 0)
		used = (size_t)snprintf(text, size, "−");
	for (size_t i = 0; i < len && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%c",
					 i > 0 && (len - i) % 3 == 0 ? "\u2009" : "", digits[i]);
}

void format_bytes(char *text, size_t size, double bytes)
{
	static const char *const units[] = {" B", " KiB", " MiB", " GiB", " TiB"};
	if (isnan(bytes))
		snprintf(text, size, "-");
	else if (fabs(bytes) < 1000)
		snprintf(text, size, "%.0f B", bytes);
	else
		format_scaled(text, size, bytes, 1024, units, 5);
}

void format_bytes_short(char *text, size_t size, double bytes)
{
	static const char *const units[] = {"", "Ki", "Mi", "Gi", "Ti"};
	if (isnan(bytes))
		snprintf(text, size, "-");
	else if (fabs(bytes) < 1000)
		snprintf(text, size, "%.0f", bytes);
	else
		format_scaled(text, size, bytes, 1024, units, 5);
}

void format_ratio(char *text, size_t size, double ratio, bool utf8)
{
	if (isnan(ratio))
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%.*f%s", digits_after_point(ratio), ratio, utf8 ? "×" : "x");
}

void format_spread(char *text, size_t size, double median, double low, double high, bool utf8)
{
	double percent = median > 0 ? 50 * (high - low) / median : (double)NAN;
	if (isnan(percent))
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%s%.*f%%", utf8 ? "±" : "+-", percent < 0.95 ? 1 : 0,
			 percent);
}

static bool ends_in(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);
	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

void format_metric(char *text, size_t size, const char *metric, double value, bool utf8)
{
	if (ends_in(metric, "_ns") || strncmp(metric, "lat_ns_", 7) == 0)
		format_time_ns(text, size, value, utf8);
	else if (ends_in(metric, "_bytes"))
		format_bytes(text, size, value);
	else if (ends_in(metric, "_percent") && !isnan(value))
		snprintf(text, size, "%.*f%%", digits_after_point(value), value);
	else
		format_count(text, size, value);
}

size_t text_width(const char *text)
{
	size_t width = 0;
	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xC0) != 0x80;
	return width;
}

bool locale_is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = getenv(names[i]);
		if (value != NULL && value[0] != '\0')
			return strcasestr(value, "utf-8") != NULL ||
			       strcasestr(value, "utf8") != NULL;
	}
	return false;
}
