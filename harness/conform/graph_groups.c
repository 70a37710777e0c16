/* See graph_groups.h. */
#include "graph_groups.h"

#include "../../workloads/support/mix.h"
#include "../base/signals.h"
#include "fault_list.h"
#include "graph_shrink.h"
#include "graph_trial.h"

#include <errno.h>
#include <string.h>

#define LENGTH_OF_FAULTS 8  /* operations of a generated history */
#define STREAM_OF_MODEL  21 /* so that they are other histories than those of faults */
#define STREAM_OF_FAULTS 22
#define STREAM_OF_DAMAGE 23
#define LIMIT_S          60 /* of one history, by far: only what hangs gets there */

/* In turn, after the given history. */
static const size_t lengths[] = {12, 64, 8, 30};

/* Every hook; after each kind of change a sync, a close, or a read. */
static const char first_history[] =
	"bulk:9+49,walk,sync,edge:0+1,node,edge:9+0,many:2+3,find:2,level:5+3,check,reopen,"
	"edge:1+0,sync,drop,level:8+64,compact,edge:3+3,share:1,rename,edge:0+2,far:3+32,"
	"reopen-read,walk,drop,find:1,level:7+2,check,node";

static bool has_damage(const struct graph_history *history)
{
	for (size_t i = 0; i < history->count; i++) {
		if (history->operations[i].kind == GRAPH_DAMAGE)
			return true;
	}
	return false;
}

static void note_failure(const struct conform_subject *subject, const struct conform_setup *setup,
			 const struct graph_history *history, const struct fault *fault,
			 const struct trial *trial, struct outcome *outcome)
{
	char text[GRAPH_TEXT_BYTES], rest[GRAPH_TEXT_BYTES + 200],
		fault_text[FAULT_TEXT_BYTES] = "";

	graph_format(history, text, sizeof(text));
	if (fault)
		fault_format(fault, fault_text, sizeof(fault_text));
	snprintf(rest, sizeof(rest), "--only %s --layout %s --history %s%s%s",
		 fault                 ? "faults"
		 : has_damage(history) ? "damage"
				       : "model",
		 setup->graph->ops->name, text, fault ? " --fault " : "", fault_text);
	outcome->state = OUTCOME_FAILED;
	why_set(&outcome->why, 0, "operation %zu of %zu: %s", trial->at + 1, history->count,
		trial->error);
	outcome->reproducer = conform_command(subject, setup->graph, rest);
}

/* ---- shrinking ---- */

struct failing {
	const struct conform_subject *subject;
	const struct conform_setup *setup;
	const char *path;
	struct fault *fault; /* or NULL; its ordinal changes with the history */
	struct trial *trial;
};

/* With a fault: at the same call, or at one before it, because operations before it may have been left out. */
static int still_fails(void *context, const struct graph_history *candidate)
{
	struct failing *failing = context;
	struct fault fault = failing->fault ? *failing->fault : (struct fault){0};
	struct trial trial;

	for (;; fault.ordinal--) {
		int err =
			graph_trial_run(failing->subject, failing->setup->graph, failing->path,
					candidate, failing->fault ? &fault : NULL, LIMIT_S, &trial);

		if (err || signals_caught())
			return err;
		if (trial.failed || !failing->fault || fault.ordinal <= 1)
			break;
	}
	if (!trial.failed)
		return 0;
	if (failing->fault)
		*failing->fault = fault;
	*failing->trial = trial;
	return 1;
}

static int shrink(const struct conform_subject *subject, const struct conform_setup *setup,
		  struct graph_history *history, struct fault *fault, struct trial *trial,
		  struct outcome *outcome)
{
	char path[4096];
	struct failing failing = {subject, setup, path, fault, trial};

	conform_path(setup, path, sizeof(path));
	int err = graph_shrink(history, still_fails, &failing);
	if (!err)
		note_failure(subject, setup, history, fault, trial, outcome);
	return err;
}

/* ---- playing ---- */

/* Where there is nothing to play on. */
static bool is_skipped(const struct conform_subject *subject, const struct conform_setup *setup,
		       struct outcome *outcome)
{
	const struct layout_ops *layout = setup->graph->ops;

	if (!(subject->ops->capabilities & ENGINE_PERSISTENT))
		why_set(&outcome->why, 0, "the engine does not write files");
	else if (!conform_pairs(layout, subject->ops))
		why_set(&outcome->why, 0, "layout '%s' is not used on engine '%s'", layout->name,
			subject->ops->name);
	else
		return false;
	outcome->state = OUTCOME_SKIPPED;
	return true;
}

