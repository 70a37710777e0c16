/*
 * `iowalk conform` damages the files of layouts: it finds flaws of a scratch layout (support/flawed_layout.h), each by a history of
 * at most 6 operations, which finds nothing in it without its flaw; and a check() that does not look at checksums. Every layout on
 * every engine passes.
 */
#include "support/engines.h"
#include "support/flawed_layout.h"
#include "support/graph_tests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../harness/conform/damage.h"

#define FINDS_MAX   6   /* operations of the history that finds a flaw */
#define DAMAGES_MAX 60  /* of one history */
#define INDEX_WORDS 120 /* more than the files of three nodes have */

/* With a sanitizer a process takes six times as long to begin: one engine that reads, and one that maps. */
#ifdef __SANITIZE_ADDRESS__
#define IS_TESTED(name) (strcmp(name, "pread") == 0 || strcmp(name, "mmap") == 0)
#else
#define IS_TESTED(name) true
#endif

/* Word 0 is the magic; word 8 is in the edges. A value of 4 is the largest number. */
#define MAGIC_FLIPPED "load:3,damage:0+0"
#define WRONG_EDGE    "load:3,damage:8+68"

static const struct {
	enum flaw flaw;
	const char *history;
} finds[] = {
	{FLAW_OPEN_CRASHES_ON_DAMAGE, MAGIC_FLIPPED},
	{FLAW_DAMAGE_HAS_NO_REASON, MAGIC_FLIPPED},
	{FLAW_DAMAGE_IS_ANOTHER_ERROR, MAGIC_FLIPPED},
	{FLAW_LEAKS_ON_FAILED_OPEN, MAGIC_FLIPPED},
	{FLAW_CHECK_IS_BLIND, WRONG_EDGE},
	{FLAW_INSERT_CRASHES_ON_DAMAGE, WRONG_EDGE ",edge:0+1"},
};

static bool fails(const struct layout_ops *layout, const char *text, char *what, size_t size)
{
	struct graph_history history;
	struct graph_test test;

	graph_test_begin(&test, "damage", engine_find("pread"), layout);
	assert_int_equal(graph_parse(text, &history, NULL), 0);
	assert_true(history.count <= FINDS_MAX);
	assert_int_equal(
		conform_graph_history(&test.subject, &test.setup, &history, NULL, &test.outcome),
		0);
	bool failed = test.outcome.state == OUTCOME_FAILED;
	snprintf(what, size, "%s", failed ? test.outcome.why.text : "");
	assert_int_equal(test.outcome.damages_count, 1);
	outcome_release(&test.outcome);
	return failed;
}

static void test_flaws(void **state)
{
	size_t wrong_count = 0;
	char what[256];

	(void)state;
	for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
		flaw = FLAW_NONE;
		if (fails(&flawed_layout, finds[i].history, what, sizeof(what))) {
			print_error("without a flaw: %s: %s\n", finds[i].history, what);
			wrong_count++;
		}
		flaw = finds[i].flaw;
		if (!fails(&flawed_layout, finds[i].history, what, sizeof(what))) {
			print_error("%s is not found\n", flaw_names[finds[i].flaw]);
			wrong_count++;
		}
		flaw = FLAW_NONE;
	}
	assert_int_equal(wrong_count, 0);
}

/* A flaw that the group finds by itself is made short, and is a command. */
static void test_shrinking(void **state)
{
	const char *start = "iowalk conform pread --only damage --layout flawed --history ";
	struct graph_history history;
	struct graph_test test;

	(void)state;
	graph_test_begin(&test, "damage", engine_find("pread"), &flawed_layout);
	flaw = FLAW_CHECK_IS_BLIND;
	assert_int_equal(conform_graph_damage(&test.subject, &test.setup, &test.outcome), 0);
	flaw = FLAW_NONE;
	graph_test_is_short(&test.outcome, start, 4, &history);
	assert_int_equal(history.operations[history.count - 1].kind, GRAPH_DAMAGE);
	outcome_release(&test.outcome);
}

/* ---- a layout of ours whose check() compares no checksums ---- */

static struct layout_ops blind;
static const struct layout_ops *sighted;

static int blind_check(struct store *store)
{
	(void)store;
	return 0;
}

static int blind_open(const struct store_config *config, struct store **out, struct why *why)
{
	int err = sighted->open(config, out, why);

	if (!err)
		(*out)->ops = &blind;
	return err;
}

/* One bit of a neighbour, which is still one of the nodes: the checksum of its block alone tells. */
static void test_checksums(void **state)
{
	const char *history = "bulk:9+49,damage:40+0";
	char what[256];

	(void)state;
	for (size_t l = 0; l < layout_table_count; l++) {
		if (strcmp(layout_table[l]->name, "csr") == 0)
			sighted = layout_table[l];
	}
	if (!sighted)
		skip();
	assert_false(fails(sighted, history, what, sizeof(what)));
	blind = *sighted;
	blind.open = blind_open;
	blind.check = blind_check;
	assert_true(fails(&blind, history, what, sizeof(what)));
	if (!strstr(what, "check finds nothing, but neighbour"))
		fail_msg("%s", what);
}

