/* Claims on what else there is: the folder, descriptors, threads, counts of calls, and other processes that cut off the file. */
#include "claim.h"

#include "leaks.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_BYTES    ((size_t)256 << 10)
#define LEFT_BYTES    ((size_t)4096) /* of a file that is cut off */
#define PART_BYTES    ((size_t)1000)
#define THREADS_MAX   512
#define KERNEL_WORKER 0x10u

/* ---- probe ---- */

static size_t entries_count(const char *folder)
{
	DIR *entries = opendir(folder);
	size_t count = 0;

	while (entries && readdir(entries))
		count++;
	if (entries)
		closedir(entries);
	return count;
}

static bool has_probe(const struct conform_subject *subject)
{
	return subject->ops->probe || subject->ops->probe_of;
}

static enum claim_verdict prove_probe(struct claim_test *test)
{
	size_t files_count = entries_count(test->folder), open_count = leaks_count(test->path);
	const uint64_t *options[] = {test->subject->options, NULL, test->subject->options};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		struct why why = {""};
		int err = engine_ops_probe(test->subject->ops, test->folder, options[i], &why);

		CLAIM_HOLDS(test, err == 0 || err == -EOPNOTSUPP, "probe gives %d", err);
		CLAIM_HOLDS(test, err == 0 || *why.text, "probe gives no reason");
		CLAIM_HOLDS(test, entries_count(test->folder) == files_count,
			    "probe leaves a file in the folder");
		CLAIM_HOLDS(test, leaks_count(test->path) == open_count,
			    "probe leaves descriptors or mappings open");
	}
	return claim_says(test, CLAIM_SHOWN, "no file, descriptor or mapping is left");
}

/* ---- a file that is cut off ---- */

static bool cut_off(struct claim_test *test)
{
	if (!truncate(test->path, LEFT_BYTES))
		return true;
	claim_says(test, CLAIM_CANNOT, "the file cannot be cut off: %s", strerror(errno));
	return false;
}

/* An error, from the hook or from health(), or else the bytes that the engine had before. */
static enum claim_verdict prove_truncated_read(struct claim_test *test, bool has_read)
{
	unsigned char bytes[PART_BYTES] = {0};
	size_t offset = FILE_BYTES / 2;
	struct why why = {""};

	struct engine *engine = claim_open_written(test, 1, FILE_BYTES);
	if (!engine)
		return test->verdict;
	CLAIM_HOLDS(test, !has_read || claim_reads(engine, 1, FILE_BYTES),
		    "reading gives other bytes");
	if (!cut_off(test))
		return test->verdict;
	int err = engine->ops->read(engine, offset, bytes, PART_BYTES);
	int health = engine_health(engine, &why);
	CLAIM_HOLDS(test, err || health || claim_has(bytes, 1, offset, PART_BYTES),
		    "where the file was cut off, read gives bytes that it never had, without an "
		    "error");
	CLAIM_HOLDS(test, !health || *why.text, "health gives no reason");
	/* What stands in front of another engine tells what that one knows. */
	CLAIM_HOLDS(test, !err || health || !(test->subject->ops->capabilities & ENGINE_WRAPS),
		    "read gives %d, but health does not tell", err);
	(void)engine->ops->close(engine);
	return claim_says(test, CLAIM_SHOWN, "%s",
			  err || health ? "reading what was cut off is an error"
					: "what was cut off is read from the engine's memory");
}

static enum claim_verdict prove_truncated(struct claim_test *test)
{
	enum claim_verdict verdict = prove_truncated_read(test, true);

	return verdict == CLAIM_SHOWN ? prove_truncated_read(test, false) : verdict;
}

/* An instance that writes lives on too. What it gives is its own affair: two processes have changed the file. */
static enum claim_verdict prove_truncated_writer(struct claim_test *test)
{
	struct engine *engine = claim_create(test, test->path, 1, FILE_BYTES);
	unsigned char bytes[PART_BYTES] = {0};

	if (!engine)
		return test->verdict;
	if (!cut_off(test))
		return test->verdict;
	(void)engine->ops->write(engine, FILE_BYTES / 2, bytes, PART_BYTES);
	(void)engine->ops->read(engine, FILE_BYTES / 2, bytes, PART_BYTES);
	(void)engine->ops->sync(engine);
	(void)engine->ops->resize(engine, FILE_BYTES / 4);
	if (engine->ops->drop_cache)
		(void)engine->ops->drop_cache(engine);
	(void)engine->ops->close(engine);
	return claim_says(test, CLAIM_SHOWN, "a writer lives on when its file is cut off");
}

