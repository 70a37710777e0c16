/* See engines.h. */
#include "engines.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

char engine_path[320], engine_other_path[320];

int engines_setup(void **state)
{
	if (folder_setup(state))
		return -1;
	snprintf(engine_path, sizeof(engine_path), "%s/file", test_folder);
	snprintf(engine_other_path, sizeof(engine_other_path), "%s/other", test_folder);
	return 0;
}

int engines_teardown(void **state)
{
	unlink(engine_path);
	unlink(engine_other_path);
	return folder_teardown(state);
}

const struct engine_ops *engine_find(const char *name)
{
	for (size_t i = 0; i < engine_table_count; i++) {
		if (strcmp(engine_table[i]->name, name) == 0)
			return engine_table[i];
	}
	return NULL;
}

const struct engine_ops *engine_next(size_t *i)
{
	while (*i < engine_table_count) {
		const struct engine_ops *ops = engine_table[(*i)++];
		struct why why = {""};

		if (ops->capabilities & ENGINE_NO_DATA)
			continue;
		if (!ops->probe || ops->probe(test_folder, NULL, &why) != -EOPNOTSUPP)
			return ops;
		print_message("skipped: %s: %s\n", ops->name, why.text);
	}
	return NULL;
}

int engine_open(const struct engine_ops *ops, const char *file, unsigned flags, struct engine **out)
{
	uint64_t options[OPTIONS_MAX];

	option_defaults(ops->options, ops->options_count, options);
	return ops->open(file, flags, options, out);
}

struct engine *engine_create(const struct engine_ops *ops, const char *file, uint64_t size_bytes)
{
	struct engine *engine = NULL;

	assert_int_equal(engine_open(ops, file, ENGINE_OPEN_CREATE, &engine), 0);
	assert_ptr_equal(engine->ops, ops);
	assert_int_equal(ops->size(engine), 0);
	assert_int_equal(ops->resize(engine, size_bytes), 0);
	return engine;
}

bool options_set(const struct engine_ops *ops, const char *text, uint64_t *options)
{
	char word[64];
	int used;

	option_defaults(ops->options, ops->options_count, options);
	for (; sscanf(text, " %63s%n", word, &used) == 1; text += used) {
		size_t name_len = strcspn(word, "=");
		int i = option_find(ops->options, ops->options_count, word, name_len);

		assert_true(i >= 0);
		if (option_parse(&ops->options[i], word + name_len + 1, &options[i], NULL))
			return false;
	}
	return true;
}

size_t count_entries(const char *name)
{
	DIR *entries = opendir(name);
	size_t count = 0;

	assert_non_null(entries);
	while (readdir(entries))
		count++;
	closedir(entries);
	return count;
}

size_t resident_pages(void)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE), count = 0;
	unsigned char pages[1024];
	struct stat status;
	int fd = open(engine_path, O_RDONLY | O_CLOEXEC);
	void *base;

	assert_true(fd >= 0 && fstat(fd, &status) == 0);
	base = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(base, MAP_FAILED);
	assert_true((size_t)status.st_size <= page_bytes * sizeof(pages));
	assert_int_equal(mincore(base, (size_t)status.st_size, pages), 0);
	for (size_t i = 0; i * page_bytes < (size_t)status.st_size; i++)
		count += pages[i] & 1u;
	munmap(base, (size_t)status.st_size);
	close(fd);
	return count;
}

bool folder_is_tmpfs(void)
{
	struct statfs status;

	assert_int_equal(statfs(test_folder, &status), 0);
	return status.f_type == TMPFS_MAGIC_NUMBER;
}
