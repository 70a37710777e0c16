/*
 * Every byte after the header changed, one bit at a time. A walk and a check must end with an
 * answer or an error after every change; and check() must find the change and name its place, in
 * all of a small file and in samples of a large one. Words of slots are also changed with the
 * file's checksums recomputed: then the layout's own check must find them.
 *
 * IOWALK_FLIP_STEP: changes one byte in this many, and runs one round of random words in this many;
 * the default of 1 covers every byte. For builds with sanitizers, which take ten times as long.
 */
#include "support/image.h"

#include "../layouts/support/slot_format.h"
#include "../workloads/support/walk.h"

#define DATA_AT 4096

struct tally {
	uint64_t found_count;    /* by check() */
	uint64_t harmless_count; /* check() succeeds, and every answer is right */
	uint64_t unseen_count;   /* check() succeeds, and an answer is wrong */
};

static struct walk walk; /* over GRAPH_NODES, window 64 */

static unsigned flip_step(void)
{
	const char *text = getenv("IOWALK_FLIP_STEP");
	unsigned long step = text ? strtoul(text, NULL, 10) : 1;

	return step ? (unsigned)step : 1;
}

/* Walks and checks the file as it is now. */
static void try_image(struct image *image, const struct layout_ops *layout, struct tally *tally,
		      uint64_t where)
{
	int errors[2];

	for (unsigned mapped = 0; mapped < 2; mapped++) {
		struct store *store;
		struct why why;
		int walk_error;

		int open_error = image_open(image, layout, mapped, &store, &why);
		/* A layout that rebuilds its index from the data reads all of it on open. */
		if (layout->sidecar && open_error == -EBADMSG && *why.text) {
			tally->found_count += mapped == 0;
			errors[mapped] = open_error;
			continue;
		}
		if (open_error != 0)
			fail_msg("%s: byte %llu is behind the header, and open says '%s'",
				 layout->name, (unsigned long long)where, why.text);
		bool same = walk_whole(store, &walk_error);
		if (walk_error && (walk_error != -EBADMSG || !*store->why.text))
			fail_msg("%s: byte %llu: walk gives %d '%s'", layout->name,
				 (unsigned long long)where, walk_error, store->why.text);
		int err = walk_run(&walk, store, where % GRAPH_NODES);
		if (err && !*store->why.text)
			fail_msg("%s: byte %llu: a walk gives %d without a reason", layout->name,
				 (unsigned long long)where, err);
		store->why.text[0] = '\0';
		errors[mapped] = store->ops->check(store);
		if (errors[mapped] && (errors[mapped] != -EBADMSG || !*store->why.text))
			fail_msg("%s: byte %llu: check gives %d '%s'", layout->name,
				 (unsigned long long)where, errors[mapped], store->why.text);
		if (walk_error && !errors[mapped])
			fail_msg("%s: byte %llu: a walk fails, and check finds nothing",
				 layout->name, (unsigned long long)where);
		if (mapped == 0) {
			tally->found_count += errors[mapped] != 0;
			tally->harmless_count += !errors[mapped] && same;
			tally->unseen_count += !errors[mapped] && !same;
		}
		assert_int_equal(layout->close(store), 0);
	}
	assert_int_equal(errors[0], errors[1]);
}

/* All bits of bytes that are in use or near them, one bit of other bytes. */
static unsigned bits_of(const struct image *image, uint64_t at)
{
	uint64_t begin = at > DATA_AT + 32 ? at - 32 : DATA_AT;
	uint64_t end = at + 32 < image->size_bytes ? at + 32 : image->size_bytes;

	for (uint64_t i = begin; i < end; i++) {
		if (image->bytes[i])
			return 0xff;
	}
	return 1u << at % 8;
}

