/*
 * From selections to cells: names, options, duplicates, invalid words and numbers, filters; and the
 * selections in a run's record make the same plan again.
 */
#include "support/plans.h"

static void test_names(void **state)
{
	static const struct {
		const char *text, *name;
	} all[] = {
		{"workload=bfs;graph=chain;layout=slotted;engine=mmap;nodes=1000",
		 "bfs/chain/slotted/mmap/warm/nodes:1000"},
		{"workload=bfs;graph=chain;layout=csr;engine=pread;nodes=7;cache=cold",
		 "bfs/chain/csr/pread/cold/nodes:7"},
		{"graph=random;layout=csr;engine=mmap;nodes=100;degree=8",
		 "bfs/random/csr/mmap/warm/nodes:100/degree:8"},
		{"graph=random;layout=csr;engine=mmap;nodes=100;degree=2",
		 "bfs/random/csr/mmap/warm/nodes:100"},
		/* A chain has neither degree nor seed, so they do not change its cell. */
		{"graph=chain;layout=csr;engine=mmap;nodes=100;degree=8;seed=5",
		 "bfs/chain/csr/mmap/warm/nodes:100"},
		{"graph=random;layout=csr;engine=mmap;nodes=0x10;degree=3;seed=5",
		 "bfs/random/csr/mmap/warm/nodes:16/degree:3/seed:5"},
		{"graph=random;layout=csr;engine=mmap;nodes=10;seed=18446744073709551615",
		 "bfs/random/csr/mmap/warm/nodes:10/seed:18446744073709551615"},
		{"graph=chain;layout=csr;engine=mmap;nodes=100;root=0",
		 "bfs/chain/csr/mmap/warm/nodes:100/root:0"},
		{"graph=chain;layout=csr;engine=mmap;nodes=100;undirected=1",
		 "bfs/chain/csr/mmap/warm/nodes:100"},
		{"graph=file:/some/where/g.txt;layout=csr;engine=mmap;undirected=yes;nodes=1,2",
		 "bfs/file:g.txt/csr/mmap/warm/undirected:1"},
		{"graph=file:g.txt;layout=csr;engine=mmap;root=7",
		 "bfs/file:g.txt/csr/mmap/warm/root:7"},
		{"graph=chain;layout=csr;engine=mmap;nodes=10;opt=bfs.window=1",
		 "bfs/chain/csr/mmap/warm/nodes:10/bfs.window:1"},
		{"graph=random;layout=csr;engine=buffered;nodes=10;degree=9;"
		 "opt=buffered.windows=2,buffered.policy=adaptive,bfs.order=sorted",
		 "bfs/random/csr/buffered/warm/nodes:10/bfs.order:sorted/"
		 "buffered.policy:adaptive/buffered.windows:2/degree:9"},
		{"graph=chain;layout=csr;engine=mmap;nodes=10;memory_limit=192M",
		 "bfs/chain/csr/mmap/warm/nodes:10/memory_limit:192M"},
		/* An option with its default value is not in the name. */
		{"graph=chain;layout=csr;engine=buffered;nodes=10;opt=buffered.policy=fixed",
		 "bfs/chain/csr/buffered/warm/nodes:10"},
		/* Engine null and layout none, which have no data, imply each other. */
		{"graph=chain;layout=csr;engine=null;nodes=10",
		 "bfs/chain/none/null/warm/nodes:10"},
		{"graph=chain;layout=none;engine=mmap;nodes=10",
		 "bfs/chain/none/null/warm/nodes:10"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct plan plan;

		plan_must(&plan, all[i].text);
		assert_int_equal(plan.cells_count, 1);
		assert_string_equal(plan.cells[0].name, all[i].name);
		assert_null(plan.cells[0].skipped);
		json_t *json = cell_json(&plan.cells[0]);
		assert_string_equal(json_string_value(json_object_get(json, "name")), all[i].name);
		json_decref(json);
		plan_release(&plan);
	}
}

static void test_values(void **state)
{
	struct plan plan;
	const struct cell *cell;

	(void)state;
	plan_must(&plan, "workload=lookup;graph=random;layout=slotted;engine=buffered;nodes=5;"
			 "degree=3;seed=9;root=2;cache=cold;repetitions=7;min_time=0.5;"
			 "iterations=3;passes=count, time;interleave=on;"
			 "opt=buffered.window_bytes=8K,lookup.queries=11");
	cell = &plan.cells[0];
	assert_string_equal(cell->workload->name, "lookup");
	assert_string_equal(cell->graph->name, "random");
	assert_string_equal(cell->layout->name, "slotted");
	assert_string_equal(cell->engine->name, "buffered");
	assert_true(cell->cold && cell->interleave && cell->params.has_root);
	assert_int_equal(cell->params.nodes_count, 5);
	assert_int_equal(cell->params.degree, 3);
	assert_int_equal(cell->params.seed, 9);
	assert_int_equal(cell->params.root, 2);
	assert_int_equal(cell->repetitions, 7);
	assert_true(cell->min_time_s > 0.49 && cell->min_time_s < 0.51);
	assert_int_equal(cell->iterations, 3);
	assert_int_equal(cell->passes, 1u << PASS_COUNT | 1u << PASS_TIME);
	assert_non_null(strstr(cell->name, "buffered.window_bytes:8"));
	assert_non_null(strstr(cell->name, "lookup.queries:11"));
	int k = option_find(cell->engine->options, cell->engine->options_count, "window_bytes", 12);
	assert_int_equal(cell->engine_options[k], 8192);
	plan_release(&plan);

	/* Graphs without a separate seed get the seed of the plan. */
	struct selection selection = {0};
	plan_init(&plan);
	plan.seed = 77;
	selection_fill(&selection, "graph=random;nodes=5;engine=mmap");
	assert_int_equal(plan_add(&plan, &selection, NULL), 0);
	assert_int_equal(plan.cells[0].params.seed, 77);
	selection_release(&selection);
	plan_release(&plan);
}

static void test_products(void **state)
{
	struct plan plan;

	(void)state;
	plan_must(&plan,
		  "workload=bfs,lookup;graph=chain,star,random;nodes=10,20;layout=slotted,csr;"
		  "engine=pread,mmap,buffered;cache=warm,cold");
	assert_int_equal(plan.cells_count, 2 * 3 * 2 * 2 * 3 * 2);
	assert_unique(&plan);
	plan_release(&plan);

	/* Lists may have blanks, empty entries and repeated words. */
	plan_must(&plan, "graph= chain ,,chain,;nodes=10, 20,0x0a,10;layout=csr;engine=mmap,mmap");
	assert_int_equal(plan.cells_count, 2);
	assert_string_equal(plan.cells[1].name, "bfs/chain/csr/mmap/warm/nodes:20");
	plan_release(&plan);

	/* A star ignores degree and seed; engine null gives the same cell for any layout. */
	plan_must(&plan, "graph=chain;nodes=10;layout=csr,slotted,none;engine=null");
	assert_int_equal(plan.cells_count, 1);
	plan_release(&plan);

	/* A leading zero does not make it octal. */
	plan_must(&plan, "graph=chain;nodes=010,10;engine=mmap");
	assert_int_equal(plan.cells_count, 1);
	assert_int_equal(plan.cells[0].params.nodes_count, 10);
	plan_release(&plan);

	/* An empty selection gives a plan, too. */
	plan_must(&plan, "");
	assert_true(plan.cells_count > 1);
	assert_unique(&plan);
	plan_release(&plan);
}

static void test_second_selection(void **state)
{
	struct selection selection = {0};
	struct plan plan;

	(void)state;
	plan_must(&plan, "graph=chain;nodes=10;layout=csr;engine=mmap;repetitions=3");
	selection_fill(&selection, "graph=chain;nodes=10,11;layout=csr;engine=mmap;repetitions=9");
	assert_int_equal(plan_add(&plan, &selection, NULL), 0);
	selection_release(&selection);
	/* An existing cell is not changed. */
	assert_int_equal(plan.cells_count, 2);
	assert_int_equal(plan.cells[0].repetitions, 3);
	assert_int_equal(plan.cells[1].repetitions, 9);
	assert_int_equal(plan.cells[0].section, 0);
	assert_int_equal(plan.cells[1].section, 1);
	plan_release(&plan);
}

static void test_skipped(void **state)
{
	static const char *const texts[] = {
		"engine=memory;cache=cold;graph=chain",   /* its data is in memory */
		"engine=null;cache=cold;graph=chain",     /* it has no file */
		"engine=null;graph=star",                 /* it supports chains only */
		"workload=create;engine=mmap;cache=cold", /* a new file is not cold */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct plan plan;

		plan_must(&plan, texts[i]);
		for (size_t k = 0; k < plan.cells_count; k++) {
			assert_true(plan.cells[k].skipped && *plan.cells[k].skipped);
			json_t *json = cell_json(&plan.cells[k]);
			assert_true(json_is_string(json_object_get(json, "skipped")));
			json_decref(json);
		}
		plan_release(&plan);
	}
}

static void test_unknown_words(void **state)
{
	struct plan plan;

	(void)state;
	for (enum table table = 0; table < TABLES_COUNT; table++) {
		static const char *const keys[] = {"engine", "layout", "graph", "workload"};
		char text[64];
		struct why why;

		snprintf(text, sizeof(text), "%s=chains", keys[table]);
		why = plan_refused(text, "'chains'");
		assert_non_null(strstr(why.text, keys[table]));
		for (size_t i = 0; i < table_count(table); i++)
			assert_non_null(strstr(why.text, table_entry(table, i).name));
		/* Also after valid words, and for a prefix of a name. */
		snprintf(text, sizeof(text), "%s=%s,%.2s", keys[table], table_entry(table, 0).name,
			 table_entry(table, 0).name);
		if (table != TABLE_GRAPHS || strcmp(table_entry(table, 0).name, "file") != 0)
			plan_refused(text, "valid: ");
	}
	plan_refused("cache=hot", "valid: cold, warm");
	plan_refused("passes=time,counts", "valid: time, latency, count");
	plan_refused("interleave=maybe", "interleave");
	plan_refused("undirected=2", "undirected");
	plan_refused("graph=", "graph: empty");
	plan_refused("engine=,", "engine: empty");
	plan_refused("graph=file", "file:PATH");
	plan_refused("graph=file:", "file:PATH");
	plan_refused("graph=chain:x", "takes no path");
	plan_refused("graph=file:a/g.txt,file:b/g.txt", "one name");

	struct selection selection = {0};
	struct why why = {""};
	assert_int_equal(selection_set(&selection, "engines", "mmap", &why), -EINVAL);
	assert_non_null(strstr(why.text, "'engines'"));
	for (size_t i = 0; i < KEY_COMMAND; i++) /* those after it are only for commands */
		assert_non_null(strstr(why.text, selection_keys[i].name));
	/* The same file twice is one cell. */
	plan_must(&plan, "graph=file:a/g.txt,file:a/g.txt;engine=mmap");
	assert_int_equal(plan.cells_count, 1);
	plan_release(&plan);
}

/* Of processes and samples; a cold sample takes long, so there are fewer unless a number is given. */
static void test_numbers_of_samples(void **state)
{
	struct plan plan;

	(void)state;
	plan_must(&plan, "graph=chain;nodes=10;engine=mmap;cache=warm,cold");
	assert_int_equal(plan.cells_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(plan.cells[i].processes, 6);
		assert_int_equal(plan.cells[i].repetitions, plan.cells[i].cold ? 2 : 10);
	}
	plan_release(&plan);
	plan_must(&plan,
		  "graph=chain;nodes=10;engine=mmap;cache=warm,cold;repetitions=7;processes=3");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(plan.cells[i].processes, 3);
		assert_int_equal(plan.cells[i].repetitions, 7);
	}
	plan_release(&plan);
}

