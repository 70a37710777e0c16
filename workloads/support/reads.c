/* The expected answer of reads: see reads.h. */
#include "reads.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const read_order_choices[] = {"random", "sequential", NULL};

int reads_expect(const struct workload_env *env, struct answer *out, struct why *why)
{
	uint64_t bytes = env->options[READ_OPTION_BYTES], reads = env->options[READ_OPTION_READS];
	struct stat status;
	if (!*env->path)
		return why_set(why, -EOPNOTSUPP, "there is no file to read: engine %s has none",
			       env->engine->name);
	int fd = open(env->path, O_RDONLY | O_CLOEXEC);

	*out = (struct answer){.operations_count = reads};
	if (fd < 0)
		return why_set(why, -errno, "cannot open '%s': %s", env->path, strerror(errno));
	int err = fstat(fd, &status) ? -errno : 0;
	uint64_t file_bytes = err ? 0 : (uint64_t)status.st_size;
	if (!err && file_bytes < bytes)
		err = why_set(why, -EINVAL, "the file has no %llu bytes to read",
			      (unsigned long long)bytes);
	char *mapped = err ? MAP_FAILED : mmap(NULL, file_bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (!err && mapped == MAP_FAILED)
		err = -errno;
	close(fd);
	if (err)
		return err;
	for (uint64_t i = 0; i < reads; i++)
		out->fold = read_fold(out->fold,
				      mapped + read_offset(env->seed, i, file_bytes, bytes,
							   env->options[READ_OPTION_ORDER]),
				      bytes);
	munmap(mapped, file_bytes);
	return 0;
}
