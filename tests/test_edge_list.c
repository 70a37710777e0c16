/*
 * Graphs from a file: valid and invalid edge lists, each error with its line; ids from the whole
 * range of u64; and a real graph, if it is available (in $IOWALK_SHARED_GRAPHS, else
 * ../shared/graphs).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../workloads/verify.h"

extern const struct graph_ops graph_file;

static char folder[200], path[256];

static int make_folder(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(folder, sizeof(folder), "%s/iowalk-edge-list-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/list.txt", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void write_bytes(const char *text, size_t len_bytes)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len_bytes, file), len_bytes);
	assert_int_equal(fclose(file), 0);
}

static struct graph_params of_file(void)
{
	return (struct graph_params){.path = path};
}

static struct graph *open_params(const struct graph_params *params)
{
	struct graph *graph = NULL;
	struct why why = {0};

	if (graph_file.open(params, &graph, &why))
		fail_msg("%s", why.text);
	return graph;
}

static struct graph *open_text(const char *text)
{
	struct graph_params params = of_file();

	write_bytes(text, strlen(text));
	return open_params(&params);
}

/* Edges as "a-b a-b ...", read one or two at a time. */
static void expect_edges(struct graph *graph, uint64_t nodes_count, const char *expected)
{
	for (size_t max = 1; max <= 2; max++) {
		char text[512] = "";
		struct edge edges[2];
		uint64_t cursor = 0;
		size_t count;

		while ((count = graph->stream.next(graph->stream.context, &cursor, edges, max))) {
			for (size_t i = 0; i < count; i++)
				snprintf(text + strlen(text), sizeof(text) - strlen(text),
					 "%s%" PRIu64 "-%" PRIu64, *text ? " " : "", edges[i].from,
					 edges[i].to);
		}
		assert_string_equal(text, expected);
		assert_int_equal(cursor, graph->stream.edges_count);
	}
	assert_int_equal(graph->stream.nodes_count, nodes_count);
	assert_true(graph->content_hash != 0);
}

static void expect_text(const char *text, uint64_t nodes_count, const char *expected)
{
	struct graph *graph = open_text(text);

	expect_edges(graph, nodes_count, expected);
	assert_int_equal(graph->root, 0);
	graph_file.close(graph);
}

static void test_good_shapes(void **state)
{
	(void)state;
	expect_text("0 1\n1 2\n", 3, "0-1 1-2");
	expect_text("0 1\n1 2", 3, "0-1 1-2");
	expect_text("0\t1\r\n1\t2\r\n", 3, "0-1 1-2");
	expect_text("0 1\r\n1 2\r", 3, "0-1 1-2");
	expect_text("# head\n% head\n\n \t \n  0 \t 1  \n\r\n   # more\n1 2\t\n#", 3, "0-1 1-2");
	graph_file.close(open_text("#\xff any byte\n0 1\n"));
	expect_text("\xef\xbb\xbf"
		    "0 1\n1 2\n",
		    3, "0-1 1-2");
	expect_text("0 1 # a note\n1 2 % another\n", 3, "0-1 1-2");
	expect_text("0 1 0.5\n1 2 -3e-7 1700000000 # weight, time\n", 3, "0-1 1-2");
}

static void test_ids(void **state)
{
	(void)state;
	expect_text("7 7\n", 1, "0-0");
	expect_text("30 10\n10 20\n30 10\n", 3, "2-0 0-1 2-0");
	expect_text("0007 8\n", 2, "0-1");
	expect_text("18446744073709551615 0\n9223372036854775808 18446744073709551615\n", 3,
		    "2-0 1-2");
	expect_text("18446744073709551615 18446744073709551614\n", 2, "1-0");
	expect_text("1000000 5\n5 900000000000\n64 63\n", 5, "3-0 0-4 2-1");
}

