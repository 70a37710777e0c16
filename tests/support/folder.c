/* See folder.h. */
#include "folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char test_folder[256];
char test_file[320];

int folder_setup(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(test_folder, sizeof(test_folder), "%s/iowalk-test.XXXXXX", base ? base : "/tmp");
	return mkdtemp(test_folder) ? 0 : -1;
}

/* Tests remove their own files. A file that is left makes rmdir() fail, and so the group. */
int folder_teardown(void **state)
{
	(void)state;
	return rmdir(test_folder);
}

const char *test_path(const char *file)
{
	static char texts[2][320];
	static unsigned turn;
	char *text = texts[turn++ % 2];

	snprintf(text, sizeof(texts[0]), "%s/%s", test_folder, file);
	return text;
}

int file_setup(void **state)
{
	(void)state;
	snprintf(test_file, sizeof(test_file), "%s/file", test_folder);
	FILE *file = fopen(test_file, "we");
	return file && fclose(file) == 0 ? 0 : -1;
}

int file_teardown(void **state)
{
	(void)state;
	return unlink(test_file);
}
