/* What the fuzz targets share: the input as a file, and texts of it. tests/fuzz/run.sh runs them. */
#ifndef IOWALK_FUZZ_H
#define IOWALK_FUZZ_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A folder in memory, made once for each process. */
static inline const char *fuzz_folder(void)
{
	static char folder[64];

	if (!*folder) {
		snprintf(folder, sizeof(folder), "/dev/shm/iowalk-fuzz.%d", (int)getpid());
		if (mkdir(folder, 0700) != 0)
			abort();
	}
	return folder;
}

/* Writes the file NAME in that folder. The path is valid until the next call. */
static inline const char *fuzz_file(const char *name, const void *bytes, size_t len)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/%s", fuzz_folder(), name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		abort();
	close(fd);
	return path;
}

/* A copy that ends with a NUL, so that reading beyond it is reading beyond an allocation. The caller
 * frees it. */
static inline char *fuzz_text(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);

	if (!text)
		abort();
	memcpy(text, data, len);
	text[len] = '\0';
	return text;
}

#endif
