/* The hooks of a cell by their addresses: see spans.h. */
#include "spans.h"

#include "../../layouts/support/fetch.h"
#include "../../references/support/expand.h"
#include "../base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hook_place {
	const char *name;
	size_t offset;
};

/* Every hook that does work; those that only return a number would be noise. */
#define ENGINE_HOOK(hook)                                                                          \
	{                                                                                          \
#hook, offsetof(struct engine_ops, hook)                                           \
	}
static const struct hook_place engine_hooks[] = {
	ENGINE_HOOK(read),       ENGINE_HOOK(read_batch), ENGINE_HOOK(write),
	ENGINE_HOOK(resize),     ENGINE_HOOK(sync),       ENGINE_HOOK(map),
	ENGINE_HOOK(prefetch),   ENGINE_HOOK(advise),     ENGINE_HOOK(drop_cache),
	ENGINE_HOOK(open),       ENGINE_HOOK(close),      ENGINE_HOOK(health),
	ENGINE_HOOK(begin_walk), ENGINE_HOOK(submit),     ENGINE_HOOK(reap),
	ENGINE_HOOK(attach),
};
#define LAYOUT_HOOK(hook)                                                                          \
	{                                                                                          \
#hook, offsetof(struct layout_ops, hook)                                           \
	}
static const struct hook_place layout_hooks[] = {
	LAYOUT_HOOK(neighbors),
	LAYOUT_HOOK(neighbors_batch),
	LAYOUT_HOOK(in_neighbors_batch),
	LAYOUT_HOOK(insert_node),
	LAYOUT_HOOK(insert_edge),
	LAYOUT_HOOK(bulk),
	LAYOUT_HOOK(create),
	LAYOUT_HOOK(open),
	LAYOUT_HOOK(sync),
	LAYOUT_HOOK(close),
	LAYOUT_HOOK(check),
	LAYOUT_HOOK(compact),
	LAYOUT_HOOK(drop_cache),
};

static int add_hook(struct spans *spans, uint64_t start, const char *part, const char *hook)
{
	/* A function that several tables share is the one of the first. */
	if (!start || address_table_find(&spans->by_start, start) != ADDRESS_ABSENT)
		return 0;
	if (spans->hooks_count == spans->hooks_capacity) {
		size_t capacity = spans->hooks_capacity ? 2 * spans->hooks_capacity : 64;
		struct span_hook *grown = realloc(spans->hooks, capacity * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		spans->hooks = grown;
		spans->hooks_capacity = capacity;
	}
	spans->hooks[spans->hooks_count] = (struct span_hook){part, hook};
	return address_table_add(&spans->by_start, start, spans->hooks_count++);
}

static uint64_t address_in(const void *table, size_t offset)
{
	uintptr_t address;

	memcpy(&address, (const char *)table + offset, sizeof(address));
	return address;
}

static int add_engine(struct spans *spans, const struct engine_ops *ops)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(engine_hooks) / sizeof(engine_hooks[0]); i++) {
		/* Hooks behind the end of an older table are not there. */
		if (engine_hooks[i].offset + sizeof(uintptr_t) <= ops->struct_size)
			err = add_hook(spans, address_in(ops, engine_hooks[i].offset), ops->name,
				       engine_hooks[i].name);
	}
	return err;
}

int spans_init(struct spans *spans, const struct cell *cell)
{
	const struct {
		uint64_t start;
		const char *hook;
	} shared[] = {{(uintptr_t)fetch_one, "neighbors"},
		      {(uintptr_t)fetch_batch, "neighbors_batch"},
		      {(uintptr_t)expand_one, "neighbors"},
		      {(uintptr_t)expand_batch, "neighbors_batch"}};
	int err = 0;

	*spans = (struct spans){.workload = cell->workload->name};
	for (size_t i = 0; !err && i < sizeof(layout_hooks) / sizeof(layout_hooks[0]); i++)
		err = add_hook(spans, address_in(cell->layout, layout_hooks[i].offset),
			       cell->layout->name, layout_hooks[i].name);
	/* Hooks that end in a call of these leave only them on the stack. */
	for (size_t i = 0; !err && i < sizeof(shared) / sizeof(shared[0]); i++)
		err = add_hook(spans, shared[i].start, cell->layout->name, shared[i].hook);
	if (!err && !(cell->layout->capabilities & LAYOUT_REFERENCE))
		err = add_engine(spans, cell->engine);
	/* An engine may wrap another one. */
	for (size_t i = 0; !err && i < engines_count(); i++)
		err = add_engine(spans, engine_at(i));
	if (err)
		spans_release(spans);
	return err;
}

void spans_release(struct spans *spans)
{
	free(spans->hooks);
	address_table_release(&spans->by_start);
	*spans = (struct spans){0};
}

void spans_path(const struct spans *spans, struct symbols *symbols, const struct stack *stack,
		char path[SPAN_PATH_MAX])
{
	size_t last = ADDRESS_ABSENT;

	snprintf(path, SPAN_PATH_MAX, "%s", stack->is_whole ? spans->workload : SPAN_UNKNOWN);
	for (unsigned i = stack->is_whole ? stack->user_count : 0; i-- > 0;) {
		uint64_t start = symbols_find(symbols, stack->user[i] - (i > 0)).start;
		size_t hook = start ? address_table_find(&spans->by_start, start) : ADDRESS_ABSENT;

		if (hook == ADDRESS_ABSENT || hook == last)
			continue;
		text_append(path, SPAN_PATH_MAX, ";%s.%s", spans->hooks[hook].part,
			    spans->hooks[hook].hook);
		last = hook;
	}
}

void spans_path_of_command(const struct spans *spans, struct symbols *symbols,
			   const struct stack *stack, char path[SPAN_PATH_MAX])
{
	unsigned count = stack->user_count;
	const char *program =
		count ? symbols_find(symbols, stack->user[count - 1] - (count > 1)).name : NULL;

	snprintf(path, SPAN_PATH_MAX, "%s;%s", spans->workload, program ? program : SPAN_UNKNOWN);
}
