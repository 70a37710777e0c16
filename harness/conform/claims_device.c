/* Claims on a device that fails: see failing_device.h. */
#include "claim.h"

#include "failing_device.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

#define FILE_BYTES ((size_t)1 << 20)
#define BAD_FROM   ((size_t)512 << 10)
#define BAD_TO     (BAD_FROM + 65536)
#define PART_BYTES ((size_t)3000)

static void fill(unsigned char *bytes, uint64_t offset, size_t len_bytes)
{
	claim_fill(bytes, 1, offset, len_bytes);
}

/* Mounts it in place of test->path, and makes that the path of the file. */
static bool mount_device(struct claim_test *test)
{
	static const struct failing_device device = {
		.size_bytes = FILE_BYTES, .bad_from = BAD_FROM, .bad_to = BAD_TO, .fill = fill};
	struct why why = {""};

	if (mkdir(test->path, 0777)) {
		claim_says(test, CLAIM_CANNOT, "no folder: %s", strerror(errno));
		return false;
	}
	if (failing_device_mount(&device, test->path, &why)) {
		claim_says(test, CLAIM_CANNOT, "%.150s", why.text);
		return false;
	}
	return true;
}

static void path_of(const struct claim_test *test, char *path, size_t size)
{
	snprintf(path, size, "%s/" FAILING_NAME, test->path);
}

/* Of what cannot be read nothing is given out for read. */
static enum claim_verdict prove_part(struct claim_test *test, struct engine *engine, size_t offset)
{
	unsigned char bytes[4 * PART_BYTES];
	struct engine_extent extents[4];
	struct why why = {""};
	int err = engine->ops->read(engine, offset, bytes, PART_BYTES);

	CLAIM_HOLDS(test,
		    err || engine_health(engine, NULL) || claim_has(bytes, 1, offset, PART_BYTES),
		    "read at %zu gives other bytes, without an error", offset);
	for (size_t i = 0; i < 4; i++)
		extents[i] = (struct engine_extent){offset + i * 40000, PART_BYTES,
						    bytes + i * PART_BYTES};
	err = engine_read_batch(engine, extents, 4);
	int health = engine_health(engine, &why);
	for (size_t i = 0; !err && !health && i < 4; i++)
		CLAIM_HOLDS(test, claim_has(extents[i].buffer, 1, extents[i].offset, PART_BYTES),
			    "a batch at %zu gives other bytes, without an error", offset);
	CLAIM_HOLDS(test, !health || (health == -EIO && *why.text), "health gives %d: '%s'", health,
		    why.text);
	return CLAIM_SHOWN;
}

/* Through a pointer: zeros, and health() tells. */
static enum claim_verdict prove_loads(struct claim_test *test, struct engine *engine)
{
	const unsigned char *whole =
		engine->ops->map ? engine->ops->map(engine, 0, FILE_BYTES) : NULL;

	if (!whole)
		return CLAIM_SHOWN;
	CLAIM_HOLDS(test, claim_has(whole, 1, 0, PART_BYTES), "map gives other bytes");
	CLAIM_HOLDS(test, ((const volatile unsigned char *)whole)[BAD_FROM + 5000] == 0,
		    "what cannot be read is not zero");
	CLAIM_HOLDS(test, engine_health(engine, NULL) == -EIO,
		    "health does not tell of a load that has failed");
	return CLAIM_SHOWN;
}

/* Opens the device's file, whose path goes to `path`. False: the verdict says why there is nothing more to prove. */
static bool open_on_device(struct claim_test *test, unsigned flags, char *path, size_t path_size,
			   struct engine **engine)
{
	if (!mount_device(test))
		return false;
	path_of(test, path, path_size);
	int err = engine_ops_open(test->subject->ops, path, flags, test->subject->options, engine);
	if (err == -EOPNOTSUPP)
		claim_says(test, CLAIM_CANNOT, "the engine does not work on FUSE");
	else if (err == -EIO)
		claim_says(test, CLAIM_SHOWN, "open gives the error");
	else if (err)
		claim_says(test, CLAIM_WRONG, "open gives %d (%s)", err, strerror(-err));
	return err == 0;
}

static enum claim_verdict prove_failing_read(struct claim_test *test)
{
	struct engine *engine = NULL;
	char path[4200];

	if (!open_on_device(test, ENGINE_OPEN_READ, path, sizeof(path), &engine))
		return test->verdict;
	if (prove_loads(test, engine) != CLAIM_SHOWN)
		return test->verdict;
	(void)engine->ops->close(engine);
	int err = engine_ops_open(test->subject->ops, path, ENGINE_OPEN_READ,
				  test->subject->options, &engine);
	CLAIM_HOLDS(test, err == 0, "the second open gives %d (%s)", err, strerror(-err));
	static const size_t offsets[] = {0, BAD_FROM - 100, BAD_FROM, BAD_TO - 10, BAD_TO + 100000};
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		if (prove_part(test, engine, offsets[i]) != CLAIM_SHOWN)
			return test->verdict;
	}
	(void)engine->ops->close(engine);
	return claim_says(test, CLAIM_SHOWN,
			  "what the device cannot read is an error, from the hook or health");
}

