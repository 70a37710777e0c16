/* See damage.h. CRC32 by zlib. */
#include "damage.h"

#include "../../layouts/support/bytes.h"
#include "../../layouts/support/checksums.h"
#include "../../layouts/support/sidecar.h"
#include "../../workloads/support/mix.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define WORD_BYTES     ((size_t)8)
#define BLOCK_BYTES    CHECKSUM_BLOCK_BYTES
#define GROWN_BLOCKS   32 /* at most: DAMAGE_GROW */
#define STREAM_NOISE   61
#define BESIDE_CHOICES 5

/* ---- files ---- */

static char *path_of(const struct layout_ops *layout, const char *path, size_t file)
{
	char *text;

	return asprintf(&text, "%s%s", path, file ? layout->sidecar : "") < 0 ? NULL : text;
}

static size_t files_count(const struct layout_ops *layout)
{
	return layout->sidecar ? 2 : 1;
}

static int read_whole(const char *path, struct damage_file *file)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;

	file->exists = fd >= 0;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &status))
		err = -errno;
	if (!err) {
		file->size_bytes = (size_t)status.st_size;
		file->bytes = malloc(file->size_bytes + 1);
		err = !file->bytes ? -ENOMEM
		      : pread(fd, file->bytes, file->size_bytes, 0) != (ssize_t)file->size_bytes
			      ? -EIO
			      : 0;
	}
	close(fd);
	return err;
}

static int write_whole(const char *path, const struct damage_file *file)
{
	int err = 0;

	if (!file->exists)
		return unlink(path) && errno != ENOENT ? -errno : 0;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	if (pwrite(fd, file->bytes, file->size_bytes, 0) != (ssize_t)file->size_bytes)
		err = -EIO;
	close(fd);
	return err;
}

int damage_save(struct damage *damage, const struct layout_ops *layout, const char *path)
{
	int err = 0;

	damage->is_saved = true;
	for (size_t i = 0; !err && i < files_count(layout); i++) {
		char *name = path_of(layout, path, i);

		err = name ? read_whole(name, &damage->whole[i]) : -ENOMEM;
		free(name);
	}
	return err;
}

static void release(struct damage_file *files)
{
	free(files[0].bytes);
	free(files[1].bytes);
}

void damage_release(struct damage *damage)
{
	release(damage->whole);
	*damage = (struct damage){.is_saved = false};
}

/* ---- places ---- */

struct place {
	size_t file, at; /* the file, and the first byte of the word */
};

static const char *name_of(const struct place *place)
{
	return place->file ? "sidecar" : "file";
}

static bool is_zero(const struct damage_file *file, size_t at)
{
	static const unsigned char zeros[WORD_BYTES];
	size_t left = file->size_bytes - at;

	return memcmp(file->bytes + at, zeros, left < WORD_BYTES ? left : WORD_BYTES) == 0;
}

/* A word counts if it, or a word next to it, is not zero. */
static bool counts(const struct damage_file *file, size_t at)
{
	return !is_zero(file, at) || (at >= WORD_BYTES && !is_zero(file, at - WORD_BYTES)) ||
	       (file->size_bytes - at > WORD_BYTES && !is_zero(file, at + WORD_BYTES));
}

/* Finds word number `number` of those that count; their number if there are fewer. */
static uint64_t find(const struct damage *damage, uint64_t number, struct place *place)
{
	uint64_t count = 0;

	for (size_t i = 0; i < DAMAGE_FILES_COUNT; i++) {
		const struct damage_file *file = &damage->whole[i];

		for (size_t at = 0; at < file->size_bytes; at += WORD_BYTES) {
			if (!counts(file, at) || count++ < number)
				continue;
			*place = (struct place){i, at};
			return count;
		}
	}
	return count;
}

/* ---- changes ---- */

/* What a field may be that is wrong: both ends of ranges, small numbers, and what is close to the old value. */
static uint64_t value_of(unsigned value, uint64_t old, size_t size_bytes)
{
	const uint64_t values[] = {
		0,
		1,
		old + 1,
		old - 1,
		UINT64_MAX,
		old + 8,
		old - 8,
		size_bytes,
		2,
		old * 2,
		old / 2,
		UINT64_MAX - 1,
		INT64_MAX,
		UINT64_C(1) << 63,
		UINT64_C(1) << 32,
		UINT32_MAX,
		UINT64_C(1) << 31,
		old + 4096,
		old - 4096,
		old + 256,
		old - 256,
		old + 16,
		old - 16,
		size_bytes - 8,
		size_bytes + 1,
		old + (UINT64_C(1) << 52), /* × 4096 is × 2^64 */
		old + (UINT64_C(1) << 56),
		old + (UINT64_C(1) << 61),
		UINT64_MAX / 4096 + 1,
		UINT64_MAX / 8 + 1,
		3,
		old ^ 0xff,
	};

	return values[value % (sizeof(values) / sizeof(values[0]))];
}

