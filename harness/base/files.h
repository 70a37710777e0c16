/* Folders, and files that are written whole or not at all. All return 0 or negative errno. */
#ifndef IOWALK_BASE_FILES_H
#define IOWALK_BASE_FILES_H

#include <jansson.h>
#include <stddef.h>

/* mkdir -p. -ENOTDIR where a part of PATH is a file. */
int make_folders(const char *path);

/* write(2) until all bytes are written. */
int write_all(int fd, const char *bytes, size_t len_bytes);

/* Writes a JSON value or a text to a temporary file beside PATH, syncs it and renames it. */
int write_json_file(const char *path, const json_t *value);
int write_text_file(const char *path, const char *text, size_t len_bytes);

#endif
