/*
 * Summarizes the samples of a run: the median and quartiles of each metric of each cell.
 *
 * How it works: every metric of every usable sample becomes one entry (cell, metric, pass, value).
 * After sorting, the entries of one cell and metric are adjacent, and those of a process among
 * them. JSON objects, which are hash tables, map names to numbers; no step is slower
 * than n log n. A sample with an error or a wrong answer gives no values.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

/* One value of one sample. */
struct entry {
	size_t cell;
	size_t metric;
	unsigned rank; /* of its pass: only the entries of a metric's lowest rank are used */
	bool whole;
	double value;
	json_int_t process;
	const json_t *sample;
};

static const char *const time_only[] = {"real_time_ns", "cpu_time_ns", "edges_per_second"};

#define RANK_UNUSED 9

/* The other passes slow the walk down, and the count pass has the most exact counts. */
static unsigned pass_rank(const char *metric, enum sample_pass pass)
{
	static const unsigned ranks[] = {[PASS_TIME] = 2,
					 [PASS_LATENCY] = 1,
					 [PASS_COUNT] = 0,
					 [PASS_PROFILE] = 3,
					 [PASS_OTHER] = 4};
	for (size_t i = 0; i < sizeof time_only / sizeof *time_only; i++) {
		if (strcmp(metric, time_only[i]) == 0)
			return pass == PASS_TIME ? 0 : RANK_UNUSED;
	}
	return ranks[pass];
}

const char *sample_error(const json_t *sample)
{
	const json_t *error = json_object_get(sample, "error");
	if (error != NULL) {
		const char *text = json_string_value(error);
		return text != NULL && text[0] != '\0' ? text : "failed";
	}
	return json_is_false(json_object_get(sample, "verified")) ? "wrong answer" : NULL;
}

static enum sample_pass pass_of(const json_t *sample)
{
	const char *pass = json_string_value(json_object_get(sample, "pass"));
	unsigned found = 0;
	while (pass != NULL && found < PASSES_COUNT && strcmp(pass, pass_names[found]) != 0)
		found++;
	return pass == NULL ? PASS_OTHER : (enum sample_pass)found;
}

static int order_refs(const void *a, const void *b)
{
	const struct sample_ref *x = a, *y = b;
	if (x->cell != y->cell)
		return x->cell < y->cell ? -1 : 1;
	if (x->pass != y->pass)
		return x->pass < y->pass ? -1 : 1;
	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	if (x->repetition != y->repetition)
		return x->repetition < y->repetition ? -1 : 1;
	return x->line < y->line ? -1 : 1;
}

/* PASS_OTHER covers several unknown passes, so none of its samples replaces another. */
static bool supersedes(const struct sample_ref *later, const struct sample_ref *earlier)
{
	return later->cell == earlier->cell && later->pass == earlier->pass &&
	       later->pass != PASS_OTHER && later->process == earlier->process &&
	       later->repetition == earlier->repetition && later->repetition >= 0;
}

/* name → index of the cell, as a JSON object. */
static json_t *index_cells(const json_t *cells)
{
	json_t *index = json_object();
	for (size_t i = 0; index != NULL && i < json_array_size(cells); i++) {
		json_t *name = json_object_get(json_array_get(cells, i), "name");
		if (json_object_set_new_nocheck(index, json_string_value(name),
						json_integer((json_int_t)i)) != 0) {
			json_decref(index);
			return NULL;
		}
	}
	return index;
}

int run_sort_samples(const struct run *run, struct sample_ref **out, size_t *count)
{
	size_t samples_count = json_array_size(run->samples), used = 0, kept = 0;
	struct sample_ref *refs = calloc(samples_count + 1, sizeof *refs);
	json_t *index = index_cells(json_object_get(run->info, "cells"));
	if (refs == NULL || index == NULL) {
		free(refs);
		json_decref(index);
		return -ENOMEM;
	}
	for (size_t i = 0; i < samples_count; i++) {
		const json_t *sample = json_array_get(run->samples, i);
		const char *name = json_string_value(json_object_get(sample, "cell"));
		const json_t *cell = name == NULL ? NULL : json_object_get(index, name);
		const json_t *repetition = json_object_get(sample, "repetition");
		if (cell == NULL)
			continue;
		refs[used++] = (struct sample_ref){
			.cell = (size_t)json_integer_value(cell),
			.pass = pass_of(sample),
			.process = json_integer_value(json_object_get(sample, "process")),
			.repetition =
				json_is_integer(repetition) ? json_integer_value(repetition) : -1,
			.line = i,
			.sample = sample};
	}
	json_decref(index);
	qsort(refs, used, sizeof *refs, order_refs);
	for (size_t i = 0; i < used; i++) {
		if (i + 1 == used || !supersedes(&refs[i + 1], &refs[i]))
			refs[kept++] = refs[i];
	}
	*out = refs;
	*count = kept;
	return 0;
}

