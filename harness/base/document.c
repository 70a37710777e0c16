/* Builds a document: see document.h. */
#include "document.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void document_init(struct document *document)
{
	*document = (struct document){0};
}

void document_release(struct document *document)
{
	for (size_t i = 0; i < document->parts_count; i++) {
		struct document_part *part = &document->parts[i];
		for (size_t j = 0; j < part->cells_count; j++) {
			free(part->cells[j].text);
			free(part->cells[j].key);
		}
		free(part->cells);
		free(part->text);
		free(part->name);
		free(part->alt);
		free(part->svg);
		free(part->key);
	}
	free(document->parts);
	*document = (struct document){0};
}

/* Makes room for one more element of `size` bytes. NULL if out of memory. */
static void *grow(void *array, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return array;
	size_t wanted = *capacity == 0 ? 16 : 2 * *capacity;
	void *larger = reallocarray(array, wanted, size);
	if (larger != NULL)
		*capacity = wanted;
	return larger;
}

static char *print(const char *format, va_list arguments)
{
	char *text = NULL;
	return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}

/* The same on one line: newlines separate the lines of document_line(). */
static char *print_line(const char *format, va_list arguments)
{
	char *text = print(format, arguments);
	for (char *c = text; c != NULL && *c != '\0'; c++) {
		if (*c == '\n')
			*c = ' ';
	}
	return text;
}

/* Takes over the text. NULL after an error. */
static struct document_part *add(struct document *document, enum part_kind kind, char *text)
{
	struct document_part *parts = document->err != 0 || text == NULL
					      ? NULL
					      : grow(document->parts, document->parts_count,
						     &document->parts_capacity, sizeof *parts);
	if (parts == NULL) {
		free(text);
		document->err = -ENOMEM;
		return NULL;
	}
	document->parts = parts;
	struct document_part *part = &parts[document->parts_count++];
	*part = (struct document_part){.kind = kind, .text = text};
	return part;
}

void document_heading(struct document *document, unsigned level, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	struct document_part *part = add(document, PART_HEADING, print_line(format, arguments));
	va_end(arguments);
	if (part != NULL)
		part->level = level;
}

void document_text(struct document *document, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add(document, PART_TEXT, print_line(format, arguments));
	va_end(arguments);
}

void document_note(struct document *document, enum tone tone, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	struct document_part *part = add(document, PART_TEXT, print_line(format, arguments));
	va_end(arguments);
	if (part != NULL)
		part->tone = tone;
}

void document_item(struct document *document, enum tone tone, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	struct document_part *part = add(document, PART_ITEM, print_line(format, arguments));
	va_end(arguments);
	if (part != NULL)
		part->tone = tone;
}

void document_line(struct document *document, const char *format, ...)
{
	va_list arguments;
	if (document->err != 0)
		return;
	struct document_part *part = &document->parts[document->parts_count - 1];
	char **text =
		part->cells_count > 0 ? &part->cells[part->cells_count - 1].text : &part->text;
	char *joined = NULL;
	va_start(arguments, format);
	char *line = print_line(format, arguments);
	va_end(arguments);
	if (line == NULL || asprintf(&joined, "%s\n%s", *text, line) < 0) {
		document->err = -ENOMEM;
	} else {
		free(*text);
		*text = joined;
	}
	free(line);
}

void document_code(struct document *document, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add(document, PART_CODE, print(format, arguments));
	va_end(arguments);
}

void document_figure(struct document *document, const char *name, const char *alt,
		     const char *caption)
{
	struct document_part *part = add(document, PART_FIGURE, strdup(caption));
	if (part == NULL)
		return;
	part->name = strdup(name);
	part->alt = strdup(alt);
	if (part->name == NULL || part->alt == NULL)
		document->err = -ENOMEM;
}

void document_svg(struct document *document, const char *name, const char *alt, const char *caption,
		  const char *svg_text)
{
	struct document_part *part = add(document, PART_SVG, strdup(caption));
	if (part == NULL)
		return;
	part->name = strdup(name);
	part->alt = strdup(alt);
	part->svg = strdup(svg_text);
	if (part->name == NULL || part->alt == NULL || part->svg == NULL)
		document->err = -ENOMEM;
}

void document_table(struct document *document, const char *label, size_t columns_count,
		    uint64_t left)
{
	struct document_part *part = add(document, PART_TABLE, strdup(label));
	if (part == NULL)
		return;
	part->columns_count = columns_count;
	part->left = left;
}

void document_row_key(struct document *document, const char *key)
{
	if (document->err != 0)
		return;
	struct document_part *part = &document->parts[document->parts_count - 1];
	free(part->key);
	part->key = strdup(key);
	if (part->key == NULL)
		document->err = -ENOMEM;
}

/* Takes over the text. */
static void add_cell(struct document *document, enum tone tone, double value, char *text)
{
	struct document_part *part = &document->parts[document->parts_count - 1];
	struct document_cell *cells =
		grow(part->cells, part->cells_count, &part->cells_capacity, sizeof *cells);
	if (cells != NULL)
		part->cells = cells;
	if (cells == NULL || text == NULL) {
		free(text);
		document->err = -ENOMEM;
		return;
	}
	cells[part->cells_count++] = (struct document_cell){
		.text = text, .key = part->key, .value = value, .tone = tone};
	part->key = NULL;
}

void document_cell(struct document *document, enum tone tone, const char *format, ...)
{
	if (document->err != 0)
		return;
	va_list arguments;
	va_start(arguments, format);
	add_cell(document, tone, (double)NAN, print_line(format, arguments));
	va_end(arguments);
}

void document_cell_value(struct document *document, enum tone tone, double value,
			 const char *format, ...)
{
	if (document->err != 0)
		return;
	va_list arguments;
	va_start(arguments, format);
	add_cell(document, tone, value, print_line(format, arguments));
	va_end(arguments);
}

void document_cells(struct document *document, enum tone tone, size_t count,
		    const char *const *texts)
{
	for (size_t i = 0; i < count; i++)
		document_cell(document, tone, "%s", texts[i]);
}

void document_fold(struct document *document, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add(document, PART_FOLD, print_line(format, arguments));
	va_end(arguments);
}

void document_fold_end(struct document *document)
{
	add(document, PART_FOLD_END, strdup(""));
}
