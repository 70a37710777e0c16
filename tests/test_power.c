/*
 * `iowalk conform --only power`: every layout on every engine that writes files is right after a power failure, in at least
 * 100,000 crash images; and faults of order are found, those of a scratch layout (support/scratch_layout.h), of engines, and
 * of an engine below our own layouts, each by a history of at most 6 operations that finds nothing without the fault.
 */
#include "support/engines.h"
#include "support/planted.h"
#include "support/scratch_layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../harness/conform/power.h"
#include "../harness/conform/power_histories.h"

#define IMAGES_LEAST 100000
#define HISTORIES_COUNT                                                                            \
	3 /* of each layout on each engine: the given one, and those of the seed with these numbers */
#define FINDS_MAX 6 /* operations of the history that finds a fault */

static const uint64_t numbers[HISTORIES_COUNT] = {0, 1, 3};

static const struct layout_ops *layout_find(const char *name)
{
	for (size_t i = 0; i < layout_table_count; i++) {
		if (strcmp(layout_table[i]->name, name) == 0)
			return layout_table[i];
	}
	fail_msg("no layout '%s'", name);
	return NULL;
}

/* ---- engines that lose something ---- */

enum lossy_fault {
	LOSSY_NONE,
	LOSSY_SYNC_OF_NOTHING,
	LOSSY_NO_FLUSH_OF_DEVICE, /* sync_file_range(): neither the device's cache nor the length */
	LOSSY_EVERY_OTHER_SYNC,   /* a barrier is lost */
	LOSSY_SYNC_OF_COMPACTED,  /* nothing is synced before a file replaces another */
};

static enum lossy_fault lossy_fault;
static unsigned lossy_syncs_count;
static struct engine_ops lossy_ops; /* of pread */
static char lossy_path[4096];

static int lossy_sync(struct engine *engine)
{
	const struct engine_ops *inner = engine_find("pread");
	size_t len = strlen(lossy_path);

	switch (lossy_fault) {
	case LOSSY_SYNC_OF_NOTHING:
		return 0;
	case LOSSY_NO_FLUSH_OF_DEVICE: {
		int fd = open(lossy_path, O_RDWR | O_CLOEXEC);
		int err = fd < 0 || sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE_AND_WAIT)
				  ? -errno
				  : 0;

		return fd >= 0 && close(fd) ? -errno : err;
	}
	case LOSSY_EVERY_OTHER_SYNC:
		return lossy_syncs_count++ % 2 ? 0 : inner->sync(engine);
	case LOSSY_SYNC_OF_COMPACTED:
		return len > 8 && strcmp(lossy_path + len - 8, ".compact") == 0
			       ? 0
			       : inner->sync(engine);
	default:
		return inner->sync(engine);
	}
}

/* The instance is pread's, with another sync. */
static int lossy_open(const char *path, unsigned flags, const uint64_t *options,
		      struct engine **out)
{
	int err = engine_find("pread")->open(path, flags, options, out);

	if (flags != ENGINE_OPEN_READ)
		snprintf(lossy_path, sizeof(lossy_path), "%s", path);
	if (!err)
		(*out)->ops = &lossy_ops;
	return err;
}

/* ---- finding ---- */

/* Plays a history; false if this machine cannot intercept calls. */
static bool play(const struct engine_ops *engine, const char *options,
		 const struct layout_ops *layout, const char *text, struct outcome *outcome)
{
	const struct conform_setup setup = {.folder = test_folder, .layout = layout, .seed = 1};
	struct conform_subject subject;
	struct graph_history history;

	assert_int_equal(conform_subject_init(&subject, engine, options, NULL), 0);
	assert_int_equal(graph_parse(text, &history, NULL), 0);
	assert_true(history.count <= FINDS_MAX);
	outcome_init(outcome, "power", &subject);
	assert_int_equal(conform_power_history(&subject, &setup, &history, outcome), 0);
	if (outcome->state != OUTCOME_SKIPPED)
		return true;
	print_message("skipped: %s\n", outcome->why.text);
	return false;
}

/* What must be found, or not. Returns 1 if it is not so. */
static unsigned expect(bool fails, const char *fault, struct outcome *outcome)
{
	bool as_expected = (outcome->state == OUTCOME_FAILED) == fails;

	if (!as_expected)
		print_error("%s: %s\n", fault, fails ? "not found" : outcome->why.text);
	outcome_release(outcome);
	return !as_expected;
}

