/*
 * Many batches in flight (submit, reap) on a cold and on a warm file, and handles for other threads
 * (attach), for every engine of the table. tests/test_engine_model.c mixes batches with all other
 * hooks.
 */
#include "support/engines.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../workloads/support/mix.h"

#define FILE_BYTES    (((size_t)6 << 20) + 100)
#define BATCHES_COUNT 20
#define EXTENTS_COUNT 300
#define LEN_MAX_BYTES 9000
#define THREADS_COUNT 3

static unsigned char *model; /* [FILE_BYTES] */

struct flight {
	struct engine_batch batch;
	struct engine_extent extents[EXTENTS_COUNT];
	unsigned char *bytes; /* [EXTENTS_COUNT * LEN_MAX_BYTES] */
};

static int setup(void **state)
{
	model = malloc(FILE_BYTES);
	assert_non_null(model);
	for (size_t i = 0; i < FILE_BYTES; i++)
		model[i] = (unsigned char)mix_at(5, i / 3);
	return engines_setup(state);
}

static int teardown(void **state)
{
	free(model);
	return engines_teardown(state);
}

static struct engine *open_model(const struct engine_ops *ops)
{
	struct engine *engine = engine_create(ops, engine_path, FILE_BYTES);

	assert_int_equal(ops->write(engine, 0, model, FILE_BYTES), 0);
	assert_int_equal(ops->close(engine), 0);
	assert_int_equal(engine_open(ops, engine_path, ENGINE_OPEN_READ, &engine), 0);
	return engine;
}

/* Extents anywhere, short and long, some empty, some equal, some at the end of the file. */
static void prepare_flight(struct flight *flight, uint64_t seed)
{
	flight->bytes = malloc((size_t)EXTENTS_COUNT * LEN_MAX_BYTES);
	assert_non_null(flight->bytes);
	flight->batch = (struct engine_batch){.extents = flight->extents,
					      .count = 1 + mix_at(seed, 0) % EXTENTS_COUNT};
	for (size_t i = 0; i < flight->batch.count; i++) {
		uint64_t len_bytes = mix_at(seed, 2 * i + 1) % (i % 7 ? 200 : LEN_MAX_BYTES);
		uint64_t offset = i % 5 ? mix_at(seed, 2 * i + 2) % (FILE_BYTES - LEN_MAX_BYTES)
					: FILE_BYTES - len_bytes;

		flight->extents[i] = (struct engine_extent){offset, len_bytes,
							    flight->bytes + i * LEN_MAX_BYTES};
	}
}

static void check_flight(const struct flight *flight)
{
	assert_true(flight->batch.is_read);
	assert_int_equal(flight->batch.err, 0);
	for (size_t i = 0; i < flight->batch.count; i++)
		assert_memory_equal(flight->extents[i].buffer, model + flight->extents[i].offset,
				    flight->extents[i].len_bytes);
}

static void fly(struct engine *engine, struct flight *flights, uint64_t seed)
{
	unsigned char bytes[100];

	for (size_t i = 0; i < BATCHES_COUNT; i++) {
		prepare_flight(&flights[i], seed + i);
		engine_submit(engine, &flights[i].batch);
	}
	assert_int_equal(engine->ops->read(engine, 4000, bytes, sizeof(bytes)), 0);
	assert_memory_equal(bytes, model + 4000, sizeof(bytes));
	for (size_t i = 0; i < BATCHES_COUNT; i++) /* 7 and 20 have no common divisor */
		assert_int_equal(engine_reap(engine, &flights[i * 7 % BATCHES_COUNT].batch), 0);
	for (size_t i = 0; i < BATCHES_COUNT; i++) {
		check_flight(&flights[i]);
		free(flights[i].bytes);
	}
}

static void test_many(void **state)
{
	struct flight *flights = calloc(BATCHES_COUNT, sizeof(*flights));
	const struct engine_ops *ops;

	(void)state;
	assert_non_null(flights);
	for (size_t i = 0; (ops = engine_next(&i));) {
		struct engine *engine = open_model(ops);

		if (ops->drop_cache)
			(void)ops->drop_cache(engine);
		fly(engine, flights, 100);
		engine_begin_walk(engine);
		fly(engine, flights, 200);
		assert_int_equal(ops->close(engine), 0);
	}
	free(flights);
}

/* A batch beyond the end fails; those before and after it do not. */
static void test_bad_batch(void **state)
{
	const struct engine_ops *ops;

	(void)state;
	for (size_t i = 0; (ops = engine_next(&i));) {
		struct engine *engine = open_model(ops);
		struct flight *flights = calloc(3, sizeof(*flights));

		assert_non_null(flights);
		for (size_t j = 0; j < 3; j++) {
			prepare_flight(&flights[j], 300 + j);
			if (j == 1)
				flights[j].extents[0].offset =
					FILE_BYTES + 1 - flights[j].extents[0].len_bytes;
			engine_submit(engine, &flights[j].batch);
		}
		assert_int_equal(engine_reap(engine, &flights[2].batch), 0);
		assert_int_equal(engine_reap(engine, &flights[1].batch), -ERANGE);
		assert_int_equal(engine_reap(engine, &flights[0].batch), 0);
		check_flight(&flights[0]);
		check_flight(&flights[2]);
		for (size_t j = 0; j < 3; j++)
			free(flights[j].bytes);
		free(flights);
		assert_int_equal(ops->close(engine), 0);
	}
}

