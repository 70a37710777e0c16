/*
 * Every engine compared with a plain array of bytes, operation by operation: the histories of `iowalk conform`
 * (harness/conform/model.h), one for each engine and set of options, with the options below as well. And the
 * text of a history is read as it was written.
 *
 * IOWALK_MODEL_OPERATIONS and IOWALK_MODEL_SEED override the number of operations and the seed.
 */
#include "support/engines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../harness/conform/model.h"

#define OPERATIONS_COUNT 100000

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

/* Plays one history of `count` operations; the caller releases the outcome. */
static void run_model(const struct conform_subject *subject, size_t count, uint64_t seed,
		      struct outcome *outcome)
{
	const struct conform_setup setup = {.folder = test_folder, .seed = seed, .length = count};

	outcome_init(outcome, "model", subject);
	assert_int_equal(conform_model(subject, &setup, outcome), 0);
	if (outcome->state == OUTCOME_FAILED)
		print_error("%s, seed %llu: %s\n  %s\n", outcome->name, (unsigned long long)seed,
			    outcome->why.text, outcome->reproducer);
}

static void test_subject(void **state)
{
	const struct conform_subject *subject = *state;
	struct outcome outcome;
	struct why why = {""};

	if (conform_subject_probe(subject, test_folder, &why) == -EOPNOTSUPP) {
		print_message("skipped: %s\n", why.text);
		skip();
	}
	run_model(subject, setting("IOWALK_MODEL_OPERATIONS", OPERATIONS_COUNT),
		  setting("IOWALK_MODEL_SEED", 1), &outcome);
	assert_int_equal(outcome.state, OUTCOME_PASSED);
}

/* ---- a failure is found and shrunk ---- */

/*
 * Shows that the test can fail: an engine around pread that caches the last small read and returns
 * it again, whatever was written in between.
 */
struct stale {
	struct engine engine;
	struct engine *inner;
	uint64_t offset;
	size_t len_bytes;
	unsigned char bytes[512];
};

extern const struct engine_ops engine_pread;
static struct engine_ops stale_ops;

static int stale_open(const char *file, unsigned flags, const uint64_t *options,
		      struct engine **out)
{
	struct stale *stale = calloc(1, sizeof(*stale));
	int err = stale ? engine_pread.open(file, flags, options, &stale->inner) : -ENOMEM;

	if (err) {
		free(stale);
		return err;
	}
	stale->engine.ops = &stale_ops;
	*out = &stale->engine;
	return 0;
}

static int stale_close(struct engine *engine)
{
	int err = engine_pread.close(((struct stale *)engine)->inner);

	free(engine);
	return err;
}

static uint64_t stale_size(const struct engine *engine)
{
	return engine_pread.size(((const struct stale *)engine)->inner);
}

static int stale_resize(struct engine *engine, uint64_t size_bytes)
{
	((struct stale *)engine)->len_bytes = 0;
	return engine_pread.resize(((struct stale *)engine)->inner, size_bytes);
}

static int stale_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct stale *stale = (struct stale *)engine;
	int err;

	if (len_bytes > 0 && offset >= stale->offset &&
	    engine_range_ok(offset - stale->offset, len_bytes, stale->len_bytes)) {
		memcpy(buffer, stale->bytes + (offset - stale->offset), len_bytes);
		return 0;
	}
	err = engine_pread.read(stale->inner, offset, buffer, len_bytes);
	if (!err && len_bytes > 0 && len_bytes <= sizeof(stale->bytes)) {
		memcpy(stale->bytes, buffer, len_bytes);
		stale->offset = offset;
		stale->len_bytes = len_bytes;
	}
	return err;
}

static int stale_write(struct engine *engine, uint64_t offset, const void *buffer, size_t len_bytes)
{
	return engine_pread.write(((struct stale *)engine)->inner, offset, buffer, len_bytes);
}

static int stale_sync(struct engine *engine)
{
	return engine_pread.sync(((struct stale *)engine)->inner);
}

static void stale_stats(const struct engine *engine, struct engine_stats *out)
{
	engine_pread.stats(((const struct stale *)engine)->inner, out);
}

static void test_finds_and_shrinks(void **state)
{
	struct conform_subject subject = {.ops = &stale_ops};
	struct history_operation *operations;
	const char *history;
	struct outcome outcome;
	size_t count;

	(void)state;
	stale_ops = (struct engine_ops){
		.name = "stale",
		.capabilities = ENGINE_PERSISTENT,
		.open = stale_open,
		.close = stale_close,
		.size = stale_size,
		.resize = stale_resize,
		.read = stale_read,
		.write = stale_write,
		.sync = stale_sync,
		.stats = stale_stats,
	};
	option_defaults(engine_pread.options, engine_pread.options_count, subject.options);
	print_message("a failure that must be found:\n");
	run_model(&subject, 20000, 7, &outcome);
	assert_int_equal(outcome.state, OUTCOME_FAILED);
	assert_non_null(outcome.reproducer);
	assert_int_equal(strncmp(outcome.reproducer, "iowalk conform stale --history ", 31), 0);

	/* The reproducer is short, and fails again. */
	history = strstr(outcome.reproducer, "--history ") + 10;
	assert_int_equal(history_parse(history, &operations, &count, NULL), 0);
	assert_in_range(count, 4, 6); /* resize, read, write, read, which may be in an open */
	struct outcome again;
	outcome_init(&again, "model", &subject);
	assert_int_equal(conform_history(&subject, &(struct conform_setup){.folder = test_folder},
					 operations, count, NULL, &again),
			 0);
	assert_int_equal(again.state, OUTCOME_FAILED);
	assert_string_equal(again.reproducer, outcome.reproducer);
	free(operations);
	outcome_release(&again);
	outcome_release(&outcome);
}

