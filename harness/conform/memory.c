/*
 * See memory.h. The kernel refuses by RLIMIT_AS, set to what the process has; what malloc() has in reserve is taken first.
 *
 * Source: getrlimit(2), proc_pid_statm(5).
 */
#include "memory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define STACK_BYTES ((size_t)512 << 10) /* more than a hook needs: the stack may not grow then */
#define LARGE_BYTES ((size_t)1 << 20)
#define SMALL_BYTES ((size_t)1040) /* malloc() keeps freed pieces up to this by their size */
#define STEP_BYTES  ((size_t)16)

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NEEDS_MEMORY true
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define NEEDS_MEMORY true
#endif
#ifndef NEEDS_MEMORY
#define NEEDS_MEMORY false
#endif

/* One that was taken; the next is in its first bytes. */
struct piece {
	struct piece *next;
};

/* Of this process, which refuses in one thread at a time. */
static struct piece *taken;
static struct rlimit before;

bool memory_can_refuse(void)
{
	return !NEEDS_MEMORY;
}

__attribute__((noinline)) static void grow_stack(void)
{
	volatile char bytes[STACK_BYTES];

	for (size_t i = 0; i < STACK_BYTES; i += 4096)
		bytes[i] = 0;
	(void)bytes[0];
}

/* What is mapped now, in bytes; 0: not known. Without memory of its own. */
static rlim_t mapped_bytes(void)
{
	char text[32] = "";
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	return got > 0 ? strtoul(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE) : 0;
}

static void take_all(size_t len_bytes)
{
	struct piece *piece;

	while ((piece = malloc(len_bytes))) {
		piece->next = taken;
		taken = piece;
	}
}

void memory_refuse(size_t room_bytes)
{
	if (NEEDS_MEMORY || getrlimit(RLIMIT_AS, &before))
		return;
	grow_stack();
	void *room = room_bytes ? malloc(room_bytes) : NULL;
	const struct rlimit limit = {mapped_bytes(), before.rlim_max};
	if (limit.rlim_cur == 0 || setrlimit(RLIMIT_AS, &limit)) {
		free(room);
		return;
	}
	for (size_t len_bytes = LARGE_BYTES; len_bytes > SMALL_BYTES; len_bytes /= 2)
		take_all(len_bytes);
	for (size_t len_bytes = SMALL_BYTES; len_bytes >= STEP_BYTES; len_bytes -= STEP_BYTES)
		take_all(len_bytes - sizeof(void *));
	free(room);
}

void memory_allow(void)
{
	if (NEEDS_MEMORY)
		return;
	(void)setrlimit(RLIMIT_AS, &before);
	while (taken) {
		struct piece *piece = taken;

		taken = piece->next;
		free(piece);
	}
}