static void test_scratch_layout(void **state)
{
	static const char *const histories[SCRATCH_COUNT] = {
		[SCRATCH_HEADER_BEFORE_DATA] = "load:2,sync",
		[SCRATCH_NO_BARRIER] = "load:2,sync",
		[SCRATCH_SYNC_OF_NOTHING] = "node,sync",
		[SCRATCH_HEADER_NOT_SYNCED] = "node,sync",
		[SCRATCH_TORN_HEADER] = "node,sync,node,edge:1+0,sync",
		[SCRATCH_IN_PLACE] = "load:2,sync,edge:0+1,sync",
		[SCRATCH_CLOSE_WITHOUT_BARRIER] = "load:2,reopen",
		[SCRATCH_HEADER_AT_INSERT] = "load:2,sync,edge:1+1",
		[SCRATCH_DATA_AFTER_SYNC] = "load:2,sync",
	};
	const struct engine_ops *pread_ops = engine_find("pread");
	unsigned wrong_count = 0;

	(void)state;
	for (int fault = SCRATCH_NONE + 1; fault < SCRATCH_COUNT; fault++) {
		struct outcome outcome;

		scratch_fault = SCRATCH_NONE;
		if (!play(pread_ops, "", &scratch_layout, histories[fault], &outcome))
			skip();
		wrong_count += expect(false, scratch_names[SCRATCH_NONE], &outcome);
		scratch_fault = (enum scratch_fault)fault;
		play(pread_ops, "", &scratch_layout, histories[fault], &outcome);
		wrong_count += expect(true, scratch_names[fault], &outcome);
	}
	scratch_fault = SCRATCH_NONE;
	assert_int_equal(wrong_count, 0);
}

static void test_lossy_engine(void **state)
{
	static const struct {
		enum lossy_fault fault;
		const char *layout, *history;
	} finds[] = {
		{LOSSY_SYNC_OF_NOTHING, "csr", "load:2,sync"},
		{LOSSY_NO_FLUSH_OF_DEVICE, "records", "load:2,sync"},
		{LOSSY_EVERY_OTHER_SYNC, "fixed64", "load:3,sync,edge:0+1,sync"},
		{LOSSY_EVERY_OTHER_SYNC, "slotted", "load:3,sync,edge:0+1,sync"},
		{LOSSY_EVERY_OTHER_SYNC, "clustered", "load:3,sync,edge:0+1,sync"},
		{LOSSY_EVERY_OTHER_SYNC, "records", "load:3,sync,edge:0+1,sync"},
		{LOSSY_SYNC_OF_COMPACTED, "records", "load:3,sync,compact"},
	};
	unsigned wrong_count = 0;

	(void)state;
	lossy_ops = *engine_find("pread");
	lossy_ops.open = lossy_open;
	lossy_ops.sync = lossy_sync;
	for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
		struct outcome outcome;
		char name[64];

		snprintf(name, sizeof(name), "lossy engine %d, %s", (int)finds[i].fault,
			 finds[i].layout);
		lossy_fault = LOSSY_NONE;
		if (!play(&lossy_ops, "", layout_find(finds[i].layout), finds[i].history, &outcome))
			skip();
		wrong_count += expect(false, name, &outcome);
		lossy_fault = finds[i].fault;
		play(&lossy_ops, "", layout_find(finds[i].layout), finds[i].history, &outcome);
		wrong_count += expect(true, name, &outcome);
	}
	assert_int_equal(wrong_count, 0);
}

/* Faults of an engine's own buffer. */
static void test_planted_engine(void **state)
{
	static const enum planted_fault faults[] = {
		PLANTED_PENDING_LOST_AT_SYNC, PLANTED_SYNC_BEFORE_DATA, PLANTED_SYNC_OF_NOTHING};
	const struct layout_ops *layout = &scratch_layout;
	unsigned wrong_count = 0;
	struct outcome outcome;

	(void)state;
	if (!play(&planted_engine, "", layout, "load:2,sync", &outcome))
		skip();
	wrong_count += expect(false, planted_names[PLANTED_NONE], &outcome);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		char options[32];

		snprintf(options, sizeof(options), "fault=%d", (int)faults[i]);
		play(&planted_engine, options, layout, "load:2,sync", &outcome);
		wrong_count += expect(true, planted_names[faults[i]], &outcome);
	}
	assert_int_equal(wrong_count, 0);
}

