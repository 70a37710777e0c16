/* Mapping and the start of a change of layout `slotted`: see slotted.h. */
#include "slotted.h"

void slotted_map(struct slotted_store *store)
{
	struct engine *engine = store->base.engine;

	store->mapped_bytes = engine->ops->size(engine);
	store->mapped = engine->ops->map ? engine->ops->map(engine, 0, store->mapped_bytes) : NULL;
}

int slotted_begin(struct slotted_store *store)
{
	pipeline_drain(&store->pipeline);
	if (store->checksums.begun)
		return 0;
	int err = checksums_begin(&store->checksums);
	slotted_map(store);
	return err;
}
