/*
 * Damage: what a device, a failed copy or another program may leave of the files of a graph.
 *
 * Files are seen as words of 8 bytes: of the graph's file, then of its sidecar. Words that are zeros between zeros count for nothing:
 * most layouts have many.
 */
#ifndef IOWALK_CONFORM_DAMAGE_H
#define IOWALK_CONFORM_DAMAGE_H

#include "../../layouts/layout.h"

/* A change: a value, what it is for, and whether the checksums in the files are made right after it. */
#define DAMAGE_VALUE(change)                    ((change) % 64)
#define DAMAGE_KIND(change)                     ((change) / 64 % 16) /* of enum damage_kind */
#define DAMAGE_IS_REPAIRED(change)              ((change) >> 10 & 1)
#define DAMAGE_CHANGE_MAX                       2047
#define DAMAGE_CHANGE(value, kind, is_repaired) ((is_repaired) << 10 | (kind)*64 | (value))

enum damage_kind {
	DAMAGE_FLIP, /* bit VALUE of the word */
	DAMAGE_LITTLE, /* the word becomes number VALUE of a list of edges of ranges and neighbours of the old one */
	DAMAGE_BIG,   /* the same, of a word in big-endian order */
	DAMAGE_HALF,  /* the same of 4 bytes: of the first half if VALUE is even */
	DAMAGE_NOISE, /* the word and VALUE % 8 after it become random bytes of the seed VALUE */
	DAMAGE_BLOCK, /* the 4096 bytes around the word become those of another block: a write that went astray */
	DAMAGE_CUT,  /* the file ends VALUE bytes after the word */
	DAMAGE_GROW, /* the file grows by VALUE bytes, from 32 on by VALUE - 31 blocks: zeros, or noise if VALUE is odd */
	DAMAGE_BESIDE, /* the sidecar is: 0 not there, 1 empty, 2 zeros, 3 noise, 4 the graph's file; others in turn */
	DAMAGE_BEGUN, /* the header says that the file is being changed; its checksums after the data are cut off if VALUE is even */
	DAMAGE_KINDS_COUNT
};

#define DAMAGE_FILES_COUNT 2

struct damage_file {
	unsigned char *bytes; /* [size_bytes] */
	size_t size_bytes;
	bool exists;
};

struct damage {
	struct damage_file whole[DAMAGE_FILES_COUNT]; /* as saved */
	bool is_saved;
	char text[128]; /* what was done, for messages */
};

/* Keeps the files of the graph at `path` as they are. 0 or negative errno. damage_release() frees, also after a failure. */
int damage_save(struct damage *damage, const struct layout_ops *layout, const char *path);
void damage_release(struct damage *damage);

/* Restores the files as they were saved, with one change: of word number `place`, modulo the words that there are. 0 or negative errno. */
int damage_apply(struct damage *damage, const struct layout_ops *layout, const char *path,
		 uint32_t place, uint32_t change);

#endif