static void expect_bad(const char *text, size_t len_bytes, uint64_t line, const char *words)
{
	struct graph_params params = of_file();
	struct graph *graph = NULL;
	struct why why = {0};
	char where[64];

	write_bytes(text, len_bytes);
	assert_int_equal(graph_file.open(&params, &graph, &why), -EBADMSG);
	assert_null(graph);
	snprintf(where, sizeof(where), "list.txt', line %" PRIu64 ": ", line);
	if (!strstr(why.text, where) || !strstr(why.text, words))
		fail_msg("\"%s\" lacks \"%s\" or \"%s\"", why.text, where, words);
	assert_int_equal(graph_file.open(&params, &graph, NULL), -EBADMSG);
}

#define BAD(text, line, words) expect_bad(text, sizeof(text) - 1, line, words)

static void test_bad_shapes(void **state)
{
	(void)state;
	BAD("0 1\nabc 2\n", 2, "'abc' is not an id");
	BAD("0 1\n1 abc", 2, "'abc' is not an id");
	BAD("# x\n\n0 1\n1 2x\n", 4, "'2x' is not an id");
	BAD("0,1\n", 1, "'0,1' is not an id");
	BAD("1.5 2\n", 1, "'1.5' is not an id");
	BAD("+1 2\n", 1, "'+1' is not an id");
	BAD("0 1\n-1 2\n", 2, "negative");
	BAD("0 1\n1 -2\n", 2, "negative");
	BAD("0 1\n1 -\n", 2, "'-' is not an id");
	BAD("0 18446744073709551616\n", 1, "larger than 18446744073709551615");
	BAD("0 1\n1 2\n99999999999999999999999 1\n", 3, "larger than");
	BAD("0 1\n5\n1 2\n", 2, "one id only");
	BAD("0 1\n5 \r\n", 2, "one id only");
	BAD("0 1\n5", 2, "one id only");
	BAD("0 1 x\n", 1, "'x' is not a number");
	BAD("0 1\n0 1 7 8 9\n", 2, "5 columns");
	BAD("0 1\n0\0 1\n", 2, "byte 0x00");
	BAD("0 1\n0 1\0\n", 2, "byte 0x00");
	BAD("0 1\n\0", 2, "byte 0x00");
	BAD("0 1\n\xef\xbb\xbf"
	    "0 1\n",
	    2, "byte 0xef");
	BAD("0 1 \0\n", 1, "is not a number");
	BAD("0 1\r2 3\n", 1, "byte 0x0d");
	BAD("", 1, "without an edge");
	BAD("\n", 1, "without an edge");
	BAD("# nothing\n\n# at all\n", 3, "without an edge");
}

/* The reader's buffer is 1 MiB: lines across its end, longest line, too long a line. */
static void test_buffer_edges(void **state)
{
	size_t size = (1u << 20) + 100;
	char *text = malloc(size);
	struct graph_params params = of_file();

	(void)state;
	assert_non_null(text);
	for (size_t head = (1u << 20) - 24; head <= 1u << 20; head++) {
		struct graph *graph;
		int len;

		memset(text, ' ', head);
		for (size_t i = 1; i < 9; i++)
			text[head / 9 * i] = '\n';
		text[head - 1] = '\n';
		len = snprintf(text + head, 100, "123456789 987654321\r\n# x\n987654321 5");
		write_bytes(text, head + (size_t)len);
		graph = open_params(&params);
		expect_edges(graph, 3, "1-2 2-0");
		graph_file.close(graph);
	}
	memset(text, '#', size);
	text[(1u << 20) - 1] = '\n';
	memcpy(text + (1u << 20), "0 1\n\n", 4);
	write_bytes(text, (1u << 20) + 4);
	graph_file.close(open_params(&params));
	memset(text, '#', size);
	memcpy(text, "0 1\n", 4);
	expect_bad(text, size, 2, "longer than 1048575 bytes");
	free(text);
}

