/* Starting a worker and listening to it: see worker_process.h. */
#include "worker_process.h"

#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* linux/memfd.h since 6.3 */
#endif

#define BINARY_FD  9 /* in the worker: the same for all builds, so that the path is, too */
#define ANSWER_MAX (64u << 20)

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = number;
}

void worker_catch_signals(void)
{
	/* A second signal ends the program at once. */
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool worker_interrupted(void)
{
	return interrupted != 0;
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int worker_choose_cpu(void)
{
	cpu_set_t set;
	int first = -1, last = -1;

	if (sched_getaffinity(0, sizeof(set), &set))
		return -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET((size_t)cpu, &set))
			continue;
		if (first < 0)
			first = cpu;
		last = cpu;
	}
	return last != first ? last : -1;
}

bool worker_fixed_addresses(struct why *why)
{
	int now = personality(0xffffffff);
	bool allowed = now >= 0 && personality((unsigned)now | ADDR_NO_RANDOMIZE) >= 0;

	if (allowed)
		personality((unsigned)now);
	else
		why_set(why, -errno,
			"personality(2) is refused (%s): addresses of code and data differ from "
			"process to process, and times spread more",
			strerror(errno));
	return allowed;
}

/* ---- the binary ---- */

void worker_binary_release(struct worker_binary *binary)
{
	if (binary->fd >= 0)
		close(binary->fd);
	binary->fd = -1;
}

/* A copy in memory; where that is not allowed the file itself serves. Takes `file` over. */
static int copy_to_memory(int file)
{
	int memory = memfd_create("iowalk", MFD_CLOEXEC | MFD_EXEC);
	char *bytes = malloc(1 << 20);
	ssize_t got = 0;

	if (memory < 0 && errno == EINVAL)
		memory = memfd_create("iowalk", MFD_CLOEXEC);
	while (memory >= 0 && bytes && (got = read(file, bytes, 1 << 20)) > 0) {
		if (write(memory, bytes, (size_t)got) != got) {
			got = -1;
			break;
		}
	}
	if (memory >= 0 && bytes && got == 0 && fchmod(memory, 0700) == 0) {
		/* Open for writing it could not be executed: ETXTBSY. */
		char path[64];
		snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
		int readable = open(path, O_RDONLY | O_CLOEXEC);
		if (readable >= 0) {
			close(file);
			file = readable;
		}
	}
	if (memory >= 0)
		close(memory);
	free(bytes);
	return file;
}

int worker_binary_load(struct worker_binary *binary, struct why *why)
{
	struct stat status;
	int file = open(binary->path, O_RDONLY | O_CLOEXEC);
	int err = file < 0 ? -errno : 0;

	if (!err && (fstat(file, &status) || !S_ISREG(status.st_mode)))
		err = -EINVAL;
	if (!err && access(binary->path, X_OK))
		err = -errno;
	if (err) {
		if (file >= 0)
			close(file);
		return why_set(why, err, "%s: cannot execute '%s': %s", binary->label, binary->path,
			       err == -EINVAL ? "not a file" : strerror(-err));
	}
	worker_binary_release(binary);
	binary->fd = copy_to_memory(file);
	return 0;
}

/* ---- the process ---- */

/* What goes round one worker. */
struct conversation {
	const struct worker_binary *binary;
	int input, errors; /* files in memory */
	int output;        /* a pipe */
	pid_t pid;
	char *text; /* what it said, ended by 0 */
	size_t text_bytes;
	bool ended_itself; /* it closed its output before the time was over */
	int status;        /* of waitpid() */
};

