/*
 * Damaged files. open() finds any change of the header, with a reason; a change after it never
 * makes a walk or a check crash, hang or read beyond the file (run under AddressSanitizer), and
 * check() finds it if the layout stores the information twice.
 */
#include "support/image.h"

#include <fcntl.h>

#include "../layouts/support/slot_format.h"

static void assert_refused(struct image *image, const struct layout_ops *layout, const char *what,
			   uint64_t where)
{
	for (unsigned mapped = 0; mapped < 2; mapped++) {
		struct store *store = NULL;
		struct why why;
		int err = image_open(image, layout, mapped, &store, &why);

		if (err != -EBADMSG || !*why.text)
			fail_msg("%s: %s at %llu: open gives %d '%s'", layout->name, what,
				 (unsigned long long)where, err, why.text);
		assert_null(store);
	}
}

static void test_header_flips(void **state)
{
	(void)state;
	for (size_t l = 0; l < layout_table_count; l++) {
		const struct layout_ops *layout = layout_table[l], *found = NULL;
		struct image image;
		struct store *store;
		struct why why;

		if (!keeps_data(layout))
			continue;
		load_graph(&image, layout, false);
		assert_int_equal(image_open(&image, layout, 1, &store, &why), 0);
		assert_int_equal(layout->close(store), 0);
		assert_int_equal(layout_identify(&image.engine, &found, &why), 0);
		assert_ptr_equal(found, layout);
		for (unsigned bit = 0; bit < 256 * 8; bit++) {
			image.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
			assert_refused(&image, layout, "flipped bit", bit);
			why = (struct why){""};
			assert_int_equal(layout_identify(&image.engine, &found, &why), -EBADMSG);
			assert_true(*why.text);
			image.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
		}
		image_release(&image);
	}
}

/* Every wrong length, in an allocation of that length. */
static void test_lengths(void **state)
{
	(void)state;
	for (size_t l = 0; l < layout_table_count; l++) {
		const struct layout_ops *layout = layout_table[l];
		struct image whole, cut;

		if (!keeps_data(layout))
			continue;
		load_graph(&whole, layout, true);
		uint64_t end = whole.size_bytes + 4097;
		for (uint64_t size = 0; size < end; size++) {
			if (size == whole.size_bytes)
				continue;
			/*
			 * Beyond the header the allocation may be longer: a copy for each length is
			 * too slow.
			 */
			uint64_t copied = size < 600 ? size : end;
			cut.size_bytes = size;
			if (size <= 600) {
				cut.bytes = calloc(1, copied + !copied);
				assert_non_null(cut.bytes);
				memcpy(cut.bytes, whole.bytes,
				       copied < whole.size_bytes ? copied : whole.size_bytes);
			}
			assert_refused(&cut, layout, "length", size);
			if (size < 600)
				image_release(&cut);
		}
		image_release(&cut);
		image_release(&whole);
	}
}

/* The same with real files, so that every engine opens a file that is too short. */
static void test_lengths_on_engines(void **state)
{
	const char *path = test_path("cut");
	struct pair pair = {0};

	(void)state;
	while (pair_next(&pair) &&
	       pair.engine != &reference_engine) { /* references: test_references.c */
		struct opened opened;
		struct image image;
		struct why why = {""};

		write_graph(pair.layout, path, false);
		image_load(&image, path);
		const uint64_t sizes[] = {image.size_bytes + 1,
					  image.size_bytes + 4096,
					  image.size_bytes - 1,
					  image.size_bytes / 2,
					  4097,
					  4096,
					  256,
					  255,
					  1,
					  0};
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			assert_int_equal(truncate(path, (off_t)sizes[i]), 0);
			for (unsigned flags = 0; flags < 2; flags++) {
				why.text[0] = '\0';
				assert_int_equal(opened_open(&opened, &pair, path, flags, &why),
						 -EBADMSG);
				assert_true(*why.text);
			}
		}
		image_release(&image);
	}
	remove_graph(path);
}

