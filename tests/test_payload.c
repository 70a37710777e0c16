/* Payloads have the bytes that the seed's benchmarks write, at every valid length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../layouts/support/payload.h"

static const uint64_t numbers[] = {0, 9, 10, 99, 100, 4294967296, UINT64_MAX};

static void assert_text(const char *text, size_t len, const char *expected)
{
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(text, expected, len);
}

static void test_seed_lengths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		unsigned long long number = numbers[i];
		char text[64], expected[64];

		snprintf(expected, sizeof(expected), "node_%llu", number);
		assert_text(text, payload_node_name(number, text), expected);
		assert_true(strlen(expected) <= PAYLOAD_NAME_MAX);
		snprintf(expected, sizeof(expected), "{\"id\":%llu}", number);
		assert_text(text, payload_node_data(number, 0, text), expected);
		snprintf(expected, sizeof(expected), "{\"order\":%llu}", number);
		assert_text(text, payload_edge_data(number, 0, text), expected);
		assert_int_equal(payload_edge_data_len(number, 0), strlen(expected));
		assert_true(strlen(expected) <= PAYLOAD_DATA_MAX);
	}
}

static void test_longer(void **state)
{
	char text[600];

	(void)state;
	assert_text(text, payload_edge_data(7, 14, text), "{\"order\":7   }");
	assert_text(text, payload_node_data(7, 9, text), "{\"id\":7 }");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		for (size_t bytes = 0; bytes < 500; bytes++) {
			size_t len = payload_edge_data(numbers[i], bytes, text);

			assert_true(len >= bytes && len >= 11 && len <= bytes + PAYLOAD_DATA_MAX);
			assert_int_equal(len, payload_edge_data_len(numbers[i], bytes));
			assert_int_equal(text[len - 1], '}');
		}
	}
}

static void test_packed(void **state)
{
	const struct payload payload = {true, 3000, 150};
	struct payload found;

	(void)state;
	assert_int_equal(payload_unpack(payload_pack(&payload), 3000, 150, &found), 0);
	assert_true(found.on && found.node_data_bytes == 3000 && found.edge_data_bytes == 150);
	assert_int_equal(payload_unpack(payload_pack(&payload), 2999, 150, &found), -EINVAL);
	assert_int_equal(payload_unpack(payload_pack(&payload), 3000, 149, &found), -EINVAL);
	for (unsigned bit = 1; bit < 64; bit++) {
		bool part_of_it = bit >= 16 && bit < 48;
		int err = payload_unpack(UINT64_C(1) << bit, 65535, 65535, &found);

		assert_int_equal(err, part_of_it ? 0 : -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seed_lengths),
		cmocka_unit_test(test_longer),
		cmocka_unit_test(test_packed),
	};

	return cmocka_run_group_tests_name("payloads", tests, NULL, NULL);
}
