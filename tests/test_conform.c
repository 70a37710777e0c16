/*
 * `iowalk conform` finds faults: those of a scratch engine (support/planted.h), each by a history of at most 6 operations
 * and, for most, a system call that fails. The same histories find nothing in the engine without its fault.
 */
#include "support/engines.h"
#include "support/planted.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../harness/conform/exhaustive.h"
#include "../harness/conform/memory.h"
#include "../harness/conform/model.h"

#define WRITTEN "resize:100,write:0+10/1"

/* The history that finds each fault, and the call that fails. */
static const struct {
	enum planted_fault fault;
	const char *history, *call;
} finds[] = {
	{PLANTED_CACHE_AFTER_WRITE, "resize:100,read:0+10,write:0+10/1,read:0+10", NULL},
	{PLANTED_CACHE_AFTER_RESIZE, WRITTEN ",read:0+10,resize:0,resize:100,read:0+10", NULL},
	{PLANTED_CACHE_AFTER_FAILED_READ, WRITTEN ",read:50+10,read:0+10,read:0+10",
	 "pread64:2=EIO"},
	{PLANTED_PENDING_NOT_READ, WRITTEN ",read:0+10", NULL},
	{PLANTED_PENDING_NOT_MAPPED, WRITTEN ",map:0+10", NULL},
	{PLANTED_PENDING_LOST_BY_NEXT, WRITTEN ",write:50+1/2", NULL},
	{PLANTED_PENDING_LOST_AT_CLOSE, WRITTEN, NULL},
	{PLANTED_PENDING_LOST_AT_SYNC, WRITTEN ",sync", NULL},
	{PLANTED_PENDING_LOST_AT_DROP, WRITTEN ",drop", NULL},
	{PLANTED_PENDING_DROPPED_ON_ERROR, WRITTEN ",sync", "pwrite64:1=EIO"},
	{PLANTED_CACHE_BY_PREFETCH, WRITTEN ",prefetch:0+10/0,read:0+10", NULL},
	{PLANTED_PENDING_BEYOND_END, WRITTEN ",resize:0", NULL},
	{PLANTED_PENDING_SHARED, WRITTEN ",sync", "fdatasync:9=EIO"},
	{PLANTED_PENDING_OFF_BY_ONE, WRITTEN ",write:10+5/2,read:0+15", NULL},
	{PLANTED_RANGE_OVERFLOWS, "read:18446744073709551615+1", NULL},
	{PLANTED_SIZE_NOT_CUT, WRITTEN ",resize:0,compare/0", NULL},
	{PLANTED_GROWS_TOO_LITTLE, "resize:100", NULL},
	{PLANTED_BATCH_NEVER_READ, "batch:0+0/1", NULL},
	{PLANTED_BATCH_ERROR_LOST, "batch:0+1/0", NULL},
	{PLANTED_MAP_TOO_SHORT, "resize:10,map:0+1,resize:100,map:50+1", NULL},
	{PLANTED_MAP_BEYOND_END, "resize:10,map:0+1,map:10+1", NULL},
	{PLANTED_ATTACHED_SIZE, WRITTEN ",reopen-read,attach", NULL},
	{PLANTED_LEAKS_ON_FAILED_OPEN, "sync", "newfstatat:1=ENOMEM"},
	{PLANTED_READ_BEYOND_END, "read:0+1", NULL},
	{PLANTED_WRITE_BEYOND_END, "write:0+1/0", NULL},
	{PLANTED_READ_ONLY_WRITES, "reopen-read,write:0+1/0", NULL},
	{PLANTED_READ_ONLY_RESIZES, "reopen-read,resize:1", NULL},
	{PLANTED_OLD_BYTES_AFTER_GROWTH, WRITTEN ",resize:0", NULL},
	{PLANTED_NOT_TRUNCATED_AT_CREATION, "sync", NULL},
	{PLANTED_ADVISE_REFUSES, "advise/0", NULL},
	{PLANTED_UNHEALTHY, "compare/0", NULL},
	{PLANTED_CRASHES, "read:0+0", NULL},
	{PLANTED_EXITS, "advise/2", NULL},
	{PLANTED_LEAKS_AT_CLOSE, "sync", NULL},
	{PLANTED_LEAKS_MAPPING, "resize:10,map:0+1", NULL},
	{PLANTED_LEAKS_ON_FAILED_CLOSE, WRITTEN, "pwrite64:1=EIO+"},
	{PLANTED_CLOSED_TWICE, "sync", "close:1=EINTR"},
	{PLANTED_OPEN_GIVES_FAILED, "sync", "openat:1=EACCES"},
	{PLANTED_MAP_FAILED_GIVEN, "resize:100,map:0+10", "mmap:1=ENOMEM"},
	{PLANTED_EINTR_IS_END, WRITTEN ",read:50+10,read:0+10", "pread64:2=EINTR"},
	{PLANTED_SHORT_READ_IS_WHOLE, WRITTEN ",read:50+10,read:0+10", "pread64:2=short"},
	{PLANTED_SHORT_VECTOR_IS_WHOLE, WRITTEN ",read:50+10,read:0+10", "preadv:2=short"},
	{PLANTED_MEMORY_UNCHECKED, "reopen-read,attach", "memory:8=ENOMEM"},
	{PLANTED_LEAKS_WITHOUT_MEMORY, "sync", "memory_16k:1=ENOMEM"},
	{PLANTED_SHORT_WRITE_IS_WHOLE, WRITTEN ",sync", "pwrite64:1=short"},
	{PLANTED_WRITE_ERROR_LOST, WRITTEN ",sync", "pwrite64:1=EIO"},
	{PLANTED_CLOSE_ERROR_LOST, WRITTEN, "pwrite64:1=EIO+"},
	{PLANTED_RESIZE_ERROR_LOST, "resize:100", "ftruncate:1=EIO"},
	{PLANTED_RESIZE_ERROR_CHANGES_SIZE, "resize:100", "ftruncate:1=EIO"},
	{PLANTED_SYNC_ERROR_LOST, WRITTEN ",sync", "fdatasync:1=EIO"},
	{PLANTED_SYNC_REPEATED, WRITTEN ",sync", "fdatasync:1=EIO"},
	{PLANTED_SYNC_AGAIN_SUCCEEDS, WRITTEN ",sync", "fdatasync:1=EIO"},
	{PLANTED_SYNC_BEFORE_DATA, WRITTEN ",sync", "fdatasync:9=EIO"},
	{PLANTED_SYNC_OF_NOTHING, WRITTEN ",sync", "fdatasync:9=EIO"},
};

