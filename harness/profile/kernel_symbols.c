/* Reading /proc/kallsyms: see kernel_symbols.h. Source: proc(5), nm(1) for the types. */
#include "kernel_symbols.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kernel_symbol {
	uint64_t address;
	size_t name; /* offset in names */
};

struct kernel_symbols {
	struct kernel_symbol *sorted; /* [count] by address */
	size_t count, capacity;
	char *names; /* each terminated by a zero */
	size_t names_bytes, names_capacity;
};

static int add(struct kernel_symbols *symbols, uint64_t address, const char *name)
{
	size_t len = strlen(name) + 1;

	if (symbols->count == symbols->capacity) {
		size_t capacity = symbols->capacity ? 2 * symbols->capacity : 65536;
		struct kernel_symbol *grown =
			realloc(symbols->sorted, capacity * sizeof(*symbols->sorted));
		if (!grown)
			return -ENOMEM;
		symbols->sorted = grown;
		symbols->capacity = capacity;
	}
	if (symbols->names_bytes + len > symbols->names_capacity) {
		size_t capacity = symbols->names_capacity ? 2 * symbols->names_capacity : 1 << 20;
		char *grown = realloc(symbols->names, capacity);
		if (!grown)
			return -ENOMEM;
		symbols->names = grown;
		symbols->names_capacity = capacity;
	}
	symbols->sorted[symbols->count++] = (struct kernel_symbol){address, symbols->names_bytes};
	memcpy(symbols->names + symbols->names_bytes, name, len);
	symbols->names_bytes += len;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct kernel_symbol *left = a, *right = b;

	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	/* Of several names, the first in the file. */
	return (left->name > right->name) - (left->name < right->name);
}

int kernel_symbols_new(struct kernel_symbols **out)
{
	struct kernel_symbols *symbols = calloc(1, sizeof(*symbols));
	FILE *file = symbols ? fopen("/proc/kallsyms", "re") : NULL;
	int err = !symbols ? -ENOMEM : !file ? -errno : 0;
	char *line = NULL;
	size_t size = 0;

	while (!err && getline(&line, &size, file) > 0) {
		char type, name[256];
		uint64_t address;

		if (sscanf(line, "%" SCNx64 " %c %255s", &address, &type, name) == 3 && address &&
		    strchr("tTwW", type))
			err = add(symbols, address, name);
	}
	free(line);
	if (file)
		fclose(file);
	if (err) {
		kernel_symbols_free(symbols);
		return err;
	}
	if (symbols->count)
		qsort(symbols->sorted, symbols->count, sizeof(*symbols->sorted), compare);
	*out = symbols;
	return 0;
}

void kernel_symbols_free(struct kernel_symbols *symbols)
{
	if (!symbols)
		return;
	free(symbols->sorted);
	free(symbols->names);
	free(symbols);
}

const char *kernel_symbols_find(const struct kernel_symbols *symbols, uint64_t address)
{
	size_t low = 0, high = symbols->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->sorted[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	/* The first name of that address. */
	while (low > 1 && symbols->sorted[low - 2].address == symbols->sorted[low - 1].address)
		low--;
	return symbols->names + symbols->sorted[low - 1].name;
}
