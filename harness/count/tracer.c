/*
 * How it works: the other process is cloned with this one's memory (CLONE_VM), so that no page is
 * copied on the next write, which would be counted as a fault. It shares this thread's thread-local
 * storage with it, therefore it calls nothing of the C library, whose errno it would overwrite: all
 * its system calls are made here. Commands and answers are words of shared memory, with futex(2).
 *
 * It seizes the threads (PTRACE_SEIZE sends no signal) and stops them, lets them run to each entry of
 * a system call, and counts it if `is_counting` is set at that moment; the thread is stopped then,
 * so the flag says exactly on which side of the region the call lies. It lets go when it sees the
 * command to stop at an entry: that of the caller's own wait for the answer.
 *
 * The kernel attaches it to what a traced child starts (PTRACE_O_TRACEFORK and following), before that runs.
 * A child is stopped once more when it ends (PTRACE_O_TRACEEXIT), while /proc still knows its memory.
 *
 * A thread that is stopped inside a system call enters it once more afterwards. The other threads
 * are blocked when it begins, so their first entry is that one.
 *
 * Sources: ptrace(2), clone(2); the kernel's Documentation/admin-guide/LSM/Yama.rst
 */
#include "tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/ptrace.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STACK_BYTES 65536
#define THREADS_MAX 1024
/* An answer takes a millisecond; after this long the other process is looked for. */
#define PATIENCE_S 2

enum command { COMMAND_NONE, COMMAND_START, COMMAND_STOP, COMMAND_QUIT };

#define NO_ANSWER 1 /* answers are 0 or negative errno */

struct tracer {
	_Atomic uint32_t command; /* of enum command */
	_Atomic int32_t answer;
	atomic_bool is_counting;
	enum tracer_kind kind;
	bool has_executed; /* a child has: every process but the caller is counted from now on */
	bool is_full;      /* there was no room for a thread */
	uint64_t memory_bytes;
	uint64_t counts[TRACER_CALLS_MAX];
	pid_t ids[THREADS_MAX];          /* the caller first; 0: of one that is gone */
	bool is_restarting[THREADS_MAX]; /* its next entry is not counted */
	bool is_gone[THREADS_MAX];
	size_t count;
	pid_t process;
	void *stack;
};

#if defined(__x86_64__) || defined(__aarch64__)

/* ---- the other process: only raw system calls ---- */

#define FOLLOW_OPTIONS                                                                             \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |     \
	 PTRACE_O_TRACEEXIT)

#define OTHER_PROCESS __attribute__((no_sanitize("address", "thread", "undefined")))

OTHER_PROCESS static long raw(long number, long a, long b, long c, long d)
{
#if defined(__x86_64__)
	long result;
	register long r10 __asm__("r10") = d;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
#else
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
#endif
}

OTHER_PROCESS static long trace(long request, pid_t id, long address, long data)
{
	return raw(SYS_ptrace, request, id, address, data);
}

OTHER_PROCESS static pid_t await(pid_t id, int *status)
{
	return (pid_t)raw(SYS_wait4, id, (long)status, __WALL, 0);
}

OTHER_PROCESS static void give_answer(struct tracer *tracer, long answer)
{
	atomic_store(&tracer->command, COMMAND_NONE);
	atomic_store(&tracer->answer, (int32_t)answer);
	raw(SYS_futex, (long)&tracer->answer, FUTEX_WAKE, 1, 0);
}

OTHER_PROCESS static bool is_event_stop(int status)
{
	return status >> 16 == PTRACE_EVENT_STOP;
}

/* The signal that the thread would have received if it were not traced, or 0. */
OTHER_PROCESS static int signal_of(int status)
{
	int signal = WSTOPSIG(status);
	return status >> 16 != 0 || signal == (SIGTRAP | 0x80) ? 0 : signal;
}

