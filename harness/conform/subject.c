/* Engines with options: see subject.h. */
#include "subject.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PAGE_BYTES    UINT64_C(4096)
#define SYSCALL_EVERY UINT64_C(3) /* often in a history of a few operations */

/* A table of options and their values. */
struct settings {
	const char *name; /* of what has them */
	const struct option_spec *specs;
	uint32_t count;
	uint64_t *values;
	char *text;
	size_t text_bytes;
};

static struct settings settings_of(struct conform_subject *subject)
{
	return (struct settings){
		subject->ops->name, subject->ops->options, subject->ops->options_count,
		subject->options,   subject->text,         sizeof(subject->text)};
}

static struct settings settings_of_layout(struct conform_layout *layout)
{
	return (struct settings){
		layout->ops->name, layout->ops->options, layout->ops->options_count,
		layout->options,   layout->text,         sizeof(layout->text)};
}

/* The text, from the values. */
static void write_text(const struct settings *settings)
{
	size_t used = 0;

	settings->text[0] = '\0';
	for (uint32_t i = 0; i < settings->count; i++) {
		const struct option_spec *spec = &settings->specs[i];
		char value[64];

		if (settings->values[i] == spec->default_value)
			continue;
		option_format(spec, settings->values[i], value, sizeof(value));
		if (used < settings->text_bytes)
			used += (size_t)snprintf(settings->text + used, settings->text_bytes - used,
						 "%s%s=%s", used ? " " : "", spec->name, value);
	}
}

static int read_text(const struct settings *settings, const char *text, struct why *why)
{
	option_defaults(settings->specs, settings->count, settings->values);
	while (*(text += strspn(text, " ,"))) {
		char word[96];
		size_t len = strcspn(text, " ,"), name_len = strcspn(text, "=");

		if (len >= sizeof(word) || name_len >= len)
			return why_set(why, -EINVAL,
				       "option '%.60s' of %s: not of the form key=value", text,
				       settings->name);
		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		int i = option_find(settings->specs, settings->count, word, name_len);
		if (i < 0)
			return why_set(why, -EINVAL, "%s has no option '%.*s'", settings->name,
				       (int)name_len, word);
		int err = option_parse(&settings->specs[i], word + name_len + 1,
				       &settings->values[i], why);
		if (err)
			return err;
		text += len;
	}
	write_text(settings);
	return 0;
}

/* The text and must_map, from options[]. */
static void describe(struct conform_subject *subject)
{
	const struct settings settings = settings_of(subject);

	write_text(&settings);
	subject->must_map = !*subject->text && subject->ops->capabilities & ENGINE_ZERO_COPY;
}

int conform_subject_init(struct conform_subject *subject, const struct engine_ops *ops,
			 const char *text, struct why *why)
{
	*subject = (struct conform_subject){.ops = ops};
	const struct settings settings = settings_of(subject);
	int err = read_text(&settings, text, why);

	if (!err)
		describe(subject);
	return err;
}

int conform_layout_init(struct conform_layout *layout, const struct layout_ops *ops,
			const char *text, struct why *why)
{
	*layout = (struct conform_layout){.ops = ops};
	const struct settings settings = settings_of_layout(layout);

	return read_text(&settings, text, why);
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

/* What a layout caches is tested with next to nothing, too. */
static bool value_of_layout(const struct option_spec *spec, size_t n, uint64_t *value)
{
	if (spec->type != OPTION_U64 || !spec->default_value)
		return value_to_try(spec, n, value);
	*value = spec->min + 2 * n;
	return n < 2;
}

static void add_layout(struct conform_layout *layouts, size_t *count, size_t max,
		       const struct conform_layout *layout)
{
	if (*count == max)
		return;
	layouts[*count] = *layout;
	const struct settings settings = settings_of_layout(&layouts[(*count)++]);

	write_text(&settings);
}

size_t conform_layout_variants(const struct layout_ops *ops, struct conform_layout *layouts,
			       size_t max)
{
	struct conform_layout plain, last;
	size_t count = 0;

	(void)conform_layout_init(&plain, ops, "", NULL);
	last = plain;
	add_layout(layouts, &count, max, &plain);
	for (uint32_t i = 0; i < ops->options_count; i++) {
		struct conform_layout one = plain;

		for (size_t n = 0; value_of_layout(&ops->options[i], n, &one.options[i]); n++) {
			last.options[i] = one.options[i];
			if (one.options[i] != plain.options[i])
				add_layout(layouts, &count, max, &one);
		}
	}
	if (ops->options_count > 1)
		add_layout(layouts, &count, max, &last);
	return count;
}

int conform_open_engine(const struct engine_ops *ops, const char *path, unsigned flags,
			const uint64_t *options, struct engine **out)
{
	*out = NULL;
	if (ops != &reference_engine)
		return engine_ops_open(ops, path, flags, options, out);
	return !(flags & ENGINE_OPEN_CREATE) && access(path, F_OK) ? -errno : 0;
}

bool conform_pairs(const struct layout_ops *layout, const struct engine_ops *engine)
{
	return layout->capabilities & LAYOUT_REFERENCE ? engine == &reference_engine
						       : layout_pairs_with(layout, engine);
}

int conform_subject_probe(const struct conform_subject *subject, const char *folder,
			  struct why *why)
{
	return engine_ops_probe(subject->ops, folder, subject->options, why);
}
