/*
 * Options as text: see option.h.
 *
 * A value of any type is a u64, so a hook gets all of them as one array. A text that is not a valid
 * value is an error that names the valid ones; no option is ignored.
 */
#include "../option.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int why_set(struct why *why, int err, const char *format, ...)
{
	if (why) {
		va_list arguments;

		va_start(arguments, format);
		if (vsnprintf(why->text, sizeof(why->text), format, arguments) < 0)
			why->text[0] = '\0';
		va_end(arguments);
	}
	return err;
}

int option_find(const struct option_spec *specs, size_t specs_count, const char *name,
		size_t name_len)
{
	for (size_t i = 0; i < specs_count; i++) {
		if (strlen(specs[i].name) == name_len && memcmp(specs[i].name, name, name_len) == 0)
			return (int)i;
	}
	return -1;
}

int option_with_role(const struct option_spec *specs, size_t specs_count, enum option_role role)
{
	for (size_t i = 0; i < specs_count; i++) {
		if (specs[i].role == role)
			return (int)i;
	}
	return -1;
}

const char *option_choice(const struct option_spec *spec, size_t i)
{
	return spec->type == OPTION_CHOICE   ? spec->choices[i]
	       : spec->type == OPTION_ENGINE ? option_engine_choice(i)
					     : NULL;
}

static int parse_bool(const char *text, uint64_t *value)
{
	static const char *const words[][2] = {
		{"0", "1"}, {"off", "on"}, {"false", "true"}, {"no", "yes"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (unsigned bit = 0; bit < 2; bit++) {
			if (strcmp(text, words[i][bit]) == 0) {
				*value = bit;
				return 0;
			}
		}
	}
	return -EINVAL;
}

/* Not strtoull(), which accepts signs and spaces and wraps around. */
static int parse_u64(const char *text, uint64_t *value)
{
	unsigned shift = 0;
	uint64_t number = 0;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (__builtin_mul_overflow(number, UINT64_C(10), &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
			return -EINVAL;
	}
	if (*text == 'K' || *text == 'k')
		shift = 10;
	else if (*text == 'M' || *text == 'm')
		shift = 20;
	else if (*text == 'G' || *text == 'g')
		shift = 30;
	if (shift > 0)
		text++;
	if (*text != '\0' || number > UINT64_MAX >> shift)
		return -EINVAL;
	*value = number << shift;
	return 0;
}

static int parse_choice(const char *const *choices, const char *text, uint64_t *value)
{
	for (uint64_t i = 0; choices[i]; i++) {
		if (strcmp(choices[i], text) == 0) {
			*value = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int refuse_choice(const struct option_spec *spec, const char *text, struct why *why)
{
	char list[128] = "";
	size_t used = 0;

	for (size_t i = 0; option_choice(spec, i) && used < sizeof(list); i++) {
		int len = snprintf(list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "",
				   option_choice(spec, i));

		used += len > 0 ? (size_t)len : 0;
	}
	return why_set(why, -EINVAL, "%s: '%.40s' is none of: %s", spec->name, text, list);
}

int option_parse(const struct option_spec *spec, const char *text, uint64_t *value, struct why *why)
{
	uint64_t number;

	switch (spec->type) {
	case OPTION_BOOL:
		if (parse_bool(text, &number))
			return why_set(why, -EINVAL, "%s: '%.40s' is none of: on, off", spec->name,
				       text);
		break;
	case OPTION_U64:
		if (parse_u64(text, &number) || number < spec->min || number > spec->max)
			return why_set(why, -EINVAL,
				       "%s: '%.40s' is not a whole number from %" PRIu64
				       " to %" PRIu64,
				       spec->name, text, spec->min, spec->max);
		break;
	case OPTION_CHOICE:
		if (parse_choice(spec->choices, text, &number))
			return refuse_choice(spec, text, why);
		break;
	case OPTION_ENGINE:
		if (option_engine_parse(text, &number))
			return refuse_choice(spec, text, why);
		break;
	default:
		return why_set(why, -EINVAL, "%s: an option of no known type", spec->name);
	}
	*value = number;
	return 0;
}

int option_format(const struct option_spec *spec, uint64_t value, char *text, size_t text_size)
{
	switch (spec->type) {
	case OPTION_BOOL:
		return snprintf(text, text_size, "%s", value ? "on" : "off");
	case OPTION_CHOICE:
		return snprintf(text, text_size, "%s", spec->choices[value]);
	case OPTION_ENGINE:
		return snprintf(text, text_size, "%s", option_engine_name(value));
	case OPTION_U64:
	default:
		return snprintf(text, text_size, "%" PRIu64, value);
	}
}

void option_defaults(const struct option_spec *specs, size_t specs_count, uint64_t *values)
{
	for (size_t i = 0; i < specs_count; i++)
		values[i] = specs[i].default_value;
}
