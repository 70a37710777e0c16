/*
 * How it works: libdwfl finds for an address its row of call frame information. The rows of a profile are few
 * and their rules are simple, so each is decoded once, into a table by address: where the caller's frame is,
 * and which registers are stored in it. A row with a rule that is not of that kind ends the walk.
 *
 * Sources: DWARF 5, section 6.4; elfutils' libdwfl.h and libdw.h.
 */
#include "symbols.h"

#include "../base/array.h"
#include "address_table.h"
#include "kernel_symbols.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demangle.h"

enum rule { RULE_SAME, RULE_STORED, RULE_UNDEFINED, RULE_OTHER };

/* What the code at an address has done with its caller's registers. */
struct row {
	bool is_usable;
	bool is_first;          /* nobody called this function: it is the first of its thread */
	uint8_t frame_register; /* the caller's frame is at this register … */
	int64_t frame_offset;   /* … plus this */
	uint8_t rules[PROFILE_REGISTERS_COUNT];
	int32_t offsets[PROFILE_REGISTERS_COUNT]; /* of a stored register, from the frame */
};

/* A function that was looked up. */
struct named {
	struct symbol symbol;
	char *owned; /* a demangled name, or NULL */
};

struct symbols {
	struct code code;
	size_t given_count;          /* names without code */
	struct address_table row_of; /* address → index in rows */
	struct row *rows;            /* [rows_count] */
	size_t rows_count, rows_capacity;
	struct address_table name_of; /* address → index in names */
	struct named *names;          /* [names_count] */
	size_t names_count, names_capacity;
	struct kernel_symbols *kernel; /* NULL: not read yet */
};

int symbols_new_empty(struct symbols **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

int symbols_new(struct symbols **out, struct why *why)
{
	struct symbols *symbols;
	int err = symbols_new_empty(&symbols);

	if (err)
		return err;
	err = code_report_process(&symbols->code, why);
	if (err)
		symbols_free(symbols);
	else
		*out = symbols;
	return err;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	for (size_t i = 0; i < symbols->names_count; i++)
		free(symbols->names[i].owned);
	address_table_release(&symbols->row_of);
	address_table_release(&symbols->name_of);
	code_release(&symbols->code);
	kernel_symbols_free(symbols->kernel);
	free(symbols->names);
	free(symbols->rows);
	free(symbols);
}

struct code *symbols_code(struct symbols *symbols)
{
	return &symbols->code;
}

/* ---- call frame information ---- */

/* The frame is at a register plus an offset. */
static bool decode_frame(const Dwarf_Op *ops, size_t count, struct row *row)
{
	if (count != 1)
		return false;
	if (ops->atom >= DW_OP_breg0 && ops->atom <= DW_OP_breg31) {
		row->frame_register = (uint8_t)(ops->atom - DW_OP_breg0);
		row->frame_offset = (int64_t)ops->number;
	} else if (ops->atom == DW_OP_bregx) {
		row->frame_register = (uint8_t)ops->number;
		row->frame_offset = (int64_t)ops->number2;
	} else {
		return false;
	}
	return row->frame_register < PROFILE_REGISTERS_COUNT;
}

static void decode_register(Dwarf_Frame *frame, unsigned number, struct row *row)
{
	Dwarf_Op memory[3], *ops;
	size_t count;

	row->rules[number] = RULE_OTHER;
	if (dwarf_frame_register(frame, (int)number, memory, &ops, &count))
		return;
	if (count == 0)
		row->rules[number] = ops ? RULE_UNDEFINED : RULE_SAME;
	else if (count == 1 && ops[0].atom == DW_OP_call_frame_cfa)
		row->rules[number] = RULE_STORED;
	else if (count == 2 && ops[0].atom == DW_OP_call_frame_cfa &&
		 ops[1].atom == DW_OP_plus_uconst) {
		row->rules[number] = RULE_STORED;
		row->offsets[number] = (int32_t)ops[1].number;
	}
}

static void decode_row(struct symbols *symbols, uint64_t address, struct row *row)
{
	uint64_t local;
	Dwfl_Module *module = code_module_at(&symbols->code, address, &local);
	Dwarf_Addr bias = 0;
	Dwarf_Frame *frame = NULL;
	Dwarf_Op *ops;
	size_t count;

	Dwarf_CFI *cfi = module ? dwfl_module_eh_cfi(module, &bias) : NULL;
	if (!cfi || dwarf_cfi_addrframe(cfi, local - bias, &frame))
		return;
	if (dwarf_frame_cfa(frame, &ops, &count) == 0 && decode_frame(ops, count, row)) {
		for (unsigned i = 0; i < PROFILE_REGISTERS_COUNT; i++)
			decode_register(frame, i, row);
		row->is_usable = row->rules[PROFILE_REGISTER_CODE] == RULE_STORED;
		row->is_first = row->rules[PROFILE_REGISTER_CODE] == RULE_UNDEFINED;
	}
	free(frame);
}

/* NULL if out of memory. Valid until the next call. */
static const struct row *row_at(struct symbols *symbols, uint64_t address)
{
	size_t index = address_table_find(&symbols->row_of, address);

	if (index != ADDRESS_ABSENT)
		return &symbols->rows[index];
	struct row *row = array_next((void **)&symbols->rows, symbols->rows_count,
				     &symbols->rows_capacity, sizeof(*row));
	if (!row || address_table_add(&symbols->row_of, address, symbols->rows_count))
		return NULL;
	symbols->rows_count++;
	*row = (struct row){0};
	decode_row(symbols, address, row);
	return row;
}

/* ---- the stack ---- */

/* The eight bytes at `address`, if they were copied. */
static bool read_stack(const uint64_t *registers, const unsigned char *stack, size_t stack_bytes,
		       uint64_t address, uint64_t *value)
{
	uint64_t offset = address - registers[PROFILE_REGISTER_STACK];

	if (address < registers[PROFILE_REGISTER_STACK] || offset > stack_bytes ||
	    stack_bytes - offset < sizeof(*value))
		return false;
	memcpy(value, stack + offset, sizeof(*value));
	return true;
}

/* The registers of the caller. false: they are not known. */
static bool step(const struct row *row, const uint64_t *first, const unsigned char *stack,
		 size_t stack_bytes, const uint64_t *registers, uint64_t *caller)
{
	uint64_t frame = registers[row->frame_register] + (uint64_t)row->frame_offset;

	for (unsigned i = 0; i < PROFILE_REGISTERS_COUNT; i++) {
		uint64_t at = frame + (uint64_t)(int64_t)row->offsets[i];

		caller[i] = registers[i];
		/* At the end of a function a register may be back, and its place below the stack. */
		if (row->rules[i] != RULE_STORED || at < registers[PROFILE_REGISTER_STACK])
			continue;
		if (!read_stack(first, stack, stack_bytes, at, &caller[i]))
			return false;
	}
	caller[PROFILE_REGISTER_STACK] = frame;
	return frame > registers[PROFILE_REGISTER_STACK];
}

size_t symbols_walk_stack(struct symbols *symbols, const struct symbols_space *space,
			  const uint64_t registers[PROFILE_REGISTERS_COUNT],
			  const unsigned char *stack, size_t stack_bytes, uint64_t last,
			  uint64_t *addresses, size_t max, bool *is_whole)
{
	uint64_t current[PROFILE_REGISTERS_COUNT], caller[PROFILE_REGISTERS_COUNT];
	size_t count = 0;

	*is_whole = false;
	memcpy(current, registers, sizeof(current));
	while (count < max && current[PROFILE_REGISTER_CODE]) {
		uint64_t address = current[PROFILE_REGISTER_CODE];

		if (space && !(address = space->inside(space->context, address)))
			break;
		addresses[count++] = address;
		/* A return address may be behind the end of its function. */
		uint64_t inside = count == 1 ? address : address - 1;
		*is_whole = last && symbols_find(symbols, inside).start == last;
		if (*is_whole)
			break;
		const struct row *row = row_at(symbols, inside);
		*is_whole = row && row->is_first;
		if (!row || !row->is_usable ||
		    !step(row, registers, stack, stack_bytes, current, caller))
			break;
		memcpy(current, caller, sizeof(current));
	}
	return count;
}

/* ---- names ---- */

/* "[libsqlite3.so.0]", for functions that their library does not name. NULL if out of memory. */
static char *name_of_file(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	char *name;

	if (!path)
		return NULL;
	if (*path == '[') /* "[vdso]" */
		return strdup(path);
	return asprintf(&name, "[%s]", slash ? slash + 1 : path) >= 0 ? name : NULL;
}

static char *module_name(Dwfl_Module *module)
{
	return name_of_file(dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL));
}

