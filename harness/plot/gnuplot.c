/*
 * Runs gnuplot with a script.
 *
 * How it works: the script and gnuplot's messages are memory files, not pipes. Neither side can
 * block on a full pipe, and a gnuplot that stops early raises no SIGPIPE.
 *
 * Source: memfd_create(2), posix_spawn(3)
 */
#include <ctype.h>
#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
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

/* Does gnuplot name an error here: `"FILE" line 12: …`, and no warning? */
static bool is_error(const char *line)
{
	const char *place = strstr(line, "line ");
	return place != NULL && isdigit((unsigned char)place[strlen("line ")]) &&
	       strstr(line, "warning:") == NULL;
}

/* The first line with an error, because later ones follow from it; else the last line. */
static void error_line(int fd, char *out, size_t size)
{
	static char text[1 << 17]; /* there may be hundreds of warnings */
	ssize_t got = pread(fd, text, sizeof text - 1, 0);
	char *rest = text, *line;
	snprintf(out, size, "no message");
	if (got <= 0)
		return;
	text[got] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL) {
		line += strspn(line, " \t");
		if (line[0] != '\0' && strstr(line, "warning:") == NULL)
			snprintf(out, size, "%s", line);
		if (is_error(line))
			return;
	}
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
	error_line(messages, line, sizeof line);
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
