/*
 * A run for tests of reports, exports and tables: it has a failed cell, a skipped cell, and names
 * with special characters of every format.
 */
#ifndef IOWALK_TESTS_SAMPLE_RUN_H
#define IOWALK_TESTS_SAMPLE_RUN_H

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../harness/base/files.h"
#include "../../harness/record/run.h"

#define HOSTILE "chain,\"q\"\n|<b>&'@_{x}\t`id`\\"

static char folder[4096];
static struct run run;

static json_t *cell(const char *graph, const char *engine, json_int_t nodes_count)
{
	char name[512];
	snprintf(name, sizeof name, "bfs/%s/slotted/%s/warm/nodes:%lld", graph, engine,
		 (long long)nodes_count);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:{}}", "name", name, "workload", "bfs",
			 "graph", graph, "layout", "slotted", "engine", engine, "cache", "warm",
			 "nodes_count", nodes_count, "options");
}

/* A limit over several cells: the first, a missing one, a skipped one, and `memory`. */
static json_t *limit_of_several(const char *name, const char *key, double bound)
{
	return json_pack("{s:s,s:s,s:s,s:f,s:[s,s,s]}", "name", name, "cell",
			 "bfs/chain/slotted/mmap/warm/nodes:10", "metric", "real_time_ns", key,
			 bound, "or", "no cell", "bfs/star/slotted/uring/warm/nodes:10",
			 "bfs/chain/slotted/memory/warm/nodes:10");
}

static json_t *limit(const char *name, const char *over, const char *metric, double at_most)
{
	json_t *limit = json_pack("{s:s,s:s,s:s,s:f}", "name", name, "cell",
				  "bfs/chain/slotted/mmap/warm/nodes:10", "metric", metric,
				  "at_most", at_most);
	if (over != NULL)
		json_object_set_new(limit, "over", json_string(over));
	return limit;
}

static void append_walk(const char *name, int repetition, double real_time_ns)
{
	json_t *sample = json_pack("{s:s,s:s,s:i,s:i,s:{s:f,s:f},s:b,s:i,s:{s:i},s:s}", "cell",
				   name, "pass", "time", "repetition", repetition, "iterations", 3,
				   "metrics", "real_time_ns", real_time_ns, "cpu_time_ns",
				   real_time_ns / 2, "verified", 1, "edges_count", 9, "walk",
				   "reached_count", 10, "time", "2026-01-31T12:00:01Z");
	assert_int_equal(run_append(&run, sample), 0);
}

static void append_counts(const char *name, int syscalls, int faults)
{
	json_t *sample = json_pack("{s:s,s:s,s:i,s:{s:i,s:i,s:i},s:b,s:i,s:{s:i}}", "cell", name,
				   "pass", "count", "repetition", 0, "metrics", "syscalls",
				   syscalls, "faults_minor", faults, "faults_major", 0, "verified",
				   1, "edges_count", 9, "walk", "reached_count", 10);
	assert_int_equal(run_append(&run, sample), 0);
}

static const char *cell_name(size_t i)
{
	json_t *cells = json_object_get(run.info, "cells");
	return json_string_value(json_object_get(json_array_get(cells, i), "name"));
}

static void append_samples(void)
{
	for (int i = 0; i < 3; i++) {
		append_walk(cell_name(0), i, 100 * (i + 1)); /* memory: median 200 */
		append_walk(cell_name(1), i, 300 + i);       /* mmap: 301 */
		append_walk(cell_name(2), i, 50);            /* null */
		append_walk(cell_name(3), i, 1e6);           /* the one with special characters */
	}
	append_counts(cell_name(1), 0, 9);
	append_counts(cell_name(3), 18, 0);
	run_append(&run, json_pack("{s:s,s:s,s:i,s:s}", "cell", cell_name(4), "pass", "time",
				   "repetition", 0, "error", "wrong|answer"));
}

/* The depth of the build folder varies: the scripts are in a folder above. */
static void find_plots(void)
{
	char path[4096], style[4200];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
	path[len < 0 ? 0 : len] = '\0';
	for (char *slash = strrchr(path, '/'); slash != NULL; slash = strrchr(path, '/')) {
		*slash = '\0';
		snprintf(style, sizeof style, "%s/plots/style.gp", path);
		if (access(style, R_OK) == 0)
			setenv("IOWALK_DATA_DIR", path, 0);
	}
}

static inline int setup(void **state)
{
	const char *base = getenv("TMPDIR");
	struct why why = {""};
	char path[4200];
	(void)state;
	snprintf(folder, sizeof folder, "%s/iowalk-export-XXXXXX", base == NULL ? "/tmp" : base);
	find_plots();
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/it's a run", folder);
	json_t *skipped = cell("star", "uring", 10);
	json_object_set_new(skipped, "skipped", json_string("no io_uring"));
	const char *memory = "bfs/chain/slotted/memory/warm/nodes:10";
	json_t *info = json_pack(
		"{s:i,s:s,s:s,s:i,s:[s,s],s:[o,o,o,o,o,o],s:[o,o,o,o,o,o]}", "format", 1, "suite",
		"it's", "started", "2026-01-31T12:00:00Z", "seed", 7, "command", "iowalk", "a b",
		"cells", cell("chain", "memory", 10), cell("chain", "mmap", 10),
		cell("chain", "null", 10), cell(HOSTILE, "pr\"e'ad", 10),
		cell("chain", "pread", 1000), skipped, "limits",
		limit("near", memory, "real_time_ns", 1.6),
		limit("far", memory, "real_time_ns", 1.5), limit("none", NULL, "syscalls", 0),
		limit("lost", "no cell", "real_time_ns", 1),
		limit_of_several("least of several", "at_most", 250),
		limit_of_several("most of several", "at_least", 250));
	json_t *environment =
		json_pack("{s:{s:i,s:s,s:f},s:{s:s}}", "machine", "cpus_online", 2, "host_name",
			  "box", "mhz_per_cpu", 2450.5, "build", "build_type", "release");
	int err = run_create(path, info, environment, &run, &why);
	json_decref(info);
	json_decref(environment);
	if (err == 0)
		append_samples();
	return err;
}

static inline int teardown(void **state)
{
	char command[4200];
	(void)state;
	run_release(&run);
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return system(command);
}

/* Returns the whole file; the caller frees it. */
static inline char *read_text(const char *path)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = fopen(path, "r"), *memory = open_memstream(&text, &len);
	assert_non_null(file);
	assert_non_null(memory);
	for (int c = fgetc(file); c != EOF; c = fgetc(file))
		fputc(c, memory);
	fclose(file);
	fclose(memory);
	return text;
}

static inline void assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("'%s' is not in:\n%s", part, text);
}

#endif