/*
 * One bit of each word of a graph with an index, with checksums that are made right. Until this was there, opening it for writing gave
 * -ENOENT without a reason where the index had no entry for a node; such an index is rebuilt.
 */
static void test_index(void **state)
{
	const struct layout_ops *records = NULL;
	struct graph_history history;

	(void)state;
	for (size_t l = 0; l < layout_table_count; l++) {
		if (layout_table[l]->sidecar)
			records = layout_table[l];
	}
	if (!records)
		skip();
	for (uint32_t place = 0; place < INDEX_WORDS; place++) {
		struct graph_test test;

		if (place % DAMAGES_MAX == 0)
			assert_int_equal(graph_parse("bulk:3+60", &history, NULL), 0);
		history.operations[history.count++] = (struct graph_operation){
			GRAPH_DAMAGE, place, DAMAGE_CHANGE(0, DAMAGE_FLIP, 1)};
		if (history.count <= DAMAGES_MAX)
			continue;
		graph_test_begin(&test, "damage", engine_find("pread"), records);
		assert_int_equal(conform_graph_history(&test.subject, &test.setup, &history, NULL,
						       &test.outcome),
				 0);
		if (test.outcome.state == OUTCOME_FAILED)
			fail_msg("%s\n%s", test.outcome.why.text, test.outcome.reproducer);
		outcome_release(&test.outcome);
	}
}

/* ---- what is done to files ---- */

static void write_file(const char *path, const void *bytes, size_t len_bytes)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len_bytes, file), len_bytes);
	fclose(file);
}

static size_t read_file(const char *path, void *bytes, size_t max_bytes)
{
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	size_t len_bytes = fread(bytes, 1, max_bytes, file);
	fclose(file);
	return len_bytes;
}

/* Each change of each word does what it says, and what is done after it begins with the whole file again. */
static void test_changes(void **state)
{
	static unsigned char whole[20], bytes[300000];
	const char *path = test_path("damaged");
	struct layout_ops plain = {.name = "plain", .sidecar = NULL};
	struct damage damage = {.is_saved = false};
	struct {
		uint32_t change;
		size_t size_bytes;
	} changes[] = {
		{DAMAGE_CHANGE(9, DAMAGE_FLIP, 0), 20},   {DAMAGE_CHANGE(4, DAMAGE_LITTLE, 0), 20},
		{DAMAGE_CHANGE(2, DAMAGE_BIG, 0), 20},    {DAMAGE_CHANGE(8, DAMAGE_HALF, 0), 20},
		{DAMAGE_CHANGE(5, DAMAGE_NOISE, 0), 20},  {DAMAGE_CHANGE(3, DAMAGE_CUT, 0), 11},
		{DAMAGE_CHANGE(2, DAMAGE_GROW, 0), 23},   {DAMAGE_CHANGE(32, DAMAGE_GROW, 1), 4116},
		{DAMAGE_CHANGE(0, DAMAGE_BESIDE, 0), 20}, {DAMAGE_CHANGE(0, DAMAGE_CUT, 1), 8},
	};

	(void)state;
	memset(whole, 7, sizeof(whole));
	write_file(path, whole, sizeof(whole));
	assert_int_equal(damage_save(&damage, &plain, path), 0);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		size_t size_bytes = changes[i].size_bytes;

		/* There are three words; number 4 is the second. */
		assert_int_equal(damage_apply(&damage, &plain, path, 4, changes[i].change), 0);
		assert_int_equal(read_file(path, bytes, sizeof(bytes)), size_bytes);
		assert_memory_equal(bytes, whole, 8);
		assert_true(*damage.text);
		if (size_bytes == sizeof(whole))
			assert_memory_not_equal(bytes, whole, sizeof(whole));
	}
	assert_int_equal(damage_apply(&damage, &plain, path, 1, DAMAGE_CHANGE(9, DAMAGE_FLIP, 0)),
			 0);
	assert_string_equal(damage.text, "file: byte 8: 0707070707070707 is now 0705070707070707");
	damage_release(&damage);
	remove(path);
}

/* ---- our own ---- */

static bool is_tested(const struct layout_ops *layout, const struct engine_ops *engine)
{
	return layout_pairs_with(layout, engine) && !(engine->capabilities & ENGINE_NO_DATA) &&
	       IS_TESTED(engine->name);
}

static void test_layouts(void **state)
{
	(void)state;
	uint64_t damages_count = graph_test_pairs("damage", conform_graph_damage, is_tested);
	print_message("%llu damages\n", (unsigned long long)damages_count);
	assert_true(damages_count > 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flaws),     cmocka_unit_test(test_shrinking),
		cmocka_unit_test(test_checksums), cmocka_unit_test(test_index),
		cmocka_unit_test(test_changes),   cmocka_unit_test(test_layouts),
	};

	return cmocka_run_group_tests_name("conform_damage", tests, folder_setup, folder_teardown);
}
