/*
 * A run in the schema of Google Benchmark's JSON, for its compare.py and other tools that read it.
 *
 * How it works: each repetition of the time pass is a row of run_type "iteration". If there are at
 * least two, rows for mean, median, stddev and cv follow. Metrics of all passes are counters in
 * these rows: the value of the same repetition if there is one, else the median. Cells of one
 * family differ only in the part of the name from "/nodes:" on. Times are in nanoseconds.
 *
 * Source: Google Benchmark 1.7, docs/user_guide.md and the output of --benchmark_format=json
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gbench_json.h"

/* What the rows of one cell share. */
struct family_member {
	const struct cell_summary *summary;
	const struct sample_ref *refs; /* of this cell only */
	size_t refs_count;
	json_int_t family_index, instance_index, repetitions;
};

static json_t *get(const json_t *environment, const char *group, const char *key)
{
	return json_object_get(json_object_get(environment, group), key);
}

static void set_known(json_t *object, const char *key, json_t *value)
{
	if (value != NULL)
		json_object_set(object, key, value);
}

static json_t *context_json(const struct run *run, const struct cell_summary *summaries,
			    size_t count)
{
	json_t *environment = run->environment, *context = json_object();
	json_t *caches = get(environment, "machine", "caches");
	json_t *load = get(environment, "machine", "load_avg");
	const char *governor = json_string_value(get(environment, "machine", "governor"));
	const char *build = json_string_value(get(environment, "build", "build_type"));
	json_t *skipped = json_object();
	set_known(context, "date", json_object_get(run->info, "started"));
	set_known(context, "host_name", get(environment, "machine", "host_name"));
	set_known(context, "executable", json_array_get(json_object_get(run->info, "command"), 0));
	set_known(context, "num_cpus", get(environment, "machine", "cpus_online"));
	set_known(context, "mhz_per_cpu", get(environment, "machine", "mhz_per_cpu"));
	json_object_set_new(context, "cpu_scaling_enabled",
			    json_boolean(governor != NULL && strcmp(governor, "performance") != 0));
	/* Readers require both; they are empty if unknown. */
	json_object_set_new(context, "caches",
			    json_is_array(caches) ? json_incref(caches) : json_array());
	json_object_set_new(context, "load_avg",
			    json_is_array(load) ? json_incref(load) : json_array());
	json_object_set_new(context, "library_build_type",
			    json_string(build != NULL && strcasecmp(build, "debug") == 0
						? "debug"
						: "release"));
	set_known(context, "iowalk_version", get(environment, "build", "version"));
	set_known(context, "iowalk_commit", get(environment, "build", "commit"));
	set_known(context, "iowalk_suite", json_object_get(run->info, "suite"));
	set_known(context, "iowalk_seed", json_object_get(run->info, "seed"));
	for (size_t i = 0; i < count; i++) {
		if (summaries[i].skipped != NULL)
			json_object_set_new(skipped, summaries[i].name,
					    json_string(summaries[i].skipped));
	}
	json_object_set_new(context, "iowalk_skipped", skipped);
	return context;
}

/* The keys at the beginning of every row. */
static json_t *row_json(const struct family_member *member, const char *suffix,
			const char *run_type)
{
	const char *name = member->summary->name;
	size_t size = strlen(name) + strlen(suffix) + 1;
	char *full_name = malloc(size);
	if (full_name == NULL)
		return NULL;
	snprintf(full_name, size, "%s%s", name, suffix);
	json_t *row = json_pack("{s:s,s:I,s:I,s:s,s:s,s:I}", "name", full_name, "family_index",
				member->family_index, "per_family_instance_index",
				member->instance_index, "run_name", name, "run_type", run_type,
				"repetitions", member->repetitions);
	free(full_name);
	return row;
}

static bool is_time(const char *metric)
{
	return strcmp(metric, "real_time_ns") == 0 || strcmp(metric, "cpu_time_ns") == 0;
}

static double metric_of(const json_t *sample, const char *metric)
{
	const json_t *value = json_object_get(json_object_get(sample, "metrics"), metric);
	return json_is_number(value) ? json_number_value(value) : NAN;
}

/* A missing CPU time is written as 0, because readers require the key. */
static void set_times(json_t *row, double real_ns, double cpu_ns)
{
	json_object_set_new(row, "real_time", json_real(isfinite(real_ns) ? real_ns : 0));
	json_object_set_new(row, "cpu_time", json_real(isfinite(cpu_ns) ? cpu_ns : 0));
	json_object_set_new(row, "time_unit", json_string("ns"));
}