static void fill_noise(unsigned char *bytes, size_t len_bytes, uint64_t seed)
{
	for (size_t i = 0; i < len_bytes; i++)
		bytes[i] = (unsigned char)mix_at(STREAM_NOISE + seed, i);
}

/* The word at `at`, of a file that may end within it. */
static void change_word(struct damage *damage, struct damage_file *file, const struct place *place,
			unsigned kind, unsigned value)
{
	unsigned char word[WORD_BYTES] = {0};
	size_t left = file->size_bytes - place->at;
	size_t len_bytes = left < WORD_BYTES ? left : WORD_BYTES;

	memcpy(word, file->bytes + place->at, len_bytes);
	uint64_t before = le_get64(word);
	if (kind == DAMAGE_FLIP) {
		unsigned bit = value % (unsigned)(8 * len_bytes);

		word[bit / 8] ^= (unsigned char)(1u << bit % 8);
	} else if (kind == DAMAGE_LITTLE) {
		le_put64(word, value_of(value, before, file->size_bytes));
	} else if (kind == DAMAGE_BIG) {
		be_put64(word, value_of(value, be_get64(word), file->size_bytes));
	} else {
		unsigned char *half = word + (value % 2 ? 4 : 0);

		le_put32(half, (uint32_t)value_of(value / 2, le_get32(half), file->size_bytes));
	}
	memcpy(file->bytes + place->at, word, len_bytes);
	snprintf(damage->text, sizeof(damage->text),
		 "%s: byte %zu: %016" PRIx64 " is now %016" PRIx64, name_of(place), place->at,
		 be64toh(htole64(before)), be_get64(word));
}

/* Noise, or another block. */
static void change_bytes(struct damage *damage, struct damage_file *file, const struct place *place,
			 unsigned kind, unsigned value)
{
	size_t at = place->at, left = file->size_bytes - at;

	if (kind == DAMAGE_NOISE) {
		size_t len_bytes = WORD_BYTES * (1 + value % 8);

		len_bytes = len_bytes < left ? len_bytes : left;
		fill_noise(file->bytes + at, len_bytes, value);
		snprintf(damage->text, sizeof(damage->text),
			 "%s: %zu random bytes from byte %zu on", name_of(place), len_bytes, at);
		return;
	}
	size_t blocks = (file->size_bytes + BLOCK_BYTES - 1) / BLOCK_BYTES, to = at / BLOCK_BYTES;
	size_t from = (to + 1 + value) % blocks, longer = from > to ? from : to;
	size_t room = file->size_bytes - longer * BLOCK_BYTES;

	memmove(file->bytes + to * BLOCK_BYTES, file->bytes + from * BLOCK_BYTES,
		room < BLOCK_BYTES ? room : BLOCK_BYTES);
	snprintf(damage->text, sizeof(damage->text), "%s: block %zu is now block %zu",
		 name_of(place), to, from);
}

static void change_length(struct damage *damage, struct damage_file *file,
			  const struct place *place, unsigned kind, unsigned value)
{
	size_t before = file->size_bytes, end = place->at + value;

	if (kind == DAMAGE_CUT) {
		file->size_bytes = end < before ? end : before;
	} else {
		size_t more =
			value < GROWN_BLOCKS ? value + 1 : (value - GROWN_BLOCKS + 1) * BLOCK_BYTES;

		memset(file->bytes + before, 0, more);
		if (value % 2)
			fill_noise(file->bytes + before, more, value);
		file->size_bytes += more;
	}
	snprintf(damage->text, sizeof(damage->text), "%s: of %zu bytes it has %zu", name_of(place),
		 before, file->size_bytes);
}

static int change_beside(struct damage *damage, struct damage_file *files, unsigned value)
{
	static const char *const texts[BESIDE_CHOICES] = {"is not there", "is empty", "is zeros",
							  "is random bytes", "is the graph's file"};
	struct damage_file *beside = &files[1];
	unsigned choice = value % BESIDE_CHOICES;

	if (choice == 4) {
		free(beside->bytes);
		*beside = files[0];
		beside->bytes = malloc(beside->size_bytes + 1);
		if (!beside->bytes)
			return -ENOMEM;
		memcpy(beside->bytes, files[0].bytes, beside->size_bytes);
	} else if (beside->exists) {
		beside->exists = choice != 0;
		if (choice == 1)
			beside->size_bytes = 0;
		memset(beside->bytes, 0, beside->size_bytes);
		if (choice == 3)
			fill_noise(beside->bytes, beside->size_bytes, value);
	}
	snprintf(damage->text, sizeof(damage->text), "the sidecar %s", texts[choice]);
	return 0;
}

/* ---- checksums ---- */

