/* Starting a worker and reading its replies: see process.h. */
#include "process.h"

#include "replies.h"

#include "protocol.h"
#include "../../base/cgroup.h"
#include "../../base/clock.h"
#include "../../base/signals.h"

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
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BINARY_FD       9 /* in the worker: the same for all builds, so that their paths are equal */
#define REPLY_BYTES_MAX (64u << 20)
#define STEP_KEY        "{\"step\":"

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

json_t *worker_cpus(void)
{
	json_t *cpus = json_array();
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return cpus;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET((size_t)cpu, &set))
			json_array_append_new(cpus, json_integer(cpu));
	}
	return cpus;
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

/* ---- the process ---- */

struct worker {
	const struct worker_binary *binary;
	double timeout_s;
	int input, errors; /* files in memory: its standard input and standard error */
	int output;        /* a pipe: its standard output */
	int pace;          /* socket that starts its steps; -1: it is not paced */
	pid_t pid;
	char *text; /* its output so far, ended by 0 */
	size_t text_bytes, capacity;
	size_t lines_count, lines_taken; /* complete lines, and those that worker_step() has used */
	size_t step_begin;               /* where the reply to the next step begins */
	size_t last_begin;               /* where the last line that was taken begins */
	bool ended_itself;               /* it closed its output before the timeout */
	int status;                      /* of waitpid() */
	int err;                         /* the error of reading its output */
};

/* A duplicate whose number is above all numbers that the worker's descriptors get. */
static int duplicate_above(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, BINARY_FD + 1);
}

/* Before the folders that the caller has set himself. */
static void set_library_path(const char *path)
{
	const char *own = getenv("LD_LIBRARY_PATH");
	char *all = NULL;

	if (asprintf(&all, "%s%s%s", path, own ? ":" : "", own ? own : "") >= 0)
		setenv("LD_LIBRARY_PATH", all, 1);
	free(all);
}

static void vary_environment(unsigned padding_bytes)
{
	char *padding = malloc((size_t)padding_bytes + 1);

	if (!padding)
		return;
	memset(padding, 'x', padding_bytes);
	padding[padding_bytes] = '\0';
	setenv("IOWALK_PADDING", padding, 1);
	free(padding);
}

/* In the new process, before its program is executed. */
static void set_up_process(const struct worker_settings *settings)
{
	cpu_set_t set;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0); /* so that its children can be killed with it */
	signals_restore();
	int now = personality(0xffffffff);
	if (now >= 0 && !settings->vary)
		personality((unsigned)now | ADDR_NO_RANDOMIZE);
	if (settings->vary)
		vary_environment(settings->padding_bytes);
	if (settings->cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET((size_t)settings->cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
}

/* So that all of its memory is charged to the group. */
static void enter_group(const char *folder)
{
	int err = folder ? cgroup_write(folder, "cgroup.procs", "%d", getpid()) : 0;

	if (!err)
		return;
	dprintf(2, "moving into '%s': %s\n", folder, strerror(-err));
	_exit(126);
}

static void exec_worker(const struct worker *worker, const struct worker_settings *settings,
			int output, int pace)
{
	static char program[] = "iowalk", command[] = "worker";
	char *const arguments[] = {program, command, NULL};

	set_up_process(settings);
	int input = duplicate_above(worker->input), errors = duplicate_above(worker->errors);
	int binary = duplicate_above(worker->binary->fd);
	output = duplicate_above(output);
	pace = pace < 0 ? -1 : duplicate_above(pace);
	/* Not close-on-exec: the interpreter of a script opens the file again. */
	if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0 ||
	    dup2(binary, BINARY_FD) < 0 || (pace >= 0 && dup2(pace, WORKER_PACE_FD) < 0))
		_exit(126);
	if (worker->binary->library_path[0])
		set_library_path(worker->binary->library_path);
	enter_group(settings->group_folder);
	fexecve(BINARY_FD, arguments, environ);
	dprintf(2, "cannot be executed: %s\n", strerror(errno));
	_exit(126);
}

static int start(struct worker *worker, const struct worker_settings *settings,
		 const json_t *request, bool paced)
{
	int output[2] = {-1, -1}, pace[2] = {-1, -1};
	int err = 0;

	worker->input = memfd_create("request", MFD_CLOEXEC);
	worker->errors = memfd_create("errors", MFD_CLOEXEC);
	if (worker->input < 0 || worker->errors < 0 || pipe2(output, O_CLOEXEC) ||
	    (paced && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pace)))
		err = -errno;
	worker->output = output[0];
	worker->pace = pace[0];
	if (!err && (json_dumpfd(request, worker->input, JSON_COMPACT) ||
		     lseek(worker->input, 0, SEEK_SET)))
		err = -EIO;
	if (!err) {
		worker->pid = fork();
		if (worker->pid == 0)
			exec_worker(worker, settings, output[1], pace[1]);
		err = worker->pid < 0 ? -errno : 0;
	}
	if (output[1] >= 0)
		close(output[1]);
	if (pace[1] >= 0)
		close(pace[1]);
	return err;
}

