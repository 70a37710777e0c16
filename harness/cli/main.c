/* The program: finds the command and passes it its arguments. */
#include "command.h"
#include "../machine/environment.h"
#include "../base/signals.h"
#include "../base/text.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static void print_help(FILE *out)
{
	const struct command **sorted = commands_sorted();

	fputs("iowalk measures how a storage engine's way of doing file I/O behaves when a graph\n"
	      "is walked over it.\n\n"
	      "usage: iowalk COMMAND [OPTION]...\n\n",
	      out);
	for (size_t i = 0; sorted && i < command_table_count; i++)
		fprintf(out, "  %-9s  %s\n", sorted[i]->name, sorted[i]->summary);
	fputs("\n`iowalk COMMAND --help` describes a command; `iowalk --version` names this "
	      "build.\n"
	      "exit status: 0 success, 1 failure of the program or the machine (a wrong answer is\n"
	      "one), 2 bad usage or input, 3 a regression, 4 inconclusive,\n"
	      "130 or 143 interrupted by SIGINT or SIGTERM\n",
	      out);
	free(sorted);
}

/* Output that could not be written is a failure. */
static int flushed(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (errno == EPIPE) /* `iowalk list | head` has seen enough: as other programs end there */
		signals_raise(SIGPIPE);
	message("cannot write to standard output: %s", strerror(errno));
	return status == STATUS_OK ? STATUS_FAILURE : status;
}

static void unknown_command(const char *name)
{
	const struct command **sorted = commands_sorted();
	char valid[256] = "";

	for (size_t i = 0; sorted && i < command_table_count; i++)
		text_append(valid, sizeof(valid), "%s%s", i ? ", " : "", sorted[i]->name);
	message("unknown command '%s'; valid: %s", name, valid);
	free(sorted);
}

static int dispatch(int argc, char **argv)
{
	static char program[] = "iowalk"; /* getopt's messages begin with it */
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
		print_help(stdout);
		return STATUS_OK;
	}
	if (strcmp(name, "--version") == 0) {
		char build[128];
		environment_build_caption(build, sizeof(build));
		puts(build);
		return STATUS_OK;
	}
	for (size_t i = 0; i < command_table_count; i++) {
		if (strcmp(command_table[i]->name, name) == 0) {
			argv[1] = program;
			return command_table[i]->main(argc - 1, argv + 1);
		}
	}
	if (*name)
		unknown_command(name);
	else
		print_help(stderr);
	return STATUS_USAGE;
}

int main(int argc, char **argv)
{
	/* A full disk or a file-size limit is an error of a write, not the end of the program. */
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	/* Counters and threads take many descriptors; the soft limit is often lower than need be. */
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	int status = flushed(dispatch(argc, argv));
	if (signals_caught())
		signals_raise(signals_caught());
	return status;
}
