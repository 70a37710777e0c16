/*
 * The bytes of a graph file: see byte_input.h. zlib reads plain files, too.
 *
 * Sources: zlib.h; https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md
 */
#include "byte_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>
#include <zlib.h>

struct byte_input {
	gzFile file;
	XXH3_state_t *hash;
	const char *path; /* borrowed */
};

/* O_NONBLOCK: opening a fifo without a writer would wait for one. */
static int open_regular(const char *path, struct why *why)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err;

	if (fd < 0)
		return why_set(why, -errno, "cannot open '%s': %s", path, strerror(errno));
	if (fstat(fd, &status))
		err = why_set(why, -errno, "cannot stat '%s': %s", path, strerror(errno));
	else if (S_ISDIR(status.st_mode))
		err = why_set(why, -EISDIR, "cannot read '%s': %s", path, strerror(EISDIR));
	else if (S_ISFIFO(status.st_mode))
		err = why_set(
			why, -EINVAL,
			"cannot read '%s': not a regular file but a pipe, and a graph is read more "
			"than once: write it to a file first",
			path);
	else if (!S_ISREG(status.st_mode))
		err = why_set(why, -EINVAL, "cannot read '%s': not a regular file", path);
	else
		return fd;
	close(fd);
	return err;
}

ssize_t byte_input_read(struct byte_input *input, void *bytes, size_t size, struct why *why)
{
	int got = gzread(input->file, bytes, (unsigned)(size < (1u << 30) ? size : 1u << 30));
	int state = Z_OK;
	const char *text = gzerror(input->file, &state);

	if (got < 0 || (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)) {
		int err = state == Z_ERRNO ? -errno : -EBADMSG;

		return why_set(why, err, "cannot read '%s': %s", input->path,
			       state == Z_ERRNO ? strerror(-err) : text);
	}
	if (got == 0 && state == Z_BUF_ERROR)
		return why_set(why, -EBADMSG, "cannot read '%s': the compressed file is truncated",
			       input->path);
	XXH3_64bits_update(input->hash, bytes, (size_t)got);
	return got;
}

int byte_input_open(const char *path, struct byte_input **out, struct why *why)
{
	int fd = open_regular(path, why);

	if (fd < 0)
		return fd;
	struct byte_input *input = calloc(1, sizeof(*input));

	if (input) {
		input->path = path;
		input->hash = XXH3_createState();
		input->file = gzdopen(fd, "rb");
	}
	if (!input || !input->hash || !input->file) {
		if (!input || !input->file)
			close(fd);
		byte_input_close(input);
		return why_set(why, -ENOMEM, "out of memory for '%s'", path);
	}
	XXH3_64bits_reset(input->hash);
	*out = input;
	return 0;
}

void byte_input_close(struct byte_input *input)
{
	if (!input)
		return;
	if (input->file)
		gzclose_r(input->file);
	XXH3_freeState(input->hash);
	free(input);
}

uint64_t byte_input_hash(const struct byte_input *input)
{
	return XXH3_64bits_digest(input->hash);
}
