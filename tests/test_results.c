/*
 * A run on disk: created, killed, repaired, read and summarised; the figures are compared with ones
 * computed by hand.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../harness/record/run.h"
#include "../harness/base/files.h"

static char folder[4096];

static int setup(void **state)
{
	const char *base = getenv("TMPDIR");
	(void)state;
	snprintf(folder, sizeof folder, "%s/iowalk-results-XXXXXX", base == NULL ? "/tmp" : base);
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
	char command[4200];
	(void)state;
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return system(command);
}

static const char *path_of(const char *name)
{
	static char paths[4][4200];
	static size_t next;
	char *path = paths[next++ % 4];
	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

static json_t *cell(const char *name, const char *engine, json_int_t nodes_count)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:{}}", "name", name, "workload", "bfs",
			 "graph", "chain", "layout", "slotted", "engine", engine, "cache", "warm",
			 "nodes_count", nodes_count, "options");
}

static json_t *time_sample(const char *name, int repetition, double real_time_ns)
{
	return json_pack("{s:s,s:s,s:i,s:i,s:{s:f,s:f},s:b,s:i,s:{s:i}}", "cell", name, "pass",
			 "time", "repetition", repetition, "iterations", 3, "metrics",
			 "real_time_ns", real_time_ns, "cpu_time_ns", real_time_ns / 2, "verified",
			 1, "edges_count", 9, "walk", "reached_count", 10);
}

/* A run of the cells a and b in the folder NAME. */
static void create(const char *name, struct run *run)
{
	struct why why = {""};
	json_t *info = json_pack("{s:i,s:s,s:i,s:[o,o]}", "format", 1, "suite", "test", "seed", 1,
				 "cells", cell("a", "mmap", 10), cell("b", "pread", 10));
	json_t *environment = json_pack("{s:s}", "date", "now");
	assert_int_equal(run_create(path_of(name), info, environment, run, &why), 0);
	json_decref(info);
	json_decref(environment);
}

