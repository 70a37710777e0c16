/* See conform_subjects.h. */
#include "conform_subjects.h"

#include "../plan/cell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VARIANTS_MAX 64 /* of one engine, or one layout */

/* The words of --opt that are for this engine, without its name: "key=value key=value". */
static void options_of(const char *options, const char *name, char *text)
{
	size_t name_len = strlen(name);

	*text = '\0';
	while (*(options += strspn(options, ","))) {
		size_t len = strcspn(options, ",");

		if (len > name_len && strncmp(options, name, name_len) == 0 &&
		    options[name_len] == '.') {
			strcat(text, *text ? " " : "");
			strncat(text, options + name_len + 1, len - name_len - 1);
		}
		options += len;
	}
}

/* Is a word of --opt, "owner.key=value", for it? */
static bool is_of(const char *word, const char *owner)
{
	size_t len = strcspn(word, ".,");

	return strncmp(owner, word, len) == 0 && !owner[len];
}

/* Is each word of --opt for one of the engines and layouts? */
static int check_options(const struct conform_subjects *subjects, const char *options,
			 struct why *why)
{
	while (*(options += strspn(options, ","))) {
		size_t len = strcspn(options, ",");
		bool found = false;

		for (size_t i = 0; i < subjects->count; i++)
			found |= is_of(options, subjects->all[i].ops->name);
		for (size_t i = 0; i < subjects->layouts_count; i++)
			found |= is_of(options, subjects->layouts[i].ops->name);
		if (!found)
			return why_set(why, -EINVAL,
				       "option '%.*s' is for none of the engines and layouts",
				       (int)(len < 80 ? len : 80), options);
		options += len;
	}
	return 0;
}

/* With options, a history or --exhaustive there is one variant: the one that they name, or the defaults. */
static int add_engine(struct conform_subjects *subjects, const struct engine_ops *ops,
		      const struct conform_wanted *wanted, struct why *why)
{
	char text[CONFORM_OPTIONS_BYTES];
	size_t count = 1;
	void *all =
		realloc(subjects->all, (subjects->count + VARIANTS_MAX) * sizeof(*subjects->all));

	if (!all)
		return -ENOMEM;
	subjects->all = all;
	options_of(wanted->options, ops->name, text);
	if (*text || wanted->defaults_only) {
		int err = conform_subject_init(&subjects->all[subjects->count], ops, text, why);

		if (err)
			return err;
	} else {
		count = conform_subject_variants(ops, &subjects->all[subjects->count],
						 VARIANTS_MAX);
	}
	subjects->count += count;
	return 0;
}

/* In the same way. */
static int add_layout(struct conform_subjects *subjects, const struct layout_ops *ops,
		      const struct conform_wanted *wanted, struct why *why)
{
	char text[CONFORM_OPTIONS_BYTES];
	void *layouts = realloc(subjects->layouts, (subjects->layouts_count + VARIANTS_MAX) *
							   sizeof(*subjects->layouts));
	int err = 0;

	if (!layouts)
		return -ENOMEM;
	subjects->layouts = layouts;
	struct conform_layout *first = &subjects->layouts[subjects->layouts_count];
	options_of(wanted->options, ops->name, text);
	if (*text || wanted->defaults_only) {
		err = conform_layout_init(first, ops, text, why);
		subjects->layouts_count += !err;
	} else {
		subjects->layouts_count += conform_layout_variants(ops, first, VARIANTS_MAX);
	}
	return err;
}

/* Those that keep data on an engine, or only the given one. */
static int add_layouts(struct conform_subjects *subjects, const struct conform_wanted *wanted,
		       struct why *why)
{
	const uint32_t others = LAYOUT_NO_DATA | LAYOUT_REFERENCE;
	int err = 0;

	if (wanted->layout)
		return add_layout(subjects, wanted->layout, wanted, why);
	for (size_t i = 0; !err && i < layout_table_count; i++) {
		if (!(layout_table[i]->capabilities & others))
			err = add_layout(subjects, layout_table[i], wanted, why);
	}
	return err;
}

/* "all" stands for every engine that stores data. */
static int add_word(struct conform_subjects *subjects, const char *word,
		    const struct conform_wanted *wanted, struct why *why)
{
	int err = 0;

	if (strcmp(word, "all") != 0) {
		int i = table_find(TABLE_ENGINES, word, why);

		if (i < 0)
			return -EINVAL;
		return add_engine(subjects, engine_at((size_t)i), wanted, why);
	}
	for (size_t i = 0; !err && i < engines_count(); i++) {
		if (!(engine_at(i)->capabilities & ENGINE_NO_DATA))
			err = add_engine(subjects, engine_at(i), wanted, why);
	}
	return err;
}

int conform_subjects_init(struct conform_subjects *subjects, const struct conform_wanted *wanted,
			  char *const *words, struct why *why)
{
	*subjects = (struct conform_subjects){.all = NULL};
	int err = add_layouts(subjects, wanted, why);
	bool is_own = wanted->layout && wanted->layout->capabilities & LAYOUT_REFERENCE;

	if (!err && is_own)
		err = add_engine(subjects, &reference_engine, wanted, why);
	for (; !err && *words; words++)
		err = add_word(subjects, *words, wanted, why);
	return err ? err : check_options(subjects, wanted->options, why);
}

void conform_subjects_release(struct conform_subjects *subjects)
{
	free(subjects->all);
	free(subjects->layouts);
}