/* Index of the first sample of a cell; refs are sorted by cell. */
static size_t first_of_cell(const struct sample_ref *refs, size_t refs_count, size_t cell)
{
	size_t low = 0, high = refs_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (refs[middle].cell < cell)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Its values with the process of each; both arrays are freed by the caller. */
static int collect_values(const struct sample_ref *refs, size_t refs_count, size_t cell,
			  const char *metric, double **values, json_int_t **processes,
			  size_t *count)
{
	unsigned best = RANK_UNUSED;
	size_t first = first_of_cell(refs, refs_count, cell), end = first;
	while (end < refs_count && refs[end].cell == cell)
		end++;
	*count = 0;
	*values = calloc(end - first + 1, sizeof **values);
	*processes = calloc(end - first + 1, sizeof **processes);
	if (*values == NULL || *processes == NULL)
		return -ENOMEM;
	for (size_t i = first; i < end; i++) {
		unsigned rank = pass_rank(metric, refs[i].pass);
		const json_t *metrics = json_object_get(refs[i].sample, "metrics");
		const json_t *value = json_object_get(metrics, metric);
		if (rank > best || !json_is_number(value) || rank == RANK_UNUSED ||
		    sample_error(refs[i].sample) != NULL)
			continue;
		if (rank < best)
			*count = 0;
		best = rank;
		(*processes)[*count] = refs[i].process;
		(*values)[(*count)++] = json_number_value(value);
	}
	return 0;
}

/* Replaces the values of each process by their median. */
static void keep_medians(double *values, const json_int_t *processes, size_t *count)
{
	size_t kept = 0;
	for (size_t first = 0, end; first < *count; first = end) {
		for (end = first + 1; end < *count && processes[end] == processes[first];)
			end++;
		values[kept++] = quantile(values + first, end - first, 0.5);
	}
	*count = kept;
}

static int take_values(const struct sample_ref *refs, size_t refs_count, size_t cell,
		       const char *metric, bool by_process, double **out, size_t *count)
{
	double *values;
	json_int_t *processes;
	int err = collect_values(refs, refs_count, cell, metric, &values, &processes, count);
	if (err == 0 && by_process && *count > 0 && processes[0] != processes[*count - 1])
		keep_medians(values, processes, count);
	free(processes);
	if (err != 0 || *count == 0) {
		free(values);
		values = NULL;
	}
	*out = values;
	return err;
}

int metric_samples(const struct sample_ref *refs, size_t refs_count, size_t cell,
		   const char *metric, double **out, size_t *count)
{
	return take_values(refs, refs_count, cell, metric, false, out, count);
}

int metric_values(const struct sample_ref *refs, size_t refs_count, size_t cell, const char *metric,
		  double **out, size_t *count)
{
	return take_values(refs, refs_count, cell, metric, true, out, count);
}

static int order_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	if (x->cell != y->cell)
		return x->cell < y->cell ? -1 : 1;
	if (x->metric != y->metric)
		return x->metric < y->metric ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x->process > y->process) - (x->process < y->process);
}

/* The number of a metric, added to `names` if it is new; negative errno. */
static json_int_t metric_number(json_t *names, const char *name)
{
	const json_t *known = json_object_get(names, name);
	if (known != NULL)
		return json_integer_value(known);
	json_int_t number = (json_int_t)json_object_size(names);
	return json_object_set_new_nocheck(names, name, json_integer(number)) != 0 ? -ENOMEM
										   : number;
}

