/* iowalk profile: the same cells as `run`, and where the time of their walks goes. */
#include "../run_cells.h"

extern const struct command command_profile;

static int profile_main(int argc, char **argv)
{
	return run_cells(&command_profile, "profile", argc, argv);
}

const struct command command_profile = {
	.name = "profile",
	.order = 150,
	.summary = "where the time goes: user code, system calls, faults and waiting, by span",
	.usage = "profile [OPTION]...",
	.description =
		"Profiles cells, which are chosen as for `iowalk run`: the wall time of a walk is "
		"split "
		"into user\n"
		"code, system calls by name, page faults, waiting for a processor and waiting for "
		"the device or a\n"
		"lock; by workload, layout and hook of the engine. As root with stacks of the "
		"kernel; any other\n"
		"user gets a coarser profile. docs/PROFILING.md says how to read it.",
	.epilogue = "exit status: 0 all cells were profiled and verified, 1 some failed,\n"
		    "2 bad usage or input; interrupted: 130 (SIGINT) or 143 (SIGTERM), and the "
		    "record is "
		    "complete",
	.main = profile_main,
};
