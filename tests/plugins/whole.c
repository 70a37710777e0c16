/*
 * A plug-in whose engine has every hook of the ABI and options of every type, for `iowalk conform --plugin`; with -DWRONG=N from 1 on
 * one thing about its tables is wrong, and it has to be refused. It keeps the file in memory, as the built-in memory does.
 */
#define _GNU_SOURCE
#include <iowalk/engine.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef WRONG
#define WRONG 0
#endif
#define IS(number) (WRONG == (number))

#define MOST_BYTES ((uint64_t)128 << 20) /* of a file: the memory does not move */

/* The calls that it counts, by the kernel's names. */
enum { OPEN, STAT, READ, WRITE, TRUNCATE, ALLOCATE, SYNC, CLOSE, CALLS };
static const char *const call_names[CALLS] = {"openat",    "newfstatat", "pread64",   "pwrite64",
					      "ftruncate", "fallocate",  "fdatasync", "close"};

/* A handle; what is attached shares the bytes. */
struct file {
	int fd, sync_err;
	uint32_t is_attached, is_healthy;
	uint64_t size_bytes, tickets, calls[CALLS];
	unsigned char *bytes; /* [MOST_BYTES] */
};

/* ---- options ---- */

static const char *const words[] = {"one", "two",
				    IS(1)   ? "two"
				    : IS(2) ? "a=b"
				    : IS(3) ? ""
					    : "three",
				    NULL};
static const char *const tried[] = {"one", IS(4) ? "four" : "two", NULL};
static const struct iowalk_option option_word = {.name = "word",
						 .help = "changes nothing",
						 .type = IOWALK_OPTION_CHOICE,
						 .choices = IS(5) ? NULL : words,
						 .default_value = IS(6) ? 3 : 0,
						 .tunable = tried};
static const struct iowalk_option option_number = {.name = IS(7) ? "Number" : "number",
						   .type = IS(8) ? 9 : IOWALK_OPTION_U64,
						   .default_value = IS(9) ? 100 : 5,
						   .min = 1,
						   .max = 64};
static const struct iowalk_option option_flag = {.name = IS(10)   ? "word"
							 : IS(11) ? NULL
								  : "flag",
						 .type = IOWALK_OPTION_BOOL,
						 .default_value = IS(12) ? 2 : 0,
						 .flags = IOWALK_OPTION_ALWAYS_NAMED};
#define MORE &option_word, &option_word, &option_word, &option_word, &option_word, &option_word
static const struct iowalk_option *const options[] = {&option_word, &option_number, &option_flag,
#if WRONG == 13
						      MORE,         MORE,           MORE,
#endif
						      NULL};

/* ---- hooks ---- */

static int whole_probe(const char *folder, const uint64_t *values, char *why, size_t why_size)
{
	if (values[1] > 64)
		return -EINVAL;
	if (access(folder, R_OK) == 0)
		return 0;
	if (errno == ENOENT) /* else in the system's words */
		snprintf(why, why_size, "there is no such folder");
	return -EOPNOTSUPP;
}

