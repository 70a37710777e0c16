/* See setup.h. */
#include "setup.h"

#include "../base/clock.h"
#include "../base/signals.h"
#include "shrink.h"

#include <stdlib.h>
#include <string.h>

void conform_path(const struct conform_setup *setup, char *path, size_t size)
{
	snprintf(path, size, "%s/file", setup->folder);
}

/* `iowalk conform ENGINE [--opt ENGINE.KEY=VALUE,..] --history TEXT [--fault TEXT]`; NULL if out of memory. */
static char *reproducer_of(const struct conform_subject *subject,
			   const struct history_operation *operations, size_t count,
			   const struct fault *fault)
{
	const char *name = subject->ops->name;
	char *history = history_text(operations, count), *text = NULL;
	size_t size = history ? strlen(history) + sizeof(subject->text) * 20 + FAULT_TEXT_BYTES : 0;

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
		at += sprintf(at, " --history %s", history);
		if (fault) {
			at += sprintf(at, " --fault ");
			fault_format(fault, at, FAULT_TEXT_BYTES);
		}
	}
	free(history);
	return text;
}

void conform_failed(const struct conform_subject *subject,
		    const struct history_operation *operations, size_t count,
		    const struct fault *fault, const struct trial *trial, struct outcome *outcome)
{
	outcome->state = OUTCOME_FAILED;
	why_set(&outcome->why, 0, "operation %zu of %zu: %s", trial->at + 1, count, trial->error);
	outcome->reproducer = reproducer_of(subject, operations, count, fault);
}

int conform_shrink(const struct conform_subject *subject, const char *path,
		   struct history_operation *operations, size_t *count, struct fault *fault,
		   struct trial *trial, struct outcome *outcome)
{
	int err = history_shrink(subject, path, operations, count, fault, trial);

	if (!err)
		conform_failed(subject, operations, *count, fault, trial, outcome);
	return err;
}

int conform_each(const struct conform_subject *subject, const struct conform_setup *setup,
		 struct outcome *outcome,
		 int (*play)(const struct conform_subject *subject,
			     const struct conform_setup *setup, uint64_t i,
			     struct outcome *outcome))
{
	double began_s = clock_now_s();
	int err = 0;

	for (uint64_t i = 0; !err && outcome->state == OUTCOME_PASSED && !signals_caught(); i++) {
		if (i > 0 && (setup->length || clock_now_s() >= setup->end_s))
			break;
		err = play(subject, setup, i, outcome);
	}
	outcome->seconds = clock_now_s() - began_s;
	return err;
}
