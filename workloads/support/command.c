/*
 * How it works: posix_spawn(3) starts the program without copying the memory of this process. Files in memory
 * (memfd_create(2)) take its output, so that nobody needs to read while it runs. This process is the subreaper
 * (prctl(2)) of what it starts: a process whose parent has ended becomes its child, so all of them can be
 * waited for, and what they used belongs to its RUSAGE_CHILDREN.
 *
 * Sources: posix_spawn(3), wait4(2), PR_SET_CHILD_SUBREAPER(2const), proc_pid_task_tid_children of proc(5)
 */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#define PATIENCE_MS      200 /* for processes that outlive the program: some are about to end */
#define HASH_BYTES       65536
#define ERROR_LINE_BYTES 160

struct command_state {
	const struct user_command *command;
	int null_fd, output_fd, errors_fd; /* output_fd: /dev/null or a file in memory */
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	bool has_actions, has_attributes;
	uint64_t user_ns, system_ns; /* of all runs */
	struct why why;
};

void user_command_free(struct user_command *command)
{
	if (!command)
		return;
	free(command->name);
	free(command->text);
	free(command->argv);
	free(command->files);
	free(command->prepare);
	user_command_free(command->against);
	free(command);
}

/* ---- one program ---- */

/* The last line that it wrote to its standard error, after ": "; or nothing. */
static void last_error(const struct command_state *state, char *text, size_t size)
{
	char tail[ERROR_LINE_BYTES + 1];
	off_t end = lseek(state->errors_fd, 0, SEEK_END);
	off_t begin = end > ERROR_LINE_BYTES ? end - ERROR_LINE_BYTES : 0;
	ssize_t got = pread(state->errors_fd, tail, ERROR_LINE_BYTES, begin);

	*text = '\0';
	while (got > 0 && tail[got - 1] == '\n')
		got--;
	if (got <= 0)
		return;
	tail[got] = '\0';
	const char *line = strrchr(tail, '\n');
	snprintf(text, size, ": %s", line ? line + 1 : tail);
}

static uint64_t ns_of(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_usec * 1000;
}

/* Starts a program and waits for it. `usage` may be NULL. */
static int run_program(struct command_state *state, char *const *argv, struct rusage *usage)
{
	struct rusage unused;
	char words[ERROR_LINE_BYTES + 8];
	pid_t pid;
	int status, err;

	state->why.text[0] = '\0';
	err = posix_spawnp(&pid, argv[0], &state->actions, &state->attributes, argv, environ);
	if (err)
		return why_set(&state->why, -err, "cannot start '%.100s': %s", argv[0],
			       strerror(err));
	while (wait4(pid, &status, 0, usage ? usage : &unused) < 0) {
		if (errno != EINTR)
			return why_set(&state->why, -errno, "wait4");
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	last_error(state, words, sizeof(words));
	if (WIFSIGNALED(status))
		return why_set(&state->why, -EIO, "'%.100s' was killed by signal %d (%s)%s",
			       argv[0], WTERMSIG(status), strsignal(WTERMSIG(status)), words);
	return why_set(&state->why, -EIO, "'%.100s' ended with exit status %d%s", argv[0],
		       WEXITSTATUS(status), words);
}

/* The first child that is an ordinary process and lives, or 0: other kinds of waiting see the others. */
static pid_t living_child(void)
{
	char path[64];
	long id;
	pid_t found = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	FILE *file = fopen(path, "re");
	while (file && !found && fscanf(file, "%ld", &id) == 1) {
		siginfo_t info = {0};
		if (waitid(P_PID, (id_t)id, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		    info.si_pid == 0)
			found = (pid_t)id;
	}
	if (file)
		fclose(file);
	return found;
}

/* Waits for processes that outlive the program. -EIO if one of them does not end by itself; it is killed. */
static int reap_others(struct command_state *state)
{
	const struct timespec one_ms = {.tv_nsec = 1000000};
	int status;
	pid_t pid;

	for (int waited_ms = 0;; waited_ms++) {
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			;
		if (pid < 0)
			return 0; /* there is none */
		if (waited_ms == PATIENCE_MS)
			break;
		nanosleep(&one_ms, NULL);
	}
	/* Killing one may hand its children on to this process. */
	while ((pid = living_child()) > 0 && kill(pid, SIGKILL) == 0)
		waitpid(pid, &status, 0);
	return why_set(&state->why, -EIO,
		       "the command has ended and left a process running, whose work would not be "
		       "measured");
}

static int hash_output(const struct command_state *state, uint64_t *hash)
{
	XXH3_state_t *hashing = XXH3_createState();
	char *buffer = malloc(HASH_BYTES);
	off_t offset = 0;
	ssize_t got = -1;

	if (hashing && buffer) {
		XXH3_64bits_reset(hashing);
		while ((got = pread(state->output_fd, buffer, HASH_BYTES, offset)) > 0) {
			XXH3_64bits_update(hashing, buffer, (size_t)got);
			offset += got;
		}
		*hash = XXH3_64bits_digest(hashing);
	}
	int err = !hashing || !buffer ? -ENOMEM : got < 0 ? -errno : 0;
	XXH3_freeState(hashing);
	free(buffer);
	return err;
}

/* ---- the workload ---- */

static int command_end(void *context)
{
	struct command_state *state = context;
	int fds[] = {state->null_fd, state->output_fd, state->errors_fd};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (state->has_actions)
		posix_spawn_file_actions_destroy(&state->actions);
	if (state->has_attributes)
		posix_spawnattr_destroy(&state->attributes);
	free(state);
	return 0;
}

/* The program gets three streams and the signals as a shell starts it. */
static int set_up_spawning(struct command_state *state)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGXFSZ};
	sigset_t defaults, none;
	int err = posix_spawn_file_actions_init(&state->actions);

	state->has_actions = !err;
	err = err ? err : posix_spawnattr_init(&state->attributes);
	state->has_attributes = state->has_actions && !err;
	if (err)
		return -err;
	sigemptyset(&none);
	sigemptyset(&defaults);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&defaults, signals[i]);
	posix_spawnattr_setsigmask(&state->attributes, &none);
	posix_spawnattr_setsigdefault(&state->attributes, &defaults);
	posix_spawnattr_setflags(&state->attributes,
				 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	err = posix_spawn_file_actions_adddup2(&state->actions, state->null_fd, 0);
	err = err ? err : posix_spawn_file_actions_adddup2(&state->actions, state->output_fd, 1);
	err = err ? err : posix_spawn_file_actions_adddup2(&state->actions, state->errors_fd, 2);
	err = err ? err : posix_spawn_file_actions_addclosefrom_np(&state->actions, 3);
	return -err;
}

