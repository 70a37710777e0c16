/* Formats numbers with three digits and a unit. NaN becomes "-". */
#ifndef IOWALK_BASE_UNITS_H
#define IOWALK_BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>

/* Buffer size in bytes that is enough for every function here. */
#define UNIT_TEXT_MAX 32

/* "410 ns", "1.25 ms"; µ as u where not utf8. */
void format_time_ns(char *text, size_t size, double time_ns, bool utf8);

/* Whole numbers below 10 000 as they are, else "12.3k"; fractions "0.012", "2.00". */
void format_count(char *text, size_t size, double count);

/* Whole numbers in full, from 1 000 on with thin spaces between thousands: "23 221"; fractions as format_count(). */
void format_whole(char *text, size_t size, double count);

/* "0 B", "4.00 KiB". */
void format_bytes(char *text, size_t size, double bytes);

/* The same for narrow columns, in powers of 1024: "0", "4.00K", "1.00M". */
void format_bytes_short(char *text, size_t size, double bytes);

/* "1.05×", or "1.05x". */
void format_ratio(char *text, size_t size, double ratio, bool utf8);

/* Half the distance from low to high, relative to the median: "±3%". */
void format_spread(char *text, size_t size, double median, double low, double high, bool utf8);

/* The unit follows from the metric's name: _ns, _bytes, _percent, else a count. */
void format_metric(char *text, size_t size, const char *metric, double value, bool utf8);

/* Columns that the text takes on a terminal: the number of its UTF-8 characters. */
size_t text_width(const char *text);

/* Does the environment (LC_ALL, LC_CTYPE, LANG) ask for UTF-8? */
bool locale_is_utf8(void);

#endif
