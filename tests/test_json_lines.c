/* JSON lines: files left by a crash are read, repaired and extended, plain and compressed. */
#include "support/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../harness/base/gzip.h"
#include "../harness/base/json_lines.h"

static bool is_object(const json_t *value)
{
	return json_is_object(value);
}

static void append_number(enum json_lines_form form, int number)
{
	struct json_lines *lines;
	json_t *value = json_pack("{si}", "n", number);

	assert_int_equal(json_lines_open(test_file, form, 15, &lines, NULL), 0);
	assert_int_equal(json_lines_append(lines, value), 0);
	json_lines_close(lines);
	json_decref(value);
}

static void append_text(const char *text)
{
	FILE *file = fopen(test_file, "ae");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
}

static off_t size_of_file(void)
{
	struct stat info;

	assert_int_equal(stat(test_file, &info), 0);
	return info.st_size;
}

/* Collects the numbers of all lines as digits of `found`. */
static size_t read_numbers(enum json_lines_form form, char *found, struct json_lines_damage *damage)
{
	json_t *array = json_array(), *value;
	FILE *file;
	size_t i;

	assert_int_equal(gzip_open(test_file, &file), 0);
	assert_int_equal(json_lines_read(file, form, is_object, array, damage), 0);
	fclose(file);
	json_array_foreach(array, i, value)
	{
		found[i] = (char)('0' + json_integer_value(json_object_get(value, "n")));
	}
	found[json_array_size(array)] = '\0';
	json_decref(array);
	return strlen(found);
}

static void expect_numbers(enum json_lines_form form, const char *expected, size_t damaged_count)
{
	struct json_lines_damage damage;
	char found[32];

	read_numbers(form, found, &damage);
	assert_string_equal(found, expected);
	assert_int_equal(damage.count, damaged_count);
}

static void test_half_line_is_removed(void **state)
{
	(void)state;
	append_number(JSON_LINES_PLAIN, 1);
	append_text("{\"n\":");
	expect_numbers(JSON_LINES_PLAIN, "1", 0);
	append_number(JSON_LINES_PLAIN, 2);
	expect_numbers(JSON_LINES_PLAIN, "12", 0);
}

static void test_line_without_newline_is_kept(void **state)
{
	(void)state;
	append_text("{\"n\":1}");
	append_number(JSON_LINES_PLAIN, 2);
	expect_numbers(JSON_LINES_PLAIN, "12", 0);
}

static void test_long_half_line_is_removed(void **state)
{
	char *text = malloc(200001);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 200000);
	text[200000] = '\0';
	append_number(JSON_LINES_PLAIN, 1);
	append_text(text);
	append_number(JSON_LINES_PLAIN, 2);
	expect_numbers(JSON_LINES_PLAIN, "12", 0);
	free(text);
}

static void test_damaged_lines_are_counted(void **state)
{
	struct json_lines_damage damage;
	char found[32];

	(void)state;
	append_number(JSON_LINES_PLAIN, 1);
	append_text("\n  \nrubbish\n[3]\n");
	append_number(JSON_LINES_PLAIN, 2);
	assert_int_equal(read_numbers(JSON_LINES_PLAIN, found, &damage), 2);
	assert_string_equal(found, "12");
	assert_int_equal(damage.count, 2);
	assert_int_equal(damage.first_line, 4); /* blank lines count as lines, not as damage */
}

static void test_second_writer_is_refused(void **state)
{
	struct json_lines *first, *second;
	struct why why = {""};

	(void)state;
	assert_int_equal(json_lines_open(test_file, JSON_LINES_PLAIN, 15, &first, NULL), 0);
	assert_int_equal(json_lines_open(test_file, JSON_LINES_PLAIN, 15, &second, &why), -EBUSY);
	assert_non_null(strstr(why.text, "another process"));
	json_lines_close(first);
	assert_int_equal(json_lines_open(test_file, JSON_LINES_PLAIN, 15, &second, NULL), 0);
	json_lines_close(second);
}

/* A gzip member that is truncated at any of its bytes. */
static void test_half_member_is_removed(void **state)
{
	(void)state;
	append_number(JSON_LINES_GZIP, 1);
	off_t one = size_of_file();
	append_number(JSON_LINES_GZIP, 2);
	off_t two = size_of_file();
	expect_numbers(JSON_LINES_GZIP, "12", 0);
	for (off_t cut = two - 1; cut > one; cut--) {
		assert_int_equal(truncate(test_file, cut), 0);
		append_number(JSON_LINES_GZIP, 3);
		expect_numbers(JSON_LINES_GZIP, "13", 0);
		assert_int_equal(truncate(test_file, one), 0);
		append_number(JSON_LINES_GZIP, 2);
		assert_int_equal(size_of_file(), two); /* equal lines give equal bytes */
	}
}

static void test_damaged_member_is_not_removed(void **state)
{
	struct json_lines *lines;
	struct why why = {""};
	char byte = '\0';

	(void)state;
	append_number(JSON_LINES_GZIP, 1);
	off_t one = size_of_file();
	append_number(JSON_LINES_GZIP, 2);
	append_number(JSON_LINES_GZIP, 3);
	off_t size = size_of_file();
	int fd = open(test_file, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, &byte, 1, one), 1); /* the magic of the second member */
	close(fd);
	assert_int_equal(json_lines_open(test_file, JSON_LINES_GZIP, 15, &lines, &why), -EBADMSG);
	assert_int_equal(size_of_file(), size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_half_line_is_removed, file_setup,
						file_teardown),
		cmocka_unit_test_setup_teardown(test_line_without_newline_is_kept, file_setup,
						file_teardown),
		cmocka_unit_test_setup_teardown(test_long_half_line_is_removed, file_setup,
						file_teardown),
		cmocka_unit_test_setup_teardown(test_damaged_lines_are_counted, file_setup,
						file_teardown),
		cmocka_unit_test_setup_teardown(test_second_writer_is_refused, file_setup,
						file_teardown),
		cmocka_unit_test_setup_teardown(test_half_member_is_removed, file_setup,
						file_teardown),
		cmocka_unit_test_setup_teardown(test_damaged_member_is_not_removed, file_setup,
						file_teardown),
	};

	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
