/* The sections of a report: properties of every section in the table. */
#include "support/sample_run.h"

#include "../harness/base/document.h"
#include "../harness/report/section.h"
#include "../harness/report/whole.h"

static void test_table(void **state)
{
	(void)state;
	assert_true(section_table_count >= 12);
	for (size_t i = 0; i < section_table_count; i++) {
		const struct report_section *section = section_table[i];

		assert_true(section->write != NULL || section->figures_count > 0);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(section->order, section_table[j]->order);
		assert_true(section->figures_count == 0 || section->figures != NULL);
		for (size_t j = 0; j < section->figures_count; j++) {
			const struct figure *figure = &section->figures[j];

			assert_true(*figure->name && *figure->alt && *figure->caption);
			assert_null(strpbrk(figure->name, "/. "));
		}
	}
}

/* Each section can be written for a single run without figures. */
static void test_each_writes(void **state)
{
	char *words[] = {run.path};
	struct history history;
	struct why why = {""};

	(void)state;
	assert_int_equal(history_init(&history, words, 1, NAN, NULL, &why), 0);
	struct report_context context = {&history, "/nonexistent", "none", "iowalk report"};

	for (size_t i = 0; i < section_table_count; i++) {
		struct document document;

		if (section_table[i]->write == NULL)
			continue;
		document_init(&document);
		section_table[i]->write(&document, &context);
		assert_int_equal(document.err, 0);
		document_release(&document);
	}
	struct document document;

	document_init(&document);
	report_document(&document, &context);
	assert_int_equal(document.err, 0);
	assert_true(document.parts_count > section_table_count);
	document_release(&document);
	history_release(&history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_each_writes),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
