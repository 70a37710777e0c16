/* The document writer: the same content as Markdown and as HTML, with every special character escaped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../harness/base/document.h"

#define HOSTILE "<b>|*x*\n`&"

static char *written(const struct document *document, bool html)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	if (html)
		document_write_html(document, "title", "/nonexistent", out);
	else
		document_write_markdown(document, out);
	fclose(out);
	return text;
}

static void build(struct document *document)
{
	static const char *const titles[] = {"a", "b"};
	document_init(document);
	document_heading(document, 2, "%s", HOSTILE);
	document_text(document, "one\n");
	document_line(document, "two %s", HOSTILE);
	document_note(document, TONE_STRONG, "bold");
	document_fold(document, "more");
	document_table(document, "table", 2, 0x1);
	document_cells(document, TONE_PLAIN, 2, titles);
	document_cell(document, TONE_BAD, "bad");
	document_line(document, "%s", HOSTILE);
	document_cell(document, TONE_CODE, "x --y|z");
	document_cell(document, TONE_CODE, "a`b");
	document_cell(document, TONE_PLAIN, "%s", "");
	document_fold_end(document);
	assert_int_equal(document->err, 0);
}

static void test_markdown(void **state)
{
	struct document document;
	(void)state;
	build(&document);
	char *text = written(&document, false);
	assert_string_equal(text, "## &lt;b\\>\\|\\*x\\* \\`&amp;\n"
				  "\n"
				  "one   \n"
				  "two &lt;b\\>\\|\\*x\\* \\`&amp;\n"
				  "\n"
				  "**bold**\n"
				  "\n"
				  "<details><summary>more</summary>\n"
				  "\n"
				  "| a | b |\n"
				  "|:--|--:|\n"
				  "| **bad<br>&lt;b\\>\\|\\*x\\* \\`&amp;** | `x --y\\|z` |\n"
				  "| a\\`b |  |\n"
				  "\n"
				  "</details>\n");
	free(text);
	document_release(&document);
}

static void test_html(void **state)
{
	struct document document;
	(void)state;
	build(&document);
	char *text = written(&document, true);
	assert_non_null(strstr(text, "<p>one <br>two &#60;b&#62;|*x* `&#38;</p>"));
	assert_non_null(strstr(text, "<p class=\"strong\">bold</p>"));
	assert_non_null(strstr(text, "<details>\n<summary>more</summary>"));
	assert_non_null(strstr(text, ">bad<br>&#60;b&#62;|*x* `&#38;</td>"));
	assert_non_null(strstr(text, "</details>"));
	assert_null(strstr(text, "<b>"));
	free(text);
	document_release(&document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_html),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
