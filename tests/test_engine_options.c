/*
 * The table of engines: required fields of an entry, options and their values, and the capabilities
 * by which the harness finds engines.
 */
#include "support/engines.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../engines/support/choose.h"

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < engine_table_count; i++) {
		const struct engine_ops *ops = engine_table[i];
		char file[160];

		assert_true(i == 0 || strcmp(engine_table[i - 1]->name, ops->name) < 0);
		assert_int_equal(ops->magic, ENGINE_MAGIC);
		assert_int_equal(ops->abi_major, ENGINE_ABI_MAJOR);
		assert_int_equal(ops->abi_minor, ENGINE_ABI_MINOR);
		assert_int_equal(ops->struct_size, sizeof(*ops));
		assert_true(ops->summary && *ops->summary);
		assert_true(ops->open && ops->close && ops->size && ops->resize && ops->read);
		assert_true(ops->write && ops->sync && ops->stats);
		assert_int_equal(!ops->map, !(ops->capabilities & ENGINE_ZERO_COPY));
		assert_true(ops->options_count <= OPTIONS_MAX);
		/*
		 * The table is generated from the names of the files. If the source is available,
		 * each entry must have the name of its file.
		 */
		snprintf(file, sizeof(file), "engines/%s.c", ops->name);
		if (access("engines/engine.h", R_OK) == 0)
			assert_int_equal(access(file, R_OK), 0);
	}
	for (size_t i = 0; i < ENGINE_SYSCALLS_COUNT; i++)
		assert_true(engine_syscall_names[i] && *engine_syscall_names[i]);
	assert_string_equal(engine_syscall_names[ENGINE_SYSCALL_pread64], "pread64");
}

static void check_round_trip(const struct option_spec *spec, uint64_t value)
{
	char text[64];
	uint64_t again = ~value;
	int len = option_format(spec, value, text, sizeof(text));

	assert_true(len > 0 && len < (int)sizeof(text));
	assert_int_equal(option_parse(spec, text, &again, NULL), 0);
	assert_int_equal(again, value);
}

static void test_engine_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < engine_table_count; i++) {
		const struct engine_ops *ops = engine_table[i];
		uint64_t values[OPTIONS_MAX];

		option_defaults(ops->options, ops->options_count, values);
		for (size_t k = 0; k < ops->options_count; k++) {
			const struct option_spec *spec = &ops->options[k];

			assert_int_equal(option_find(ops->options, ops->options_count, spec->name,
						     strlen(spec->name)),
					 k);
			assert_true(spec->help && *spec->help);
			check_round_trip(spec, values[k]);
			if (spec->type == OPTION_U64) {
				check_round_trip(spec, spec->min);
				check_round_trip(spec, spec->max);
			}
			for (size_t c = 0; option_choice(spec, c); c++) {
				uint64_t value = UINT64_MAX;

				assert_int_equal(
					option_parse(spec, option_choice(spec, c), &value, NULL),
					0);
				check_round_trip(spec, value);
			}
		}
	}
}

static void test_option_values(void **state)
{
	static const char *const words[] = {"fixed", "adaptive", NULL};
	static const struct option_spec specs[] = {
		{"flag", OPTION_BOOL, 0, 0, 0, NULL, "a flag", false, OPTION_ROLE_NONE, NULL},
		{"size", OPTION_U64, 64, 16, UINT64_MAX, NULL, "a size", false, OPTION_ROLE_NONE,
		 NULL},
		{"policy", OPTION_CHOICE, 0, 0, 0, words, "a policy", false, OPTION_ROLE_NONE,
		 NULL},
	};
	static const struct {
		int spec;
		const char *text;
		uint64_t value;
	} good[] = {{0, "on", 1},        {0, "no", 0},
		    {0, "true", 1},      {1, "64K", 65536},
		    {1, "3M", 3u << 20}, {1, "1g", 1u << 30},
		    {1, "16", 16},       {1, "18446744073709551615", UINT64_MAX},
		    {2, "adaptive", 1}};
	static const struct {
		int spec;
		const char *text, *reason;
	} bad[] = {{0, "maybe", "on, off"},
		   {0, "", "on, off"},
		   {1, "15", "16 to"},
		   {1, "-1", "16 to"},
		   {1, " 64", "16 to"},
		   {1, "64KB", "16 to"},
		   {1, "", "16 to"},
		   {1, "0x40", "16 to"},
		   {1, "18446744073709551616", "to"},
		   {1, "99999999999G", "to"},
		   {2, "fix", "fixed, adaptive"},
		   {2, "", "fixed, adaptive"}};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint64_t value = 77;

		assert_int_equal(option_parse(&specs[good[i].spec], good[i].text, &value, NULL), 0);
		assert_int_equal(value, good[i].value);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct why why = {""};
		uint64_t value = 77;

		assert_int_equal(option_parse(&specs[bad[i].spec], bad[i].text, &value, &why),
				 -EINVAL);
		assert_int_equal(value, 77);
		assert_non_null(strstr(why.text, bad[i].reason));
		assert_non_null(strstr(why.text, specs[bad[i].spec].name));
	}
	assert_int_equal(option_find(specs, 3, "sizes", 4), 1);
	assert_int_equal(option_find(specs, 3, "siz", 3), -1);
}

