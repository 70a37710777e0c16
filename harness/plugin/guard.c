/* What a plug-in leaves behind: see guard.h. */
#include "guard.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIGNALS_COUNT  65
#define THREADS_MAX    4096
#define THREAD_WAIT_US 1000 /* a thread that was joined is still listed for a moment; */
#define THREAD_WAITS   300  /* on a busy machine for longer */

struct plugin_guard {
	struct sigaction actions[SIGNALS_COUNT];
	long threads[THREADS_MAX]; /* kernel ids */
	size_t threads_count;
	int output; /* where standard output was; -1: it is not caught */
	int caught; /* a file in memory */
};

static bool is_listed(const struct plugin_guard *guard, long id)
{
	for (size_t i = 0; i < guard->threads_count; i++) {
		if (guard->threads[i] == id)
			return true;
	}
	return false;
}

/* The kernel's own threads for io_uring are called iou-wrk-… and iou-sqp-…; they end some time after the ring. */
static bool is_of_kernel(const char *id)
{
	char path[320], name[8] = "";

	snprintf(path, sizeof(path), "/proc/self/task/%.255s/comm", id);
	FILE *file = fopen(path, "re");
	if (!file)
		return true; /* it has ended */
	size_t got = fread(name, 1, sizeof(name) - 1, file);
	fclose(file);
	return got >= 4 && strncmp(name, "iou-", 4) == 0;
}

/* Lists the threads in `into`, or counts those that are not in `guard`. */
static size_t read_threads(struct plugin_guard *into, const struct plugin_guard *guard)
{
	DIR *folder = opendir("/proc/self/task");
	struct dirent *entry;
	size_t count = 0;

	while (folder && (entry = readdir(folder))) {
		long id = strtol(entry->d_name, NULL, 10);

		if (id <= 0)
			continue;
		if (into && count < THREADS_MAX)
			into->threads[count++] = id;
		if (guard && !is_listed(guard, id) && !is_of_kernel(entry->d_name))
			count++;
	}
	if (folder)
		closedir(folder);
	return count;
}

int plugin_guard_begin(struct plugin_guard **out)
{
	struct plugin_guard *guard = calloc(1, sizeof(*guard));

	if (!guard)
		return -ENOMEM;
	for (int number = 1; number < SIGNALS_COUNT; number++)
		(void)sigaction(number, NULL, &guard->actions[number]);
	guard->threads_count = read_threads(guard, NULL);
	fflush(stdout);
	guard->caught = memfd_create("output", MFD_CLOEXEC);
	guard->output = guard->caught < 0 ? -1 : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
	if (guard->output < 0 || dup2(guard->caught, STDOUT_FILENO) < 0) {
		int err = -errno;

		if (guard->output >= 0)
			close(guard->output);
		if (guard->caught >= 0)
			close(guard->caught);
		free(guard);
		return err;
	}
	*out = guard;
	return 0;
}

/* Is the handler in the program itself, as that of mapped files is (engines/support/sigbus.h)? */
static bool is_own_handler(const struct sigaction *action)
{
	uintptr_t handler = action->sa_flags & SA_SIGINFO ? (uintptr_t)action->sa_sigaction
							  : (uintptr_t)action->sa_handler;
	Dl_info found, own;

	if (handler == (uintptr_t)SIG_DFL || handler == (uintptr_t)SIG_IGN)
		return false;
	// NOLINTBEGIN(performance-no-int-to-ptr): addresses of functions
	return dladdr((void *)handler, &found) && dladdr((void *)(uintptr_t)is_listed, &own) &&
	       found.dli_fbase == own.dli_fbase;
	// NOLINTEND(performance-no-int-to-ptr)
}

static int check_signals(const struct plugin_guard *guard, struct why *why)
{
	for (int number = 1; number < SIGNALS_COUNT; number++) {
		const struct sigaction *before = &guard->actions[number];
		struct sigaction now;

		if (sigaction(number, NULL, &now))
			continue;
		bool same = before->sa_flags & SA_SIGINFO ? now.sa_sigaction == before->sa_sigaction
							  : now.sa_handler == before->sa_handler;
		if (!same && !is_own_handler(&now))
			return why_set(why, -EPROTO, "it has changed the handler of signal %d (%s)",
				       number, strsignal(number));
	}
	return 0;
}

static int check_threads(const struct plugin_guard *guard, struct why *why)
{
	size_t count = read_threads(NULL, guard);

	for (unsigned i = 0; count && i < THREAD_WAITS; i++) {
		usleep(THREAD_WAIT_US);
		count = read_threads(NULL, guard);
	}
	return count ? why_set(why, -EPROTO, "it has left %zu thread%s behind", count,
			       count == 1 ? "" : "s")
		     : 0;
}

static int check_output(const struct plugin_guard *guard, struct why *why)
{
	char text[64] = "";

	fflush(stdout);
	ssize_t got = pread(guard->caught, text, sizeof(text) - 1, 0);
	for (char *c = text; *c; c++)
		*c = (unsigned char)*c < ' ' || (unsigned char)*c > '~' ? ' ' : *c;
	return got > 0 ? why_set(why, -EPROTO, "it has written to standard output: '%s'", text) : 0;
}

int plugin_guard_end(struct plugin_guard *guard, struct why *why)
{
	if (!guard)
		return 0;
	int err = check_output(guard, why);
	err = err ? err : check_signals(guard, why);
	err = err ? err : check_threads(guard, why);
	dup2(guard->output, STDOUT_FILENO);
	close(guard->output);
	close(guard->caught);
	free(guard);
	return err;
}
