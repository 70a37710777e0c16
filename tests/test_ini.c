/* INI files: sections and keys in order, and errors with file, line and reason. */
#include "support/folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../harness/base/ini.h"

static char seen[512]; /* what the hooks were called with */

static void add(const char *a, const char *b, const char *c)
{
	size_t len = strlen(seen);

	snprintf(seen + len, sizeof(seen) - len, "%s%s%s;", a, b, c);
}

static int begin(void *context, const char *section, struct why *why)
{
	(void)context;
	add("[", section, "]");
	return strcmp(section, "refused") == 0 ? why_set(why, -EINVAL, "no such section") : 0;
}

static int key(void *context, const char *section, const char *name, const char *value,
	       struct why *why)
{
	(void)context;
	(void)section;
	add(name, "=", value);
	return strcmp(name, "bad") == 0 ? why_set(why, -ERANGE, "bad key") : 0;
}

static int end(void *context, struct why *why)
{
	(void)context;
	add("end", "", "");
	return strstr(seen, "incomplete=1") ? why_set(why, -EINVAL, "a key is missing") : 0;
}

static const struct ini_hooks hooks = {begin, key, end};

static int read_text(const char *text, struct why *why)
{
	FILE *file = fopen(test_file, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	*seen = '\0';
	*why = (struct why){""};
	return ini_read(test_file, &hooks, NULL, why);
}

static void test_order(void **state)
{
	struct why why;

	(void)state;
	assert_int_equal(read_text("; comment\n[one]\na = 1\nb=2\n[empty]\n[a section with a long "
				   "name, beyond "
				   "the fifty bytes of libinih]\nc = x y\n",
				   &why),
			 0);
	assert_string_equal(seen, "[one];a=1;b=2;end;[empty];end;[a section with a long name, "
				  "beyond the fifty bytes of libinih];c=x y;end;");
}

static void assert_refused(const char *text, int err, const char *place, const char *reason)
{
	struct why why;

	assert_int_equal(read_text(text, &why), err);
	if (!strstr(why.text, place) || !strstr(why.text, reason))
		fail_msg("'%s' lacks '%s' or '%s'", why.text, place, reason);
}

static void test_errors(void **state)
{
	char text[6000] = "[one]\na = ";

	(void)state;
	assert_refused("[one]\nno key\n", -EINVAL, "line 2", "neither a section nor");
	assert_refused("[one]\n[refused]\n", -EINVAL, "line 2", "no such section");
	assert_refused("[one]\na = 1\nbad = 1\n", -ERANGE, "line 3", "bad key");
	assert_refused("\n[one]\nincomplete = 1\n[two]\n", -EINVAL, "line 2", "a key is missing");
	assert_refused("[one]\na = \xff\n", -EINVAL, "line 2", "not UTF-8");
	assert_refused("[\xc3]\na = 1\n", -EINVAL, "line 1", "not UTF-8");
	memset(text + strlen(text), 'x', 5000);
	assert_refused(text, -EINVAL, "line 2", "longer than");
	assert_refused("[one]\nbad = 1\nbad = 1\n", -ERANGE, "line 2", "bad key");
}

static void test_no_file(void **state)
{
	struct why why = {""};

	(void)state;
	assert_int_equal(ini_read("/nonexistent/x.ini", &hooks, NULL, &why), -ENOENT);
	assert_non_null(strstr(why.text, "'/nonexistent/x.ini': No such file"));
	assert_int_equal(ini_read("/", &hooks, NULL, &why), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order, file_setup, file_teardown),
		cmocka_unit_test_setup_teardown(test_errors, file_setup, file_teardown),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
