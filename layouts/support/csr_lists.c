/* Where the lists of layout `csr` are in the file and in its mapping. */
#include "bytes.h"
#include "csr.h"

struct csr_lists csr_lists_at(uint64_t offsets_at, uint64_t nodes_count, uint64_t ids_count)
{
	uint64_t offsets_count = saturating_madd(nodes_count, 1, 1);

	return (struct csr_lists){
		.offsets_at = offsets_at,
		.ids_at = saturating_madd(offsets_count, sizeof(uint64_t), offsets_at),
		.ids_count = ids_count,
	};
}

uint64_t csr_lists_end(const struct csr_lists *lists, unsigned id_bytes)
{
	return saturating_madd(lists->ids_count, id_bytes, lists->ids_at);
}

uint64_t csr_in_offsets_at(const struct csr_lists *out, unsigned id_bytes)
{
	const uint64_t align = sizeof(uint64_t);
	uint64_t end = csr_lists_end(out, id_bytes);

	return end > UINT64_MAX - align ? UINT64_MAX : (end + align - 1) / align * align;
}

static void set_places(struct csr_lists *lists, const struct csr_lists *from)
{
	lists->offsets_at = from->offsets_at;
	lists->ids_at = from->ids_at;
	lists->ids_count = from->ids_count;
}

void csr_set_lists(struct csr_store *store, const struct csr_lists *out, const struct csr_lists *in,
		   unsigned id_bytes)
{
	set_places(&store->out, out);
	set_places(&store->in, in);
	store->id_bytes = id_bytes;
	store->base.narrow_ids = id_bytes == 4;
	store->base.in_edges = in->offsets_at != 0;
}

static void map_lists(struct csr_lists *lists, const char *bytes)
{
	lists->offsets = (const uint64_t *)(const void *)(bytes + lists->offsets_at);
	lists->ids = (const unsigned char *)bytes + lists->ids_at;
}

void csr_map(struct csr_store *store)
{
	struct engine *engine = store->base.engine;
	const char *bytes =
		engine->ops->map ? engine->ops->map(engine, 0, engine->ops->size(engine)) : NULL;

	if (bytes) {
		map_lists(&store->out, bytes);
		map_lists(&store->in, bytes);
	}
}

void csr_unmap(struct csr_store *store)
{
	store->out.offsets = store->in.offsets = NULL;
	store->out.ids = store->in.ids = NULL;
	pipeline_drain(&store->out.fetch.pipeline);
	pipeline_drain(&store->in.fetch.pipeline);
}

void csr_narrow_ids(uint64_t *ids, uint64_t count)
{
	unsigned char *bytes = (unsigned char *)ids;

	for (uint64_t i = 0; i < count; i++)
		le_put32(bytes + 4 * i, (uint32_t)ids[i]);
}