static void test_bad_numbers(void **state)
{
	static const char *const keys[] = {"nodes",       "degree",     "root", "processes",
					   "repetitions", "iterations", "seed"};
	static const char *const bad[] = {
		"-1", "+1", "x", "1x", "1.5", "1e3", "0x", "1 2", "18446744073709551616"};

	(void)state;
	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			char text[64];

			snprintf(text, sizeof(text), "%s=%s", keys[k], bad[i]);
			plan_refused(text, keys[k]);
		}
	}
	plan_refused("nodes=0", "from 1 to");
	plan_refused("nodes=10,0", "'0'");
	plan_refused("nodes=72057594037927937", "72057594037927936");
	plan_refused("degree=0", "from 1 to 1000000");
	plan_refused("degree=1000001", "from 1 to 1000000");
	plan_refused("processes=0", "from 1 to 1000");
	plan_refused("processes=1001", "from 1 to 1000");
	plan_refused("repetitions=0", "from 1 to 100000");
	plan_refused("repetitions=100001", "from 1 to 100000");
	plan_refused("iterations=0", "from 1 to");
	plan_refused("min_time=", "seconds");
	plan_refused("min_time=-0.1", "seconds");
	plan_refused("min_time=nan", "seconds");
	plan_refused("min_time=inf", "seconds");
	plan_refused("min_time=3601", "seconds");
	plan_refused("min_time=1s", "seconds");
}