static int collect_entries(const struct sample_ref *refs, size_t refs_count, json_t *names,
			   struct entry **out, size_t *count)
{
	size_t capacity = 1, used = 0;
	for (size_t i = 0; i < refs_count; i++)
		capacity += json_object_size(json_object_get(refs[i].sample, "metrics"));
	struct entry *entries = calloc(capacity, sizeof *entries);
	if (entries == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < refs_count; i++) {
		json_t *metrics = json_object_get(refs[i].sample, "metrics");
		const char *name;
		json_t *value;
		if (sample_error(refs[i].sample) != NULL)
			continue;
		json_object_foreach(metrics, name, value)
		{
			unsigned rank = pass_rank(name, refs[i].pass);
			json_int_t number = metric_number(names, name);
			if (number < 0) {
				free(entries);
				return (int)number;
			}
			if (json_is_number(value) && rank != RANK_UNUSED)
				entries[used++] = (struct entry){.cell = refs[i].cell,
								 .metric = (size_t)number,
								 .rank = rank,
								 .whole = json_is_integer(value),
								 .value = json_number_value(value),
								 .process = refs[i].process,
								 .sample = refs[i].sample};
		}
	}
	qsort(entries, used, sizeof *entries, order_entries);
	*out = entries;
	*count = used;
	return 0;
}

/* The quartiles and ends are of all values. The median is taken over the processes, of the median of each, so that it lies within
 * the interval and the quartiles of struct process_figures, which are of the processes as well. */
static int spread_of_entries(const struct entry *entries, size_t count, struct spread *out)
{
	double *values = calloc(count, sizeof *values), *sorted = calloc(count, sizeof *sorted);
	json_int_t *processes = calloc(count, sizeof *processes);
	int err = values == NULL || sorted == NULL || processes == NULL ? -ENOMEM : 0;
	for (size_t i = 0; err == 0 && i < count; i++) {
		values[i] = sorted[i] = entries[i].value;
		processes[i] = entries[i].process;
	}
	if (err == 0) {
		*out = spread_of(sorted, count);
		keep_medians(values, processes, &count);
		out->median = quantile(values, count, 0.5);
	}
	free(values);
	free(sorted);
	free(processes);
	return err;
}

/* entries[count] are of one cell, metric and pass, sorted by process. */
static int summarize_metric(struct cell_summary *summary, const char *name,
			    const struct entry *entries, size_t count)
{
	struct spread spread;
	int err = spread_of_entries(entries, count, &spread);
	if (err != 0)
		return err;
	json_t *source = json_object_get(json_object_get(entries->sample, "sources"), name);
	bool whole = entries->whole && spread.min == spread.max && fabs(spread.min) < 0x1p62;
	if (strcmp(name, "real_time_ns") == 0)
		summary->real_time_ns = spread;
	if (strcmp(name, "cpu_time_ns") == 0)
		summary->cpu_time_ns = spread;
	json_t *median = whole ? json_integer((json_int_t)spread.median) : json_real(spread.median);
	if (json_object_set_new_nocheck(summary->metrics, name, median) != 0)
		return -ENOMEM;
	if (source != NULL && json_object_set(summary->sources, name, source) != 0)
		return -ENOMEM;
	return 0;
}

static int summarize_metrics(const struct sample_ref *refs, size_t refs_count,
			     struct cell_summary *summaries)
{
	struct entry *entries = NULL;
	size_t count = 0;
	json_t *names = json_object();
	int err = names == NULL ? -ENOMEM
				: collect_entries(refs, refs_count, names, &entries, &count);
	const char **by_number = calloc(json_object_size(names) + 1, sizeof *by_number);
	const char *name;
	json_t *number;
	if (by_number == NULL)
		err = -ENOMEM;
	json_object_foreach(names, name, number)
	{
		if (err == 0)
			by_number[json_integer_value(number)] = name;
	}
	for (size_t first = 0, end; err == 0 && first < count; first = end) {
		const struct entry *head = &entries[first];
		size_t pass_end = first;
		for (end = first; end < count && entries[end].cell == head->cell &&
				  entries[end].metric == head->metric;
		     end++) {
			if (entries[end].rank == head->rank)
				pass_end = end + 1;
		}
		err = summarize_metric(&summaries[head->cell], by_number[head->metric], head,
				       pass_end - first);
	}
	free(by_number);
	free(entries);
	json_decref(names);
	return err;
}

/* The medians of the processes of one cell. */
static int summarize_processes(const struct sample_ref *refs, size_t refs_count, size_t cell,
			       struct process_figures *out)
{
	double *times_ns;
	json_int_t *processes;
	size_t count, used = 0;
	int err = collect_values(refs, refs_count, cell, "real_time_ns", &times_ns, &processes,
				 &count);
	for (size_t i = 0; err == 0 && i < count; i++) {
		if (!(times_ns[i] > 0)) /* damaged */
			continue;
		processes[used] = processes[i];
		times_ns[used++] = times_ns[i];
	}
	if (err == 0 && used > 0) {
		keep_medians(times_ns, processes, &used);
		process_figures(times_ns, used, PROCESSES_CONFIDENCE, out);
	}
	free(times_ns);
	free(processes);
	return err;
}

