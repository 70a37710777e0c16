/*
 * A plain loop over pread(2): the yardstick for `read` through engine pread. It reads the same
 * places of the same file and computes the same fold, without an engine.
 */
#include "support/reads.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct option_spec options[READ_OPTIONS_COUNT] = {READ_OPTIONS};

struct bare_reader {
	int fd;
	uint64_t file_bytes, bytes, reads_count, seed, fold;
	bool in_order;
	uint64_t calls_count; /* since begin */
	char *buffer;         /* [bytes] */
};

static int bare_begin(const struct workload_env *env, void **state, struct why *why)
{
	struct stat status;
	struct bare_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	reader->bytes = env->options[READ_OPTION_BYTES];
	reader->reads_count = env->options[READ_OPTION_READS];
	reader->seed = env->seed;
	reader->in_order = env->options[READ_OPTION_ORDER] == READ_ORDER_SEQUENTIAL;
	reader->buffer = malloc(reader->bytes);
	reader->fd = open(env->path, O_RDONLY | O_CLOEXEC);
	if (!reader->buffer || reader->fd < 0 || fstat(reader->fd, &status)) {
		int err = why_set(why, errno ? -errno : -ENOMEM, "cannot open '%s': %s", env->path,
				  strerror(errno));
		if (reader->fd >= 0)
			close(reader->fd);
		free(reader->buffer);
		free(reader);
		return err;
	}
	static const int advice[] = {POSIX_FADV_NORMAL, POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM};
	posix_fadvise(reader->fd, 0, 0, advice[env->options[READ_OPTION_ADVISE]]);
	reader->file_bytes = (uint64_t)status.st_size;
	*state = reader;
	return 0;
}

static int bare_run(void *state)
{
	struct bare_reader *reader = state;
	uint64_t bytes = reader->bytes, fold = 0;
	bool in_order = reader->in_order;

	for (uint64_t i = 0; i < reader->reads_count; i++) {
		uint64_t offset = read_offset(reader->seed, i, reader->file_bytes, bytes, in_order);

		if (pread(reader->fd, reader->buffer, bytes, (off_t)offset) != (ssize_t)bytes)
			return -EIO;
		fold = read_fold(fold, reader->buffer, bytes);
	}
	reader->fold = fold;
	reader->calls_count += reader->reads_count;
	return 0;
}

static int bare_answer(void *state, struct answer *out)
{
	const struct bare_reader *reader = state;

	*out = (struct answer){.fold = reader->fold, .operations_count = reader->reads_count};
	return 0;
}

static void bare_counts(const void *state, struct workload_counts *out)
{
	const struct bare_reader *reader = state;

	memset(out, 0, sizeof(*out));
	out->engine.syscalls[ENGINE_SYSCALL_pread64] = reader->calls_count;
}

static const char *bare_why(const void *state)
{
	(void)state;
	return "";
}

static int bare_end(void *state)
{
	struct bare_reader *reader = state;

	close(reader->fd);
	free(reader->buffer);
	free(reader);
	return 0;
}

const struct workload_ops workload_bare_read = {
	.name = "bare-read",
	.operation = "read",
	.summary = "a bare loop over pread(2): the yardstick for `read` through engine pread",
	.capabilities = WORKLOAD_BYTES,
	.options_count = READ_OPTIONS_COUNT,
	.options = options,
	.expect = reads_expect,
	.begin = bare_begin,
	.run = bare_run,
	.answer = bare_answer,
	.counts = bare_counts,
	.why = bare_why,
	.end = bare_end,
};
