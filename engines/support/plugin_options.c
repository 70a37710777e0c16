/* What engines and stores of plug-ins have in common, names and options among it: see plugin.h. */
#include "plugin.h"

#include <stdlib.h>
#include <string.h>

#define CHOICE_MAX 63 /* characters of a word */

_Static_assert(IOWALK_OPTIONS_MAX == OPTIONS_MAX, "as many options");

bool plugin_name_ok(const char *name)
{
	size_t len = 0;

	if (!name || *name < 'a' || *name > 'z')
		return false;
	for (; name[len] && len <= PLUGIN_NAME_MAX; len++) {
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_", name[len]))
			return false;
	}
	return len <= PLUGIN_NAME_MAX;
}

/* "engine" of "an engine" */
static const char *bare(const char *kind)
{
	return strchr(kind, ' ') + 1;
}

int plugin_check_head(const char *kind, uint32_t struct_size, size_t wanted, const char *name,
		      struct why *why)
{
	if (struct_size < wanted)
		return why_set(why, -EINVAL,
			       "struct iowalk_%s has %u bytes in the plug-in; wanted: at least %zu",
			       bare(kind), struct_size, wanted);
	if (!plugin_name_ok(name))
		return why_set(why, -EINVAL,
			       "%s has the name '%.40s'; wanted: a small letter, then small "
			       "letters, digits and _, at most %d",
			       kind, name ? name : "(NULL)", PLUGIN_NAME_MAX);
	return 0;
}

int plugin_lacks(const char *kind, const char *name, const char *hook, struct why *why)
{
	return why_set(why, -EINVAL, "%s '%s' lacks the required hook '%s'", bare(kind), name,
		       hook);
}

/* The words of a choice become part of names of cells, and one word is one value. */
static int check_choices(const struct iowalk_option *option, const char *owner, struct why *why)
{
	for (size_t i = 0; option->choices[i]; i++) {
		const char *word = option->choices[i];
		size_t len = strnlen(word, CHOICE_MAX + 1);

		bool is_good = len > 0 && len <= CHOICE_MAX;
		for (size_t k = 0; is_good && k < len; k++)
			is_good = word[k] > ' ' && word[k] <= '~' && !strchr("/,:=|\"", word[k]);
		for (size_t k = 0; is_good && k < i; k++)
			is_good = strcmp(option->choices[k], word) != 0;
		if (!is_good)
			return why_set(
				why, -EINVAL,
				"option %s.%s has the choice '%.40s'; wanted: 1 to %d "
				"characters, without blanks and / , : = | \", each word once",
				owner, option->name, word, CHOICE_MAX);
	}
	return 0;
}

/* Words that `iowalk tune` tries are values. */
static int check_tunable(const struct option_spec *spec, const char *owner, struct why *why)
{
	struct why reason = {""};
	uint64_t value;

	for (size_t i = 0; spec->tunable && spec->tunable[i]; i++) {
		if (option_parse(spec, spec->tunable[i], &value, &reason))
			return why_set(why, -EINVAL, "option %s.%s, to be tuned: %.120s", owner,
				       spec->name, reason.text);
	}
	return 0;
}

static int check_option(const struct iowalk_option *option, const char *owner, struct why *why)
{
	if (!plugin_name_ok(option->name))
		return why_set(why, -EINVAL,
			       "an option of '%s' has the name '%.40s'; wanted: a small letter, "
			       "then small letters, digits and _, at most %d",
			       owner, option->name ? option->name : "(NULL)", PLUGIN_NAME_MAX);
	if (option->type > IOWALK_OPTION_CHOICE)
		return why_set(why, -EINVAL,
			       "option %s.%s has the type %u; ABI %d.%d has the types 0 to %u",
			       owner, option->name, option->type, IOWALK_ABI_MAJOR,
			       IOWALK_ABI_MINOR, IOWALK_OPTION_CHOICE);
	if (option->type == IOWALK_OPTION_CHOICE && (!option->choices || !option->choices[0]))
		return why_set(why, -EINVAL, "option %s.%s is a choice without choices", owner,
			       option->name);
	int err = option->type == IOWALK_OPTION_CHOICE ? check_choices(option, owner, why) : 0;
	if (err)
		return err;
	uint64_t min = option->type == IOWALK_OPTION_U64 ? option->min : 0;
	uint64_t max = option->type == IOWALK_OPTION_U64 ? option->max : 1;
	if (option->type == IOWALK_OPTION_CHOICE) {
		for (max = 0; option->choices[max + 1]; max++)
			;
	}
	if (option->default_value < min || option->default_value > max)
		return why_set(why, -EINVAL,
			       "option %s.%s has the default %llu; wanted: %llu to %llu", owner,
			       option->name, (unsigned long long)option->default_value,
			       (unsigned long long)min, (unsigned long long)max);
	return 0;
}

int plugin_options(const struct iowalk_option *const *options, const char *owner,
		   struct option_spec **out, uint32_t *count, struct why *why)
{
	static const enum option_type types[] = {
		[IOWALK_OPTION_BOOL] = OPTION_BOOL,
		[IOWALK_OPTION_U64] = OPTION_U64,
		[IOWALK_OPTION_CHOICE] = OPTION_CHOICE,
	};
	struct option_spec *specs;
	uint32_t n = 0;
	int err = 0;

	while (options && n <= OPTIONS_MAX && options[n])
		n++;
	if (n > OPTIONS_MAX)
		return why_set(why, -EINVAL, "'%s' has more than %d options", owner, OPTIONS_MAX);
	specs = calloc(n + 1, sizeof(*specs));
	if (!specs)
		return -ENOMEM;
	for (uint32_t i = 0; !err && i < n; i++) {
		const struct iowalk_option *option = options[i];

		err = check_option(option, owner, why);
		if (!err && option_find(specs, i, option->name, strlen(option->name)) >= 0)
			err = why_set(why, -EINVAL, "'%s' has two options called '%s'", owner,
				      option->name);
		if (err)
			break;
		specs[i] = (struct option_spec){
			.name = option->name,
			.type = types[option->type],
			.default_value = option->default_value,
			.min = option->min,
			.max = option->max,
			.choices = option->choices,
			.help = option->help ? option->help : "",
			.always_named = (option->flags & IOWALK_OPTION_ALWAYS_NAMED) != 0,
			.tunable = option->tunable,
		};
		err = check_tunable(&specs[i], owner, why);
	}
	if (err) {
		free(specs);
		return err;
	}
	*out = specs;
	*count = n;
	return 0;
}
