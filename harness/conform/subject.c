/* Engines with options: see subject.h. */
#include "subject.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PAGE_BYTES    UINT64_C(4096)
#define SYSCALL_EVERY UINT64_C(3) /* often in a history of a few operations */

/* The text and must_map, from options[]. */
static void describe(struct conform_subject *subject)
{
	const struct engine_ops *ops = subject->ops;
	size_t used = 0;

	subject->text[0] = '\0';
	for (uint32_t i = 0; i < ops->options_count; i++) {
		char value[64];

		if (subject->options[i] == ops->options[i].default_value)
			continue;
		option_format(&ops->options[i], subject->options[i], value, sizeof(value));
		if (used < sizeof(subject->text))
			used += (size_t)snprintf(subject->text + used, sizeof(subject->text) - used,
						 "%s%s=%s", used ? " " : "", ops->options[i].name,
						 value);
	}
	subject->must_map = !*subject->text && ops->capabilities & ENGINE_ZERO_COPY;
}

int conform_subject_init(struct conform_subject *subject, const struct engine_ops *ops,
			 const char *text, struct why *why)
{
	*subject = (struct conform_subject){.ops = ops};
	option_defaults(ops->options, ops->options_count, subject->options);
	while (*(text += strspn(text, " ,"))) {
		char word[96];
		size_t len = strcspn(text, " ,"), name_len = strcspn(text, "=");

		if (len >= sizeof(word) || name_len >= len)
			return why_set(why, -EINVAL,
				       "option '%.60s' of %s: not of the form key=value", text,
				       ops->name);
		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		int i = option_find(ops->options, ops->options_count, word, name_len);
		if (i < 0)
			return why_set(why, -EINVAL, "%s has no option '%.*s'", ops->name,
				       (int)name_len, word);
		int err = option_parse(&ops->options[i], word + name_len + 1, &subject->options[i],
				       why);
		if (err)
			return err;
		text += len;
	}
	describe(subject);
	return 0;
}

/* The n-th value to try of an option; false after the last. */
static bool value_to_try(const struct option_spec *spec, size_t n, uint64_t *value)
{
	size_t count = 0;

	while (spec->tunable && spec->tunable[count])
		count++;
	if (count > 0)
		return n < count && option_parse(spec, spec->tunable[n], value, NULL) == 0;
	/* Files of histories are short: a cache that holds them whole replaces nothing. */
	if (spec->role == OPTION_ROLE_CACHE_BYTES)
		return *value = spec->min, n == 0;
	if (spec->type == OPTION_BOOL)
		return *value = n, n < 2;
	if (spec->type == OPTION_CHOICE)
		return option_choice(spec, n) ? *value = n, true : false;
	if (spec->type == OPTION_ENGINE)
		return option_choice(spec, n) &&
		       option_parse(spec, option_choice(spec, n), value, NULL) == 0;
	if (spec->role == OPTION_ROLE_SYSCALL_EVERY)
		return *value = SYSCALL_EVERY, n == 0;
	/* What is switched off by 0 is switched on. */
	*value = spec->max < PAGE_BYTES ? spec->max : PAGE_BYTES;
	return spec->default_value == 0 && n == 0;
}

struct variants {
	struct conform_subject *all; /* [max], of which count are set */
	size_t count, max;
};

/* Adds `from` with another value of an option, unless it has that already. */
static void add_variant(struct variants *variants, const struct conform_subject *from,
			uint32_t option, uint64_t value)
{
	struct conform_subject *added = &variants->all[variants->count];

	if (variants->count == variants->max || value == from->options[option])
		return;
	*added = *from;
	added->options[option] = value;
	describe(added);
	variants->count++;
}

/* With a small cache, the last value of each other option: what an option does around a cache needs a file that is larger. */
static void add_with_small_cache(struct variants *variants, const struct engine_ops *ops,
				 uint32_t cache)
{
	struct conform_subject small = variants->all[0];

	small.options[cache] = ops->options[cache].min;
	for (uint32_t i = 0; i < ops->options_count; i++) {
		uint64_t value, last = small.options[i];

		for (size_t n = 0; i != cache && value_to_try(&ops->options[i], n, &value); n++)
			last = value;
		add_variant(variants, &small, i, last);
	}
}

size_t conform_subject_variants(const struct engine_ops *ops, struct conform_subject *subjects,
				size_t max)
{
	struct variants variants = {.all = subjects, .max = max};

	if (max > 0)
		(void)conform_subject_init(&subjects[variants.count++], ops, "", NULL);
	for (uint32_t i = 0; i < ops->options_count; i++) {
		uint64_t value;

		for (size_t n = 0; value_to_try(&ops->options[i], n, &value); n++)
			add_variant(&variants, &subjects[0], i, value);
		if (ops->options[i].role == OPTION_ROLE_CACHE_BYTES)
			add_with_small_cache(&variants, ops, i);
	}
	return variants.count;
}

int conform_subject_probe(const struct conform_subject *subject, const char *folder,
			  struct why *why)
{
	return engine_ops_probe(subject->ops, folder, subject->options, why);
}
