/*
 * `iowalk conform` tests layouts: it finds flaws of a scratch layout (support/flawed_layout.h), each by a history of at most 6
 * operations and, for some, a system call that fails; the same histories find nothing in it without its flaw. Every layout
 * on every engine passes, and after each write that fails.
 */
#include "support/engines.h"
#include "support/flawed_layout.h"
#include "support/graph_tests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../harness/conform/graph_states.h"
#include "../harness/conform/memory.h"

#define FINDS_MAX    6   /* operations of the history that finds a flaw */
#define WRITES_MAX   60  /* of one short history */
#define FAULTS_LEAST 100 /* writes that fail, of all layouts */

/* With a sanitizer a process takes six times as long to begin: every fourth write, and no engine that wraps another. */
#ifdef __SANITIZE_ADDRESS__
#define WRITES_STEP 4
#else
#define WRITES_STEP 1
#endif

/* The history that finds each flaw, and the call that fails. */
static const struct {
	enum flaw flaw;
	const char *history, *call;
} finds[] = {
	{FLAW_UNKNOWN_NODE_TAKEN, "node,far:0+32", NULL},
	{FLAW_REFUSED_EDGE_COUNTS, "node,far:0+0", NULL},
	{FLAW_READ_ONLY_INSERTS, "node,reopen-read,node", NULL},
	{FLAW_BULK_TWICE, "load:2,bulk:3+16", NULL},
	{FLAW_BULK_ERROR_LOST, "bulk:3+272", NULL},
	{FLAW_FEW_EDGES_TAKEN, "bulk:3+528", NULL},
	{FLAW_ORDER_REVERSED, "node,node,edge:0+0,edge:0+1,find:0", NULL},
	{FLAW_LAST_NEIGHBOR_LOST, "node,many:0+3,walk", NULL},
	{FLAW_SELF_LOOP_LOST, "node,edge:0+0", NULL},
	{FLAW_FINDS_BEYOND_END, "node,find:5", NULL},
	{FLAW_BATCH_SKIPS, "load:3,level:5+2", NULL},
	{FLAW_BATCH_FOR_ONE_NODE, "load:3,level:5+2", NULL},
	{FLAW_BATCH_NEVER_ENDS, "load:3,level:5+2", NULL},
	{FLAW_BOTH_WAYS_LIES, "load:3,reopen", NULL},
	{FLAW_FILE_BYTES_WRONG, "bulk:3+16,reopen", NULL},
	{FLAW_LOST_AT_CLOSE, "node", NULL},
	{FLAW_DROP_LOSES_CHANGES, "load:2,drop", NULL},
	{FLAW_CHECK_REFUSES, "load:2,check", NULL},
	{FLAW_CHECK_CRASHES, "node,check", NULL},
	{FLAW_CHECK_EXITS, "node,check", NULL},
	{FLAW_LEAKS_AT_CLOSE, "node", NULL},
	{FLAW_LEAKS_ON_FAILED_OPEN, "node,reopen", "pread64:1=EIO"},
	{FLAW_OPEN_ERROR_LOST, "load:3,reopen", "pread64:2=EIO"},
	{FLAW_SYNC_ERROR_LOST, "load:3,sync", "fdatasync:1=EIO"},
	{FLAW_CLOSE_ERROR_LOST, "load:3", "pwrite64:1=EIO"},
	{FLAW_SYNC_BEFORE_DATA, "load:3,sync", "fdatasync:99=EIO"},
	{FLAW_MEMORY_UNCHECKED, "node", "memory:2=ENOMEM"},
	{FLAW_SHARED_BY_ALL, "load:3,walk", "fdatasync:99=EIO"},
};

static void play(const char *engine, const struct layout_ops *layout, const char *text,
		 const char *call, struct outcome *outcome)
{
	struct graph_history history;
	struct graph_test test;
	struct fault fault;

	assert_int_equal(graph_parse(text, &history, NULL), 0);
	assert_true(history.count <= FINDS_MAX);
	if (call)
		assert_int_equal(fault_parse(call, &fault, NULL), 0);
	graph_test_begin(&test, call ? "faults" : "model", engine_find(engine), layout);
	assert_int_equal(conform_graph_history(&test.subject, &test.setup, &history,
					       call ? &fault : NULL, &test.outcome),
			 0);
	*outcome = test.outcome;
}

/* Can this machine do what the call needs? */
static bool can_play(const char *call)
{
	static enum { UNKNOWN, CAN, CANNOT } calls;
	struct outcome outcome;

	if (!call)
		return true;
	if (strncmp(call, "memory", 6) == 0 && !memory_can_refuse())
		return false;
	if (calls == UNKNOWN) {
		play("pread", &flawed_layout, "node", "fdatasync:99=EIO", &outcome);
		calls = outcome.state == OUTCOME_SKIPPED ? CANNOT : CAN;
		outcome_release(&outcome);
	}
	return calls == CAN;
}

static void test_flaws(void **state)
{
	size_t wrong_count = 0, skipped_count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
		struct outcome outcome;

		flaw = FLAW_NONE;
		if (!can_play(finds[i].call)) {
			skipped_count++;
			continue;
		}
		play("pread", &flawed_layout, finds[i].history, finds[i].call, &outcome);
		if (outcome.state == OUTCOME_FAILED) {
			print_error("without a flaw: %s: %s\n", finds[i].history, outcome.why.text);
			wrong_count++;
		}
		outcome_release(&outcome);
		flaw = finds[i].flaw;
		play("pread", &flawed_layout, finds[i].history, finds[i].call, &outcome);
		if (outcome.state != OUTCOME_FAILED) {
			print_error("%s is not found\n", flaw_names[finds[i].flaw]);
			wrong_count++;
		}
		outcome_release(&outcome);
	}
	flaw = FLAW_NONE;
	if (skipped_count)
		print_message("skipped: %zu flaws: system calls cannot be intercepted here, or "
			      "memory not be refused\n",
			      skipped_count);
	assert_int_equal(wrong_count, 0);
}

