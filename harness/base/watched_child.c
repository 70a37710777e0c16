/* See watched_child.h. */
#include "watched_child.h"

#include "clock.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS 200 /* between two looks at the signs */

struct signs_of_life *signs_new(void)
{
	void *signs = mmap(NULL, sizeof(struct signs_of_life), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return signs == MAP_FAILED ? NULL : signs;
}

void signs_free(struct signs_of_life *signs)
{
	if (signs)
		munmap(signs, sizeof(*signs));
}

/* Of gcc, where the program is built to count what is executed: writes the counts, which _exit() does not. */
extern void __gcov_dump(void) __attribute__((weak));

static void write_counts(void)
{
	if (__gcov_dump)
		__gcov_dump();
}

void child_exit(int status)
{
	write_counts();
	_exit(status);
}

static void child_main(const struct watched_work *work, int fd)
{
	setpgid(0, 0); /* so that what it starts can be killed with it */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signals_restore();
	work->work(work->context);
	write_counts(); /* before the result, with which the parent ends this process */
	for (size_t done = 0; done < work->result_bytes;) {
		ssize_t written =
			write(fd, (const char *)work->result + done, work->result_bytes - done);

		if (written < 0)
			_exit(1);
		done += (size_t)written;
	}
	_exit(0);
}

/* Has it shown a sign since *seen? Then *until_s is later. */
static bool is_alive(const struct watched_work *work, uint64_t *seen, double *until_s)
{
	uint64_t count = work->signs ? atomic_load(&work->signs->count) : 0;
	uint64_t size = work->signs ? atomic_load(&work->signs->size) : 0;

	if (count != *seen || *until_s == 0)
		*until_s = clock_now_s() + work->patience_s + WATCHED_ITEM_S * (double)size;
	*seen = count;
	return work->patience_s <= 0 || clock_now_s() < *until_s;
}

static int receive(const struct watched_work *work, int fd)
{
	size_t done = 0;
	uint64_t seen = 0;
	double until_s = 0;

	while (done < work->result_bytes) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};

		if (signals_caught())
			return -EINTR;
		if (!is_alive(work, &seen, &until_s))
			return -ETIMEDOUT;
		if (poll(&wait, 1, LOOK_MS) <= 0)
			continue;
		ssize_t got = read(fd, (char *)work->result + done, work->result_bytes - done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -EIO;
		done += (size_t)got;
	}
	return 0;
}

int watched_child_run(const struct watched_work *work, int *status)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		child_main(work, fds[1]);
	int err = pid < 0 ? -errno : 0;
	close(fds[1]);
	if (!err)
		err = receive(work, fds[0]);
	close(fds[0]);
	if (pid < 0)
		return err;
	if (err != -EIO) { /* else it has ended, and its status says how */
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
	}
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	return err;
}
