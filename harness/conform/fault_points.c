/* See fault_points.h. */
#include "fault_points.h"

#include "../../workloads/support/mix.h"
#include "../base/clock.h"
#include "../base/signals.h"
#include "fault_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH  10 /* operations of a generated history */
#define STREAM  7  /* so that they are other histories than those of the model */
#define LIMIT_S 60 /* of one history: a fault may make an engine wait for ever */

/* Every hook, and after each kind of write a sync or a close. */
static const char first_history[] =
	"resize:20000,write:4000+300/1,sync,write:100+9000/2,read:3900+500,batch:0+64/5,"
	"prefetch:0+4096/3,advise/2,map:0+100,resize:30000,write:20000+9000/4,drop,"
	"read:19000+3000,resize:25000,write:24000+1000/6,reopen,write:5000+10/7,share/0,"
	"reopen-read,compare/1,batch:100+200/9,read:0+20000,attach,probe";

struct history {
	struct history_operation *operations; /* [count] */
	size_t count;
};

/* Number i of the seed; the first is given. */
static int make_history(struct history *history, uint64_t seed, uint64_t i)
{
	if (i == 0)
		return history_parse(first_history, &history->operations, &history->count, NULL);
	history->count = LENGTH;
	history->operations = calloc(LENGTH, sizeof(*history->operations));
	if (!history->operations)
		return -ENOMEM;
	history_generate(history->operations, LENGTH, mix_at(mix64(seed + STREAM), i), true);
	return 0;
}

/* Plays the history without a fault, and lists those that it can have. */
static int find_points(const struct conform_subject *subject, const char *path,
		       struct history *history, uint64_t seed, struct fault_list *points,
		       struct outcome *outcome)
{
	const struct fault none = {.ordinal = 0};
	struct trial trial;
	int err = trial_run(subject, path, history->operations, history->count, &none, LIMIT_S,
			    &trial);

	if (err || signals_caught())
		return err;
	outcome->histories_count++;
	outcome->operations_count += history->count;
	if (trial.failed)
		return conform_shrink(subject, path, history->operations, &history->count, NULL,
				      &trial, outcome);
	return fault_list_make(points, trial.counts, seed);
}

/* One history with each of its faults, until the time is over. */
static int play_points(const struct conform_subject *subject, const struct conform_setup *setup,
		       struct history *history, uint64_t seed, struct outcome *outcome)
{
	struct fault_list points = {.all = NULL};
	char path[4096];

	conform_path(setup, path, sizeof(path));
	int err = find_points(subject, path, history, seed, &points, outcome);

	for (size_t i = 0; !err && outcome->state == OUTCOME_PASSED && i < points.count; i++) {
		struct trial trial;

		if (signals_caught() ||
		    (outcome->faults_count > 0 && clock_now_s() >= setup->end_s))
			break;
		err = trial_run(subject, path, history->operations, history->count, &points.all[i],
				LIMIT_S, &trial);
		if (err || signals_caught())
			break;
		outcome->faults_count += trial.injected_count > 0;
		outcome->operations_count += trial.at + 1;
		if (trial.failed)
			err = conform_shrink(subject, path, history->operations, &history->count,
					     &points.all[i], &trial, outcome);
	}
	free(points.all);
	return err;
}

/* History number i of the seed. */
static int play_number(const struct conform_subject *subject, const struct conform_setup *setup,
		       uint64_t i, struct outcome *outcome)
{
	struct history history = {0};
	int err = make_history(&history, setup->seed, i);

	if (!err)
		err = play_points(subject, setup, &history, mix_at(setup->seed, i), outcome);
	free(history.operations);
	return err;
}

int conform_faults(const struct conform_subject *subject, const struct conform_setup *setup,
		   struct outcome *outcome)
{
	return conform_end(conform_each(subject, setup, outcome, play_number), outcome);
}
