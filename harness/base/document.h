/*
 * A text with tables and figures, built once and written as Markdown and as HTML, so that both say
 * the same. Texts are plain UTF-8; the writers escape what their format would take for its own.
 */
#ifndef IOWALK_BASE_DOCUMENT_H
#define IOWALK_BASE_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What a table's cell or a list's item says, beside its words: words alone must do. */
enum tone { TONE_PLAIN, TONE_GOOD, TONE_BAD, TONE_WARN, TONE_DIM };

enum part_kind { PART_HEADING, PART_TEXT, PART_ITEM, PART_CODE, PART_TABLE, PART_FIGURE };

struct document_cell {
	char *text;
	enum tone tone;
};

struct document_part {
	enum part_kind kind;
	unsigned level; /* heading: 1 to 3 */
	enum tone tone; /* item */
	char *text;     /* heading, text, item, code; table: its label; figure: the caption */
	char *name;     /* figure: the picture's name, without folder and .svg */
	char *alt;      /* figure: what is seen, in words */
	/* table: cells_count is a multiple of columns_count; the first row are the titles */
	size_t columns_count, cells_count, cells_capacity;
	uint64_t left; /* bit c: column c is text, not numbers */
	struct document_cell *cells;
};

struct document {
	struct document_part *parts;
	size_t parts_count, parts_capacity;
	int err; /* the first -ENOMEM; what comes after is dropped */
};

void document_init(struct document *document);
void document_release(struct document *document);

void document_heading(struct document *document, unsigned level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void document_text(struct document *document, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void document_item(struct document *document, enum tone tone, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Lines as they are. */
void document_code(struct document *document, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void document_figure(struct document *document, const char *name, const char *alt,
		     const char *caption);

/* Begins a table of columns_count ≤ 64 columns. `label` says what it shows, for who cannot see it.
 * The cells follow by document_cell(), row by row, the titles first. */
void document_table(struct document *document, const char *label, size_t columns_count,
		    uint64_t left);
void document_cell(struct document *document, enum tone tone, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* GitHub-flavoured Markdown; figures are links to plots/NAME.svg. */
void document_write_markdown(const struct document *document, FILE *out);

/*
 * One HTML file that needs no other: figures are read from `folder`/NAME.svg and held in it. One that
 * is not there is named by its caption. `title` is the window's.
 */
void document_write_html(const struct document *document, const char *title, const char *folder,
			 FILE *out);

#endif
