/* See fault_list.h. */
#include "fault_list.h"

#include "../../workloads/support/mix.h"
#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int add_point(struct fault_list *list, struct fault fault)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity * 2 + 256;
		void *all = realloc(list->all, capacity * sizeof(*list->all));

		if (!all)
			return -ENOMEM;
		list->all = all;
		list->capacity = capacity;
	}
	list->all[list->count++] = fault;
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

int fault_list_make(struct fault_list *list, const unsigned *counts, uint64_t seed)
{
	int err = 0;

	*list = (struct fault_list){.all = NULL};
	for (size_t call = 0; !err && call < fault_calls_count; call++) {
		for (unsigned ordinal = 1; !err && ordinal <= counts[call]; ordinal++)
			err = add_call(list, call, ordinal);
	}
	shuffle(list, seed);
	return err;
}
