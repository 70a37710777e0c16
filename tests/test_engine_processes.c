/*
 * Contracts of engines while other processes have the same file open: a truncated file is an error
 * and never a signal, SIGBUS faults outside the engine go to the previous handler, and processes
 * that open the file after a sync see the synced data.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../engines/engine.h"
#include "../engines/support/sigbus.h"

#define FILE_BYTES    ((size_t)256 << 10)
#define KEPT_BYTES    ((size_t)64 << 10) /* of a truncated file */
#define READERS_COUNT 3
#define ROUNDS_COUNT  3

static char folder[256], path[300];
static unsigned char bytes[FILE_BYTES], found[FILE_BYTES];
static size_t page_bytes;

/* An engine with the default options, or with one that differs. */
struct config {
	const struct engine_ops *ops;
	const char *option, *value;
};

static const struct {
	const char *engine, *option, *value;
} more_configs[] = {
	{"mmap_advised", "populate", "on"},      {"mmap_advised", "populate_read", "on"},
	{"mmap_advised", "copy_on_write", "on"}, {"mmap_advised", "window_bytes", "16K"},
	{"mmap_advised", "willneed_ahead", "0"}, {"uring", "direct", "on"},
	{"buffered", "policy", "adaptive"},
};
#define MORE_COUNT (sizeof(more_configs) / sizeof(more_configs[0]))

static bool options_of(const struct config *config, uint64_t *options)
{
	const struct engine_ops *ops = config->ops;
	struct why why = {""};

	option_defaults(ops->options, ops->options_count, options);
	if (config->option) {
		int i = option_find(ops->options, ops->options_count, config->option,
				    strlen(config->option));

		assert_true(i >= 0);
		assert_int_equal(option_parse(&ops->options[i], config->value, &options[i], &why),
				 0);
	}
	if (ops->capabilities & ENGINE_NO_DATA)
		return false;
	if (!ops->probe || !ops->probe(folder, options, &why))
		return true;
	print_message("skipped: %s: %s\n", ops->name, why.text);
	return false;
}

/* The i-th configuration: the table's engines with their defaults, then more; false at the end. */
static bool config_at(size_t i, struct config *out)
{
	if (i < engine_table_count) {
		*out = (struct config){engine_table[i], NULL, NULL};
		return true;
	}
	i -= engine_table_count;
	for (size_t k = 0; i < MORE_COUNT && k < engine_table_count; k++) {
		if (strcmp(engine_table[k]->name, more_configs[i].engine) == 0)
			*out = (struct config){engine_table[k], more_configs[i].option,
					       more_configs[i].value};
	}
	return i < MORE_COUNT;
}

static struct engine *open_it(const struct config *config, unsigned flags)
{
	uint64_t options[OPTIONS_MAX];
	struct engine *engine = NULL;

	if (!options_of(config, options))
		return NULL;
	assert_int_equal(config->ops->open(path, flags, options, &engine), 0);
	return engine;
}

static void fill(unsigned seed)
{
	for (size_t i = 0; i < FILE_BYTES; i++)
		bytes[i] = (unsigned char)((i / 7 + i + seed) % 255 + 1); /* no zeros */
}

static void make_file(void)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	fill(0);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, FILE_BYTES), FILE_BYTES);
	assert_int_equal(close(fd), 0);
}

/* ---- truncated ---- */

/* The mapping gives zeros, and from then on every hook returns the error. */
static void check_damaged(const struct config *config, struct engine *engine,
			  const volatile unsigned char *mapped)
{
	const struct engine_ops *ops = config->ops;
	struct why why = {""};

	if (mapped) {
		assert_int_equal(mapped[KEPT_BYTES - 1], bytes[KEPT_BYTES - 1]);
		assert_int_equal(engine_health(engine, &why), 0);
		for (size_t at = KEPT_BYTES; at < FILE_BYTES; at += page_bytes)
			assert_int_equal(mapped[at], 0);
		assert_int_equal(engine_health(engine, &why), -EIO);
		assert_non_null(strstr(why.text, "truncated"));
		assert_int_equal(engine_health(engine, NULL), -EIO);
		assert_int_equal(mapped[KEPT_BYTES - 1], bytes[KEPT_BYTES - 1]);
	}
	assert_int_equal(ops->read(engine, KEPT_BYTES - 10, found, 20), -EIO);
	if (ops->capabilities & ENGINE_MAY_SIGBUS) {
		assert_int_equal(engine_health(engine, &why), -EIO);
		assert_non_null(strstr(why.text, "truncated"));
		assert_int_equal(ops->sync(engine), -EIO);
		assert_int_equal(ops->drop_cache(engine), -EIO);
	}
}