static void repair_blocks(struct damage_file *file)
{
	uint64_t data_bytes = le_get64(file->bytes + HEADER_AT_DATA_BYTES);
	uint64_t block = 0;

	if (le_get32(file->bytes + HEADER_AT_CHECKSUMS) != 1 ||
	    header_file_bytes(data_bytes, true) != file->size_bytes)
		return;
	for (uint64_t from = 0; from < data_bytes; from += BLOCK_BYTES, block++) {
		uint64_t begin = from ? from : HEADER_BYTES;
		uint64_t end = from + BLOCK_BYTES < data_bytes ? from + BLOCK_BYTES : data_bytes;

		le_put32(file->bytes + data_bytes + CHECKSUM_BYTES * block,
			 (uint32_t)crc32(0, file->bytes + begin, (uInt)(end - begin)));
	}
}

static void repair_header(struct damage_file *file)
{
	memset(file->bytes + HEADER_AT_CRC, 0, CHECKSUM_BYTES);
	le_put32(file->bytes + HEADER_AT_CRC, (uint32_t)crc32(0, file->bytes, (uInt)HEADER_BYTES));
}

/* Makes the checksums right that the formats have (header.h, checksums.h, sidecar.h), where there is room for them. */
static void repair(const struct layout_ops *layout, struct damage_file *files)
{
	struct damage_file *graph = &files[0], *beside = &files[1];

	if (graph->size_bytes >= HEADER_BYTES) {
		repair_blocks(graph);
		repair_header(graph);
	}
	if (layout->sidecar && beside->exists && beside->size_bytes >= SIDECAR_HEAD_BYTES) {
		le_put32(beside->bytes + SIDECAR_AT_ENTRIES_CRC,
			 (uint32_t)crc32(0, beside->bytes + SIDECAR_HEAD_BYTES,
					 (uInt)(beside->size_bytes - SIDECAR_HEAD_BYTES)));
		le_put32(beside->bytes + SIDECAR_AT_HEAD_CRC,
			 (uint32_t)crc32(0, beside->bytes, SIDECAR_AT_HEAD_CRC));
	}
}

/* What a process leaves that was killed after checksums_begin(). A file without a header of ours stays as it is. */
static void change_state(struct damage *damage, struct damage_file *file, unsigned value)
{
	if (file->size_bytes < HEADER_BYTES)
		return;
	uint64_t data_bytes = le_get64(file->bytes + HEADER_AT_DATA_BYTES);
	le_put32(file->bytes + HEADER_AT_STATE, 1);
	repair_header(file);
	if (value % 2 == 0 && data_bytes >= HEADER_BYTES && data_bytes < file->size_bytes)
		file->size_bytes = (size_t)data_bytes;
	snprintf(damage->text, sizeof(damage->text), "file: changed and not closed, %zu bytes",
		 file->size_bytes);
}

/* ---- all of it ---- */

static int change_files(struct damage *damage, const struct layout_ops *layout,
			struct damage_file *files, const struct place *place, uint32_t change)
{
	unsigned value = DAMAGE_VALUE(change), kind = DAMAGE_KIND(change) % DAMAGE_KINDS_COUNT;
	struct damage_file *file = place->file ? &files[1] : &files[0];

	if (kind == DAMAGE_BESIDE && !layout->sidecar)
		kind = DAMAGE_FLIP;
	switch (kind) {
	case DAMAGE_NOISE:
	case DAMAGE_BLOCK:
		change_bytes(damage, file, place, kind, value);
		return 0;
	case DAMAGE_CUT:
	case DAMAGE_GROW:
		change_length(damage, file, place, kind, value);
		return 0;
	case DAMAGE_BESIDE:
		return change_beside(damage, files, value);
	case DAMAGE_BEGUN:
		change_state(damage, &files[0], value);
		return 0;
	default:
		change_word(damage, file, place, kind, value);
		return 0;
	}
}

static int copy_files(const struct damage *damage, struct damage_file *files)
{
	for (size_t i = 0; i < DAMAGE_FILES_COUNT; i++) {
		files[i] = damage->whole[i];
		/* There is room for all that a file may grow by. */
		files[i].bytes = calloc(1, files[i].size_bytes + (GROWN_BLOCKS + 1) * BLOCK_BYTES);
		if (!files[i].bytes)
			return -ENOMEM;
		if (files[i].size_bytes)
			memcpy(files[i].bytes, damage->whole[i].bytes, files[i].size_bytes);
	}
	return 0;
}

int damage_apply(struct damage *damage, const struct layout_ops *layout, const char *path,
		 uint32_t place, uint32_t change)
{
	struct damage_file files[DAMAGE_FILES_COUNT] = {{.bytes = NULL}, {.bytes = NULL}};
	struct place found = {0, 0};
	uint64_t count = find(damage, UINT64_MAX, &found);
	int err = copy_files(damage, files);

	*damage->text = '\0';
	if (!err && count > 0) {
		(void)find(damage, place % count, &found);
		err = change_files(damage, layout, files, &found, change);
	}
	if (!err && DAMAGE_IS_REPAIRED(change))
		repair(layout, files);
	for (size_t i = 0; !err && i < files_count(layout); i++) {
		char *name = path_of(layout, path, i);

		err = name ? write_whole(name, &files[i]) : -ENOMEM;
		free(name);
	}
	release(files);
	return err;
}
