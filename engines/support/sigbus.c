/*
 * Catches SIGBUS of mapped files.
 *
 * An access to a page of a mapping that is beyond the end of the file (which was truncated), or
 * that the device cannot read, raises SIGBUS at the instruction, for example a layout's load in the
 * middle of a walk. The handler finds the range of the address, maps private zeros over the rest of
 * that range, records it, and resumes the instruction. The bytes read are wrong; the engine reports
 * that in its next hook and in health(), which a walk calls before its answer counts. The rest of
 * the range is replaced and not only the page, because everything after the new end is gone, and
 * one mapping per page would exceed the limit on mappings.
 *
 * Signals are per process, and so is the table: the only state that instances share. A handler must
 * not lock, so each range has a sequence number, which is odd while the range changes.
 *
 * Source: sigaction(2), mmap(2), signal-safety(7); Lameter, Effective synchronization on Linux/NUMA
 * systems, 2005, on sequence locks.
 */
#include "sigbus.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static struct sigbus_guard guards[SIGBUS_GUARDS_MAX];
static struct sigaction previous;
static uintptr_t page_bytes;
static pthread_once_t installed = PTHREAD_ONCE_INIT;

/* The end of the guard's range if `at` is in it, else 0. */
static uintptr_t end_of_range(struct sigbus_guard *guard, uintptr_t at)
{
	unsigned before, after;
	uintptr_t from, to;

	do {
		before = atomic_load(&guard->sequence);
		from = atomic_load(&guard->from);
		to = atomic_load(&guard->to);
		after = atomic_load(&guard->sequence);
	} while (before != after || before % 2);
	return at >= from && at < to ? to : 0;
}

/* Maps zeros over the range; false if that fails. */
static bool put_zeros(uintptr_t at, uintptr_t to)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
	void *page = (void *)at; // NOLINT(performance-no-int-to-ptr): the kernel gave a number

	return mmap(page, to - at, PROT_READ | PROT_WRITE, flags, -1, 0) != MAP_FAILED ||
	       mmap(page, page_bytes, PROT_READ | PROT_WRITE, flags, -1, 0) != MAP_FAILED;
}

/* Not in a range of ours: does what would have happened without this handler. */
static void pass_on(int number, siginfo_t *info, void *context)
{
	if (previous.sa_flags & SA_SIGINFO) {
		previous.sa_sigaction(number, info, context);
	} else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
		previous.sa_handler(number);
	} else if (previous.sa_handler == SIG_DFL || info->si_code > 0) {
		/* A faulting access is repeated on return, and kills; a signal that was sent is
		 * sent again. */
		signal(SIGBUS, SIG_DFL);
		if (info->si_code <= 0)
			raise(SIGBUS);
	}
}

static void on_sigbus(int number, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)info->si_addr / page_bytes * page_bytes;
	int saved = errno;

	for (size_t i = 0; info->si_code > 0 && i < SIGBUS_GUARDS_MAX; i++) {
		uintptr_t to = end_of_range(&guards[i], at);

		if (!to)
			continue;
		if (!put_zeros(at, to))
			break;
		atomic_store(&guards[i].hit, true);
		errno = saved;
		return;
	}
	errno = saved;
	pass_on(number, info, context);
}

void sigbus_install(void)
{
	struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO}, there;

	page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
	if (sigaction(SIGBUS, NULL, &there) < 0 || there.sa_sigaction == on_sigbus)
		return;
	previous = there;
	sigaction(SIGBUS, &action, NULL);
}

int sigbus_take(struct sigbus_guard **out)
{
	pthread_once(&installed, sigbus_install);
	for (size_t i = 0; i < SIGBUS_GUARDS_MAX; i++) {
		bool taken = false;

		if (!atomic_compare_exchange_strong(&guards[i].taken, &taken, true))
			continue;
		atomic_store(&guards[i].hit, false);
		*out = &guards[i];
		return 0;
	}
	return -EMFILE;
}

void sigbus_release(struct sigbus_guard *guard)
{
	if (!guard)
		return;
	sigbus_watch(guard, NULL, 0);
	atomic_store(&guard->taken, false);
}

void sigbus_watch(struct sigbus_guard *guard, const void *base, size_t len_bytes)
{
	atomic_fetch_add(&guard->sequence, 1);
	atomic_store(&guard->from, (uintptr_t)base);
	atomic_store(&guard->to, (uintptr_t)base + len_bytes);
	atomic_fetch_add(&guard->sequence, 1);
}