/* The harness finds engines by ENGINE_BUILDS and ENGINE_WRAPS, never by name. */
static void test_chosen_by_capability(void **state)
{
	size_t builders_count = 0;

	(void)state;
	for (size_t i = 0; i < engine_table_count; i++) {
		const struct engine_ops *ops = engine_table[i];

		builders_count += (ops->capabilities & ENGINE_BUILDS) != 0;
		for (int role = OPTION_ROLE_WRAPPED; role <= OPTION_ROLE_SYSCALL_EVERY; role++) {
			int index = option_with_role(ops->options, ops->options_count,
						     (enum option_role)role);
			assert_int_equal(index >= 0, (ops->capabilities & ENGINE_WRAPS) != 0);
		}
	}
	assert_int_equal(builders_count, 1);
	assert_true(engine_builder()->capabilities & ENGINE_PERSISTENT);
	assert_false(engine_builder()->capabilities & (ENGINE_MAY_SIGBUS | ENGINE_NO_DATA));
	assert_non_null(engine_wrapper());
	assert_ptr_equal(engine_of_option(0), engine_builder());
	assert_null(engine_of_option(engine_table_count + 1));
	for (uint64_t value = 1; value <= engine_table_count; value++) {
		const struct engine_ops *ops = engine_of_option(value);
		assert_true(!ops || !(ops->capabilities & (ENGINE_WRAPS | ENGINE_NO_DATA)));
	}
}

/* `delay` wraps every engine that reads a file through the kernel, and its calls are counted. */
static void test_delay_wraps(void **state)
{
	const struct engine_ops *delay = engine_find("delay");
	struct engine_stats before, after;
	struct engine *engine = NULL;
	uint64_t options[OPTIONS_MAX];
	char byte;

	(void)state;
	assert_non_null(delay);
	for (size_t i = 0; i < engine_table_count; i++) {
		const struct engine_ops *ops = engine_table[i];
		uint64_t value;

		if (ops == delay || ops->capabilities & (ENGINE_NO_DATA | ENGINE_HOLDS_FILE))
			continue;
		if (option_parse(&delay->options[0], ops->name, &value, NULL) != 0)
			fail_msg("delay cannot wrap %s", ops->name);
	}
	option_defaults(delay->options, delay->options_count, options);
	assert_true(options_set(delay, "syscall_every=2", options));
	assert_int_equal(delay->open(engine_path, ENGINE_OPEN_CREATE, options, &engine), 0);
	assert_int_equal(delay->resize(engine, 4096), 0);
	delay->stats(engine, &before);
	for (int i = 0; i < 10; i++)
		assert_int_equal(delay->read(engine, 0, &byte, 1), 0);
	delay->stats(engine, &after);
	assert_int_equal(
		after.syscalls[ENGINE_SYSCALL_lseek] - before.syscalls[ENGINE_SYSCALL_lseek], 5);
	assert_int_equal(delay->close(engine), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delay_wraps),   cmocka_unit_test(test_chosen_by_capability),
		cmocka_unit_test(test_table),         cmocka_unit_test(test_engine_options),
		cmocka_unit_test(test_option_values),
	};

	return cmocka_run_group_tests_name("engine_options", tests, engines_setup,
					   engines_teardown);
}
