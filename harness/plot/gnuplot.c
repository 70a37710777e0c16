/*
 * Runs gnuplot with a script.
 *
 * How it works: the script and gnuplot's messages are memory files, not pipes. Neither side can
 * block on a full pipe, and a gnuplot that stops early raises no SIGPIPE.
 *
 * Source: memfd_create(2), posix_spawn(3)
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gnuplot.h"

extern char **environ;

static int fill(int fd, const char *bytes, size_t len_bytes)
{
	while (len_bytes > 0) {
		ssize_t written = write(fd, bytes, len_bytes);
		if (written < 0 && errno != EINTR)
			return -errno;
		if (written < 0)
			continue;
		bytes += written;
		len_bytes -= (size_t)written;
	}
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

static int spawn(int input, int messages, pid_t *pid)
{
	/* -d: ignores the user's settings */
	char *arguments[] = {(char[]){"gnuplot"}, (char[]){"-d"}, (char[]){"-"}, NULL};
	posix_spawn_file_actions_t actions;
	int err = posix_spawn_file_actions_init(&actions);
	if (err != 0)
		return -err;
	err = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (err == 0)
		err = posix_spawn_file_actions_adddup2(&actions, messages, STDOUT_FILENO);
	if (err == 0)
		err = posix_spawn_file_actions_adddup2(&actions, messages, STDERR_FILENO);
	if (err == 0)
		err = posix_spawnp(pid, arguments[0], &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -err;
}

/* The line with the error. gnuplot writes it last, after the place in the script. */
static void last_line(int fd, char *out, size_t size)
{
	static char text[1 << 17]; /* there may be hundreds of warnings */
	off_t len = lseek(fd, 0, SEEK_END);
	off_t from = len > (off_t)sizeof text - 1 ? len - (off_t)sizeof text + 1 : 0;
	ssize_t got = pread(fd, text, sizeof text - 1, from);
	snprintf(out, size, "no message");
	if (got <= 0)
		return;
	while (got > 0 && (text[got - 1] == '\n' || text[got - 1] == ' '))
		got--;
	text[got] = '\0';
	char *line = strrchr(text, '\n');
	while (line != NULL && (line[1] == '\0' || strstr(line, "warning:") != NULL)) {
		*line = '\0';
		line = strrchr(text, '\n');
	}
	line = line == NULL ? text : line + 1;
	snprintf(out, size, "%s", line + strspn(line, " \t"));
}

static int wait_for(pid_t pid, int messages, struct why *why)
{
	int status;
	char line[160];
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return why_set(why, -errno, "cannot wait for gnuplot: %s", strerror(errno));
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	last_line(messages, line, sizeof line);
	return why_set(why, -EIO, "gnuplot failed: %s", line);
}

int gnuplot_run(const char *script, size_t len_bytes, struct why *why)
{
	int err, input = memfd_create("iowalk-script", MFD_CLOEXEC);
	int messages = memfd_create("iowalk-messages", MFD_CLOEXEC);
	pid_t pid = -1;
	if (input < 0 || messages < 0)
		err = why_set(why, -errno, "cannot make a memory file: %s", strerror(errno));
	else if ((err = fill(input, script, len_bytes)) != 0)
		why_set(why, err, "cannot fill a memory file: %s", strerror(-err));
	else if ((err = spawn(input, messages, &pid)) == -ENOENT)
		why_set(why, err,
			"no plots: gnuplot is not installed: apt-get install gnuplot-nox");
	else if (err != 0)
		why_set(why, err, "cannot start gnuplot: %s", strerror(-err));
	else
		err = wait_for(pid, messages, why);
	if (input >= 0)
		close(input);
	if (messages >= 0)
		close(messages);
	return err;
}
