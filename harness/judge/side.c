/*
 * A side of a comparison of runs: see side.h.
 *
 * How it works: the samples of a record are sorted by cell, so those of a cell are found by an index.
 * The times of a cell become one entry a process, which is sorted by run.
 */
#include "side.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/spread.h"
#include "../record/joined.h"

static int record_init(struct side_record *record, const struct run *run)
{
	size_t refs_count = 0, used = 0;
	*record = (struct side_record){.run = run, .runs_count = run_joined_count(run)};
	int err = run_summarize(run, &record->summaries, &record->summaries_count);
	if (err == 0)
		err = run_sort_samples(run, &record->refs, &refs_count);
	if (err == 0)
		record->first = calloc(record->summaries_count + 1, sizeof *record->first);
	if (err == 0 && record->first == NULL)
		err = -ENOMEM;
	for (size_t i = 0; err == 0 && i <= record->summaries_count; i++) {
		while (used < refs_count && record->refs[used].cell < i)
			used++;
		record->first[i] = used;
	}
	return err;
}

static bool is_measured(const struct cell_summary *summary)
{
	return summary->error == NULL && summary->skipped == NULL &&
	       json_object_size(summary->metrics) > 0;
}

/* Adds the cells of a record. */
static int add_cells(struct side *side, size_t number)
{
	const struct side_record *record = &side->records[number];
	for (size_t i = 0; i < record->summaries_count; i++) {
		const struct cell_summary *summary = &record->summaries[i];
		const json_t *known = json_object_get(side->index, summary->name);
		size_t at = known == NULL ? side->cells_count : (size_t)json_integer_value(known);
		struct side_cell *cell = &side->cells[at];
		if (known == NULL) {
			if (json_object_set_new_nocheck(side->index, summary->name,
							json_integer((json_int_t)at)) != 0)
				return -ENOMEM;
			*cell = (struct side_cell){.name = summary->name,
						   .summary = summary,
						   .places =
							   side->places + at * side->records_count};
			for (size_t j = 0; j < side->records_count; j++)
				cell->places[j] = SIDE_NOWHERE;
			side->cells_count++;
		} else if (cell->summary->error == NULL &&
			   (summary->error != NULL ||
			    (!is_measured(cell->summary) && is_measured(summary)))) {
			cell->summary = summary;
		}
		cell->places[number] = i;
	}
	return 0;
}

int side_init(struct side *side, const struct run *runs, size_t count)
{
	size_t room = 1;
	int err = 0;
	*side = (struct side){.records = calloc(count, sizeof *side->records),
			      .index = json_object()};
	if (side->records == NULL || side->index == NULL)
		return -ENOMEM;
	for (size_t i = 0; err == 0 && i < count; i++) {
		side->records_count++;
		err = record_init(&side->records[i], &runs[i]);
		side->runs_count += side->records[i].runs_count;
		room += side->records[i].summaries_count;
	}
	side->cells = calloc(room, sizeof *side->cells);
	side->places = calloc(room * count, sizeof *side->places);
	if (side->cells == NULL || side->places == NULL)
		return -ENOMEM;
	for (size_t i = 0; err == 0 && i < count; i++)
		err = add_cells(side, i);
	return err;
}

void side_release(struct side *side)
{
	for (size_t i = 0; i < side->records_count; i++) {
		summaries_free(side->records[i].summaries, side->records[i].summaries_count);
		free(side->records[i].refs);
		free(side->records[i].first);
	}
	free(side->records);
	free(side->cells);
	free(side->places);
	json_decref(side->index);
	*side = (struct side){0};
}

const struct side_cell *side_find(const struct side *side, const char *name)
{
	const json_t *number = json_object_get(side->index, name);
	return number == NULL ? NULL : &side->cells[json_integer_value(number)];
}

/* When run number `number` of the side began, in seconds since 1970, or NaN. */
static double start_of(const struct side *side, size_t number)
{
	size_t record = 0;
	while (number >= side->records[record].runs_count)
		number -= side->records[record++].runs_count;
	const json_t *info = run_joined_info(side->records[record].run, number);
	const char *text = json_string_value(json_object_get(info, "started"));
	struct tm utc = {0};
	if (text == NULL || strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc) == NULL)
		return (double)NAN;
	return (double)timegm(&utc);
}

