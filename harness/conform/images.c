/* See images.h. */
#include "images.h"

#include "../../workloads/support/mix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define ALL_BITS  UINT64_MAX
#define BITS      64
#define OLD_BYTES 0x5a /* what was on the device before */

int images_init(struct images *images, const struct recording *recording, uint64_t seed,
		bool (*visit)(void *context, const struct image *image), void *context)
{
	size_t count = recording->count + 1;

	*images = (struct images){.recording = recording,
				  .durable = calloc(count, sizeof(bool)),
				  .kept = calloc(count, sizeof(uint64_t)),
				  .writes = calloc(count, sizeof(size_t)),
				  .changes = calloc(count, sizeof(size_t)),
				  .random = seed,
				  .visit = visit,
				  .context = context};
	images->base.recording = images->image.recording = recording;
	for (int i = 0; i < RECORDING_NAMES_MAX; i++)
		images->base.names_file[i] = -1;
	for (int i = 0; i < RECORDING_FILES_MAX; i++)
		images->base.files[i].cut_bytes = SIZE_MAX;
	if (images->durable && images->kept && images->writes && images->changes)
		return 0;
	images_release(images);
	return -ENOMEM;
}

void images_release(struct images *images)
{
	for (int i = 0; i < RECORDING_FILES_MAX; i++) {
		free(images->base.files[i].bytes);
		free(images->image.files[i].bytes);
	}
	free(images->durable);
	free(images->kept);
	free(images->writes);
	free(images->changes);
	memset(images, 0, sizeof(*images));
}

/* ---- one image ---- */

static bool reserve(struct image_file *file, size_t size_bytes)
{
	if (size_bytes <= file->capacity)
		return true;
	size_t capacity = size_bytes + size_bytes / 2 + RECORDING_PAGE_BYTES;
	unsigned char *bytes = realloc(file->bytes, capacity);

	if (!bytes)
		return false;
	file->bytes = bytes;
	file->capacity = capacity;
	return true;
}

static size_t sectors_of(const struct recorded_event *event)
{
	size_t first = event->offset / RECORDING_SECTOR_BYTES;
	size_t last = (event->offset + event->len_bytes + RECORDING_SECTOR_BYTES - 1) /
		      RECORDING_SECTOR_BYTES;

	return last - first;
}

/* Has the write this sector of its own? A bit stands for several sectors if there are more than bits. */
static bool has_sector(uint64_t kept, size_t sector, size_t sectors_count)
{
	return kept >> (sectors_count > BITS ? sector * BITS / sectors_count : sector) & 1;
}

/* The sectors of a write that are there; the others are old bytes with `old_from`, from that offset on. */
static void apply_write(struct image_file *file, const struct recorded_event *event, uint64_t kept,
			size_t old_from)
{
	size_t sectors_count = sectors_of(event), end = (size_t)(event->offset + event->len_bytes);
	size_t limit = file->size_bytes < file->cut_bytes ? file->size_bytes : file->cut_bytes;
	size_t at = (size_t)event->offset;

	for (size_t i = 0; i < sectors_count && at < limit; i++) {
		size_t next = (at / RECORDING_SECTOR_BYTES + 1) * RECORDING_SECTOR_BYTES;

		next = next < end ? next : end;
		next = next < limit ? next : limit;
		if (has_sector(kept, i, sectors_count))
			memcpy(file->bytes + at, event->bytes + (at - event->offset), next - at);
		else if (at >= old_from)
			memset(file->bytes + at, OLD_BYTES, next - at);
		at = next;
	}
}

/* A length that is not kept: what is cut off stays, and what is written there later is lost. */
static bool apply_size(struct image_file *file, size_t size_bytes, bool is_kept)
{
	size_t page_end = (size_bytes + RECORDING_PAGE_BYTES - 1) / RECORDING_PAGE_BYTES *
			  RECORDING_PAGE_BYTES;

	if (!is_kept) {
		if (size_bytes < file->size_bytes && page_end < file->cut_bytes)
			file->cut_bytes = page_end;
		return true;
	}
	if (!reserve(file, size_bytes))
		return false;
	if (size_bytes > file->size_bytes)
		memset(file->bytes + file->size_bytes, 0, size_bytes - file->size_bytes);
	file->size_bytes = size_bytes;
	return true;
}

