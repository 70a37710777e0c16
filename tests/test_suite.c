/*
 * Suites: the shipped ones give unique cells; errors in a suite are reported with its file and
 * line; and keys of the command line override those of the suite.
 */
#include "support/plans.h"

#include <dirent.h>
#include <unistd.h>

static char folder[256], path[300];

static int setup(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(folder, sizeof(folder), "%s/iowalk-test.XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/own.ini", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static int read_suite(struct plan *plan, const char *text, const char *overrides, struct why *why)
{
	struct selection selection = {0};
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	plan_init(plan);
	if (overrides)
		selection_fill(&selection, overrides);
	int err = plan_add_suite(plan, path, overrides ? &selection : NULL, why);
	selection_release(&selection);
	return err;
}

static void must_read(struct plan *plan, const char *text, const char *overrides)
{
	struct why why = {""};

	if (read_suite(plan, text, overrides, &why) != 0)
		fail_msg("%s", why.text);
}

static void test_parts(void **state)
{
	struct plan plan;

	(void)state;
	must_read(
		&plan,
		"# a comment\n[suite]\nsummary = what it is for\n\n[cells one]\n"
		"workload = bfs ; another\ngraph = chain\nnodes = 10\nlayout=csr\r\n"
		"engine = mmap\n\n[cells two]\ngraph = star,chain\nnodes = 10\nlayout = csr\n"
		"engine = mmap,buffered\nopt = buffered.windows=2\nopt = buffered.policy=adaptive\n"
		"[limit a]\ncell = bfs/.*\nover = x\nmetric = real_time_ns\nat_most = 2.5\n"
		"[limit b]\ncell = x|y | z\ncell = w\n",
		NULL);
	assert_string_equal(plan.suite, "own");
	assert_string_equal(plan.summary, "what it is for");
	assert_int_equal(plan.cells_count, 4);
	assert_string_equal(plan.cells[0].name, "bfs/chain/csr/mmap/warm/nodes:10");
	assert_string_equal(plan.cells[1].name, "bfs/star/csr/mmap/warm/nodes:10");
	assert_string_equal(plan.cells[2].name, "bfs/star/csr/buffered/warm/nodes:10/"
						"buffered.policy:adaptive/buffered.windows:2");
	assert_int_equal(json_array_size(plan.limits), 2);
	json_t *limit = json_array_get(plan.limits, 0);
	assert_string_equal(json_string_value(json_object_get(limit, "cell")), "bfs/.*");
	assert_true(json_real_value(json_object_get(limit, "at_most")) > 2.4);
	assert_null(json_object_get(limit, "or"));
	limit = json_array_get(plan.limits, 1);
	json_t *others = json_object_get(limit, "or");
	assert_string_equal(json_string_value(json_object_get(limit, "cell")), "x|y");
	assert_int_equal(json_array_size(others), 2);
	assert_string_equal(json_string_value(json_array_get(others, 0)), "z");
	assert_string_equal(json_string_value(json_array_get(others, 1)), "w");
	plan_release(&plan);

	/* A section without keys has all defaults; it is not empty. */
	must_read(&plan, "[cells plain]\n", NULL);
	assert_true(plan.cells_count > 1);
	plan_release(&plan);
}

static void test_overrides(void **state)
{
	static const char text[] = "[cells one]\ngraph = chain\nnodes = 10,20\nengine = mmap\n"
				   "opt = bfs.window=8\n[cells two]\ngraph = star\nnodes = 10\n"
				   "engine = pread\nopt = bfs.order=sorted\n";
	struct plan plan;

	(void)state;
	must_read(&plan, text, NULL);
	assert_int_equal(plan.cells_count, 3);
	plan_release(&plan);
	must_read(&plan, text, "nodes=5;layout=csr;repetitions=2");
	assert_int_equal(plan.cells_count, 2);
	assert_string_equal(plan.cells[0].name, "bfs/chain/csr/mmap/warm/nodes:5/bfs.window:8");
	assert_string_equal(plan.cells[1].name, "bfs/star/csr/pread/warm/nodes:5/bfs.order:sorted");
	assert_int_equal(plan.cells[0].repetitions, 2);
	plan_release(&plan);
	/* The list is replaced, not extended. */
	must_read(&plan, text, "opt=bfs.window=3;nodes=5");
	assert_string_equal(plan.cells[0].name, "bfs/chain/slotted/mmap/warm/nodes:5/bfs.window:3");
	assert_string_equal(plan.cells[1].name, "bfs/star/slotted/pread/warm/nodes:5/bfs.window:3");
	plan_release(&plan);
	/* The selections in the record make the same plan, overrides included. */
	must_read(&plan, text, "nodes=5");
	assert_int_equal(json_array_size(plan.selections), 2);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(plan.selections, 0), "nodes")),
		"5");
	plan_release(&plan);
}

