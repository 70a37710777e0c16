/*
 * The same graph in each supported format gives the same levels; damaged files of each format are
 * refused and never cause a crash.
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
#include <unistd.h>
#include <zlib.h>

#include "../workloads/verify.h"

extern const struct graph_ops graph_file;

/* Six nodes: 1-2, 1-3, 2-4, 4-5, and a loop at 6, which has no edge to the others. */
#define BOTH_WAYS "0 1\n1 0\n0 2\n2 0\n1 3\n3 1\n3 4\n4 3\n5 5\n"

static const unsigned char
	serialized[] = {0,                      /* undirected */
			9, 0, 0, 0, 0, 0, 0, 0, /* edges, counted at each end */
			6, 0, 0, 0, 0, 0, 0, 0, /* nodes */
			0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0,
			0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0,
			0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, /* offsets */
			1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0,
			0, 1, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0};

/* Two nodes, undirected, without an edge; what follows would be ignored. */
static const unsigned char serialized_empty[1 + 8 + 8 + 3 * 8] = {[9] = 2};

/* `text` NULL: the serialized graph. note: expected text of the reader's note, or NULL. */
static const struct format_case {
	const char *name, *text, *note;
	uint64_t root; /* that is node 0, in the file's ids */
	bool undirected;
} cases[] = {
	{"a.el", BOTH_WAYS, NULL, 0, false},
	{"half.txt", "# SNAP\n0\t1\n0\t2\n1\t3\n3\t4\n5\t5\n", NULL, 0, true},
	{"b.wel", "0 1 7\n1 0 7\n0 2 7\n2 0 7\n1 3 7\n3 1 7\n3 4 7\n4 3 7\n5 5 7\n", "ignored", 0,
	 false},
	{"general.mtx",
	 "%%MatrixMarket matrix coordinate pattern general\n% comment\n\n6 6 9\n"
	 "1 2\n2 1\n1 3\n3 1\n2 4\n4 2\n4 5\n5 4\n6 6\n",
	 NULL, 1, false},
	{"symmetric.mtx",
	 "%%MatrixMarket matrix coordinate pattern symmetric\n6 6 5\n2 1\n3 1\n4 2\n5 4\n6 6\n",
	 NULL, 1, false},
	{"real.mtx",
	 "%%matrixmarket MATRIX coordinate real symmetric\r\n6 6 5\r\n2 1 1.5\r\n3 1 -2e3\r\n4 2 "
	 "1\r\n"
	 "5 4 0\r\n6 6 1\r\n",
	 "ignored", 1, true},
	{"complex.mtx",
	 "%%MatrixMarket matrix coordinate complex hermitian\n6 6 5\n2 1 1 0\n3 1 1 0\n4 2 1 0\n5 "
	 "4 1 "
	 "0\n6 6 1 0\n",
	 "ignored", 1, false},
	{"c.graph", "% METIS\n6 4\n2 3\n1 4\n1\n2 5\n4\n\n", NULL, 1, false},
	{"weights.metis",
	 "6 4 11 2\n1 1 2 9 3 9\n1 1 1 9 4 9\n1 1 1 9\n1 1 2 9 5 9\n1 1 4 9\n1 1\n", "ignored", 1,
	 false},
	{"d.gr",
	 "c DIMACS\np sp 6 9\na 1 2 7\na 2 1 7\na 1 3 7\na 3 1 7\na 2 4 7\na 4 2 7\na 4 5 7\na 5 4 "
	 "7\na 6 6 "
	 "7\n",
	 "ignored", 1, false},
	{"e.col", "c DIMACS\np edge 6 5\nn 1 3\ne 1 2\ne 1 3\ne 2 4\ne 4 5\ne 6 6\n", NULL, 1,
	 false},
	{"f.sg", NULL, NULL, 0, false},
};
#define CASES_COUNT (sizeof(cases) / sizeof(cases[0]))

static char folder[200], path[400];

