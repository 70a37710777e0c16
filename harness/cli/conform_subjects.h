/* What `iowalk conform` tests: engines and layouts, each with the options that are tried. */
#ifndef IOWALK_CLI_CONFORM_SUBJECTS_H
#define IOWALK_CLI_CONFORM_SUBJECTS_H

#include "../conform/subject.h"

#define CONFORM_OPTIONS_BYTES 1024 /* of --opt, with its end */

struct conform_wanted {
	const char *
		options; /* of --opt: "engine.key=value", with commas between them; less than CONFORM_OPTIONS_BYTES */
	const struct layout_ops
		*layout;    /* only this one; NULL: each that keeps data on an engine */
	bool defaults_only; /* but for `options`: of each one variant */
};

struct conform_subjects {
	struct conform_subject *all; /* [count] */
	size_t count;
	struct conform_layout *layouts; /* [layouts_count] */
	size_t layouts_count;
};

/*
 * The engines of words[], ended by NULL, "all" being each that stores data, and the layouts: each with its defaults and with each
 * option that changes how it works; with options of `wanted` only with these. -EINVAL with a reason: a word is no engine, or an
 * option is for none of them; -ENOMEM. A store with its own I/O has one subject, without an engine (words[] is empty then). conform_subjects_release() is called after an error, too.
 */
int conform_subjects_init(struct conform_subjects *subjects, const struct conform_wanted *wanted,
			  char *const *words, struct why *why);
void conform_subjects_release(struct conform_subjects *subjects);

#endif