/* Plays a history on the engine with a fault; false if this machine cannot intercept calls, or this build refuse memory. */
static bool play(enum planted_fault planted, const char *history, const char *call,
		 struct outcome *outcome)
{
	const struct conform_setup setup = {.folder = test_folder};
	struct history_operation *operations;
	struct conform_subject subject;
	struct fault fault;
	char text[32];
	size_t count;

	snprintf(text, sizeof(text), "fault=%d", (int)planted);
	assert_int_equal(conform_subject_init(&subject, &planted_engine, text, NULL), 0);
	assert_int_equal(history_parse(history, &operations, &count, NULL), 0);
	assert_true(count <= 6);
	if (call)
		assert_int_equal(fault_parse(call, &fault, NULL), 0);
	if (call && fault_is_of_memory(&fault_calls[fault.call]) && !memory_can_refuse()) {
		free(operations);
		return false;
	}
	outcome_init(outcome, "faults", &subject);
	int err =
		conform_history(&subject, &setup, operations, count, call ? &fault : NULL, outcome);
	free(operations);
	if (err == -EOPNOTSUPP && call)
		return false;
	assert_int_equal(err, 0);
	return true;
}

static void test_planted(void **state)
{
	size_t wrong_count = 0, skipped_count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
		struct outcome outcome;

		if (!play(PLANTED_NONE, finds[i].history, finds[i].call, &outcome)) {
			skipped_count++;
			continue;
		}
		if (outcome.state == OUTCOME_FAILED) {
			print_error("without a fault: %s: %s\n", finds[i].history,
				    outcome.why.text);
			wrong_count++;
		}
		outcome_release(&outcome);
		play(finds[i].fault, finds[i].history, finds[i].call, &outcome);
		if (outcome.state != OUTCOME_FAILED) {
			print_error("%s is not found\n", planted_names[finds[i].fault]);
			wrong_count++;
		}
		outcome_release(&outcome);
	}
	if (skipped_count)
		print_message("skipped: %zu faults: system calls cannot be intercepted here, or "
			      "memory not be refused\n",
			      skipped_count);
	assert_int_equal(wrong_count, 0);
}

