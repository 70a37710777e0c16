/*
 * Export formats: all formats of the table on a run with unusual names, and some of them in detail.
 */
#include "support/sample_run.h"

#include "../harness/export/format.h"
#include "../harness/export/support/gbench_json.h"

static const struct export_format *format_named(const char *name)
{
	for (size_t i = 0; i < export_table_count; i++) {
		if (strcmp(export_table[i]->name, name) == 0)
			return export_table[i];
	}
	fail_msg("no format '%s'", name);
	return NULL;
}

/*
 * Each format has a unique name and a summary, writes the same text twice, and notices a full disk.
 */
static void test_all_formats(void **state)
{
	(void)state;
	assert_true(export_table_count >= 7);
	for (size_t i = 0; i < export_table_count; i++) {
		const struct export_format *format = export_table[i];
		char *texts[2] = {NULL, NULL};
		size_t lens[2] = {0, 0};

		assert_true(*format->name && *format->summary);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(format->name, export_table[j]->name);
		for (size_t k = 0; k < 2; k++) {
			FILE *out = open_memstream(&texts[k], &lens[k]);
			int err = format->write(&run, out);

			fclose(out);
			if (err != (format->of_profiles ? -ENODATA : 0))
				fail_msg("%s: %s", format->name, strerror(-err));
		}
		if (lens[0] != lens[1] || memcmp(texts[0], texts[1], lens[0]) != 0)
			fail_msg("%s: two exports differ", format->name);
		free(texts[0]);
		free(texts[1]);
		if (format->of_profiles)
			continue; /* the run has none */
		FILE *full = fopen("/dev/full", "w");

		assert_non_null(full);
		int err = format->write(&run, full);
		bool noticed = err != 0 || fflush(full) != 0 || ferror(full);

		if (lens[0] > 0 && !noticed)
			fail_msg("%s: a full disk goes unnoticed", format->name);
		fclose(full);
	}
}

static const json_t *find_row(const json_t *rows, const char *name)
{
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		if (strcmp(json_string_value(json_object_get(row, "name")), name) == 0)
			return row;
	}
	fail_msg("no row '%s'", name);
	return NULL;
}

static void assert_gbench_types(const json_t *row)
{
	static const char *const texts[] = {"name", "run_name", "run_type", "time_unit"};
	static const char *const numbers[] = {"family_index", "per_family_instance_index",
					      "repetitions", "threads", "iterations"};
	static const char *const reals[] = {"real_time", "cpu_time"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_true(json_is_string(json_object_get(row, texts[i])));
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		assert_true(json_is_integer(json_object_get(row, numbers[i])));
	for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
		assert_true(json_is_real(json_object_get(row, reals[i])));
}

static void test_gbench(void **state)
{
	char name[128];
	static const char *const statistics[] = {"mean", "median", "stddev", "cv"};
	static const double expected[] = {200, 200, 100, 0.5};
	(void)state;
	json_t *document = export_gbench_json(&run);
	char *text = json_dumps(document, 0);
	assert_non_null(text);
	free(text);
	const json_t *context = json_object_get(document, "context");
	const json_t *rows = json_object_get(document, "benchmarks");
	assert_int_equal(json_integer_value(json_object_get(context, "num_cpus")), 2);
	assert_string_equal(json_string_value(json_object_get(context, "executable")), "iowalk");
	assert_true(json_is_array(json_object_get(context, "caches")));
	assert_true(json_is_boolean(json_object_get(context, "cpu_scaling_enabled")));
	assert_int_equal(json_array_size(rows), 4 * (3 + 4) + 1);
	for (size_t i = 0; i < json_array_size(rows); i++)
		assert_gbench_types(json_array_get(rows, i));
	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof name, "bfs/chain/slotted/memory/warm/nodes:10_%s",
			 statistics[i]);
		const json_t *row = find_row(rows, name);
		double value = json_real_value(json_object_get(row, "real_time"));
		assert_true(fabs(value - expected[i]) < 1e-9);
		assert_string_equal(json_string_value(json_object_get(row, "aggregate_unit")),
				    i == 3 ? "percentage" : "time");
		assert_string_equal(json_string_value(json_object_get(row, "aggregate_name")),
				    statistics[i]);
	}
	const json_t *row = find_row(rows, "bfs/chain/slotted/mmap/warm/nodes:10");
	assert_true(json_number_value(json_object_get(row, "faults_minor")) == 9);
	assert_int_equal(json_integer_value(json_object_get(row, "repetitions")), 3);
	row = find_row(rows, "bfs/chain/slotted/pread/warm/nodes:1000");
	assert_true(json_is_true(json_object_get(row, "error_occurred")));
	assert_string_equal(json_string_value(json_object_get(row, "error_message")),
			    "wrong|answer");
	json_decref(document);
}

/* Reads one RFC 4180 field. Returns the text after it, and the character that ended it. */
static const char *read_field(const char *text, char *field, size_t size, char *end)
{
	size_t used = 0;
	bool quoted = *text == '"';
	for (text += quoted; *text != '\0'; text++) {
		if (quoted && text[0] == '"' && text[1] == '"')
			text++;
		else if (quoted && *text == '"') {
			text++;
			break;
		} else if (!quoted && (*text == ',' || *text == '\n'))
			break;
		assert_true(used + 1 < size);
		field[used++] = *text;
	}
	field[used] = '\0';
	*end = *text;
	return *text == '\0' ? text : text + 1;
}

static void test_csv_round_trip(void **state)
{
	char *text = NULL, field[256], end = ',';
	size_t len = 0, columns = 0, rows = 0, hostile_count = 0;
	FILE *out = open_memstream(&text, &len);
	(void)state;
	assert_int_equal(format_named("csv")->write(&run, out), 0);
	fclose(out);
	for (const char *at = text; *at != '\0'; rows++) {
		size_t column = 0;
		do {
			at = read_field(at, field, sizeof field, &end);
			if (column == 2 && strcmp(field, HOSTILE) == 0)
				hostile_count++;
			column++;
		} while (end == ',');
		assert_int_equal(end, '\n');
		if (rows == 0)
			columns = column;
		assert_int_equal(column, columns);
	}
	assert_int_equal(rows, 1 + json_array_size(run.samples));
	assert_int_equal(hostile_count, 4);
	assert_int_equal(strncmp(text, "cell,workload,graph,", 20), 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_formats),
		cmocka_unit_test(test_gbench),
		cmocka_unit_test(test_csv_round_trip),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
