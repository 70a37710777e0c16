/*
 * The machine code of this process, or of files that other processes run.
 *
 * Other processes have other code at the same addresses. So the code of a file has addresses that no process has: the 48
 * lower bits say where the file itself wants it, the bits above hold the file's number, from 1 on.
 */
#ifndef IOWALK_PROFILE_CODE_H
#define IOWALK_PROFILE_CODE_H

#include <elfutils/libdwfl.h>
#include <stddef.h>
#include <stdint.h>

#include "../../engines/why.h"

#define CODE_FILE_SHIFT 48
#define CODE_FILES_MAX  16000
#define CODE_NAMES_FILE 0x7fff /* the number of no file: for names without code */

struct code_file {
	Dwfl *dwfl; /* NULL: it cannot be read */
	char *path;
};

/* All zero: there is none. */
struct code {
	Dwfl *dwfl;              /* of this process, or NULL */
	struct code_file *files; /* [files_count] */
	size_t files_count, files_capacity;
};

/* This process as it is now: what dlopen(3) loads later is unknown. -ENOMEM, -EOPNOTSUPP; to be released in each case. */
int code_report_process(struct code *code, struct why *why);
void code_release(struct code *code);

/* Adds a program or library, "[vdso]" as well; *file is its index. -ENOMEM, -ENOSPC; not if it cannot be read. */
int code_add_file(struct code *code, const char *path, size_t *file);

/* The address of the byte at an offset of a file. */
uint64_t code_address_in(const struct code *code, size_t file, uint64_t offset);

/* The file with an address; NULL: it is none of a file. */
const struct code_file *code_file_of(const struct code *code, uint64_t address);

/* The module with an address, and the address in it; NULL: there is none. */
Dwfl_Module *code_module_at(const struct code *code, uint64_t address, uint64_t *local);

#endif
