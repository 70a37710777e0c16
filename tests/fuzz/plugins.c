/*
 * Tables of plug-ins, whatever is in them: sizes, capabilities, hooks that are there or not, names and options. What is
 * accepted keeps the promises of a table: a name for the command line, and defaults that are values of their options. No hook is
 * called.
 */
#include "fuzz.h"

#include "../../engines/support/plugin.h"
#include "../../references/support/plugin.h"

#include <stddef.h>

#define TEXTS_COUNT   8
#define TEXT_BYTES    80 /* names may be longer than is allowed, and end without a NUL within that */
#define OPTIONS_COUNT 3

/* The input, which ends in zeros. */
struct input {
	const uint8_t *at, *end;
};

static uint64_t take(struct input *input, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)(input->at < input->end ? *input->at++ : 0) << (8 * i);
	return value;
}

static char texts[TEXTS_COUNT][TEXT_BYTES + 1];
static const char *words[TEXTS_COUNT + 1];
static struct iowalk_option option_tables[OPTIONS_COUNT];
static const struct iowalk_option *option_list[OPTIONS_COUNT + 1];

static const char *text_of(struct input *input)
{
	static const char *const good[] = {"my_part", "size", NULL, ""};
	uint64_t which = take(input, 1);

	return which < 128 ? good[which % 4] : texts[which % TEXTS_COUNT];
}

static void make_texts(struct input *input)
{
	for (size_t i = 0; i < TEXTS_COUNT; i++) {
		size_t len = take(input, 1) % (TEXT_BYTES + 1);

		for (size_t k = 0; k < len; k++)
			texts[i][k] = (char)take(input, 1);
		texts[i][len] = '\0';
		words[i] = i < take(input, 1) % (TEXTS_COUNT + 1) ? texts[i] : NULL;
	}
}

static const struct iowalk_option *const *make_options(struct input *input)
{
	size_t count = take(input, 1) % (OPTIONS_COUNT + 2);

	for (size_t i = 0; i < OPTIONS_COUNT; i++) {
		struct iowalk_option *option = &option_tables[i];
		unsigned bytes = take(input, 1) % 2 ? 8 : 1;

		*option = (struct iowalk_option){.name = text_of(input),
						 .help = text_of(input),
						 .type = (uint32_t)take(input, 1) % 5,
						 .flags = (uint32_t)take(input, 1) % 4,
						 .default_value = take(input, bytes),
						 .min = take(input, bytes),
						 .max = take(input, bytes)};
		option->choices = take(input, 1) % 2 ? words : NULL;
		option->tunable = take(input, 1) % 2 ? words : NULL;
		option_list[i] = i < count ? option : NULL;
	}
	return count == OPTIONS_COUNT + 1 ? NULL : option_list;
}

/* Function pointers from `first` to the end of a table; nobody calls them. */
static void make_hooks(struct input *input, void *table, size_t first, size_t end)
{
	uint64_t mask = take(input, 1) % 2 ? UINT64_MAX : take(input, 4);
	uintptr_t hook = (uintptr_t)make_texts;

	for (size_t at = first; at + sizeof(hook) <= end; at += sizeof(hook), mask >>= 1) {
		if (mask & 1)
			memcpy((char *)table + at, &hook, sizeof(hook));
	}
}

static uint32_t size_of(struct input *input, size_t size)
{
	return take(input, 1) % 2 ? (uint32_t)size : (uint32_t)take(input, 2);
}

static void check_options(const struct option_spec *options, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct option_spec *spec = &options[i];
		char text[4 * TEXT_BYTES];
		uint64_t value;

		option_format(spec, spec->default_value, text, sizeof(text));
		if (option_parse(spec, text, &value, NULL) || value != spec->default_value)
			abort();
	}
}

static void read_engine(struct input *input)
{
	struct iowalk_engine table = {.name = text_of(input), .summary = text_of(input)};
	const struct engine_ops *ops;
	struct why why = {""};

	table.struct_size = size_of(input, sizeof(table));
	table.capabilities = (uint32_t)take(input, 1);
	table.options = make_options(input);
	make_hooks(input, &table, offsetof(struct iowalk_engine, probe), sizeof(table));
	if (plugin_engine_new(&table, &ops, &why)) {
		if (!*why.text)
			abort();
		return;
	}
	if (!plugin_name_ok(ops->name))
		abort();
	check_options(ops->options, ops->options_count);
	plugin_engine_free(ops);
}

static void read_store(struct input *input)
{
	struct iowalk_store table = {.name = text_of(input), .summary = text_of(input)};
	const struct layout_ops *ops;
	struct why why = {""};

	table.struct_size = size_of(input, sizeof(table));
	table.format = (uint32_t)take(input, 4);
	table.options = make_options(input);
	make_hooks(input, &table, offsetof(struct iowalk_store, create),
		   offsetof(struct iowalk_store, library_version));
	if (plugin_store_new(&table, &ops, &why)) {
		if (!*why.text)
			abort();
		return;
	}
	if (!plugin_name_ok(ops->name))
		abort();
	check_options(ops->options, ops->options_count);
	plugin_store_free(ops);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input input = {data, data + len};
	uint64_t kind = take(&input, 1);

	make_texts(&input);
	if (kind % 2)
		read_engine(&input);
	else
		read_store(&input);
	return 0;
}
