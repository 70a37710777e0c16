/*
 * The index of layout `records`, in a second file: (id u64, offset u64) sorted by id,
 * little-endian, after a head of 64 bytes: magic "IWIX"@0, version u32@4, count u64@8, and from the
 * graph's header created u64@16, modified u64@24, data_bytes u64@32; CRC32 u32@40 of the entries,
 * zeros, CRC32 u32@60 of the head before it.
 *
 * All of it can be rebuilt from the graph's file, and is if the index is missing, stale or damaged.
 * It is read through an engine like the graph's file, by a second instance, so that its calls are
 * counted, its pages dropped, and a truncation reported.
 */
#ifndef IOWALK_SIDECAR_H
#define IOWALK_SIDECAR_H

#include "header.h"

#define SIDECAR_HEAD_BYTES 64

enum { SIDECAR_AT_ENTRIES_CRC = 40, SIDECAR_AT_HEAD_CRC = 60 };

struct sidecar {
	struct engine *engine;       /* NULL: not open */
	const unsigned char *mapped; /* whole file, or NULL */
	uint64_t count, file_bytes;
};

/* Writes `path` from offsets[count], entry i for id i: a temporary file, then renamed. */
int sidecar_write(const char *path, const struct header *header, const uint64_t *offsets,
		  uint64_t count);

/*
 * Opens it with an engine of the kind of `like` and its options (NULL: the defaults), and compares its
 * checksum, which reads all of it. mapped: a pointer to the whole file is wanted; where an engine of that
 * kind has none, the engine that maps files is used. -ENOENT: there is none; -ESTALE: it belongs to another
 * state of the graph; -EBADMSG: it is damaged. After a failure nothing is open.
 */
int sidecar_open(struct sidecar *sidecar, const char *path, const struct header *header,
		 const struct engine *like, const uint64_t *options, bool mapped);
void sidecar_close(struct sidecar *sidecar);

/* -ENOENT: it has no such id. */
int sidecar_find(const struct sidecar *sidecar, uint64_t id, uint64_t *offset);

/* Drops its pages, as drop_cache of the engine. */
int sidecar_drop(const struct sidecar *sidecar);

#endif
