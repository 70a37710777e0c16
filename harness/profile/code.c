/* Modules of libdwfl: see code.h. Source: elfutils' libdwfl.h. */
#include "code.h"

#include "../base/array.h"

#include <elfutils/libdw.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the modules of this process ---- */

/* The code that the kernel maps into each process is in no file. */
static int copy_vdso(void)
{
	const unsigned char *image = (const unsigned char *)getauxval(AT_SYSINFO_EHDR);
	const ElfW(Ehdr) *header = (const void *)image;

	if (!image)
		return -ENOENT;
	size_t len = header->e_shoff + (size_t)header->e_shentsize * header->e_shnum;
	int fd = memfd_create("vdso", MFD_CLOEXEC);
	if (fd >= 0 && write(fd, image, len) != (ssize_t)len) {
		close(fd);
		return -EIO;
	}
	return fd;
}

static int report_module(struct dl_phdr_info *info, size_t size, void *context)
{
	Dwfl *dwfl = context;
	const char *name = info->dlpi_name;
	bool is_vdso = strstr(name, "linux-vdso") != NULL;
	int fd =
		is_vdso ? copy_vdso() : open(*name ? name : "/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)size;
	/* libdwfl takes the descriptor over. */
	if (fd >= 0 && !dwfl_report_elf(dwfl, *name ? name : "program", *name ? name : "program",
					fd, info->dlpi_addr, false))
		close(fd);
	return 0;
}

/* No file with debug information is searched for. */
static int find_no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
			     const char *path, const char *link, GElf_Word crc, char **found)
{
	(void)module, (void)data, (void)name, (void)base;
	(void)path, (void)link, (void)crc, (void)found;
	return -1;
}

static const Dwfl_Callbacks callbacks = {.find_debuginfo = find_no_debuginfo};

int code_report_process(struct code *code, struct why *why)
{
	code->dwfl = dwfl_begin(&callbacks);
	if (!code->dwfl)
		return -ENOMEM;
	dwfl_report_begin(code->dwfl);
	dl_iterate_phdr(report_module, code->dwfl);
	if (dwfl_report_end(code->dwfl, NULL, NULL))
		return why_set(why, -EOPNOTSUPP, "libdw cannot read this program: %s",
			       dwfl_errmsg(-1));
	return 0;
}

void code_release(struct code *code)
{
	for (size_t i = 0; i < code->files_count; i++) {
		if (code->files[i].dwfl)
			dwfl_end(code->files[i].dwfl);
		free(code->files[i].path);
	}
	free(code->files);
	if (code->dwfl)
		dwfl_end(code->dwfl);
	*code = (struct code){0};
}

/* ---- files ---- */

/* A file of its own, not a pipe or a device, which may not end. */
static int open_code(const char *path)
{
	struct stat status;

	if (strcmp(path, "[vdso]") == 0)
		return copy_vdso();
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && (fstat(fd, &status) || !S_ISREG(status.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Each file is alone in a Dwfl, in which its code has the addresses that it gives itself. */
static Dwfl *dwfl_of_file(const char *path)
{
	int fd = open_code(path);
	Dwfl *dwfl = fd < 0 ? NULL : dwfl_begin(&callbacks);

	if (!dwfl) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	dwfl_report_begin(dwfl);
	Dwfl_Module *module = dwfl_report_elf(dwfl, path, path, fd, 0, true);
	if (!module)
		close(fd);
	if (dwfl_report_end(dwfl, NULL, NULL) || !module) {
		dwfl_end(dwfl);
		return NULL;
	}
	return dwfl;
}

int code_add_file(struct code *code, const char *path, size_t *file)
{
	if (code->files_count == CODE_FILES_MAX)
		return -ENOSPC;
	struct code_file *next = array_next((void **)&code->files, code->files_count,
					    &code->files_capacity, sizeof(*next));
	if (!next)
		return -ENOMEM;
	char *copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	*file = code->files_count++;
	*next = (struct code_file){.dwfl = dwfl_of_file(path), .path = copy};
	return 0;
}

static int take_module(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr start,
		       void *context)
{
	(void)data, (void)name, (void)start;
	*(Dwfl_Module **)context = module;
	return DWARF_CB_ABORT;
}

/* Where a file wants the byte at an offset: an offset that no segment has is kept. */
static uint64_t wanted_address(Dwfl *dwfl, uint64_t offset)
{
	GElf_Addr bias;
	GElf_Phdr segment;
	size_t count = 0;
	Elf *elf = NULL;

	if (dwfl) {
		Dwfl_Module *module = NULL;

		dwfl_getmodules(dwfl, take_module, &module, 0);
		elf = module ? dwfl_module_getelf(module, &bias) : NULL;
	}
	if (!elf || elf_getphdrnum(elf, &count))
		return offset;
	for (size_t i = 0; i < count; i++) {
		if (gelf_getphdr(elf, (int)i, &segment) && segment.p_type == PT_LOAD &&
		    offset >= segment.p_offset && offset - segment.p_offset < segment.p_filesz)
			return offset - segment.p_offset + segment.p_vaddr;
	}
	return offset;
}

uint64_t code_address_in(const struct code *code, size_t file, uint64_t offset)
{
	return (uint64_t)(file + 1) << CODE_FILE_SHIFT |
	       wanted_address(code->files[file].dwfl, offset);
}

const struct code_file *code_file_of(const struct code *code, uint64_t address)
{
	size_t number = (size_t)(address >> CODE_FILE_SHIFT);

	return number > 0 && number <= code->files_count ? &code->files[number - 1] : NULL;
}

Dwfl_Module *code_module_at(const struct code *code, uint64_t address, uint64_t *local)
{
	const struct code_file *file = code_file_of(code, address);
	Dwfl *dwfl = file ? file->dwfl : code->dwfl;

	*local = address & ((UINT64_C(1) << CODE_FILE_SHIFT) - 1);
	return dwfl ? dwfl_addrmodule(dwfl, *local) : NULL;
}
