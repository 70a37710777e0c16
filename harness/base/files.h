/* Folders, and files that are written whole or not at all. All return 0 or negative errno. */
#ifndef IOWALK_BASE_FILES_H
#define IOWALK_BASE_FILES_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* mkdir -p. -ENOTDIR where a part of PATH is a file. */
int make_folders(const char *path);

/* write(2) until all bytes are written. */
int write_all(int fd, const char *bytes, size_t len_bytes);

/*
 * Writes a JSON value or a text to a temporary file beside PATH, syncs it and renames it. A symbolic link
 * stays: the file that it points to is replaced. What is no regular file (a pipe, /dev/stdout, a descriptor
 * under /proc) is written to, never replaced.
 */
int write_json_file(const char *path, const json_t *value);
int write_text_file(const char *path, const char *text, size_t len_bytes);

/* Removes from FOLDER the temporary files of write_text_file() in processes that were killed. */
void remove_unfinished(const char *folder);

/* Appends to the file PATH, which is created if it is missing. For files that others write too, such as a job
 * summary of CI. */
int append_text_file(const char *path, const char *text, size_t len_bytes);

/* A hash (XXH3 of 64 bits) over all bytes of the file PATH, and how many there are. */
int hash_file(const char *path, uint64_t *hash, uint64_t *len_bytes);

/* Could PATH be written by the functions above? Leaves no file. Call it before long work. */
int check_writable(const char *path);

#endif
