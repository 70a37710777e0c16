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
	PART_FOLD,
	PART_FOLD_END,
	PART_CONTROLS, /* where the page's script puts its filters */
	PART_PAGE_ONLY,
	PART_PAGE_ONLY_END
};

struct document_cell {
	char *text;
	char *key;    /* first cell of a row: what the row is about, a cell's name; or NULL */
	double value; /* that the text shows; NaN if it shows no number */
	bool is_time; /* value is ns of a walk: the reader can have it as a ratio */
	enum tone tone;
};

struct document_part {
	enum part_kind kind;
	unsigned level; /* heading: 1 to 3 */
	enum tone tone; /* text, item */
	/* heading, text, item, code; table: its label; figure: the caption; fold: its title. In texts,
	 * items and cells a newline separates the lines of document_line(). */
	char *text;
	char *name; /* figure: the picture's name, without folder and .svg; table: its id, or NULL */
	char *alt;  /* figure: a description of the picture */
	char *svg;  /* figure: the picture itself; NULL: it is read from a file */
	char *narrow; /* the same for a page of a phone's width; or NULL */
	char *key; /* fold: the cell that it is about, or NULL; figure without name: its file, or NULL */
	/* table: cells_count is a multiple of columns_count; the first row holds the titles */
	size_t columns_count, cells_count, cells_capacity;
	uint64_t left; /* bit c: column c is text, not numbers */
	struct document_cell *cells;
	char *row_key; /* of the cell that is added next */
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
/* Preformatted lines; document_command(): a command that the reader may want to copy. */
void document_code(struct document *document, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void document_command(struct document *document, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void document_figure(struct document *document, const char *name, const char *alt,
		     const char *caption);

/* A figure of our own making: the whole <svg>, which is part of the page and follows its colours. name NULL: for
 * the page only; else Markdown shows plots/NAME.svg, which document_write_pictures() writes. The <title> of a mark says its
 * value. */
void document_svg(struct document *document, const char *name, const char *alt, const char *caption,
		  const char *svg);

/* A picture that the page embeds from this file; Markdown has it not. */
void document_picture(struct document *document, const char *path, const char *alt,
		      const char *caption);

/* For narrow pages, the same as the last document_svg(). */
void document_svg_narrow(struct document *document, const char *svg);

/* Begins a table of columns_count ≤ 64 columns. `label` describes it to readers who cannot see it.
 * document_cell() adds the cells, row by row, the titles first. */
void document_table(struct document *document, const char *label, size_t columns_count,
		    uint64_t left);
void document_cell(struct document *document, enum tone tone, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The table has this id in the page. */
void document_table_id(struct document *document, const char *id);

/* Before the first cell of a row: the row is about the cell of this name. The reader can filter it, and open what
 * document_fold_about() has about that cell. */
void document_row_key(struct document *document, const char *key);

/* A cell that shows a number, by which its column can be sorted. NaN is none. */
void document_cell_value(struct document *document, enum tone tone, double value,
			 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same of a time of a walk, ns. */
void document_cell_time(struct document *document, enum tone tone, double time_ns,
			const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Adds the titles of a table, or a whole row: document_cells(document, TONE_PLAIN, count,
 * texts). */
void document_cells(struct document *document, enum tone tone, size_t count,
		    const char *const *texts);

/* The parts between these two are hidden until the reader opens the title. */
void document_fold(struct document *document, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void document_fold_end(struct document *document);

/* A fold about the cell of this name: see document_row_key(). */
void document_fold_about(struct document *document, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Where the page's filters stand. */
void document_controls(struct document *document);

/* The parts between these two are not in Markdown. */
void document_page_only(struct document *document);
void document_page_only_end(struct document *document);

/* Writes the pictures that have a name to FOLDER/NAME.svg. 0 or negative errno. */
int document_write_pictures(const struct document *document, const char *folder);

/* GitHub-flavoured Markdown; figures are links to plots/NAME.svg. */
void document_write_markdown(const struct document *document, FILE *out);

/* The same for a comment on a pull request: what stands before the filters, with one figure, then the first
 * section in a fold, without tables of more than DOCUMENT_SHORT_ROWS rows. */
#define DOCUMENT_SHORT_SECTIONS 1
#define DOCUMENT_SHORT_ROWS     60
void document_write_short(const struct document *document, FILE *out);

/*
 * One HTML file that contains everything, with one script (page.js), without which it is complete and readable, too. Figures are read from `folder`/NAME.svg and embedded. Of
 * a figure without a file only the caption is written. `title` is the title of the page.
 */
void document_write_html(const struct document *document, const char *title, const char *folder,
			 FILE *out);

#endif