/* Takes over what is no metric: verified, error, and the size of the walk. */
static void note_sample(struct cell_summary *summary, const struct sample_ref *ref, bool first)
{
	const json_t *sample = ref->sample;
	const json_t *walk = json_object_get(sample, "walk");
	const char *error = sample_error(sample);
	bool verified = json_is_true(json_object_get(sample, "verified")) && error == NULL;
	summary->verified = verified && (first || summary->verified);
	if (error != NULL && summary->error == NULL)
		summary->error = error;
	json_int_t file_bytes = json_integer_value(json_object_get(sample, "file_bytes"));
	if (error == NULL && file_bytes > 0)
		summary->file_bytes = (uint64_t)file_bytes;
	json_int_t operations = json_integer_value(json_object_get(sample, "operations_count"));
	if (error == NULL && operations > 0)
		summary->operations_count = (uint64_t)operations;
	if (error == NULL && json_is_object(walk) && summary->reached_count == 0) {
		json_int_t reached = json_integer_value(json_object_get(walk, "reached_count"));
		json_int_t edges = json_integer_value(json_object_get(sample, "edges_count"));
		summary->reached_count = reached > 0 ? (uint64_t)reached : 0;
		summary->walked_edges_count = edges > 0 ? (uint64_t)edges : 0;
	}
}

static int summary_init(struct cell_summary *summary, const json_t *cell)
{
	json_int_t nodes = json_integer_value(json_object_get(cell, "nodes_count"));
	*summary = (struct cell_summary){
		.cell = cell,
		.name = json_string_value(json_object_get(cell, "name")),
		.workload = json_string_value(json_object_get(cell, "workload")),
		.graph = json_string_value(json_object_get(cell, "graph")),
		.layout = json_string_value(json_object_get(cell, "layout")),
		.engine = json_string_value(json_object_get(cell, "engine")),
		.cache = json_string_value(json_object_get(cell, "cache")),
		.skipped = json_string_value(json_object_get(cell, "skipped")),
		.nodes_count = nodes > 0 ? (uint64_t)nodes : 0,
		.metrics = json_object(),
		.sources = json_object()};
	return summary->metrics == NULL || summary->sources == NULL ? -ENOMEM : 0;
}

int run_summarize(const struct run *run, struct cell_summary **out, size_t *count)
{
	const json_t *cells = json_object_get(run->info, "cells");
	size_t cells_count = json_array_size(cells), refs_count = 0;
	struct sample_ref *refs = NULL;
	struct cell_summary *summaries = calloc(cells_count + 1, sizeof *summaries);
	int err = summaries == NULL ? -ENOMEM : 0;
	for (size_t i = 0; err == 0 && i < cells_count; i++)
		err = summary_init(&summaries[i], json_array_get(cells, i));
	if (err == 0)
		err = run_sort_samples(run, &refs, &refs_count);
	if (err == 0)
		err = summarize_metrics(refs, refs_count, summaries);
	for (size_t i = 0; err == 0 && i < cells_count; i++)
		err = summarize_processes(refs, refs_count, i, &summaries[i].processes);
	for (size_t i = 0; err == 0 && i < refs_count; i++)
		note_sample(&summaries[refs[i].cell], &refs[i],
			    i == 0 || refs[i - 1].cell != refs[i].cell);
	free(refs);
	if (err != 0) {
		summaries_free(summaries, cells_count);
		return err;
	}
	*out = summaries;
	*count = cells_count;
	return 0;
}

void summaries_free(struct cell_summary *summaries, size_t count)
{
	for (size_t i = 0; summaries != NULL && i < count; i++) {
		json_decref(summaries[i].metrics);
		json_decref(summaries[i].sources);
	}
	free(summaries);
}

bool summary_is_command(const struct cell_summary *summary)
{
	return json_object_get(summary->cell, "command") != NULL;
}

double summary_metric(const struct cell_summary *summary, const char *name)
{
	const json_t *value = json_object_get(summary->metrics, name);
	return json_is_number(value) ? json_number_value(value) : NAN;
}
