/* Open addressing with a multiplicative hash; the table doubles when it is half full. */
#include "address_table.h"

#include <errno.h>
#include <stdlib.h>

#define SIZE_FIRST 1024

static size_t place_of(const struct address_entry *entries, size_t size, uint64_t key)
{
	size_t place = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (size - 1);

	while (entries[place].key && entries[place].key != key)
		place = (place + 1) & (size - 1);
	return place;
}

size_t address_table_find(const struct address_table *table, uint64_t key)
{
	if (!table->size)
		return ADDRESS_ABSENT;
	const struct address_entry *entry =
		&table->entries[place_of(table->entries, table->size, key)];
	return entry->key ? entry->value : ADDRESS_ABSENT;
}

static int grow(struct address_table *table)
{
	size_t size = table->size ? 2 * table->size : SIZE_FIRST;
	struct address_entry *entries = calloc(size, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < table->size; i++) {
		const struct address_entry *old = &table->entries[i];
		if (old->key)
			entries[place_of(entries, size, old->key)] = *old;
	}
	free(table->entries);
	table->entries = entries;
	table->size = size;
	return 0;
}

int address_table_add(struct address_table *table, uint64_t key, size_t value)
{
	int err = 2 * (table->count + 1) > table->size ? grow(table) : 0;

	if (err)
		return err;
	struct address_entry *entry = &table->entries[place_of(table->entries, table->size, key)];
	table->count += !entry->key;
	*entry = (struct address_entry){key, value};
	return 0;
}

void address_table_release(struct address_table *table)
{
	free(table->entries);
	*table = (struct address_table){0};
}
