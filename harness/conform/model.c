/* Many histories of one subject: see model.h. */
#include "model.h"

#include "../../workloads/support/mix.h"
#include "../base/clock.h"
#include "../base/signals.h"
#include "shrink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_S 300 /* of one history, by far: only what hangs gets there */

/* In turn. Short histories are many in a second, and begin with a new file each; long ones reach states that need
 * many steps. */
static const size_t lengths[] = {2000, 12, 200, 30, 12, 60};

/* `iowalk conform ENGINE [--opt ENGINE.KEY=VALUE,..] --history TEXT`; NULL if out of memory. */
static char *reproducer_of(const struct conform_subject *subject,
			   const struct history_operation *operations, size_t count)
{
	const char *name = subject->ops->name;
	char *history = history_text(operations, count), *text = NULL;
	size_t size = history ? strlen(history) + sizeof(subject->text) * 20 : 0;

	if (history)
		text = malloc(size);
	if (text) {
		char options[sizeof(subject->text)], *rest, *at = text;
		const char *before = " --opt ";

		snprintf(options, sizeof(options), "%s", subject->text);
		at += sprintf(at, "iowalk conform %s", name);
		for (char *word = strtok_r(options, " ", &rest); word;
		     word = strtok_r(NULL, " ", &rest)) {
			at += sprintf(at, "%s%s.%s", before, name, word);
			before = ",";
		}
		sprintf(at, " --history %s", history);
	}
	free(history);
	return text;
}

/* A history has failed. */
static void found(const struct conform_subject *subject, const struct history_operation *operations,
		  size_t count, const struct trial *trial, struct outcome *outcome)
{
	outcome->state = OUTCOME_FAILED;
	why_set(&outcome->why, 0, "operation %zu of %zu: %s", trial->at + 1, count, trial->error);
	outcome->reproducer = reproducer_of(subject, operations, count);
}

static void file_path(const struct conform_setup *setup, char *path, size_t size)
{
	snprintf(path, size, "%s/file", setup->folder);
}

int conform_history(const struct conform_subject *subject, const struct conform_setup *setup,
		    const struct history_operation *operations, size_t count,
		    struct outcome *outcome)
{
	char path[4096];
	struct trial trial;

	file_path(setup, path, sizeof(path));
	int err = trial_run(subject, path, operations, count, LIMIT_S, &trial);
	if (err || signals_caught())
		return err;
	outcome->histories_count++;
	outcome->operations_count += count;
	if (trial.failed)
		found(subject, operations, count, &trial, outcome);
	return 0;
}

/* History number i of the seed. */
static int play_number(const struct conform_subject *subject, const struct conform_setup *setup,
		       uint64_t i, struct outcome *outcome)
{
	size_t count =
		setup->length ? setup->length : lengths[i % (sizeof(lengths) / sizeof(lengths[0]))];
	struct history_operation *operations = calloc(count, sizeof(*operations));
	struct trial trial;
	char path[4096];

	if (!operations)
		return -ENOMEM;
	file_path(setup, path, sizeof(path));
	history_generate(operations, count, mix_at(setup->seed, i));
	int err = trial_run(subject, path, operations, count, LIMIT_S, &trial);
	if (!err && !signals_caught()) {
		outcome->histories_count++;
		outcome->operations_count += trial.failed ? trial.at + 1 : count;
		if (trial.failed)
			err = history_shrink(subject, path, operations, &count, &trial);
		if (trial.failed && !err)
			found(subject, operations, count, &trial, outcome);
	}
	free(operations);
	return err;
}

int conform_model(const struct conform_subject *subject, const struct conform_setup *setup,
		  struct outcome *outcome)
{
	double began_s = clock_now_s();
	int err = 0;

	for (uint64_t i = 0; !err && outcome->state == OUTCOME_PASSED && !signals_caught(); i++) {
		if (i > 0 && (setup->length || clock_now_s() >= setup->end_s))
			break;
		err = play_number(subject, setup, i, outcome);
	}
	outcome->seconds = clock_now_s() - began_s;
	return err;
}
