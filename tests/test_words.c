/* Command lines: what words_join() writes, words_split() reads; what only a shell would understand is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../harness/base/words.h"

static void test_round_trip(void **state)
{
	char *const words[] = {"plain", "",      "two words", "it's", "\"quoted\"", "back\\slash",
			       "$HOME", "a|b;c", "*",         "x\ny", "\xc3\xa4",   "'"};
	size_t count = sizeof(words) / sizeof(words[0]);
	struct why why = {""};
	char **again;

	(void)state;
	char *text = words_join(words, count);
	assert_non_null(text);
	assert_int_equal(words_split(text, &again, &why), 0);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(again[i], words[i]);
	assert_null(again[count]);
	free(again);
	free(text);
}

static void test_quotes(void **state)
{
	static const struct {
		const char *text, *words[4];
	} all[] = {
		{"  a  b ", {"a", "b"}},
		{"a'b c'd", {"ab cd"}},
		{"\"a \\\" \\n\" b", {"a \" \\n", "b"}},
		{"a\\ b \\'", {"a b", "'"}},
		{"a#b x~ ''", {"a#b", "x~", ""}},
		{"a\rb \v c\f\r", {"a", "b", "c"}}, /* blanks are what isspace() says */
	};
	struct why why = {""};
	char **words;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (words_split(all[i].text, &words, &why) != 0)
			fail_msg("'%s': %s", all[i].text, why.text);
		for (size_t k = 0; all[i].words[k] || words[k]; k++) {
			assert_non_null(words[k]);
			assert_non_null(all[i].words[k]);
			assert_string_equal(words[k], all[i].words[k]);
		}
		free(words);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *word;
	} all[] = {
		{"", "empty"},
		{"   ", "empty"},
		{"a 'b", "not closed"},
		{"a \"b", "not closed"},
		{"a | b", "'|' has a meaning only to a shell"},
		{"a > b", "'>'"},
		{"a *.c", "'*'"},
		{"a \"$b\"", "'$'"},
		{"# a", "'#'"},
		{"~/a", "'~'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct why why = {""};
		char **words = NULL;

		if (words_split(all[i].text, &words, &why) != -EINVAL ||
		    !strstr(why.text, all[i].word))
			fail_msg("'%s': '%s' where '%s' is expected", all[i].text, why.text,
				 all[i].word);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
