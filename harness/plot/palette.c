/* Colours of engines: see palette.h. */
#include "palette.h"

#include "../../engines/engine.h"
#include "../../references/reference.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct palette_color colors[] = {
	{"buffered", "#AC8A26", "#F3B73E", 5},
	{"pread", "#234BF2", "#6F98FF", 7},
	{"mmap", "#AC2B03", "#DE3110", 9},
	{"mmap_advised", "#6E336C", "#A350A9", 11},
	{"memory", "#000000", "#FFFFFF", 13},
	{"null", "#737374", "#8F949D", 2},
	{"uring", "#024A3D", "#418062", 15},
	{"direct", "#1B9BCC", "#14E6FF", 3},
	{"sqlite", "#000000", "#FFFFFF", 4},
	{"lmdb", "#000000", "#FFFFFF", 12},
};

/* 12 apart from each other, and for normal sight from those above; points differ, too. */
static const struct palette_color others[] = {
	{NULL, "#649779", "#ADFDB2", 7},
	{NULL, "#3F2B02", "#A08F58", 13},
	{NULL, "#F819B1", "#EA699B", 15},
	{NULL, "#716B3D", "#FDFE10", 11},
	{NULL, "#35646A", "#647571", 5},
	{NULL, "#0B0B40", "#0C77DC", 9},
	{NULL, "#570A9E", "#C7B3C6", 7},
};
/* clang-format on */

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct palette_color *listed(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(colors); i++)
		if (strcmp(colors[i].name, name) == 0)
			return &colors[i];
	return NULL;
}

const struct palette_color *palette_of(const char *engine)
{
	const struct palette_color *color = listed(engine);
	size_t before = 0; /* names of the tables without an entry */

	if (color)
		return color;
	for (size_t i = 0; i < engine_table_count + reference_table_count; i++) {
		const char *name = i < engine_table_count
					   ? engine_table[i]->name
					   : reference_table[i - engine_table_count]->name;
		if (strcmp(name, engine) == 0)
			break;
		before += listed(name) == NULL;
	}
	return &others[before % COUNT_OF(others)];
}

static unsigned number_of(const char *color)
{
	return (unsigned)strtoul(color + 1, NULL, 16);
}

long palette_dark(unsigned light)
{
	for (size_t i = 0; i < COUNT_OF(colors); i++)
		if (number_of(colors[i].light) == light)
			return number_of(colors[i].dark);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (number_of(others[i].light) == light)
			return number_of(others[i].dark);
	return -1;
}

static void put_list(FILE *out, const char *name, const struct palette_color *list, size_t count,
		     void (*put)(FILE *out, const struct palette_color *color))
{
	fprintf(out, "%s = \"", name);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? " " : "", out);
		put(out, &list[i]);
	}
	fputs("\"\n", out);
}

static void put_name(FILE *out, const struct palette_color *color)
{
	fputs(color->name, out);
}

static void put_color(FILE *out, const struct palette_color *color)
{
	fprintf(out, "0x%s", color->light + 1);
}

static void put_point(FILE *out, const struct palette_color *color)
{
	fprintf(out, "%d", color->point);
}

void palette_put_gnuplot(FILE *out)
{
	put_list(out, "ENGINES", colors, COUNT_OF(colors), put_name);
	put_list(out, "COLORS", colors, COUNT_OF(colors), put_color);
	put_list(out, "POINTS", colors, COUNT_OF(colors), put_point);
	put_list(out, "MORE_COLORS", others, COUNT_OF(others), put_color);
	put_list(out, "MORE_POINTS", others, COUNT_OF(others), put_point);
}