static void test_not_a_graph(void **state)
{
	struct image image;

	(void)state;
	image.size_bytes = 20000;
	image.bytes = malloc(image.size_bytes);
	assert_non_null(image.bytes);
	for (unsigned kind = 0; kind < 200; kind++) {
		for (uint64_t i = 0; i < image.size_bytes; i++)
			image.bytes[i] =
				kind == 0   ? 0
				: kind == 1 ? 0xff
				: kind == 2 ? (unsigned char)"A text of several words.\n"[i % 25]
					    : (unsigned char)mix_at(kind, i);
		/* Random bytes after a valid magic, without and with a valid checksum. */
		if (kind >= 100)
			memcpy(image.bytes, "IOWK", 4);
		if (kind >= 150)
			image_fix_crc(&image);
		for (size_t l = 0; l < layout_table_count; l++) {
			const struct layout_ops *found;
			struct why why = {""};

			if (!keeps_data(layout_table[l]))
				continue;
			assert_refused(&image, layout_table[l], "bytes of kind", kind);
			assert_int_equal(layout_identify(&image.engine, &found, &why), -EBADMSG);
			if (kind < 100)
				assert_non_null(strstr(why.text, "not a graph file"));
		}
	}
	image_release(&image);
}

static void assert_reason(struct image *image, const struct layout_ops *layout, const char *word)
{
	struct store *store;
	struct why why;

	image_fix_crc(image);
	assert_refused(image, layout, word, 0);
	assert_int_equal(image_open(image, layout, 0, &store, &why), -EBADMSG);
	if (!strstr(why.text, word))
		fail_msg("'%s' does not say '%s'", why.text, word);
}

static void test_versions_and_names(void **state)
{
	(void)state;
	for (size_t l = 0; l < layout_table_count; l++) {
		const struct layout_ops *layout = layout_table[l], *found;
		unsigned char header[256];
		struct image image;
		struct why why;

		if (!keeps_data(layout))
			continue;
		load_graph(&image, layout, false);
		memcpy(header, image.bytes, sizeof(header));
		image.bytes[HEADER_AT_VERSION]++;
		assert_reason(&image, layout, "file format version 3");
		memcpy(image.bytes, header, sizeof(header));
		image.bytes[HEADER_AT_LAYOUT_VERSION]++;
		assert_reason(&image, layout, "this program reads version");
		for (size_t other = 0; other < layout_table_count; other++) {
			if (other == l)
				continue;
			memcpy(image.bytes, header, sizeof(header));
			memset(image.bytes + HEADER_AT_LAYOUT, 0, 16);
			memcpy(image.bytes + HEADER_AT_LAYOUT, layout_table[other]->name,
			       strlen(layout_table[other]->name));
			assert_reason(&image, layout, layout_table[other]->name);
			assert_int_equal(layout_identify(&image.engine, &found, &why), 0);
			assert_ptr_equal(found, layout_table[other]);
			/* The undamaged file, opened as the other layout. */
			memcpy(image.bytes, header, sizeof(header));
			if (keeps_data(layout_table[other]))
				assert_refused(&image, layout_table[other], "layout", other);
		}
		memset(image.bytes + HEADER_AT_LAYOUT, 'x', 16);
		assert_reason(&image, layout, "xxxxxxxxxxxxxxxx");
		assert_int_equal(layout_identify(&image.engine, &found, &why), -EBADMSG);
		image_release(&image);
	}
}

/* ---- damaged headers with a valid checksum ---- */

static bool layout_is(const struct layout_ops *layout, const char *name)
{
	return strcmp(layout->name, name) == 0;
}

/* Header fields with a meaning, those of the layout included. */
static size_t fields_used(const struct layout_ops *layout)
{
	return layout_is(layout, "csr")                                       ? 2
	       : layout_is(layout, "slotted") || layout_is(layout, "fixed64") ? 3
	       : layout_is(layout, "clustered")                               ? 4
	       : layout_is(layout, "records")                                 ? 2
									      : 0;
}

