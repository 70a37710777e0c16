/* The table of options: see options.h. The order here is that of --help. */
#include "options.h"

#include <string.h>

/* Keys of a selection that stand under "what to measure"; the others are under "how". */
#define LAST_OF_WHAT KEY_OPT

#define SUITE_OF_GATE "suite that defines the cells and their budgets"

#define GRAPH_FILES "folder of graph files (default: $IOWALK_CACHE_DIR, else ~/.cache/iowalk)"

#define PLUGIN                                                                                     \
	"load a plug-in, with engines and stores of its own (docs/PLUGINS.md); may be repeated; "  \
	"those of "                                                                                \
	"$IOWALK_PLUGINS, separated by colons, are loaded too"

/* A key of a selection that a command takes alone, with a help of its own. */
#define KEY_OPTION(key) (enum cli_option)(CLI_SELECTION + (key))

static const struct {
	enum cli_option id;
	const char *name, *argument, *fallback;
	const char *commands; /* names, separated by blanks */
	const char *group, *help;
} options[] = {
	{CLI_SUITE, "suite", "FILE", NULL, "run profile tune", "what to measure",
	 "cells of an INI file, or of a suite by its name (quick, standard, limits, …; see `iowalk "
	 "list suites`); other options replace the suite's keys"},
	{.id = CLI_SELECTION, .commands = "run profile tune", .group = "what to measure"},
	{CLI_PLUGIN, "plugin", "PATH.so", NULL, "run profile tune", "what to measure", PLUGIN},
	{CLI_FILTER, "filter", "REGEX", NULL, "run profile tune", "what to measure",
	 "only cells whose name matches (POSIX extended)"},
	{CLI_EXCLUDE, "exclude", "REGEX", NULL, "run profile tune", "what to measure",
	 "leave out cells whose name matches"},
	{CLI_CLAIM, "claim", "ID", NULL, "run profile", "what to measure",
	 "only the cells that this claim of the suite compares"},
	{CLI_SHARD, "shard", "I/N", NULL, "run profile", "what to measure",
	 "only part I of N of the cells, which `iowalk merge` joins again; cells that are compared "
	 "with "
	 "each other stay together; slurm: the part of this task of a Slurm job array"},
	{CLI_COSTS, "costs", "RUN", NULL, "run profile", "what to measure",
	 "with --shard: an earlier run of the suite, whose times make the parts equally long; the "
	 "same for all parts"},
	{KEY_OPTION(KEY_CACHE), "cache", "cold,warm", NULL, "exec gate", "what to measure",
	 "state of the files in the page cache, verified before each run (default with --files: "
	 "warm)"},
	{KEY_OPTION(KEY_FILES), "files", "GLOB,..", NULL, "exec gate", "what to measure",
	 "the files that are brought into that state; a folder stands for all files below it"},
	{KEY_OPTION(KEY_NAME), "name", "NAME", NULL, "exec gate", "what to measure",
	 "of the command in the record (default: that of the program)"},
	{KEY_OPTION(KEY_STDOUT_HASH), "stdout-hash", NULL, NULL, "exec gate", "what to measure",
	 "each run must print the same as the first: the hash of standard output is compared, "
	 "after the clock has stopped"},
	{KEY_OPTION(KEY_COMMAND_PREPARE), "prepare", "CMD", NULL, "exec", "how",
	 "shell command before each run, not measured; the files are brought into their state "
	 "afterwards"},
	{KEY_OPTION(KEY_PROCESSES), "processes", "N", "6", "exec", "how",
	 "processes of iowalk that start the command, in which it stands at other addresses"},
	{KEY_OPTION(KEY_REPETITIONS), "repetitions", "N", "2", "exec", "how",
	 "timed runs in each of them, after one that is not timed"},
	{KEY_OPTION(KEY_PASSES), "passes", "P,..", "time,count", "exec", "how", "passes to run"},
	{.id = CLI_SELECTION, .commands = "run profile tune", .group = "how"},
	{CLI_COUNTERS, "counters", "C", "auto", "run exec profile", "how",
	 "auto; ptrace: as without perf, system calls by tracing; none: neither"},
	{CLI_PREPARE, "prepare", "CMD", NULL, "run profile tune", "how",
	 "shell command before each sample, untimed; the cell is in $IOWALK_CELL; if it fails, so "
	 "does "
	 "the cell"},
	{CLI_PRECISION, "precision", "PCT", NULL, "run exec", "how",
	 "further processes until the 95 % interval of each cell's median over processes is within "
	 "PCT per cent of it, or the budget is over; cells that did not reach it are marked"},
	{CLI_BUDGET, "budget", "S", NULL, "run exec", "how",
	 "with --precision: seconds after which no further process begins; counts follow (default: "
	 "300)"},
	{CLI_TIMEOUT, "timeout", "S", "600", "run exec profile tune", "how",
	 "seconds without a sign of life after which a process counts as hung; large graphs get "
	 "more"},
	{CLI_OUT, "out", "DIR", "results/runs/<UTC>-<suite>", "run exec profile", "where",
	 "folder of the run"},
	{CLI_RESUME, "resume", "DIR", NULL, "run exec profile", "where",
	 "continue an interrupted run, with its own cells"},
	{CLI_CACHE_DIR, "cache-dir", "DIR", NULL, "run exec profile tune", "where", GRAPH_FILES},
	{CLI_CACHE_LIMIT, "cache-limit", "BYTES", "20G", "run profile tune", "where",
	 "above this size the least recently used graph files are removed; never those in use"},
	{CLI_BUILD_MEMORY, "build-memory", "BYTES", NULL, "run profile tune", "where",
	 "memory for building a graph file and its expected answers; a larger graph is sorted "
	 "through "
	 "temporary files in the cache folder (default: a quarter of what may be used)"},
	{CLI_DRY_RUN, "dry-run", NULL, NULL, "run exec profile tune", "where",
	 "print the cells, why some cannot run, and the bytes of new graph files; measure nothing"},
	{CLI_NO_ROOFLINE, "no-roofline", NULL, NULL, "run profile", "where",
	 "do not measure the device before cold cells"},
	{CLI_NO_PLOTS, "no-plots", NULL, NULL, "run exec profile", "where", "draw no figures"},
	{CLI_JSON, "json", NULL, NULL, "run exec profile", "where", "print the table as JSON"},
	{CLI_FOM, "fom", NULL, NULL, "run merge", "where",
	 "print lines `FOM <cell> <metric> <value> <unit>` and a verdict in place of the table, "
	 "for "
	 "ReFrame, Ramble and scripts"},
	{CLI_BUDGET, "budget", "S", "120", "tune", "how",
	 "seconds for the search, after a first process of each default, which makes the graph "
	 "files"},
	{CLI_OUT, "out", "FILE.ini", "results/tune/<UTC>.ini", "tune", "where",
	 "the profiles; the records FILE.json and FILE.run are written to the same folder"},
	{CLI_AGAINST, "against", "BINARY", NULL, "gate", "what to compare",
	 "iowalk of the baseline"},
	{KEY_OPTION(KEY_COMMAND), "command", "CMD", NULL, "gate", "what to compare",
	 "a program with its arguments, instead of a suite: it is compared with that of "
	 "--against-command, as `iowalk exec` measures them"},
	{KEY_OPTION(KEY_AGAINST), "against-command", "CMD", NULL, "gate", "what to compare",
	 "the program of the baseline"},
	{CLI_CANDIDATE, "candidate", "BINARY", NULL, "gate", "what to compare",
	 "iowalk of the candidate (default: this program)"},
	{CLI_PLUGIN, "plugin", "PATH.so", NULL, "gate", "what to compare", PLUGIN},
	{CLI_AGAINST_PLUGIN, "against-plugin", "PATH.so", NULL, "gate", "what to compare",
	 "plug-in that the baseline loads in place of that of its name; may be repeated; without "
	 "--against both "
	 "sides are this program"},
	{CLI_BASELINE, "baseline", "RUN", NULL, "gate", "what to compare",
	 "a stored run or phase, measured again with this build; may be given several times: "
	 "counts "
	 "are always compared, times only on the same machine and from 3 runs on"},
	{CLI_SUITE, "suite", "FILE", "gate", "gate", "what to compare", SUITE_OF_GATE},
	{CLI_FILTER, "filter", "REGEX", NULL, "gate phase", "what to compare",
	 "only cells whose name matches (POSIX extended)"},
	{CLI_EXCLUDE, "exclude", "REGEX", NULL, "gate phase", "what to compare",
	 "leave out cells whose name matches"},
	{CLI_THRESHOLD, "threshold", "PCT", "2.5", "gate phase", "how",
	 "slowdowns below this percentage pass; with --baseline as in `iowalk compare`, and 10 if "
	 "not "
	 "given"},
	{CLI_BUDGET, "budget", "S", "120", "gate phase", "how",
	 "seconds; the last quarter is for cells that are suspected of a change; cells that are "
	 "still undecided are inconclusive"},
	{CLI_COUNTS_ONLY, "counts-only", NULL, NULL, "gate phase", "how", "measure no times"},
	{CLI_ALLOW_LOST, "allow-lost", NULL, NULL, "gate phase", "how",
	 "cells that only the baseline can measure are no reason for exit status 4"},
	{CLI_KEEP_GOING, "keep-going", NULL, NULL, "gate phase", "how",
	 "measure times even if the counts have decided"},
	{CLI_TIMEOUT, "timeout", "S", "60", "gate phase", "how",
	 "seconds after which a worker counts as hung"},
	{CLI_PREPARE, "prepare", "CMD", NULL, "gate phase", "how",
	 "shell command before each process of each side, untimed; the cell is in $IOWALK_CELL if "
	 "the process measures only one; if it fails, so does the gate"},
	{CLI_SELFTEST, "selftest", NULL, NULL, "gate", "how",
	 "gate this build against itself: unchanged it must pass; with 5 % more time, and with one "
	 "more system call per walk, it must fail; exit status 0 only if all three hold"},
	{CLI_INJECT, "inject", "CELL=PCT[/SHARE]", NULL, "gate", "how",
	 "make the cells of the candidate that match the regular expression CELL slower by PCT per "
	 "cent, "
	 "or only SHARE per cent of their processes"},
	{CLI_INJECT_SYSCALL, "inject-syscall", "CELL", NULL, "gate", "how",
	 "make each walk of the matching cells do one more system call"},
	{CLI_ORDER_SEED, "order-seed", "N", NULL, "gate phase", "how",
	 "seed for the order of the blocks (default: random; it is recorded)"},
	{CLI_OUT, "out", "DIR", "results/gates/<UTC>-<suite>", "gate", "where",
	 "folder of the record"},
	{CLI_RESUME, "resume", "DIR", NULL, "gate", "where", "continue an interrupted gate"},
	{CLI_CACHE_DIR, "cache-dir", "DIR", NULL, "gate phase", "where", GRAPH_FILES},
	{CLI_JUNIT, "junit", "FILE", NULL, "gate phase", "where",
	 "write a test report for CI: JUnit XML"},
	{CLI_MARKDOWN, "markdown", "FILE", NULL, "gate phase", "where",
	 "write Markdown for a job summary ($GITHUB_STEP_SUMMARY)"},
	{CLI_ANNOTATIONS, "annotations", NULL, NULL, "gate", "where",
	 "print GitHub's workflow commands beside the table"},
	{CLI_JSON, "json", NULL, NULL, "gate", "where", "print the result as JSON"},
	{CLI_THRESHOLD, "threshold", "PCT", "10", "compare", NULL,
	 "a slowdown by this percentage must be found: a cell where 90 % of comparisons would not "
	 "find it is inconclusive; changes below half of it are no change"},
	{CLI_COUNTS_ONLY, "counts-only", NULL, NULL, "compare", NULL, "judge counts only"},
	{CLI_ALLOW_LOST, "allow-lost", NULL, NULL, "compare", NULL,
	 "cells that only the baseline has are no reason for exit status 4"},
	{CLI_FORCE, "force", NULL, NULL, "compare", NULL,
	 "compare runs of different machines as well; their times are not judged"},
	{CLI_FORMAT, "format", "FORMAT", "table", "compare", NULL,
	 "table, markdown, junit (XML), github (annotations) or json"},
	{CLI_JSON, "json", NULL, NULL, "compare", NULL, "the same as --format json"},
	{CLI_SUITE, "suite", "FILE", NULL, "phase", "what to keep",
	 "compare: suite of the gate (default: that of the phases)"},
	{CLI_FROM, "from", "RUN", NULL, "phase", "what to keep",
	 "record: folder of the run, or a phase; several runs may follow; compare: folder of a "
	 "gate of "
	 "these two that has ended"},
	{CLI_NOTE, "note", "TEXT", NULL, "phase", "what to keep",
	 "record: a description of the phase"},
	{CLI_REPLACE, "replace", NULL, NULL, "phase", "what to keep",
	 "replace a phase, or comparison, of this name"},
	{CLI_JSON, "json", NULL, NULL, "phase", "what to keep", "list, compare: print JSON"},
	{CLI_OUT, "out", "DIR", NULL, "merge", NULL,
	 "required; folder of the merged run: a new one, or an earlier merge of the same shards"},
	{CLI_PARTIAL, "partial", NULL, NULL, "merge", NULL,
	 "merge although shards are missing or were interrupted, and say which"},
	{CLI_NO_PLOTS, "no-plots", NULL, NULL, "merge", NULL, "draw no figures"},
	{CLI_PHASES, "phases", "A,B,...", NULL, "report", NULL,
	 "phases or runs, the earliest first; the last is compared with the first"},
	{CLI_GATE, "gate", "DIR", NULL, "report", NULL,
	 "folder of a gate (results/gates/<UTC>-<suite>), finished or not"},
	{CLI_OUT, "out", "DIR", NULL, "report", NULL,
	 "folder of the report (default: report/ in the folder of the run or gate; for phases "
	 "results/report)"},
	{CLI_TARGETS, "targets", "FILE", NULL, "report", NULL,
	 "targets to check (default of --phases: results/targets.ini, if there is one)"},
	{CLI_THRESHOLD, "threshold", "PCT", NULL, "report", NULL,
	 "as in `iowalk compare` (default: 10)"},
	{CLI_NO_PLOTS, "no-plots", NULL, NULL, "report", NULL, "no figures that gnuplot draws"},
	{CLI_JSON, "json", NULL, NULL, "report", NULL,
	 "print what the report says as JSON, and write no files"},
	{CLI_FILTER, "filter", "REGEX", NULL, "export", NULL,
	 "only cells whose name matches (POSIX extended)"},
	{CLI_AGAINST, "against", "RUN", NULL, "export", NULL,
	 "with --format flame: an earlier run, with whose profile the colours compare"},
	{CLI_FORMAT, "format", "FORMAT", NULL, "export", NULL,
	 "required; one of the formats below"},
	{CLI_FILE, "file", "F", NULL, "roofline", NULL,
	 "a file of 16 MiB or more, or a block device, which is read and not written (default: a "
	 "test file of 512 MiB in DIR, removed at the end)"},
	{CLI_CACHE_DIR, "cache-dir", "DIR", NULL, "roofline", NULL,
	 "folder that holds the cached result (default: $IOWALK_CACHE_DIR, else ~/.cache/iowalk)"},
	{CLI_SECONDS, "seconds", "S", "6", "roofline", NULL, "time that the measurement takes"},
	{CLI_FRESH, "fresh", NULL, NULL, "roofline", NULL,
	 "measure even if a result of the last hour is cached"},
	{CLI_OPT, "opt", "ENGINE.KEY=VALUE", NULL, "conform", NULL,
	 "options of engines and (LAYOUT.KEY=VALUE) layouts, separated by commas; may be given "
	 "several times. What has one is tested only with these"},
	{CLI_SEED, "seed", "N", "1", "conform", NULL, "seed of the histories"},
	{CLI_HISTORY, "history", "OPERATIONS", NULL, "conform", NULL,
	 "play this history and no other, such as resize:9000,write:4090+20/1,read:4090+20"},
	{CLI_FAULT, "fault", "CALL:N=ERROR", NULL, "conform", NULL,
	 "with --history: the N-th system call of this name fails, such as fdatasync:1=EIO; EIO+: "
	 "and each after it; short: it transfers half"},
	{CLI_ONLY, "only", "GROUP", NULL, "conform", NULL,
	 "test only this: model (histories beside an array), faults (system calls that fail), "
	 "damage (layouts, of files that were damaged), power "
	 "(layouts, after the power has failed), claims (what the engine says of itself)"},
	{CLI_LAYOUT, "layout", "STORE", NULL, "verify", NULL,
	 "the store that the files are of, one with its own I/O (default: a layout of iowalk, "
	 "which its "
	 "file names)"},
	{CLI_LAYOUT, "layout", "LAYOUT", NULL, "conform", NULL,
	 "test only this layout: model and faults with each option of it or of the engine, and "
	 "power; --history is then one of a graph, such as load:3,sync,edge:0+1"},
	{CLI_EXHAUSTIVE, "exhaustive", NULL, NULL, "conform", NULL,
	 "with --only model: all histories of at most 3 operations, instead of random ones; with "
	 "--only power: first all of those; with the defaults of each engine"},
	{CLI_BUDGET, "budget", "S", "20", "conform", NULL,
	 "seconds after which no further history begins; each engine gets at least one"},
	{CLI_FORMAT, "format", "FORMAT", "text", "conform", NULL, "text, tap or junit (XML)"},
	{CLI_CACHE_DIR, "cache-dir", "DIR", NULL, "conform", NULL,
	 "folder on whose file system the engines are tested (default: $IOWALK_CACHE_DIR, else "
	 "~/.cache/iowalk)"},
	{CLI_SUITE, "suite", "FILE", "gate", "calibrate", NULL, SUITE_OF_GATE},
	{CLI_OUT, "out", "DIR", "results/calibration/gate", "calibrate", NULL,
	 "folder of the record"},
	{CLI_CACHE_DIR, "cache-dir", "DIR", NULL, "calibrate", NULL, GRAPH_FILES},
	{CLI_COUNT, "count", "KIND=N,..", NULL, "calibrate", NULL,
	 "gates of each kind, and none of the others (defaults: alike 200, slower-2.5, slower-10, "
	 "syscall "
	 "and layout 20, slower-3, slower-5, half-10, quarter-30 and stalls 40)"},
	{CLI_TOGETHER, "together", NULL, NULL, "calibrate", NULL,
	 "a gate that has a slowdown gets one of every kind that is still wanted, each in another "
	 "cell: fewer gates, and each has more to find"},
	{CLI_LAYOUT_BINARY, "layout", "BINARY", NULL, "calibrate", NULL,
	 "this source, built with its functions in another order; without it the kind layout is "
	 "left out"},
	{CLI_HOURS, "hours", "H", NULL, "calibrate", NULL, "start no gate after this many hours"},
	{CLI_THRESHOLD, "threshold", "PCT", "2.5", "calibrate", NULL,
	 "threshold of the gates, in per cent"},
	{CLI_BUDGET, "budget", "S", "120", "calibrate", NULL, "seconds for each gate"},
	{CLI_RESAMPLES, "resamples", "N", "10000", "calibrate", NULL,
	 "gates resampled from the recorded blocks"},
	{CLI_REPORT, "report", NULL, NULL, "calibrate", NULL,
	 "run no gates; print the figures of the existing record"},
	{CLI_FIX, "fix", NULL, NULL, "doctor", NULL,
	 "set what the kernel lets be set and restored (governor, turbo, DAMON's reclaim), run CMD "
	 "or wait for a signal, and restore; needs root"},
	{CLI_NO_SMT, "no-smt", NULL, NULL, "doctor", NULL,
	 "with --fix: switch off the second threads of the cores, too"},
	{CLI_RESTORE, "restore", NULL, NULL, "doctor", NULL,
	 "restore settings of a --fix that was killed together with its restoring process"},
	{CLI_CACHE_DIR, "cache-dir", "DIR", NULL, "doctor", NULL,
	 "folder of graph files, whose file system and device are checked (default: "
	 "$IOWALK_CACHE_DIR, else ~/.cache/iowalk)"},
	{CLI_PLUGIN, "plugin", "PATH.so", NULL, "list verify conform calibrate", NULL, PLUGIN},
	{CLI_JSON, "json", NULL, NULL, "list verify doctor roofline tune", NULL, "print JSON"},
	{CLI_COLOR, "color", "WHEN", "auto", "run profile tune merge gate compare doctor roofline",
	 NULL, "auto, always or never"},
};