static void test_undirected(void **state)
{
	struct graph_params params = of_file();
	struct graph *graph;

	(void)state;
	write_bytes("10 20\n20 20\n30 10\n", 18);
	params.undirected = true;
	graph = open_params(&params);
	assert_int_equal(graph->stream.edges_count, 6);
	expect_edges(graph, 3, "0-1 1-0 1-1 1-1 2-0 0-2");
	graph_file.close(graph);
}

static void test_root(void **state)
{
	static const uint64_t unknown[] = {0, 19, 21, 69, 71, 99, 101, 100001, UINT64_MAX - 1};
	struct graph_params params = of_file();
	struct graph *graph = NULL;
	struct why why = {0};

	(void)state;
	params.has_root = true;
	for (int sparse = 0; sparse < 2; sparse++) {
		const char *text = sparse ? "100000 20\n20 70\n" : "100 20\n20 70\n";

		write_bytes(text, strlen(text));
		params.root = 70;
		graph = open_params(&params);
		assert_int_equal(graph->root, 1);
		graph_file.close(graph);
		for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
			params.root = unknown[i];
			graph = NULL;
			assert_int_equal(graph_file.open(&params, &graph, &why), -EINVAL);
			assert_null(graph);
		}
		params.root = UINT64_MAX;
		assert_int_equal(graph_file.open(&params, &graph, &why), -EINVAL);
		assert_non_null(strstr(why.text, "root 18446744073709551615 is not an id"));
	}
}

static void test_not_a_file(void **state)
{
	struct graph_params params = of_file();
	char fifo[256], long_name[400];
	struct graph *graph = NULL;
	struct why why = {0};

	(void)state;
	params.path = folder;
	assert_int_equal(graph_file.open(&params, &graph, &why), -EISDIR);
	assert_non_null(strstr(why.text, "Is a directory"));
	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	params.path = fifo;
	assert_int_equal(graph_file.open(&params, &graph, &why), -EINVAL);
	assert_non_null(strstr(why.text, "not a regular file"));
	unlink(fifo);
	assert_int_equal(graph_file.open(&params, &graph, &why), -ENOENT);
	assert_non_null(strstr(why.text, "No such file"));
	params.path = NULL;
	assert_int_equal(graph_file.open(&params, &graph, &why), -EINVAL);
	params.path = "";
	assert_int_equal(graph_file.open(&params, &graph, &why), -EINVAL);
	assert_null(graph);

	/* A path longer than the message must not displace the reason. */
	write_bytes("x\n", 2);
	memset(long_name, '/', sizeof(long_name));
	memcpy(long_name + 100, path, strlen(path) + 1);
	params.path = long_name;
	assert_int_equal(graph_file.open(&params, &graph, &why), -EBADMSG);
	assert_non_null(strstr(why.text, "list.txt', line 1: 'x' is not an id"));
}

static uint64_t hash_of(const char *text)
{
	struct graph *graph = open_text(text);
	uint64_t hash = graph->content_hash;

	graph_file.close(graph);
	return hash;
}

static void test_content_hash(void **state)
{
	uint64_t hash = hash_of("0 1\n");

	(void)state;
	assert_true(hash == hash_of("0 1\n"));
	assert_true(hash != hash_of("0 1"));
	assert_true(hash != hash_of("0 2\n"));
	assert_true(hash != hash_of("#\n0 1\n"));
	/* xxhsum -H3 of the same four bytes. */
	assert_true(hash == UINT64_C(0x1731d53d41d93f8d));
}

