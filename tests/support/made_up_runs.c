/* Runs in memory: see made_up_runs.h. */
#include "made_up_runs.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "random.h"

#define SAMPLES_COUNT 2
#define SLOW_SHARE    0.3
#define SLOW_FACTOR   1.4

struct run made_up_empty_run(const char *path, const char *engine, int cells_count)
{
	json_t *cells = json_array();
	for (int i = 0; i < cells_count; i++) {
		char name[16];
		snprintf(name, sizeof name, "cell%d", i);
		json_array_append_new(cells,
				      json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:{}}", "name", name,
						"workload", "bfs", "graph", "chain", "layout",
						"slotted", "engine", engine, "cache", "warm",
						"nodes_count", 10, "options"));
	}
	return (struct run){
		.path = (char *)path,
		.info = json_pack("{s:i,s:i,s:o}", "format", 1, "seed", 1, "cells", cells),
		.environment = json_pack("{s:{s:s}}", "machine", "cpu_model", "one"),
		.samples = json_array()};
}

void made_up_drop(struct run *runs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		json_decref(runs[i].info);
		json_decref(runs[i].environment);
		json_decref(runs[i].samples);
	}
}

void made_up_add(struct run *run, int cell, int process, int repetition, double time_ns)
{
	char name[16];
	snprintf(name, sizeof name, "cell%d", cell);
	json_array_append_new(run->samples,
			      json_pack("{s:s,s:s,s:i,s:i,s:{s:f},s:b}", "cell", name, "pass",
					"time", "process", process, "repetition", repetition,
					"metrics", "real_time_ns", time_ns, "verified", 1));
}

struct run made_up_run(uint64_t *seed)
{
	struct run run = made_up_empty_run("noisy", "pread", MADE_UP_CELLS);
	for (int cell = 0; cell < MADE_UP_CELLS; cell++) {
		double centre = exp(MADE_UP_SPREAD * random_normal(seed));
		for (int i = 0; i < MADE_UP_PROCESSES; i++) {
			double process = centre * exp(MADE_UP_SPREAD * random_normal(seed));
			if (random_uniform(seed) < SLOW_SHARE)
				process *= SLOW_FACTOR;
			for (int j = 0; j < SAMPLES_COUNT; j++)
				made_up_add(&run, cell, i, j,
					    MADE_UP_TIME_NS * process *
						    exp(MADE_UP_SPREAD * random_normal(seed)));
		}
	}
	return run;
}

struct comparison made_up_compare(const struct run *a, size_t a_count, const struct run *b,
				  size_t b_count)
{
	struct comparison out;
	struct why why = {""};
	assert_int_equal(comparison_of_runs(a, a_count, b, b_count, NAN, false, &out, &why), 0);
	return out;
}

struct run made_up_plain_run(const char *path, const double *processes, int count)
{
	struct run run = made_up_empty_run(path, "pread", 1);
	for (int i = 0; i < count; i++)
		made_up_add(&run, 0, i, 0, processes[i]);
	return run;
}