static void test_all_bytes(void **state)
{
	(void)state;
	for (size_t l = 0; l < layout_table_count; l++) {
		const struct layout_ops *layout = layout_table[l];
		struct tally tally = {0};
		struct image image;

		if (!keeps_data(layout))
			continue;
		load_graph(&image, layout, true);
		model_sort(&model);
		try_image(&image, layout, &tally, 0);
		assert_int_equal(tally.harmless_count, 1);
		for (uint64_t at = HEADER_BYTES; at < image.size_bytes; at += flip_step()) {
			unsigned bits = bits_of(&image, at);

			for (unsigned bit = 0; bit < 8; bit++) {
				if (!(bits & 1u << bit))
					continue;
				image.bytes[at] ^= (unsigned char)(1u << bit);
				try_image(&image, layout, &tally, at);
				image.bytes[at] ^= (unsigned char)(1u << bit);
			}
		}
		image_release(&image);
		print_message("%s: of %llu bits flipped %llu found, %llu harmless, %llu unseen\n",
			      layout->name,
			      (unsigned long long)(tally.found_count + tally.harmless_count +
						   tally.unseen_count),
			      (unsigned long long)tally.found_count,
			      (unsigned long long)tally.harmless_count,
			      (unsigned long long)tally.unseen_count);
		assert_true(tally.found_count > 0);
		assert_int_equal(tally.harmless_count, 1);
		assert_int_equal(tally.unseen_count, 0);
	}
}

#define LARGE_NODES   3000
#define LARGE_EDGES   9000
#define LARGE_SAMPLES 600

/* The reason of check() must name the changed block, or the place of its checksum. */
static void assert_names(const struct layout_ops *layout, uint64_t at, const char *text)
{
	const char *word = strstr(text, "bytes "), *sum = strstr(text, "at byte ");
	unsigned long long from = 0, to = 0, checksum_at = 0;

	if (!word || !sum || sscanf(word, "bytes %llu to %llu", &from, &to) != 2 ||
	    sscanf(sum, "at byte %llu", &checksum_at) != 1)
		fail_msg("%s: byte %llu: '%s' names no place", layout->name, (unsigned long long)at,
			 text);
	if (!(at >= from && at <= to) && !(at >= checksum_at && at < checksum_at + 4))
		fail_msg("%s: byte %llu: '%s' is another place", layout->name,
			 (unsigned long long)at, text);
}

static void test_large_file(void **state)
{
	(void)state;
	for (size_t l = 0; l < layout_table_count; l++) {
		const struct layout_ops *layout = layout_table[l];
		const char *path = test_path("large");
		struct model large = {.nodes_count = LARGE_NODES};
		struct pair pair = {0};
		struct opened opened;
		struct image image;
		struct store *store;
		struct why why;

		if (!keeps_data(layout))
			continue;
		do
			assert_true(pair_next(&pair));
		while (pair.layout != layout);
		for (uint64_t i = 0; i < LARGE_EDGES; i++)
			model_add(&large, mix_at(21, i) % LARGE_NODES, mix_at(22, i) % LARGE_NODES);
		struct edge_stream stream = model_stream(&large);
		opened_must(&opened, &pair, path, ENGINE_OPEN_CREATE);
		assert_int_equal(layout->bulk(opened.store, &stream), 0);
		opened_close(&opened);
		image_load(&image, path);
		remove_graph(path);
		assert_int_equal(image_open(&image, layout, 1, &store, &why), 0);
		assert_int_equal(layout->check(store), 0);
		for (uint64_t i = 0; i < LARGE_SAMPLES; i++) {
			uint64_t span = image.size_bytes - HEADER_BYTES;
			uint64_t at = HEADER_BYTES + mix_at(23, i) % span;

			if (i < 64) /* the checksums themselves, and the last block */
				at = image.size_bytes - 1 - i * 97 % (span < 9000 ? span : 9000);
			image.bytes[at] ^= (unsigned char)(1u << i % 8);
			store->why.text[0] = '\0';
			if (layout->check(store) != -EBADMSG)
				fail_msg("%s: check does not find byte %llu", layout->name,
					 (unsigned long long)at);
			assert_names(layout, at, store->why.text);
			image.bytes[at] ^= (unsigned char)(1u << i % 8);
		}
		assert_int_equal(layout->check(store), 0);
		assert_int_equal(layout->close(store), 0);
		image_release(&image);
		model_release(&large);
	}
}