static void set_counter(json_t *row, const char *name, double value)
{
	if (isfinite(value) && json_object_get(row, name) == NULL)
		json_object_set_new(row, name, json_real(value));
}

/* The usable samples of one repetition of one process, by pass. */
struct repetition {
	const json_t *samples[PASS_OTHER + 1];
};

static struct repetition find_repetition(const struct family_member *member,
					 const struct sample_ref *wanted)
{
	struct repetition found = {{NULL}};
	for (size_t i = 0; i < member->refs_count; i++) {
		const struct sample_ref *ref = &member->refs[i];
		if (ref->process == wanted->process && ref->repetition == wanted->repetition &&
		    sample_error(ref->sample) == NULL)
			found.samples[ref->pass] = ref->sample;
	}
	return found;
}

/* The value in this repetition, from the count pass, else the latency pass, else the time pass;
 * else the median. */
static double repetition_metric(const struct family_member *member,
				const struct repetition *repetition, const char *metric)
{
	static const enum sample_pass order[] = {PASS_COUNT, PASS_LATENCY, PASS_TIME};
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		double value = metric_of(repetition->samples[order[i]], metric);
		if (!isnan(value))
			return value;
	}
	return summary_metric(member->summary, metric);
}

static json_int_t threads_count(const struct family_member *member)
{
	json_int_t count =
		json_integer_value(json_object_get(member->summary->cell, "threads_count"));

	return count > 0 ? count : 1;
}

/* `index`: of the row among those of its cell. */
static json_t *iteration_json(const struct family_member *member, const struct sample_ref *ref,
			      size_t index)
{
	const char *error = sample_error(ref->sample);
	json_int_t iterations = json_integer_value(json_object_get(ref->sample, "iterations"));
	struct repetition repetition = find_repetition(member, ref);
	json_t *row = row_json(member, "", "iteration"), *value;
	const char *name;
	json_object_set_new(row, "repetition_index",
			    json_integer(ref->process > 0      ? (json_int_t)index
					 : ref->repetition < 0 ? 0
							       : ref->repetition));
	json_object_set_new(row, "threads", json_integer(threads_count(member)));
	if (error != NULL) {
		json_object_set_new(row, "error_occurred", json_true());
		json_object_set_new(row, "error_message", json_string(error));
	}
	json_object_set_new(row, "iterations", json_integer(error != NULL ? 0 : iterations));
	set_times(row, error != NULL ? 0 : metric_of(ref->sample, "real_time_ns"),
		  error != NULL ? 0 : metric_of(ref->sample, "cpu_time_ns"));
	json_object_foreach(member->summary->metrics, name, value)
	{
		if (error == NULL && !is_time(name))
			set_counter(row, name, repetition_metric(member, &repetition, name));
	}
	return row;
}

struct statistics {
	double mean, median, stddev, cv;
};

static int statistics_of(const struct family_member *member, const char *metric,
			 struct statistics *out)
{
	double *values, sum = 0, squares = 0;
	size_t count;
	*out = (struct statistics){NAN, NAN, NAN, NAN};
	int err = metric_samples(member->refs, member->refs_count, member->refs[0].cell, metric,
				 &values, &count);
	if (err != 0 || count == 0)
		return err;
	for (size_t i = 0; i < count; i++)
		sum += values[i];
	out->mean = sum / (double)count;
	for (size_t i = 0; i < count; i++)
		squares += (values[i] - out->mean) * (values[i] - out->mean);
	out->stddev = count > 1 ? sqrt(squares / (double)(count - 1)) : (double)NAN;
	out->cv = out->mean != 0 ? out->stddev / out->mean : (double)NAN;
	out->median = quantile(values, count, 0.5);
	free(values);
	return 0;
}

static double statistic(const struct statistics *statistics, size_t which)
{
	switch (which) {
	case 0:
		return statistics->mean;
	case 1:
		return statistics->median;
	case 2:
		return statistics->stddev;
	default:
		return statistics->cv;
	}
}