/* Seizes a thread and stops it. A signal that arrives first is passed on. */
OTHER_PROCESS static long seize(pid_t id, enum tracer_kind kind)
{
	int status = 0;
	long err = trace(PTRACE_SEIZE, id, 0,
			 PTRACE_O_TRACESYSGOOD | (kind == TRACER_CHILDREN ? FOLLOW_OPTIONS : 0));
	if (err != 0)
		return err;
	err = trace(PTRACE_INTERRUPT, id, 0, 0);
	while (err == 0) {
		if (await(id, &status) != id || !WIFSTOPPED(status))
			return -ESRCH;
		if (is_event_stop(status))
			break;
		err = trace(PTRACE_CONT, id, 0, signal_of(status));
	}
	return err;
}

/* Lets all threads go. stopped: index of the one that is known to be stopped. */
OTHER_PROCESS static void let_go(struct tracer *tracer, size_t count, size_t stopped)
{
	for (size_t i = 0; i < count; i++) {
		int status = 0;
		pid_t id = tracer->ids[i];
		if (tracer->is_gone[i])
			continue;
		if (i != stopped) {
			trace(PTRACE_INTERRUPT, id, 0, 0);
			if (await(id, &status) != id || !WIFSTOPPED(status))
				continue;
		}
		trace(PTRACE_DETACH, id, 0, i == stopped ? 0 : signal_of(status));
	}
}

OTHER_PROCESS static size_t index_of(const struct tracer *tracer, pid_t id)
{
	size_t i = 0;
	while (i < tracer->count && tracer->ids[i] != id)
		i++;
	return i;
}

OTHER_PROCESS static bool is_counted(const struct tracer *tracer, size_t i)
{
	return atomic_load(&tracer->is_counting) &&
	       (tracer->kind == TRACER_THREADS || (i > 0 && tracer->has_executed));
}

/* The place of a new thread; THREADS_MAX if there is none. */
OTHER_PROCESS static size_t add_id(struct tracer *tracer, pid_t id)
{
	size_t i = 1;
	while (i < tracer->count && tracer->ids[i] != 0)
		i++;
	if (i == THREADS_MAX)
		return i;
	tracer->ids[i] = id;
	tracer->is_restarting[i] = false;
	tracer->is_gone[i] = false;
	if (i == tracer->count)
		tracer->count++;
	return i;
}

/* The number after "VmHWM:", in kB, of a text that ends in 0; or 0. */
OTHER_PROCESS static uint64_t peak_in(const char *text)
{
	static const char key[] = "VmHWM:";
	uint64_t value = 0;
	size_t k = 0;
	for (; *text != '\0' && key[k] != '\0'; text++)
		k = *text == key[k] ? k + 1 : *text == key[0];
	while (*text == ' ' || *text == '\t')
		text++;
	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (uint64_t)(*text - '0');
	return value;
}