bool side_has_copies(const struct side *side)
{
	double *starts = calloc(side->runs_count + 1, sizeof *starts);
	size_t used = 0;
	bool found = starts == NULL;
	for (size_t i = 0; starts != NULL && i < side->runs_count; i++) {
		starts[used] = start_of(side, i);
		used += isnan(starts[used]) ? 0 : 1;
	}
	if (used > 1)
		sort_doubles(starts, used);
	for (size_t i = 1; !found && i < used; i++)
		found = starts[i] == starts[i - 1];
	free(starts);
	return found;
}

double side_span_s(const struct side *side)
{
	double first = (double)NAN, last = (double)NAN;
	for (size_t i = 0; i < side->runs_count; i++) {
		double start = start_of(side, i);
		if (isnan(start))
			return start;
		first = i == 0 || start < first ? start : first;
		last = i == 0 || start > last ? start : last;
	}
	return last - first;
}

/* The samples of a cell in one record: refs[*count]. */
static const struct sample_ref *refs_of(const struct side *side, const struct side_cell *cell,
					size_t number, size_t *count)
{
	const struct side_record *record = &side->records[number];
	size_t place = cell->places[number];
	*count = place == SIDE_NOWHERE ? 0 : record->first[place + 1] - record->first[place];
	return *count == 0 ? NULL : record->refs + record->first[place];
}

static size_t refs_count_of(const struct side *side, const struct side_cell *cell)
{
	size_t all = 0, count;
	for (size_t i = 0; i < side->records_count; i++) {
		refs_of(side, cell, i, &count);
		all += count;
	}
	return all;
}

int side_count_passes(const struct side *side, const struct side_cell *cell, const json_t ***out,
		      size_t *count)
{
	size_t refs_count;
	*count = 0;
	*out = calloc(refs_count_of(side, cell) + 1, sizeof(const json_t *));
	for (size_t i = 0; *out != NULL && i < side->records_count; i++) {
		const struct sample_ref *refs = refs_of(side, cell, i, &refs_count);
		for (size_t j = 0; j < refs_count; j++) {
			if (refs[j].pass == PASS_COUNT && sample_error(refs[j].sample) == NULL)
				(*out)[(*count)++] = json_object_get(refs[j].sample, "metrics");
		}
	}
	return *out == NULL ? -ENOMEM : 0;
}

const json_t *side_first_walk(const struct side *side, const struct side_cell *cell)
{
	size_t count;
	for (size_t i = 0; i < side->records_count; i++) {
		const struct sample_ref *refs = refs_of(side, cell, i, &count);
		for (size_t j = 0; j < count; j++) {
			const json_t *walk = json_object_get(refs[j].sample, "walk");
			if (walk != NULL && sample_error(refs[j].sample) == NULL)
				return walk;
		}
	}
	return NULL;
}

/* ---- times ---- */

#define TIME_NS_MAX 1e18 /* 30 years; a greater number is damage */

struct process {
	size_t run; /* of the side */
	json_int_t number;
	double quartile, median;
};