static void apply_name(struct image *image, const struct recorded_event *event)
{
	if (event->to >= 0)
		image->names_file[event->to] = (int)event->file;
	if (event->from >= 0)
		image->names_file[event->from] = -1;
}

/* `kept`: all bits of a length or a name that is there. */
static bool apply(struct image *image, const struct recorded_event *event, uint64_t kept,
		  size_t old_from)
{
	switch (event->kind) {
	case RECORDED_WRITE:
		apply_write(&image->files[event->file], event, kept, old_from);
		return true;
	case RECORDED_SIZE:
		return apply_size(&image->files[event->file], (size_t)event->len_bytes, kept != 0);
	case RECORDED_NAME:
		if (kept)
			apply_name(image, event);
		return true;
	default:
		return true;
	}
}

static bool copy_base(struct images *images)
{
	struct image *image = &images->image;

	memcpy(image->names_file, images->base.names_file, sizeof(image->names_file));
	for (uint32_t i = 0; i < images->recording->files_count; i++) {
		const struct image_file *from = &images->base.files[i];
		struct image_file *to = &image->files[i];

		if (!reserve(to, from->size_bytes))
			return false;
		if (from->size_bytes)
			memcpy(to->bytes, from->bytes, from->size_bytes);
		to->size_bytes = from->size_bytes;
		to->cut_bytes = SIZE_MAX;
	}
	return true;
}

/* Where new blocks of a file begin. */
static size_t new_from(const struct images *images, uint32_t file)
{
	return (images->synced_bytes[file] + RECORDING_PAGE_BYTES - 1) / RECORDING_PAGE_BYTES *
	       RECORDING_PAGE_BYTES;
}

/* Makes the image of kept[] and visits it. */
static bool make(struct images *images, size_t at, bool old_bytes)
{
	const struct recorded_event *events = images->recording->events;
	struct image *image = &images->image;

	if (!copy_base(images))
		return false;
	image->writes_count = image->kept_count = image->changes_count = image->kept_changes_count =
		0;
	image->is_torn = false;
	image->has_old_bytes = old_bytes;
	for (size_t i = images->base_end; i <= at; i++) {
		uint64_t kept = images->durable[i] ? ALL_BITS : images->kept[i];
		size_t old_from = SIZE_MAX;

		if (old_bytes && events[i].kind == RECORDED_WRITE)
			old_from = new_from(images, events[i].file);
		if (!apply(image, &events[i], kept, old_from))
			return false;
		if (images->durable[i])
			continue;
		if (events[i].kind == RECORDED_WRITE) {
			image->writes_count++;
			image->kept_count += kept != 0;
			image->is_torn |= kept != 0 && kept != ALL_BITS;
		} else if (events[i].kind == RECORDED_SIZE || events[i].kind == RECORDED_NAME) {
			image->changes_count++;
			image->kept_changes_count += kept != 0;
		}
	}
	return images->visit(images->context, image);
}

/* ---- what is durable ---- */

static bool is_change(const struct recorded_event *event)
{
	return event->kind == RECORDED_SIZE || event->kind == RECORDED_NAME;
}

/* The length of a file at an event. */
static size_t size_at(const struct images *images, uint32_t file, size_t at)
{
	const struct recorded_event *events = images->recording->events;

	while (at-- > 0) {
		if (events[at].kind == RECORDED_SIZE && events[at].file == file)
			return (size_t)events[at].len_bytes;
	}
	return 0;
}

/* Can a name lead to the file, in an image of event `at` or later? */
static bool has_name(const struct images *images, uint32_t file, size_t at)
{
	const struct recorded_event *events = images->recording->events;
	struct image image;

	memcpy(image.names_file, images->base.names_file, sizeof(image.names_file));
	for (size_t i = images->base_end; i <= at; i++) {
		if (events[i].kind == RECORDED_NAME && images->durable[i])
			apply_name(&image, &events[i]);
		else if (events[i].kind == RECORDED_NAME && events[i].file == file)
			return true;
	}
	for (int i = 0; i < images->recording->names_count; i++) {
		if (image.names_file[i] == (int)file)
			return true;
	}
	return false;
}

