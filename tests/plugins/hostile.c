/*
 * An engine that misbehaves as its options say: hostile.fault in hostile.hook, at the hook's first call. It reads by
 * pread; every hook that the ABI has is there, so that each can fail. Compiled by tests/blackbox/plugins_hostile.sh against the
 * public header alone.
 */
#define _GNU_SOURCE
#include <iowalk/engine.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const faults[] = {"none",  "crash",   "exit",     "loop",   "thread",
				     "stack", "print",   "signal",   "result", "wrong",
				     "huge",  "overrun", "closeall", "abort",  NULL};
enum {
	NONE,
	CRASH,
	EXIT,
	LOOP,
	THREAD,
	STACK,
	PRINT,
	SIGNAL,
	RESULT,
	WRONG,
	HUGE_SIZE,
	OVERRUN,
	CLOSEALL,
	ABORT
};

static const char *const hooks[] = {"none",       "probe",   "open",   "close",  "size", "read",
				    "read_batch", "submit",  "reap",   "advise", "drop", "begin",
				    "attach",     "threads", "health", "stats",  NULL};
enum {
	NOWHERE,
	PROBE,
	OPEN,
	CLOSE,
	SIZE,
	READ,
	BATCH,
	SUBMIT,
	REAP,
	ADVISE,
	DROP,
	BEGIN,
	ATTACH,
	THREADS,
	HEALTH,
	STATS
};

enum { OPTION_FAULT, OPTION_HOOK };
static const struct iowalk_option option_fault = {.name = "fault",
						  .help = "what goes wrong",
						  .type = IOWALK_OPTION_CHOICE,
						  .flags = IOWALK_OPTION_ALWAYS_NAMED,
						  .choices = faults};
static const struct iowalk_option option_hook = {.name = "hook",
						 .help = "where it goes wrong",
						 .type = IOWALK_OPTION_CHOICE,
						 .flags = IOWALK_OPTION_ALWAYS_NAMED,
						 .choices = hooks};
static const struct iowalk_option *const options[] = {&option_fault, &option_hook, NULL};

struct file {
	int fd;
	uint64_t fault, hook;
	struct iowalk_extent *extents;
	size_t count;
};

static void *sleeper(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

static void on_signal(int number)
{
	(void)number;
}

__attribute__((noinline)) static unsigned deep(unsigned level)
{
	volatile char room[65536];

	room[level % sizeof(room)] = 1;
	return room[level % sizeof(room)] + deep(level + 1);
}

/* Returns what the hook is to return. */
static int strike(const struct file *file, uint64_t hook)
{
	pthread_t thread;
	static volatile int turns;

	if (file->hook != hook)
		return 0;
	switch (file->fault) {
	case CRASH:
		*(volatile int *)(uintptr_t)8 = 1;
		break;
	case ABORT:
		abort();
	case EXIT:
		exit(0);
	case LOOP:
		for (;;)
			turns++;
	case THREAD:
		pthread_create(&thread, NULL, sleeper, NULL);
		break;
	case STACK:
		return -(int)(deep(1) % 2);
	case PRINT:
		printf("hello from a hook\n");
		break;
	case SIGNAL:
		signal(SIGSEGV, on_signal);
		break;
	case RESULT:
		return 12345;
	case CLOSEALL:
		for (int fd = 0; fd < 1024; fd++)
			close(fd);
		break;
	default:
		break;
	}
	return 0;
}

static int my_probe(const char *folder, const uint64_t *values, char *why, size_t why_size)
{
	struct file file = {.fault = values[OPTION_FAULT], .hook = values[OPTION_HOOK]};

	(void)folder, (void)why, (void)why_size;
	return strike(&file, PROBE);
}

static int my_open(const char *path, uint32_t flags, const uint64_t *values,
		   struct iowalk_instance *out)
{
	struct file *file = calloc(1, sizeof(*file));

	(void)flags;
	file->fault = values[OPTION_FAULT];
	file->hook = values[OPTION_HOOK];
	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = file->fd < 0 ? -errno : strike(file, OPEN);
	if (err < 0) {
		free(file);
		return err;
	}
	out->handle = file;
	return err;
}

static int my_close(void *handle, iowalk_count *count, void *context)
{
	struct file *file = handle;
	int err = strike(file, CLOSE);

	(void)count, (void)context;
	close(file->fd);
	free(file);
	return err;
}

static uint64_t my_size(void *handle)
{
	struct file *file = handle;
	struct stat status;

	strike(file, SIZE);
	if (file->hook == SIZE && file->fault == HUGE_SIZE)
		return UINT64_MAX;
	return fstat(file->fd, &status) ? 0 : (uint64_t)status.st_size;
}

static int my_read(void *handle, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct file *file = handle;
	int err = strike(file, READ);

	if (err)
		return err;
	ssize_t got = pread(file->fd, buffer, len_bytes, (off_t)offset);
	if (file->hook == READ && file->fault == WRONG)
		memset(buffer, 0xa5, len_bytes);
	for (size_t i = 0; file->hook == READ && file->fault == OVERRUN && i < 1 << 20; i++)
		((volatile char *)buffer)[len_bytes + i] = 0;
	return got == (ssize_t)len_bytes ? 0 : -EIO;
}

static int read_all(void *handle, struct iowalk_extent *extents, size_t count)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		err = my_read(handle, extents[i].offset, extents[i].buffer, extents[i].len_bytes);
	return err;
}