static void test_bad_options(void **state)
{
	struct plan plan;

	(void)state;
	plan_refused("engine=mmap;opt=window=1", "owner.key=value");
	plan_refused("engine=mmap;opt=bfs.window", "owner.key=value");
	plan_refused("engine=mmap;opt=window=bfs.1", "owner.key=value");
	plan_refused("engine=mmap;opt=bfs.windows=1", "no option 'windows'");
	plan_refused("engine=mmap;opt=bfs.window=0", "1 to 1024");
	plan_refused("engine=mmap;opt=bfs.window=1025", "1 to 1024");
	plan_refused("engine=mmap;opt=bfs.order=up", "found, sorted");
	plan_refused("engine=mmap;opt=buffered.windows=2", "for none of the cells");
	plan_refused("engine=mmap;opt=bf.window=2", "for none of the cells");
	plan_refused("engine=mmap;opt=bfsx.window=2", "for none of the cells");
	/* The owner must be in some of the cells only. */
	plan_must(&plan, "engine=mmap,buffered;graph=chain;nodes=9;opt=buffered.windows=2");
	assert_int_equal(plan.cells_count, 2);
	assert_null(strstr(plan.cells[0].name, "windows"));
	assert_non_null(strstr(plan.cells[1].name, "buffered.windows:2"));
	plan_release(&plan);
}