static void test_fault_text(void **state)
{
	static const char *const right[] = {"fdatasync:1=EIO", "pwrite64:12=ENOSPC+",
					    "pread64:3=short", "mmap_anonymous:1=ENOMEM",
					    "preadv:1=short",  "memory:3=ENOMEM+",
					    "pwritev2:2=short"};
	static const char *const wrong[] = {"",
					    "fdatasync",
					    "fdatasync:",
					    "fdatasync:1",
					    "fdatasync:0=EIO",
					    "fdatasync:1=EFROB",
					    "fdatasync:1=short",
					    "frob:1=EIO",
					    "fdatasync:1=EIO++",
					    "fdatasync:1=EIO,"};
	struct fault fault;
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		char text[FAULT_TEXT_BYTES];

		assert_int_equal(fault_parse(right[i], &fault, &why), 0);
		fault_format(&fault, text, sizeof(text));
		assert_string_equal(text, right[i]);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		why.text[0] = '\0';
		assert_int_equal(fault_parse(wrong[i], &fault, &why), -EINVAL);
		assert_true(*why.text);
	}
}

/* ---- all short histories ---- */

/* With histories of up to two operations; the caller releases the outcome. */
static void run_exhaustive(enum planted_fault fault, struct outcome *outcome)
{
	struct conform_subject subject = {.ops = &planted_engine, .options = {fault}};

	outcome_init(outcome, "model", &subject);
	assert_int_equal(conform_model(&subject,
				       &(struct conform_setup){.folder = test_folder,
							       .exhaustive = true,
							       .length = 2},
				       outcome),
			 0);
}

static void test_exhaustive(void **state)
{
	static const enum planted_fault found[] = {PLANTED_PENDING_NOT_READ,
						   PLANTED_GROWS_TOO_LITTLE, PLANTED_EXITS,
						   PLANTED_READ_ONLY_RESIZES};
	struct history_operation operations[EXHAUSTIVE_LENGTH_MAX], others[EXHAUSTIVE_LENGTH_MAX];
	uint64_t all = exhaustive_count(EXHAUSTIVE_LENGTH);
	struct outcome outcome;

	(void)state;
	assert_int_equal(exhaustive_history(all - 1, operations), EXHAUSTIVE_LENGTH + 3);
	assert_int_equal(exhaustive_history(all - 2, operations), EXHAUSTIVE_LENGTH);
	assert_int_equal(exhaustive_history(0, operations), 1);
	assert_int_equal(exhaustive_history(exhaustive_count(1), others), 2);
	run_exhaustive(PLANTED_NONE, &outcome);
	assert_int_equal(outcome.state, OUTCOME_PASSED);
	assert_int_equal(outcome.histories_count, exhaustive_count(2));
	outcome_release(&outcome);
	for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++) {
		run_exhaustive(found[i], &outcome);
		if (outcome.state != OUTCOME_FAILED)
			print_error("%s is not found\n", planted_names[found[i]]);
		assert_int_equal(outcome.state, OUTCOME_FAILED);
		assert_non_null(outcome.reproducer);
		outcome_release(&outcome);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fault_text),
		cmocka_unit_test(test_planted),
		cmocka_unit_test(test_exhaustive),
	};

	return cmocka_run_group_tests_name("conform", tests, folder_setup, folder_teardown);
}