static void exec_worker(const struct conversation *talk, const struct worker_settings *settings,
			int output)
{
	static char program[] = "iowalk", command[] = "worker";
	char *const arguments[] = {program, command, NULL};
	cpu_set_t set;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0); /* what it starts ends with it */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	int now = personality(0xffffffff);
	if (now >= 0)
		personality((unsigned)now | ADDR_NO_RANDOMIZE);
	if (settings->cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET((size_t)settings->cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	/* Without close-on-exec: the interpreter of a script has to open it once more. */
	if (dup2(talk->input, 0) < 0 || dup2(output, 1) < 0 || dup2(talk->errors, 2) < 0 ||
	    dup2(talk->binary->fd, BINARY_FD) < 0)
		_exit(126);
	fexecve(BINARY_FD, arguments, environ);
	dprintf(2, "cannot be executed: %s\n", strerror(errno));
	_exit(126);
}

static int start(struct conversation *talk, const struct worker_settings *settings,
		 const json_t *request)
{
	int fds[2];

	talk->input = memfd_create("request", MFD_CLOEXEC);
	talk->errors = memfd_create("errors", MFD_CLOEXEC);
	if (talk->input < 0 || talk->errors < 0 || pipe2(fds, O_CLOEXEC))
		return -errno;
	talk->output = fds[0];
	if (json_dumpfd(request, talk->input, JSON_COMPACT) || lseek(talk->input, 0, SEEK_SET)) {
		close(fds[1]);
		return -EIO;
	}
	talk->pid = fork();
	if (talk->pid == 0)
		exec_worker(talk, settings, fds[1]);
	int err = talk->pid < 0 ? -errno : 0;
	close(fds[1]);
	return err;
}

/* Until it closes its output, or the time is over. */
static int listen_to(struct conversation *talk, double timeout_s)
{
	double until_s = now_s() + timeout_s;
	size_t capacity = 0;

	for (;;) {
		double left_s = until_s - now_s();
		struct pollfd wait = {.fd = talk->output, .events = POLLIN};

		if (interrupted)
			return -EINTR;
		if (left_s <= 0)
			return -ETIMEDOUT;
		/* Woken now and then: a signal between the check above and poll() is not lost. */
		if (poll(&wait, 1, left_s < .2 ? (int)(left_s * 1e3) + 1 : 200) <= 0)
			continue;
		if (capacity - talk->text_bytes < 4096) {
			capacity = capacity ? capacity * 2 : 65536;
			char *grown = realloc(talk->text, capacity);
			if (!grown)
				return -ENOMEM;
			talk->text = grown;
		}
		ssize_t got = read(talk->output, talk->text + talk->text_bytes,
				   capacity - talk->text_bytes - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		talk->text_bytes += (size_t)got;
		if (talk->text_bytes > ANSWER_MAX)
			return -EBADMSG;
	}
	if (talk->text)
		talk->text[talk->text_bytes] = '\0';
	talk->ended_itself = true;
	return 0;
}

void worker_wait_all(void)
{
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

/* One that closed its output has two seconds to end; one that said all is not waited for. */
static void end(struct conversation *talk, bool said_all)
{
	bool ended = talk->pid <= 0;

	for (int i = 0; !ended && talk->ended_itself && i < (said_all ? 20 : 2000); i++) {
		ended = waitpid(talk->pid, &talk->status, WNOHANG) == talk->pid;
		if (!ended)
			usleep(1000);
	}
	if (!ended && said_all) {
		talk->status = 0;
	} else if (!ended) {
		kill(-talk->pid, SIGKILL);
		kill(talk->pid, SIGKILL);
		while (waitpid(talk->pid, &talk->status, 0) < 0 && errno == EINTR)
			;
	}
	if (talk->output >= 0)
		close(talk->output);
	if (talk->input >= 0)
		close(talk->input);
}

/* The last line it wrote to its standard error, without "iowalk: ". */
static void last_words(const struct conversation *talk, char *text, size_t text_size)
{
	char bytes[4096] = "";
	off_t len = lseek(talk->errors, 0, SEEK_END);
	off_t from = len > (off_t)sizeof(bytes) - 1 ? len - (off_t)sizeof(bytes) + 1 : 0;
	ssize_t got = len > 0 ? pread(talk->errors, bytes, sizeof(bytes) - 1, from) : 0;

	bytes[got > 0 ? got : 0] = '\0';
	while (got > 0 && (bytes[got - 1] == '\n' || bytes[got - 1] == '\r'))
		bytes[--got] = '\0';
	char *line = strrchr(bytes, '\n');
	line = line ? line + 1 : bytes;
	snprintf(text, text_size, "%.100s", strncmp(line, "iowalk: ", 8) == 0 ? line + 8 : line);
}

/* ---- what it said ---- */

struct parsed {
	json_t *answers, *hello;
	bool complete; /* {"end":true} was there */
	char bad[64];  /* the beginning of the first line that was no JSON object */
};

static void take_line(struct parsed *parsed, const char *line)
{
	json_t *object = json_loads(line, 0, NULL);
	json_t *cell = json_object_get(object, "cell");

	if (!json_is_object(object)) {
		if (!*parsed->bad)
			snprintf(parsed->bad, sizeof(parsed->bad), "%.40s", *line ? line : " ");
		for (char *c = parsed->bad; *c; c++)
			if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
				*c = '?';
	} else if (!parsed->hello) {
		parsed->hello = json_incref(object);
	} else if (json_is_integer(cell) && json_integer_value(cell) >= 0 &&
		   (size_t)json_integer_value(cell) < json_array_size(parsed->answers)) {
		json_array_set(parsed->answers, (size_t)json_integer_value(cell), object);
	} else if (json_object_get(object, "end")) {
		parsed->complete = true;
	}
	json_decref(object);
}

static void parse(struct parsed *parsed, char *text)
{
	char *rest, *line;

	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line && !*parsed->bad;
	     line = strtok_r(NULL, "\n", &rest))
		take_line(parsed, line);
}

static int judge(const struct conversation *talk, const struct parsed *parsed, int err,
		 double timeout_s, struct why *why)
{
	json_t *protocol = json_object_get(parsed->hello, "protocol");
	const char *label = talk->binary->label, *path = talk->binary->path;
	char words[128];

	last_words(talk, words, sizeof(words));
	const char *colon = *words ? ": " : "";
	if (err == -ETIMEDOUT)
		return why_set(why, err, "%s '%.100s': its worker did not end within %g s", label,
			       path, timeout_s);
	if (err)
		return why_set(why, err, "%s '%.100s': %s", label, path, strerror(-err));
	if (WIFSIGNALED(talk->status))
		return why_set(why, -ECHILD, "%s '%.100s': its worker crashed: %s%s%s", label, path,
			       strsignal(WTERMSIG(talk->status)), colon, words);
	if (*parsed->bad)
		return why_set(why, -EBADMSG, "%s '%.80s': its worker said what is no JSON: '%s'",
			       label, path, parsed->bad);
	if (!json_is_integer(protocol))
		return why_set(why, -EPROTO,
			       "%s '%.80s' has no worker for the gate (is it an iowalk, and new "
			       "enough?)%s%s",
			       label, path, colon, words);
	if (json_integer_value(protocol) != WORKER_PROTOCOL)
		return why_set(why, -EPROTO,
			       "%s '%.80s' speaks protocol %lld of the worker, this program %d: "
			       "gate with a program of its version",
			       label, path, (long long)json_integer_value(protocol),
			       WORKER_PROTOCOL);
	if (WEXITSTATUS(talk->status) || !parsed->complete)
		return why_set(why, -EBADMSG,
			       "%s '%.80s': its worker ended early, exit status %d%s%s", label,
			       path, WEXITSTATUS(talk->status), colon, words);
	return 0;
}

int worker_run(const struct worker_binary *binary, const struct worker_settings *settings,
	       const json_t *request, json_t **answers, json_t **hello, struct why *why)
{
	struct conversation talk = {.binary = binary, .input = -1, .errors = -1, .output = -1};
	struct parsed parsed = {.answers = json_array()};
	size_t cells_count = json_array_size(json_object_get(request, "cells"));

	for (size_t i = 0; i < cells_count; i++)
		json_array_append_new(parsed.answers, json_null());
	int err = start(&talk, settings, request);
	if (!err)
		err = listen_to(&talk, settings->timeout_s);
	if (talk.text)
		talk.text[talk.text_bytes] = '\0';
	parse(&parsed, talk.text);
	end(&talk, parsed.complete && !*parsed.bad);
	err = judge(&talk, &parsed, err, settings->timeout_s, why);
	if (talk.errors >= 0)
		close(talk.errors);
	free(talk.text);
	if (hello)
		*hello = json_incref(parsed.hello);
	json_decref(parsed.hello);
	*answers = parsed.answers;
	return err;
}
