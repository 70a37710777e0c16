/* iowalk run: makes a plan from the options, measures it and prints the table. */
#include "../run_cells.h"

extern const struct command command_run;

static int run_main(int argc, char **argv)
{
	return run_cells(&command_run, NULL, argc, argv);
}

const struct command command_run = {
	.name = "run",
	.order = 100,
	.summary =
		"measure cells: walk graphs through engines; record time, system calls and faults",
	.usage = "run [OPTION]...",
	.description = "Measures cells: every combination of the given lists, or the cells of a "
		       "suite. Lists are words\n"
		       "separated by commas.",
	.epilogue = "exit status: 0 all cells were measured and verified, 1 some failed,\n"
		    "2 bad usage or input; interrupted: 130 (SIGINT) or 143 (SIGTERM), and the "
		    "record is "
		    "complete",
	.main = run_main,
};
