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

/* Adds ` --opt NAME.WORD,NAME.WORD` to words[size], or `,NAME.WORD` to what is there. */
static void add_words(char *words, size_t size, const char *name, const char *text)
{
	char options[sizeof(((struct conform_subject *)0)->text)], *left;
	size_t used = strlen(words);

	snprintf(options, sizeof(options), "%s", text);
	for (char *word = strtok_r(options, " ", &left); word && used < size;
	     word = strtok_r(NULL, " ", &left))
		used += (size_t)snprintf(words + used, size - used, "%s%s.%s",
					 used ? "," : " --opt ", name, word);
}

char *conform_command(const struct conform_subject *subject, const struct conform_layout *layout,
		      const char *rest)
{
	char words[sizeof(subject->text) * 40] = "", *text;
	bool is_own = subject->ops == &reference_engine;
	const struct plugin *plugin =
		is_own && layout ? plugin_of_store(layout->ops) : plugin_of_engine(subject->ops);

	add_words(words, sizeof(words), subject->ops->name, subject->text);
	if (layout)
		add_words(words, sizeof(words), layout->ops->name, layout->text);
	return asprintf(&text, "iowalk conform%s%s%s%s%s %s", plugin ? " --plugin " : "",
			plugin ? plugin->path : "", is_own ? "" : " ",
			is_own ? "" : subject->ops->name, words, rest) < 0
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
		text = conform_command(subject, NULL, rest);
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