/* Reads the most memory that a process had, which is about to end. */
OTHER_PROCESS static void see_end(struct tracer *tracer, pid_t id)
{
	char path[32] = "/proc/", text[2048], digits[12];
	size_t len = 6, count = 0;
	for (; id > 0; id /= 10)
		digits[count++] = (char)('0' + id % 10);
	while (count > 0)
		path[len++] = digits[--count];
	for (const char *rest = "/status"; *rest != '\0'; rest++)
		path[len++] = *rest;
	path[len] = '\0';
	long fd = raw(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return;
	long got = raw(SYS_read, fd, (long)text, sizeof(text) - 1, 0);
	raw(SYS_close, fd, 0, 0, 0);
	text[got > 0 ? got : 0] = '\0';
	uint64_t bytes = peak_in(text) * 1024;
	if (bytes > tracer->memory_bytes)
		tracer->memory_bytes = bytes;
}

/* A stop that is neither at a system call nor for a signal. */
OTHER_PROCESS static void see_event(struct tracer *tracer, size_t i, int event)
{
	if (event == PTRACE_EVENT_EXEC && i > 0)
		tracer->has_executed = true;
	if (event == PTRACE_EVENT_EXIT && i > 0 && tracer->has_executed)
		see_end(tracer, tracer->ids[i]);
}

/* A stop at a system call. True if it was the end. */
OTHER_PROCESS static bool see_call(struct tracer *tracer, size_t i)
{
	struct ptrace_syscall_info info = {.op = PTRACE_SYSCALL_INFO_NONE};
	pid_t id = tracer->ids[i];
	long got = trace(PTRACE_GET_SYSCALL_INFO, id, sizeof(info), (long)&info);
	if (got > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		if (atomic_load(&tracer->command) == COMMAND_STOP) {
			let_go(tracer, tracer->count, i);
			return true;
		}
		if (tracer->is_restarting[i])
			tracer->is_restarting[i] = false;
		else if (is_counted(tracer, i) && info.entry.nr < TRACER_CALLS_MAX)
			tracer->counts[info.entry.nr]++;
	}
	trace(PTRACE_SYSCALL, id, 0, 0);
	return false;
}

/* Follows the threads until the command to stop, or until none is left. */
OTHER_PROCESS static void follow(struct tracer *tracer)
{
	for (size_t left = tracer->count; left > 0;) {
		int status = 0;
		pid_t id = await(-1, &status);
		size_t i = id > 0 ? index_of(tracer, id) : tracer->count;
		if (id < 0)
			return;
		if (i == tracer->count && tracer->kind == TRACER_CHILDREN && WIFSTOPPED(status)) {
			i = add_id(tracer, id);
			left += i < THREADS_MAX;
			if (i == THREADS_MAX) {
				tracer->is_full = true;
				trace(PTRACE_DETACH, id, 0, 0);
				continue;
			}
		}
		if (i == tracer->count)
			continue;
		if (WIFSTOPPED(status))
			see_event(tracer, i, status >> 16);
		if (!WIFSTOPPED(status)) {
			tracer->is_gone[i] = true;
			tracer->ids[i] = 0;
			left--;
		} else if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			if (see_call(tracer, i))
				return;
		} else if (is_event_stop(status) && WSTOPSIG(status) != SIGTRAP) {
			trace(PTRACE_LISTEN, id, 0, 0); /* Ctrl-Z */
		} else {
			trace(PTRACE_SYSCALL, id, 0, signal_of(status));
		}
	}
}

OTHER_PROCESS static void start_and_follow(struct tracer *tracer)
{
	size_t seized = 0;
	long err = 0;
	while (seized < tracer->count && (err = seize(tracer->ids[seized], tracer->kind)) == 0)
		seized++;
	if (err != 0) {
		for (size_t i = 0; i < seized; i++)
			trace(PTRACE_DETACH, tracer->ids[i], 0, 0);
		give_answer(tracer, err);
		return;
	}
	for (size_t i = 0; i < tracer->count; i++)
		trace(PTRACE_SYSCALL, tracer->ids[i], 0, 0);
	give_answer(tracer, 0);
	follow(tracer);
	give_answer(tracer, tracer->is_full ? -E2BIG : 0);
}

OTHER_PROCESS static int serve(void *argument)
{
	struct tracer *tracer = argument;
	raw(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0);
	uint32_t command;
	while ((command = atomic_load(&tracer->command)) != COMMAND_QUIT) {
		if (command == COMMAND_START)
			start_and_follow(tracer);
		else
			raw(SYS_futex, (long)&tracer->command, FUTEX_WAIT, command, 0);
	}
	return 0; /* clone(2)'s wrapper ends the process */
}

/* ---- this process ---- */

static bool has_ended(const struct tracer *tracer)
{
	siginfo_t info = {0};
	return waitid(P_PID, (id_t)tracer->process, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) !=
		       0 ||
	       info.si_pid != 0;
}

static int command(struct tracer *tracer, enum command what)
{
	struct timespec patience = {.tv_sec = PATIENCE_S};
	atomic_store(&tracer->answer, NO_ANSWER);
	atomic_store(&tracer->command, what);
	syscall(SYS_futex, &tracer->command, FUTEX_WAKE, 1, NULL, NULL, 0);
	while (atomic_load(&tracer->answer) == NO_ANSWER) {
		if (syscall(SYS_futex, &tracer->answer, FUTEX_WAIT, NO_ANSWER, &patience, NULL,
			    0) != 0 &&
		    errno == ETIMEDOUT && has_ended(tracer))
			return -ECHILD;
	}
	return atomic_load(&tracer->answer);
}

