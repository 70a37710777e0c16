/* The levels of a walk: see levels.h. */
#include "levels.h"

#include "../base/clock.h"

#include <errno.h>

/* One level, or several. */
struct level {
	uint64_t levels_count, nodes_count, edges_count, time_ns, calls_count, read_bytes;
};

struct recording {
	struct level_sink sink; /* first member: record() casts it back */
	struct measurement *m;
	struct level levels[LEVELS_RECORDED + 1]; /* the last: all further ones */
	size_t count;
	uint64_t began_ns;
	struct workload_counts before;
};

static void record(struct level_sink *sink, uint64_t nodes_count, uint64_t edges_count)
{
	struct recording *recording = (struct recording *)sink;
	uint64_t ended_ns = clock_now_ns();
	struct workload_counts now;

	measure_ops(recording->m)->counts(recording->m->state, &now);
	struct level *level = &recording->levels[recording->count];
	level->levels_count++;
	level->nodes_count += nodes_count;
	level->edges_count += edges_count;
	level->time_ns += ended_ns - recording->began_ns;
	level->calls_count += measure_engine_calls(&now) - measure_engine_calls(&recording->before);
	level->read_bytes +=
		now.layout.logical_read_bytes - recording->before.layout.logical_read_bytes;
	if (recording->count < LEVELS_RECORDED)
		recording->count++;
	recording->before = now;
	recording->began_ns = clock_now_ns(); /* reading the counts is not part of a level */
}

static json_t *level_json(const struct level *level, bool has_calls)
{
	json_t *json =
		json_pack("{sI sI sI sI}", "levels", (json_int_t)level->levels_count, "nodes",
			  (json_int_t)level->nodes_count, "edges", (json_int_t)level->edges_count,
			  "time_ns", (json_int_t)level->time_ns);

	if (!json || !has_calls) /* a reference does not count its calls and bytes */
		return json;
	json_object_set_new(json, "calls", json_integer((json_int_t)level->calls_count));
	json_object_set_new(json, "read_bytes", json_integer((json_int_t)level->read_bytes));
	return json;
}

int measure_levels(struct measurement *m, json_t **out)
{
	struct recording recording = {.sink = {record}, .m = m};
	bool has_calls = !(m->cell->layout->capabilities & LAYOUT_REFERENCE);

	*out = NULL;
	if (!measure_ops(m)->run_levels)
		return 0;
	int err = measure_before_walk(m);
	if (err)
		return err;
	measure_ops(m)->counts(m->state, &recording.before);
	recording.began_ns = clock_now_ns();
	err = measure_ops(m)->run_levels(m->state, &recording.sink);
	if (err == -EOPNOTSUPP)
		return 0;
	if (err)
		return measure_failed(m, measure_action(m), err);
	err = measure_check(m);
	if (err)
		return err;
	*out = json_array();
	for (size_t i = 0; i <= LEVELS_RECORDED; i++) {
		if (recording.levels[i].levels_count)
			json_array_append_new(*out, level_json(&recording.levels[i], has_calls));
	}
	return 0;
}
