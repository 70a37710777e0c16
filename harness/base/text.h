/* Escapes text for terminals, Markdown, XML and CSV. `text` may hold any bytes. */
#ifndef IOWALK_BASE_TEXT_H
#define IOWALK_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>
#include <stdio.h>

/* Escape sequences of a terminal; empty strings without colour. */
struct style {
	const char *bold, *dim, *red, *green, *yellow, *off;
	bool utf8;
};
struct style style_for(bool color);

/* Appends to text[size] like snprintf; truncates between characters if it does not fit. */
void text_append(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Prints text with control characters replaced by blanks, so that it cannot garble a terminal. */
void print_clean(FILE *out, const char *text);

/* The same, padded with blanks to `width` columns. */
void print_padded(FILE *out, const char *text, size_t width, bool left);

/* GitHub-flavoured Markdown; also valid in a cell of a table. */
void put_markdown(FILE *out, const char *text);

/* An XML attribute or text. Characters that XML 1.0 does not allow, and invalid UTF-8, become U+FFFD.
 * Source: https://www.w3.org/TR/xml/#charsets */
void put_xml(FILE *out, const char *text);

/* A copy of `text` with invalid UTF-8 and characters that XML does not allow replaced by U+FFFD. The
 * caller frees it; NULL if out of memory. */
char *strdup_utf8(const char *text);

/* A JSON string of any text, cleaned in the same way: json_string() refuses what is not UTF-8, such as the
 * names of some files. NULL if out of memory. */
json_t *json_text(const char *text);

/* A field of RFC 4180. */
void put_csv(FILE *out, const char *text);

#endif