/* ---- text ---- */

static void test_text(void **state)
{
	struct history_operation operations[3000], *parsed;
	struct why why = {""};
	size_t count;

	(void)state;
	memset(operations, 0, sizeof(operations)); /* padding, too, is compared below */
	history_generate(operations, 3000, 5, false);
	char *text = history_text(operations, 3000);
	assert_non_null(text);
	assert_int_equal(history_parse(text, &parsed, &count, &why), 0);
	assert_int_equal(count, 3000);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(parsed[i].kind, operations[i].kind);
		assert_int_equal(parsed[i].number, operations[i].number);
		assert_int_equal(parsed[i].offset, operations[i].offset);
		assert_int_equal(parsed[i].len_bytes, operations[i].len_bytes);
	}
	free(parsed);
	free(text);
	static const char *const wrong[] = {"",
					    "frob",
					    "read",
					    "read:1",
					    "read:-1+1",
					    "read:1+1/1",
					    "write:1+1",
					    "sync:1",
					    "sync,",
					    ",sync",
					    "read:18446744073709551616+1",
					    "read:0+81921",
					    "resize:327681",
					    "write:0+1/4294967296",
					    "read:0+1 "};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		why.text[0] = '\0';
		assert_int_equal(history_parse(wrong[i], &parsed, &count, &why), -EINVAL);
		assert_true(*why.text);
	}
}

/* In addition to the defaults of every engine in the table. */
static const struct {
	const char *engine, *options_text;
} more_configs[] = {
	{"buffered", "policy=adaptive"},
	{"buffered", "windows=1 window_bytes=4096"},
	{"buffered", "windows=3 window_bytes=5000 write_behind=4"},
	{"buffered", "write_behind=0"},
	{"buffered", "write_behind=0 windows=1"},
	{"buffered", "detect=0"},
	{"buffered", "policy=adaptive detect=0"},
	{"buffered", "policy=adaptive windows=64 write_behind=1024 write_max_bytes=8192"},
	{"mmap_advised", "populate=1"},
	{"mmap_advised", "populate=1 hugepages=1"},
	{"mmap_advised", "populate_read=1"},
	{"mmap_advised", "copy_on_write=1"},
	{"mmap_advised", "copy_on_write=1 populate=1"},
	{"mmap_advised", "window_bytes=4096 windows=2"},
	{"mmap_advised", "window_bytes=16384 windows=3 populate_read=1 advice=random"},
	{"mmap_advised", "window_bytes=65536 windows=64 willneed_ahead=0"},
	{"mmap_advised", "willneed_ahead=0"},
	{"mmap_advised", "advice=random"},
	{"memory", "hugepages=1"},
	{"pread", "batch=each"},
	{"uring", "depth=1"},
	{"uring", "depth=8 fixed=0"},
	{"uring", "direct=1"},
	{"uring", "direct=1 depth=1"},
	{"uring", "direct=1 depth=8 fixed=0"},
	{"uring", "direct=1 depth=4 gap=0"},
	{"uring", "gap=32768"},
	{"pread", "gap=65536 announce=0"},
	{"pread", "threads=1"},
	{"pread", "threads=5"},
	{"buffered", "policy=adaptive threads=3"},
	{"direct", "cache_bytes=65536 threads=2"},
	{"uring", "poll=1 depth=8"},
	{"uring", "poll=1 direct=1"},
	{"buffered", "gap=0"},
	{"direct", "cache_bytes=65536"},
	{"direct", "cache_bytes=65536 page_bytes=16384"},
	{"direct", "cache_bytes=131072 ahead=0"},
};

/* Adds a subject and its test; false if there is no such engine, or it stores no data. */
static bool add(struct conform_subject *subject, struct CMUnitTest *test, char *name,
		size_t name_size, const char *engine, const char *options)
{
	const struct engine_ops *ops = engine_find(engine);
	struct why why = {""};

	if (!ops || ops->capabilities & ENGINE_NO_DATA)
		return false;
	if (conform_subject_init(subject, ops, options, &why)) {
		print_error("%s\n", why.text);
		exit(1);
	}
	/* Only where it is mapped in windows may an engine without copies decline. */
	subject->must_map =
		ops->capabilities & ENGINE_ZERO_COPY && !strstr(options, "window_bytes=");
	snprintf(name, name_size, "model %s %s", ops->name, options);
	*test = (struct CMUnitTest){
		.name = name, .test_func = test_subject, .initial_state = subject};
	return true;
}

int main(void)
{
	size_t more_count = sizeof(more_configs) / sizeof(more_configs[0]), count = 0;
	size_t most = engine_table_count + more_count;
	struct conform_subject *subjects = calloc(most, sizeof(*subjects));
	struct CMUnitTest *tests = calloc(most + 2, sizeof(*tests));
	char(*names)[128] = calloc(most, sizeof(*names));

	if (!subjects || !tests || !names)
		return 1;
	for (size_t i = 0; i < most; i++) {
		bool more = i >= engine_table_count;
		size_t k = more ? i - engine_table_count : i;

		count += add(&subjects[count], &tests[count], names[count], sizeof(names[count]),
			     more ? more_configs[k].engine : engine_table[k]->name,
			     more ? more_configs[k].options_text : "");
	}
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_finds_and_shrinks);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_text);
	int failed = _cmocka_run_group_tests("engine_model", tests, count, folder_setup,
					     folder_teardown);
	free(subjects);
	free(tests);
	free(names);
	return failed > 0;
}