/* A flaw that the group finds by itself is made short, and is a command. */
static void test_shrinking(void **state)
{
	const char *start = "iowalk conform pread --only model --layout flawed --history ";
	struct graph_history history;
	struct graph_test test;

	(void)state;
	graph_test_begin(&test, "model", engine_find("pread"), &flawed_layout);
	flaw = FLAW_LAST_NEIGHBOR_LOST;
	assert_int_equal(conform_graph_model(&test.subject, &test.setup, &test.outcome), 0);
	flaw = FLAW_NONE;
	graph_test_is_short(&test.outcome, start, 2, &history);
	outcome_release(&test.outcome);
}

/* ---- our own ---- */

static bool is_tested(const struct layout_ops *layout, const struct engine_ops *engine)
{
	return !(layout->capabilities & (LAYOUT_NO_DATA | LAYOUT_REFERENCE)) &&
	       layout_pairs_with(layout, engine);
}

static bool is_quick(const struct layout_ops *layout, const struct engine_ops *engine)
{
	return is_tested(layout, engine) &&
	       !(WRITES_STEP > 1 && (engine->capabilities & ENGINE_WRAPS));
}

/* The history that calls every hook. */
static void test_model(void **state)
{
	(void)state;
	(void)graph_test_pairs("model", conform_graph_model, is_quick);
}

/*
 * Each write of short histories fails. Until these were there, an insert of `clustered` that failed in its middle left an edge in
 * one of two lists, a bulk of `csr` whose header could not be written became a graph without edges at close, and one of `records`
 * left records of nodes that there are not; each counted as complete.
 */
static void test_failed_writes(void **state)
{
	static const char *const histories[] = {"bulk:2+16,edge:0+0", "bulk:3+32,node,edge:0+1",
						"sync,bulk:2+16"};
	unsigned wrong_count = 0;
	uint64_t faults_count = 0;

	(void)state;
	flaw = FLAW_NONE;
	if (!can_play("fdatasync:99=EIO")) {
		print_message("skipped: system calls cannot be intercepted here\n");
		skip();
	}
	for (size_t l = 0; l < layout_table_count * 3; l++) {
		const struct layout_ops *layout = layout_table[l / 3];
		uint64_t injected = 1;

		for (unsigned n = 1; injected && n <= WRITES_MAX; n += WRITES_STEP) {
			struct outcome outcome;
			char call[FAULT_TEXT_BYTES];

			if (!is_tested(layout, engine_find("pread")))
				break;
			snprintf(call, sizeof(call), "pwrite64:%u=EIO", n);
			play("pread", layout, histories[l % 3], call, &outcome);
			injected = outcome.faults_count;
			faults_count += injected;
			if (outcome.state == OUTCOME_FAILED) {
				print_error("%s\n%s\n", outcome.why.text, outcome.reproducer);
				wrong_count++;
			}
			outcome_release(&outcome);
		}
	}
	print_message("%llu writes have failed\n", (unsigned long long)faults_count);
	assert_int_equal(wrong_count, 0);
	assert_true(faults_count >= FAULTS_LEAST / WRITES_STEP);
}

/* ---- a layout without data ---- */

static struct layout_ops wrong_chain;
static const struct layout_ops *right_chain;

static ssize_t wrong_batch(struct store *store, struct frontier *level, struct neighbors *out,
			   size_t out_max)
{
	ssize_t count = right_chain->neighbors_batch(store, level, out, out_max);

	if (count > 1 && level->next > 2000)
		out[1] = out[0];
	return count;
}

static int wrong_create(const struct store_config *config, struct store **out, struct why *why)
{
	int err = right_chain->create(config, out, why);

	if (!err)
		(*out)->ops = &wrong_chain;
	return err;
}

static enum outcome_state chain(const struct layout_ops *layout)
{
	struct graph_test test;

	graph_test_begin(&test, "model", engine_find("null"), layout);
	assert_int_equal(conform_graph_model(&test.subject, &test.setup, &test.outcome), 0);
	enum outcome_state state = test.outcome.state;
	outcome_release(&test.outcome);
	return state;
}

static void test_chain(void **state)
{
	(void)state;
	for (size_t l = 0; l < layout_table_count; l++) {
		if (layout_table[l]->capabilities & LAYOUT_NO_DATA)
			right_chain = layout_table[l];
	}
	if (!right_chain)
		skip();
	assert_int_equal(chain(right_chain), OUTCOME_PASSED);
	wrong_chain = *right_chain;
	wrong_chain.create = wrong_create;
	assert_int_equal(chain(&wrong_chain), OUTCOME_PASSED);
	wrong_chain.neighbors_batch = wrong_batch;
	assert_int_equal(chain(&wrong_chain), OUTCOME_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flaws), cmocka_unit_test(test_shrinking),
		cmocka_unit_test(test_model), cmocka_unit_test(test_failed_writes),
		cmocka_unit_test(test_chain),
	};

	return cmocka_run_group_tests_name("conform_layouts", tests, folder_setup, folder_teardown);
}
