/* See setup.h. */
#include "setup.h"

#include "../base/clock.h"
#include "../base/signals.h"
#include "../plugin/load.h"
#include "shrink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void conform_path(const struct conform_setup *setup, char *path, size_t size)
{
	snprintf(path, size, "%s/file", setup->folder);
}

char *conform_command(const struct conform_subject *subject, const char *rest)
{
	char options[sizeof(subject->text)], words[sizeof(subject->text) * 20] = "", *text, *left;
	const char *before = " --opt ", *name = subject->ops->name;
	size_t used = 0;

	snprintf(options, sizeof(options), "%s", subject->text);
	for (char *word = strtok_r(options, " ", &left); word && used < sizeof(words);
	     word = strtok_r(NULL, " ", &left)) {
		used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%s.%s", before,
					 name, word);
		before = ",";
	}
	const struct plugin *plugin = plugin_of_engine(subject->ops);
	return asprintf(&text, "iowalk conform %s%s%s%s%s %s", plugin ? "--plugin " : "",
			plugin ? plugin->path : "", plugin ? " " : "", name, words, rest) < 0
		       ? NULL
		       : text;
}

/* With --history and --fault; NULL if out of memory. */
static char *reproducer_of(const struct conform_subject *subject,
			   const struct history_operation *operations, size_t count,
			   const struct fault *fault)
{
	char *history = history_text(operations, count), *rest = NULL, *text = NULL;
	char fault_text[FAULT_TEXT_BYTES] = "";

	if (fault)
		fault_format(fault, fault_text, sizeof(fault_text));
	if (history &&
	    asprintf(&rest, "--history %s%s%s", history, fault ? " --fault " : "", fault_text) >= 0)
		text = conform_command(subject, rest);
	free(history);
	free(rest);
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

int conform_end(int err, struct outcome *outcome)
{
	if (err != -EOPNOTSUPP)
		return err;
	outcome->state = OUTCOME_SKIPPED;
	why_set(&outcome->why, 0, "the kernel does not let system calls be intercepted (seccomp)");
	return 0;
}