static void count(struct outcome *outcome, const struct graph_history *history,
		  const struct trial *trial)
{
	outcome->histories_count++;
	outcome->operations_count += trial->failed ? trial->at + 1 : history->count;
	outcome->faults_count += trial->injected_count > 0;
	for (size_t i = 0; i < history->count && (!trial->failed || i <= trial->at); i++)
		outcome->damages_count += history->operations[i].kind == GRAPH_DAMAGE;
}

/* History number i of the seed; the first is given. */
static void make_history(struct graph_history *history, const struct conform_setup *setup,
			 uint64_t i, bool faults)
{
	uint64_t stream = mix64(setup->seed + (faults ? STREAM_OF_FAULTS : STREAM_OF_MODEL));
	size_t length = lengths[i % (sizeof(lengths) / sizeof(lengths[0]))];

	if (i == 0)
		(void)graph_parse(first_history, history, NULL);
	else
		graph_generate(history, faults ? LENGTH_OF_FAULTS : length, mix_at(stream, i),
			       faults);
}

static int play_one(const struct conform_subject *subject, const struct conform_setup *setup,
		    struct graph_history *history, struct outcome *outcome)
{
	struct trial trial;
	char path[4096];

	conform_path(setup, path, sizeof(path));
	int err = graph_trial_run(subject, setup->graph, path, history, NULL, LIMIT_S, &trial);
	if (err || signals_caught())
		return err;
	count(outcome, history, &trial);
	return trial.failed ? shrink(subject, setup, history, NULL, &trial, outcome) : 0;
}

static int play_model(const struct conform_subject *subject, const struct conform_setup *setup,
		      uint64_t i, struct outcome *outcome)
{
	struct graph_history history;

	make_history(&history, setup, i, false);
	return play_one(subject, setup, &history, outcome);
}

static int play_damage(const struct conform_subject *subject, const struct conform_setup *setup,
		       uint64_t i, struct outcome *outcome)
{
	struct graph_history history;

	graph_generate_damage(&history, mix_at(mix64(setup->seed + STREAM_OF_DAMAGE), i));
	return play_one(subject, setup, &history, outcome);
}

struct faulted {
	const struct conform_subject *subject;
	const struct conform_setup *setup;
	struct graph_history history;
};

static int play_with(void *context, const struct fault *fault, struct trial *trial)
{
	const struct faulted *faulted = context;
	char path[4096];

	conform_path(faulted->setup, path, sizeof(path));
	return graph_trial_run(faulted->subject, faulted->setup->graph, path, &faulted->history,
			       fault, LIMIT_S, trial);
}

static int shrink_with(void *context, struct fault *fault, struct trial *trial,
		       struct outcome *outcome)
{
	struct faulted *faulted = context;

	return shrink(faulted->subject, faulted->setup, &faulted->history, fault, trial, outcome);
}

static int play_faults(const struct conform_subject *subject, const struct conform_setup *setup,
		       uint64_t i, struct outcome *outcome)
{
	struct faulted faulted = {.subject = subject, .setup = setup};

	make_history(&faulted.history, setup, i, true);
	const struct fault_history history = {&faulted, faulted.history.count, play_with,
					      shrink_with};

	return fault_list_play(&history, setup, mix_at(setup->seed, i), outcome);
}

int conform_graph_model(const struct conform_subject *subject, const struct conform_setup *setup,
			struct outcome *outcome)
{
	if (setup->graph->ops->capabilities & LAYOUT_NO_DATA &&
	    conform_pairs(setup->graph->ops, subject->ops))
		return conform_graph_chain(subject, setup, outcome);
	return is_skipped(subject, setup, outcome)
		       ? 0
		       : conform_each(subject, setup, outcome, play_model);
}

int conform_graph_damage(const struct conform_subject *subject, const struct conform_setup *setup,
			 struct outcome *outcome)
{
	return is_skipped(subject, setup, outcome)
		       ? 0
		       : conform_each(subject, setup, outcome, play_damage);
}

int conform_graph_faults(const struct conform_subject *subject, const struct conform_setup *setup,
			 struct outcome *outcome)
{
	return is_skipped(subject, setup, outcome)
		       ? 0
		       : conform_end(conform_each(subject, setup, outcome, play_faults), outcome);
}

int conform_graph_history(const struct conform_subject *subject, const struct conform_setup *setup,
			  const struct graph_history *history, const struct fault *fault,
			  struct outcome *outcome)
{
	struct trial trial;
	char path[4096];

	if (is_skipped(subject, setup, outcome))
		return 0;
	conform_path(setup, path, sizeof(path));
	int err = graph_trial_run(subject, setup->graph, path, history, fault, LIMIT_S, &trial);
	if (!err && !signals_caught()) {
		count(outcome, history, &trial);
		if (trial.failed)
			note_failure(subject, setup, history, fault, &trial, outcome);
	}
	return conform_end(err, outcome);
}
