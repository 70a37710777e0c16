/* The names of the kernel's functions, of /proc/kallsyms. */
#ifndef IOWALK_PROFILE_KERNEL_SYMBOLS_H
#define IOWALK_PROFILE_KERNEL_SYMBOLS_H

#include <stdint.h>

struct kernel_symbols;

/* Reads all of them (some 100 000: 50 ms, 8 MB). Empty if the addresses are hidden from this user
 * (kernel.kptr_restrict). 0 or negative errno. */
int kernel_symbols_new(struct kernel_symbols **out);
void kernel_symbols_free(struct kernel_symbols *symbols);

/* The function with the address; NULL: unknown. Borrowed. */
const char *kernel_symbols_find(const struct kernel_symbols *symbols, uint64_t address);

#endif