/* Sparse ids, more than the initial table holds, generated so that the rank of each is known. */
static void test_many_sparse_ids(void **state)
{
	enum { COUNT = 20000 };
	FILE *file = fopen(path, "w");
	struct graph_params params = of_file();
	struct walk_summary summary;
	struct graph *graph;
	struct edge edge;
	uint64_t cursor = 0;

	(void)state;
	assert_non_null(file);
	for (uint64_t i = 0; i < COUNT; i++)
		fprintf(file, "%" PRIu64 " %" PRIu64 "\n", (i * 7919 % COUNT) << 40,
			((i * 7919 + 1) % COUNT) << 40);
	assert_int_equal(fclose(file), 0);
	graph = open_params(&params);
	assert_int_equal(graph->stream.nodes_count, COUNT);
	for (uint64_t i = 0; i < COUNT; i++) {
		assert_int_equal(graph->stream.next(graph->stream.context, &cursor, &edge, 1), 1);
		assert_int_equal(edge.from, i * 7919 % COUNT);
		assert_int_equal(edge.to, (i * 7919 + 1) % COUNT);
	}
	assert_int_equal(verify_expect(graph, &summary, NULL), 0);
	assert_int_equal(summary.levels_count, COUNT);
	graph_file.close(graph);
}

/*
 * Truncated at every byte, and with every byte replaced: it is parsed or refused, and never
 * crashes.
 */
static void test_damage(void **state)
{
	static const char good[] = "# Nodes: 4\r\n0 1\n\t18446744073709551615   7 \r\n"
				   "% more\n\n7 0\n1000 18446744073709551615";
	static const char odd[] = {'\0', '\n', '\r', ' ', '-', '9', 'x', '#', '\x80', '\xff'};
	struct graph_params params = of_file();
	size_t good_count = 0, bad_count = 0;
	char text[sizeof(good)];

	(void)state;
	params.undirected = true;
	for (size_t i = 0; i < sizeof(good); i++) {
		for (size_t j = 0; j <= sizeof(odd); j++) {
			struct graph *graph = NULL;
			struct walk_summary summary;
			struct why why = {0};
			int err;

			memcpy(text, good, sizeof(good));
			if (j < sizeof(odd))
				text[i] = odd[j];
			write_bytes(text, j < sizeof(odd) ? sizeof(good) - 1 : i);
			err = graph_file.open(&params, &graph, &why);
			if (err) {
				assert_int_equal(err, -EBADMSG);
				assert_non_null(strstr(why.text, "list.txt', line "));
				assert_null(graph);
				bad_count++;
				continue;
			}
			assert_int_equal(verify_expect(graph, &summary, NULL), 0);
			graph_file.close(graph);
			good_count++;
		}
	}
	assert_true(good_count > 100 && bad_count > 100);
}

/* SNAP's page: 4 039 nodes, 88 234 edges, one component, diameter 8. */
static void test_ego_facebook(void **state)
{
	const char *graphs = getenv("IOWALK_SHARED_GRAPHS");
	struct graph_params params = {.undirected = true};
	struct walk_summary summary;
	struct graph *graph;
	char name[512];

	(void)state;
	snprintf(name, sizeof(name), "%s/ego-facebook.txt", graphs ? graphs : "../shared/graphs");
	if (access(name, R_OK)) {
		print_message("skipped: cannot read '%s': %s\n", name, strerror(errno));
		skip();
	}
	params.path = name;
	graph = open_params(&params);
	assert_int_equal(graph->stream.nodes_count, 4039);
	assert_int_equal(graph->stream.edges_count, 2 * 88234);
	assert_int_equal(verify_expect(graph, &summary, NULL), 0);
	assert_int_equal(summary.reached_count, 4039);
	assert_int_equal(summary.edges_count, 2 * 88234);
	assert_in_range(summary.levels_count, 5, 9);
	graph_file.close(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_shapes),     cmocka_unit_test(test_ids),
		cmocka_unit_test(test_bad_shapes),      cmocka_unit_test(test_buffer_edges),
		cmocka_unit_test(test_undirected),      cmocka_unit_test(test_root),
		cmocka_unit_test(test_not_a_file),      cmocka_unit_test(test_content_hash),
		cmocka_unit_test(test_many_sparse_ids), cmocka_unit_test(test_damage),
		cmocka_unit_test(test_ego_facebook),
	};

	return cmocka_run_group_tests_name("edge list", tests, make_folder, remove_folder);
}