static void test_truncated(void **state)
{
	struct config config;

	(void)state;
	sigbus_install(); /* cmocka replaces our handler before each test */
	for (size_t i = 0; config_at(i, &config); i++) {
		const struct engine_ops *ops = config.ops;
		struct engine *engine, *other;
		const unsigned char *mapped;
		int err;

		make_file();
		engine = open_it(&config, ENGINE_OPEN_READ);
		if (!engine || ops->capabilities & ENGINE_HOLDS_FILE) {
			if (engine)
				ops->close(engine);
			continue;
		}
		other = open_it(&config, ENGINE_OPEN_READ);
		mapped = ops->map ? ops->map(engine, 0, FILE_BYTES) : NULL;
		/* populate_read reads a whole window, half of which may be truncated */
		assert_int_equal(truncate(path, (off_t)KEPT_BYTES), 0);
		check_damaged(&config, engine, mapped);
		assert_int_equal(engine_health(other, NULL), 0); /* no access yet */
		err = ops->read(other, 0, found, KEPT_BYTES);
		assert_int_equal(err, 0);
		assert_memory_equal(found, bytes, KEPT_BYTES);
		assert_int_equal(ops->close(other), 0);
		assert_int_equal(ops->close(engine), 0);
		/* The error does not persist: the next instance is sound. */
		engine = open_it(&config, ENGINE_OPEN_READ);
		assert_int_equal(ops->size(engine), KEPT_BYTES);
		assert_int_equal(ops->read(engine, 0, found, KEPT_BYTES), 0);
		assert_int_equal(engine_health(engine, NULL), 0);
		assert_int_equal(ops->close(engine), 0);
	}
}

/* A write to the truncated part raises no signal, either, and sync does not succeed. */
static void test_write_to_truncated_part(void **state)
{
	struct config config;

	(void)state;
	sigbus_install();
	for (size_t i = 0; config_at(i, &config); i++) {
		struct engine *engine;

		if (!(config.ops->capabilities & ENGINE_MAY_SIGBUS))
			continue;
		make_file();
		engine = open_it(&config, ENGINE_OPEN_WRITE);
		if (!engine)
			continue;
		assert_int_equal(truncate(path, (off_t)KEPT_BYTES), 0);
		assert_int_equal(config.ops->write(engine, KEPT_BYTES + 5, "text", 4), -EIO);
		assert_int_equal(config.ops->sync(engine), -EIO);
		assert_int_equal(config.ops->resize(engine, 2 * FILE_BYTES), -EIO);
		assert_int_equal(config.ops->close(engine), 0);
	}
}

/* ---- faults outside the engine ---- */

static sigjmp_buf back;

static void jump(int number)
{
	(void)number;
	siglongjmp(back, 1);
}

/* In a child with an engine open: accesses a truncated foreign mapping, or raises the signal. */
static void fault(bool sent)
{
	const struct rlimit none = {0, 0};
	volatile unsigned char *foreign;
	int fd;

	setrlimit(RLIMIT_CORE, &none);
	if (sent) {
		raise(SIGBUS);
		return;
	}
	fd = open(path, O_RDWR | O_CLOEXEC);
	foreign = mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (foreign == MAP_FAILED || ftruncate(fd, 0))
		_exit(3);
	(void)foreign[0];
}

static int status_of_child(bool handled, bool ignored, bool sent)
{
	struct config config = {0};
	int status;
	pid_t pid;

	for (size_t i = 0; i < engine_table_count; i++) {
		if (strcmp(engine_table[i]->name, "mmap") == 0)
			config.ops = engine_table[i];
	}
	make_file();
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGBUS, handled ? jump : ignored ? SIG_IGN : SIG_DFL);
		if (!open_it(&config, ENGINE_OPEN_READ))
			_exit(2);
		if (sigsetjmp(back, 1))
			_exit(42);
		fault(sent);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* Run first: no engine was opened before, so the engines' handler is installed in the child. */
