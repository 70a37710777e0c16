/* Entry encoding, mapping and the start of a change of layout `clustered`: see clustered.h. */
#include "clustered.h"

#include <errno.h>

size_t cluster_entry_encode(unsigned char *at, uint64_t neighbor, const struct payload *payload,
			    uint64_t order)
{
	size_t data_len = 0;

	if (payload)
		data_len = payload_edge_data(order, payload->edge_data_bytes,
					     (char *)at + ENTRY_HEAD_BYTES);
	be_put64(at + ENTRY_NEIGHBOR_AT, neighbor + 1);
	be_put16(at + ENTRY_TYPE_AT, 0);
	be_put16(at + ENTRY_DATA_LEN_AT, (uint32_t)data_len);
	return ENTRY_HEAD_BYTES + data_len;
}

void clustered_remap(struct clustered_store *store)
{
	fetch_map(&store->fetch, store->base.engine);
	store->fetch.data_bytes = store->clusters_at + store->clusters_capacity;
}

int clustered_begin(struct clustered_store *store)
{
	if (!store->writable)
		return -EBADF;
	pipeline_drain(&store->fetch.pipeline);
	if (store->checksums.begun)
		return 0;
	int err = checksums_begin(&store->checksums);
	store->clusters_capacity = store->clusters_bytes;
	clustered_remap(store);
	return err;
}
