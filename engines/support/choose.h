/* Choosing an engine of the table by what it can do, instead of by its name. */
#ifndef IOWALK_ENGINE_CHOOSE_H
#define IOWALK_ENGINE_CHOOSE_H

#include "../engine.h"

/* The engine with ENGINE_BUILDS. The table always has one. */
const struct engine_ops *engine_builder(void);

/* The first engine with ENGINE_WRAPS, or NULL. */
const struct engine_ops *engine_wrapper(void);

/* An engine that maps whole files and reports those that are truncated under it, or NULL. */
const struct engine_ops *engine_mapper(void);

/* The engine of a value of an OPTION_ENGINE, or NULL. */
const struct engine_ops *engine_of_option(uint64_t value);

#endif