static void look_up(struct symbols *symbols, uint64_t address, struct named *named)
{
	const struct code_file *file = code_file_of(&symbols->code, address);
	uint64_t local;
	Dwfl_Module *module = code_module_at(&symbols->code, address, &local);
	GElf_Off offset = 0;
	GElf_Sym symbol;

	if (!module) {
		named->symbol.name = named->owned = file ? name_of_file(file->path) : NULL;
		return;
	}
	named->symbol.name =
		dwfl_module_addrinfo(module, local, &offset, &symbol, NULL, NULL, NULL);
	if (!named->symbol.name) {
		named->symbol.name = named->owned = module_name(module);
		return;
	}
	named->symbol.start = address - offset; /* in the same file */
	named->owned = demangled(named->symbol.name);
	if (named->owned)
		named->symbol.name = named->owned;
}

/* A new entry, all zero. NULL if out of memory. */
static struct named *add_named(struct symbols *symbols, uint64_t address)
{
	struct named *named = array_next((void **)&symbols->names, symbols->names_count,
					 &symbols->names_capacity, sizeof(*named));
	if (!named || address_table_add(&symbols->name_of, address, symbols->names_count))
		return NULL;
	symbols->names_count++;
	*named = (struct named){0};
	return named;
}

uint64_t symbols_add_name(struct symbols *symbols, const char *name)
{
	/* Its own and, as a return address, the one before. */
	uint64_t start = (uint64_t)CODE_NAMES_FILE << CODE_FILE_SHIFT | 2 * symbols->given_count;

	for (uint64_t address = start; address <= start + 1; address++) {
		struct named *named = add_named(symbols, address);

		if (!named || !(named->owned = strdup(name)))
			return 0;
		named->symbol = (struct symbol){.name = named->owned, .start = start};
	}
	symbols->given_count++;
	return start + 1;
}

struct symbol symbols_find(struct symbols *symbols, uint64_t address)
{
	size_t index = address_table_find(&symbols->name_of, address);

	if (index != ADDRESS_ABSENT)
		return symbols->names[index].symbol;
	struct named *named = add_named(symbols, address);
	if (!named)
		return (struct symbol){0};
	look_up(symbols, address, named);
	return named->symbol;
}

struct symbol symbols_find_kernel(struct symbols *symbols, uint64_t address)
{
	if (!symbols->kernel && kernel_symbols_new(&symbols->kernel))
		return (struct symbol){0};
	return (struct symbol){.name = kernel_symbols_find(symbols->kernel, address)};
}