static int make_folder(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(folder, sizeof(folder), "%s/iowalk-formats-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static void write_file(const char *name, const void *bytes, size_t len_bytes, bool compressed)
{
	snprintf(path, sizeof(path), "%s/%s%s", folder, name, compressed ? ".gz" : "");
	gzFile file = gzopen(path, compressed ? "wb" : "wT");

	assert_non_null(file);
	if (len_bytes > 0)
		assert_int_equal(gzwrite(file, bytes, (unsigned)len_bytes), len_bytes);
	assert_int_equal(gzclose(file), Z_OK);
}

static const void *bytes_of(const struct format_case *one, size_t *len_bytes)
{
	*len_bytes = one->text ? strlen(one->text) : sizeof(serialized);
	return one->text ? (const void *)one->text : serialized;
}

/* METIS has no loops, so node 6 has no edge there; a walk from node 1 gives the same result. */
static void check_walk(const struct format_case *one, bool with_root)
{
	struct graph_params params = {.path = path,
				      .undirected = one->undirected,
				      .has_root = with_root,
				      .root = one->root};
	struct walk_summary summary;
	struct graph *graph = NULL;
	struct why why = {0};

	if (graph_file.open(&params, &graph, &why))
		fail_msg("%s: %s", one->name, why.text);
	if (verify_expect(graph, &summary, &why))
		fail_msg("%s: %s", one->name, why.text);
	assert_int_equal(graph->stream.nodes_count, 6);
	assert_int_equal(graph->root, 0);
	assert_int_equal(summary.reached_count, 5);
	assert_int_equal(summary.edges_count, 8);
	assert_int_equal(summary.levels_count, 4);
	uint32_t levels[6] = {0, 1, 1, 2, 3, LEVEL_UNREACHED};

	if (summary.levels_hash != levels_hash(levels, 6))
		fail_msg("%s: other levels", one->name);
	if (one->note ? !strstr(graph->note.text, one->note) : *graph->note.text)
		fail_msg("%s: note '%s'", one->name, graph->note.text);
	graph_file.close(graph);
	unlink(path);
}

static void test_same_levels(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES_COUNT; i++) {
		for (unsigned variant = 0; variant < 4; variant++) {
			size_t len_bytes;
			const void *bytes = bytes_of(&cases[i], &len_bytes);

			write_file(cases[i].name, bytes, len_bytes, variant % 2);
			check_walk(&cases[i], variant / 2);
		}
	}
}

static void expect_refused(const char *name, const void *bytes, size_t len_bytes, const char *words)
{
	struct graph_params params = {.path = path};
	struct graph *graph = NULL;
	struct why why = {0};

	write_file(name, bytes, len_bytes, false);
	int err = graph_file.open(&params, &graph, &why);

	if (err != -EBADMSG || !strstr(why.text, words))
		fail_msg("%s: %d, \"%s\" lacks \"%s\"", name, err, why.text, words);
	unlink(path);
}

#define REFUSED(name, text, words) expect_refused(name, text, sizeof(text) - 1, words)
#define MTX                        "%%MatrixMarket matrix coordinate "

static void test_refused(void **state)
{
	(void)state;
	REFUSED("a", MTX "pattern general\n2 3 1\n1 2\n", "line 2: 2 rows and 3 columns");
	REFUSED("a", MTX "pattern general\n2 2 2\n1 2\n", "ends after 1 of 2 entries");
	REFUSED("a", MTX "pattern general\n2 2 1\n1 2\n2 1\n", "line 4: more than the 1 entries");
	REFUSED("a", MTX "pattern general\n2 2 1\n0 2\n", "node 0 is not one of 1 to 2");
	REFUSED("a", MTX "pattern general\n2 2 1\n1 3\n", "node 3 is not one of 1 to 2");
	REFUSED("a", MTX "real general\n2 2 1\n1 2\n", "too few columns");
	REFUSED("a", MTX "quaternion general\n2 2 1\n1 2\n", "field 'quaternion'");
	REFUSED("a", MTX "pattern diagonal\n2 2 1\n1 2\n", "symmetry 'diagonal'");
	REFUSED("a", MTX "pattern general\n", "before the line of sizes");
	REFUSED("a", "%%MatrixMarket matrix array real general\n2 2\n1\n", "format 'array'");
	REFUSED("a", "%%MatrixMarket vector coordinate real general\n2\n", "object 'vector'");
	REFUSED("a.graph", "2 1\n2\n", "ends after 1 of 2 nodes");
	REFUSED("a.graph", "2 1\n2\n\n", "1 neighbours, where 1 undirected edges have 2");
	REFUSED("a.graph", "2 1\n2\n1\n1\n", "line 4: more lines than nodes");
	REFUSED("a.graph", "2 1 7\n2\n1\n", "header of a METIS graph");
	REFUSED("a.graph", "2 1\n3\n1\n", "node 3 is not one of 1 to 2");
	REFUSED("a.gr", "p sp 2 2\na 1 2 1\n", "ends after 1 of 2 arcs");
	REFUSED("a.gr", "p max 2 2\na 1 2 1\n", "problem 'max'");
	REFUSED("a.gr", "c x\na 1 2 1\np sp 2 1\n", "edge before the problem line");
	REFUSED("a.txt", "\x28\xb5\x2f\xfd\x04\x00", "zstd");
	REFUSED("a.txt",
		"\xfd"
		"7zXZ\0",
		"xz");
	REFUSED("a.txt", "BZh91AY", "bzip2");
	REFUSED("a.txt", "PK\x03\x04", "zip archive");
	REFUSED("a.txt",
		"\xff\xfe"
		"0\0",
		"UTF-16");
	REFUSED("a.sg", "short", "truncated");
	expect_refused("a.sg", serialized, sizeof(serialized) - 1, "truncated");
	expect_refused("a.wsg", serialized, sizeof(serialized), "truncated");
	expect_refused("a.sg", serialized_empty, sizeof(serialized_empty), "without an edge");
	expect_refused("a.wsg", serialized_empty, sizeof(serialized_empty), "without an edge");
}

/* A first line with the counts of nodes and edges is read as an edge, and a note reports it. */
static void test_counts_line(void **state)
{
	static const struct {
		const char *text;
		bool noted;
	} lists[] = {{"5 4\n0 1\n1 2\n2 3\n3 4\n", true},   {"5 4\n1 2\n2 3\n3 4\n4 5\n", true},
		     {"5 5 4\n1 2\n2 3\n3 4\n4 5\n", true}, {"0 1\n1 2\n2 3\n3 4\n", false},
		     {"7 4\n0 1\n1 2\n2 3\n3 4\n", false},  {"5 3\n0 1\n1 2\n2 3\n3 4\n", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct graph_params params = {.path = path};
		struct graph *graph = NULL;

		write_file("list", lists[i].text, strlen(lists[i].text), false);
		assert_int_equal(graph_file.open(&params, &graph, NULL), 0);
		if (lists[i].noted != !!strstr(graph->note.text, "fits the counts"))
			fail_msg("list %zu: '%s'", i, graph->note.text);
		graph_file.close(graph);
		unlink(path);
	}
}

/* Each file truncated at every byte, and with every byte replaced by some others. */
static void test_damage(void **state)
{
	static const char odd[] = {'\0', '\n', ' ', '-', '9', 'x', '\x80', '\xff'};
	size_t good_count = 0, bad_count = 0;

	(void)state;
	for (size_t c = 0; c < CASES_COUNT; c++) {
		size_t len_bytes;
		const char *good = bytes_of(&cases[c], &len_bytes);
		char *bytes = malloc(len_bytes);

		assert_non_null(bytes);
		for (size_t i = 0; i < len_bytes * (sizeof(odd) + 1); i++) {
			size_t at = i / (sizeof(odd) + 1), which = i % (sizeof(odd) + 1);
			struct graph_params params = {.path = path};
			struct graph *graph = NULL;
			struct why why = {0};

			memcpy(bytes, good, len_bytes);
			if (which < sizeof(odd))
				bytes[at] = odd[which];
			write_file(cases[c].name, bytes, which < sizeof(odd) ? len_bytes : at,
				   false);
			int err = graph_file.open(&params, &graph, &why);

			if (err) {
				assert_true(err == -EBADMSG || err == -ENOMEM);
				assert_true(*why.text);
				bad_count++;
			} else {
				graph_file.close(graph);
				good_count++;
			}
			unlink(path);
		}
		free(bytes);
	}
	assert_true(good_count > 1000 && bad_count > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_levels),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_counts_line),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