static int load(struct file *file)
{
	for (uint64_t done = 0; done < file->size_bytes;) {
		file->calls[READ]++;
		ssize_t got =
			pread(file->fd, file->bytes + done, file->size_bytes - done, (off_t)done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		done += (uint64_t)got;
	}
	return 0;
}

static int whole_open(const char *path, uint32_t flags, const uint64_t *values,
		      struct iowalk_instance *out)
{
	struct file *file = calloc(1, sizeof(*file));
	struct stat status;
	int err = 0, how = O_CLOEXEC | O_NONBLOCK |
			   (flags == IOWALK_OPEN_READ ? O_RDONLY : O_RDWR) |
			   (flags & IOWALK_OPEN_CREATE ? O_CREAT | O_TRUNC : 0);

	(void)values;
	if (!file)
		return -ENOMEM;
	file->is_healthy = 1;
	do {
		file->calls[OPEN]++;
		file->fd = open(path, how, 0666);
	} while (file->fd < 0 && errno == EINTR);
	file->calls[STAT] += file->fd >= 0;
	/* Not fstat(), which is another system call in one version of the C library than in the next. */
	if (file->fd < 0 || syscall(SYS_newfstatat, file->fd, "", &status, AT_EMPTY_PATH))
		err = -errno;
	else if (!S_ISREG(status.st_mode) || status.st_size > (off_t)MOST_BYTES)
		err = -EOPNOTSUPP;
	if (!err) {
		file->size_bytes = (uint64_t)status.st_size;
		void *bytes = mmap(NULL, MOST_BYTES, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		file->bytes = bytes == MAP_FAILED ? NULL : bytes;
		err = file->bytes ? load(file) : -ENOMEM;
	}
	if (err) {
		if (file->fd >= 0)
			close(file->fd);
		if (file->bytes)
			munmap(file->bytes, MOST_BYTES);
		free(file);
		return err;
	}
	out->handle = file;
	out->block_bytes = 4096;
	out->prefetch_ahead_count = 8;
	return 0;
}

static int write_back(struct file *file, uint64_t offset, size_t len_bytes)
{
	while (len_bytes > 0) {
		file->calls[WRITE]++;
		ssize_t done = pwrite(file->fd, file->bytes + offset, len_bytes, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		offset += (uint64_t)done;
		len_bytes -= (size_t)done;
	}
	return 0;
}

static void whole_stats(void *handle, iowalk_count *count, void *context)
{
	const struct file *file = handle;

	for (size_t i = 0; i < CALLS; i++)
		count(context, IOWALK_COUNT_SYSCALL, call_names[i], file->calls[i]);
	count(context, IOWALK_COUNT_OTHER, "buffer_hits", 1);
	count(context, IOWALK_COUNT_OTHER, "buffer_misses", 1);
	count(context, IOWALK_COUNT_OTHER, "prefetch_extents", 1);
	count(context, IOWALK_COUNT_SYSCALL, "getpid", 1);
	count(context, IOWALK_COUNT_SYSCALL, NULL, 1);
}

static int whole_close(void *handle, iowalk_count *count, void *context)
{
	struct file *file = handle;
	int err = 0;

	file->calls[CLOSE] += !file->is_attached;
	if (count)
		whole_stats(handle, count, context);
	if (!file->is_attached) {
		err = close(file->fd) && errno != EINTR ? -errno : 0;
		munmap(file->bytes, MOST_BYTES);
	}
	free(file);
	return err;
}

static uint64_t whole_size(void *handle)
{
	return ((struct file *)handle)->size_bytes;
}

static int outside(const struct file *file, uint64_t offset, uint64_t len_bytes)
{
	return offset > file->size_bytes || len_bytes > file->size_bytes - offset;
}

static int whole_read(void *handle, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct file *file = handle;

	if (outside(file, offset, len_bytes))
		return -ERANGE;
	if (len_bytes)
		memcpy(buffer, file->bytes + offset, len_bytes);
	return 0;
}

/* Written at once: the memory has what the file has, also if the device refuses. */
static int whole_write(void *handle, uint64_t offset, const void *buffer, size_t len_bytes)
{
	struct file *file = handle;

	if (outside(file, offset, len_bytes))
		return -ERANGE;
	if (len_bytes)
		memcpy(file->bytes + offset, buffer, len_bytes);
	return write_back(file, offset, len_bytes);
}

static int allocate(struct file *file, uint64_t size_bytes)
{
	off_t from = (off_t)file->size_bytes;
	int err;

	do {
		file->calls[ALLOCATE]++;
		err = fallocate(file->fd, 0, from, (off_t)size_bytes - from) ? -errno : 0;
	} while (err == -EINTR);
	return err;
}

static int cut(struct file *file, uint64_t size_bytes)
{
	int err;

	do {
		file->calls[TRUNCATE]++;
		err = ftruncate(file->fd, (off_t)size_bytes) ? -errno : 0;
	} while (err == -EINTR);
	return err;
}

static int whole_resize(void *handle, uint64_t size_bytes)
{
	struct file *file = handle;
	int err = 0;

	if (size_bytes > MOST_BYTES)
		return -EFBIG;
	if (size_bytes > file->size_bytes)
		err = allocate(file, size_bytes);
	else
		err = cut(file, size_bytes);
	if (err) {
		if (cut(file, file->size_bytes))
			file->is_healthy = 0;
		return err;
	}
	if (size_bytes < file->size_bytes)
		memset(file->bytes + size_bytes, 0, file->size_bytes - size_bytes);
	file->size_bytes = size_bytes;
	return 0;
}

static int whole_sync(void *handle)
{
	struct file *file = handle;

	if (!file->sync_err) {
		do {
			file->calls[SYNC]++;
			file->sync_err = fdatasync(file->fd) ? -errno : 0;
		} while (file->sync_err == -EINTR);
	}
	return file->sync_err;
}

static const void *whole_map(void *handle, uint64_t offset, size_t len_bytes)
{
	struct file *file = handle;

	return outside(file, offset, len_bytes) ? NULL : file->bytes + offset;
}

static int whole_read_batch(void *handle, struct iowalk_extent *extents, size_t count)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		err = whole_read(handle, extents[i].offset, extents[i].buffer,
				 (size_t)extents[i].len_bytes);
	return err;
}

/* Every other one is read already. */
static int whole_submit(void *handle, struct iowalk_extent *extents, size_t count, uint64_t *ticket)
{
	struct file *file = handle;
	int err = whole_read_batch(handle, extents, count);

	if (!err && ++file->tickets % 2)
		*ticket = file->tickets;
	return err;
}

static int whole_reap(void *handle, uint64_t ticket)
{
	return ticket > 0 && ticket <= ((struct file *)handle)->tickets ? 0 : -EINVAL;
}

static void whole_prefetch(void *handle, const struct iowalk_extent *extents, size_t count)
{
	(void)handle, (void)extents, (void)count;
}

static int whole_advise(void *handle, uint32_t pattern)
{
	(void)handle;
	return pattern <= IOWALK_PATTERN_RANDOM ? 0 : -EINVAL;
}

static int whole_drop_cache(void *handle)
{
	(void)handle;
	return -EOPNOTSUPP;
}

static void whole_begin_walk(void *handle)
{
	(void)handle;
}

static int whole_attach(void *handle, struct iowalk_instance *out)
{
	struct file *second = malloc(sizeof(*second));

	if (!second)
		return -ENOMEM;
	*second = *(struct file *)handle;
	second->is_attached = 1;
	memset(second->calls, 0, sizeof(second->calls));
	out->handle = second;
	return 0;
}

static size_t whole_threads(void *handle, int32_t *ids, size_t ids_max)
{
	(void)handle, (void)ids, (void)ids_max;
	return 0;
}

static int whole_health(void *handle, char *why, size_t why_size)
{
	if (((struct file *)handle)->is_healthy)
		return 0;
	snprintf(why, why_size, "the file has another length");
	return -EIO;
}

static const struct iowalk_engine whole = {
	.struct_size = IS(14) ? 8 : sizeof(struct iowalk_engine),
	.capabilities = IS(15) ? 1u << 20
			       : IOWALK_ENGINE_MAPS | IOWALK_ENGINE_STABLE_POINTER |
					 IOWALK_ENGINE_HOLDS_FILE,
	.name = IS(16)   ? "Whole"
		: IS(17) ? NULL
		: IS(18) ? "a_name_that_is_longer_than_the_31_characters_that_it_may_have"
			 : "whole",
	.summary = IS(19) ? NULL : "every hook of the ABI",
	.options = IS(19) ? NULL : options,
	.probe = whole_probe,
	.open = IS(20) ? NULL : whole_open,
	.close = IS(21) ? NULL : whole_close,
	.size = IS(22) ? NULL : whole_size,
	.read = IS(23) ? NULL : whole_read,
	.write = IS(24) ? NULL : whole_write,
	.resize = IS(25) ? NULL : whole_resize,
	.sync = whole_sync,
	.map = IS(26) ? NULL : whole_map,
	.read_batch = whole_read_batch,
	.submit = whole_submit,
	.reap = IS(27) ? NULL : whole_reap,
	.prefetch = whole_prefetch,
	.advise = whole_advise,
	.drop_cache = whole_drop_cache,
	.begin_walk = whole_begin_walk,
	.attach = whole_attach,
	.threads = whole_threads,
	.health = whole_health,
	.stats = IS(19) ? NULL : whole_stats,
};
static const struct iowalk_engine *const engines[] = {&whole, IS(28) ? &whole : NULL, NULL};
IOWALK_EXPORT const struct iowalk_plugin iowalk_plugin = {
	IOWALK_PLUGIN_HEAD, .name = "whole_plugin", .version = "1", .engines = engines};
