/* Libraries beside a program: see library_path.h. */
#include "library_path.h"

#include "../../base/text.h"

#include <elf.h>
#include <limits.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* A file in memory; its offsets come from the file and are checked before they are followed. */
struct program {
	const unsigned char *bytes;
	size_t size;
};

static const void *at(const struct program *program, uint64_t offset, size_t len)
{
	return offset <= program->size && len <= program->size - offset ? program->bytes + offset
									: NULL;
}

/* The segment number i, or NULL. */
static const ElfW(Phdr) * segment(const struct program *program, unsigned i)
{
	const ElfW(Ehdr) *head = at(program, 0, sizeof(*head));

	if (!head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
	    head->e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
	    head->e_phentsize != sizeof(ElfW(Phdr)) || i >= head->e_phnum)
		return NULL;
	return at(program, head->e_phoff + (uint64_t)i * sizeof(ElfW(Phdr)), sizeof(ElfW(Phdr)));
}

/* The text at an address of the running program, or NULL. */
static const char *text_at(const struct program *program, uint64_t address)
{
	const ElfW(Phdr) * found;

	for (unsigned i = 0; (found = segment(program, i)); i++) {
		if (found->p_type != PT_LOAD || address < found->p_vaddr ||
		    address - found->p_vaddr >= found->p_filesz)
			continue;
		uint64_t offset = found->p_offset + (address - found->p_vaddr);
		const char *text = at(program, offset, 1);
		return text && memchr(text, 0, program->size - offset) ? text : NULL;
	}
	return NULL;
}

static const char *run_path(const struct program *program)
{
	const ElfW(Phdr) *found = NULL;
	uint64_t strings = 0, name = 0;
	bool named = false;

	for (unsigned i = 0; (found = segment(program, i)) && found->p_type != PT_DYNAMIC; i++)
		;
	const ElfW(Dyn) *entry = found ? at(program, found->p_offset, found->p_filesz) : NULL;
	size_t count = entry ? found->p_filesz / sizeof(*entry) : 0;
	for (size_t i = 0; i < count && entry[i].d_tag != DT_NULL; i++) {
		if (entry[i].d_tag == DT_STRTAB)
			strings = entry[i].d_un.d_ptr;
		/* DT_RUNPATH hides DT_RPATH. */
		if (entry[i].d_tag == DT_RUNPATH || (entry[i].d_tag == DT_RPATH && !named)) {
			name = entry[i].d_un.d_val;
			named = true;
		}
	}
	return named && strings ? text_at(program, strings + name) : NULL;
}

/* Copies `from` with `folder` in place of $ORIGIN and ${ORIGIN}. */
static void expand(const char *from, const char *folder, char *text, size_t size)
{
	static const char *const words[] = {"$ORIGIN", "${ORIGIN}"};

	text[0] = '\0';
	while (*from) {
		size_t skipped = 0;
		for (size_t i = 0; i < 2; i++)
			skipped += strncmp(from, words[i], strlen(words[i])) == 0 ? strlen(words[i])
										  : 0;
		if (skipped)
			text_append(text, size, "%s", folder);
		else
			text_append(text, size, "%c", *from);
		from += skipped ? skipped : 1;
	}
}

void library_path_read(int fd, const char *path, char *text, size_t size)
{
	struct program program = {0};
	struct stat status;
	char *folder = realpath(path, NULL), *slash = folder ? strrchr(folder, '/') : NULL;

	text[0] = '\0';
	if (slash && fstat(fd, &status) == 0 && status.st_size > 0) {
		slash[slash == folder] = '\0';
		program.size = (size_t)status.st_size;
		void *bytes = mmap(NULL, program.size, PROT_READ, MAP_PRIVATE, fd, 0);
		program.bytes = bytes == MAP_FAILED ? NULL : bytes;
	}
	const char *from = program.bytes ? run_path(&program) : NULL;
	if (from && strstr(from, "ORIGIN"))
		expand(from, folder, text, size);
	if (program.bytes)
		munmap((void *)(uintptr_t)program.bytes, program.size);
	free(folder);
}

static void lengthen(char *text, size_t size, size_t len)
{
	size_t old = strlen(text), added = len > old ? len - old : 0;

	if (len >= size || !added)
		return;
	memmove(text + added, text, old + 1);
	memset(text, '/', added);
}

void library_paths_match(char *a, char *b, size_t size)
{
	size_t a_len = strlen(a), b_len = strlen(b);

	lengthen(a, size, b_len);
	lengthen(b, size, a_len);
}
