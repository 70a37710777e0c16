/*
 * Reads of a fixed length at random places through an engine, without a layout: the cost of one
 * access. `bare-read` is the same loop over the system call.
 */
#include "support/reads.h"

#include <errno.h>
#include <stdlib.h>

static const struct option_spec options[READ_OPTIONS_COUNT] = {READ_OPTIONS};

struct reader {
	struct session
		session; /* first member: session_*() accept it as the state; it has no store */
	uint64_t bytes, reads_count, seed, fold;
	bool in_order;
	char *buffer; /* [bytes] */
};

static int read_begin(const struct workload_env *env, void **state, struct why *why)
{
	if (env->engine->capabilities & ENGINE_NO_DATA)
		return why_set(why, -EOPNOTSUPP, "engine %s has nothing to read",
			       env->engine->name);
	struct reader *reader = calloc(1, sizeof(*reader));
	if (!reader)
		return -ENOMEM;
	reader->bytes = env->options[READ_OPTION_BYTES];
	reader->reads_count = env->options[READ_OPTION_READS];
	reader->seed = env->seed;
	reader->in_order = env->options[READ_OPTION_ORDER] == READ_ORDER_SEQUENTIAL;
	reader->buffer = malloc(reader->bytes);
	int err = reader->buffer ? engine_ops_open(env->engine, env->path, ENGINE_OPEN_READ,
						   env->engine_options, &reader->session.engine)
				 : -ENOMEM;
	if (!err)
		err = session_advise(&reader->session, env->options[READ_OPTION_ADVISE]);
	if (err) {
		session_close(&reader->session);
		why_set(why, err, "engine %s cannot open '%s': %s", env->engine->name, env->path,
			strerror(-err));
		free(reader->buffer);
		free(reader);
		return err;
	}
	*state = reader;
	return 0;
}

static inline int read_all(struct reader *reader, struct latency_sink *sink)
{
	struct engine *engine = reader->session.engine;
	uint64_t file_bytes = engine->ops->size(engine), bytes = reader->bytes;
	uint64_t fold = 0, began_ns = 0;
	bool in_order = reader->in_order;

	for (uint64_t i = 0; i < reader->reads_count; i++) {
		uint64_t offset = read_offset(reader->seed, i, file_bytes, bytes, in_order);

		if (sink)
			began_ns = clock_now_ns();
		int err = engine->ops->read(engine, offset, reader->buffer, bytes);
		if (err)
			return err;
		if (sink)
			sink->record(sink, clock_now_ns() - began_ns);
		fold = read_fold(fold, reader->buffer, bytes);
	}
	reader->fold = fold;
	return 0;
}

static int read_run(void *state)
{
	return session_result(state, read_all(state, NULL));
}

static int read_run_latency(void *state, struct latency_sink *sink)
{
	return session_result(state, read_all(state, sink));
}

static int read_answer(void *state, struct answer *out)
{
	const struct reader *reader = state;

	*out = (struct answer){.fold = reader->fold, .operations_count = reader->reads_count};
	return 0;
}

static int read_end(void *state)
{
	struct reader *reader = state;
	int err = session_close(&reader->session);

	free(reader->buffer);
	free(reader);
	return err;
}

const struct workload_ops workload_read = {
	.name = "read",
	.operation = "read",
	.summary = "reads of a fixed length at random places, without a layout",
	.capabilities = WORKLOAD_BYTES,
	.options_count = READ_OPTIONS_COUNT,
	.options = options,
	.expect = reads_expect,
	.begin = read_begin,
	.run = read_run,
	.run_latency = read_run_latency,
	.answer = read_answer,
	.drop_cache = session_drop_cache,
	.counts = session_counts,
	.why = session_why,
	.end = read_end,
};
