/* Text as its reader takes it: terminals, Markdown, XML, CSV. `text` may hold anything. */
#ifndef IOWALK_BASE_TEXT_H
#define IOWALK_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The escape sequences of a terminal, empty without colour. */
struct style {
	const char *bold, *dim, *red, *green, *yellow, *off;
	bool utf8;
};
struct style style_for(bool color);

/* Appends to text[size] like snprintf; what does not fit is cut, between characters. */
void text_append(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Control characters of a label or a reason would garble the terminal: they become blanks. */
void print_clean(FILE *out, const char *text);

/* The same, filled with blanks to `width` columns. */
void print_padded(FILE *out, const char *text, size_t width, bool left);

/* GitHub-flavoured Markdown, good within a table's cell too. */
void put_markdown(FILE *out, const char *text);

/* An XML attribute or text. What XML 1.0 cannot hold (control characters, broken UTF-8) becomes
 * U+FFFD. Source: https://www.w3.org/TR/xml/#charsets */
void put_xml(FILE *out, const char *text);

/* `text` with what is no UTF-8 or no character of XML as U+FFFD; caller frees; NULL without memory. */
char *strdup_utf8(const char *text);

/* A field of RFC 4180. */
void put_csv(FILE *out, const char *text);

#endif
