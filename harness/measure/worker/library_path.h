/*
 * The libraries that lie beside a program. A build may name their folder relative to its own
 * ($ORIGIN in DT_RUNPATH or DT_RPATH, ld.so(8)). A worker is executed from a copy in memory, beside
 * which there is nothing; so it gets the folders by LD_LIBRARY_PATH.
 */
#ifndef IOWALK_MEASURE_LIBRARY_PATH_H
#define IOWALK_MEASURE_LIBRARY_PATH_H

#include <stddef.h>

/*
 * The run path of the program in `fd`, with the folder of `path` in place of $ORIGIN, in text[size].
 * Empty if it does not have $ORIGIN, or if the file is no program of this machine.
 */
void library_path_read(int fd, const char *path, char *text, size_t size);

/* Makes the texts of both sides, if one is not empty, equally long by slashes at the front: the size
 * of the environment moves the stack of a process. text[2][size]. */
void library_paths_match(char *a, char *b, size_t size);

#endif
