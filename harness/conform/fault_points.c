/* See fault_points.h. */
#include "fault_points.h"

#include "../../workloads/support/mix.h"
#include "fault_list.h"

#include <errno.h>
#include <stdlib.h>

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
	const struct conform_subject *subject;
	const char *path;
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

static int play(void *context, const struct fault *fault, struct trial *trial)
{
	const struct history *history = context;

	return trial_run(history->subject, history->path, history->operations, history->count,
			 fault, LIMIT_S, trial);
}

static int shrink(void *context, struct fault *fault, struct trial *trial, struct outcome *outcome)
{
	struct history *history = context;

	return conform_shrink(history->subject, history->path, history->operations, &history->count,
			      fault, trial, outcome);
}

/* History number i of the seed. */
static int play_number(const struct conform_subject *subject, const struct conform_setup *setup,
		       uint64_t i, struct outcome *outcome)
{
	char path[4096];
	struct history history = {.subject = subject, .path = path};
	int err = make_history(&history, setup->seed, i);

	conform_path(setup, path, sizeof(path));
	if (!err) {
		const struct fault_history faulted = {&history, history.count, play, shrink};

		err = fault_list_play(&faulted, setup, mix_at(setup->seed, i), outcome);
	}
	free(history.operations);
	return err;
}

int conform_faults(const struct conform_subject *subject, const struct conform_setup *setup,
		   struct outcome *outcome)
{
	return conform_end(conform_each(subject, setup, outcome, play_number), outcome);
}
