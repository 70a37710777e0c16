/* A folder for the files of one test program, made before its tests and removed after them. */
#ifndef IOWALK_TESTS_FOLDER_H
#define IOWALK_TESTS_FOLDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

extern char test_folder[256];

/*
 * For cmocka_run_group_tests(): 0, or -1 if the folder cannot be made or is not empty at the end.
 */
int folder_setup(void **state);
int folder_teardown(void **state);

/*
 * The path of `file` in the folder. There are two buffers: the second call after this overwrites
 * it.
 */
const char *test_path(const char *file);

/* For cmocka_unit_test_setup_teardown(): an empty file `test_file` in the folder, removed after
 * the test. */
extern char test_file[320];
int file_setup(void **state);
int file_teardown(void **state);

#endif