/* The options: a file without checksums, and checksums that are compared on open. */
static void test_options(void **state)
{
	(void)state;
	for (size_t l = 0; l < layout_table_count; l++) {
		const struct layout_ops *layout = layout_table[l];
		uint64_t options[OPTIONS_MAX];
		struct image image;
		struct store *store;
		struct why why = {""};

		if (!keeps_data(layout))
			continue;
		load_graph(&image, layout, true);
		model_sort(&model);
		option_defaults(layout->options, layout->options_count, options);
		options[OPTION_VERIFY_OPEN] = 1;
		struct store_config config = {.engine = &image.engine, .options = options};
		image.engine.ops = &image_engines[0];
		assert_int_equal(layout->open(&config, &store, &why), 0);
		assert_int_equal(layout->close(store), 0);
		image.bytes[image.size_bytes - 5] ^= 4;
		assert_int_equal(layout->open(&config, &store, &why), -EBADMSG);
		assert_non_null(strstr(why.text, "checksum"));
		image_release(&image);

		options[OPTION_CHECKSUMS] = 0;
		image.bytes = calloc(1, 1);
		image.size_bytes = 0;
		config.writable = true;
		assert_int_equal(layout->create(&config, &store, &why), 0);
		struct edge_stream stream = model_stream(&model);
		assert_int_equal(layout->bulk(store, &stream), 0);
		assert_int_equal(layout->check(store), 0);
		assert_int_equal(layout->close(store), 0);
		assert_true(layout->file_bytes(GRAPH_NODES, GRAPH_EDGES) > image.size_bytes);
		assert_int_equal(layout->open(&config, &store, &why), 0);
		assert_int_equal(layout->insert_node(store), 0);
		assert_int_equal(layout->insert_edge(store, GRAPH_NODES, 0), 0);
		assert_int_equal(layout->check(store), 0);
		assert_int_equal(layout->close(store), 0);
		assert_int_equal(layout->open(&config, &store, &why), 0);
		assert_int_equal(store->nodes_count, GRAPH_NODES + 1);
		assert_int_equal(layout->close(store), 0);
		image_release(&image);
	}
}

/*
 * Inserts may or may not find the damage, but in the header they change only the mark that the file
 * is being written, with its time and checksum.
 */
static void insert_into(struct image *image, const struct layout_ops *layout, uint64_t round)
{
	unsigned char header[DATA_AT];
	struct store *store;
	struct why why;

	memcpy(header, image->bytes, sizeof(header));
	if (image_open_as(image, layout, round % 2, true, &store, &why) != 0 && layout->sidecar)
		return;
	for (uint64_t i = 0; i < 12; i++) {
		int err = layout->insert_edge(store, (round + i * 7) % GRAPH_NODES, i);

		assert_true(err == 0 || (err == -EBADMSG && *store->why.text));
	}
	unsigned char now[DATA_AT];
	memcpy(now, image->bytes, sizeof(now));
	memcpy(now + HEADER_AT_CRC, header + HEADER_AT_CRC, 4);
	memcpy(now + HEADER_AT_MODIFIED, header + HEADER_AT_MODIFIED, 8);
	memcpy(now + HEADER_AT_STATE, header + HEADER_AT_STATE, 4);
	if (memcmp(header, now, sizeof(header)) != 0)
		fail_msg("%s: an insert changed the header", layout->name);
	int err = layout->close(store);
	assert_true(err == 0 || err == -EBADMSG || err == -ERANGE);
}

