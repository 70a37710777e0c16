/* Claims on writing: what is on the device after a sync, what is there after close, and the room for it. */
#include "claim.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define FILE_BYTES  ((size_t)64 << 10)
#define ROOM_BYTES  ((size_t)1 << 20)
#define LIMIT_BYTES ((size_t)4 << 20)
#define SYNCS       2
#define FLUSHES     15 /* index of their number in stat of a device, from 0 */

/* ---- sync ---- */

/* Writes and syncs, with marks around each sync; the last bytes written are neither in one page nor in order. */
static enum claim_verdict prove_sync(struct claim_test *test)
{
	struct engine *engine = claim_create(test, test->path, 1, FILE_BYTES);

	if (!engine)
		return test->verdict;
	for (size_t round = 0; round < SYNCS; round++) {
		int err = engine->ops->write(engine, 40000 + round, "later", 5);

		if (!err)
			err = engine->ops->write(engine, 10 + round * 100, "earlier", 7);
		CLAIM_HOLDS(test, err == 0, "write gives %d (%s)", err, strerror(-err));
		recording_mark(RECORDED_BEGIN, round);
		intercept_arm(&test->intercept);
		err = engine->ops->sync(engine);
		intercept_unarm(&test->intercept);
		recording_mark(RECORDED_END, round);
		CLAIM_HOLDS(test, err == 0, "sync gives %d (%s)", err, strerror(-err));
	}
	return claim_says(test, CLAIM_SHOWN, "each write is followed by a sync of the kernel");
}

static bool changes_file(const struct recorded_event *event)
{
	return event->kind == RECORDED_WRITE || event->kind == RECORDED_SIZE;
}

/* Is the event covered by a sync of the kernel, before event `end`? */
static bool is_synced(const struct recording *recording, size_t at, size_t end)
{
	const struct recorded_event *written = &recording->events[at];

	for (size_t i = at + 1; i < end; i++) {
		const struct recorded_event *event = &recording->events[i];
		uint64_t end_bytes = event->len_bytes > UINT64_MAX - event->offset
					     ? UINT64_MAX
					     : event->offset + event->len_bytes;

		if (event->kind != RECORDED_SYNC || event->file != written->file)
			continue;
		if (written->kind == RECORDED_SIZE ||
		    (event->offset <= written->offset &&
		     end_bytes >= written->offset + written->len_bytes))
			return true;
	}
	return false;
}

/* Everything that the file got before a sync has returned was synced by the kernel. */
static enum claim_verdict judge_sync(struct claim_test *test, const struct recording *recording)
{
	size_t ends = 0, writes = 0;

	if (recording->err)
		return claim_says(test, CLAIM_CANNOT, "its calls cannot be recorded: %s",
				  strerror(-recording->err));
	for (size_t end = 0; end < recording->count; end++) {
		if (recording->events[end].kind != RECORDED_END)
			continue;
		ends++;
		for (size_t at = 0; at < end; at++) {
			if (!changes_file(&recording->events[at]))
				continue;
			writes += recording->events[at].kind == RECORDED_WRITE;
			if (is_synced(recording, at, end))
				continue;
			if (test->calls.ring_count > 0)
				return claim_says(test, CLAIM_CANNOT,
						  "sync uses an io_uring, which no call shows");
			return claim_says(test, CLAIM_WRONG,
					  "sync returns without a sync of the kernel after the "
					  "last write");
		}
	}
	if (ends != SYNCS || writes == 0)
		return claim_says(test, CLAIM_WRONG,
				  "what was written is not in the file after sync");
	return CLAIM_SHOWN;
}

/* ---- flushes of the device ---- */

/* A number of the device's directory in /sys, or of its parent, where a partition has it. */
static FILE *open_device(dev_t device, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", major(device), minor(device), name);
	FILE *file = fopen(path, "re");
	if (file)
		return file;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../%s", major(device), minor(device),
		 name);
	return fopen(path, "re");
}

