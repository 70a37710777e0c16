/* See power.h. */
#include "power.h"

#include "../../workloads/support/mix.h"
#include "../base/clock.h"
#include "../base/signals.h"
#include "graph_shrink.h"
#include "power_histories.h"
#include "power_trial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void count_trial(const struct graph_history *history, const struct power_trial *trial,
			struct outcome *outcome)
{
	outcome->histories_count++;
	outcome->operations_count += history->count;
	outcome->images_count += trial->images_count;
	outcome->opened_count += trial->opened_count;
	outcome->refused_count += trial->refused_count;
}

static void note_failure(const struct conform_subject *subject, const struct layout_ops *layout,
			 const struct graph_history *history, const struct power_trial *trial,
			 struct outcome *outcome)
{
	char text[GRAPH_TEXT_BYTES], rest[GRAPH_TEXT_BYTES + 100];

	graph_format(history, text, sizeof(text));
	snprintf(rest, sizeof(rest), "--only power --layout %s --history %s", layout->name, text);
	outcome->state = OUTCOME_FAILED;
	outcome->why = trial->why;
	outcome->reproducer = conform_command(subject, NULL, rest);
}

struct failing {
	const struct conform_subject *subject;
	const struct layout_ops *layout;
	const struct conform_setup *setup;
	struct power_trial *trial;
};

static int still_fails(void *context, const struct graph_history *candidate)
{
	struct failing *failing = context;
	struct power_trial trial;
	int err = power_trial_run(failing->subject, failing->layout, failing->setup->folder,
				  candidate, failing->setup->seed, NULL, &trial);

	if (err || !trial.failed)
		return err;
	*failing->trial = trial;
	return 1;
}

/* History number i of one layout. */
static int play(const struct conform_subject *subject, const struct layout_ops *layout,
		const struct conform_setup *setup, uint64_t i, struct outcome *outcome)
{
	struct graph_history history;
	struct power_trial trial;
	bool is_exhaustive;

	power_generate(&history, setup->seed, i, &is_exhaustive);
	int err = power_trial_run(subject, layout, setup->folder, &history, mix_at(setup->seed, i),
				  is_exhaustive || i == 0 ? NULL : setup->seen, &trial);
	if (err || signals_caught())
		return err;
	count_trial(&history, &trial, outcome);
	if (!trial.failed)
		return 0;
	err = graph_shrink(&history, still_fails,
			   &(struct failing){subject, layout, setup, &trial});
	if (!err)
		note_failure(subject, layout, &history, &trial, outcome);
	return err;
}

/* Has it been played with the short histories that come first? */
static bool is_played(const struct conform_setup *setup, uint64_t i)
{
	return setup->exhaustive && i > 0 && i % 2 == 0 &&
	       i <= power_exhaustive_number(power_exhaustive_count() - 1);
}

/* History number i of each layout. */
static int play_layouts(const struct conform_subject *subject, const struct conform_setup *setup,
			uint64_t i, struct outcome *outcome)
{
	int err = 0;

	for (size_t l = 0; !err && outcome->state == OUTCOME_PASSED && l < layout_table_count;
	     l++) {
		if (layout_pairs_with(layout_table[l], subject->ops) &&
		    (!setup->layout || setup->layout == layout_table[l]))
			err = play(subject, layout_table[l], setup, i, outcome);
	}
	return err;
}

static int play_number(const struct conform_subject *subject, const struct conform_setup *setup,
		       uint64_t i, struct outcome *outcome)
{
	return is_played(setup, i) ? 0 : play_layouts(subject, setup, i, outcome);
}

static int play_all(const struct conform_subject *subject, const struct conform_setup *setup,
		    struct outcome *outcome)
{
	uint64_t first_count = setup->exhaustive ? power_exhaustive_count() : 0;
	double began_s = clock_now_s();
	int err = 0;

	for (uint64_t k = 0;
	     !err && outcome->state == OUTCOME_PASSED && !signals_caught() && k < first_count; k++)
		err = play_layouts(subject, setup, power_exhaustive_number(k), outcome);
	if (!err)
		err = conform_each(subject, setup, outcome, play_number);
	outcome->seconds = clock_now_s() - began_s;
	return err;
}

/* Where nothing can be lost, or there is nothing to lose it. */
static bool is_skipped(const struct conform_subject *subject, const struct conform_setup *setup,
		       struct outcome *outcome)
{
	const struct engine_ops *ops = subject->ops;

	if (!(ops->capabilities & ENGINE_PERSISTENT))
		why_set(&outcome->why, 0, "the engine does not write files");
	else if (setup->layout && !layout_pairs_with(setup->layout, ops))
		why_set(&outcome->why, 0, "layout '%s' is not used on engine '%s'",
			setup->layout->name, ops->name);
	else
		return false;
	outcome->state = OUTCOME_SKIPPED;
	return true;
}

int conform_power(const struct conform_subject *subject, const struct conform_setup *setup,
		  struct outcome *outcome)
{
	struct conform_setup with_seen = *setup;

	if (is_skipped(subject, setup, outcome))
		return 0;
	with_seen.seen = mmap(NULL, sizeof(*with_seen.seen), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (with_seen.seen == MAP_FAILED)
		return -errno;
	int err = play_all(subject, &with_seen, outcome);
	munmap(with_seen.seen, sizeof(*with_seen.seen));
	return conform_end(err, outcome);
}

int conform_power_history(const struct conform_subject *subject, const struct conform_setup *setup,
			  const struct graph_history *history, struct outcome *outcome)
{
	struct power_trial trial;

	if (is_skipped(subject, setup, outcome))
		return 0;
	int err = power_trial_run(subject, setup->layout, setup->folder, history, setup->seed, NULL,
				  &trial);
	if (!err && !signals_caught()) {
		count_trial(history, &trial, outcome);
		if (trial.failed)
			note_failure(subject, setup->layout, history, &trial, outcome);
	}
	return conform_end(err, outcome);
}
