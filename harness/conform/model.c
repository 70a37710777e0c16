/* Many histories of one subject: see model.h. */
#include "model.h"

#include "../../workloads/support/mix.h"
#include "../base/signals.h"
#include "exhaustive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* In turn. Short histories are many in a second, and begin with a new file each; long ones reach states that need
 * many steps. */
static const size_t lengths[] = {2000, 12, 200, 30, 12, 60};

int conform_history(const struct conform_subject *subject, const struct conform_setup *setup,
		    const struct history_operation *operations, size_t count,
		    const struct fault *fault, struct outcome *outcome)
{
	char path[4096];
	struct trial trial;

	conform_path(setup, path, sizeof(path));
	int err = trial_run(subject, path, operations, count, fault, CONFORM_LIMIT_S, &trial);
	if (err || signals_caught())
		return err;
	outcome->histories_count++;
	outcome->operations_count += count;
	outcome->faults_count += trial.injected_count > 0;
	if (trial.failed)
		conform_failed(subject, operations, count, fault, &trial, outcome);
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
	conform_path(setup, path, sizeof(path));
	history_generate(operations, count, mix_at(setup->seed, i), false);
	int err = trial_run(subject, path, operations, count, NULL, CONFORM_LIMIT_S, &trial);
	if (!err && !signals_caught()) {
		outcome->histories_count++;
		outcome->operations_count += trial.failed ? trial.at + 1 : count;
		if (trial.failed)
			err = conform_shrink(subject, path, operations, &count, NULL, &trial,
					     outcome);
	}
	free(operations);
	return err;
}

int conform_model(const struct conform_subject *subject, const struct conform_setup *setup,
		  struct outcome *outcome)
{
	return setup->exhaustive ? conform_exhaustive(subject, setup, outcome)
				 : conform_each(subject, setup, outcome, play_number);
}