/* Words set to random values, also several at once. */
static void test_random_words(void **state)
{
	(void)state;
	for (size_t l = 0; l < layout_table_count; l++) {
		const struct layout_ops *layout = layout_table[l];
		struct tally tally = {0};
		struct image image;
		uint64_t draw = 0;

		if (!keeps_data(layout))
			continue;
		load_graph(&image, layout, true);
		model_sort(&model);
		const uint64_t size_bytes = image.size_bytes;
		unsigned char *copy = malloc(size_bytes);
		assert_non_null(copy);
		memcpy(copy, image.bytes, size_bytes);
		for (unsigned round = 0; round < 4000; round += flip_step()) {
			unsigned words = 1 + round % 5;

			for (unsigned k = 0; k < words; k++) {
				uint64_t value = mix_at(12, draw++), pick = mix_at(13, draw++);
				uint64_t at = DATA_AT + pick % (image.size_bytes - DATA_AT - 8);

				/* Half of them in used bytes, near the beginning of a record. */
				if (pick >> 63)
					at -= at % 256 < 140 ? 0 : at % 256 - at % 140;
				image_put(&image, at,
					  pick >> 61 & 1 ? value
							 : value % 100 << (pick >> 32) % 8 * 8);
			}
			try_image(&image, layout, &tally, round);
			insert_into(&image, layout, round);
			assert_int_equal(image_resize(&image.engine, size_bytes), 0);
			memcpy(image.bytes, copy, size_bytes);
		}
		free(copy);
		image_release(&image);
	}
}

/* ---- fields of layout slotted that check() must verify ---- */

static const struct layout_ops *find_layout(const char *name)
{
	for (size_t l = 0; l < layout_table_count; l++) {
		if (strcmp(layout_table[l]->name, name) == 0)
			return layout_table[l];
	}
	return NULL;
}