static uint64_t huge_value(size_t i, uint64_t old, uint64_t size_bytes)
{
	const uint64_t values[] = {
		UINT64_MAX,
		UINT64_MAX - 1,
		UINT64_MAX / 8,
		UINT64_MAX / 8 + 1,
		UINT64_MAX - 4095,
		UINT64_MAX / 256 + 1,
		UINT64_MAX / 4096 + 1,
		INT64_MAX,
		UINT64_C(1) << 63,
		UINT64_C(1) << 32,
		UINT64_C(1) << 31,
		old + (UINT64_C(1) << 52), /* × 4096 is × 2^64 */
		old + (UINT64_C(1) << 56),
		old + (UINT64_C(1) << 61),
		size_bytes + 1,
		size_bytes * 2,
	};

	return values[i % (sizeof(values) / sizeof(values[0]))];
}
#define HUGE_VALUES 16

static void test_huge_fields(void **state)
{
	(void)state;
	for (size_t l = 0; l < layout_table_count; l++) {
		const struct layout_ops *layout = layout_table[l];
		struct image image;

		if (!keeps_data(layout))
			continue;
		load_graph(&image, layout, false);
		for (size_t place = 0; place < 3 + fields_used(layout); place++) {
			uint64_t at = HEADER_AT_NODES + 8 * place, old = image_get(&image, at);

			for (size_t i = 0; i < HUGE_VALUES; i++) {
				image_put(&image, at, huge_value(i, old, image.size_bytes));
				image_fix_crc(&image);
				assert_refused(&image, layout, "huge value", at);
			}
			/*
			 * Offsets into the header, close to the right value, at the end and beyond.
			 */
			const uint64_t offsets[] = {0,
						    8,
						    255,
						    4088,
						    old - 8,
						    old + 8,
						    old + 1,
						    image.size_bytes,
						    (uint64_t)-4096};
			for (size_t i = 0; place >= 3 && i < 9; i++) {
				if (offsets[i] == old)
					continue;
				image_put(&image, at, offsets[i]);
				image_fix_crc(&image);
				assert_refused(&image, layout, "offset", at);
			}
			image_put(&image, at, old);
		}
		image_release(&image);
	}
}

/* Counts whose sizes are right only if a sum or product overflows 64 bits. */
static void test_wrapping_sizes(void **state)
{
	(void)state;
	for (size_t l = 0; l < layout_table_count; l++) {
		const struct layout_ops *layout = layout_table[l];
		unsigned char header[256];
		struct image image;

		if (!layout_is(layout, "csr") && !layout_is(layout, "slotted"))
			continue;
		load_graph(&image, layout, false);
		memcpy(header, image.bytes, sizeof(header));
		for (unsigned shift = 48; shift < 64; shift++) {
			for (unsigned other = 48; other < 64; other++) {
				uint64_t nodes = GRAPH_NODES + (UINT64_C(1) << shift);
				uint64_t edges = GRAPH_EDGES + (UINT64_C(1) << other);

				memcpy(image.bytes, header, sizeof(header));
				image_put(&image, HEADER_AT_NODES, nodes);
				image_put(&image, HEADER_AT_EDGES, edges);
				if (layout_is(layout, "csr")) {
					image_put(&image, HEADER_AT_FIELDS + 8,
						  4096 + (nodes + 1) * 8);
					image_put(&image, HEADER_AT_FIELDS + 16, 8);
				} else {
					image_put(&image, HEADER_AT_FIELDS + 8,
						  4096 + nodes * NODE_SLOT_BYTES);
					image_put(&image, HEADER_AT_FIELDS + 16, nodes);
				}
				image_fix_crc(&image);
				assert_refused(&image, layout, "wrapping sizes", shift);
				image_put(&image, HEADER_AT_EDGES, GRAPH_EDGES);
				image_fix_crc(&image);
				assert_refused(&image, layout, "wrapping nodes", shift);
			}
		}
		image_release(&image);
	}
}

