/* A table from numbers that are not 0, such as addresses, to indices. */
#ifndef IOWALK_PROFILE_ADDRESS_TABLE_H
#define IOWALK_PROFILE_ADDRESS_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define ADDRESS_ABSENT SIZE_MAX

struct address_entry {
	uint64_t key; /* 0: empty */
	size_t value;
};

/* All zero: empty. Released with address_table_release(). */
struct address_table {
	struct address_entry *entries; /* [size], at most half of them used */
	size_t size, count;
};

/* The value of a key, or ADDRESS_ABSENT. */
size_t address_table_find(const struct address_table *table, uint64_t key);

/* Adds a key, or gives it another value. -ENOMEM. */
int address_table_add(struct address_table *table, uint64_t key, size_t value);

void address_table_release(struct address_table *table);

#endif