/* Loads through a pointer cannot return an error: they give zeros, and health() tells. */
static enum claim_verdict prove_sigbus(struct claim_test *test)
{
	struct why why = {""};

	struct engine *engine = claim_open_written(test, 1, FILE_BYTES);
	if (!engine)
		return test->verdict;
	const unsigned char *whole = claim_map(test, engine, FILE_BYTES);
	if (!whole)
		return test->verdict;
	if (!cut_off(test))
		return test->verdict;
	CLAIM_HOLDS(test, claim_has(whole, 1, 0, LEFT_BYTES), "what is left has other bytes");
	for (size_t at = FILE_BYTES / 2; at < FILE_BYTES; at += PART_BYTES)
		CLAIM_HOLDS(test, ((const volatile unsigned char *)whole)[at] == 0,
			    "what was cut off is not read as zeros");
	int health = engine_health(engine, &why);
	CLAIM_HOLDS(test, health == -EIO && *why.text, "health gives %d after the file was cut off",
		    health);
	(void)engine->ops->close(engine);
	return claim_says(test, CLAIM_SHOWN, "what was cut off is read as zeros, and health tells");
}

/* ---- threads ---- */

/* Is it a thread of the kernel, for an io_uring? Its name tells only once it has run. Source: proc_pid_stat(5), PF_IO_WORKER. */
static bool is_of_kernel(const char *id)
{
	char path[300], line[512] = "";
	unsigned flags = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%.255s/stat", id);
	FILE *file = fopen(path, "re");
	if (file && !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		fclose(file);
	const char *rest = strrchr(line, ')');
	return rest && sscanf(rest, ") %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
	       flags & KERNEL_WORKER;
}

/* Threads of this process but for those of the kernel; their ids are in ids[]. */
static size_t list_threads(pid_t *ids)
{
	DIR *entries = opendir("/proc/self/task");
	struct dirent *entry;
	size_t count = 0;

	while (entries && (entry = readdir(entries))) {
		if (entry->d_name[0] != '.' && count < THREADS_MAX && !is_of_kernel(entry->d_name))
			ids[count++] = (pid_t)strtol(entry->d_name, NULL, 10);
	}
	if (entries)
		closedir(entries);
	return count;
}

static bool has_thread(const pid_t *ids, size_t count, pid_t id)
{
	size_t i = 0;

	while (i < count && ids[i] != id)
		i++;
	return i < count;
}

/* All threads that there are now are those of before, and those that the engine names. */
static enum claim_verdict prove_names(struct claim_test *test, struct engine *engine,
				      const pid_t *before, size_t before_count)
{
	static pid_t now[THREADS_MAX];
	size_t named_count, now_count = list_threads(now);
	const pid_t *named = engine_thread_ids(engine, &named_count);

	CLAIM_HOLDS(test, now_count == before_count + named_count,
		    "there are %zu more threads than before, of which thread_ids names %zu",
		    now_count - before_count, named_count);
	for (size_t i = 0; i < named_count; i++)
		CLAIM_HOLDS(test,
			    has_thread(now, now_count, named[i]) &&
				    !has_thread(before, before_count, named[i]),
			    "thread_ids names %d, which is no thread of the engine", (int)named[i]);
	return CLAIM_SHOWN;
}

static enum claim_verdict prove_threads(struct claim_test *test)
{
	static pid_t before[THREADS_MAX], after[THREADS_MAX];
	static unsigned char bytes[8 * PART_BYTES];
	struct engine_extent extents[8];
	size_t named_count, before_count = list_threads(before);

	struct engine *engine = claim_open_written(test, 1, FILE_BYTES);
	if (!engine || prove_names(test, engine, before, before_count) != CLAIM_SHOWN)
		return test->verdict;
	for (size_t i = 0; i < 8; i++)
		extents[i] = (struct engine_extent){i * 30000, PART_BYTES, bytes + i * PART_BYTES};
	struct engine_batch batch = {.extents = extents, .count = 8};
	engine_submit(engine, &batch);
	int err = engine_reap(engine, &batch);
	CLAIM_HOLDS(test, err == 0, "a batch gives %d (%s)", err, strerror(-err));
	if (prove_names(test, engine, before, before_count) != CLAIM_SHOWN)
		return test->verdict;
	(void)engine_thread_ids(engine, &named_count);
	err = engine->ops->close(engine);
	CLAIM_HOLDS(test, err == 0, "close gives %d (%s)", err, strerror(-err));
	CLAIM_HOLDS(test, list_threads(after) == before_count, "threads live on after close");
	return claim_says(test, CLAIM_SHOWN, "%zu threads, which end with close", named_count);
}

/* ---- counts ---- */

/* Every hook once, with its calls counted by the engine and from outside. */
static int use_all_hooks(struct claim_test *test, struct engine_stats *last)
{
	static unsigned char bytes[FILE_BYTES];
	struct engine_extent extents[] = {{100, 10, bytes}, {200000, 10, bytes + 10}};
	bool read_only = test->subject->ops->capabilities & ENGINE_READ_ONLY;
	struct engine *engine = NULL;

	intercept_arm(&test->intercept);
	int err = engine_ops_open(test->subject->ops, test->path,
				  read_only ? ENGINE_OPEN_READ : ENGINE_OPEN_WRITE,
				  test->subject->options, &engine);
	if (err)
		return err;
	const struct engine_ops *ops = engine->ops;
	err = ops->read(engine, 0, bytes, FILE_BYTES);
	if (!err && ops->advise && ops->advise(engine, ENGINE_PATTERN_RANDOM) == -EINVAL)
		err = -EINVAL;
	if (!err)
		err = engine_read_batch(engine, extents, 2);
	if (!err && !read_only)
		err = ops->write(engine, 5000, "changed", 7);
	if (!err && !read_only)
		err = ops->resize(engine, 2 * FILE_BYTES);
	if (!err && !read_only)
		err = ops->sync(engine);
	if (!err && ops->drop_cache && ops->drop_cache(engine) == -EIO)
		err = -EIO;
	if (!err && ops->prefetch)
		ops->prefetch(engine, extents, 2);
	if (!err)
		err = ops->read(engine, 30000, bytes, 5000);
	if (!ops->close_counted) /* the counts before close are used */
		intercept_unarm(&test->intercept);
	int close_err = engine_close_counted(engine, last);
	intercept_unarm(&test->intercept);
	return err ? err : close_err;
}

/* Calls that the C library makes as well, for memory. */
static bool is_memory(size_t call)
{
	return call == ENGINE_SYSCALL_mmap || call == ENGINE_SYSCALL_mremap ||
	       call == ENGINE_SYSCALL_madvise;
}

static unsigned seen_count(const struct claim_test *test, const char *name)
{
	size_t i = 0;

	while (i < fault_calls_count && strcmp(fault_calls[i].name, name) != 0)
		i++;
	return i < fault_calls_count ? test->intercept.counts[i] : UINT_MAX;
}

static enum claim_verdict prove_counts(struct claim_test *test)
{
	struct engine_stats last = {.buffer_hits = 0};
	uint64_t counted_sum = 0;
	unsigned calls_count = 0;

	if (!claim_write_file(test, test->path, 1, FILE_BYTES))
		return test->verdict;
	int err = use_all_hooks(test, &last);
	CLAIM_HOLDS(test, err == 0, "the hooks give %d (%s)", err, strerror(-err));
	for (size_t i = 0; i < ENGINE_SYSCALLS_COUNT; i++) {
		const char *name = engine_syscall_names[i];
		unsigned seen = seen_count(test, name);
		uint64_t counted = last.syscalls[i], most = seen;

		if (seen == UINT_MAX)
			continue; /* it is not intercepted */
		if (i == ENGINE_SYSCALL_mmap)
			most += seen_count(test, FAULT_ANONYMOUS);
		CLAIM_HOLDS(test, counted <= most && (counted >= seen || is_memory(i)),
			    "%u calls of %s were made, stats() has %" PRIu64, seen, name, counted);
		calls_count += seen;
		counted_sum += counted;
	}
	CLAIM_HOLDS(test, engine_stats_syscalls(&last) >= counted_sum,
		    "stats() has %" PRIu64 " calls in all, fewer than by name",
		    engine_stats_syscalls(&last));
	return claim_says(test, CLAIM_SHOWN, "stats() has the calls that were made: %u",
			  calls_count);
}

const struct claim claims_of_processes[] = {
	{.name = "probe", .is_made = has_probe, .prove = prove_probe},
	{.name = "truncated", .prove = prove_truncated},
	{.name = "truncated-writer", .excluded = ENGINE_READ_ONLY, .prove = prove_truncated_writer},
	{.name = "sigbus",
	 .capabilities = ENGINE_MAY_SIGBUS,
	 .is_capability = true,
	 .prove = prove_sigbus},
	{.name = "threads", .prove = prove_threads},
	{.name = "counts",
	 .excluded = ENGINE_UNCOUNTED,
	 .means = CLAIM_BY_CALLS,
	 .prove = prove_counts},
	{.name = NULL},
};
