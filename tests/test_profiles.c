/* Profiles: the shipped file, invalid files, and the cells of profiles. */
#include "support/plans.h"

#include <unistd.h>

#include "../harness/plan/profiles.h"

static char path[300];

static int setup(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(path, sizeof(path), "%s/profiles.%d.ini", base ? base : "/tmp", getpid());
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static int read_text(struct profiles *profiles, const char *text, struct why *why)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return profiles_read(profiles, path, why);
}

static void test_read(void **state)
{
	struct profiles profiles;
	struct why why = {""};

	(void)state;
	assert_int_equal(
		read_text(&profiles,
			  "[a]\nsummary = one\nlayout = csr\nengine = mmap\n"
			  "[b]\nsummary = two\nlayout = sqlite\nopt = sqlite.journal=wal\n",
			  &why),
		0);
	assert_int_equal(profiles.count, 2);
	const struct profile *found = profiles_find(&profiles, "b", &why);
	assert_non_null(found);
	assert_string_equal(found->layout, "sqlite");
	assert_null(found->engine);
	assert_string_equal(found->opt, "sqlite.journal=wal");
	assert_null(profiles_find(&profiles, "c", &why));
	assert_string_equal(why.text, "unknown profile 'c'; valid: a, b");
	profiles_release(&profiles);
}

static void test_bad(void **state)
{
	static const struct {
		const char *text, *word;
	} cases[] = {
		{"[a]\nsummary = x\n", "lacks its layout"},
		{"[a]\nlayout = csr\n", "lacks its layout or summary"},
		{"[a]\nlayout = csr\nlayout = none\n", "given twice"},
		{"[a]\nlayuot = csr\n", "unknown key 'layuot'; valid: summary, layout"},
		{"[a]\nsummary = x\nlayout = csr\nwhat is this\n", "line 4"},
	};
	struct profiles profiles;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct why why = {""};

		assert_int_equal(read_text(&profiles, cases[i].text, &why), -EINVAL);
		if (!strstr(why.text, cases[i].word))
			fail_msg("'%s' has no '%s'", why.text, cases[i].word);
	}
}

/* Each shipped profile makes a separate cell with its name, which is in the record. */
static void test_shipped(void **state)
{
	struct profiles profiles;
	struct why why = {""};

	(void)state;
	if (profiles_load(&profiles, &why)) {
		print_message("skipped: %s\n", why.text);
		skip();
	}
	for (size_t i = 0; i < profiles.count; i++) {
		char text[128], ending[64];
		struct plan plan;

		snprintf(text, sizeof(text), "graph=chain;nodes=10;profile=%s",
			 profiles.items[i].name);
		plan_must(&plan, text);
		assert_int_equal(plan.cells_count, 1);
		snprintf(ending, sizeof(ending), "/nodes:10/profile:%s", profiles.items[i].name);
		const char *name = plan.cells[0].name;
		assert_string_equal(name + strlen(name) - strlen(ending), ending);
		json_t *cell = cell_json(&plan.cells[0]);
		assert_string_equal(json_string_value(json_object_get(cell, "profile")),
				    profiles.items[i].name);
		/* The same cell again, from the request to a worker. */
		json_t *selection = cell_selection(&plan.cells[0]);
		/* without the name of the profile, so that a worker needs no file of profiles */
		assert_null(json_object_get(selection, "profile"));
		struct plan again = {0};
		struct selection read = {0};
		const char *key;
		json_t *value;
		json_object_foreach(selection, key, value) assert_int_equal(
			selection_set(&read, key, json_string_value(value), &why), 0);
		plan_init(&again);
		assert_int_equal(plan_add(&again, &read, &why), 0);
		json_t *twin = cell_json(&again.cells[0]);
		assert_true(json_equal(json_object_get(cell, "options"),
				       json_object_get(twin, "options")));
		assert_true(json_equal(json_object_get(cell, "layout"),
				       json_object_get(twin, "layout")));
		assert_true(json_equal(json_object_get(cell, "engine"),
				       json_object_get(twin, "engine")));
		json_decref(twin);
		selection_release(&read);
		plan_release(&again);
		json_decref(selection);
		json_decref(cell);
		plan_release(&plan);
	}
	profiles_release(&profiles);
}

static void test_cells(void **state)
{
	struct plan plan;

	(void)state;
	plan_must(&plan, "graph=chain;nodes=10;profile=sqlite-tuned;opt=sqlite.cache_kib=7");
	assert_string_equal(plan.cells[0].name, "bfs/chain/sqlite/own/warm/nodes:10/"
						"sqlite.cache_kib:7/profile:sqlite-tuned");
	json_t *cell = cell_json(&plan.cells[0]);
	json_t *options = json_object_get(cell, "options");
	assert_string_equal(json_string_value(json_object_get(options, "sqlite.journal")), "wal");
	assert_string_equal(json_string_value(json_object_get(options, "sqlite.cache_kib")), "7");
	json_decref(cell);
	plan_release(&plan);
	/* References are not combined with engines, and have no number of bytes to read. */
	plan_must(&plan, "graph=chain;nodes=10;layout=sqlite,csr;engine=pread,mmap");
	assert_int_equal(plan.cells_count, 3);
	plan_release(&plan);
	plan_must(&plan, "workload=read;graph=chain;nodes=10;layout=lmdb;engine=pread");
	assert_non_null(plan.cells[0].skipped);
	plan_release(&plan);
	plan_refused("graph=chain;profile=sqlite;layout=csr", "a profile says layout and engine");
	plan_refused("graph=chain;profile=sqlite,nope", "unknown profile 'nope'; valid:");
	plan_refused("graph=chain;profile=lmdb;opt=csr.checksums=on", "is for none of the cells");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_cells),
	};

	return cmocka_run_group_tests_name("profiles", tests, setup, teardown);
}
