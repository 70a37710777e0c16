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
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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

/* Folios that the file's pages are in, by /proc/kpageflags (admin-guide/mm/pagemap.rst): pages that are not the tail of one. 0: cannot
 * be seen, which needs root. */
static size_t folios_count(void)
{
	const uint64_t frame_mask = (UINT64_C(1) << 55) - 1;
	uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE), entry, flags;
	int fd = open(path, O_RDONLY), map = open("/proc/self/pagemap", O_RDONLY);
	int all = open("/proc/kpageflags", O_RDONLY);
	size_t folios = 0;
	volatile const char *bytes = mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(bytes != MAP_FAILED);
	for (size_t i = 0; i < FILE_BYTES; i += page_bytes) {
		(void)bytes[i];
		off_t at = (off_t)(((uintptr_t)bytes + i) / page_bytes * sizeof(entry));
		if (pread(map, &entry, sizeof(entry), at) != sizeof(entry) || !(entry & frame_mask))
			continue;
		off_t frame = (off_t)((entry & frame_mask) * sizeof(flags));
		if (pread(all, &flags, sizeof(flags), frame) == sizeof(flags))
			folios += !(flags >> 16 & 1); /* KPF_COMPOUND_TAIL */
	}
	munmap((void *)(uintptr_t)bytes, FILE_BYTES);
	close(fd);
	close(map);
	close(all);
	return folios;
}

/* Reads the file from offset `begin` to its end, piece_bytes at a time. */
static void read_by(size_t piece_bytes, off_t begin, int advice)
{
	static char piece[1 << 16];
	int fd = open(path, O_RDONLY);
	assert_int_equal(posix_fadvise(fd, 0, 0, advice), 0);
	for (off_t at = begin; at < FILE_BYTES; at += (off_t)piece_bytes)
		assert_true(pread(fd, piece, piece_bytes, at) > 0);
	close(fd);
}

/* Pages that came in one by one, and one that is missing: filling makes the same folios as of a file that was not there at all, and
 * not a folio for each page. */
static void filled_in_one_way(void **state)
{
	(void)state;
	need_droppable();
	assert_int_equal(cache_drop(path), 0);
	read_by(16384, 0, POSIX_FADV_NORMAL);
	size_t folios = folios_count();
	if (folios == 0 || folios == pages_of_file()) {
		print_message("skipped: no large folios here, or not root\n");
		skip();
	}
	assert_int_equal(cache_drop(path), 0);
	assert_int_equal(cache_fill(path), 0);
	folios = folios_count();
	assert_true(folios < pages_of_file() / 2);
	assert_int_equal(cache_drop(path), 0);
	read_by(4096, 4096, POSIX_FADV_RANDOM);
	assert_int_equal(cache_fill(path), 0);
	assert_int_equal(folios_count(), folios);
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
		cmocka_unit_test(filled_in_one_way),
		cmocka_unit_test(empty_has_no_pages),
		cmocka_unit_test(missing_file_is_an_error),
	};
	return cmocka_run_group_tests_name("cache_state", tests, make_file, remove_file);
}
