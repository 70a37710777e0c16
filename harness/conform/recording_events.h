/* Shared by recording.c, which keeps the events, and recording_calls.c, which finds them in the calls of a process. */
#ifndef IOWALK_CONFORM_RECORDING_EVENTS_H
#define IOWALK_CONFORM_RECORDING_EVENTS_H

#include "recording.h"

#include <sys/stat.h>

/* Notes the first error of the recording, and returns NULL. */
void *recording_failed(struct recording *recording, int err);

/* Index of the name of a path, which is added if it is new; -1: it is no name of the folder. */
int recording_find_name(struct recording *recording, const char *path);

/* The file of a status; -1: none that is recorded. */
int recording_file_of(const struct recording *recording, const struct stat *status);

/* To be called before each call: the one before may have created a file. */
void recording_created(struct recording *recording);

/* Events. Name `to` is now the file, and name `from` is gone; -1: none. */
void recording_name(struct recording *recording, uint32_t file, int from, int to);
void recording_size(struct recording *recording, uint32_t file, uint64_t size_bytes);
void recording_sync(struct recording *recording, uint32_t file, uint64_t offset,
		    uint64_t len_bytes);
void recording_operation(struct recording *recording, enum recorded_kind kind, size_t operation);

/* A write to [offset, offset + len_bytes), which may make the file longer. Takes the bytes, of malloc(). */
void recording_data(struct recording *recording, uint32_t file, uint64_t offset,
		    unsigned char *bytes, size_t len_bytes);

/* Records what the files have that no call has shown; `mapped_only`: of files that have been mapped. */
void recording_compare(struct recording *recording, bool mapped_only);

#endif
