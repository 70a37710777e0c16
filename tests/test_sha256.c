/* SHA-256 against the examples of FIPS 180-2, and lengths around the edges of blocks and reads (sha256sum of coreutils). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "../harness/base/sha256.h"
#include "support/folder.h"

static void assert_hash(const char *text, size_t times, const char *wanted)
{
	char found[SHA256_TEXT_MAX];
	FILE *file = fopen(test_file, "we");

	assert_non_null(file);
	for (size_t i = 0; i < times; i++)
		fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(sha256_file(test_file, found), 0);
	assert_string_equal(found, wanted);
}

static void examples(void **state)
{
	(void)state;
	assert_hash("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_hash("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
		    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	assert_hash("a", 1000000,
		    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void edges(void **state)
{
	(void)state;
	assert_hash("a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
	assert_hash("a", 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
	assert_hash("a", 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34");
	assert_hash("a", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
	assert_hash("a", 65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0");
	assert_hash("a", 119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb");
	assert_hash("a", 65535, "6e1bebca6a8229364a162a72ef064826c4cd7457bf54f190ef782bd9deff3e42");
	assert_hash("a", 65536, "bf718b6f653bebc184e1479f1935b8da974d701b893afcf49e701f3e2f9f9c5a");
	assert_hash("a", 65537, "008ffc88d3c96a9f307524eb361e47c5222a887fc45fa0c1fb8d429c5c23b430");
}

static void failures(void **state)
{
	char text[SHA256_TEXT_MAX];

	(void)state;
	assert_int_equal(sha256_file(test_path("missing"), text), -ENOENT);
	assert_int_equal(sha256_file(test_folder, text), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(examples, file_setup, file_teardown),
		cmocka_unit_test_setup_teardown(edges, file_setup, file_teardown),
		cmocka_unit_test(failures),
	};

	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
