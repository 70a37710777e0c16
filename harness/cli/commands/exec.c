/* `iowalk exec`: measures a program of the user. */
#include "../run_cells.h"

extern const struct command command_exec;

static int main_exec(int argc, char **argv)
{
	return run_cells(&command_exec, NULL, argc, argv);
}

const struct command command_exec = {
	.name = "exec",
	.order = 120,
	.summary = "measure any program like a cell",
	.usage = "exec [OPTION]... -- CMD [ARG]...",
	.description =
		"Starts CMD again and again and measures each run: wall and processor time, and in "
		"runs of\n"
		"their own the system calls by name, page faults, bytes of the device, memory and "
		"context\n"
		"switches of all its processes. Before each run the files of --files are read into "
		"the page\n"
		"cache, or dropped from it, and that is verified. A run counts only if CMD ends "
		"with exit\n"
		"status 0 and, with --stdout-hash, prints the same as before. Standard input is "
		"empty, and\n"
		"standard output is discarded. No shell is involved: sh -c '...' starts one.",
	.epilogue =
		"The record is one like those of `iowalk run`: report, compare and export take it.",
	.takes_program = true,
	.main = main_exec,
};