static void assert_check_finds(struct image *image, const struct layout_ops *layout, uint64_t at,
			       unsigned len_bytes, const char *field)
{
	for (unsigned bit = 0; bit < len_bytes * 8; bit++) {
		struct store *store;
		struct why why;

		image->bytes[at + bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_int_equal(image_open(image, layout, 0, &store, &why), 0);
		if (store->ops->check(store) != -EBADMSG)
			fail_msg("%s: check does not find bit %u of %s at byte %llu", layout->name,
				 bit, field, (unsigned long long)at);
		assert_int_equal(layout->close(store), 0);
		image->bytes[at + bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
}

static void test_slotted_fields(void **state)
{
	static const struct {
		const char *name;
		unsigned at, len_bytes;
	} edge_fields[] = {{"version", 0, 1},
			   {"id", EDGE_ID_AT, 8},
			   {"from", EDGE_FROM_AT, 8},
			   {"to", EDGE_TO_AT, 8},
			   {"next_out", EDGE_NEXT_OUT_AT, 8},
			   {"next_in", EDGE_NEXT_IN_AT, 8}},
	  tail_fields[] = {{"out_first", TAIL_OUT_FIRST, 8}, {"out_count", TAIL_OUT_COUNT, 4},
			   {"in_first", TAIL_IN_FIRST, 8},   {"in_count", TAIL_IN_COUNT, 4},
			   {"out_run", TAIL_OUT_RUN, 4},     {"out_last", TAIL_OUT_LAST, 8},
			   {"in_last", TAIL_IN_LAST, 8}};
	const struct layout_ops *layout = find_layout("slotted");
	struct image image;

	(void)state;
	if (!layout)
		skip();
	load_graph(&image, layout, true);
	for (uint64_t node = 0; node < GRAPH_NODES; node++) {
		uint64_t at = DATA_AT + node * NODE_SLOT_BYTES;
		uint64_t tail = at + slot_tail_at(image.bytes + at);

		assert_check_finds(&image, layout, at, 1, "a node's version");
		assert_check_finds(&image, layout, at + NODE_ID_AT, 8, "a node's id");
		for (size_t i = 0; i < sizeof(tail_fields) / sizeof(tail_fields[0]); i++)
			assert_check_finds(&image, layout, tail + tail_fields[i].at,
					   tail_fields[i].len_bytes, tail_fields[i].name);
	}
	uint64_t edges_at = image_get(&image, HEADER_AT_FIELDS + 8);
	for (uint64_t edge = 0; edge < GRAPH_EDGES; edge++) {
		for (size_t i = 0; i < sizeof(edge_fields) / sizeof(edge_fields[0]); i++)
			assert_check_finds(&image, layout,
					   edges_at + edge * EDGE_SLOT_BYTES + edge_fields[i].at,
					   edge_fields[i].len_bytes, edge_fields[i].name);
	}
	image_release(&image);
}

/*
 * An insert links the new edge to the last ones, whose ids are read from the file: an id whose
 * offset overflows 2^64 would cause a write to the header.
 */
static void test_slotted_last_edge(void **state)
{
	static const unsigned fields[] = {TAIL_OUT_LAST, TAIL_IN_LAST};
	const struct layout_ops *layout = find_layout("slotted");
	struct image image;

	(void)state;
	if (!layout)
		skip();
	load_graph(&image, layout, true);
	unsigned char *tail = image.bytes + DATA_AT + 2 * NODE_SLOT_BYTES;
	tail += slot_tail_at(tail);
	uint64_t edges_at = image_get(&image, HEADER_AT_FIELDS + 8);
	for (unsigned i = 0; i < 2; i++) {
		uint64_t good = be_get64(tail + fields[i]);
		const uint64_t bad[] = {(0 - edges_at) / EDGE_SLOT_BYTES + 1,
					(DATA_AT - edges_at) / EDGE_SLOT_BYTES + 1, 0,
					GRAPH_EDGES + 1, UINT64_MAX};

		for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
			struct store *store;
			struct why why;

			be_put64(tail + fields[i], bad[k]);
			assert_int_equal(image_open_as(&image, layout, 0, true, &store, &why), 0);
			assert_int_equal(layout->insert_edge(store, i ? 3 : 2, i ? 2 : 3),
					 -EBADMSG);
			assert_true(*store->why.text);
			assert_int_equal(layout->close(store), 0);
		}
		be_put64(tail + fields[i], good);
	}
	image_release(&image);
}

/*
 * In a csr file, check() can verify the first and last offset, their order, and the range of
 * targets.
 */
static void test_csr_words(void **state)
{
	const struct layout_ops *layout = find_layout("csr");
	struct image image;

	(void)state;
	if (!layout)
		skip();
	load_graph(&image, layout, true);
	uint64_t targets_at = DATA_AT + (GRAPH_NODES + 1) * 8;
	assert_check_finds(&image, layout, DATA_AT, 8, "the first offset");
	assert_check_finds(&image, layout, targets_at - 8, 8, "the last offset");
	/* Any bit from 64 up puts an offset beyond 60 edges, and a target beyond 20 nodes. */
	for (uint64_t at = DATA_AT; at < targets_at; at += 8)
		assert_check_finds(&image, layout, at + 1, 7, "an offset");
	for (uint64_t at = targets_at; at < image.size_bytes; at += 4)
		assert_check_finds(&image, layout, at + 1, 3, "a target");
	image_release(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_bytes),      cmocka_unit_test(test_random_words),
		cmocka_unit_test(test_slotted_fields), cmocka_unit_test(test_slotted_last_edge),
		cmocka_unit_test(test_csr_words),      cmocka_unit_test(test_large_file),
		cmocka_unit_test(test_options),
	};

	if (walk_init(&walk, GRAPH_NODES, 64, WALK_ORDER_AUTO) != 0)
		return 1;
	int failed =
		cmocka_run_group_tests_name("damaged data", tests, folder_setup, folder_teardown);

	walk_release(&walk);
	model_release(&model);
	return failed;
}