static bool caches_writes(dev_t device)
{
	char text[32] = "";
	FILE *file = open_device(device, "queue/write_cache");

	if (file && !fgets(text, sizeof(text), file))
		text[0] = '\0';
	if (file)
		fclose(file);
	return strncmp(text, "write back", 10) == 0;
}

/* How often the device was flushed since it is there; -1: it is not known. */
static int64_t flushes_count(dev_t device)
{
	FILE *file = open_device(device, "stat");
	int64_t value = -1;

	for (int i = 0; file && i <= FLUSHES; i++) {
		if (fscanf(file, "%" SCNd64, &value) != 1) {
			value = -1;
			break;
		}
	}
	if (file)
		fclose(file);
	return value;
}

/* Can flushes be seen: does one follow an fdatasync() of our own? The device is in *device. */
static bool sees_flushes(struct claim_test *test, dev_t *device)
{
	struct stat status;

	if (!claim_write_file(test, test->other, 1, FILE_BYTES) || stat(test->other, &status))
		return false;
	*device = status.st_dev;
	if (flushes_count(*device) < 0)
		claim_says(test, CLAIM_CANNOT, "the device of this file system counts no flushes");
	else if (!caches_writes(*device))
		claim_says(test, CLAIM_CANNOT, "the device has no cache that could be flushed");
	if (test->verdict == CLAIM_CANNOT)
		return false;
	int64_t before = flushes_count(*device);
	int fd = open(test->other, O_WRONLY | O_CLOEXEC);
	bool is_synced = fd >= 0 && fdatasync(fd) == 0;
	if (fd >= 0)
		close(fd);
	if (is_synced && flushes_count(*device) > before)
		return true;
	claim_says(test, CLAIM_CANNOT, "fdatasync makes no flush that the device counts");
	return false;
}

static enum claim_verdict prove_flush(struct claim_test *test)
{
	dev_t device;
	int64_t flushed = 0;

	if (!sees_flushes(test, &device))
		return test->verdict;
	struct engine *engine = claim_create(test, test->path, 1, FILE_BYTES);
	if (!engine)
		return test->verdict;
	for (size_t round = 0; round < SYNCS; round++) {
		int err = engine->ops->write(engine, 40000 + round, "later", 5);
		int64_t before = flushes_count(device);

		if (!err)
			err = engine->ops->sync(engine);
		CLAIM_HOLDS(test, err == 0, "write and sync give %d (%s)", err, strerror(-err));
		flushed += flushes_count(device) > before;
	}
	CLAIM_HOLDS(test, flushed == SYNCS, "sync returns, but the device was not flushed");
	return claim_says(test, CLAIM_SHOWN, "the device counts a flush at each sync");
}

/* ---- what stays ---- */

static enum claim_verdict prove_persistent(struct claim_test *test)
{
	struct engine *engine = claim_create(test, test->path, 1, FILE_BYTES + 1);

	if (!engine)
		return test->verdict;
	int err = engine->ops->write(engine, FILE_BYTES - 20000, "lost?", 5);
	CLAIM_HOLDS(test, err == 0, "write gives %d (%s)", err, strerror(-err));
	err = engine->ops->close(engine);
	CLAIM_HOLDS(test, err == 0, "close gives %d (%s)", err, strerror(-err));
	engine = claim_open(test, test->path, ENGINE_OPEN_WRITE);
	if (!engine)
		return test->verdict;
	unsigned char found[5], expected[5];
	claim_fill(expected, 1, FILE_BYTES - 20000, 5);
	err = engine->ops->read(engine, FILE_BYTES - 20000, found, 5);
	CLAIM_HOLDS(test, err == 0 && memcmp(found, "lost?", 5) == 0,
		    "what was written last is lost by close");
	err = engine->ops->write(engine, FILE_BYTES - 20000, expected, 5);
	CLAIM_HOLDS(test, err == 0, "write gives %d (%s)", err, strerror(-err));
	CLAIM_HOLDS(test, claim_reads(engine, 1, FILE_BYTES + 1), "bytes are lost by close");
	err = engine->ops->close(engine);
	CLAIM_HOLDS(test, err == 0 && claim_file_has(test->path, 1, FILE_BYTES + 1),
		    "bytes are lost by close");
	return claim_says(test, CLAIM_SHOWN, "all bytes are in the file after close");
}

