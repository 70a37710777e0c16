/* Engines with options: see subject.h. */
#include "subject.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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
	return spec->type == OPTION_CHOICE && option_choice(spec, n) ? *value = n, true : false;
}

size_t conform_subject_variants(const struct engine_ops *ops, struct conform_subject *subjects,
				size_t max)
{
	size_t count = 0;

	if (max > 0)
		(void)conform_subject_init(&subjects[count++], ops, "", NULL);
	for (uint32_t i = 0; i < ops->options_count; i++) {
		uint64_t value;

		for (size_t n = 0; count < max && value_to_try(&ops->options[i], n, &value); n++) {
			if (value == ops->options[i].default_value)
				continue;
			subjects[count] = subjects[0];
			subjects[count].options[i] = value;
			describe(&subjects[count++]);
		}
	}
	return count;
}

int conform_subject_probe(const struct conform_subject *subject, const char *folder,
			  struct why *why)
{
	return engine_ops_probe(subject->ops, folder, subject->options, why);
}