/* Written where it cannot: some hook says so, and no later sync says that all is well. */
static enum claim_verdict prove_failing_write(struct claim_test *test)
{
	unsigned char bytes[PART_BYTES] = {7};
	struct engine *engine = NULL;
	char path[4200];

	if (!open_on_device(test, ENGINE_OPEN_WRITE, path, sizeof(path), &engine))
		return test->verdict;
	int write_err = engine->ops->write(engine, BAD_FROM + 1000, bytes, PART_BYTES);
	int sync_err = engine->ops->sync(engine);
	int again_err = engine->ops->sync(engine);
	int health = engine_health(engine, NULL);
	CLAIM_HOLDS(test, write_err || sync_err || health,
		    "what the device cannot write is synced, without an error");
	CLAIM_HOLDS(test, write_err || !sync_err || again_err,
		    "a second sync says that all is well");
	if (engine->ops->drop_cache)
		(void)engine->ops->drop_cache(engine);
	(void)engine->ops->close(engine);
	return claim_says(test, CLAIM_SHOWN, "write gives %d, sync %d, health %d", write_err,
			  sync_err, health);
}

static bool is_mounted_once(const struct conform_subject *subject)
{
	return strchr(subject->text, ' ') == NULL; /* not each option with a small cache as well */
}

/* ---- whose SIGBUS is it? ---- */

static sigjmp_buf back;
static volatile sig_atomic_t caught_count;

static void catch_plain(int number)
{
	(void)number;
	caught_count++;
	siglongjmp(back, 1);
}

static void catch_info(int number, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	catch_plain(number);
}

static void load_beyond_end(void)
{
	int fd = memfd_create("short", MFD_CLOEXEC);
	const volatile unsigned char *bytes = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	if (bytes != MAP_FAILED)
		(void)bytes[0];
}

enum handler { BY_DEFAULT, IGNORED, PLAIN, WITH_INFO, HANDLERS };

struct others {
	struct claim_test *test;
	enum handler handler;
};

/* A load that is none of the engine's, and a signal that somebody sends. */
static void use_handler(void *context)
{
	struct others *others = context;
	struct sigaction action = {.sa_handler = others->handler == IGNORED ? SIG_IGN : SIG_DFL};
	struct engine *engine;

	if (others->handler == PLAIN)
		action.sa_handler = catch_plain;
	if (others->handler == WITH_INFO) {
		action.sa_sigaction = catch_info;
		action.sa_flags = SA_SIGINFO;
	}
	sigaction(SIGBUS, &action, NULL);
	engine = claim_open(others->test, others->test->path, ENGINE_OPEN_READ);
	if (!engine)
		return;
	if (others->handler == IGNORED)
		raise(SIGBUS);
	else if (sigsetjmp(back, 1) == 0)
		load_beyond_end();
	if (others->handler == PLAIN && sigsetjmp(back, 1) == 0)
		raise(SIGBUS);
	(void)engine->ops->close(engine);
	others->test->done = caught_count == (others->handler == PLAIN       ? 2
					      : others->handler == WITH_INFO ? 1
									     : 0);
}

static enum claim_verdict prove_others(struct claim_test *test)
{
	if (!claim_write_file(test, test->path, 1, FILE_BYTES))
		return test->verdict;
	for (unsigned handler = 0; handler < HANDLERS; handler++) {
		struct others others = {test, (enum handler)handler};
		int status = 0;

		test->done = false;
		int err = child_run(use_handler, &others, 20, NULL, NULL, &status);
		CLAIM_HOLDS(test, err == 0, "no process");
		if (handler == BY_DEFAULT)
			CLAIM_HOLDS(test, WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS,
				    "a SIGBUS of somebody else does not end the process: %d",
				    status);
		else
			CLAIM_HOLDS(test, test->done,
				    "a SIGBUS of somebody else does not reach its handler: %d",
				    status);
	}
	return claim_says(test, CLAIM_SHOWN, "a SIGBUS of somebody else is left to them");
}

const struct claim claims_of_devices[] = {
	{.name = "failing-read", .is_made = is_mounted_once, .prove = prove_failing_read},
	{.name = "failing-write",
	 .excluded = ENGINE_READ_ONLY,
	 .is_made = is_mounted_once,
	 .prove = prove_failing_write},
	{.name = "other-sigbus", .capabilities = ENGINE_MAY_SIGBUS, .prove = prove_others},
	{.name = NULL},
};
