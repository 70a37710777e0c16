/* The program: finds the command and hands it its arguments. */
#include "commands.h"
#include "../machine/environment.h"
#include "../base/text.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
	{"run", "measure cells: walk graphs through engines, record time, system calls and faults",
	 command_run},
	{"list", "what there is: engines, layouts, graphs, workloads, suites, counters",
	 command_list},
	{"verify", "check a graph file: header, checksum, structure", command_verify},
	{"doctor", "what on this machine makes numbers unreliable, and the remedy", command_doctor},
	{"roofline", "what the device and the memory can do: the limit of every engine",
	 command_roofline},
	{"compare", "two runs cell by cell: what got worse, and by how much", command_compare},
	{"phase", "keep a run under a name, to compare with and to report on", command_phase},
	{"report", "a run, or phases side by side, as one HTML file with figures", command_report},
	{"export", "a run in another tool's format: gbench, csv, bmf, junit, ...", command_export},
	{"gate", "hold two builds against each other and fail on what got slower", command_gate},
	{"calibrate", "how often the gate is right: many gates of builds that are known",
	 command_calibrate},
	{"worker", "measures for `iowalk gate`, which starts it of both builds", command_worker},
};
#define COMMANDS_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out)
{
	fputs("iowalk measures how a storage engine's way of doing file I/O behaves when a graph\n"
	      "is walked over it.\n\n"
	      "usage: iowalk COMMAND [OPTION]...\n\n",
	      out);
	for (size_t i = 0; i < COMMANDS_COUNT; i++)
		fprintf(out, "  %-8s  %s\n", commands[i].name, commands[i].summary);
	fputs("\n`iowalk COMMAND --help` tells more; `iowalk --version` says which build this is.\n"
	      "exit status: 0 all well, 1 failure of the program or the machine (a wrong answer "
	      "is\n"
	      "one), 2 bad usage or input, 3 a regression, 4 inconclusive\n",
	      out);
}

/* What a command printed is its result: one that could not be written is a failure. */
static int flushed(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	message("cannot write to standard output: %s", strerror(errno));
	return status == STATUS_OK ? STATUS_FAILURE : status;
}

static void unknown_command(const char *name)
{
	char valid[256] = "";
	for (size_t i = 0; i < COMMANDS_COUNT; i++)
		text_append(valid, sizeof(valid), "%s%s", i ? ", " : "", commands[i].name);
	message("unknown command '%s'; valid: %s", name, valid);
}

static int dispatch(int argc, char **argv)
{
	static char program[] = "iowalk"; /* what getopt's messages begin with */
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
	for (size_t i = 0; i < COMMANDS_COUNT; i++) {
		if (strcmp(commands[i].name, name) == 0) {
			argv[1] = program;
			return commands[i].main(argc - 1, argv + 1);
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
	return flushed(dispatch(argc, argv));
}