static int my_read_batch(void *handle, struct iowalk_extent *extents, size_t count)
{
	int err = strike(handle, BATCH);

	return err ? err : read_all(handle, extents, count);
}

/* The extents are read at once; the ticket only has to be given back. */
static int my_submit(void *handle, struct iowalk_extent *extents, size_t count, uint64_t *ticket)
{
	int err = strike(handle, SUBMIT);

	*ticket = 7;
	return err ? err : read_all(handle, extents, count);
}

static int my_reap(void *handle, uint64_t ticket)
{
	int err = strike(handle, REAP);

	return err ? err : ticket == 7 ? 0 : -EINVAL;
}

static int my_advise(void *handle, uint32_t pattern)
{
	(void)pattern;
	return strike(handle, ADVISE);
}

static int my_drop_cache(void *handle)
{
	struct file *file = handle;
	int err = strike(file, DROP);

	return err ? err : -posix_fadvise(file->fd, 0, 0, POSIX_FADV_DONTNEED);
}

static void my_begin_walk(void *handle)
{
	strike(handle, BEGIN);
}

static int my_attach(void *handle, struct iowalk_instance *out)
{
	struct file *file = handle, *second = calloc(1, sizeof(*second));
	int err = strike(file, ATTACH);

	*second = *file;
	second->fd = dup(file->fd);
	out->handle = second;
	return err;
}

static size_t my_threads(void *handle, int32_t *ids, size_t ids_max)
{
	(void)ids, (void)ids_max;
	strike(handle, THREADS);
	return 0;
}

static int my_health(void *handle, char *why, size_t why_size)
{
	(void)why, (void)why_size;
	return strike(handle, HEALTH);
}

static void my_stats(void *handle, iowalk_count *count, void *context)
{
	strike(handle, STATS);
	count(context, IOWALK_COUNT_OTHER, "nonsense", 1);
	count(context, 99, NULL, 1);
}

static const struct iowalk_engine hostile = {
	.struct_size = sizeof(struct iowalk_engine),
	.name = "hostile",
	.summary = "misbehaves as it is told",
	.options = options,
	.probe = my_probe,
	.open = my_open,
	.close = my_close,
	.size = my_size,
	.read = my_read,
	.read_batch = my_read_batch,
	.submit = my_submit,
	.reap = my_reap,
	.advise = my_advise,
	.drop_cache = my_drop_cache,
	.begin_walk = my_begin_walk,
	.attach = my_attach,
	.threads = my_threads,
	.health = my_health,
	.stats = my_stats,
};
static const struct iowalk_engine *const engines[] = {&hostile, NULL};
IOWALK_EXPORT const struct iowalk_plugin iowalk_plugin = {
	IOWALK_PLUGIN_HEAD, .name = "hostile_plugin", .version = "0", .engines = engines};