/* What was written to a file that has lost its last name does not matter any more. */
static void forget_nameless(struct images *images, size_t at)
{
	const struct recorded_event *events = images->recording->events;
	bool is_known[RECORDING_FILES_MAX] = {false}, is_there[RECORDING_FILES_MAX];

	for (size_t i = images->base_end; i < at; i++) {
		uint32_t file = events[i].file;

		if (images->durable[i] ||
		    (events[i].kind != RECORDED_WRITE && events[i].kind != RECORDED_SIZE))
			continue;
		if (!is_known[file])
			is_there[file] = has_name(images, file, at);
		is_known[file] = true;
		images->durable[i] = !is_there[file];
	}
}

void images_sync(struct images *images, size_t at)
{
	const struct recorded_event *events = images->recording->events, *sync = &events[at];
	uint64_t end = sync->offset + sync->len_bytes;
	size_t last = at;

	if (end < sync->offset)
		end = UINT64_MAX;
	/* The last length or name that concerns the file, and all before it. */
	while (last > images->base_end &&
	       !(is_change(&events[last - 1]) &&
		 (sync->file == RECORDING_ALL || events[last - 1].file == sync->file)))
		last--;
	for (size_t i = images->base_end; i < at; i++) {
		if (is_change(&events[i]))
			images->durable[i] |= i < last;
		else if (events[i].kind == RECORDED_WRITE)
			images->durable[i] |= events[i].file == sync->file &&
					      events[i].offset >= sync->offset &&
					      events[i].offset + events[i].len_bytes <= end;
	}
	if (sync->file != RECORDING_ALL)
		images->synced_bytes[sync->file] = size_at(images, sync->file, at);
	forget_nameless(images, at);
	while (images->base_end <= at) {
		const struct recorded_event *event = &events[images->base_end];

		if ((is_change(event) || event->kind == RECORDED_WRITE) &&
		    !images->durable[images->base_end])
			break;
		if (!apply(&images->base, event, ALL_BITS, SIZE_MAX))
			break;
		images->base_end++;
	}
}

/* ---- many images ---- */

/* What is being enumerated. */
struct choosing {
	struct images *images;
	size_t at;
	size_t writes_count; /* of images->writes[] that may be there or not */
	bool with_old;       /* make each image with old bytes too */
};

static bool make_both(const struct choosing *choosing)
{
	return make(choosing->images, choosing->at, false) &&
	       (!choosing->with_old || make(choosing->images, choosing->at, true));
}

static void keep_all(const struct choosing *choosing, uint64_t bits)
{
	for (size_t i = 0; i < choosing->writes_count; i++)
		choosing->images->kept[choosing->images->writes[i]] = bits;
}

static bool make_all_subsets(const struct choosing *choosing)
{
	bool more = true;

	for (uint32_t subset = 0; more && subset < UINT32_C(1) << choosing->writes_count;
	     subset++) {
		for (size_t i = 0; i < choosing->writes_count; i++)
			choosing->images->kept[choosing->images->writes[i]] =
				subset >> i & 1 ? ALL_BITS : 0;
		more = make_both(choosing);
	}
	return more;
}

/* Of a long list: none, all, each alone, each missing, all up to each, some of the seed. */
static bool make_some_subsets(const struct choosing *choosing)
{
	uint64_t *kept = choosing->images->kept;
	const size_t *writes = choosing->images->writes;
	bool more = true;

	for (size_t n = 0; more && n < choosing->writes_count && n < IMAGES_LIST_MAX; n++) {
		size_t i = choosing->writes_count <= IMAGES_LIST_MAX
				   ? n
				   : mix_reduce(mix_next(&choosing->images->random),
						choosing->writes_count);

		keep_all(choosing, 0);
		kept[writes[i]] = ALL_BITS;
		more = make_both(choosing);
		keep_all(choosing, ALL_BITS);
		kept[writes[i]] = 0;
		more = more && make_both(choosing);
		for (size_t k = 0; k < choosing->writes_count; k++)
			kept[writes[k]] = k < i ? ALL_BITS : 0;
		more = more && make_both(choosing);
	}
	for (unsigned n = 0; more && n < IMAGES_RANDOM; n++) {
		for (size_t i = 0; i < choosing->writes_count; i++)
			kept[writes[i]] = mix_next(&choosing->images->random) & 1 ? ALL_BITS : 0;
		more = make_both(choosing);
	}
	keep_all(choosing, ALL_BITS);
	return more && make_both(choosing);
}