static void test_foreign_faults(void **state)
{
	int status;

	(void)state;
	for (int sent = 0; sent < 2; sent++) {
		status = status_of_child(true, false, sent);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
		status = status_of_child(false, false, sent);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	}
	status = status_of_child(false, true, false);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	status = status_of_child(false, true, true);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_guards_are_limited(void **state)
{
	static struct sigbus_guard *taken[SIGBUS_GUARDS_MAX];
	struct sigbus_guard *more;

	(void)state;
	for (size_t i = 0; i < SIGBUS_GUARDS_MAX; i++)
		assert_int_equal(sigbus_take(&taken[i]), 0);
	assert_int_equal(sigbus_take(&more), -EMFILE);
	sigbus_release(taken[7]);
	assert_int_equal(sigbus_take(&more), 0);
	assert_ptr_equal(more, taken[7]);
	for (size_t i = 0; i < SIGBUS_GUARDS_MAX; i++)
		sigbus_release(taken[i]);
}

/* ---- one writer, many readers ---- */

/* Exit status of a reader: 0 if the file has the data that the writer synced. */
static int read_in_child(const struct config *config)
{
	const struct engine_ops *ops = config->ops;
	struct engine *engine = open_it(config, ENGINE_OPEN_READ);
	const unsigned char *mapped;

	if (!engine)
		return 0;
	if (ops->size(engine) != FILE_BYTES)
		return 1;
	if (ops->read(engine, 0, found, FILE_BYTES) || memcmp(found, bytes, FILE_BYTES) != 0)
		return 2;
	mapped = ops->map ? ops->map(engine, 0, FILE_BYTES) : NULL;
	if (mapped && memcmp(mapped, bytes, FILE_BYTES) != 0)
		return 3;
	return ops->close(engine) ? 4 : 0;
}

static void read_by_many(const struct config *reader)
{
	pid_t pids[READERS_COUNT];

	fflush(NULL);
	for (size_t i = 0; i < READERS_COUNT; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(read_in_child(reader));
	}
	for (size_t i = 0; i < READERS_COUNT; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			print_error("reader %s: status %x\n", reader->ops->name, (unsigned)status);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

/*
 * Writes all of `bytes`, in small pieces that are buffered and in large ones that bypass the
 * buffer.
 */
static void write_all(const struct engine_ops *ops, struct engine *engine)
{
	for (size_t at = 0, part; at < FILE_BYTES; at += part) {
		part = at / 1000 % 2 ? 200 : 9000;
		if (part > FILE_BYTES - at)
			part = FILE_BYTES - at;
		assert_int_equal(ops->write(engine, at, bytes + at, part), 0);
	}
}

static void test_synced_data_is_seen(void **state)
{
	struct config writer, reader;

	(void)state;
	for (size_t i = 0; config_at(i, &writer); i++) {
		const struct engine_ops *ops = writer.ops;
		struct engine *engine;

		unlink(path);
		engine = open_it(&writer, ENGINE_OPEN_CREATE);
		if (!engine)
			continue;
		assert_int_equal(ops->resize(engine, FILE_BYTES), 0);
		for (unsigned round = 0; round < ROUNDS_COUNT; round++) {
			fill(round);
			write_all(ops, engine);
			assert_int_equal(ops->sync(engine), 0);
			/* Every engine reads the data of this one in the first round. */
			for (size_t k = 0; config_at(k, &reader); k++) {
				if (round == 0 || strcmp(reader.ops->name, ops->name) == 0)
					read_by_many(&reader);
			}
		}
		assert_int_equal(ops->close(engine), 0);
	}
}

/*
 * A reader that was opened before the writes: bytes that the writer does not change stay the same.
 */
static void test_unchanged_bytes_are_kept(void **state)
{
	struct config config;

	(void)state;
	for (size_t i = 0; config_at(i, &config); i++) {
		const struct engine_ops *ops = config.ops;
		struct engine *writer, *reader;

		make_file();
		writer = open_it(&config, ENGINE_OPEN_WRITE);
		reader = writer ? open_it(&config, ENGINE_OPEN_READ) : NULL;
		if (!writer)
			continue;
		for (unsigned round = 1; round < 4; round++) {
			fill(round); /* the first half; the second has the initial data */
			assert_int_equal(ops->write(writer, 0, bytes, FILE_BYTES / 2), 0);
			if (round == 2)
				assert_int_equal(ops->sync(writer), 0);
			fill(0);
			assert_int_equal(ops->read(reader, FILE_BYTES / 2, found, FILE_BYTES / 2),
					 0);
			assert_memory_equal(found, bytes + FILE_BYTES / 2, FILE_BYTES / 2);
		}
		assert_int_equal(ops->close(reader), 0);
		assert_int_equal(ops->close(writer), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_foreign_faults), /* must run first */
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_write_to_truncated_part),
		cmocka_unit_test(test_guards_are_limited),
		cmocka_unit_test(test_synced_data_is_seen),
		cmocka_unit_test(test_unchanged_bytes_are_kept),
	};
	const char *temporary = getenv("TMPDIR");
	int failed;

	page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	snprintf(folder, sizeof(folder), "%s/iowalk-processes-XXXXXX",
		 temporary ? temporary : "/tmp");
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/file", folder);
	failed = cmocka_run_group_tests_name("engine_processes", tests, NULL, NULL);
	unlink(path);
	rmdir(folder);
	return failed > 0;
}
