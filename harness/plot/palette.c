/* Colours of engines: see palette.h. */
#include "palette.h"

#include <stddef.h>
#include <string.h>

static const struct palette_color colors[] = {
	{"buffered", "#AC8A26", "#F3B73E"}, {"pread", "#234CF6", "#6F96FA"},
	{"mmap", "#AC2B03", "#DE3110"},     {"mmap_advised", "#7F2873", "#AB4AA1"},
	{"uring", "#1C5243", "#3E8369"},    {"direct", "#3E9BC9", "#00E2FE"},
	{"memory", "#000000", "#FFFFFF"},   {"null", "#767676", "#8C959F"},
	{"sqlite", "#1B1F24", "#E4E7EB"},   {"lmdb", "#1B1F24", "#E4E7EB"},
};

static const struct palette_color others[] = {
	{NULL, "#8A5A00", "#D9A441"}, {NULL, "#5B3FA8", "#A58CF0"}, {NULL, "#00707A", "#3FC1CC"},
	{NULL, "#B0367A", "#F07CB8"}, {NULL, "#4F6B00", "#A4C639"}, {NULL, "#6B4A3A", "#C79A84"},
};

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

const struct palette_color *palette_of(const char *engine)
{
	size_t sum = 0;

	for (size_t i = 0; i < COUNT_OF(colors); i++)
		if (strcmp(colors[i].name, engine) == 0)
			return &colors[i];
	for (const char *c = engine; *c; c++)
		sum = sum * 31 + (unsigned char)*c;
	return &others[sum % COUNT_OF(others)];
}
