/* Escaping text: see text.h. */
#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "units.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

struct style style_for(bool color)
{
	struct style style = {"", "", "", "", "", "", locale_is_utf8()};
	if (color) {
		style.bold = "\033[1m";
		style.dim = "\033[2m";
		style.red = "\033[31m";
		style.green = "\033[32m";
		style.yellow = "\033[33m";
		style.off = "\033[0m";
	}
	return style;
}

void text_append(char *text, size_t size, const char *format, ...)
{
	size_t len = strlen(text);
	va_list arguments;
	va_start(arguments, format);
	int wanted = vsnprintf(text + len, size - len, format, arguments);
	va_end(arguments);
	if (wanted < 0 || (size_t)wanted < size - len)
		return;
	len = size - 1;
	while (len > 0 && ((unsigned char)text[len - 1] & 0xC0) == 0x80)
		len--;
	if (len > 0 && (unsigned char)text[len - 1] >= 0xC0)
		text[len - 1] = '\0';
}

void print_clean(FILE *out, const char *text)
{
	for (const char *c = text; *c != '\0'; c++)
		fputc((unsigned char)*c < ' ' || *c == 127 ? ' ' : *c, out);
}

void print_padded(FILE *out, const char *text, size_t width, bool left)
{
	size_t used = text_width(text);
	int space = used < width ? (int)(width - used) : 0;
	fprintf(out, "%*s", left ? 0 : space, "");
	print_clean(out, text);
	fprintf(out, "%*s", left ? space : 0, "");
}

void put_markdown(FILE *out, const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		bool inside_word =
			c != text && isalnum((unsigned char)c[-1]) && isalnum((unsigned char)c[1]);
		if ((unsigned char)*c < ' ')
			fputc(' ', out);
		else if (*c == '<')
			fputs("&lt;", out);
		else if (*c == '&')
			fputs("&amp;", out);
		else if (*c == '_' && inside_word)
			fputc('_',
			      out); /* Markdown has no emphasis inside a word such as mmap_advised */
		else if (strchr("\\`*_[]|~#>@", *c) != NULL)
			fprintf(out, "\\%c", *c);
		else
			fputc(*c, out);
	}
}

/* The length in bytes of the character that `text` begins with; 0 if it is invalid in UTF-8 or
 * XML. */
static size_t xml_character(const char *text)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)*text;
	size_t len = first < 0x80             ? 1
		     : (first & 0xE0) == 0xC0 ? 2
		     : (first & 0xF0) == 0xE0 ? 3
		     : (first & 0xF8) == 0xF0 ? 4
					      : 0;
	if (len < 2)
		return len == 1 && (first >= ' ' || strchr("\t\n\r", first) != NULL) &&
		       first != 127;
	uint32_t code = first & (0x7Fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (((unsigned char)text[i] & 0xC0) != 0x80)
			return 0;
		code = code << 6 | ((unsigned char)text[i] & 0x3Fu);
	}
	bool is_allowed = code >= least[len] && code <= 0x10FFFF && code != 0xFFFE &&
			  code != 0xFFFF && !(code >= 0xD800 && code <= 0xDFFF);
	return is_allowed ? len : 0;
}

void put_xml(FILE *out, const char *text)
{
	while (*text != '\0') {
		size_t len = xml_character(text);
		if (len == 0)
			fputs(REPLACEMENT, out);
		else if (strchr("<>&\"'\t\n\r", *text) != NULL)
			fprintf(out, "&#%d;",
				*text); /* the only form in which an attribute keeps line ends */
		else
			fwrite(text, 1, len, out);
		text += len == 0 ? 1 : len;
	}
}

char *strdup_utf8(const char *text)
{
	char *clean = malloc(3 * strlen(text) + 1), *end = clean;
	for (size_t len; clean != NULL && *text != '\0'; text += len == 0 ? 1 : len) {
		len = xml_character(text);
		end = len == 0 ? stpcpy(end, REPLACEMENT) : mempcpy(end, text, len);
	}
	if (clean != NULL)
		*end = '\0';
	return clean;
}

json_t *json_text(const char *text)
{
	json_t *string = json_string(text);
	if (string != NULL)
		return string;
	char *clean = strdup_utf8(text);
	string = clean == NULL ? NULL : json_string(clean);
	free(clean);
	return string;
}

void put_csv(FILE *out, const char *text)
{
	if (strpbrk(text, ",\"\r\n") == NULL) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"')
			fputc('"', out);
		fputc(*c, out);
	}
	fputc('"', out);
}
