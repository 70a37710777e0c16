/* Choosing an engine of the table: see choose.h and option.h. */
#include "choose.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const struct engine_ops *first_with(uint32_t capability)
{
	for (size_t i = 0; i < engines_count(); i++) {
		if (engine_at(i)->capabilities & capability)
			return engine_at(i);
	}
	return NULL;
}

const struct engine_ops *engine_builder(void)
{
	const struct engine_ops *ops = first_with(ENGINE_BUILDS);

	assert(ops); /* engines/ always has one */
	return ops;
}

const struct engine_ops *engine_wrapper(void)
{
	return first_with(ENGINE_WRAPS);
}

const struct engine_ops *engine_mapper(void)
{
	const uint32_t wanted = ENGINE_ZERO_COPY | ENGINE_MAY_SIGBUS;

	for (size_t i = 0; i < engines_count(); i++) {
		uint32_t has = engine_at(i)->capabilities;
		if ((has & wanted) == wanted && !(has & ENGINE_COPY_ON_WRITE))
			return engine_at(i);
	}
	return NULL;
}

/*
 * ---- values of an OPTION_ENGINE ----
 *
 * 0 is the engine with ENGINE_BUILDS, so that a constant can be the default; other engines have their
 * index in the table plus 1. Only texts are stored or sent, so the order of the table never matters.
 */

/* Can an option choose this engine? */
static bool is_choice(const struct engine_ops *ops)
{
	return !(ops->capabilities & (ENGINE_NO_DATA | ENGINE_HOLDS_FILE | ENGINE_WRAPS));
}

const struct engine_ops *engine_of_option(uint64_t value)
{
	if (value == 0)
		return first_with(ENGINE_BUILDS);
	if (value > engines_count() || !is_choice(engine_at(value - 1)))
		return NULL;
	return engine_at(value - 1);
}

const char *option_engine_name(uint64_t value)
{
	const struct engine_ops *ops = engine_of_option(value);

	return ops ? ops->name : NULL;
}

const char *option_engine_choice(size_t i)
{
	for (size_t k = 0; k < engines_count(); k++) {
		if (is_choice(engine_at(k)) && i-- == 0)
			return engine_at(k)->name;
	}
	return NULL;
}

int option_engine_parse(const char *text, uint64_t *value)
{
	for (size_t i = 0; i < engines_count(); i++) {
		if (!is_choice(engine_at(i)) || strcmp(engine_at(i)->name, text) != 0)
			continue;
		*value = engine_at(i)->capabilities & ENGINE_BUILDS ? 0 : i + 1;
		return 0;
	}
	return -EINVAL;
}
