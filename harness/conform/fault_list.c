/* See fault_list.h. */
#include "fault_list.h"

#include "../../workloads/support/mix.h"
#include "../base/array.h"
#include "../base/clock.h"
#include "../base/signals.h"
#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct fault_list {
	struct fault *all; /* [count] */
	size_t count, capacity;
};

static int add_point(struct fault_list *list, struct fault fault)
{
	struct fault *point =
		array_next((void **)&list->all, list->count, &list->capacity, sizeof(*point));

	if (!point)
		return -ENOMEM;
	*point = fault;
	list->count++;
	return 0;
}

/* Every fault of one call of the history. */
static int add_call(struct fault_list *list, size_t call, unsigned ordinal)
{
	const struct fault_call *info = &fault_calls[call];
	int err = 0;

	if (!memory_can_refuse() &&
	    (strcmp(info->name, FAULT_ANONYMOUS) == 0 || fault_is_of_memory(info)))
		return 0;
	for (size_t i = 0; !err && i < FAULT_ERRORS_MAX && info->errors[i]; i++) {
		/* The engine loses memory on purpose: that to which a queue may still write which it can no longer ask. */
		if (!memory_can_refuse() && info->errors[i] == EBADR)
			continue;
		err = add_point(list, (struct fault){call, ordinal, info->errors[i], false});
		if (!err && !fault_is_transient(info->errors[i]))
			err = add_point(list, (struct fault){call, ordinal, info->errors[i], true});
	}
	if (!err && fault_may_be_short(info))
		err = add_point(list, (struct fault){call, ordinal, 0, false});
	return err;
}

static void shuffle(struct fault_list *list, uint64_t seed)
{
	for (size_t i = list->count; i > 1; i--) {
		size_t k = (size_t)(mix_next(&seed) % i);
		struct fault swapped = list->all[k];

		list->all[k] = list->all[i - 1];
		list->all[i - 1] = swapped;
	}
}

/* `counts`: calls of the history, as fault_calls[]. The caller frees list->all, also after -ENOMEM. */
static int make_list(struct fault_list *list, const unsigned *counts, uint64_t seed)
{
	int err = 0;

	for (size_t call = 0; !err && call < fault_calls_count; call++) {
		for (unsigned ordinal = 1; !err && ordinal <= counts[call]; ordinal++)
			err = add_call(list, call, ordinal);
	}
	shuffle(list, seed);
	return err;
}

static int play_all(const struct fault_history *history, const struct conform_setup *setup,
		    const struct fault_list *list, struct outcome *outcome)
{
	int err = 0;

	for (size_t i = 0; !err && outcome->state == OUTCOME_PASSED && i < list->count; i++) {
		struct trial trial;

		if (signals_caught() ||
		    (outcome->faults_count > 0 && clock_now_s() >= setup->end_s))
			break;
		err = history->play(history->context, &list->all[i], &trial);
		if (err || signals_caught())
			break;
		outcome->faults_count += trial.injected_count > 0;
		outcome->operations_count += trial.at + 1;
		if (trial.failed)
			err = history->shrink(history->context, &list->all[i], &trial, outcome);
	}
	return err;
}

int fault_list_play(const struct fault_history *history, const struct conform_setup *setup,
		    uint64_t seed, struct outcome *outcome)
{
	const struct fault none = {.ordinal = 0};
	struct fault_list list = {.all = NULL};
	struct trial trial;
	int err = history->play(history->context, &none, &trial);

	if (err || signals_caught())
		return err;
	outcome->histories_count++;
	outcome->operations_count += trial.failed ? trial.at + 1 : history->operations_count;
	if (trial.failed)
		return history->shrink(history->context, NULL, &trial, outcome);
	err = make_list(&list, trial.counts, seed);
	if (!err)
		err = play_all(history, setup, &list, outcome);
	free(list.all);
	return err;
}