/* Reads a part of its output. Returns the bytes read, 0 at the end, -EAGAIN if interrupted. */
static ssize_t read_output(struct worker *worker)
{
	if (worker->capacity - worker->text_bytes < 4096) {
		size_t capacity = worker->capacity ? worker->capacity * 2 : 65536;
		char *grown = realloc(worker->text, capacity);
		if (!grown)
			return -ENOMEM;
		worker->text = grown;
		worker->capacity = capacity;
	}
	char *piece = worker->text + worker->text_bytes;
	ssize_t got = read(worker->output, piece, worker->capacity - worker->text_bytes - 1);
	if (got < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	for (const char *c = piece; c < piece + got; c++)
		worker->lines_count += *c == '\n';
	worker->text_bytes += (size_t)got;
	worker->text[worker->text_bytes] = '\0';
	return worker->text_bytes > REPLY_BYTES_MAX ? -EBADMSG : got;
}

/* Waits until it has written this many lines in all, or closed its output. -ETIMEDOUT, -EINTR. */
static int wait_for_lines(struct worker *worker, size_t lines_wanted)
{
	double until_s = clock_now_s() + worker->timeout_s;

	while (worker->lines_count < lines_wanted && !worker->ended_itself) {
		double left_s = until_s - clock_now_s();
		struct pollfd wait = {.fd = worker->output, .events = POLLIN};

		if (signals_caught())
			return -EINTR;
		if (left_s <= 0)
			return -ETIMEDOUT;
		/* With a timeout, so that a signal between the check above and poll() is
		 * noticed. */
		if (poll(&wait, 1, left_s < .2 ? (int)(left_s * 1e3) + 1 : 200) <= 0)
			continue;
		ssize_t got = read_output(worker);
		if (got < 0 && got != -EAGAIN)
			return (int)got;
		worker->ended_itself = got == 0;
	}
	return 0;
}

void worker_wait_all(void)
{
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

/* Ends the process. After closing its output it has two seconds to exit. If it has sent all replies, it may
 * still be closing its counters and is left alone. */
static void end_process(struct worker *worker, bool completed)
{
	if (worker->pace >= 0) /* a paced worker that is still running ends by this */
		close(worker->pace);
	worker->pace = -1;
	bool ended = worker->pid <= 0;

	for (int i = 0; !ended && worker->ended_itself && i < (completed ? 20 : 2000); i++) {
		ended = waitpid(worker->pid, &worker->status, WNOHANG) == worker->pid;
		if (!ended)
			usleep(1000);
	}
	if (!ended && completed) {
		worker->status = 0;
	} else if (!ended) {
		kill(-worker->pid, SIGKILL);
		kill(worker->pid, SIGKILL);
		while (waitpid(worker->pid, &worker->status, 0) < 0 && errno == EINTR)
			;
	}
	if (worker->output >= 0)
		close(worker->output);
	if (worker->input >= 0)
		close(worker->input);
}

/* The end of its standard error, of up to text_size - 1 bytes. Returns the bytes. */
static ssize_t read_errors(const struct worker *worker, char *text, size_t text_size)
{
	off_t len = lseek(worker->errors, 0, SEEK_END);
	off_t from = len > (off_t)text_size - 1 ? len - (off_t)text_size + 1 : 0;
	ssize_t got = len > 0 ? pread(worker->errors, text, text_size - 1, from) : 0;

	text[got > 0 ? got : 0] = '\0';
	return got;
}

void worker_words(const struct worker *worker, char *text, size_t text_size)
{
	read_errors(worker, text, text_size);
}

/* The last line of its standard error, without "iowalk: ". */
static void last_error_line(const struct worker *worker, char *text, size_t text_size)
{
	char bytes[4096] = "";
	ssize_t got = read_errors(worker, bytes, sizeof(bytes));

	while (got > 0 && (bytes[got - 1] == '\n' || bytes[got - 1] == '\r'))
		bytes[--got] = '\0';
	char *line = strrchr(bytes, '\n');
	line = line ? line + 1 : bytes;
	snprintf(text, text_size, "%.100s", strncmp(line, "iowalk: ", 8) == 0 ? line + 8 : line);
}

/* ---- its end ---- */

static int check_result(const struct worker *worker, const struct worker_replies *parsed, int err,
			double timeout_s, struct why *why)
{
	json_t *protocol = json_object_get(parsed->hello, "protocol");
	const char *label = worker->binary->label, *path = worker->binary->path;
	char words[128];

	last_error_line(worker, words, sizeof(words));
	const char *colon = *words ? ": " : "";
	if (err == -ETIMEDOUT)
		return why_set(why, err, "%s '%.100s': its worker did not end within %g s", label,
			       path, timeout_s);
	if (err)
		return why_set(why, err, "%s '%.100s': %s", label, path, strerror(-err));
	if (WIFSIGNALED(worker->status))
		return why_set(why, -ECHILD, "%s '%.100s': its worker crashed: %s%s%s", label, path,
			       strsignal(WTERMSIG(worker->status)), colon, words);
	if (*parsed->bad)
		return why_set(why, -EBADMSG, "%s '%.80s': its worker wrote what is not JSON: '%s'",
			       label, path, parsed->bad);
	if (!json_is_integer(protocol))
		return why_set(why, -EPROTO,
			       "%s '%.80s' has no worker for the gate (is it iowalk, and new "
			       "enough?)%s%s",
			       label, path, colon, words);
	if (json_integer_value(protocol) != WORKER_PROTOCOL)
		return why_set(
			why, -EPROTO,
			"%s '%.80s' has worker protocol %lld, this program has %d: run the gate "
			"with a program of the same version",
			label, path, (long long)json_integer_value(protocol), WORKER_PROTOCOL);
	if (WEXITSTATUS(worker->status) || !parsed->complete)
		return why_set(why, -EBADMSG,
			       "%s '%.80s': its worker ended early, exit status %d%s%s", label,
			       path, WEXITSTATUS(worker->status), colon, words);
	return 0;
}

int worker_start(const struct worker_binary *binary, const struct worker_settings *settings,
		 const json_t *request, bool paced, struct worker **out, struct why *why)
{
	struct worker *worker = malloc(sizeof(*worker));

	if (!worker)
		return -ENOMEM;
	*worker = (struct worker){.binary = binary,
				  .timeout_s = settings->timeout_s,
				  .input = -1,
				  .errors = -1,
				  .output = -1,
				  .pace = -1};
	*out = worker;
	int err = start(worker, settings, request, paced);
	return err ? why_set(why, err, "%s '%.100s': %s", binary->label, binary->path,
			     strerror(-err))
		   : 0;
}

/* Skips a line that is known to be complete. */
static void pass_line(struct worker *worker)
{
	const char *begin = worker->text + worker->step_begin;

	worker->last_begin = worker->step_begin;
	worker->step_begin += (size_t)(strchr(begin, '\n') - begin) + 1;
	worker->lines_taken++;
}

static bool begins(const char *line, const char *key)
{
	return strncmp(line, key, strlen(key)) == 0;
}

/* Forgets the last reply if it was that of a step: the samples of a long run need not be kept. */
static void drop_step(struct worker *worker)
{
	size_t len = worker->step_begin - worker->last_begin;

	if (len == 0 || !begins(worker->text + worker->last_begin, STEP_KEY))
		return;
	memmove(worker->text + worker->last_begin, worker->text + worker->step_begin,
		worker->text_bytes - worker->step_begin + 1);
	worker->text_bytes -= len;
	worker->step_begin = worker->last_begin;
}

json_t *worker_step_reply(const struct worker *worker)
{
	return json_loadb(worker->text + worker->last_begin,
			  worker->step_begin - worker->last_begin, 0, NULL);
}

enum worker_step_result worker_step(struct worker *worker)
{
	drop_step(worker);
	if (send(worker->pace, "\n", 1, MSG_NOSIGNAL) < 0 && errno != EPIPE)
		worker->err = -errno;
	/* The first line is its hello; then there is one line for each step. */
	for (bool is_hello = worker->lines_taken == 0;; is_hello = false) {
		if (!worker->err)
			worker->err = wait_for_lines(worker, worker->lines_taken + 1);
		if (worker->err || worker->lines_count <= worker->lines_taken)
			return WORKER_ENDED;
		if (!is_hello)
			break;
		pass_line(worker);
	}
	const char *line = worker->text + worker->step_begin;
	pass_line(worker);
	return begins(line, STEP_KEY)       ? WORKER_STEP_DONE
	       : begins(line, "{\"cell\":") ? WORKER_CELL_DONE
					    : WORKER_ENDED;
}

void worker_abandon(struct worker *worker)
{
	worker->ended_itself = false;
	end_process(worker, false);
	if (worker->errors >= 0)
		close(worker->errors);
	free(worker->text);
	free(worker);
}

int worker_finish(struct worker *worker, size_t cells_count, json_t **replies, json_t **hello,
		  struct why *why)
{
	struct worker_replies parsed;

	worker_replies_init(&parsed, cells_count);
	if (worker->pace >= 0)
		shutdown(worker->pace, SHUT_WR);
	int err = worker->err ? worker->err : wait_for_lines(worker, SIZE_MAX);
	worker_replies_parse(&parsed, worker->text);
	end_process(worker, parsed.complete && !*parsed.bad);
	err = check_result(worker, &parsed, err, worker->timeout_s, why);
	if (worker->errors >= 0)
		close(worker->errors);
	free(worker->text);
	free(worker);
	if (hello)
		*hello = json_incref(parsed.hello);
	json_decref(parsed.hello);
	*replies = parsed.replies;
	return err;
}