static int order_processes(const void *a, const void *b)
{
	const struct process *x = a, *y = b;
	if (x->run != y->run)
		return x->run < y->run ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/* The usable time of a sample in ns, or 0. */
static double time_of(const struct sample_ref *ref)
{
	const json_t *metrics = json_object_get(ref->sample, "metrics");
	double time_ns = json_number_value(json_object_get(metrics, "real_time_ns"));
	bool is_usable = ref->pass == PASS_TIME && sample_error(ref->sample) == NULL;
	return is_usable && time_ns > 0 && time_ns < TIME_NS_MAX ? time_ns : 0;
}

/* The last sample of a process: a damaged record may give processes of two runs the same number. */
static bool is_process_end(const struct sample_ref *refs, size_t count, size_t i)
{
	return i + 1 == count || refs[i + 1].process != refs[i].process ||
	       refs[i + 1].pass != refs[i].pass ||
	       sample_run_number(refs[i + 1].sample) != sample_run_number(refs[i].sample);
}

/* Appends the processes of one record, whose first run has this number. values[count] is scratch
 * space. */
static size_t add_processes(const struct sample_ref *refs, size_t count, size_t first_run,
			    size_t runs_count, double *values, struct process *out)
{
	size_t used = 0, processes = 0;
	for (size_t i = 0; i < count; i++) {
		size_t run = sample_run_number(refs[i].sample);
		double time_ns = time_of(&refs[i]);
		if (time_ns > 0 && run < runs_count)
			values[used++] = time_ns;
		bool is_last = is_process_end(refs, count, i);
		if (is_last && used > 0)
			out[processes++] = (struct process){first_run + run, refs[i].process,
							    quantile(values, used, 0.25),
							    quantile(values, used, 0.5)};
		used = is_last ? 0 : used;
	}
	return processes;
}

/* Fills in *out, which has room, from processes[count], sorted by run. values[count] is scratch space. */
static void take_processes(const struct process *processes, size_t count, double *values,
			   struct side_times *out)
{
	for (size_t first = 0, end; first < count; first = end) {
		size_t run = processes[first].run;
		for (end = first; end < count && processes[end].run == run; end++) {
			out->quartiles[end] = processes[end].quartile;
			values[end - first] = processes[end].median;
		}
		out->runs[out->runs_count] = run;
		out->counts[out->runs_count] = end - first;
		out->medians[out->runs_count] = quantile(values, end - first, 0.5);
		out->runs_count++;
	}
}

int side_times(const struct side *side, const struct side_cell *cell, struct side_times *out)
{
	size_t room = refs_count_of(side, cell) + 1, used = 0, first_run = 0, count;
	struct process *processes = calloc(room, sizeof *processes);
	double *values = calloc(room, sizeof *values);
	*out = (struct side_times){.quartiles = calloc(room, sizeof(double)),
				   .medians = calloc(side->runs_count, sizeof(double)),
				   .counts = calloc(side->runs_count, sizeof(size_t)),
				   .runs = calloc(side->runs_count, sizeof(size_t))};
	int err = processes == NULL || values == NULL || out->quartiles == NULL ||
				  out->medians == NULL || out->counts == NULL || out->runs == NULL
			  ? -ENOMEM
			  : 0;
	for (size_t i = 0; err == 0 && i < side->records_count; i++) {
		const struct sample_ref *refs = refs_of(side, cell, i, &count);
		used += add_processes(refs, count, first_run, side->records[i].runs_count, values,
				      processes + used);
		first_run += side->records[i].runs_count;
	}
	if (err == 0 && used > 0)
		qsort(processes, used, sizeof *processes, order_processes);
	if (err == 0)
		take_processes(processes, used, values, out);
	free(processes);
	free(values);
	return err;
}

void side_times_release(struct side_times *times)
{
	free(times->quartiles);
	free(times->medians);
	free(times->counts);
	free(times->runs);
	*times = (struct side_times){0};
}

size_t side_times_processes(const struct side_times *times)
{
	size_t least = SIZE_MAX;
	for (size_t i = 0; i < times->runs_count; i++)
		least = times->counts[i] < least ? times->counts[i] : least;
	return least;
}

double side_least(const double *quartiles, size_t processes)
{
	double least = quartiles[0];
	for (size_t i = 1; i < processes; i++)
		least = fmin(least, quartiles[i]);
	return least;
}

size_t side_times_slow(const struct side_times *times, size_t processes)
{
	const double *quartiles = times->quartiles;
	size_t slow_count = 0;
	for (size_t i = 0; i < times->runs_count; i++) {
		double least = side_least(quartiles, processes);
		for (size_t j = 0; j < processes; j++)
			slow_count += quartiles[j] > least * PROCESSES_SLOW_FACTOR;
		quartiles += times->counts[i];
	}
	return slow_count;
}

/* ---- the core ---- */

/* Adds the samples of a record, whose first run has this number, to the sums and counts of its runs. */
static void add_cores(const struct side_record *record, size_t first_run, double *sums,
		      size_t *counts)
{
	for (size_t i = 0; i < record->first[record->summaries_count]; i++) {
		const json_t *sample = record->refs[i].sample;
		size_t run = sample_run_number(sample);
		double core_ns = json_number_value(json_object_get(sample, "core_ns"));
		if (run >= record->runs_count || !(time_of(&record->refs[i]) > 0) ||
		    !(core_ns > 0) || !(core_ns < TIME_NS_MAX))
			continue;
		sums[first_run + run] += log(core_ns);
		counts[first_run + run]++;
	}
}

int side_core_logs(const struct side *side, double *logs, bool *known)
{
	size_t *counts = calloc(side->runs_count, sizeof *counts), first_run = 0;
	*known = counts != NULL;
	memset(logs, 0, side->runs_count * sizeof *logs);
	for (size_t i = 0; counts != NULL && i < side->records_count; i++) {
		add_cores(&side->records[i], first_run, logs, counts);
		first_run += side->records[i].runs_count;
	}
	for (size_t i = 0; counts != NULL && i < side->runs_count; i++) {
		*known = *known && counts[i] > 0;
		logs[i] /= (double)counts[i];
	}
	free(counts);
	return counts == NULL ? -ENOMEM : 0;
}
