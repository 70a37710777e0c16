/*
 * Crash images: what files may contain after the power has failed at some event of a recording.
 *
 * What was synced is there. Of what was not:
 *   - lengths and names reach the device in their order, up to any of them, as by the journal of ext4 (data=ordered and
 *     data=writeback) and by the log of xfs: a sync of a file takes with it all before the last one that concerns the file;
 *   - data reach it in any order, and before or after lengths and names: any subset of the writes. Up to
 *     IMAGES_SUBSET_MAX writes all subsets are made; of more: all, none, each alone, each missing, all up to each (IMAGES_LIST_MAX
 *     of them, chosen by a seed, if there are more), and some chosen by a seed;
 *   - a write is torn at each multiple of RECORDING_SECTOR_BYTES, or at some of them if it has more than
 *     IMAGES_TORN_MAX sectors;
 *   - where a file has become longer, what was not written is zeros; with data=writeback also what the device had there;
 *   - what was written after a length was cut off is lost with that change of the length: it went to other blocks.
 */
#ifndef IOWALK_CONFORM_IMAGES_H
#define IOWALK_CONFORM_IMAGES_H

#include "recording.h"

#define IMAGES_SUBSET_MAX 5
#define IMAGES_TORN_MAX   4
#define IMAGES_LIST_MAX   12
#define IMAGES_RANDOM     16 /* subsets of a longer list */

struct image_file {
	unsigned char *bytes; /* [capacity], of which the first size_bytes are the content */
	size_t size_bytes, capacity;
	size_t cut_bytes; /* what is written from here on is lost */
};

struct image {
	struct image_file files[RECORDING_FILES_MAX];
	int names_file[RECORDING_NAMES_MAX]; /* as in struct recording */
	const struct recording *recording;
	/* How it was made, for messages: */
	size_t writes_count, kept_count; /* writes that were not synced, and those that are there */
	size_t changes_count, kept_changes_count; /* the same of lengths and names */
	bool is_torn, has_old_bytes;
};

struct images {
	const struct recording *recording;
	struct image base, image; /* all up to base_end, and the one being made */
	size_t base_end;
	size_t synced_bytes
		[RECORDING_FILES_MAX]; /* the length of each file at its last sync: blocks beyond are new */
	bool *durable;                 /* [recording->count] */
	uint64_t *
		kept; /* [recording->count] the sectors of a write that are there, as bits; 0: none */
	size_t *writes, *changes; /* [recording->count] each: what is not durable */
	uint64_t random;
	/* Called for each image; it may be equal to an earlier one. Returns false to stop. */
	bool (*visit)(void *context, const struct image *image);
	void *context;
};

/* -ENOMEM. images_release() frees. */
int images_init(struct images *images, const struct recording *recording, uint64_t seed,
		bool (*visit)(void *context, const struct image *image), void *context);
void images_release(struct images *images);

/*
 * All images of a power failure just after event `at`: with `only_new` those that have this event, because those without it
 * were made at the event before. False if visit() has stopped it; -ENOMEM counts as a stop too, with the recording's error.
 */
bool images_at(struct images *images, size_t at, bool only_new);

/* Event `at` is a sync: what it covers is durable from now on. To be called for each, in order. */
void images_sync(struct images *images, size_t at);

/* A hash over all names and bytes. */
uint64_t image_hash(const struct image *image);

/* The file of a name, or NULL. */
const struct image_file *image_find(const struct image *image, const char *name);

#endif