static void write_raw(const char *path, const char *text, bool append)
{
	FILE *file = fopen(path, append ? "a" : "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_created_run_reads_back(void **state)
{
	struct run run, again;
	struct why why = {""};
	(void)state;
	create("deep/er/run/", &run);
	assert_int_equal(run_append(&run, time_sample("a", 0, 100)), 0);
	assert_int_equal(run_append(&run, time_sample("b", 0, 0.1)), 0);
	assert_int_equal(run_load(path_of("deep/er/run/"), false, &again, &why), 0);
	assert_string_equal(again.path, run.path);
	assert_true(json_equal(again.samples, run.samples));
	assert_true(json_equal(again.info, run.info));
	assert_true(json_equal(again.environment, run.environment));
	assert_string_equal(why.text, "");
	assert_null(again.samples_file);
	assert_int_equal(run_append(&again, time_sample("a", 1, 1)), -EBADF);
	run_release(&again);
	run_release(&run);
}

static void test_create_refuses_an_existing_folder(void **state)
{
	struct run run, second;
	struct why why = {""};
	(void)state;
	create("there", &run);
	assert_int_equal(run_create(run.path, run.info, run.environment, &second, &why), -EEXIST);
	assert_non_null(strstr(why.text, "there"));
	run_release(&run);
	assert_int_equal(run_load(path_of("there"), false, &run, &why), 0);
	run_release(&run);
}

static void test_one_writer_at_a_time(void **state)
{
	struct run run, second;
	struct why why = {""};
	(void)state;
	create("locked", &run);
	assert_int_equal(run_load(run.path, true, &second, &why), -EBUSY);
	run_release(&run);
	assert_int_equal(run_load(path_of("locked"), true, &second, &why), 0);
	run_release(&second);
}

static void test_half_last_line_is_removed(void **state)
{
	struct run run;
	struct why why = {""};
	struct stat before, after;
	(void)state;
	create("half", &run);
	run_append(&run, time_sample("a", 0, 100));
	run_release(&run);
	stat(path_of("half/samples.jsonl"), &before);
	write_raw(path_of("half/samples.jsonl"), "{\"cell\":\"a\",\"pass\":\"ti", true);
	assert_int_equal(run_load(path_of("half"), false, &run, &why), 0);
	assert_int_equal(json_array_size(run.samples), 1);
	assert_int_equal(run.damaged_count, 0);
	run_release(&run);
	assert_int_equal(run_load(path_of("half"), true, &run, &why), 0);
	stat(path_of("half/samples.jsonl"), &after);
	assert_int_equal(before.st_size, after.st_size);
	assert_int_equal(run_append(&run, time_sample("a", 1, 200)), 0);
	run_release(&run);
	assert_int_equal(run_load(path_of("half"), false, &run, &why), 0);
	assert_int_equal(json_array_size(run.samples), 2);
	assert_int_equal(run.damaged_count, 0);
	run_release(&run);
}

/* Only the line end is missing: the sample is complete and must be kept. */
static void test_missing_last_newline_is_added(void **state)
{
	struct run run;
	struct why why = {""};
	(void)state;
	create("newline", &run);
	run_release(&run);
	write_raw(path_of("newline/samples.jsonl"), "{\"cell\":\"a\",\"repetition\":0}", true);
	assert_int_equal(run_load(path_of("newline"), true, &run, &why), 0);
	run_append(&run, time_sample("a", 1, 200));
	run_release(&run);
	assert_int_equal(run_load(path_of("newline"), false, &run, &why), 0);
	assert_int_equal(json_array_size(run.samples), 2);
	run_release(&run);
}

static void test_damage_is_counted_and_named(void **state)
{
	struct run run;
	struct why why = {""};
	(void)state;
	create("damaged", &run);
	run_release(&run);
	write_raw(path_of("damaged/samples.jsonl"),
		  "{\"cell\":\"a\"}\n\n{\"cell\":\"a\",NaN}\n[1]\n{\"cell\":\"b\"}\n", false);
	assert_int_equal(run_load(path_of("damaged"), false, &run, &why), 0);
	assert_int_equal(json_array_size(run.samples), 2);
	assert_int_equal(run.damaged_count, 2);
	assert_non_null(strstr(why.text, "line 3"));
	run_release(&run);
}

static void test_folders_without_a_run_are_refused(void **state)
{
	struct run run;
	struct why why = {""};
	(void)state;
	assert_int_equal(run_load(path_of("nowhere"), false, &run, &why), -ENOENT);
	write_raw(path_of("file"), "x", false);
	assert_int_equal(run_load(path_of("file"), false, &run, &why), -ENOTDIR);
	assert_int_equal(make_folders(path_of("file/below")), -ENOTDIR);
	assert_int_equal(make_folders(path_of("bad")), 0);
	assert_int_equal(run_load(path_of("bad"), false, &run, &why), -ENOENT);
	static const char *const texts[] = {"{", "[]", "{\"format\":2,\"cells\":[]}",
					    "{\"format\":1}", "{\"format\":1,\"cells\":[{}]}"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		write_raw(path_of("bad/run.json"), texts[i], false);
		assert_int_equal(run_load(path_of("bad"), false, &run, &why), -EBADMSG);
		assert_string_not_equal(why.text, "");
	}
	write_raw(path_of("bad/run.json"), "{\"format\":1,\"cells\":[]}", false);
	assert_int_equal(run_load(path_of("bad"), false, &run, &why), 0);
	run_release(&run);
}

static void test_files_are_written_atomically(void **state)
{
	(void)state;
	assert_int_equal(write_text_file(path_of("none/x"), "text", 4), -ENOENT);
	assert_int_equal(write_text_file(path_of("x"), "text", 4), 0);
	json_t *value = json_pack("{s:f}", "a", 0.1);
	assert_int_equal(write_json_file(path_of("x"), value), 0);
	json_decref(value);
	FILE *file = fopen(path_of("x"), "r");
	char text[64] = "";
	assert_true(fread(text, 1, sizeof text - 1, file) > 0);
	fclose(file);
	assert_string_equal(text, "{\n \"a\": 0.1\n}\n");
	/* a folder cannot be replaced, and no temporary file remains */
	assert_int_equal(make_folders(path_of("busy/x")), 0);
	assert_int_not_equal(write_text_file(path_of("busy"), "text", 4), 0);
	char command[4300];
	snprintf(command, sizeof command, "test -z \"$(ls '%s' | grep tmp)\"", folder);
	assert_int_equal(system(command), 0);
}

static void assert_near(double value, double expected)
{
	assert_true(fabs(value - expected) <= 1e-9 * fabs(expected));
}

/* R: quantile(c(7, 1, 3, 12), c(0, .25, .5, .9, 1)) */
static void test_quantile_is_type_7(void **state)
{
	double values[] = {7, 1, 3, 12};
	double one[] = {5};
	(void)state;
	assert_near(quantile(values, 4, 0), 1);
	assert_near(quantile(values, 4, 0.25), 2.5);
	assert_near(quantile(values, 4, 0.5), 5);
	assert_near(quantile(values, 4, 0.9), 10.5);
	assert_near(quantile(values, 4, 1), 12);
	assert_near(quantile(one, 1, 0.99), 5);
}

static void append_metric(struct run *run, const char *pass, int repetition, const char *metric,
			  json_t *value)
{
	json_t *sample = json_pack("{s:s,s:s,s:i,s:{s:o},s:{s:s},s:b}", "cell", "a", "pass", pass,
				   "repetition", repetition, "metrics", metric, value, "sources",
				   metric, pass, "verified", 1);
	assert_int_equal(run_append(run, sample), 0);
}

static void test_summary_by_hand(void **state)
{
	struct run run;
	struct cell_summary *summaries;
	size_t count;
	(void)state;
	create("summary", &run);
	const double times_ns[] = {400, 100, 300, 200, 1000};
	for (int i = 0; i < 5; i++)
		run_append(&run, time_sample("a", i, times_ns[i]));
	run_append(&run, time_sample("of nobody", 0, 1));
	append_metric(&run, "latency", 0, "real_time_ns", json_real(9999)); /* slowed down */
	append_metric(&run, "time", 9, "faults_minor", json_integer(77));   /* count overrides */
	append_metric(&run, "count", 0, "faults_minor", json_integer(5));
	append_metric(&run, "count", 1, "faults_minor", json_integer(5));
	append_metric(&run, "count", 2, "syscalls", json_integer(2));
	append_metric(&run, "count", 3, "syscalls", json_integer(3));
	append_metric(&run, "count", 4, "text", json_string("no number"));
	assert_int_equal(run_summarize(&run, &summaries, &count), 0);
	assert_int_equal(count, 2);
	const struct cell_summary *a = &summaries[0], *b = &summaries[1];
	assert_string_equal(a->name, "a");
	assert_int_equal(a->real_time_ns.count, 5);
	assert_near(a->real_time_ns.median, 300);
	assert_near(a->real_time_ns.low, 200);
	assert_near(a->real_time_ns.high, 400);
	assert_near(a->real_time_ns.min, 100);
	assert_near(a->real_time_ns.max, 1000);
	assert_near(a->cpu_time_ns.median, 150);
	assert_int_equal(a->reached_count, 10);
	assert_int_equal(a->walked_edges_count, 9);
	assert_true(a->verified);
	assert_null(a->error);
	assert_near(summary_metric(a, "real_time_ns"), 300);
	assert_true(json_is_integer(json_object_get(a->metrics, "faults_minor")));
	assert_near(summary_metric(a, "faults_minor"), 5);
	assert_near(summary_metric(a, "syscalls"), 2.5);
	assert_true(isnan(summary_metric(a, "text")));
	assert_string_equal(json_string_value(json_object_get(a->sources, "syscalls")), "count");
	assert_int_equal(b->real_time_ns.count, 0);
	assert_false(b->verified);
	assert_true(isnan(summary_metric(b, "real_time_ns")));
	summaries_free(summaries, count);
	run_release(&run);
}

/* One process of three has most of the samples, and is slow. */
static void test_time_is_the_median_of_the_processes(void **state)
{
	struct run run;
	struct cell_summary *summaries;
	size_t count;
	(void)state;
	create("processes", &run);
	for (int i = 0; i < 9; i++) {
		json_t *sample = time_sample("a", i, i < 7 ? 900 : 100.0 * (i - 6));
		json_object_set_new(sample, "process", json_integer(i < 7 ? 0 : i - 6));
		run_append(&run, sample);
	}
	assert_int_equal(run_summarize(&run, &summaries, &count), 0);
	const struct cell_summary *a = &summaries[0];
	assert_int_equal(a->processes.medians.count, 3);
	assert_near(a->processes.medians.median, 200);
	assert_near(a->real_time_ns.median, 200);
	assert_near(summary_metric(a, "real_time_ns"), 200);
	assert_near(a->cpu_time_ns.median, 100);
	assert_near(a->real_time_ns.low, 900); /* of all samples */
	assert_true(a->real_time_ns.median >= a->processes.medians.low);
	summaries_free(summaries, count);
	run_release(&run);
}

static void test_last_line_of_a_repetition_is_used(void **state)
{
	struct run run;
	struct cell_summary *summaries;
	size_t count;
	(void)state;
	create("again", &run);
	run_append(&run, json_pack("{s:s,s:s,s:i,s:s}", "cell", "a", "pass", "time", "repetition",
				   0, "error", "cold refused"));
	assert_int_equal(run_summarize(&run, &summaries, &count), 0);
	assert_string_equal(summaries[0].error, "cold refused");
	summaries_free(summaries, count);
	run_append(&run, time_sample("a", 0, 50));
	assert_int_equal(run_summarize(&run, &summaries, &count), 0);
	assert_null(summaries[0].error);
	assert_near(summaries[0].real_time_ns.median, 50);
	assert_true(summaries[0].verified);
	summaries_free(summaries, count);
	run_release(&run);
}

static void test_wrong_answers_have_no_time(void **state)
{
	struct run run;
	struct cell_summary *summaries;
	size_t count;
	(void)state;
	create("wrong", &run);
	json_t *sample = time_sample("a", 0, 1);
	json_object_set_new(sample, "verified", json_false());
	run_append(&run, sample);
	assert_int_equal(run_summarize(&run, &summaries, &count), 0);
	assert_int_equal(summaries[0].real_time_ns.count, 0);
	assert_false(summaries[0].verified);
	assert_string_equal(summaries[0].error, "wrong answer");
	summaries_free(summaries, count);
	run_release(&run);
}

static void test_no_nan_reaches_the_file(void **state)
{
	struct run run;
	(void)state;
	create("nan", &run);
	json_t *sample = json_pack("{s:s}", "cell", "a");
	assert_int_not_equal(json_object_set_new(sample, "x", json_real((double)NAN)), 0);
	assert_int_equal(run_append(&run, sample), 0);
	assert_int_equal(run_append(&run, NULL), -EINVAL);
	assert_null(json_object_get(json_array_get(run.samples, 0), "x"));
	run_release(&run);
}

static void test_ten_thousand_samples_in_a_second(void **state)
{
	struct run run;
	struct cell_summary *summaries;
	size_t count;
	struct timespec start, end;
	(void)state;
	create("many", &run);
	for (int i = 0; i < 10000; i++)
		json_array_append_new(run.samples, time_sample(i % 2 ? "a" : "b", i, i));
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(run_summarize(&run, &summaries, &count), 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_true(end.tv_sec - start.tv_sec < 2);
	assert_int_equal(summaries[0].real_time_ns.count, 5000);
	assert_near(summaries[0].real_time_ns.median, 5000);
	summaries_free(summaries, count);
	run_release(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_created_run_reads_back),
		cmocka_unit_test(test_create_refuses_an_existing_folder),
		cmocka_unit_test(test_one_writer_at_a_time),
		cmocka_unit_test(test_half_last_line_is_removed),
		cmocka_unit_test(test_missing_last_newline_is_added),
		cmocka_unit_test(test_damage_is_counted_and_named),
		cmocka_unit_test(test_folders_without_a_run_are_refused),
		cmocka_unit_test(test_files_are_written_atomically),
		cmocka_unit_test(test_quantile_is_type_7),
		cmocka_unit_test(test_summary_by_hand),
		cmocka_unit_test(test_time_is_the_median_of_the_processes),
		cmocka_unit_test(test_last_line_of_a_repetition_is_used),
		cmocka_unit_test(test_wrong_answers_have_no_time),
		cmocka_unit_test(test_no_nan_reaches_the_file),
		cmocka_unit_test(test_ten_thousand_samples_in_a_second),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