/* Ids of 4 bytes up to 2^32 nodes, of 8 from there on; a file that says something else is refused. */
static void test_csr_width(void **state)
{
	const struct layout_ops *layout = NULL;
	const uint64_t nodes[] = {1, UINT64_C(1) << 32, (UINT64_C(1) << 32) + 1};
	const uint64_t more = UINT64_C(1) << 30; /* edges, and 4 B of checksum per 4096 B */
	struct image image;

	(void)state;
	for (size_t l = 0; l < layout_table_count; l++)
		layout = layout_is(layout_table[l], "csr") ? layout_table[l] : layout;
	if (!layout)
		skip();
	load_graph(&image, layout, false);
	assert_int_equal(image_get(&image, HEADER_AT_FIELDS + 16), 4);
	for (uint64_t id_bytes = 0; id_bytes < 10; id_bytes += id_bytes == 3 ? 2 : 1) {
		image_put(&image, HEADER_AT_FIELDS + 16, id_bytes);
		image_fix_crc(&image);
		assert_refused(&image, layout, "width", id_bytes);
	}
	image_put(&image, HEADER_AT_FIELDS + 16, 4);
	/* A file that is wrong about the directions of its edges can be opened, but not checked. */
	for (uint64_t both_ways = 0; both_ways < 3; both_ways++) {
		struct store *store;
		struct why why;

		image_put(&image, HEADER_AT_FIELDS + 24, both_ways);
		image_fix_crc(&image);
		if (both_ways == 2) {
			assert_refused(&image, layout, "directions", both_ways);
			continue;
		}
		assert_int_equal(image_open(&image, layout, 0, &store, &why), 0);
		assert_int_equal(store->both_ways, both_ways);
		assert_int_equal(layout->check(store), both_ways ? -EBADMSG : 0);
		assert_int_equal(layout->close(store), 0);
	}
	image_release(&image);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t id_bytes = i < 2 ? 4 : 8, targets_bytes = more * id_bytes;

		assert_int_equal(layout->file_bytes(nodes[i], more) -
					 layout->file_bytes(nodes[i], 0),
				 targets_bytes + targets_bytes / 4096 * 4);
	}
}

/* Mixtures of plausible values: a file that is not refused can be walked and checked completely. */
static void test_mixed_fields(void **state)
{
	(void)state;
	for (size_t l = 0; l < layout_table_count; l++) {
		const struct layout_ops *layout = layout_table[l];
		unsigned char header[256];
		struct image image;
		uint64_t draw = 0;

		if (!keeps_data(layout))
			continue;
		load_graph(&image, layout, false);
		model_sort(&model);
		memcpy(header, image.bytes, sizeof(header));
		for (unsigned i = 0; i < 30000; i++) {
			memcpy(image.bytes, header, sizeof(header));
			for (size_t place = 0; place < 6; place++) {
				uint64_t at = HEADER_AT_NODES + 8 * place;
				uint64_t old = image_get(&image, at), pick = mix_at(9, draw++);

				if (place == 2 || pick % 3 == 0)
					continue;
				uint64_t step = (pick >> 8) % 41 * (pick % 2 ? 8 : 1);
				image_put(&image, at,
					  pick % 7 == 0   ? huge_value((pick >> 16) % HUGE_VALUES,
								       old, image.size_bytes)
					  : pick % 5 == 0 ? 4096 + step * 8
							  : old + step - 20);
			}
			image_fix_crc(&image);
			for (unsigned mapped = 0; mapped < 2; mapped++) {
				struct store *store = NULL;
				struct why why;
				int error;

				if (image_open(&image, layout, mapped, &store, &why) != 0)
					continue;
				bool same = walk_whole(store, &error);
				int err = store->ops->check(store);
				if (!err && !same)
					fail_msg("%s: check does not find header %u", layout->name,
						 i);
				assert_int_equal(layout->close(store), 0);
			}
		}
		image_release(&image);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header_flips),       cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_lengths_on_engines), cmocka_unit_test(test_not_a_graph),
		cmocka_unit_test(test_versions_and_names), cmocka_unit_test(test_huge_fields),
		cmocka_unit_test(test_csr_width),          cmocka_unit_test(test_wrapping_sizes),
		cmocka_unit_test(test_mixed_fields),
	};
	int failed = cmocka_run_group_tests_name("damaged headers", tests, folder_setup,
						 folder_teardown);

	model_release(&model);
	return failed;
}
