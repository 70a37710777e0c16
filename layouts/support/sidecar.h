/*
 * The index that layout `records` keeps in a second file beside its own: (id u64, offset u64) sorted
 * by id, little-endian, behind a head of 64 bytes: magic "IWIX"@0, version u32@4, count u64@8, and
 * what the graph's header said when it was made, created u64@16, modified u64@24, data_bytes u64@32;
 * CRC32 u32@40 of the entries, zeros, CRC32 u32@60 of the head before it.
 *
 * It holds nothing that the graph's file does not: one that is missing, stale or damaged is made
 * anew. So it is not read through the engine but mapped, or read with pread() where that is asked for
 * or no map is to be had.
 */
#ifndef IOWALK_SIDECAR_H
#define IOWALK_SIDECAR_H

#include "header.h"

struct sidecar {
	int fd;                      /* -1: not open */
	const unsigned char *mapped; /* whole file, or NULL */
	uint64_t count, file_bytes;
};

/* Makes `path` of offsets[count], entry i for id i: written aside and renamed. */
int sidecar_write(const char *path, const struct header *header, const uint64_t *offsets,
		  uint64_t count);

/*
 * Opens it and compares its checksum, which reads all of it. -ENOENT: there is none; -ESTALE: it was
 * made of another state of the graph; -EBADMSG: it is damaged. A failure leaves nothing open.
 */
int sidecar_open(struct sidecar *sidecar, const char *path, const struct header *header,
		 bool mapped);
void sidecar_close(struct sidecar *sidecar);

/* -ENOENT: it has no such id. */
int sidecar_find(const struct sidecar *sidecar, uint64_t id, uint64_t *offset);

/* Forgets its pages, the kernel's too. */
int sidecar_drop(const struct sidecar *sidecar);

#endif
