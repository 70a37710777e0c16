/*
 * The sidecar of a sound graph file: the first byte says whether it is mapped and whether it gets its checksums again, the
 * second a new length; then follow changes of 3 bytes: offset (u16), value to add. Whatever it says, a walk is the graph's, or
 * an error; with its checksums it may be another, but reads nothing that is not there.
 */
#include "fuzz.h"

#include "../support/image.h"

#include "../../engines/support/choose.h"

#define ENTRIES_CRC_AT 40 /* layouts/support/sidecar.c */
#define HEAD_CRC_AT    60
#define HEAD_BYTES     64

static const struct layout_ops *layout; /* that has a sidecar */
static char path[160], beside[170];
static unsigned char *sound; /* [sound_bytes] */
static size_t sound_bytes;

static void make_sound(void)
{
	static struct image image;

	for (size_t i = 0; !layout && i < layout_table_count; i++)
		layout = layout_table[i]->sidecar ? layout_table[i] : NULL;
	if (!layout)
		abort();
	snprintf(path, sizeof(path), "%s/graph", fuzz_folder());
	snprintf(beside, sizeof(beside), "%s%s", path, layout->sidecar);
	write_graph(layout, path, false);
	image_load(&image, beside);
	sound = image.bytes;
	sound_bytes = image.size_bytes;
}

static void put_crc(unsigned char *at, unsigned long crc)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (unsigned char)(crc >> (8 * i));
}

static void read_graph(bool mapped, bool may_differ)
{
	const struct engine_ops *ops = mapped ? engine_mapper() : engine_builder();
	uint64_t engine_options[OPTIONS_MAX], layout_options[OPTIONS_MAX];
	struct engine *engine;
	struct store *store;
	struct why why = {""};
	int error = 0;

	option_defaults(ops->options, ops->options_count, engine_options);
	option_defaults(layout->options, layout->options_count, layout_options);
	if (engine_ops_open(ops, path, ENGINE_OPEN_READ, engine_options, &engine))
		abort();
	struct store_config config = {.engine = engine, .path = path, .options = layout_options};
	if (layout_ops_open(layout, &config, &store, &why) == 0) {
		bool same = walk_whole(store, &error) && store->nodes_count == GRAPH_NODES;
		if (!same && !error && !may_differ)
			abort();
		layout->close(store);
	} else if (!*why.text) {
		abort();
	}
	ops->close(engine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!sound)
		make_sound();
	if (len < 2)
		return 0;
	size_t size = sound_bytes;
	unsigned char *bytes = malloc(2 * sound_bytes);
	if (!bytes)
		abort();
	memcpy(bytes, sound, sound_bytes);
	memset(bytes + sound_bytes, 0, sound_bytes);
	if (data[1] < 255)
		size = sound_bytes * data[1] / 128;
	for (size_t i = 2; i + 3 <= len && size > 0; i += 3)
		bytes[(data[i] | (size_t)data[i + 1] << 8) % size] += data[i + 2];
	bool fixed = data[0] % 2 && size >= HEAD_BYTES;
	if (fixed) {
		put_crc(bytes + ENTRIES_CRC_AT,
			crc32(0, bytes + HEAD_BYTES, (uInt)(size - HEAD_BYTES)));
		put_crc(bytes + HEAD_CRC_AT, crc32(0, bytes, HEAD_CRC_AT));
	}
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	close(fd);
	free(bytes);
	read_graph(data[0] & 2, fixed);
	return 0;
}
