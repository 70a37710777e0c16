/*
 * From addresses to names: the functions of this process or of files, and of the kernel, and the return addresses on a
 * copied stack.
 *
 * Stacks are walked by the call frame information that every program and library carries (.eh_frame), so
 * neither frame pointers nor debug packages are needed. Names come from the symbol tables: a stripped
 * library has only its exported ones, and a stripped program has none.
 */
#ifndef IOWALK_PROFILE_SYMBOLS_H
#define IOWALK_PROFILE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../engines/why.h"
#include "code.h"
#include "registers.h"

struct symbols;

/* Of this process as it is now: what dlopen(3) loads later is unknown. -ENOMEM, -EOPNOTSUPP. */
int symbols_new(struct symbols **out, struct why *why);
void symbols_free(struct symbols *symbols);

/* With no code; it is added to symbols_code(), and asked for by the addresses that it has there (code.h). -ENOMEM. */
int symbols_new_empty(struct symbols **out);
struct code *symbols_code(struct symbols *symbols);

/* An address, of no code, that has the name, also as a return address. 0: out of memory, or of numbers. */
uint64_t symbols_add_name(struct symbols *symbols, const char *name);

/* From the addresses of a process to those of files; inside() returns 0 where there is no code. */
struct symbols_space {
	uint64_t (*inside)(void *context, uint64_t address);
	void *context;
};

/*
 * The code addresses on a stack, innermost first, up to the function that begins at `last` (included) or
 * the thread's first function. addresses[max]; an address but the first is the one that is returned to.
 * Returns their number. *is_whole: it did not end earlier, because too little of the stack was copied or a
 * function has no frame information. `space`: of the process; NULL: this one.
 */
size_t symbols_walk_stack(struct symbols *symbols, const struct symbols_space *space,
			  const uint64_t registers[PROFILE_REGISTERS_COUNT],
			  const unsigned char *stack, size_t stack_bytes, uint64_t last,
			  uint64_t *addresses, size_t max, bool *is_whole);

struct symbol {
	/* Of the function, demangled if it is C++; of its library in brackets if that does not name
	 * it. Borrowed; NULL: unknown. */
	const char *name;
	uint64_t start; /* where it begins; 0: unknown */
};

/* The function with the address. */
struct symbol symbols_find(struct symbols *symbols, uint64_t address);

/* The kernel's function; without the right to read /proc/kallsyms it has no name. */
struct symbol symbols_find_kernel(struct symbols *symbols, uint64_t address);

#endif
