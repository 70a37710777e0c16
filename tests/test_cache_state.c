/*
 * Residency of a file: 0 after dropping it, all pages after filling. The file is in TMPDIR; tmpfs
 * cannot drop pages, so that part is skipped there.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "../harness/prepare/cache_state.h"

#define FILE_BYTES ((1u << 20) + 4097) /* not a multiple of the page size */

static char path[4096];

static const char *folder(void)
{
	const char *name = getenv("TMPDIR");
	return name != NULL && *name != '\0' ? name : "/tmp";
}

static int make_file(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/test-cache-state-XXXXXX", folder());
	int fd = mkstemp(path);
	if (fd < 0)
		return -1;
	static const char bytes[FILE_BYTES];
	ssize_t written = write(fd, bytes, sizeof(bytes));
	close(fd);
	return written == (ssize_t)sizeof(bytes) ? 0 : -1;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static uint64_t pages_of_file(void)
{
	uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	return (FILE_BYTES + page_bytes - 1) / page_bytes;
}

static void need_droppable(void)
{
	struct statfs status;
	assert_int_equal(statfs(folder(), &status), 0);
	if (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC) {
		print_message("skipped: files in %s are memory: set TMPDIR to a disk\n", folder());
		skip();
	}
}

static void filled_is_resident(void **state)
{
	(void)state;
	struct residency found;
	assert_int_equal(cache_fill(path), 0);
	assert_int_equal(cache_residency(path, &found), 0);
	assert_int_equal(found.pages_count, pages_of_file());
	assert_int_equal(found.resident_count, found.pages_count);
	assert_true(strcmp(found.source, "cachestat") == 0 || strcmp(found.source, "mincore") == 0);
}

static void dropped_is_not_resident(void **state)
{
	(void)state;
	need_droppable();
	struct residency found;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(cache_drop(path), 0);
		assert_int_equal(cache_residency(path, &found), 0);
		assert_int_equal(found.resident_count, 0);
		/* A second call gives the same result: cache_residency() does not read the file. */
		assert_int_equal(cache_residency(path, &found), 0);
		assert_int_equal(found.resident_count, 0);
		assert_int_equal(cache_fill(path), 0);
		assert_int_equal(cache_residency(path, &found), 0);
		assert_int_equal(found.resident_count, found.pages_count);
	}
}

static void empty_has_no_pages(void **state)
{
	(void)state;
	struct residency found = {.pages_count = 99};
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(cache_fill(path), 0);
	assert_int_equal(cache_drop(path), 0);
	assert_int_equal(cache_residency(path, &found), 0);
	assert_int_equal(found.pages_count, 0);
	assert_int_equal(found.resident_count, 0);
}

static void missing_file_is_an_error(void **state)
{
	(void)state;
	struct residency found;
	assert_int_equal(cache_residency("/nonexistent/file", &found), -ENOENT);
	assert_int_equal(cache_drop("/nonexistent/file"), -ENOENT);
	assert_int_equal(cache_fill("/nonexistent/file"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filled_is_resident),
		cmocka_unit_test(dropped_is_not_resident),
		cmocka_unit_test(empty_has_no_pages),
		cmocka_unit_test(missing_file_is_an_error),
	};
	return cmocka_run_group_tests_name("cache_state", tests, make_file, remove_file);
}
