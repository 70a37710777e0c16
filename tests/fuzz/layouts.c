/*
 * Graph files of each layout: a sound file, changed in some places. The first byte chooses layout and
 * engine, the second whether the header gets its checksum and whether the file was made in bulk, the third
 * a new length; then follow changes of 4 bytes: offset / 3 (u16), value to add, count of bytes.
 */
#include "fuzz.h"

#include "../support/image.h"

#include "../../workloads/support/walk.h"

#define LAYOUTS_MAX 16

static struct image sound[LAYOUTS_MAX][2]; /* by inserts, in bulk */

static void make_sound(size_t index, bool bulk)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/base", fuzz_folder());
	write_graph(layout_table[index], path, bulk);
	image_load(&sound[index][bulk], path);
	remove_graph(path);
}

static void read_image(struct image *image, const struct layout_ops *layout, unsigned mapped)
{
	static struct walk walk;
	static bool is_made;
	struct store *store;
	struct why why;
	int walk_error;

	if (!is_made && walk_init(&walk, GRAPH_NODES, 64, WALK_ORDER_AUTO) != 0)
		abort();
	is_made = true;
	if (image_open(image, layout, mapped, &store, &why) != 0) {
		if (!*why.text)
			abort();
		return;
	}
	if (store->nodes_count == GRAPH_NODES) {
		walk_whole(store, &walk_error);
		walk_run(&walk, store, 0);
	}
	if (store->ops->check(store) != 0 && !*store->why.text)
		abort();
	layout->close(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t index = len < 4 ? 0 : data[0] % layout_table_count;
	const struct layout_ops *layout = layout_table[index];
	struct image image = {0};

	if (len < 4 || !keeps_data(layout))
		return 0;
	const struct image *base = &sound[index][data[1] >> 7];
	if (!base->bytes)
		make_sound(index, data[1] >> 7);
	uint64_t size = base->size_bytes;
	if (data[2] < 128)
		size = size * (data[2] + 1u) / 128;
	image.bytes = malloc(size + !size);
	image.size_bytes = size;
	if (!image.bytes)
		abort();
	memcpy(image.bytes, base->bytes, size);
	for (size_t i = 3; i + 4 <= len && size > 0; i += 4) {
		uint64_t at = (data[i] | (uint64_t)data[i + 1] << 8) * 3;
		for (unsigned k = 0; k <= data[i + 3] % 8u; k++)
			image.bytes[(at + k) % size] =
				(unsigned char)(image.bytes[(at + k) % size] + data[i + 2]);
	}
	if (data[1] % 2 && size >= 256)
		image_fix_crc(&image);
	read_image(&image, layout, data[0] >> 7);
	image_release(&image);
	return 0;
}