static bool make_subsets(const struct choosing *choosing)
{
	return choosing->writes_count <= IMAGES_SUBSET_MAX ? make_all_subsets(choosing)
							   : make_some_subsets(choosing);
}

/* The newest write torn, with all of the others there, or none. */
static bool make_torn(const struct choosing *choosing)
{
	const struct recorded_event *event = &choosing->images->recording->events[choosing->at];
	size_t bits = sectors_of(event) < BITS ? sectors_of(event) : BITS;
	uint64_t *kept = &choosing->images->kept[choosing->at],
		 full = bits < BITS ? (UINT64_C(1) << bits) - 1 : ALL_BITS;
	bool more = true;

	for (int others = 0; more && others < 2; others++) {
		keep_all(choosing, others ? ALL_BITS : 0);
		for (uint64_t mask = 1; more && bits <= IMAGES_TORN_MAX && mask < full; mask++) {
			*kept = mask;
			more = make_both(choosing);
		}
		for (size_t n = 1; more && bits > IMAGES_TORN_MAX && n < bits;
		     n = n < 2          ? bits / 2
			 : n < bits - 1 ? bits - 1
					: bits) {
			*kept = (UINT64_C(1) << n) - 1; /* a beginning */
			more = make_both(choosing);
			*kept = full & ~*kept; /* an end */
			more = more && make_both(choosing);
			*kept = (mix_next(&choosing->images->random) & full) | 1;
			more = more && make_both(choosing);
		}
	}
	*kept = ALL_BITS;
	return more;
}

/* Is there a write into the part by which its file has become longer? Then the device may have had other bytes there. */
static bool writes_new_part(const struct images *images, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct recorded_event *event = &images->recording->events[images->writes[i]];

		if (event->offset + event->len_bytes > new_from(images, event->file))
			return true;
	}
	return false;
}

bool images_at(struct images *images, size_t at, bool only_new)
{
	const struct recorded_event *events = images->recording->events;
	struct choosing choosing = {.images = images, .at = at};
	bool new_write = only_new && events[at].kind == RECORDED_WRITE;
	size_t changes_count = 0;
	bool more = true;

	for (size_t i = images->base_end; i <= at; i++) {
		if (images->durable[i] || (new_write && i == at))
			continue;
		if (events[i].kind == RECORDED_WRITE)
			images->writes[choosing.writes_count++] = i;
		else if (is_change(&events[i]))
			images->changes[changes_count++] = i;
	}
	bool has_new_part = writes_new_part(images, choosing.writes_count);
	if (new_write)
		images->kept[at] = ALL_BITS;
	for (size_t n = only_new && !new_write ? changes_count : 0; more && n <= changes_count;
	     n++) {
		for (size_t i = 0; i < changes_count; i++)
			images->kept[images->changes[i]] = i < n ? ALL_BITS : 0;
		choosing.with_old = has_new_part && n == changes_count;
		more = make_subsets(&choosing);
		if (more && new_write && sectors_of(&events[at]) > 1)
			more = make_torn(&choosing);
	}
	return more;
}

/* ---- the image as a whole ---- */

uint64_t image_hash(const struct image *image)
{
	uint64_t hash = 0;

	for (int i = 0; i < image->recording->names_count; i++) {
		if (image->names_file[i] < 0)
			continue;
		const struct image_file *file = &image->files[image->names_file[i]];

		hash = XXH3_64bits_withSeed(file->bytes, file->size_bytes,
					    hash + mix64((uint64_t)i + 1) + file->size_bytes);
	}
	return hash;
}

const struct image_file *image_find(const struct image *image, const char *name)
{
	for (int i = 0; i < image->recording->names_count; i++) {
		if (image->names_file[i] >= 0 && strcmp(image->recording->names[i], name) == 0)
			return &image->files[image->names_file[i]];
	}
	return NULL;
}