/* Closing waits for what is in flight. */
static void test_close_in_flight(void **state)
{
	const struct engine_ops *ops;

	(void)state;
	for (size_t i = 0; (ops = engine_next(&i));) {
		struct engine *engine = open_model(ops);
		struct flight *flight = calloc(1, sizeof(*flight));

		assert_non_null(flight);
		if (ops->drop_cache)
			(void)ops->drop_cache(engine);
		prepare_flight(flight, 400);
		engine_submit(engine, &flight->batch);
		assert_int_equal(ops->close(engine), 0);
		free(flight->bytes);
		free(flight);
	}
}

static void *read_by_handle(void *argument)
{
	struct flight *flights = calloc(BATCHES_COUNT, sizeof(*flights));

	assert_non_null(flights);
	fly(argument, flights, 500);
	free(flights);
	return NULL;
}

static void test_attach(void **state)
{
	const struct engine_ops *ops;
	size_t with_count = 0;

	(void)state;
	for (size_t i = 0; (ops = engine_next(&i));) {
		struct engine *engine = open_model(ops), *handles[THREADS_COUNT];
		pthread_t threads[THREADS_COUNT];
		struct engine_stats stats;
		int err = engine_attach(engine, &handles[0]);

		if (err) {
			assert_int_equal(err, -EOPNOTSUPP);
			assert_int_equal(ops->close(engine), 0);
			continue;
		}
		with_count++;
		for (size_t j = 1; j < THREADS_COUNT; j++)
			assert_int_equal(engine_attach(engine, &handles[j]), 0);
		for (size_t j = 0; j < THREADS_COUNT; j++)
			assert_int_equal(
				pthread_create(&threads[j], NULL, read_by_handle, handles[j]), 0);
		read_by_handle(engine);
		for (size_t j = 0; j < THREADS_COUNT; j++) {
			assert_int_equal(pthread_join(threads[j], NULL), 0);
			assert_int_equal(engine_health(handles[j], NULL), 0);
			assert_int_equal(engine_close_counted(handles[j], &stats), 0);
			assert_int_equal(stats.syscalls[ENGINE_SYSCALL_munmap], 0);
		}
		assert_int_equal(ops->close(engine), 0);
	}
	assert_true(with_count > 0);
}

/* Engines with threads of their own: what they read is right and counted, they are named, and they end. */
static void test_reading_threads(void **state)
{
	struct flight *flights = calloc(BATCHES_COUNT, sizeof(*flights));
	const struct engine_ops *ops;
	size_t with_count = 0;

	(void)state;
	assert_non_null(flights);
	for (size_t i = 0; (ops = engine_next(&i));) {
		int option = option_find(ops->options, ops->options_count, "threads", 7);
		int cache =
			option_with_role(ops->options, ops->options_count, OPTION_ROLE_CACHE_BYTES);

		for (uint64_t threads = 1; option >= 0 && threads <= 16; threads *= 4) {
			uint64_t options[OPTIONS_MAX];
			struct engine *engine = open_model(ops);
			struct engine_stats stats, last;
			size_t count;

			assert_int_equal(ops->close(engine), 0);
			option_defaults(ops->options, ops->options_count, options);
			options[option] = threads;
			if (cache >= 0)
				options[cache] = ops->options[cache].min; /* less than the file */
			assert_int_equal(ops->open(engine_path, ENGINE_OPEN_READ, options, &engine),
					 0);
			const pid_t *ids = engine_thread_ids(engine, &count);
			assert_int_equal(count, threads);
			for (size_t k = 0; k < count; k++)
				assert_int_equal(tgkill(getpid(), ids[k], 0), 0);
			pid_t one = ids[0];

			assert_int_equal(ops->drop_cache(engine), 0);
			if (ops->advise) /* then nothing is read ahead of what is asked for */
				assert_int_equal(ops->advise(engine, ENGINE_PATTERN_RANDOM), 0);
			fly(engine, flights, 600 + threads);
			ops->stats(engine, &stats);
			/* A gap of 16 KiB at most is read with its neighbours. */
			assert_true(stats.syscalls[ENGINE_SYSCALL_pread64] > BATCHES_COUNT);
			prepare_flight(&flights[0], 700);
			flights[0].extents[0].offset =
				FILE_BYTES + 1 - flights[0].extents[0].len_bytes;
			engine_submit(engine, &flights[0].batch);
			assert_int_equal(engine_reap(engine, &flights[0].batch), -ERANGE);
			/* The file ends early: an error, and health() has it. */
			assert_int_equal(truncate(engine_path, 4096), 0);
			prepare_flight(&flights[1], 701);
			engine_submit(engine, &flights[1].batch);
			assert_int_equal(engine_reap(engine, &flights[1].batch), -EIO);
			assert_int_equal(engine_health(engine, NULL), -EIO);
			free(flights[0].bytes);
			free(flights[1].bytes);
			assert_int_equal(engine_close_counted(engine, &last), 0);
			assert_true(last.syscalls[ENGINE_SYSCALL_pread64] >
				    stats.syscalls[ENGINE_SYSCALL_pread64]);
			assert_int_equal(tgkill(getpid(), one, 0), -1);
			with_count++;
		}
	}
	assert_true(with_count > 0);
	free(flights);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_bad_batch),
		cmocka_unit_test(test_close_in_flight),
		cmocka_unit_test(test_attach),
		cmocka_unit_test(test_reading_threads),
	};

	return cmocka_run_group_tests_name("engine batches", tests, setup, teardown);
}