/* ---- room ---- */

/* Does the file system reserve room, and does stat() show it? */
static bool reserves(struct claim_test *test)
{
	struct stat status;
	int fd = open(test->other, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	bool is_shown = fd >= 0 && fallocate(fd, 0, 0, (off_t)ROOM_BYTES) == 0 &&
			fstat(fd, &status) == 0 && (uint64_t)status.st_blocks * 512 >= ROOM_BYTES;

	if (fd >= 0)
		close(fd);
	return is_shown;
}

static uint64_t allocated_bytes(const char *path)
{
	struct stat status;

	return stat(path, &status) ? 0 : (uint64_t)status.st_blocks * 512;
}

/* A file may not become longer than this process may write: as on a full disk, resize has to say so. */
static enum claim_verdict prove_limit(struct claim_test *test, struct engine *engine)
{
	const struct rlimit limit = {LIMIT_BYTES, LIMIT_BYTES};

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit))
		return claim_says(test, CLAIM_CANNOT, "files cannot be limited: %s",
				  strerror(errno));
	int err = engine->ops->resize(engine, 2 * LIMIT_BYTES);
	CLAIM_HOLDS(test, err == -EFBIG, "resize beyond the limit of the process gives %d", err);
	CLAIM_HOLDS(test, claim_reads(engine, 1, FILE_BYTES),
		    "a resize that has failed changes the size or the bytes");
	err = engine->ops->resize(engine, UINT64_MAX);
	CLAIM_HOLDS(test, err < 0, "resize to 2^64 - 1 bytes succeeds");
	CLAIM_HOLDS(test, claim_reads(engine, 1, FILE_BYTES),
		    "a resize that has failed changes the size or the bytes");
	return CLAIM_SHOWN;
}

static enum claim_verdict prove_reserve(struct claim_test *test)
{
	struct engine *engine = claim_create(test, test->path, 1, FILE_BYTES);

	if (!engine || prove_limit(test, engine) != CLAIM_SHOWN)
		return test->verdict;
	if (!reserves(test))
		return claim_says(test, CLAIM_CANNOT,
				  "the file system reserves no room, or stat() "
				  "does not show it");
	int err = engine->ops->resize(engine, ROOM_BYTES);
	CLAIM_HOLDS(test, err == 0, "resize gives %d (%s)", err, strerror(-err));
	uint64_t found_bytes = allocated_bytes(test->path);
	CLAIM_HOLDS(test, found_bytes >= ROOM_BYTES,
		    "resize to %zu bytes reserves %" PRIu64 " on the device", ROOM_BYTES,
		    found_bytes);
	return claim_says(test, CLAIM_SHOWN,
			  "room is reserved, and a resize that fails changes nothing");
}

const struct claim claims_of_writing[] = {
	{.name = "sync",
	 .capabilities = ENGINE_PERSISTENT,
	 .excluded = ENGINE_READ_ONLY,
	 .means = CLAIM_BY_RECORDING,
	 .prove = prove_sync,
	 .judge = judge_sync},
	{.name = "flush",
	 .capabilities = ENGINE_PERSISTENT,
	 .excluded = ENGINE_READ_ONLY,
	 .prove = prove_flush},
	{.name = "persistent",
	 .capabilities = ENGINE_PERSISTENT,
	 .excluded = ENGINE_READ_ONLY,
	 .is_capability = true,
	 .prove = prove_persistent},
	{.name = "reserve",
	 .capabilities = ENGINE_PERSISTENT,
	 .excluded = ENGINE_READ_ONLY,
	 .prove = prove_reserve},
	{.name = NULL},
};
