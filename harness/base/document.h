/*
 * A text with tables and figures, built once and written as Markdown or HTML with the same content.
 * Texts are plain UTF-8; the writers escape the special characters of their format. An error is
 * kept in `err`, so that only the end of a document needs to check it.
 */
#ifndef IOWALK_BASE_DOCUMENT_H
#define IOWALK_BASE_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* How a text is shown. It only adds emphasis: the words must be clear without it. */
enum tone {
	TONE_PLAIN,
	TONE_GOOD,   /* bold; green in HTML */
	TONE_BAD,    /* bold; red in HTML */
	TONE_WARN,   /* coloured in HTML */
	TONE_DIM,    /* grey in HTML */
	TONE_STRONG, /* bold */
	TONE_CODE    /* as typed at a shell */
};

enum part_kind {
	PART_HEADING,
	PART_TEXT,
	PART_ITEM,
	PART_CODE,
	PART_TABLE,
	PART_FIGURE,
	PART_SVG,
	PART_FOLD,
	PART_FOLD_END
};

struct document_cell {
	char *text;
	char *key;    /* of the row, in its first cell; or NULL */
	double value; /* the number that the text shows; NaN: none */
	enum tone tone;
};

struct document_part {
	enum part_kind kind;
	unsigned level; /* heading: 1 to 3 */
	enum tone tone; /* text, item */
	/* heading, text, item, code; table: its label; figure: the caption; fold: its title. In texts,
	 * items and cells a newline separates the lines of document_line(). */
	char *text;
	char *name; /* figure, svg: the picture's name, without folder and .svg */
	char *alt;  /* figure, svg: a description of the picture */
	char *svg;  /* svg: the picture */
	char *key;  /* table: of the row that begins with the next cell */
	/* table: cells_count is a multiple of columns_count; the first row holds the titles */
	size_t columns_count, cells_count, cells_capacity;
	uint64_t left; /* bit c: column c is text, not numbers */
	struct document_cell *cells;
};

struct document {
	struct document_part *parts;
	size_t parts_count, parts_capacity;
	int err; /* -ENOMEM after the first failure; later parts are dropped */
};

void document_init(struct document *document);
void document_release(struct document *document);

void document_heading(struct document *document, unsigned level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void document_text(struct document *document, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A paragraph with a tone. */
void document_note(struct document *document, enum tone tone, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void document_item(struct document *document, enum tone tone, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds a line to the last part, a text or an item, or to the last cell of a table. */
void document_line(struct document *document, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Preformatted lines. */
void document_code(struct document *document, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void document_figure(struct document *document, const char *name, const char *alt,
		     const char *caption);

/* A picture that stands inline in HTML, so that it can be searched and takes the page's colours; Markdown has a
 * sentence in its place. svg_text is one <svg> element without a title of its own. */
void document_svg(struct document *document, const char *name, const char *alt, const char *caption,
		  const char *svg_text);

/* Begins a table of columns_count ≤ 64 columns. `label` describes it to readers who cannot see it.
 * document_cell() adds the cells, row by row, the titles first. */
void document_table(struct document *document, const char *label, size_t columns_count,
		    uint64_t left);
void document_cell(struct document *document, enum tone tone, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Names the row that begins with the next cell: <tr data-cell="key">. */
void document_row_key(struct document *document, const char *key);
/* A cell that shows a number: <td data-v="value">. NaN: none. */
void document_cell_value(struct document *document, enum tone tone, double value,
			 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Adds the titles of a table, or a whole row: document_cells(document, TONE_PLAIN, count,
 * texts). */
void document_cells(struct document *document, enum tone tone, size_t count,
		    const char *const *texts);

/* The parts between these two are hidden until the reader opens the title. */
void document_fold(struct document *document, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void document_fold_end(struct document *document);

/* GitHub-flavoured Markdown; figures are links to plots/NAME.svg. */
void document_write_markdown(const struct document *document, FILE *out);

/*
 * One HTML file that contains everything: figures are read from `folder`/NAME.svg and embedded. Of
 * a figure without a file only the caption is written. `title` is the title of the page.
 */
void document_write_html(const struct document *document, const char *title, const char *folder,
			 FILE *out);

#endif