static int command_begin(const struct workload_env *env, void **out, struct why *why)
{
	struct command_state *state = calloc(1, sizeof(*state));

	if (!state)
		return -ENOMEM;
	state->command = env->command;
	state->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	state->errors_fd = memfd_create("errors", MFD_CLOEXEC);
	state->output_fd = env->command->hash_stdout ? memfd_create("output", MFD_CLOEXEC)
						     : open("/dev/null", O_WRONLY | O_CLOEXEC);
	int err = state->null_fd < 0 || state->errors_fd < 0 || state->output_fd < 0 ? -errno : 0;
	err = err ? err : set_up_spawning(state);
	if (!err && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		err = -errno;
	if (err) {
		command_end(state);
		return why_set(why, err, "cannot start commands: %s", strerror(-err));
	}
	*out = state;
	return 0;
}

static int command_prepare(void *context)
{
	struct command_state *state = context;
	char shell[] = "/bin/sh", option[] = "-c";
	int fds[] = {state->errors_fd, state->command->hash_stdout ? state->output_fd : -1};
	char *const argv[] = {shell, option, state->command->prepare, NULL};
	int err = state->command->prepare ? run_program(state, argv, NULL) : 0;

	/* Also what the preparation wrote. The offset is shared with the program. */
	for (size_t i = 0; !err && i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0 && (ftruncate(fds[i], 0) || lseek(fds[i], 0, SEEK_SET) < 0))
			err = -errno;
	return err;
}

static int command_run(void *context)
{
	struct command_state *state = context;
	struct rusage usage;
	int err = run_program(state, state->command->argv, &usage);

	if (!err) {
		state->user_ns += ns_of(&usage.ru_utime);
		state->system_ns += ns_of(&usage.ru_stime);
	}
	return err;
}

static int command_answer(void *context, struct answer *out)
{
	struct command_state *state = context;

	*out = (struct answer){.operations_count = 1};
	int err = reap_others(state);
	return !err && state->command->hash_stdout ? hash_output(state, &out->fold) : err;
}

static int command_expect(const struct workload_env *env, struct answer *out, struct why *why)
{
	void *state;
	int err = command_begin(env, &state, why);

	if (err)
		return err;
	err = command_prepare(state);
	err = err ? err : command_run(state);
	err = err ? err : command_answer(state, out);
	if (err)
		*why = ((struct command_state *)state)->why;
	command_end(state);
	return err;
}

static void command_counts(const void *context, struct workload_counts *out)
{
	const struct command_state *state = context;

	*out = (struct workload_counts){.user_ns = state->user_ns, .system_ns = state->system_ns};
}

static const char *command_why(const void *context)
{
	return ((const struct command_state *)context)->why.text;
}

const struct workload_ops command_workload = {
	.name = "command",
	.summary = "a program of the user",
	.operation = "run",
	.capabilities = WORKLOAD_BARE | WORKLOAD_PROCESSES,
	.expect = command_expect,
	.begin = command_begin,
	.prepare = command_prepare,
	.run = command_run,
	.answer = command_answer,
	.counts = command_counts,
	.why = command_why,
	.end = command_end,
};
