/*
 * The flaw of the original that made its walks O(N^2), kept to measure its cost. At each step it
 * read every node's slot, from the first on, to build an index of where edges begin. Off by
 * default.
 */
#include "slotted_parse.h"

int slotted_rebuild_index(struct slotted_store *store, size_t steps_count)
{
	unsigned char head[NODE_HEAD_BYTES];
	struct engine *engine = store->base.engine;
	uint64_t nodes_count = store->base.nodes_count;
	struct slot_tail tail = {0};

	int err = buffer_reserve((void **)&store->index, &store->index_capacity, nodes_count,
				 sizeof(*store->index));
	for (size_t step = 0; !err && step < steps_count; step++) {
		for (uint64_t node = 0; !err && node < nodes_count; node++) {
			err = engine->ops->read(engine, slotted_node_at(store, node), head,
						sizeof(head));
			if (!err)
				err = slotted_parse_node(store, node, head, &tail);
			if (!err)
				store->index[node] = tail.out_first;
		}
		store->base.stats.logical_read_bytes += nodes_count * sizeof(head);
	}
	return err;
}