static bool is_of(const char *commands, const char *command)
{
	size_t len = strlen(command);

	for (const char *at = commands; (at = strstr(at, command)) != NULL; at += len) {
		if ((at == commands || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	}
	return false;
}

/* The keys of one of the two groups: [*first, *end). */
static void selection_range(const char *group, enum selection_key *first, enum selection_key *end)
{
	bool what = strcmp(group, "how") != 0;

	*first = what ? 0 : LAST_OF_WHAT + 1;
	*end = what ? LAST_OF_WHAT + 1 : SELECTION_KEYS_COUNT;
}

static void option_of_key(enum selection_key key, const char *group, struct option_info *out)
{
	const struct selection_key_info *info = &selection_keys[key];

	*out = (struct option_info){.id = (enum cli_option)(CLI_SELECTION + key),
				    .argument = info->argument,
				    .fallback = info->fallback,
				    .help = info->help,
				    .group = group};
	for (size_t i = 0; info->name[i] && i + 1 < sizeof(out->name); i++)
		out->name[i] = info->name[i] == '_' ? '-' : info->name[i];
}

bool option_of_command(const char *command, size_t i, struct option_info *out)
{
	for (size_t row = 0; row < sizeof(options) / sizeof(options[0]); row++) {
		if (!is_of(options[row].commands, command))
			continue;
		if (options[row].id == CLI_SELECTION) {
			enum selection_key first, end;

			selection_range(options[row].group, &first, &end);
			for (enum selection_key key = first; key < end; key++) {
				if (!selection_key_is_option(key))
					continue;
				if (i-- == 0) {
					option_of_key(key, options[row].group, out);
					return true;
				}
			}
			continue;
		}
		if (i-- > 0)
			continue;
		*out = (struct option_info){.id = options[row].id,
					    .argument = options[row].argument,
					    .fallback = options[row].fallback,
					    .help = options[row].help,
					    .group = options[row].group};
		strncpy(out->name, options[row].name, sizeof(out->name) - 1);
		return true;
	}
	return false;
}
