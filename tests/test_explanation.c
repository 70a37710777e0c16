/* An explanation names the span, the part, the function and the calls that grew, and nothing that did not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../harness/judge/explanation.h"

#define LAYOUT "bfs;slotted.neighbors_batch"
#define ENGINE LAYOUT ";pread.read_batch"

static json_t *json(const char *text)
{
	json_error_t error;
	json_t *value = json_loads(text, 0, &error);

	if (!value)
		fail_msg("%s: %s", error.text, text);
	return value;
}

/* A walk of 1000 nodes and 1 ms: 0.4 ms in the layout, 0.6 ms in the engine, 0.5 ms of which in pread64. */
static const char base_spans[] =
	"{\"" LAYOUT "\":{\"user_ns\":400000}, \"" ENGINE
	"\":{\"user_ns\":100000, \"syscall_ns\":500000, \"syscall_pread64_ns\":490000}}";
static const char base_metrics[] = "{\"wall_ns\":1000000, \"blocked_ns\":0}";
static const char base_calls[] = "{\"pread64\":{\"count\":2000}}";
static const char base_stacks[] =
	"{\"frames\":[\"bfs_run\", \"slotted_neighbors_batch\", \"take_edges\", \"__libc_pread\", "
	"\"vfs_read_[k]\"], \"stacks\":[{\"frames\":[0,1,2], \"user_ns\":400000}, "
	"{\"frames\":[0,1,3,4], \"syscall_ns\":600000}]}";

static struct explained_side side(const char *metrics, const char *spans, const char *calls,
				  const char *stacks)
{
	return (struct explained_side){.metrics = json(metrics ? metrics : base_metrics),
				       .spans = json(spans ? spans : base_spans),
				       .calls = json(calls ? calls : base_calls),
				       .stacks = json(stacks ? stacks : base_stacks)};
}

static void release(struct explained_side *sides)
{
	for (size_t i = 0; i < 2; i++) {
		json_decref((json_t *)sides[i].metrics);
		json_decref((json_t *)sides[i].spans);
		json_decref((json_t *)sides[i].calls);
		json_decref((json_t *)sides[i].stacks);
	}
}

static void explain(struct explained_side after, char text[EXPLANATION_MAX])
{
	struct explained_side sides[2] = {side(NULL, NULL, NULL, NULL), after};
	json_t *details = json_object();

	explain_growth(&sides[0], &sides[1], 1000, "node", text, details);
	assert_int_equal(*text == '\0', json_object_size(details) == 0);
	json_decref(details);
	release(sides);
}

static void test_nothing_grew(void **state)
{
	char text[EXPLANATION_MAX];

	(void)state;
	explain(side(NULL, NULL, NULL, NULL), text);
	assert_string_equal(text, "");
}

static void test_user_code_of_a_function(void **state)
{
	char text[EXPLANATION_MAX];

	(void)state;
	explain(side("{\"wall_ns\":1200000, \"blocked_ns\":0}",
		     "{\"" LAYOUT "\":{\"user_ns\":600000}, \"" ENGINE
		     "\":{\"user_ns\":100000, \"syscall_ns\":500000, "
		     "\"syscall_pread64_ns\":490000}}",
		     NULL,
		     "{\"frames\":[\"bfs_run\", \"slotted_neighbors_batch\", \"take_edges\", "
		     "\"__libc_pread\", \"vfs_read_[k]\"], \"stacks\":[{\"frames\":[0,1,2], "
		     "\"user_ns\":600000}, {\"frames\":[0,1,3,4], \"syscall_ns\":600000}]}"),
		text);
	assert_string_equal(text, "+200 ns a node in slotted.neighbors_batch, most of it in user "
				  "code; function take_edges; blocked as before");
}

static void test_a_call_more(void **state)
{
	char text[EXPLANATION_MAX];

	(void)state;
	explain(side("{\"wall_ns\":1250000, \"blocked_ns\":0}",
		     "{\"" LAYOUT "\":{\"user_ns\":400000}, \"" ENGINE
		     "\":{\"user_ns\":100000, \"syscall_ns\":750000, "
		     "\"syscall_pread64_ns\":735000}}",
		     "{\"pread64\":{\"count\":3000}}", NULL),
		text);
	assert_string_equal(text, "+250 ns a node in slotted.neighbors_batch > pread.read_batch, "
				  "most of it in pread64; +1 pread64 a node; blocked as before");
}

static void test_waiting(void **state)
{
	char text[EXPLANATION_MAX];

	(void)state;
	explain(side("{\"wall_ns\":2000000, \"blocked_ns\":1000000}",
		     "{\"" LAYOUT "\":{\"user_ns\":400000}, \"" ENGINE
		     "\":{\"user_ns\":100000, \"syscall_ns\":500000, "
		     "\"syscall_pread64_ns\":490000, "
		     "\"blocked_ns\":1000000, \"blocked_fsync_ns\":1000000}}",
		     NULL, NULL),
		text);
	assert_string_equal(text, "+1.00 µs a node in slotted.neighbors_batch > pread.read_batch, "
				  "most of it blocked in fsync");
}

/* Another process had the processor: that is nobody's growth. */
static void test_waiting_for_a_processor(void **state)
{
	char text[EXPLANATION_MAX];

	(void)state;
	explain(side("{\"wall_ns\":2000000, \"blocked_ns\":0}",
		     "{\"" LAYOUT "\":{\"user_ns\":400000, \"runnable_ns\":1000000}, \"" ENGINE
		     "\":{\"user_ns\":100000, \"syscall_ns\":500000, "
		     "\"syscall_pread64_ns\":490000}}",
		     NULL, NULL),
		text);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_grew),
		cmocka_unit_test(test_user_code_of_a_function),
		cmocka_unit_test(test_a_call_more),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_waiting_for_a_processor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