/* A history that was found is made short, and is a command. */
static void test_shrinking(void **state)
{
	struct conform_setup setup = {.folder = test_folder, .length = 1, .seed = 1};
	struct conform_subject subject;
	struct graph_history history;
	struct outcome outcome;

	(void)state;
	lossy_ops = *engine_find("pread");
	lossy_ops.open = lossy_open;
	lossy_ops.sync = lossy_sync;
	lossy_fault = LOSSY_SYNC_OF_NOTHING;
	setup.layout = layout_find("records");
	assert_int_equal(conform_subject_init(&subject, &lossy_ops, "", NULL), 0);
	outcome_init(&outcome, "power", &subject);
	assert_int_equal(conform_power(&subject, &setup, &outcome), 0);
	lossy_fault = LOSSY_NONE;
	if (outcome.state == OUTCOME_SKIPPED)
		skip();
	assert_int_equal(outcome.state, OUTCOME_FAILED);
	const char *begin = "iowalk conform pread --only power --layout records --history ";
	assert_int_equal(strncmp(outcome.reproducer, begin, strlen(begin)), 0);
	assert_int_equal(graph_parse(outcome.reproducer + strlen(begin), &history, NULL), 0);
	assert_true(history.count <= 2);
	outcome_release(&outcome);
}

/* ---- our own ---- */

static void test_all(void **state)
{
	uint64_t images_count = 0, opened_count = 0, refused_count = 0;
	unsigned wrong_count = 0;
	const struct engine_ops *engine;

	(void)state;
	for (size_t e = 0; (engine = engine_next(&e)) != NULL;) {
		struct conform_subject subject;
		struct outcome outcome;

		if (!(engine->capabilities & ENGINE_PERSISTENT))
			continue;
		assert_int_equal(conform_subject_init(&subject, engine, "", NULL), 0);
		outcome_init(&outcome, "power", &subject);
		for (size_t l = 0; l < layout_table_count * HISTORIES_COUNT; l++) {
			struct conform_setup setup = {.folder = test_folder,
						      .layout = layout_table[l / HISTORIES_COUNT],
						      .seed = 1};
			struct graph_history history;
			bool is_exhaustive;

			if (!layout_pairs_with(setup.layout, engine))
				continue;
			power_generate(&history, 1, numbers[l % HISTORIES_COUNT], &is_exhaustive);
			assert_int_equal(
				conform_power_history(&subject, &setup, &history, &outcome), 0);
			if (outcome.state == OUTCOME_SKIPPED) {
				print_message("skipped: %s\n", outcome.why.text);
				skip();
			}
			if (outcome.state == OUTCOME_FAILED) {
				print_error("%s\n%s\n", outcome.why.text, outcome.reproducer);
				wrong_count++;
				outcome.state = OUTCOME_PASSED;
			}
		}
		images_count += outcome.images_count;
		opened_count += outcome.opened_count;
		refused_count += outcome.refused_count;
		outcome_release(&outcome);
	}
	print_message(
		"%llu crash images, %llu different, of which an error refuses %llu; %u wrong\n",
		(unsigned long long)images_count, (unsigned long long)opened_count,
		(unsigned long long)refused_count, wrong_count);
	assert_int_equal(wrong_count, 0);
	assert_true(images_count >= IMAGES_LEAST);
}

static void test_text(void **state)
{
	static const char right[] = "load:12,node,edge:3+4,sync,walk,reopen,compact";
	static const char *const wrong[] = {
		"",        "frob",   "load",  "load:", "load:65", "edge:1",
		"edge:1+", "node:1", "node,", ",node", "sync/1"};
	struct graph_history history;
	struct why why;
	char text[GRAPH_TEXT_BYTES];
	bool is_exhaustive;

	(void)state;
	assert_int_equal(graph_parse(right, &history, &why), 0);
	graph_format(&history, text, sizeof(text));
	assert_string_equal(text, right);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		why.text[0] = '\0';
		assert_int_equal(graph_parse(wrong[i], &history, &why), -EINVAL);
		assert_true(*why.text);
	}
	/* The last of the exhaustive ones: three operations after load and sync. */
	power_generate(&history, 1, 2 * power_exhaustive_count(), &is_exhaustive);
	assert_true(is_exhaustive);
	graph_format(&history, text, sizeof(text));
	assert_string_equal(text, "load:3,sync,compact,compact,compact");
	power_generate(&history, 1, 2 * power_exhaustive_count() + 2, &is_exhaustive);
	assert_false(is_exhaustive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),         cmocka_unit_test(test_scratch_layout),
		cmocka_unit_test(test_lossy_engine), cmocka_unit_test(test_planted_engine),
		cmocka_unit_test(test_shrinking),    cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests_name("power", tests, folder_setup, folder_teardown);
}