static int append_aggregates(const struct family_member *member, json_t *rows)
{
	static const char *const names[] = {"mean", "median", "stddev", "cv"};
	static const char *const suffixes[] = {"_mean", "_median", "_stddev", "_cv"};
	struct statistics real_ns = {0}, cpu_ns = {0}, counter = {0};
	json_t *row, *value;
	const char *metric;
	int err = statistics_of(member, "real_time_ns", &real_ns);
	if (err == 0)
		err = statistics_of(member, "cpu_time_ns", &cpu_ns);
	for (size_t i = 0; err == 0 && i < sizeof names / sizeof *names; i++) {
		row = row_json(member, suffixes[i], "aggregate");
		json_object_set_new(row, "threads", json_integer(threads_count(member)));
		json_object_set_new(row, "aggregate_name", json_string(names[i]));
		json_object_set_new(
			row, "aggregate_unit",
			json_string(strcmp(names[i], "cv") == 0 ? "percentage" : "time"));
		json_object_set_new(row, "iterations",
				    json_integer((json_int_t)member->summary->real_time_ns.count));
		set_times(row, statistic(&real_ns, i), statistic(&cpu_ns, i));
		json_object_foreach(member->summary->metrics, metric, value)
		{
			if (err == 0 && !is_time(metric))
				err = statistics_of(member, metric, &counter);
			if (err == 0 && !is_time(metric))
				set_counter(row, metric, statistic(&counter, i));
		}
		if (json_array_append_new(rows, row) != 0)
			err = -ENOMEM;
	}
	return err;
}

static int append_cell(const struct family_member *member, json_t *rows)
{
	const struct sample_ref *failed = NULL;
	size_t timed_count = 0;
	for (size_t i = 0; i < member->refs_count; i++) {
		const struct sample_ref *ref = &member->refs[i];
		bool error = sample_error(ref->sample) != NULL;
		if (error && failed == NULL)
			failed = ref;
		if (ref->pass != PASS_TIME)
			continue;
		if (!error && isnan(metric_of(ref->sample, "real_time_ns")))
			continue;
		if (json_array_append_new(rows, iteration_json(member, ref, timed_count)) != 0)
			return -ENOMEM;
		timed_count++;
	}
	/* A cell that failed outside its time pass still gets a row with the error. */
	if (failed != NULL && failed->pass != PASS_TIME && timed_count == 0)
		return json_array_append_new(rows, iteration_json(member, failed, 0)) != 0 ? -ENOMEM
											   : 0;
	return failed == NULL && member->summary->real_time_ns.count > 1
		       ? append_aggregates(member, rows)
		       : 0;
}

/* Numbers the families by the part of the name before "/nodes:" and counts their members. */
static int find_family(json_t *families, const char *name, struct family_member *out)
{
	const char *end = strstr(name, "/nodes:");
	char *family = end == NULL ? strdup(name) : strndup(name, (size_t)(end - name));
	if (family == NULL)
		return -ENOMEM;
	json_t *known = json_object_get(families, family);
	if (known == NULL) {
		known = json_pack("[I,I]", (json_int_t)json_object_size(families), (json_int_t)0);
		json_object_set_new_nocheck(families, family, known);
	}
	free(family);
	if (known == NULL)
		return -ENOMEM;
	json_t *members = json_array_get(known, 1);
	out->family_index = json_integer_value(json_array_get(known, 0));
	out->instance_index = json_integer_value(members);
	json_integer_set(members, out->instance_index + 1);
	return 0;
}

static int append_cells(const struct cell_summary *summaries, const struct sample_ref *refs,
			size_t refs_count, json_t *rows)
{
	json_t *families = json_object();
	int err = families == NULL ? -ENOMEM : 0;
	for (size_t first = 0, end; err == 0 && first < refs_count; first = end) {
		struct family_member member = {.summary = &summaries[refs[first].cell],
					       .refs = &refs[first]};
		for (end = first; end < refs_count && refs[end].cell == refs[first].cell; end++)
			member.repetitions += refs[end].pass == PASS_TIME;
		member.refs_count = end - first;
		err = find_family(families, member.summary->name, &member);
		if (err == 0)
			err = append_cell(&member, rows);
	}
	json_decref(families);
	return err;
}

json_t *export_gbench_json(const struct run *run)
{
	struct cell_summary *summaries;
	struct sample_ref *refs = NULL;
	size_t count, refs_count = 0;
	if (run_summarize(run, &summaries, &count) != 0)
		return NULL;
	json_t *rows = json_array(), *context = context_json(run, summaries, count);
	int err = run_sort_samples(run, &refs, &refs_count);
	if (err == 0)
		err = append_cells(summaries, refs, refs_count, rows);
	free(refs);
	summaries_free(summaries, count);
	if (err != 0) {
		json_decref(rows);
		json_decref(context);
		return NULL;
	}
	return json_pack("{s:o,s:o}", "context", context, "benchmarks", rows);
}