static void test_filter(void **state)
{
	struct plan plan;
	struct why why = {""};

	(void)state;
	plan_must(&plan, "graph=chain,star;nodes=10,100;layout=csr,slotted;engine=mmap,pread");
	assert_int_equal(plan.cells_count, 16);
	assert_int_equal(plan_filter(&plan, "(chain", &why), -EINVAL);
	assert_non_null(strstr(why.text, "(chain"));
	assert_int_equal(plan.cells_count, 16);
	assert_int_equal(plan_filter(&plan, "chain/(csr|slotted)/mmap/.*nodes:10$", &why), 2);
	assert_int_equal(plan.cells_count, 2);
	assert_string_equal(plan.cells[0].name, "bfs/chain/csr/mmap/warm/nodes:10");
	assert_string_equal(plan.cells[1].name, "bfs/chain/slotted/mmap/warm/nodes:10");
	assert_int_equal(plan_filter(&plan, "", &why), 2);
	assert_int_equal(plan_filter(&plan, "nothing", &why), 0);
	assert_int_equal(plan.cells_count, 0);
	plan_release(&plan);
}

/* As --resume does it: through the text of run.json. */
static void test_recorded_selections(void **state)
{
	static const char *const texts[] = {
		"workload=bfs,lookup;graph=random;nodes=10,20;degree=5;seed=18446744073709551615",
		"graph=chain;engine=buffered,mmap;opt=buffered.windows=2,bfs.window=8;root=3",
		"graph=file:x/y z.txt;engine=mmap;undirected=1;repetitions=3;min_time=0.25",
		"passes=count;iterations=4;interleave=1;cache=cold,warm;layout=csr;graph=star",
	};
	struct plan plan, again;
	struct selection selection = {0};
	size_t i;
	json_t *given, *value;
	const char *key;

	(void)state;
	plan_init(&plan);
	plan.seed = 4;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		selection_fill(&selection, texts[i]);
		assert_int_equal(plan_add(&plan, &selection, NULL), 0);
		selection_release(&selection);
	}
	char *text = json_dumps(plan.selections, 0);
	json_t *selections = json_loads(text, 0, NULL);
	plan_init(&again);
	again.seed = 4;
	assert_int_equal(json_array_size(selections), 4);
	json_array_foreach(selections, i, given)
	{
		json_object_foreach(given, key, value) assert_int_equal(
			selection_set(&selection, key, json_string_value(value), NULL), 0);
		assert_int_equal(plan_add(&again, &selection, NULL), 0);
		selection_release(&selection);
	}
	assert_same_plan(&plan, &again);
	json_decref(selections);
	free(text);
	plan_release(&again);
	plan_release(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_products),
		cmocka_unit_test(test_second_selection),
		cmocka_unit_test(test_skipped),
		cmocka_unit_test(test_unknown_words),
		cmocka_unit_test(test_numbers_of_samples),
		cmocka_unit_test(test_bad_numbers),
		cmocka_unit_test(test_bad_options),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_recorded_selections),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