int tracer_start(struct tracer *tracer, const pid_t *ids, size_t count)
{
	if (count >= THREADS_MAX)
		return -E2BIG;
	memset(tracer->counts, 0, sizeof(tracer->counts));
	tracer->count = count + 1;
	tracer->has_executed = false;
	tracer->is_full = false;
	tracer->memory_bytes = 0;
	tracer->ids[0] = (pid_t)syscall(SYS_gettid);
	for (size_t i = 0; i < count; i++)
		tracer->ids[i + 1] = ids[i];
	for (size_t i = 0; i <= count; i++) {
		tracer->is_restarting[i] = i > 0;
		tracer->is_gone[i] = false;
	}
	int err = command(tracer, COMMAND_START);
	if (err == 0)
		atomic_store(&tracer->is_counting, true);
	return err;
}

int tracer_stop(struct tracer *tracer)
{
	atomic_store(&tracer->is_counting, false);
	return command(tracer, COMMAND_STOP);
}

const uint64_t *tracer_counts(const struct tracer *tracer)
{
	return tracer->counts;
}

uint64_t tracer_memory_bytes(const struct tracer *tracer)
{
	return tracer->memory_bytes;
}

/* The process is a child without a signal at its end, which no other wait of the program sees. All
 * signals stay blocked in it. */
static int start_process(struct tracer *tracer)
{
	sigset_t all, before;
	tracer->stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (tracer->stack == MAP_FAILED)
		return -errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	tracer->process = clone(serve, (char *)tracer->stack + STACK_BYTES,
				CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_UNTRACED, tracer);
	int err = tracer->process < 0 ? -errno : 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err == 0) /* Yama lets only those trace that are named; without it, EINVAL */
		prctl(PR_SET_PTRACER, tracer->process, 0, 0, 0);
	return err;
}

int tracer_new(enum tracer_kind kind, struct tracer **out, struct why *why)
{
	struct tracer *tracer = calloc(1, sizeof(*tracer));
	if (tracer == NULL)
		return why_set(why, -ENOMEM, "out of memory");
	memset(tracer, 0, sizeof(*tracer)); /* touches every page, as calloc() does not */
	tracer->kind = kind;
	tracer->process = -1;
	tracer->stack = MAP_FAILED;
	int err = start_process(tracer);
	if (err == 0)
		err = tracer_start(tracer, NULL, 0);
	if (err == 0) {
		getppid(); /* one call to see */
		err = tracer_stop(tracer);
		if (err == 0 && kind == TRACER_THREADS && tracer->counts[SYS_getppid] != 1)
			err = -ENOSYS;
	}
	if (err == 0) {
		*out = tracer;
		return 0;
	}
	tracer_free(tracer);
	return why_set(
		why, err, "ptrace: %s%s", strerror(-err),
		err == -EPERM
			? " (the process is traced already, a container's filter forbids it, or "
			  "kernel.yama.ptrace_scope is above 1)"
			: "");
}

void tracer_free(struct tracer *tracer)
{
	if (tracer == NULL)
		return;
	if (tracer->process > 0) {
		atomic_store(&tracer->command, COMMAND_QUIT);
		syscall(SYS_futex, &tracer->command, FUTEX_WAKE, 1, NULL, NULL, 0);
		waitpid(tracer->process, NULL, __WALL);
	}
	if (tracer->stack != MAP_FAILED)
		munmap(tracer->stack, STACK_BYTES);
	free(tracer);
}

#else

int tracer_new(enum tracer_kind kind, struct tracer **out, struct why *why)
{
	(void)kind;
	*out = NULL;
	return why_set(why, -EOPNOTSUPP, "ptrace: not on this architecture");
}

void tracer_free(struct tracer *tracer)
{
	(void)tracer;
}

int tracer_start(struct tracer *tracer, const pid_t *ids, size_t count)
{
	(void)tracer, (void)ids, (void)count;
	return -EOPNOTSUPP;
}

int tracer_stop(struct tracer *tracer)
{
	(void)tracer;
	return -EOPNOTSUPP;
}

const uint64_t *tracer_counts(const struct tracer *tracer)
{
	return tracer->counts;
}

uint64_t tracer_memory_bytes(const struct tracer *tracer)
{
	return tracer->memory_bytes;
}

#endif