static void test_bad(void **state)
{
	static const struct {
		const char *text;
		int line; /* 0: the file as a whole */
		const char *word;
	} all[] = {
		{"[cells a]\nengines = mmap\n", 2, "unknown key 'engines'"},
		{"[cells a]\nnodes = 5\n\n# x\nworkloads = bfs\n", 5, "valid: workload, graph"},
		{"[cells a]\nnodes = 5\n[cellz b]\nnodes = 6\n", 3, "unknown section [cellz b]"},
		{"[nothing]\n", 1, "valid: [suite], [cells NAME], [command NAME], [limit NAME]"},
		{"[cells]\nnodes = 5\n", 1, "unknown section [cells]"},
		{"[cells a]\nthreshold = 0\n", 0, "threshold '0': not a per cent above 0"},
		{"[cells a]\nthreshold = nan\n", 0, "threshold 'nan': not a per cent above 0"},
		{"[suite]\nsummry = x\n", 2, "unknown key 'summry'"},
		{"nodes = 5\n", 1, "unknown key 'nodes'"},
		{"[limit a]\ncells = x\n", 2, "unknown key 'cells'"},
		{"[limit a]\ncell = x |  | y\n", 2, "cell: a name is missing"},
		{"[limit a]\ncell = x |\n", 2, "cell: a name is missing"},
		{"[limit a]\ncell = x\nat_most = two\n", 3, "at_most 'two'"},
		{"[limit a]\nat_most = -1\n", 2, "at_most '-1'"},
		{"[cells a]\nnodes = 5\nnonsense\n", 3, ""},
		{"[cells a]\nnodes = 5\n[cells b\nnodes = 6\n", 3, ""},
		{"[cells a]\nnodes = 5\nnodes = 6\n", 3, "'nodes' is given twice"},
		/* libinih reports the second line as the same key again. */
		{"[cells a]\nengine = mmap,\n  pread\n", 3, "given twice"},
		/*
		 * Values are checked at the end of the section, so the line is that of its
		 * beginning.
		 */
		{"\n[cells a]\nnodes = 5\nengine = mmep\n[cells b]\nnodes = 6\n", 2,
		 "unknown engine 'mmep'"},
		{"[cells a]\nnodes = 5\n\n[cells b]\nnodes = -6\n", 4, "nodes '-6'"},
		{"[cells a]\nopt = mmap.x=1\n", 1, "mmap has no option 'x'"},
		{"[suite]\nsummary = only\n", 0, "no [cells NAME]"},
		{"", 0, "no [cells NAME] and no [command NAME] section"},
		{"[command a]\nfiles = x\n", 1, "[command a] has no `command`"},
		{"[command a]\ncommand = true\nnodes = 5\n", 1, "a command has no 'nodes'"},
		{"[command a]\ncommand = true\nname = b\n", 3, "'name' is given twice"},
		{"[command a]\ncommand = cat x | wc\n", 1, "'|' has a meaning only to a shell"},
		{"[command a]\ncommand = true\ncache = cold\n", 1, "needs `files`"},
		{"[command a b]\ncommand = true\n", 1, "name 'a b'"},
		{"[cells a]\nfiles = x\n", 1, "'files' is only for commands"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct why why = {""};
		struct plan plan;
		char line[32];
		int err = read_suite(&plan, all[i].text, NULL, &why);

		snprintf(line, sizeof(line), "own.ini', line %d: ", all[i].line);
		if (err != -EINVAL || !strstr(why.text, all[i].word) ||
		    !strstr(why.text, all[i].line ? line : "own.ini'"))
			fail_msg("'%s': %d '%s' where line %d, '%s' is expected", all[i].text, err,
				 why.text, all[i].line, all[i].word);
		plan_release(&plan);
	}
}

static void test_commands(void **state)
{
	static const char text[] = "[command old]\ncommand = ./a 'b c' d\\ e\ncache = cold, warm\n"
				   "files = /x/*,/y\nstdout_hash = 1\n"
				   "[command new]\ncommand = ./b\n[cells c]\nnodes = 5\n";
	struct why why = {""};
	struct plan plan;

	(void)state;
	assert_int_equal(read_suite(&plan, text, NULL, &why), 0);
	assert_string_equal(plan.cells[0].name, "command/old/cold");
	assert_string_equal(plan.cells[1].name, "command/old/warm");
	assert_string_equal(plan.cells[2].name, "command/new/any");
	assert_string_equal(plan.cells[0].command->argv[1], "b c");
	assert_string_equal(plan.cells[0].command->argv[2], "d e");
	assert_null(plan.cells[0].command->argv[3]);
	assert_true(plan.cells[0].cold && plan.cells[0].command->hash_stdout);
	assert_true(!plan.cells[2].cold && !plan.cells[2].command->hash_stdout);
	for (size_t i = 0; i < 3; i++) { /* what a worker is asked for is the same cell */
		struct selection selection = {0};
		struct plan again;
		json_t *json = cell_selection(&plan.cells[i]), *value;
		const char *key;

		plan_init(&again);
		json_object_foreach(json, key, value) assert_int_equal(
			selection_set(&selection, key, json_string_value(value), &why), 0);
		assert_int_equal(plan_add(&again, &selection, &why), 0);
		assert_int_equal(again.cells_count, 1);
		assert_string_equal(again.cells[0].name, plan.cells[i].name);
		assert_string_equal(again.cells[0].command->text, plan.cells[i].command->text);
		selection_release(&selection);
		json_decref(json);
		plan_release(&again);
	}
	plan_release(&plan);
	/* A key that only graphs have is for the other sections. */
	assert_int_equal(read_suite(&plan, text, "processes=3;nodes=7", &why), 0);
	assert_int_equal(plan.cells[2].processes, 3);
	assert_int_equal(plan.cells[plan.cells_count - 1].params.nodes_count, 7);
	plan_release(&plan);
	assert_int_equal(read_suite(&plan, "[command a]\ncommand = true\n", "nodes=7", &why),
			 -EINVAL);
	assert_non_null(strstr(why.text, "'nodes' is for none"));
	plan_release(&plan);
}

static void test_long_lines(void **state)
{
	char text[5000] = "[cells a]\nnodes = 5\nopt = ";
	struct why why = {""};
	struct plan plan;

	(void)state;
	while (strlen(text) < 4000)
		strcat(text, "bfs.window=7,");
	strcat(text, "\n");
	assert_int_equal(read_suite(&plan, text, NULL, &why), -EINVAL);
	assert_non_null(strstr(why.text, "line 3: "));
	plan_release(&plan);
}

static void test_missing(void **state)
{
	struct why why = {""};
	struct plan plan;

	(void)state;
	plan_init(&plan);
	assert_int_equal(plan_add_suite(&plan, "/nowhere/x.ini", NULL, &why), -ENOENT);
	assert_string_equal(why.text, "cannot open '/nowhere/x.ini': No such file or directory");
	assert_true(plan_add_suite(&plan, folder, NULL, &why) < 0);
	plan_release(&plan);
}

static void assert_cell_known(const struct plan *plan, const json_t *name)
{
	bool known = !name;

	for (size_t c = 0; !known && c < plan->cells_count; c++)
		known = strcmp(plan->cells[c].name, json_string_value(name)) == 0;
	if (!known)
		fail_msg("no cell '%s'", json_string_value(name));
}

/* Limits and claims name existing cells only. */
static void assert_cells_known(const struct plan *plan, const json_t *limits)
{
	const json_t *limit, *other;
	size_t i, k;

	json_array_foreach(limits, i, limit)
	{
		assert_cell_known(plan, json_object_get(limit, "cell"));
		assert_cell_known(plan, json_object_get(limit, "over"));
		json_array_foreach(json_object_get(limit, "or"), k, other)
			assert_cell_known(plan, other);
	}
}

static void test_shipped(void **state)
{
	static const char where[] = "workloads/suites";
	DIR *suites = opendir(where);
	struct dirent *entry;
	unsigned count = 0;

	(void)state;
	if (!suites) {
		print_message("skipped: no %s from here\n", where);
		skip();
	}
	while ((entry = readdir(suites)) != NULL) {
		struct why why = {""};
		struct plan plan;
		char name[512];

		if (!strstr(entry->d_name, ".ini"))
			continue;
		snprintf(name, sizeof(name), "%s/%s", where, entry->d_name);
		plan_init(&plan);
		if (plan_add_suite(&plan, name, NULL, &why) != 0)
			fail_msg("%s", why.text);
		assert_true(plan.cells_count > 0);
		assert_true(plan.summary && *plan.summary);
		assert_unique(&plan);
		assert_cells_known(&plan, plan.limits);
		assert_cells_known(&plan, plan.claims);
		size_t runnable = 0;
		for (size_t i = 0; i < plan.cells_count; i++)
			runnable += !plan.cells[i].skipped;
		assert_true(runnable > 0);
		plan_release(&plan);
		count++;
	}
	closedir(suites);
	assert_true(count > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),    cmocka_unit_test(test_overrides),
		cmocka_unit_test(test_bad),      cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_commands), cmocka_unit_test(test_missing),
		cmocka_unit_test(test_shipped),
	};

	return cmocka_run_group_tests_name("suites", tests, setup, teardown);
}
